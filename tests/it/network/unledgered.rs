//! Databases in which no table of ours may be made: what a lost COMMIT comes to, who may be at work, and what is refused.

use std::io::Write;
use std::process::Stdio;

use retentiond::state::{Record, Store, Use};

use super::accounts::{records, rows_of, verifies};
use super::cuts::{DUE, refill};
use super::proxy::{Fault, Proxy, Then};
use crate::cli::site::{NOTES_DUE, PEOPLE_DUE, Site, VISITS_DUE, clean, program};
use crate::support::Server;

/// A site whose schedule accepts that there is no ledger, and leads through a wire.
async fn wired(server: Server, hint: &str, assurance: &str) -> (Site, Proxy) {
    let site = Site::new(server, hint).await;
    let proxy = Proxy::start(server, site.scratch.port());
    let direct = format!("port = {}\n", site.scratch.port());
    let mut parts = site.parts();
    parts.database = parts
        .database
        .replace(&direct, &format!("port = {}\n", proxy.port))
        + &format!("assurance = \"{assurance}\"\n");
    parts.limits = format!("rows-per-batch = 10\n{}", parts.limits);
    site.write(&parts.text());
    site.go(&["approve", "--all"]).exits(0);
    (site, proxy)
}

/// Rows of all receipts, and of what was seen gone without one; every intent has one end.
fn told(site: &Site) -> (u64, u64, u64) {
    let all = records(site);
    let of = |kind: &str| all.iter().filter(|one| one["kind"] == kind).count();
    assert_eq!(
        of("intent"),
        of("done") + of("not-applied") + of("unknown"),
        "each intent has one end"
    );
    let done = all.iter().filter(|one| one["kind"] == "done");
    let rows = done.map(|one| rows_of(&one["effects"])).sum();
    let unknown = all.iter().filter(|one| one["kind"] == "unknown");
    let (mut gone, mut there) = (0, 0);
    for one in unknown {
        gone += one["seen"]["gone"].as_u64().unwrap_or(0);
        there += one["seen"]["there"].as_u64().unwrap_or(0);
    }
    (rows, gone, there)
}

const WAYS: [Then; 3] = [Then::CutBefore, Then::CutBehind, Then::CutAnswer];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_asked_what_became_of_each_lost_commit() {
    let (mut site, proxy) = wired(Server::Postgres, "status", "transaction-status").await;
    site.go(&["plan"])
        .exits(0)
        .says("weaker assurance: the database has no ledger");
    proxy.arm(Fault::None);
    site.go(&["run"]).exits(0).says("weaker assurance");
    site.assert_enforced().await;
    let commits = proxy.commits();
    assert!(commits >= 5, "{commits} batches");
    let mut rounds = 1;
    // A batch with children, and one that overwrites.
    for which in [4, 5] {
        for then in WAYS {
            refill(&mut site).await;
            rounds += 1;
            proxy.arm(Fault::AtCommit(which, then));
            site.go(&["run"]).exits(4);
            proxy.arm(Fault::None);
            site.go(&["run"]).exits(0);
            site.assert_enforced().await;
            assert_eq!(told(&site), (rounds * DUE, 0, 0), "{which} {then:?}");
        }
    }
    let all = records(&site);
    let found = all.iter().filter(|one| one["recovered"] == true).count();
    assert!(found > 0, "some were committed, and the server said so");
    assert!(
        all.iter()
            .filter(|one| one["kind"] == "done")
            .all(|one| one["assurance"] == "transaction-status")
    );
    println!("{} commits lost, {found} found by their status", rounds - 1);
    verifies(&site);
    let run = all
        .iter()
        .rfind(|one| one["recovered"] == true)
        .expect("one")["run"]
        .clone();
    site.go(&["audit", "certificate", run.as_str().expect("a name")])
        .exits(0)
        .says("the database has no ledger")
        .says("told by the database's server after a crash");
    site.go(&["audit", "show"])
        .exits(0)
        .says("WEAKER ASSURANCE");
    site.scratch.finish().await;
}

