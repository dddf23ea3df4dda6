//! What everything that the daemon does at the same time has in common.

use std::cell::{Cell, RefCell, RefMut};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::disposal::Stop;
use crate::schedule::Schedule;
use crate::state::{Record, Store, is_paused, standings};

use super::agenda::{Agenda, Name};
use super::board::{Board, JobStatus, RuleStatus, Status};
use super::brake::Reason;
use super::idle::{EXPIRE_EVERY, has_come};
use super::turns::{Turns, unless};

/// A run that gives no sign of life for longer hangs: a statement ends after five minutes, and a lock is not waited for
/// much longer.
const ALIVE_WITHIN: Duration = Duration::from_secs(15 * 60);

/// So many runs are at work at once: the log keeps room for the end of all that was begun, and that is bounded.
const RUNS_AT_ONCE: usize = 8;

/// The daemon, for whoever works in it. A clone is another hand on the same.
#[derive(Clone)]
pub struct Host(Rc<Inside>);

struct Inside {
    store: Store,
    turns: Turns,
    base: PathBuf,
    schedule: RefCell<Rc<Schedule>>,
    stop: Stop,
    agenda: RefCell<Agenda>,
    board: RefCell<Board>,
    since: DateTime<Utc>,
    at_once: Semaphore,
    /// When old records of the log are looked for next.
    expires: Cell<DateTime<Utc>>,
    /// The clock of the host is before the day on which this program was made.
    is_before_its_time: Cell<bool>,
}

impl Host {
    pub(super) fn new(
        schedule: Schedule,
        agenda: Agenda,
        base: PathBuf,
        store: Store,
        stop: Stop,
    ) -> Self {
        Self(Rc::new(Inside {
            store,
            turns: Turns::default(),
            base,
            schedule: RefCell::new(Rc::new(schedule)),
            stop,
            agenda: RefCell::new(agenda),
            board: RefCell::default(),
            since: Utc::now(),
            at_once: Semaphore::new(RUNS_AT_ONCE),
            expires: Cell::new(Utc::now()),
            is_before_its_time: Cell::new(false),
        }))
    }

    /// The one state store.
    #[must_use]
    pub fn store(&self) -> Store {
        let sinks = self.schedule().sinks.clone();
        self.0.store.clone().publishing_to(&sinks)
    }

