//! The way to the state store is cut at every message, or nothing comes over it any more.

use std::time::{Duration, Instant};

use crate::network::proxy::{Fault, Proxy, Then};
use crate::network::wire::Way;
use crate::support::Server;

use super::rig::{Hosts, ended, rows, signal};

/// Whatever message is the last one, the log stays one and tells what happened, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wire_that_is_cut_anywhere() {
    let mut hosts = Hosts::new(Server::Sqlite, "cut").await;
    hosts.go(1, &["approve", "--all"]).exits(0);
    let proxy = Proxy::start(Server::Postgres, hosts.store.port());
    hosts.reroute(1, proxy.port);
    let cuts = (3..90).step_by(7).map(|n| Fault::Cut(Way::ToServer, n));
    let answers = (2..90).step_by(11).map(|n| Fault::Cut(Way::ToClient, n));
    let commits = [Then::CutBefore, Then::CutBehind, Then::CutAnswer];
    let commits = commits
        .into_iter()
        .flat_map(|then| [1, 2, 4].map(|n| Fault::AtCommit(n, then)));
    for fault in cuts.chain(answers).chain(commits) {
        proxy.arm(fault);
        let ran = hosts.go(1, &["run"]);
        assert!(matches!(ran.code, Some(0 | 1 | 4 | 5)), "{fault:?}: {ran}");
        assert!(
            !ran.err.contains("damaged") && !ran.err.contains("was cut or changed"),
            "{fault:?}: {ran}"
        );
        proxy.arm(Fault::None);
    }
    hosts.go(1, &["run"]).exits(0);
    hosts.site.assert_enforced().await;
    let all = hosts.verified(1);
    assert_eq!(rows(&all), 57);
    assert_eq!(hosts.verified(2), all);
    assert!(!hosts.directory(1).join("aside").exists());
    hosts.finish().await;
}

/// PostgreSQL is away: who serves ends, who is started waits and says so, and serves when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_store_that_is_away_for_a_while() {
    let mut hosts = Hosts::every_second(Server::Mariadb, "away").await;
    let proxy = Proxy::start(Server::Postgres, hosts.store.port());
    hosts.reroute(1, proxy.port);
    let mut first = hosts.daemon(1);
    hosts.until_it_serves(1);
    // A port where nobody listens.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    proxy.swap(nobody.local_addr().expect("an address").port());
    drop(nobody);
    assert!(ended(&mut first) != Some(0), "{}", hosts.words(1));
    let mut first = hosts.daemon(1);
    hosts
        .go(1, &["status"])
        .exits(5)
        .says("waits for the shared state store");
    hosts
        .go(1, &["audit", "show"])
        .exits(0)
        .warns("cannot be read");
    proxy.swap(hosts.store.port());
    hosts.until_it_serves(1);
    crate::cli::daemon::wait_for(&mut hosts.site, "visit", 10).await;
    crate::cli::daemon::wait_for(&mut hosts.site, "person WHERE name = 'ANON'", 12).await;
    // Nothing comes over the wire any more, and nobody says so: it is noticed.
    let began = Instant::now();
    proxy.arm(Fault::Hole(Way::ToServer, 1));
    assert!(ended(&mut first) != Some(0), "{}", hosts.words(1));
    assert!(
        began.elapsed() < Duration::from_secs(35),
        "{:?}",
        began.elapsed()
    );
    let mut second = hosts.daemon(2);
    hosts.until_it_serves(2);
    signal(&second, "TERM");
    assert_eq!(ended(&mut second), Some(0), "{}", hosts.words(2));
    assert_eq!(rows(&hosts.verified(2)), 57);
    hosts.finish().await;
}
