//! Runs on cadences.
//!
//! tokio-cron-scheduler is the doorbell: it rings once a second in UTC and knows nothing else. When a run is due is
//! decided by croner in the database's time zone. Everything happens in one thread, side by side: a run for each database
//! that is due, what is asked for over the socket (`desk`), and what keeps the log in order. Nothing of it is ever ended
//! from outside; a stop is asked between two batches, and the daemon waits for it.
//!
//! While it runs the daemon alone appends to the log: it has the state store, and whoever else wants to write asks it.
//!
//! SIGHUP has the schedule read again: all of it or nothing. A faulty file leaves the old schedule in force.

mod cadence;
pub mod desk;
mod due;
mod host;
mod idle;
mod job;
mod publishing;
mod supervisor;
mod told;
mod turns;

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::{TimeDelta, Utc};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinSet, LocalSet};
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::disposal::Stop;
use crate::schedule::Schedule;
use crate::state::{Busy, Store, Use};

use desk::Desk;
use due::Due;
use idle::{Idle, end_if_broken};
use publishing::Publishing;

pub use cadence::Cadence;
pub use host::Host;
pub use turns::{Turn, Turns};

/// How long a start waits for the state store while another process writes to it: a minute.
const STORE_TRIES: u32 = 240;
const STORE_PAUSE: Duration = Duration::from_millis(250);

/// How often the log is signed while nothing happens.
pub const SIGN_EVERY: TimeDelta = TimeDelta::hours(1);

/// Where the schedule comes from, and who answers what is asked over the socket.
pub struct Source {
    /// The folder of its file.
    pub base: PathBuf,
    /// Reads it again. `None` where it has faults; they have been told.
    pub read: Box<dyn Fn() -> Option<Schedule>>,
    pub answer: desk::Answer<Host>,
}

/// Rings until asked to stop.
///
/// # Errors
/// No database has a cadence, the doorbell cannot be installed, the socket cannot be made, or the log could not be
/// written. A run that fails is logged, and the daemon goes on.
pub async fn run(
    schedule: Schedule,
    source: Source,
    stop: &Stop,
    sign_every: TimeDelta,
) -> anyhow::Result<()> {
    let all = LocalSet::new();
    all.run_until(serve(schedule, source, stop, sign_every))
        .await
}

async fn serve(
    schedule: Schedule,
    source: Source,
    stop: &Stop,
    sign_every: TimeDelta,
) -> anyhow::Result<()> {
    let _only = crate::state::only_daemon(&schedule.state_directory)?;
    let due = due::of_schedule(&schedule, &[], Utc::now())?;
    let mut hangups = signal(SignalKind::hangup())?;
    let bell = Arc::new(Notify::new());
    let store = open_store(&schedule, stop).await?;
    let desk = Rc::new(Desk::open(&schedule.socket())?);
    let host = Host::new(schedule, source.base.clone(), store, stop.clone());
    let mut doorbell = install(bell.clone()).await?;
    let mut served = Served::of(host, due);
    served.tell();
    supervisor::ready(&served.status());
    let mut answering = JoinSet::new();
    answering.spawn_local(attend(desk, served.host.clone(), source.answer.clone()));
    let mut idle = Idle::begin(sign_every);
    let mut publishing = Publishing::begin();
    while !stop.requested() && end_if_broken(&served.host.store()).is_ok() {
        if rung(&bell, &mut hangups).await == Rung::Hangup {
            served.reload(&source);
        }
        supervisor::alive();
        served.run_due()?;
        idle.look(served.host.store(), stop).await;
        publishing.look(&served.host.schedule(), stop).await;
    }
    supervisor::stopping();
    stop.request();
    if let Err(error) = doorbell.shutdown().await {
        tracing::warn!(%error, "the doorbell did not shut down");
    }
    while answering.join_next().await.is_some() {}
    served.end().await;
    end_if_broken(&served.host.store())?;
    tracing::info!("stopped");
    Ok(())
}

/// How often it is looked whether the daemon is to end.
const LOOK: Duration = Duration::from_millis(100);

/// Has everybody answered who asks over the socket; ends when the daemon is to end and everybody has an answer.
async fn attend(desk: Rc<Desk>, host: Host, answer: desk::Answer<Host>) {
    let mut callers = JoinSet::new();
    while !host.stop().requested() {
        let next = tokio::time::timeout(LOOK, desk.next());
        if let Ok(Some(stream)) = next.await {
            let (host, answer) = (host.clone(), answer.clone());
            let stop = host.stop().of_a_part();
            callers.spawn_local(desk::attend(stream, stop, move |question, caller| {
                answer(question, caller, host)
            }));
        }
        while callers.try_join_next().is_some() {}
    }
    drop(desk);
    while callers.join_next().await.is_some() {}
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
    host: Host,
    due: Vec<Due>,
    running: JoinSet<()>,
    ended: UnboundedReceiver<String>,
    end: UnboundedSender<String>,
}

impl Served {
    fn of(host: Host, due: Vec<Due>) -> Self {
        let (end, ended) = unbounded_channel();
        Self {
            host,
            due,
            running: JoinSet::new(),
            ended,
            end,
        }
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

    fn reload(&mut self, source: &Source) {
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

    fn replace(&mut self, source: &Source) -> anyhow::Result<()> {
        let Some(schedule) = (source.read)() else {
            anyhow::bail!("it has faults");
        };
        let old = self.host.schedule();
        if schedule.state_directory != old.state_directory {
            anyhow::bail!("another state directory takes a restart");
        }
        self.due = due::of_schedule(&schedule, &self.due, Utc::now())?;
        let (from, to) = (old.fingerprint(), schedule.fingerprint());
        self.host.replace(schedule);
        tracing::info!(%from, %to, "the schedule was reloaded");
        self.tell();
        Ok(())
    }

    /// Starts what is due and does not run.
    fn run_due(&mut self) -> anyhow::Result<()> {
        while self.running.try_join_next().is_some() {}
        while let Ok(database) = self.ended.try_recv() {
            for one in self.due.iter_mut().filter(|one| one.database == database) {
                one.is_running = false;
                one.advance(Utc::now())?;
                tracing::info!(database = one.database, next = %one.next, "waiting");
                supervisor::status(&format!(
                    "waiting; next run of {}: {}",
                    one.database, one.next
                ));
            }
        }
        let now = Utc::now();
        for one in self
            .due
            .iter_mut()
            .filter(|one| !one.is_running && one.next <= now)
        {
            if self.host.stop().requested() {
                continue;
            }
            one.is_running = true;
            tracing::info!(database = one.database, due = %one.next, "run begins");
            supervisor::status(&format!("running: {}", one.database));
            let (host, name, end) = (self.host.clone(), one.database.clone(), self.end.clone());
            self.running.spawn_local(async move {
                job::run(&host, &name).await;
                let _ = end.send(name);
            });
        }
        Ok(())
    }

    /// Waits for the batches in hand.
    async fn end(&mut self) {
        while self.running.join_next().await.is_some() {}
    }
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
            other => return other.context("the daemon cannot begin"),
        }
    }
}
