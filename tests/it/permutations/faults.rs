//! What else goes wrong around a batch: locks that are not granted, statements that take too long, connections that
//! are lost, two enforcers at once. Rows gone are rows told, and each intent is resolved once.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chrono::Utc;
use retentiond::db::{self, Access, Session as Target, SessionLimits, TroubleKind};
use retentiond::disposal::{
    Apply, Authority, Failure, LastStep, Rest, StepOutcome, Stop, Sweep, Taken, Walk, Walker,
    run_step,
};
use retentiond::ledger;
use retentiond::plan::{Bound, Step};
use retentiond::run::Unwatched;
use retentiond::schedule::Limits;
use retentiond::state::{Record, Store, Use};

use super::forms::Form;
use super::rig::{Rig, backend, every_intent_is_resolved, waits};
use crate::support::{Scratch, Server, every_database};

/// The rig with its rows.
async fn rig(server: Server) -> Rig {
    let form = Form::alone();
    let mut rig = Rig::of(server, &form).await;
    rig.scratch.exec(&form.rows).await;
    rig
}

/// The rig's own session, with other limits.
async fn within(rig: &Rig, lock_wait_ms: u64, statement_ms: u64) -> Target {
    let database = rig
        .schedule
        .databases
        .values()
        .next()
        .expect("one database");
    let limits = SessionLimits {
        lock_wait_ms,
        statement_ms,
        ..SessionLimits::default()
    };
    db::open_within(database, rig.scratch.dir(), Access::Enforce, limits)
        .await
        .expect("a session")
}

async fn store(directory: &Path) -> Store {
    Store::open(directory, Use::Append).await.expect("a store")
}

fn lists(step: &Step) -> Walk {
    Walk::KeyLists(step.target.key.clone())
}

async fn first_bound(session: &mut Target, step: &Step, walk: Walk) -> Bound {
    let mut walker = Walker::new(walk, step, Limits::STANDARD, session.dialect());
    walker
        .next(session, step, &step.condition)
        .await
        .expect("a bound")
        .expect("a bound")
}

async fn left(scratch: &mut Scratch) -> String {
    scratch
        .value("SELECT count(*) FROM item")
        .await
        .expect("a count")
}

/// Runs a step to its end, however it ends.
async fn to_its_end(
    session: &mut Target,
    last: &mut Apply<'_>,
    step: &Step,
    walker: Walker,
) -> (StepOutcome, Result<(), Failure>) {
    let ended = run_step(
        session,
        step,
        walker,
        last,
        &Stop::default(),
        &mut Unwatched,
    )
    .await;
    last.finish().await.expect("a receipt");
    ended
}

async fn begun<'s>(
    session: &mut Target,
    store: &'s mut Store,
    authority: &Authority,
    run: &str,
) -> Apply<'s> {
    let authority = Authority {
        run: run.to_owned(),
        ..authority.clone()
    };
    Apply::begin(session, store, authority, Utc::now)
        .await
        .expect("the target is ours")
}

every_database!(
    async fn a_lock_that_is_not_granted_is_waited_for_and_then_reported(server) {
        let mut rig = rig(server).await;
        // MariaDB counts in seconds.
        let lock_wait = if server == Server::Mariadb { 1_000 } else { 50 };
        let mut session = within(&rig, lock_wait, 60_000).await;
        let mut store = store(&rig.schedule.state_directory).await;
        let mut other = rig.scratch.second().await;
        let mut last = begun(&mut session, &mut store, &rig.authority, "a").await;
        let bound = first_bound(&mut session, &rig.step, lists(&rig.step)).await;
        let hold = if server == Server::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
        other.exec(hold).await;
        other.exec("UPDATE item SET remark = 'mine' WHERE id = 30").await;
        let reported = last.take(&mut session, &rig.step, &bound).await;
        assert!(
            matches!(&reported, Err(Failure::Trouble(trouble)) if trouble.kind == TroubleKind::LockTimeout),
            "{reported:?}"
        );
        assert_eq!(left(&mut rig.scratch).await, "7");
        // The first attempt is in vain, a later one is not.
        let release = async {
            tokio::time::sleep(Duration::from_millis(lock_wait + 100)).await;
            other.exec("COMMIT").await;
        };
        let (taken, ()) = tokio::join!(last.take(&mut session, &rig.step, &bound), release);
        assert!(matches!(&taken, Ok(Taken::Done { tally, .. }) if tally.rows() == 5), "{taken:?}");
        last.finish().await.expect("a receipt");
        drop(last);
        assert_eq!(every_intent_is_resolved(&mut rig.scratch, &mut store).await, 1);
        other.close().await;
        session.close().await.expect("closed");
        rig.session.close().await.expect("closed");
        rig.scratch.finish().await;
    }
);

