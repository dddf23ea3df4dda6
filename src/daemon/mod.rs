//! Runs on cadences.
//!
//! tokio-cron-scheduler is the doorbell: it rings once a second in UTC and knows nothing else. When a run is due is
//! decided by croner in the database's time zone, and runs happen in this task, one at a time, so that a stop waits
//! for the batch in hand. A ring that nobody heard while a run was under way is the same ring.

mod cadence;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::disposal::Stop;
use crate::run::{Approvals, DatabaseReport, Order, Unwatched, Verdict, enforce};
use crate::schedule::{Database, Schedule};
use crate::state::{Busy, RunReason, Sign, Store, Use};

pub use cadence::Cadence;

/// How long a run waits for the state store while another process writes to it: a minute.
const STORE_TRIES: u32 = 240;
const STORE_PAUSE: Duration = Duration::from_millis(250);

/// How often the log is signed while nothing happens: silence is worth a signature too.
pub const SIGN_EVERY: TimeDelta = TimeDelta::hours(1);

/// A database and when it runs next.
struct Due<'a> {
    database: &'a Database,
    cadence: Cadence,
    next: DateTime<Utc>,
}

/// Rings until asked to stop.
///
/// # Errors
/// No database has a cadence, the doorbell cannot be installed, or the log could not be written. Another run that fails
/// is logged, and the daemon goes on.
pub async fn run(
    schedule: &Schedule,
    base: &Path,
    stop: &Stop,
    sign_every: TimeDelta,
) -> anyhow::Result<()> {
    let mut all = due_of(schedule)?;
    let _only = crate::state::only_daemon(&schedule.state_directory)?;
    let bell = Arc::new(Notify::new());
    let mut doorbell = install(bell.clone()).await?;
    for one in &all {
        tracing::info!(
            database = one.database.name.value,
            next = %one.next,
            "waiting"
        );
    }
    let mut sign_at = Utc::now() + sign_every;
    while !stop.requested() {
        bell.notified().await;
        if !stop.requested() && sign_at <= Utc::now() {
            sign(schedule, stop).await?;
            sign_at = Utc::now() + sign_every;
        }
        for one in &mut all {
            let now = Utc::now();
            if stop.requested() || one.next > now {
                continue;
            }
            tracing::info!(database = one.database.name.value, due = %one.next, "run begins");
            run_once(schedule, base, one.database, stop).await?;
            sign_at = Utc::now() + sign_every;
            // Rings that were missed meanwhile are one ring.
            one.next = one.cadence.next_after(Utc::now())?;
            tracing::info!(database = one.database.name.value, next = %one.next, "waiting");
        }
    }
    if let Err(error) = doorbell.shutdown().await {
        tracing::warn!(%error, "the doorbell did not shut down");
    }
    tracing::info!("stopped");
    Ok(())
}

fn due_of(schedule: &Schedule) -> anyhow::Result<Vec<Due<'_>>> {
    let mut all = Vec::new();
    for database in schedule.databases.values() {
        let Some(text) = &database.cadence else {
            tracing::warn!(
                database = database.name.value,
                "has no cadence: the daemon never runs it"
            );
            continue;
        };
        let cadence = Cadence::parse(&text.value, database.zone)
            .with_context(|| format!("the cadence of {} is not understood", database.name))?;
        let next = cadence.next_after(Utc::now())?;
        all.push(Due {
            database,
            cadence,
            next,
        });
    }
    if all.is_empty() {
        bail!("no database of the schedule has a cadence; add one, as in cadence = \"30 2 * * *\"");
    }
    Ok(all)
}

async fn install(bell: Arc<Notify>) -> anyhow::Result<JobScheduler> {
    let scheduler = JobScheduler::new().await?;
    let job = Job::new("* * * * * *", move |_, _| bell.notify_one())?;
    scheduler.add(job).await?;
    scheduler.start().await?;
    Ok(scheduler)
}

/// Signs the log as it is.
///
/// # Errors
/// The log could not be written: the daemon must end. That somebody else is at work with it, or that it cannot be
/// opened, is told.
async fn sign(schedule: &Schedule, stop: &Stop) -> anyhow::Result<()> {
    let mut store = match open_store(schedule, stop).await {
        Ok(store) => store,
        Err(error) => {
            tracing::error!("the log was not signed: {error:#}");
            return Ok(());
        }
    };
    if let Err(error) = store.checkpoint(Utc::now(), Sign::Anyway).await {
        tracing::error!("the log was not signed: {error:#}");
    }
    end_if_broken(&store)
}

