//! One run on a database of its own, with somebody who looks on between its batches.

use std::path::PathBuf;

use retentiond::db::{self, Access};
use retentiond::disposal::{Progress, Stop};
use retentiond::run::{self, Approvals, DatabaseReport, Order};
use retentiond::schedule::Schedule;
use retentiond::state::{RunReason, Store, Use};
use retentiond::{config, ledger};

use crate::support::Scratch;

/// Writes a schedule of these tables, beside the state and the database, which is called `case`.
pub fn write(scratch: &Scratch, rules: &str) -> Schedule {
    let path: PathBuf = scratch.dir().join("schedule.toml");
    let text = format!(
        "version = 1\n[state]\ndirectory = \"{}\"\n{}\n{rules}",
        scratch.dir().join("state").display(),
        scratch.toml_database("case")
    );
    std::fs::write(&path, text).expect("the schedule is written");
    config::load(&path).expect("a schedule").0
}

/// All rules, on 1 March 2026.
pub fn order<'a>(schedule: &'a Schedule, scratch: &'a Scratch, stop: &'a Stop) -> Order<'a> {
    Order {
        schedule,
        base: scratch.dir(),
        supposed_now: Some("2026-03-01T00:00:00Z".parse().expect("a moment")),
        only_rule: None,
        stop,
    }
}

/// Makes the ledger's tables and enforces, without an approval.
pub async fn enforce(
    scratch: &Scratch,
    schedule: &Schedule,
    progress: &mut impl Progress,
) -> DatabaseReport {
    let database = &schedule.databases["case"];
    let mut session = db::open(database, scratch.dir(), Access::Enforce)
        .await
        .expect("a session");
    ledger::migrate(&mut session).await.expect("the ledger");
    drop(session);
    let mut store = Store::open(&schedule.state_directory, Use::Append)
        .await
        .expect("the state");
    let stop = Stop::default();
    let order = order(schedule, scratch, &stop);
    let approvals = Approvals::waived();
    let reason = RunReason::Command;
    run::enforce(&order, database, &approvals, &mut store, reason, progress)
        .await
        .unwrap_or_else(|halt| panic!("{halt}"))
}