/// The other session goes the opposite way through the rows, and is the last that the server would end.
async fn a_deadlock(server: Server) {
    let mut rig = rig(server).await;
    let mut store = store(&rig.schedule.state_directory).await;
    let mut other = rig.scratch.second().await;
    let number = backend(&mut rig.session).await;
    let mut last = begun(&mut rig.session, &mut store, &rig.authority, "a").await;
    let walk = Walk::KeyRanges {
        columns: rig.step.target.key.clone(),
        between: None,
    };
    let bound = first_bound(&mut rig.session, &rig.step, walk).await;
    if server == Server::Postgres {
        other.exec("SET deadlock_timeout = '60s'").await;
    }
    other.exec("CREATE TABLE weight (i integer)").await;
    other.exec("BEGIN").await;
    for _ in 0..20 {
        other
            .exec("INSERT INTO weight VALUES (1), (2), (3), (4), (5), (6), (7), (8)")
            .await;
    }
    other
        .exec("UPDATE item SET remark = 'x' WHERE id = 30")
        .await;
    let meet = async {
        while !waits(&mut rig.scratch, number, 0).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let met = other
            .try_exec("UPDATE item SET remark = 'x' WHERE id = 10")
            .await;
        other.exec("COMMIT").await;
        met
    };
    let (taken, met) = tokio::join!(last.take(&mut rig.session, &rig.step, &bound), meet);
    assert!(met.is_ok(), "the other was ended: {met:?}");
    assert!(
        matches!(&taken, Ok(Taken::Done { tally, .. }) if tally.rows() == 5),
        "{taken:?}"
    );
    last.finish().await.expect("a receipt");
    drop(last);
    assert_eq!(
        every_intent_is_resolved(&mut rig.scratch, &mut store).await,
        1
    );
    other.close().await;
    rig.session.close().await.expect("closed");
    rig.scratch.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_victim_of_a_deadlock_begins_anew_on_postgres() {
    a_deadlock(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_victim_of_a_deadlock_begins_anew_on_mariadb() {
    a_deadlock(Server::Mariadb).await;
}

/// Each row takes a while to go; one of them too long.
async fn slow_rows(server: Server) {
    let mut rig = rig(server).await;
    let mut session = within(&rig, 5_000, 400).await;
    let (each, slow) = match server {
        Server::Postgres => ("PERFORM pg_sleep(0.15)", "PERFORM pg_sleep(30)"),
        _ => ("DO SLEEP(0.15)", "DO SLEEP(30)"),
    };
    let body = format!("IF OLD.id = 40 THEN {slow}; ELSE {each}; END IF;");
    rig.scratch
        .exec(&match server {
            Server::Postgres => format!(
                "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN {body} RETURN OLD; END $$;
                 CREATE TRIGGER slow BEFORE DELETE ON item FOR EACH ROW EXECUTE FUNCTION slow();"
            ),
            _ => format!("CREATE TRIGGER slow BEFORE DELETE ON item FOR EACH ROW BEGIN {body} END"),
        })
        .await;
    let mut store = store(&rig.schedule.state_directory).await;
    let mut last = begun(&mut session, &mut store, &rig.authority, "a").await;
    for walk in [
        Walk::KeyRanges {
            columns: rig.step.target.key.clone(),
            between: None,
        },
        lists(&rig.step),
    ] {
        let walker = Walker::new(walk, &rig.step, Limits::STANDARD, session.dialect());
        let (_, ended) = to_its_end(&mut session, &mut last, &rig.step, walker).await;
        assert!(
            matches!(&ended, Err(Failure::Trouble(trouble)) if trouble.kind == TroubleKind::StatementTimeout),
            "{ended:?}"
        );
        let rest = "SELECT id FROM item WHERE id <= 50 ORDER BY id";
        let rest = rig.scratch.rows(rest).await;
        assert_eq!(rest.len(), 2, "40 and what comes after it: {rest:?}");
    }
    drop(last);
    assert!(every_intent_is_resolved(&mut rig.scratch, &mut store).await >= 1);
    session.close().await.expect("closed");
    rig.session.close().await.expect("closed");
    rig.scratch.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_long_is_halved_down_to_one_row_on_postgres() {
    slow_rows(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_long_is_halved_down_to_one_row_on_mariadb() {
    slow_rows(Server::Mariadb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_with_more_rows_than_a_batch_may_have_is_listed() {
    let mut rig = rig(Server::Postgres).await;
    let mut store = store(&rig.schedule.state_directory).await;
    let limits = Limits {
        rows_per_batch: 2,
        ..Limits::STANDARD
    };
    rig.authority.limits = BTreeMap::from([("items".to_owned(), limits)]);
    let mut last = begun(&mut rig.session, &mut store, &rig.authority, "a").await;
    let walker = Walker::new(Walk::heap(1), &rig.step, limits, rig.session.dialect());
    let (outcome, ended) = to_its_end(&mut rig.session, &mut last, &rig.step, walker).await;
    assert!(ended.is_ok(), "{ended:?}");
    assert_eq!(outcome.tally.rows(), 5);
    drop(last);
    assert_eq!(
        every_intent_is_resolved(&mut rig.scratch, &mut store).await,
        3
    );
    rig.session.close().await.expect("closed");
    rig.scratch.finish().await;
}

/// The pages that should hold the due rows hold none: they are looked for as long as some are missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_sweep_did_not_find_is_looked_for_by_the_index() {
    for (due, removed) in [(0, 0), (1, 5), (5, 5), (6, 5)] {
        let mut rig = rig(Server::Postgres).await;
        let mut store = store(&rig.schedule.state_directory).await;
        let mut last = begun(&mut rig.session, &mut store, &rig.authority, "a").await;
        let driving = rig.step.driving.clone().expect("a start event's column");
        let key = rig.step.target.key.clone();
        let columns = std::iter::once(driving.column).chain(key).collect();
        let sweep = Sweep {
            first: 7,
            end: 9,
            rest: Some(Rest { columns, due }),
        };
        let walker = Walker::new(
            Walk::Pages(sweep),
            &rig.step,
            Limits::STANDARD,
            rig.session.dialect(),
        );
        let (outcome, ended) = to_its_end(&mut rig.session, &mut last, &rig.step, walker).await;
        assert!(ended.is_ok(), "{ended:?}");
        assert_eq!(outcome.tally.rows(), removed, "{due} were counted");
        drop(last);
        rig.session.close().await.expect("closed");
        rig.scratch.finish().await;
    }
}

/// The connection ends while the batch waits for a row.
async fn a_lost_connection(server: Server) {
    let mut rig = rig(server).await;
    let mut session = within(&rig, 60_000, 60_000).await;
    let mut store = store(&rig.schedule.state_directory).await;
    let mut other = rig.scratch.second().await;
    let number = backend(&mut session).await;
    let mut last = begun(&mut session, &mut store, &rig.authority, "a").await;
    let bound = first_bound(&mut session, &rig.step, lists(&rig.step)).await;
    other.exec("BEGIN").await;
    other
        .exec("UPDATE item SET closed_on = NULL WHERE id = 30")
        .await;
    let scratch = &mut rig.scratch;
    let kill = async {
        while !waits(scratch, number, 0).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let sql = match scratch.server() {
            Server::Postgres => format!("SELECT pg_terminate_backend({number})"),
            _ => format!("KILL {number}"),
        };
        scratch.exec(&sql).await;
    };
    let (taken, ()) = tokio::join!(last.take(&mut session, &rig.step, &bound), kill);
    assert!(
        matches!(&taken, Err(Failure::Trouble(trouble)) if trouble.is_lost()),
        "{taken:?}"
    );
    last.finish().await.expect("nothing to tell");
    drop(last);
    other.exec("COMMIT").await;
    assert_eq!(left(&mut rig.scratch).await, "7");
    let mut last = begun(&mut rig.session, &mut store, &rig.authority, "b").await;
    let taken = last.take(&mut rig.session, &rig.step, &bound).await;
    assert!(
        matches!(&taken, Ok(Taken::Done { tally, .. }) if tally.rows() == 4),
        "{taken:?}"
    );
    last.finish().await.expect("a receipt");
    drop(last);
    assert_eq!(
        every_intent_is_resolved(&mut rig.scratch, &mut store).await,
        1
    );
    other.close().await;
    rig.session.close().await.expect("closed");
    rig.scratch.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_ended_takes_its_batch_back_on_postgres() {
    a_lost_connection(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_ended_takes_its_batch_back_on_mariadb() {
    a_lost_connection(Server::Mariadb).await;
}

every_database!(
    async fn of_two_enforcers_one_goes_on(server) {
        let mut rig = rig(server).await;
        let mut second = within(&rig, 5_000, 60_000).await;
        let directory = rig.schedule.state_directory.clone();
        let mut first_store = store(&directory).await;
        drop(begun(&mut rig.session, &mut first_store, &rig.authority, "before").await);
        drop(first_store);
        // Both have the same log, as after a copy of a machine.
        let copy = rig.scratch.dir().join("copy");
        let copied = std::process::Command::new("cp").arg("-a").arg(&directory).arg(&copy).status();
        assert!(copied.expect("cp runs").success());
        let (mut one, mut two) = (store(&directory).await, store(&copy).await);
        let mut ours = begun(&mut rig.session, &mut one, &rig.authority, "ours").await;
        let refused = Apply::begin(&mut second, &mut two, rig.authority.clone(), Utc::now).await;
        let told = format!("{:#}", refused.err().expect("the other one is at work"));
        assert!(told.contains("another copy of this state directory"), "{told}");
        let bound = first_bound(&mut rig.session, &rig.step, lists(&rig.step)).await;
        // As where somebody acknowledges the other copy meanwhile.
        let schema = &rig.authority.schema;
        let raised = ledger::raise(&mut second, schema, i64::MAX).await;
        assert!(raised.expect("raised"));
        let refused = ours.take(&mut rig.session, &rig.step, &bound).await;
        assert!(matches!(&refused, Err(Failure::Records(_))), "{refused:?}");
        assert!(!rig.session.in_transaction());
        assert_eq!(left(&mut rig.scratch).await, "7");
        ours.finish().await.expect("nothing to tell");
        drop(ours);
        assert_eq!(every_intent_is_resolved(&mut rig.scratch, &mut one).await, 0);
        let told = one.records(&["intent", "not-applied", "done"]).await.expect("the log");
        assert!(matches!(told.last().map(|entry| &entry.record), Some(Record::NotApplied { .. })));
        // Neither begins again: one is behind the target, the other is of no concern to it.
        let mut another = store(&rig.scratch.dir().join("another")).await;
        for stranger in [&mut one, &mut another] {
            let begun = Apply::begin(&mut rig.session, stranger, rig.authority.clone(), Utc::now).await;
            assert!(begun.is_err());
        }
        second.close().await.expect("closed");
        rig.session.close().await.expect("closed");
        rig.scratch.finish().await;
    }
);

every_database!(
    /// Where the log has no room to begin a batch it has kept room for the receipt of the last one.
    async fn a_full_disk_keeps_no_receipt_back(server) {
        let mut rig = rig(server).await;
        let directory = rig.schedule.state_directory.clone();
        let mut log = store(&directory).await;
        let mut ours = begun(&mut rig.session, &mut log, &rig.authority, "ours").await;
        let bound = first_bound(&mut rig.session, &rig.step, lists(&rig.step)).await;
        let taken = ours.take(&mut rig.session, &rig.step, &bound).await;
        assert!(matches!(&taken, Ok(Taken::Done { tally, .. }) if tally.rows() == 5), "{taken:?}");
        // No further segment can be made, and this one is filled up to its reserve.
        let folder = directory.join("log");
        std::fs::create_dir(folder.join("spare.new")).expect("a folder in the way");
        let _ = std::fs::remove_file(folder.join("spare"));
        let filler = vec![Record::Boot { epoch: 1 }; 100];
        while ours.store().append_all(Utc::now(), &filler).await.is_ok() {}
        rig.scratch.exec("INSERT INTO item (id, closed_on, name) VALUES (35, '2020-01-03', 'late')").await;
        let bound = first_bound(&mut rig.session, &rig.step, lists(&rig.step)).await;
        let mut refused = ours.take(&mut rig.session, &rig.step, &bound).await;
        // The last hundred may have left room for one more batch.
        while refused.is_ok() {
            refused = ours.take(&mut rig.session, &rig.step, &bound).await;
        }
        assert!(matches!(&refused, Err(Failure::Records(_))), "{refused:?}");
        ours.finish().await.expect("the receipt");
        drop(ours);
        let told = log.records(&["done"]).await.expect("the log");
        let first = told.first().map(|entry| &entry.record);
        assert!(matches!(first, Some(Record::Done { effects, .. }) if effects[0].rows == 5), "{told:?}");
        rig.session.close().await.expect("closed");
        rig.scratch.finish().await;
    }
);
