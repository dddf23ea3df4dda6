//! One run on a cadence.

use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::disposal::Stop;
use crate::run::again::again_after;
use crate::run::erase::resume_after;
use crate::run::{Approvals, DatabaseReport, HaltedBy, Order, enforce};
use crate::schedule::{Database, Schedule};
use crate::state::RunReason;

use super::agenda::{Ended, Name};
use super::host::Host;
use super::watch::{Watch, Why};
use super::{idle, told};

/// How often a run begins again because somebody comes between, and after which pause where a hold is placed.
const RUNS_MAX: u32 = 10;
const HOLD_PAUSE: Duration = Duration::from_secs(2);

/// How one attempt ended, for who decides whether it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Attempt {
    /// A hold was placed meanwhile: the next one knows it.
    Held,
    /// Somebody asked for the turn on the database.
    GaveWay,
    /// The daemon itself ended it.
    Ended(Why),
    /// Everything was done that may be done.
    Done,
    /// Something failed that may not fail the next time.
    Failed(String),
}

/// Runs what a job is for, again where somebody came between; `None`: the daemon ends, and the run is owed.
pub(super) async fn run(host: &Host, name: &Name, due: DateTime<Utc>) -> Option<Ended> {
    let is_called_off = || host.stop().requested() || host.is_paused(&name.database);
    let called_off = || (!host.stop().requested()).then(|| ended(name, Why::Paused));
    let Some(_leave) = host.leave(&is_called_off).await else {
        return called_off();
    };
    let mut runs = 0;
    while runs < RUNS_MAX {
        let stop = host.stop().of_a_part();
        // Who waits for a turn gives no sign of life, and need not.
        host.board().job(name).alive = None;
        let turn = host.turns().wait(&name.database, &stop, &is_called_off);
        let Some(turn) = turn.await else {
            return called_off();
        };
        // Only now: what was reloaded while we waited is in force.
        let schedule = host.schedule();
        let Some(database) = schedule.databases.get(&name.database) else {
            return Some(Ended::Done);
        };
        let mut watch = Watch::new(host, name, due, database);
        let attempt = match watch.may_go_on(&stop).await {
            Some(why) => Attempt::Ended(why),
            None if stop.requested() || watch.is_of_the_past() => Attempt::GaveWay,
            None => once(host, name, (&schedule, database), &stop, &mut watch).await,
        };
        watch.close().await;
        drop(turn);
        host.board().job(name).alive = None;
        if Rc::ptr_eq(&schedule, &host.schedule()) {
            runs += 1;
        }
        if host.stop().requested() {
            return None;
        }
        match attempt {
            Attempt::Held => tokio::time::sleep(HOLD_PAUSE).await,
            Attempt::GaveWay => {}
            Attempt::Ended(why) => return Some(ended(name, why)),
            Attempt::Done => return Some(Ended::Done),
            Attempt::Failed(why) => {
                host.board().job(name).failure = Some(why);
                return Some(Ended::Failed);
            }
        }
    }
    let why = "somebody came between ten times".to_owned();
    host.board().job(name).failure = Some(why);
    Some(Ended::Failed)
}

fn ended(name: &Name, why: Why) -> Ended {
    let (told, ended) = match why {
        Why::Paused => ("paused", Ended::Paused),
        Why::WindowClosed => ("window-closed", Ended::WindowClosed),
        Why::Cap => ("run-at-most", Ended::Done),
        Why::Throttled => ("throttled", Ended::Throttled),
    };
    tracing::info!(
        database = name.database,
        rule = name.rule,
        reason = told,
        "the run ends here; the rest is done later"
    );
    ended
}

/// The rules that a job is for; `None`: all.
fn rules(schedule: &Schedule, name: &Name) -> Option<Vec<String>> {
    if let Some(rule) = &name.rule {
        return Some(vec![rule.clone()]);
    }
    let all: Vec<_> = schedule.rules_of(&name.database).collect();
    if all.iter().all(|rule| rule.cadence.is_none()) {
        return None;
    }
    let mine = all.iter().filter(|rule| rule.cadence.is_none());
    Some(mine.map(|rule| rule.name.value.clone()).collect())
}

async fn once(
    host: &Host,
    name: &Name,
    (schedule, database): (&Schedule, &Database),
    stop: &Stop,
    watch: &mut Watch<'_>,
) -> Attempt {
    let only = rules(schedule, name);
    let order = Order {
        schedule,
        base: host.base(),
        supposed_now: None,
        only_rule: only.as_deref(),
        stop,
    };
    let mut store = host.store();
    let failed = |error: anyhow::Error, hint: Option<&str>| {
        told::failed(database, &error, hint);
        Attempt::Failed(format!("{error:#}"))
    };
    let approvals = match store.records(&["approved"]).await {
        Ok(records) => Approvals::of(records),
        Err(error) => return failed(error, None),
    };
    let reason = RunReason::Cadence;
    let outcome = enforce(&order, database, &approvals, &mut store, reason, watch);
    let mut report = match outcome.await {
        Ok(report) => report,
        Err(halt) => return failed(anyhow::anyhow!("{halt}"), halt.advice()),
    };
    told::ended(&report);
    if let Some(months) = schedule.log_keep_months
        && host.may_expire(Utc::now())
    {
        idle::expire(&mut store, months, Utc::now()).await;
    }
    host.board().keep(&report, Utc::now());
    if report.halted_by == Some(HaltedBy::Hold) {
        return Attempt::Held;
    }
    if let Some(why) = watch.why {
        return Attempt::Ended(why);
    }
    if report.stopped {
        return Attempt::GaveWay;
    }
    resume_after(&order, database, &mut report, &mut store, watch).await;
    again_after(&order, database, &mut report, &mut store, watch).await;
    told::resumed(&report.database, &report.resumed);
    told::again(&report.database, &report.again);
    if let Some(why) = watch.why {
        return Attempt::Ended(why);
    }
    if stop.requested() {
        return Attempt::GaveWay;
    }
    match store.requested().await {
        Ok(all) => told::requested(database, &all, Utc::now()),
        Err(error) => return failed(error, None),
    }
    judged(host, name, &report)
}

/// What nobody has to do anything about is done: a limit or a missing approval waits for somebody, and is no failure that
/// another attempt would mend.
fn judged(host: &Host, name: &Name, report: &DatabaseReport) -> Attempt {
    let retried = matches!(
        report.halted_by,
        Some(HaltedBy::Database | HaltedBy::Clocks | HaltedBy::Records | HaltedBy::Unpublished)
    );
    let failure = report.rules.iter().find_map(|rule| {
        let why = rule.failure.as_ref()?;
        Some(format!("the rule {} failed: {why}", rule.rule))
    });
    match (&report.halted, failure) {
        (Some(why), _) if retried => Attempt::Failed(why.clone()),
        (_, Some(why)) => Attempt::Failed(why),
        _ => {
            let mut board = host.board();
            let told = board.job(name);
            told.failure = report.halted.clone();
            if report.is_whole() {
                told.succeeded = Some(Utc::now());
            }
            Attempt::Done
        }
    }
}