/// What is lost is unknown, never done; what is seen is told.
async fn inferred(server: Server) {
    let (mut site, proxy) = wired(server, "inferred", "inferred").await;
    site.go(&["plan"])
        .exits(0)
        .says("weak assurance: the database has no ledger");
    proxy.arm(Fault::None);
    site.go(&["run"]).exits(0);
    site.assert_enforced().await;
    assert_eq!(told(&site), (DUE, 0, 0));
    let (mut seen_gone, mut seen_there) = (0, 0);
    // Not every COMMIT is that of a batch: PostgreSQL's catalogue is read in a transaction too.
    for (which, then) in [2, 3, 4]
        .into_iter()
        .zip(WAYS.into_iter().cycle())
        .chain([(4, WAYS[0])])
    {
        refill(&mut site).await;
        let (before, gone_before, there_before) = told(&site);
        proxy.arm(Fault::AtCommit(which, then));
        site.go(&["run"]).exits(4);
        proxy.arm(Fault::None);
        let ran = site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        let (rows, gone, there) = told(&site);
        assert_eq!(
            rows - before + (gone - gone_before),
            DUE,
            "{which} {then:?}: {ran}"
        );
        seen_gone += gone - gone_before;
        seen_there += there - there_before;
    }
    assert!(seen_gone > 0 && seen_there > 0, "{seen_gone} {seen_there}");
    let all = records(&site);
    assert!(
        all.iter().all(|one| one["recovered"] != true),
        "nothing is guessed"
    );
    verifies(&site);
    site.go(&["audit", "show"])
        .exits(0)
        .says("UNKNOWN")
        .says("WEAK ASSURANCE")
        .says("were seen gone");
    let run = all
        .iter()
        .find(|one| one["kind"] == "unknown")
        .expect("one")["run"]
        .clone();
    site.go(&["audit", "certificate", run.as_str().expect("a name")])
        .exits(0)
        .says("what was not acknowledged is counted as unknown")
        .says("were seen gone");
    site.scratch.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_commit_is_unknown_on_postgres() {
    inferred(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_commit_is_unknown_on_mariadb() {
    inferred(Server::Mariadb).await;
}

/// Which session has the database, whether it is the one of before, and whether it has a ledger after all.
async fn fenced(server: Server) {
    let (mut site, _proxy) = wired(server, "no_ledger", "inferred").await;
    // Without a word the ledger is missed.
    let text = std::fs::read_to_string(site.schedule()).expect("the schedule");
    site.write(&text.replace("assurance = \"inferred\"\n", ""));
    site.go(&["run"])
        .exits(4)
        .warns("the schedule can accept less: `assurance`");
    site.write(&text);
    // A hold of the state store wins without a name in the database.
    let hold = [
        "hold",
        "place",
        "visits",
        "--key",
        "-",
        "--because",
        "b",
        "--reference",
        "r",
        "--owner",
        "o",
        "--review",
        "2030-01-01",
    ];
    site.fed(&hold, "7\n").exits(0);
    // Another session is at work: it is waited for.
    let (lock, free) = match server {
        Server::Postgres => (
            "SELECT pg_advisory_lock(1919251566, 1751474532)::text",
            "SELECT pg_advisory_unlock(1919251566, 1751474532)::text",
        ),
        _ => (
            "SELECT GET_LOCK(CONCAT('retentiond.', MD5(DATABASE())), 0)",
            "SELECT RELEASE_LOCK(CONCAT('retentiond.', MD5(DATABASE())))",
        ),
    };
    let mut other = site.scratch.second().await;
    other.rows(lock).await;
    // No row of ours tells it of a hold: placing one answers when it has ended.
    let mut command = std::process::Command::new(program());
    clean(&mut command)
        .arg("--schedule")
        .arg(site.schedule())
        .args(hold)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut placing = command.spawn().expect("it starts");
    let keys = placing.stdin.take();
    keys.expect("its input").write_all(b"9\n").expect("a key");
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let early = placing.try_wait().expect("a process");
    other.rows(free).await;
    let placed = placing.wait_with_output().expect("it ends");
    assert!(
        early.is_none(),
        "it answered while a run was under way: {placed:?}"
    );
    assert!(
        placed.status.success(),
        "{}",
        String::from_utf8_lossy(&placed.stderr)
    );
    other.rows(lock).await;
    let child = site.start_process(&["run"]);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(site.count("visit").await, 40, "somebody else has it");
    other.rows(free).await;
    let ended = child.wait_with_output().expect("it ends");
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stdout)
    );
    assert_eq!(site.count("visit WHERE id <= 30").await, 2);
    assert_eq!(
        site.count("note").await,
        20 - NOTES_DUE,
        "7 and 9 have no notes"
    );
    let (rows, ..) = told(&site);
    assert_eq!(rows, VISITS_DUE - 2 + NOTES_DUE + PEOPLE_DUE);
    other.close().await;
    site.scratch.finish().await;
}

/// Another database under the name, and one that has a ledger after all.
async fn elsewhere(server: Server) {
    let (site, _proxy) = wired(server, "no_ledger_here", "inferred").await;
    site.go(&["run"]).exits(0);
    // Another database under the name: nobody can tell what it lost.
    let other = Site::new(server, "elsewhere").await;
    let moved = other.parts().database + "assurance = \"inferred\"\n";
    let mut parts = site.parts();
    let here = std::mem::replace(&mut parts.database, moved);
    let back = parts
        .text()
        .replace(&parts.database, &(here + "assurance = \"inferred\"\n"));
    site.write(&parts.text());
    site.go(&["run", "--unsafe-without-approval"])
        .exits(1)
        .warns("nobody can tell which batches it lost");
    site.go(&["audit", "acknowledge", "hr"])
        .exits(0)
        .says("acknowledged");
    site.go(&["audit", "acknowledge", "hr"])
        .exits(0)
        .says("nothing to acknowledge");
    site.go(&["run", "--unsafe-without-approval"]).exits(0);
    site.go(&["audit", "show"])
        .exits(0)
        .says("GAP acknowledged");
    // Back to the first one, which has got a ledger meanwhile.
    site.write(&back.replace("assurance = \"inferred\"\n", ""));
    site.go(&["migrate"]).exits(0);
    site.write(&back);
    site.go(&["run", "--unsafe-without-approval"])
        .exits(1)
        .warns("has the ledger's tables");
    site.write(&back.replace("assurance = \"inferred\"\n", ""));
    site.go(&["run", "--unsafe-without-approval"]).exits(0);
    verifies(&site);
    other.scratch.finish().await;
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_at_work_without_a_ledger_on_postgres() {
    fenced(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_at_work_without_a_ledger_on_mariadb() {
    fenced(Server::Mariadb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_database_without_a_ledger_on_postgres() {
    elsewhere(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_database_without_a_ledger_on_mariadb() {
    elsewhere(Server::Mariadb).await;
}

/// A server that was put back to before transactions of which the log tells, and is the same one otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transaction_numbers_that_go_back_are_noticed() {
    let (site, _proxy) = wired(Server::Postgres, "numbers", "transaction-status").await;
    site.go(&["run"]).exits(0);
    let mut store = Store::open(&site.state(), Use::Append)
        .await
        .expect("a store");
    let kinds = ["intent", "committing", "done"];
    let told = store.records(&kinds).await.expect("the log");
    let of = |record: &Record| match record {
        Record::Intent { batch, .. }
        | Record::Done { batch, .. }
        | Record::Committing { batch, .. } => batch.clone(),
        other => panic!("{other:?}"),
    };
    let is_done = |record: &&Record| matches!(record, Record::Done { .. });
    let records: Vec<&Record> = told.iter().map(|entry| &entry.record).collect();
    let batch = records
        .iter()
        .copied()
        .rfind(is_done)
        .map(of)
        .expect("a receipt");
    let its = records.into_iter().filter(|record| of(record) == batch);
    let mut last: Vec<Record> = its.cloned().collect();
    for record in &mut last {
        match record {
            Record::Intent { batch, .. } | Record::Done { batch, .. } => "later".clone_into(batch),
            Record::Committing {
                batch, transaction, ..
            } => {
                "later".clone_into(batch);
                let number = transaction.as_ref().and_then(|one| one.parse::<u64>().ok());
                *transaction = number.map(|one| (one + 1_000_000).to_string());
            }
            other => panic!("{other:?}"),
        }
    }
    store
        .append_all(chrono::Utc::now(), &last)
        .await
        .expect("appended");
    drop(store);
    site.go(&["run"])
        .exits(1)
        .warns("went back in time: it has not begun transactions yet of which this log tells");
    site.go(&["audit", "acknowledge", "hr"])
        .exits(0)
        .says("acknowledged");
    site.go(&["run"]).exits(0);
    verifies(&site);
    site.finish().await;
}