/// What is on the disk is not known any more: only a new start can find out.
fn end_if_broken(store: &Store) -> anyhow::Result<()> {
    if store.is_broken() {
        bail!("the log could not be written; what is on the disk only the next start can tell");
    }
    Ok(())
}

async fn run_once(
    schedule: &Schedule,
    base: &Path,
    database: &Database,
    stop: &Stop,
) -> anyhow::Result<()> {
    let order = Order {
        schedule,
        base,
        supposed_now: None,
        only_rule: None,
        stop,
    };
    // The store is open only during a run, so that approvals can be given between two.
    let mut store = match open_store(schedule, stop).await {
        Ok(store) => store,
        Err(error) => {
            tell_failed(database, &error, None);
            return Ok(());
        }
    };
    let approvals = match store.records(&["approved"]).await {
        Ok(records) => Approvals::of(records),
        Err(error) => {
            tell_failed(database, &error, None);
            return Ok(());
        }
    };
    let mut unwatched = Unwatched;
    let outcome = enforce(
        &order,
        database,
        &approvals,
        &mut store,
        RunReason::Cadence,
        &mut unwatched,
    );
    match outcome.await {
        Ok(report) => tell(&report),
        Err(halt) => tell_failed(database, &anyhow::anyhow!("{halt}"), halt.advice()),
    }
    end_if_broken(&store)
}

/// Waits while somebody gives an approval; a run must not be missed for that.
async fn open_store(schedule: &Schedule, stop: &Stop) -> anyhow::Result<Store> {
    let mut tried = 0;
    loop {
        match Store::open(&schedule.state_directory, Use::Append).await {
            Err(error) if error.is::<Busy>() && tried < STORE_TRIES && !stop.requested() => {
                tried += 1;
                tokio::time::sleep(STORE_PAUSE).await;
            }
            other => return other.map(|store| store.publishing_to(&schedule.sinks)),
        }
    }
}

fn tell_failed(database: &Database, error: &anyhow::Error, hint: Option<&str>) {
    tracing::error!(
        database = database.name.value,
        hint = hint.unwrap_or_default(),
        "the run failed: {error:#}"
    );
}

fn tell(report: &DatabaseReport) {
    for rule in &report.rules {
        let done = rule.steps.iter().filter_map(|step| step.done.as_ref());
        let rows: u64 = done.map(|done| done.rows).sum();
        let (database, name) = (&report.database, &rule.rule);
        let verdict = rule.verdict.sentence();
        match (&rule.failure, &rule.verdict) {
            (Some(failure), _) => {
                tracing::error!(database, rule = name, rows, failure, "the rule failed");
            }
            (None, Verdict::Runs) => tracing::info!(database, rule = name, rows, "the rule ran"),
            (None, Verdict::Observes | Verdict::NotAsked) => {
                tracing::info!(
                    database,
                    rule = name,
                    due = rule.touched,
                    "the rule {verdict}"
                );
            }
            (
                None,
                Verdict::NeedsApproval(_) | Verdict::OverLimit(_) | Verdict::KeyNotUnique(_),
            ) => {
                tracing::warn!(
                    database,
                    rule = name,
                    due = rule.touched,
                    "the rule {verdict}"
                );
            }
        }
    }
    if let Some(lost) = &report.regression {
        tracing::warn!(
            database = report.database,
            batches = lost.batches,
            rows = lost.rows,
            until = %lost.until,
            "the database was put back to an earlier state; what came back is due again"
        );
    }
    for rule in &report.broken {
        tracing::error!(
            database = report.database,
            rule,
            "the rule does not fit its database; `check --connect` says why"
        );
    }
    if let Some(why) = &report.halted {
        tracing::error!(database = report.database, "{why}");
    }
    tracing::info!(
        database = report.database,
        run = report.run.as_deref().unwrap_or_default(),
        rows = report.rows_done(),
        stopped = report.stopped,
        "run ends"
    );
}
