//! One run on a cadence.

use std::time::Duration;

use crate::disposal::Stop;
use crate::run::erase::resume_after;
use crate::run::{Approvals, HaltedBy, Order, enforce};
use crate::schedule::{Database, Schedule};
use crate::state::RunReason;

use super::host::Host;
use super::{supervisor, told};

/// How often a run begins again because holds are placed while it runs, and after which pause.
const RUNS_MAX: u32 = 10;
const HOLD_PAUSE: Duration = Duration::from_secs(2);

/// How a run ended, for who decides whether it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// A hold was placed meanwhile: the next one knows it.
    Held,
    /// Somebody asked for the turn on the database.
    GaveWay,
    Told,
}

/// Runs a database's rules, again where somebody came between.
pub(super) async fn run(host: &Host, name: &str) {
    let schedule = host.schedule();
    let Some(database) = schedule.databases.get(name) else {
        return;
    };
    for _ in 0..RUNS_MAX {
        let stop = host.stop().of_a_part();
        let turn = host.turns().wait(name, &stop).await;
        if host.stop().requested() {
            return;
        }
        let ended = once(host, &schedule, database, &stop).await;
        drop(turn);
        match ended {
            Ended::Held => tokio::time::sleep(HOLD_PAUSE).await,
            Ended::GaveWay => {}
            Ended::Told => return,
        }
    }
}

async fn once(host: &Host, schedule: &Schedule, database: &Database, stop: &Stop) -> Ended {
    let order = Order {
        schedule,
        base: host.base(),
        supposed_now: None,
        only_rule: None,
        stop,
    };
    let mut store = host.store();
    let approvals = match store.records(&["approved"]).await {
        Ok(records) => Approvals::of(records),
        Err(error) => {
            told::failed(database, &error, None);
            return Ended::Told;
        }
    };
    let mut fed = supervisor::Fed;
    let outcome = enforce(
        &order,
        database,
        &approvals,
        &mut store,
        RunReason::Cadence,
        &mut fed,
    );
    match outcome.await {
        Ok(mut report) => {
            told::ended(&report);
            if report.halted_by == Some(HaltedBy::Hold) {
                return Ended::Held;
            }
            if report.stopped && !host.stop().requested() {
                return Ended::GaveWay;
            }
            let halted = report.halted.is_some();
            resume_after(&order, database, &mut report, &mut store, &mut fed).await;
            told::resumed(&report.database, &report.resumed);
            if let Some(why) = report.halted.as_ref().filter(|_| !halted) {
                told::failed(database, &anyhow::anyhow!("{why}"), None);
            }
            match store.requested().await {
                Ok(all) => told::requested(&report.database, &all),
                Err(error) => told::failed(database, &error, None),
            }
        }
        Err(halt) => told::failed(database, &anyhow::anyhow!("{halt}"), halt.advice()),
    }
    Ended::Told
}
