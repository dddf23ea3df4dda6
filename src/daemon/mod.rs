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

pub mod agenda;
mod board;
mod brake;
mod cadence;
mod certificates;
pub mod desk;
mod due;
mod host;
mod http;
mod idle;
mod job;
mod memory;
mod metrics;
mod publishing;
mod refused;
mod served;
mod standby;
mod supervisor;
mod told;
mod turns;
mod watch;

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::{TimeDelta, Utc};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::task::{JoinSet, LocalSet};
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::disposal::Stop;
use crate::schedule::Schedule;
use crate::state::{Busy, Store, Use};

use agenda::Agenda;
use desk::{Caller, Desk, Question};
use idle::{Idle, end_if_broken};
use memory::Memory;
use publishing::Publishing;
use served::Served;

pub use board::{JobStatus, RuleStatus, Status};
pub use cadence::Cadence;
pub use host::Host;
pub use standby::StandingBy;
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
    /// Answers while another host serves; gives the exit code.
    pub refuse: Refuse,
}

/// What a host that stands by does with a question.
pub type Refuse = Rc<dyn Fn(Question, Caller, StandingBy) -> u8>;

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
    let mut hangups = signal(SignalKind::hangup())?;
    let bell = Arc::new(Notify::new());
    let taken = match &schedule.shared_state {
        None => {
            let store = open_store(&schedule, stop).await?;
            standby::Taken::alone(schedule, store)
        }
        Some(_) => match standby::until_it_serves(schedule, &source, stop, &mut hangups).await? {
            Some(taken) => taken,
            None => return Ok(()),
        },
    };
    let (schedule, mut store, doors) = (taken.schedule, taken.store, taken.doors);
    // What another host has waited for last, where one did.
    let memory = Memory::read(&schedule.state_directory);
    let memory = memory.corrected(&schedule, &mut store).await?;
    let agenda = Agenda::of(due::jobs(&schedule, &memory, Utc::now())?);
    let doors = match doors {
        Some(doors) => doors,
        None => standby::Doors::open(&schedule).await?,
    };
    let host = Host::new(schedule, agenda, source.base.clone(), store, stop.clone());
    let mut doorbell = install(bell.clone()).await?;
    let mut served = Served::of(host, bell.clone());
    served.tell();
    supervisor::ready(&served.status());
    let mut answering = JoinSet::new();
    let (host, answer) = (served.host.clone(), source.answer.clone());
    let answer = move |question, caller| answer(question, caller, host.clone());
    answering.spawn_local(attend(doors.desk, stop.clone(), answer));
    if let Some(door) = doors.door {
        answering.spawn_local(http::serve(door, stop.clone(), pages(&served.host)));
    }
    answering.spawn_local(certificates::watch(served.host.clone()));
    answering.spawn_local(keep_house(served.host.clone(), sign_every));
    while !stop.requested() && end_if_broken(&served.host.store()).is_ok() {
        if rung(&bell, &mut hangups).await == Rung::Hangup {
            served.reload(&source).await;
        }
        if served.host.is_alive() {
            supervisor::alive();
        }
        served.look().await;
        // They end before us only by a panic.
        if !stop.requested() && answering.try_join_next().is_some() {
            tracing::error!("a part of the daemon ended: it is to be started anew");
            served.has_panicked = true;
            break;
        }
    }
    supervisor::stopping();
    stop.request();
    if let Err(error) = doorbell.shutdown().await {
        tracing::warn!(%error, "the doorbell did not shut down");
    }
    while answering.join_next().await.is_some() {}
    served.end().await;
    end_if_broken(&served.host.store())?;
    anyhow::ensure!(
        !served.has_panicked,
        "a run panicked; what it left is made whole by the next start"
    );
    tracing::info!("stopped");
    Ok(())
}

/// Keeps the log in order, and its checkpoints where they go: beside everything else, since a place may take its time.
async fn keep_house(host: Host, sign_every: TimeDelta) {
    let mut idle = Idle::begin(sign_every);
    let mut publishing = Publishing::begin();
    while !host.stop().requested() {
        let schedule = host.schedule();
        idle.look(host.store(), host.stop()).await;
        publishing.look(&schedule, host.stop()).await;
        tokio::time::sleep(LOOK).await;
    }
}

/// How often it is looked whether the daemon is to end.
const LOOK: Duration = Duration::from_millis(100);

/// Has everybody answered who asks over the socket; ends when it is to end and everybody has an answer.
async fn attend<A, F>(desk: Rc<Desk>, stop: Stop, answer: A)
where
    A: Fn(Question, Caller) -> F + Clone + 'static,
    F: Future<Output = u8> + 'static,
{
    let mut callers = JoinSet::new();
    while !stop.requested() {
        let next = tokio::time::timeout(LOOK, desk.next());
        if let Ok(Some(stream)) = next.await {
            let answer = answer.clone();
            callers.spawn_local(desk::attend(stream, stop.of_a_part(), answer));
        }
        while callers.try_join_next().is_some() {}
    }
    drop(desk);
    while callers.join_next().await.is_some() {}
}

/// What a daemon that serves tells over HTTP.
fn pages(host: &Host) -> http::Pages {
    let host = host.clone();
    Rc::new(move |path| match path {
        "/metrics" => Some(http::metrics(metrics::text(&host))),
        "/healthz" => Some(http::told(host.ails(), "healthy")),
        "/readyz" => Some(http::told(
            host.ails().or_else(|| host.waits_for()),
            "ready",
        )),
        _ => None,
    })
}

/// The bell rings every second; who has not heard it for so long looks all the same.
const BELL_MAX: Duration = Duration::from_secs(3);

#[derive(Debug, PartialEq, Eq)]
enum Rung {
    Bell,
    Hangup,
}

/// Waits for the bell or for SIGHUP. No future of a database stands here.
async fn rung(bell: &Notify, hangups: &mut Signal) -> Rung {
    tokio::select! {
        () = bell.notified() => Rung::Bell,
        // The bell goes by the host's clock: one that was put back would silence it for as long as it had been ahead.
        () = tokio::time::sleep(BELL_MAX) => Rung::Bell,
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
