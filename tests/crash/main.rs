//! The program dies, or its disk fails, at every step of the protocol and at every act on its files; and again while it
//! recovers. After the next start rows gone are rows told, the log verifies, no held row is gone, and a further run
//! leaves what a run leaves that nobody disturbed.
//!
//! The places are [`Point::ALL`]: a new one is covered by being named, and one that no run comes to fails a test.
//! `RETENTIOND_CRASH=all` plays every hit of every point with everything that can go wrong there, on every database;
//! without it the share that a change can wait for.

mod again;
mod claims;
mod disk;
mod late;
mod play;
mod scene;
mod stage;
#[path = "../it/support/mod.rs"]
#[expect(unused_macros, reason = "every database has a share of its own here")]
mod support;
mod sweep;

use retentiond::fault::Point;

use std::collections::BTreeMap;
use std::io::Write;
use std::panic::AssertUnwindSafe;

use claims::{Digests, at_the_end};
use futures_util::FutureExt;
use play::play;
use retentiond::audit::Log;
use stage::{Past, Ran, Stage, counts};
use sweep::{Share, faults};

use crate::support::Server;

/// First faults after which a start has everything to recover that there is.
const WOUNDS: [&str; 4] = [
    "Committed:3:kill",
    "Signed:2:kill",
    "RecordsSynced:9:torn-rear",
    "RecordsSynced:12:torn-front",
];

const EXPIRE: [&str; 4] = ["audit", "expire", "--before", "2021-01-01"];

fn share(usual: Share) -> Share {
    match std::env::var("RETENTIOND_CRASH").as_deref() {
        Ok("all") => Share::Everything,
        _ => usual,
    }
}

