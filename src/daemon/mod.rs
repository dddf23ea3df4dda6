//! Runs on cadences.
//!
//! tokio-cron-scheduler is the doorbell: it rings once a second in UTC and knows nothing else. When a run is due is
//! decided by croner in the database's time zone, and runs happen in this task, one at a time, so that a stop waits
//! for the batch in hand. A ring that nobody heard while a run was under way is the same ring.
//!
//! SIGHUP has the schedule read again: all of it or nothing. A faulty file leaves the old schedule in force.

mod cadence;
mod due;
mod idle;
mod publishing;
mod supervisor;
mod told;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::disposal::Stop;
use crate::run::erase::resume;
use crate::run::{Approvals, HaltedBy, Order, enforce};
use crate::schedule::{Database, Schedule};
use crate::state::{Busy, RunReason, Store, Use};

use due::Due;
use idle::{Idle, end_if_broken};
use publishing::Publishing;

pub use cadence::Cadence;

/// How long a run waits for the state store while another process writes to it: a minute.
const STORE_TRIES: u32 = 240;
const STORE_PAUSE: Duration = Duration::from_millis(250);

/// How often a run begins again because holds are placed while it runs, and after which pause.
const RUNS_MAX: u32 = 10;
const HOLD_PAUSE: Duration = Duration::from_secs(2);

/// How often the log is signed while nothing happens.
pub const SIGN_EVERY: TimeDelta = TimeDelta::hours(1);

/// Where the schedule comes from.
pub struct Source<'a> {
    /// The folder of its file.
    pub base: &'a Path,
    /// Reads it again. `None` where it has faults; they have been told.
    pub read: &'a dyn Fn() -> Option<Schedule>,
}

