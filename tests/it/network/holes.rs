//! The wire falls silent: nothing is passed on, and nobody is told.

use std::time::{Duration, Instant};

use retentiond::db::{Access, Session, SessionLimits, Trouble, TroubleKind};
use retentiond::sql::Sql;

use super::cuts::{DUE, wired};
use super::proxy::{Fault, Proxy, Then};
use super::wire::Way;
use crate::support::{Scratch, Server, Target};

/// The server ends a statement after this, and we wait as long again.
const LIMITS: SessionLimits = SessionLimits {
    lock_wait_ms: 300,
    statement_ms: 1_000,
    grace_ms: 1_000,
};

async fn ask(session: &mut Session) -> Result<(), Trouble> {
    let sql = Sql::literal(session.dialect(), "SELECT 1");
    session.rows(&sql).await.map(drop)
}

fn is_lost(trouble: &Trouble, began: Instant) {
    assert_eq!(trouble.kind, TroubleKind::ConnectionLost, "{trouble}");
    assert!(trouble.is_lost());
    assert!(began.elapsed() < Duration::from_secs(20), "{trouble}");
}

/// Whatever a session was doing ends in time, and the session is over; the server lets go of what it held.
async fn silence(server: Server) {
    let mut scratch = Scratch::create(server, "hole").await;
    scratch
        .exec("CREATE TABLE t (i integer); INSERT INTO t VALUES (1);")
        .await;
    let proxy = Proxy::start(server, scratch.port());
    let target = Target::of(&scratch).at("127.0.0.1", proxy.port);
    for way in [Way::ToServer, Way::ToClient] {
        proxy.arm(Fault::None);
        let mut session = target.open_within(Access::Enforce, LIMITS).await;
        session.begin().await.expect("begun");
        let sql = Sql::literal(session.dialect(), "DELETE FROM t");
        session.execute(&sql).await.expect("deleted");
        proxy.arm(Fault::Hole(way, 1));
        let began = Instant::now();
        // What goes to the server gets there once; the answer never comes.
        is_lost(&ask(&mut session).await.expect_err("a hole"), began);
        let began = Instant::now();
        is_lost(&session.commit().await.expect_err("lost"), began);
        is_lost(&ask(&mut session).await.expect_err("lost"), began);
        assert!(began.elapsed() < Duration::from_millis(500), "waits again");
        assert!(!session.in_transaction());
        session.close().await.expect("nothing to close");
        proxy.cut();
        // The server has rolled back when it hears that we are gone.
        let waited = Instant::now();
        while scratch.try_exec("UPDATE t SET i = i + 1").await.is_err() {
            assert!(waited.elapsed() < Duration::from_secs(20));
        }
        assert_eq!(
            scratch.value("SELECT count(*) FROM t").await.as_deref(),
            Some("1")
        );
    }
    // Also while the session is being made ready.
    for after in [1, 3, 5, 9] {
        proxy.arm(Fault::Hole(Way::ToClient, after));
        let began = Instant::now();
        let limits = LIMITS;
        let opened =
            retentiond::db::open_within(&target.database, &target.base, Access::Enforce, limits);
        let trouble = opened.await.expect_err("a hole");
        is_lost_or_unreachable(&trouble, began);
        proxy.cut();
    }
    scratch.finish().await;
}

fn is_lost_or_unreachable(trouble: &Trouble, began: Instant) {
    assert!(trouble.is_lost(), "{trouble}");
    assert!(began.elapsed() < Duration::from_secs(20), "{trouble}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_of_postgres() {
    silence(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_of_mariadb() {
    silence(Server::Mariadb).await;
}

/// A run hangs at the answer to a COMMIT, and is killed; the next one waits for nothing and finds the batch.
async fn silent_commit(server: Server) {
    let (mut site, proxy) = wired(server, "silent").await;
    proxy.arm(Fault::AtCommit(2, Then::HoleAnswer));
    let mut child = site.start_process(&["run"]);
    let began = Instant::now();
    while proxy.commits() < 2 {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(child.try_wait().expect("a child").is_none(), "it ended");
    child.kill().expect("killed");
    child.wait().expect("it ends");
    proxy.arm(Fault::None);
    site.go(&["run"]).exits(0);
    site.assert_enforced().await;
    assert_eq!(super::accounts::agree(&mut site).await, DUE);
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_postgres_is_never_answered() {
    silent_commit(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_mariadb_is_never_answered() {
    silent_commit(Server::Mariadb).await;
}
