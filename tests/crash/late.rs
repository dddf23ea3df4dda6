//! A commit that the server gets to only when its client is long dead: whoever comes next waits for it, and finds it.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use retentiond::state::{Record, Store, Use};

use super::claims::{Digests, at_the_end};
use super::stage::{Past, Stage};
use crate::support::Server;

fn send(signal: &str, process: &str) {
    let status = Command::new("kill").args([signal, process]).status();
    assert!(status.expect("kill runs").success(), "{signal} {process}");
}

async fn until(what: &str, mut reached: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !reached().await {
        assert!(began.elapsed() < Duration::from_secs(40), "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The process that will commit: on PostgreSQL the program's own backend; on MariaDB the whole server, which stands
/// still for a second.
async fn server_process(stage: &mut Stage) -> String {
    if stage.scratch.server() == Server::Postgres {
        let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'";
        return stage.scratch.value(sql).await.expect("its backend");
    }
    let file = stage
        .scratch
        .value("SELECT @@pid_file")
        .await
        .expect("a file");
    std::fs::read_to_string(file)
        .expect("a number")
        .trim()
        .to_owned()
}

async fn recovered(stage: &Stage) -> usize {
    let mut store = Store::open(&stage.state(), Use::Read)
        .await
        .expect("a store");
    let done = store.records(&["done"]).await.expect("the log");
    let found = |record: &Record| {
        matches!(
            record,
            Record::Done {
                recovered: true,
                ..
            }
        )
    };
    done.iter().filter(|entry| found(&entry.record)).count()
}

async fn a_late_commit(server: Server) {
    let mut stage = Stage::of(server).await;
    stage.reset(Past::AMonth).await;
    let mut client: Child = stage.start("Signed:1:stop");
    let name = client.id().to_string();
    until("the batch is written", async || {
        stage.passed().last().is_some_and(|one| one == "Signed")
    })
    .await;
    // The name is in the trace a moment before the process stands still.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let process = server_process(&mut stage).await;
    send("-STOP", &process);
    send("-CONT", &name);
    // The message is in the server's buffer long before.
    tokio::time::sleep(Duration::from_millis(300)).await;
    client.kill().expect("killed");
    client.wait().expect("reaped");
    let mut next = stage.start("");
    tokio::time::sleep(Duration::from_millis(700)).await;
    let waits = next.try_wait().expect("a child").is_none();
    let passed = stage.passed();
    send("-CONT", &process);
    assert!(waits, "the next run did not wait");
    assert!(
        !passed.iter().any(|one| one == "Recovered"),
        "it has recovered too early"
    );
    let ended = next.wait_with_output().expect("it ends");
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    assert_eq!(recovered(&stage).await, 1, "the late commit was found");
    at_the_end(&mut stage, "a late commit", Digests::All).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_commit_is_waited_for_on_postgres() {
    a_late_commit(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_commit_is_waited_for_on_mariadb() {
    a_late_commit(Server::Mariadb).await;
}
