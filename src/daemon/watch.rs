//! What is looked at between two batches of a run: whether it may go on, and how fast. Nothing waits in a transaction.

use std::rc::Rc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::disposal::{Progress, Stop};
use crate::plan::{Step, StepKind};
use crate::run::{Gauge, Load};
use crate::schedule::{Database, Schedule};

use super::agenda::{Name, is_open};
use super::brake::{self, Reason};
use super::host::Host;

/// How long a measurement is good for.
const MEASURED_FOR: Duration = Duration::from_secs(2);
/// A longer rest is looked at again.
const SLICE: Duration = Duration::from_millis(500);
/// A run that could not go on for longer ends; it is begun again when it can.
const WAIT_MAX: Duration = Duration::from_secs(300);

/// Why the daemon itself ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Paused,
    WindowClosed,
    /// It has been at work for as long as it may.
    Cap,
    Throttled,
}

/// Watches one run.
pub struct Watch<'a> {
    host: Host,
    name: &'a Name,
    database: &'a Database,
    gauge: Option<Gauge>,
    measured: Option<(Instant, Option<Load>)>,
    /// The occurrence of the cadence that the run is for.
    due: DateTime<Utc>,
    /// When the first batch began: counting before it may take long, and a run that only counts gets nowhere.
    began: Option<Instant>,
    /// When the batch in hand began, and how many rows its step had before.
    working: Option<Instant>,
    rows: u64,
    rows_before: u64,
    step: Option<(String, StepKind)>,
    pub why: Option<Why>,
    /// Under which it began: nothing goes on under one that another has taken the place of.
    schedule: Rc<Schedule>,
}

impl<'a> Watch<'a> {
    pub fn new(host: &Host, name: &'a Name, due: DateTime<Utc>, database: &'a Database) -> Self {
        let throttle = &database.service.throttle;
        let gauge = throttle
            .asks()
            .then(|| Gauge::of(database, host.base().to_owned()));
        Self {
            host: host.clone(),
            name,
            database,
            gauge,
            measured: None,
            due,
            began: None,
            working: None,
            rows: 0,
            rows_before: 0,
            step: None,
            why: None,
            schedule: host.schedule(),
        }
    }

    /// Why the run has to end here.
    pub fn ends(&self) -> Option<Why> {
        let service = &self.database.service;
        if self.host.is_paused(&self.name.database) {
            return Some(Why::Paused);
        }
        let zone = self.database.zone;
        if service
            .window
            .is_some_and(|window| !is_open(window, zone, Utc::now()))
        {
            return Some(Why::WindowClosed);
        }
        let most = service.run_at_most.and_then(|most| most.to_std().ok());
        let worked = self.host.worked(self.name, self.due) + self.at_work();
        most.filter(|most| worked >= *most).map(|_| Why::Cap)
    }

    fn at_work(&self) -> Duration {
        self.began.map_or(Duration::ZERO, |began| began.elapsed())
    }

    /// Waits until the run may go on; `Some`: it may not for so long, or for such a reason, that it has to end.
    pub async fn may_go_on(&mut self, stop: &Stop) -> Option<Why> {
        let waiting = Instant::now();
        loop {
            if stop.requested() || self.is_of_the_past() {
                return None;
            }
            if let Some(why) = self.ends() {
                return Some(why);
            }
            let Some(reason) = self.hindered().await else {
                self.note(None);
                return None;
            };
            if waiting.elapsed() > WAIT_MAX {
                return Some(Why::Throttled);
            }
            let pause = self.left_of_the_rest().map_or(SLICE, |(_, left)| left);
            // A short rest is how it is meant to go on.
            if pause >= SLICE {
                self.note(Some(reason));
            }
            self.sleep(pause.min(SLICE)).await;
        }
    }

    /// The schedule was reloaded: nothing goes on under the old one.
    pub fn is_of_the_past(&self) -> bool {
        !Rc::ptr_eq(&self.schedule, &self.host.schedule())
    }

    /// What it rests for, and for how long still. An earlier attempt may have gone faster than it should.
    fn left_of_the_rest(&self) -> Option<(Reason, Duration)> {
        let (reason, until) = self.host.rests(self.name)?;
        let throttle = &self.database.service.throttle;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero() && brake::rests_for(throttle, reason)).then_some((reason, left))
    }

    async fn hindered(&mut self) -> Option<Reason> {
        if let Some((reason, _)) = self.left_of_the_rest() {
            return Some(reason);
        }
        let throttle = &self.database.service.throttle;
        let file_is_there = throttle.file.as_ref().is_some_and(|file| {
            // Unknown is no leave.
            file.try_exists().unwrap_or(true)
        });
        if let Some(gauge) = &mut self.gauge
            && !file_is_there
            && self
                .measured
                .as_ref()
                .is_none_or(|(at, _)| at.elapsed() >= MEASURED_FOR)
        {
            let load = match gauge.read().await {
                Ok(load) => Some(load),
                Err(trouble) => {
                    tracing::warn!(database = self.name.database, %trouble, "the server was not measured");
                    None
                }
            };
            self.measured = Some((Instant::now(), load));
        }
        let load = self.measured.as_ref().and_then(|(_, load)| load.as_ref());
        brake::hinders(throttle, file_is_there, load)
    }

    fn note(&self, reason: Option<Reason>) {
        self.host.throttled(self.name, reason);
    }

    async fn sleep(&self, pause: Duration) {
        self.host.alive(self.name);
        tokio::time::sleep(pause).await;
    }

    /// How long a rest the last batch has earned: it is waited for like everything else that hinders, so that a pause or a
    /// stop ends it, and where it is long the run ends and leaves it to the next.
    fn rest(&self) {
        let Some(worked) = self.working.map(|began| began.elapsed()) else {
            return;
        };
        let rows = self.rows.saturating_sub(self.rows_before);
        let throttle = &self.database.service.throttle;
        if let Some((reason, rest)) = brake::rest(throttle, worked, rows) {
            self.host.rest(self.name, reason, rest);
        }
    }

    /// Ends what was connected to in order to measure.
    pub async fn close(mut self) {
        self.note(None);
        self.host.has_worked(self.name, self.due, self.at_work());
        if let Some(gauge) = self.gauge.take() {
            gauge.close().await;
        }
    }
}

impl Progress for Watch<'_> {
    fn counting(&mut self, _: &str) {
        self.host.alive(self.name);
    }

    fn batch_done(&mut self, step: &Step, rows: u64) {
        self.host.alive(self.name);
        let of = (step.rule.clone(), step.kind);
        if self.step.as_ref() != Some(&of) {
            // Rows are counted from the beginning of each step.
            self.rows_before = 0;
            self.step = Some(of);
        }
        if let Some(working) = self.working {
            self.host.batch_done(self.name, working.elapsed());
        }
        self.rows = rows;
    }

    async fn between(&mut self, stop: &Stop) {
        self.host.alive(self.name);
        self.rest();
        if let Some(why) = self.may_go_on(stop).await {
            self.why = Some(why);
            stop.request();
        }
        if self.is_of_the_past() {
            tracing::info!(
                database = self.name.database,
                "the schedule was reloaded: the run begins anew"
            );
            stop.request();
        }
        let now = Instant::now();
        self.began.get_or_insert(now);
        self.working = Some(now);
        self.rows_before = self.rows;
    }
}