    /// Leave to be at work beside others; `None`: it was called off before there was room.
    pub(super) async fn leave(
        &self,
        is_called_off: &dyn Fn() -> bool,
    ) -> Option<SemaphorePermit<'_>> {
        unless(self.0.at_once.acquire(), is_called_off).await?.ok()
    }

    /// True once a day: then old records of the log are looked for.
    pub(super) fn may_expire(&self, now: DateTime<Utc>) -> bool {
        let is_time = has_come(self.0.expires.get(), EXPIRE_EVERY, now);
        if is_time {
            self.0.expires.set(now + EXPIRE_EVERY);
        }
        is_time
    }

    /// Whose turn it is on each database.
    #[must_use]
    pub fn turns(&self) -> &Turns {
        &self.0.turns
    }

    /// The schedule in force.
    #[must_use]
    pub fn schedule(&self) -> Rc<Schedule> {
        self.0.schedule.borrow().clone()
    }

    pub(super) fn replace(&self, schedule: Schedule) {
        let rules: Vec<String> = schedule
            .rules
            .iter()
            .map(|rule| rule.name.value.clone())
            .collect();
        *self.0.schedule.borrow_mut() = Rc::new(schedule);
        self.board().keep_only(&self.0.agenda.borrow(), &rules);
    }

    pub(super) fn agenda(&self) -> RefMut<'_, Agenda> {
        self.0.agenda.borrow_mut()
    }

    pub(super) fn board(&self) -> RefMut<'_, Board> {
        self.0.board.borrow_mut()
    }

    pub(super) fn base(&self) -> &Path {
        &self.0.base
    }

    /// Requested when the daemon is to end.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// True while no run is to begin on a database, or to go on.
    #[must_use]
    pub fn is_paused(&self, database: &str) -> bool {
        self.0.is_before_its_time.get() || is_paused(&self.schedule().state_directory, database)
    }

    pub(super) fn wait_for_the_time(&self, is_before: bool) {
        self.0.is_before_its_time.set(is_before);
    }

    /// When the daemon began.
    pub(super) fn since(&self) -> DateTime<Utc> {
        self.0.since
    }

    /// What is wrong with the daemon itself, so that it should be started anew.
    pub(super) fn ails(&self) -> Option<&'static str> {
        if self.0.store.is_broken() {
            return Some("the log could not be written");
        }
        (!self.is_alive()).then_some("a run gives no sign of life")
    }

    /// Why no run can begin, whatever is due.
    pub(super) fn waits_for(&self) -> Option<&'static str> {
        let is_before = self.0.is_before_its_time.get();
        is_before.then_some("the clock of this host is wrong")
    }

    /// A run gives a sign of life.
    pub(super) fn alive(&self, name: &Name) {
        self.board().job(name).alive = Some(Instant::now());
    }

    /// False where a run hangs: then the service manager is not told that all is well.
    pub(super) fn is_alive(&self) -> bool {
        let board = self.board();
        let mut running = board
            .jobs
            .values()
            .filter(|told| told.running_since.is_some());
        running.all(|told| told.alive.is_none_or(|at| at.elapsed() < ALIVE_WITHIN))
    }

    pub(super) fn batch_done(&self, name: &Name, took: Duration) {
        let mut board = self.board();
        let told = board.job(name);
        told.batches += 1;
        told.batches_took += took;
        told.longest = told.longest.max(took);
    }

    /// How long a job has been at work for an occurrence of its cadence, in attempts that have ended.
    pub(super) fn worked(&self, name: &Name, due: DateTime<Utc>) -> Duration {
        let worked = self.board().job(name).worked;
        worked.map_or(Duration::ZERO, |(of, worked)| match of == due {
            true => worked,
            false => Duration::ZERO,
        })
    }

    /// An attempt has ended that was at work for so long.
    pub(super) fn has_worked(&self, name: &Name, due: DateTime<Utc>, took: Duration) {
        let worked = self.worked(name, due) + took;
        self.board().job(name).worked = Some((due, worked));
    }

    /// What a job rests for, and until when.
    pub(super) fn rests(&self, name: &Name) -> Option<(Reason, Instant)> {
        self.board().job(name).rests
    }

    /// A job has earned a rest, from now on.
    pub(super) fn rest(&self, name: &Name, reason: Reason, rest: Duration) {
        let until = Instant::now().checked_add(rest);
        self.board().job(name).rests = until.map(|until| (reason, until));
    }

    /// Why a job waits now; told when it changes.
    pub(super) fn throttled(&self, name: &Name, reason: Option<Reason>) {
        let mut board = self.board();
        let told = board.job(name);
        if told.throttled == reason {
            return;
        }
        told.throttled = reason;
        match reason {
            Some(reason) => tracing::info!(
                database = name.database,
                rule = name.rule,
                reason = reason.word(),
                hint = reason.hint(),
                "throttled"
            ),
            None => tracing::info!(database = name.database, rule = name.rule, "goes on"),
        }
    }

    /// Records what the log should know; that it could not be is told, and found out by whoever writes next.
    pub(super) async fn record(&self, record: Record) {
        if let Err(error) = self.store().append(Utc::now(), &record).await {
            tracing::error!("the log was not written: {error:#}");
        }
    }

    /// What an operator wants to know.
    ///
    /// # Errors
    /// What is kept of the places that checkpoints go to cannot be read.
    pub fn status(&self) -> anyhow::Result<Status> {
        let schedule = self.schedule();
        let state = &schedule.state_directory;
        let names = schedule.databases.keys();
        let mut paused: Vec<String> = names.filter(|name| self.is_paused(name)).cloned().collect();
        paused.sort();
        let published = standings(state, &schedule.sinks)?;
        let board = self.board();
        let rules: Vec<RuleStatus> = board
            .rules
            .iter()
            .map(|(name, told)| told.status(name))
            .collect();
        let (reload_refused, records) = (board.is_reload_refused, self.0.store.size());
        drop(board);
        Ok(Status {
            version: env!("CARGO_PKG_VERSION"),
            since: self.0.since,
            now: Utc::now(),
            schedule: schedule.fingerprint().to_string(),
            reload_refused,
            jobs: self.jobs(&paused),
            paused,
            rules,
            records,
            published,
        })
    }

    fn jobs(&self, paused: &[String]) -> Vec<JobStatus> {
        let agenda = self.0.agenda.borrow();
        let mut board = self.board();
        let mut all = Vec::new();
        for job in agenda.jobs() {
            let told = board.job(&job.name);
            let is_paused = paused.contains(&job.name.database);
            all.push(JobStatus {
                database: job.name.database.clone(),
                rule: job.name.rule.clone(),
                state: match (&told.running_since, told.throttled) {
                    (_, Some(_)) => "throttled",
                    (Some(_), None) => "running",
                    (None, None) if is_paused => "paused",
                    (None, None) if job.failures() > 0 => "retrying",
                    (None, None) => "waiting",
                },
                throttled: told.throttled.map(Reason::word),
                hint: told
                    .throttled
                    .map(Reason::hint)
                    .filter(|hint| !hint.is_empty()),
                running_since: told.running_since,
                next: job.at(),
                last_end: told.ended,
                last_success: told.succeeded,
                failures: job.failures(),
                failure: told.failure.clone(),
            });
        }
        all
    }
}
