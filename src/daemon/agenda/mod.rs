//! What runs when, and what did not: decided here, without a clock, a database or a file.
//!
//! Apart, because a month of it can be played in a second (`tests/it/month.rs`). Every occurrence of a cadence is either
//! the due time of one run, or told as missed; none is both, none neither. Runs that were missed are made up for by one.

mod job;
mod passed;
mod window;

use chrono::{DateTime, TimeDelta, Utc};

pub use job::{Job, Name, Pace};
pub use window::{is_open, opens};

pub use crate::state::MissedBecause;

/// Later than this after its time a run is told as missed, although it is made up for.
const GRACE: TimeDelta = TimeDelta::seconds(60);

/// A clock that went back by less keeps what waits: nothing that ran runs again. One that went back by more was wrong
/// before, and what was reckoned by it is reckoned anew.
const STEP_MAX: TimeDelta = TimeDelta::days(1);

/// A difference between the clock of the day and the one that only goes on, from which on it is told.
const JUMP_MIN: TimeDelta = TimeDelta::seconds(5);

/// A run that is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    pub name: Name,
    /// The occurrence of the cadence that it is for, the last one where it makes up for several.
    pub due: DateTime<Utc>,
}

/// Occurrences of a cadence that had no run at their time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    pub name: Name,
    pub because: MissedBecause,
    pub first: DateTime<Utc>,
    pub last: DateTime<Utc>,
    pub count: u64,
    /// True where a run makes up for them.
    pub is_made_up: bool,
}

/// How a run ended, as far as the agenda goes on by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// The window closed: the rest is done when it opens.
    WindowClosed,
    /// Somebody paused it: it goes on when it is resumed.
    Paused,
    /// The database was too busy for too long: it is looked at again soon.
    Throttled,
    /// It failed, and is tried again after a pause that grows.
    Failed,
}

/// All runs on cadences.
#[derive(Debug, Default)]
pub struct Agenda {
    jobs: Vec<Job>,
    /// Both clocks at the last look.
    last: Option<(DateTime<Utc>, TimeDelta)>,
}

impl Agenda {
    #[must_use]
    pub fn of(jobs: Vec<Job>) -> Self {
        Self { jobs, last: None }
    }

    /// Every job.
    #[must_use]
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// The one of a name.
    #[must_use]
    pub fn job(&self, name: &Name) -> Option<&Job> {
        self.jobs.iter().find(|job| job.name == *name)
    }

    /// Puts other jobs in the place of these. What has the same name and cadence still waits for the same moment, or is
    /// still at work; what had come due under another cadence is made up for. A reload never skips a run that has come
    /// due: gives those that nobody will make up for.
    pub fn replace(&mut self, jobs: Vec<Job>, now: DateTime<Utc>) -> Vec<Missed> {
        let mut before = std::mem::replace(&mut self.jobs, jobs);
        let mut missed = Vec::new();
        for job in &mut self.jobs {
            if let Some(place) = before.iter().position(|old| old.name == job.name) {
                missed.extend(job.go_on_from(before.swap_remove(place), now));
            }
        }
        missed.extend(before.into_iter().filter_map(|old| old.left(now)));
        missed
    }

    /// Looks at the clocks: that of the day, and one that only goes on. Gives by how much the first has jumped; a machine
    /// that was suspended looks so too.
    pub fn tick(&mut self, now: DateTime<Utc>, steady: TimeDelta) -> Option<TimeDelta> {
        let before = self.last.replace((now, steady));
        let (was, steadily) = before?;
        let jump = (now - was) - (steady - steadily);
        if jump.abs() < JUMP_MIN {
            return None;
        }
        for job in &mut self.jobs {
            job.jumped(jump, now);
        }
        Some(jump)
    }

    /// What is to begin now, and what was missed before it. What is paused does not begin.
    pub fn look(
        &mut self,
        now: DateTime<Utc>,
        is_paused: &dyn Fn(&Name) -> bool,
    ) -> (Vec<Start>, Vec<Missed>) {
        let (mut starts, mut missed) = (Vec::new(), Vec::new());
        for job in &mut self.jobs {
            let (start, late) = job.look(now, is_paused(&job.name));
            starts.extend(start);
            missed.extend(late);
        }
        (starts, missed)
    }

    /// A run has ended; gives the occurrences that came while it was at work, which have no run.
    pub fn ended(&mut self, name: &Name, how: Ended, now: DateTime<Utc>) -> Option<Missed> {
        let mut jobs = self.jobs.iter_mut();
        let job = jobs.find(|job| job.name == *name)?;
        job.ended(how, now)
    }
}