/// Every fault of a first run without a past, of a run with one, and of each start that has something to recover.
async fn sweep(server: Server, first: Share, again: Share, wounds: &[&'static str]) {
    sweep_on(Stage::of(server).await, first, again, wounds).await;
}

async fn sweep_on(mut stage: Stage, first: Share, again: Share, wounds: &[&'static str]) {
    let (server, assurance) = (stage.scratch.server(), stage.assurance);
    let mut failures = Vec::new();
    for past in [Past::AMonth, Past::Nothing] {
        stage.reset(past).await;
        let passed = until_the_first_batch(stage.run(""), past);
        let share = if past == Past::Nothing { again } else { first };
        for fault in faults(&passed, share) {
            failures.extend(plays(&mut stage, past, &[&fault]).await);
        }
    }
    for &wound in wounds {
        stage.reset(Past::AMonth).await;
        stage.run(wound);
        let passed = counts(&stage.run(""));
        for fault in faults(&passed, again) {
            failures.extend(plays(&mut stage, Past::AMonth, &[wound, &fault]).await);
        }
    }
    let played = stage.played;
    stage.finish().await;
    assert!(
        failures.is_empty(),
        "{} of {played}: {failures:?}",
        failures.len()
    );
    // Not what the test runner keeps to itself.
    let _ = writeln!(
        std::io::stderr(),
        "{server}, {}: {played} combinations of faults",
        assurance.unwrap_or("ledger")
    );
}

/// Plays faults; gives their names where what must be true was not. Which, the panic has told.
async fn plays(stage: &mut Stage, past: Past, faults: &[&str]) -> Option<String> {
    let played = AssertUnwindSafe(play(stage, past, faults))
        .catch_unwind()
        .await;
    played.err().map(|_| faults.join(", then "))
}

/// Without a past only what comes before the first batch differs.
fn until_the_first_batch(ran: Ran, past: Past) -> BTreeMap<String, u64> {
    assert_eq!(ran.code, Some(0), "{}", ran.told);
    let mut ran = ran;
    if past == Past::Nothing {
        let first = ran
            .passed
            .iter()
            .position(|one| one == "Begun")
            .expect("a batch");
        ran.passed.truncate(first);
    }
    counts(&ran)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_on_sqlite() {
    let (first, again) = (share(Share::EveryKind), share(Share::EveryPoint));
    sweep(Server::Sqlite, first, again, &WOUNDS).await;
}

/// On a server the files are the same: one thing that goes wrong at each point.
async fn every_point(server: Server) {
    let (share, wounds) = match share(Share::EveryPoint) {
        Share::Everything => (Share::Everything, &WOUNDS[..]),
        share => (share, &WOUNDS[..1]),
    };
    sweep(server, share, share, wounds).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_point_on_postgres() {
    every_point(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_point_on_mariadb() {
    every_point(Server::Mariadb).await;
}

/// The first files of the log are dropped: whatever comes between, the log verifies, and it is done by the next attempt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_while_the_log_expires() {
    let mut stage = Stage::of(Server::Sqlite).await;
    stage.reset(Past::Years).await;
    let ran = stage.program(&EXPIRE, "");
    assert_eq!(ran.code, Some(0), "{}", ran.told);
    let (mut failures, mut played) = (Vec::new(), 0);
    let passed = counts(&ran);
    let its = ["Segment", "Copy"];
    let (these, others): (BTreeMap<_, _>, BTreeMap<_, _>) = passed
        .into_iter()
        .partition(|(point, _)| its.iter().any(|one| point.starts_with(one)));
    let mut all = faults(&these, share(Share::EveryKind));
    all.extend(faults(&others, share(Share::EveryPoint)));
    for fault in all {
        played += 1;
        let told = AssertUnwindSafe(expires(&mut stage, &fault))
            .catch_unwind()
            .await;
        failures.extend(told.err().map(|_| fault));
    }
    stage.finish().await;
    assert!(failures.is_empty(), "{failures:?}");
    let _ = writeln!(std::io::stderr(), "{played} faults while the log expires");
}

async fn expires(stage: &mut Stage, fault: &str) {
    stage.reset(Past::Years).await;
    let ran = stage.program(&EXPIRE, fault);
    let dies = ["kill", "power", "torn"]
        .iter()
        .any(|word| fault.contains(word));
    // Nothing is dropped that no place vouches for.
    let ended = match dies {
        true => ran.code.is_none(),
        false => matches!(ran.code, Some(0 | 1 | 101)),
    };
    assert!(ended, "{fault}: {:?}\n{}", ran.code, ran.told);
    let again = stage.program(&EXPIRE, "");
    assert_eq!(again.code, Some(0), "{fault}\n{}", again.told);
    let ran = stage.run("");
    assert_eq!(ran.code, Some(0), "{fault}\n{}", ran.told);
    let first = Log::open_read(&stage.state().join("log"))
        .expect("the log")
        .first();
    assert!(first > 0, "{fault}: nothing was dropped");
    at_the_end(stage, fault, Digests::All).await;
}

/// Where the target has no ledger: one thing that goes wrong at each point of a run and of a recovery.
async fn without_a_ledger(server: Server, assurance: &'static str) {
    let stage = Stage::with(server, Some(assurance), 1).await;
    let share = share(Share::EveryPoint);
    sweep_on(stage, share, share, &WOUNDS[..1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_point_on_postgres_by_transaction_status() {
    without_a_ledger(Server::Postgres, "transaction-status").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_point_on_mariadb_inferred() {
    without_a_ledger(Server::Mariadb, "inferred").await;
}

/// Several hands with a batch of one row each: what one has in hand when the program dies is the next start's, whichever of
/// them came first.
async fn side_by_side(server: Server) {
    let stage = Stage::with(server, None, 3).await;
    let share = share(Share::EveryPoint);
    // What a start recovers is the same on every server.
    let wounds: &[&str] = match (server, share) {
        (Server::Postgres, _) | (_, Share::Everything) => &["Signed:2:kill"],
        _ => &[],
    };
    sweep_on(stage, share, share, wounds).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_point_side_by_side_on_postgres() {
    side_by_side(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_point_side_by_side_on_mariadb() {
    side_by_side(Server::Mariadb).await;
}

/// A point that nobody comes to is covered by nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_point_is_passed_by_nobody() {
    let mut stage = Stage::of(Server::Sqlite).await;
    let mut passed: Vec<String> = Vec::new();
    for past in [Past::Nothing, Past::AMonth] {
        stage.reset(past).await;
        passed.extend(stage.run("").passed);
    }
    for wound in WOUNDS {
        stage.reset(Past::AMonth).await;
        passed.extend(stage.run(wound).passed);
        passed.extend(stage.run("").passed);
    }
    stage.reset(Past::Years).await;
    passed.extend(stage.program(&EXPIRE, "").passed);
    let missed: Vec<Point> = Point::ALL
        .into_iter()
        .filter(|point| !passed.contains(&format!("{point:?}")))
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
    stage.finish().await;
}
