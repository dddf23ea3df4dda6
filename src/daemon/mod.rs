//! Runs on cadences.
//!
//! tokio-cron-scheduler is the doorbell: it rings once a second in UTC and knows nothing else. When a run is due is
//! decided by croner in the database's time zone, and runs happen in this task, one at a time, so that a stop waits
//! for the batch in hand. A ring that nobody heard while a run was under way is the same ring.

mod cadence;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::disposal::Stop;
use crate::run::{Approvals, Order, Unwatched, enforce};
use crate::schedule::{Database, Schedule};
use crate::state::{RunReason, Store, Use};

pub use cadence::Cadence;

/// A database and when it runs next.
struct Due<'a> {
    database: &'a Database,
    cadence: Cadence,
    next: DateTime<Utc>,
}

/// Rings until asked to stop.
///
/// # Errors
/// No database has a cadence, or the doorbell cannot be installed. A run that fails is logged, and the daemon goes on.
pub async fn run(schedule: &Schedule, base: &Path, stop: &Stop) -> anyhow::Result<()> {
    let mut all = due_of(schedule)?;
    let bell = Arc::new(Notify::new());
    let mut doorbell = install(bell.clone()).await?;
    for one in &all {
        tracing::info!(
            database = one.database.name.value,
            next = %one.next,
            "waiting"
        );
    }
    while !stop.requested() {
        bell.notified().await;
        for one in &mut all {
            let now = Utc::now();
            if stop.requested() || one.next > now {
                continue;
            }
            tracing::info!(database = one.database.name.value, due = %one.next, "run begins");
            run_once(schedule, base, one.database, stop).await;
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

async fn run_once(schedule: &Schedule, base: &Path, database: &Database, stop: &Stop) {
    let order = Order {
        schedule,
        base,
        supposed_now: None,
        only_rule: None,
        stop,
    };
    // The store is open only during a run, so that approvals can be given between two.
    let result = async {
        let mut store = Store::open(&schedule.state_directory, Use::Append).await?;
        let approvals = Approvals::of(store.records(&["approved"]).await?);
        let reason = RunReason::Cadence;
        enforce(
            &order,
            database,
            &approvals,
            &mut store,
            reason,
            &mut Unwatched,
        )
        .await
        .map_err(|halt| anyhow::anyhow!("{halt}"))
    };
    match result.await {
        Ok(report) => {
            for rule in &report.rules {
                let rows: u64 = rule
                    .steps
                    .iter()
                    .filter_map(|step| step.done.as_ref())
                    .map(|done| done.rows)
                    .sum();
                tracing::info!(
                    database = report.database,
                    rule = rule.rule,
                    verdict = rule.verdict.sentence(),
                    rows,
                    failure = rule.failure.as_deref().unwrap_or_default(),
                    "rule"
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
        }
        Err(error) => tracing::error!(database = database.name.value, "the run failed: {error:#}"),
    }
}