/// Rings until asked to stop.
///
/// # Errors
/// No database has a cadence, the doorbell cannot be installed, or the log could not be written. Another run that fails
/// is logged, and the daemon goes on.
pub async fn run(
    schedule: Schedule,
    source: &Source<'_>,
    stop: &Stop,
    sign_every: TimeDelta,
) -> anyhow::Result<()> {
    let _only = crate::state::only_daemon(&schedule.state_directory)?;
    let mut hangups = signal(SignalKind::hangup())?;
    let bell = Arc::new(Notify::new());
    let mut served = Served::of(schedule, &[])?;
    let mut doorbell = install(bell.clone()).await?;
    served.tell();
    supervisor::ready(&served.status());
    let mut idle = Idle::begin(sign_every);
    let mut publishing = Publishing::begin();
    while !stop.requested() {
        if rung(&bell, &mut hangups).await == Rung::Hangup {
            served.reload(source);
        }
        supervisor::alive();
        served.run_due(source.base, stop).await?;
        idle.look(&served.schedule, stop).await?;
        publishing.look(&served.schedule, stop).await;
        // Also where it was not the store that could not write: nothing would ever be done again.
        crate::state::may_write()?;
    }
    supervisor::stopping();
    if let Err(error) = doorbell.shutdown().await {
        tracing::warn!(%error, "the doorbell did not shut down");
    }
    tracing::info!("stopped");
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Rung {
    Bell,
    Hangup,
}

/// Waits for the bell or for SIGHUP. No future of a database stands here.
async fn rung(bell: &Notify, hangups: &mut Signal) -> Rung {
    tokio::select! {
        () = bell.notified() => Rung::Bell,
        _ = hangups.recv() => Rung::Hangup,
    }
}

async fn install(bell: Arc<Notify>) -> anyhow::Result<JobScheduler> {
    let scheduler = JobScheduler::new().await?;
    let job = Job::new("* * * * * *", move |_, _| bell.notify_one())?;
    scheduler.add(job).await?;
    scheduler.start().await?;
    Ok(scheduler)
}

/// A schedule in force, and when its databases run.
struct Served {
    schedule: Schedule,
    due: Vec<Due>,
}

impl Served {
    fn of(schedule: Schedule, before: &[Due]) -> anyhow::Result<Self> {
        let due = due::of_schedule(&schedule, before, Utc::now())?;
        Ok(Self { schedule, due })
    }

    fn tell(&self) {
        for one in &self.due {
            tracing::info!(database = one.database, next = %one.next, "waiting");
        }
    }

    fn status(&self) -> String {
        let next = self.due.iter().min_by_key(|one| one.next);
        next.map_or_else(String::new, |one| {
            format!("waiting; next run: {} at {}", one.database, one.next)
        })
    }

    fn reload(&mut self, source: &Source<'_>) {
        supervisor::reloading();
        if let Err(why) = self.replace(source) {
            tracing::error!(
                hint =
                    "mend the file and reload again; `retentiond check` says whether it is right",
                "the schedule was not reloaded, the old one stays in force: {why:#}"
            );
        }
        supervisor::ready(&self.status());
    }

    fn replace(&mut self, source: &Source<'_>) -> anyhow::Result<()> {
        let Some(schedule) = (source.read)() else {
            anyhow::bail!("it has faults");
        };
        if schedule.state_directory != self.schedule.state_directory {
            anyhow::bail!("another state directory takes a restart");
        }
        let new = Self::of(schedule, &self.due)?;
        let (from, to) = (self.schedule.fingerprint(), new.schedule.fingerprint());
        *self = new;
        tracing::info!(%from, %to, "the schedule was reloaded");
        self.tell();
        Ok(())
    }

    async fn run_due(&mut self, base: &Path, stop: &Stop) -> anyhow::Result<()> {
        for one in &mut self.due {
            if stop.requested() || one.next > Utc::now() {
                continue;
            }
            let Some(database) = self.schedule.databases.get(&one.database) else {
                continue;
            };
            tracing::info!(database = one.database, due = %one.next, "run begins");
            supervisor::status(&format!("running: {}", one.database));
            run_once(&self.schedule, base, database, stop).await?;
            one.advance(Utc::now())?;
            tracing::info!(database = one.database, next = %one.next, "waiting");
            supervisor::status(&format!(
                "waiting; next run of {}: {}",
                one.database, one.next
            ));
        }
        Ok(())
    }
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
    for _ in 0..RUNS_MAX {
        match run_at_once(&order, database, stop).await? {
            Ended::Held => tokio::time::sleep(HOLD_PAUSE).await,
            Ended::Told => break,
        }
    }
    Ok(())
}

/// How a run ended, for who decides whether it goes on.
enum Ended {
    /// A hold was placed meanwhile; whoever places it waits for the store.
    Held,
    Told,
}

async fn run_at_once(order: &Order<'_>, database: &Database, stop: &Stop) -> anyhow::Result<Ended> {
    let schedule = order.schedule;
    // The store is open only during a run, so that approvals can be given between two.
    let mut store = match open_store(schedule, stop).await {
        Ok(store) => store,
        Err(error) => {
            told::failed(database, &error, None);
            return Ok(Ended::Told);
        }
    };
    let approvals = match store.records(&["approved"]).await {
        Ok(records) => Approvals::of(records),
        Err(error) => {
            told::failed(database, &error, None);
            return Ok(Ended::Told);
        }
    };
    let mut fed = supervisor::Fed;
    let outcome = enforce(
        order,
        database,
        &approvals,
        &mut store,
        RunReason::Cadence,
        &mut fed,
    );
    match outcome.await {
        Ok(report) => {
            told::ended(&report);
            if report.halted_by == Some(HaltedBy::Hold) {
                end_if_broken(&store)?;
                return Ok(Ended::Held);
            }
            match resume(order, database, &mut store, &mut fed).await {
                Ok(all) => told::resumed(&report.database, &all),
                Err(error) => told::failed(database, &error, None),
            }
            match store.requested().await {
                Ok(all) => told::requested(&report.database, &all),
                Err(error) => told::failed(database, &error, None),
            }
        }
        Err(halt) => told::failed(database, &anyhow::anyhow!("{halt}"), halt.advice()),
    }
    end_if_broken(&store)?;
    Ok(Ended::Told)
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
