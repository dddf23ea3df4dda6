//! One host serves, the others stand by; what becomes of one that is gone, or was cut off.

use std::io::{Read, Write};

use crate::support::{Server, every_database};

use super::rig::{Hosts, ended, rows, signal};

every_database!(
    async fn a_host_that_is_killed_is_followed_by_another(server) {
        let mut hosts = Hosts::every_second(server, "killed").await;
        let mut first = hosts.daemon(1);
        hosts.until_it_serves(1);
        let mut second = hosts.daemon(2);
        hosts.go(2, &["status"]).exits(0).says("standing by; ");
        let host = hosts.go(2, &["--output", "json", "status"]).exits(0).json();
        assert!(host["standing-by"]["serves"].is_string(), "{host}");
        hosts.go(2, &["pause"]).exits(1).warns("ask the host that does");
        hosts.go(3, &["pause"]).exits(1).warns("serves the shared state store");
        hosts.go(3, &["run"]).exits(1).warns("serves the shared state store since");
        first.kill().expect("killed");
        first.wait().expect("gone");
        hosts.until_it_serves(2);
        crate::cli::daemon::wait_for(&mut hosts.site, "visit", 10).await;
        crate::cli::daemon::wait_for(&mut hosts.site, "person WHERE name = 'ANON'", 12).await;
        // What was killed comes back, and stands by.
        let mut first = hosts.daemon(1);
        hosts.go(1, &["status"]).exits(0).says("standing by; ");
        signal(&first, "TERM");
        assert_eq!(ended(&mut first), Some(0), "{}", hosts.words(1));
        signal(&second, "TERM");
        assert_eq!(ended(&mut second), Some(0), "{}", hosts.words(2));
        hosts.site.assert_enforced().await;
        let all = hosts.verified(2);
        assert_eq!(rows(&all), 57);
        assert_eq!(hosts.verified(1), all);
        hosts.finish().await;
    }
);

/// A host that stands still, loses its connection, and wakes up when another one serves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_owner_ends_without_having_written() {
    let mut hosts = Hosts::every_second(Server::Postgres, "stale").await;
    let mut first = hosts.daemon(1);
    hosts.until_it_serves(1);
    signal(&first, "STOP");
    let ended_sessions = hosts
        .store
        .rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE application_name = 'retentiond' AND datname = current_database()",
        )
        .await;
    assert!(!ended_sessions.is_empty());
    let mut second = hosts.daemon(2);
    hosts.until_it_serves(2);
    let epoch = |rows: Vec<crate::support::TextRow>| rows[0][0].clone().expect("an epoch");
    let ask = "SELECT epoch FROM retentiond_state.owner";
    let before = epoch(hosts.store.rows(ask).await);
    signal(&first, "CONT");
    let code = ended(&mut first);
    assert!(code != Some(0), "{code:?}");
    let told = hosts.words(1);
    assert!(told.contains("writes nothing more"), "{told}");
    assert_eq!(epoch(hosts.store.rows(ask).await), before);
    crate::cli::daemon::wait_for(&mut hosts.site, "visit", 10).await;
    crate::cli::daemon::wait_for(&mut hosts.site, "person WHERE name = 'ANON'", 12).await;
    signal(&second, "TERM");
    assert_eq!(ended(&mut second), Some(0), "{}", hosts.words(2));
    hosts.site.assert_enforced().await;
    let all = hosts.verified(2);
    assert_eq!(rows(&all), 57);
    assert_eq!(hosts.verified(1), all);
    hosts.finish().await;
}

/// The connection of the one that serves is cut: it ends, and serves again when it is started again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_that_loses_its_connection_ends_and_comes_back() {
    let mut hosts = Hosts::every_second(Server::Sqlite, "cut_off").await;
    let listen = hosts.site.dir().join("metrics");
    let text = std::fs::read_to_string(hosts.schedule(2)).expect("a schedule");
    let text = format!("{text}\n[daemon]\nlisten = {listen:?}\n");
    std::fs::write(hosts.schedule(2), text).expect("written");
    let mut first = hosts.daemon(1);
    hosts.until_it_serves(1);
    let mut second = hosts.daemon(2);
    let ready = get(&listen, "/readyz");
    assert!(
        ready.starts_with("HTTP/1.1 200") && ready.contains("standing by; "),
        "{ready}"
    );
    assert!(get(&listen, "/metrics").contains("retentiond_serving 0"));
    hosts
        .store
        .exec(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
              WHERE locktype = 'advisory' AND granted AND datname = current_database()",
        )
        .await;
    assert!(ended(&mut first) != Some(0));
    hosts.until_it_serves(2);
    assert!(get(&listen, "/metrics").contains("retentiond_serving 1"));
    assert!(get(&listen, "/readyz").contains("ready"));
    let mut first = hosts.daemon(1);
    hosts.go(1, &["status"]).exits(0).says("standing by; ");
    signal(&second, "TERM");
    assert_eq!(ended(&mut second), Some(0), "{}", hosts.words(2));
    hosts.until_it_serves(1);
    crate::cli::daemon::wait_for(&mut hosts.site, "visit", 10).await;
    crate::cli::daemon::wait_for(&mut hosts.site, "person WHERE name = 'ANON'", 12).await;
    signal(&first, "TERM");
    assert_eq!(ended(&mut first), Some(0), "{}", hosts.words(1));
    assert_eq!(rows(&hosts.verified(1)), 57);
    hosts.finish().await;
}

fn get(socket: &std::path::Path, path: &str) -> String {
    let mut stream = std::os::unix::net::UnixStream::connect(socket).expect("a door");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer
}
