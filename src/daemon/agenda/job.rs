//! One cadence and what waits for it.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::schedule::Window;

use super::super::Cadence;
use super::passed::Passed;
use super::{Ended, GRACE, Missed, MissedBecause, STEP_MAX, Start, window};

/// The first pause before a failed run is tried again; each further one is twice as long.
const RETRY: TimeDelta = TimeDelta::minutes(1);
const RETRY_MAX: TimeDelta = TimeDelta::hours(1);
/// After so many failures the next occurrence is waited for.
const TRIES_MAX: u32 = 6;

/// So many occurrences are counted one by one: more of them are told as so many.
const COUNTED_MAX: u64 = 10_000;

/// What a cadence is for: all rules of a database that have none of their own, or one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    pub database: String,
    pub rule: Option<String>,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.database)?;
        match &self.rule {
            Some(rule) => write!(f, "/{rule}"),
            None => Ok(()),
        }
    }
}

/// When a job's runs may begin and be at work.
#[derive(Debug, Clone)]
pub struct Pace {
    pub cadence: Cadence,
    pub zone: Tz,
    pub window: Option<Window>,
    /// A run begins later than its time by chance, up to this.
    pub jitter: TimeDelta,
}

/// A cadence and what waits for it.
#[derive(Debug, Clone)]
pub struct Job {
    pub name: Name,
    pace: Pace,
    /// The first occurrence that had neither a run nor was told as missed.
    next: DateTime<Utc>,
    /// When something is to be done: later than `next` where a window is closed, and before it where a run is tried again.
    at: DateTime<Utc>,
    /// The occurrence of the run that is at work.
    running: Option<DateTime<Utc>>,
    /// A run goes on, or is tried again: for this occurrence.
    owed: Option<DateTime<Utc>>,
    /// What came due under the cadence that it had before a reload, and has had no run.
    carried: Option<Passed>,
    failures: u32,
    /// Why what waits is late, where that is known.
    late: Option<MissedBecause>,
    chance: u32,
}

impl Job {
    /// One that waits for the first occurrence after a moment; `chance` says how much of the jitter it gets.
    ///
    /// # Errors
    /// There is no such occurrence.
    pub fn after(
        name: Name,
        pace: Pace,
        moment: DateTime<Utc>,
        chance: u32,
    ) -> anyhow::Result<Self> {
        let next = pace.cadence.next_after(moment)?;
        let mut job = Self {
            name,
            pace,
            next,
            at: next,
            running: None,
            owed: None,
            carried: None,
            failures: 0,
            late: None,
            chance,
        };
        job.at = job.begins(next);
        Ok(job)
    }

    /// One that a daemon was to serve that was not at work: what it missed is told as such.
    #[must_use]
    pub fn was_down(mut self) -> Self {
        self.late = Some(MissedBecause::Down);
        self
    }

    /// One that still has a run to make up for, of a cadence that it has no more: it begins at once.
    #[must_use]
    pub fn owing(mut self, due: DateTime<Utc>) -> Self {
        self.carried = Some(Passed::one(due));
        self.at = self.at.min(due);
        self
    }

    /// When it does something next; `None`: it is at work.
    #[must_use]
    pub fn at(&self) -> Option<DateTime<Utc>> {
        self.running.is_none().then_some(self.at)
    }

    /// How often it has failed since it last did not.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// The hours in which it may be at work.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        let window = self.pace.window;
        window.is_none_or(|window| window::is_open(window, self.pace.zone, now))
    }

    /// The next occurrence of the cadence that has no run yet.
    #[must_use]
    pub fn next(&self) -> DateTime<Utc> {
        self.next
    }

    /// The cadence as it is written.
    #[must_use]
    pub fn cadence(&self) -> &Cadence {
        &self.pace.cadence
    }

    /// The first occurrence of which no run has come to its end.
    #[must_use]
    pub fn first_without_end(&self) -> DateTime<Utc> {
        let carried = self.carried.map(|passed| passed.first);
        let all = [self.running, self.owed, carried];
        all.into_iter().flatten().fold(self.next, DateTime::min)
    }

    fn begins(&self, due: DateTime<Utc>) -> DateTime<Utc> {
        let jitter = self.pace.jitter.num_seconds().max(0);
        let late = jitter * i64::from(self.chance % 1000) / 1000;
        due + TimeDelta::seconds(late)
    }

    /// Takes the place of a job of the same name; gives what the old one had to tell still.
    pub(super) fn go_on_from(&mut self, mut old: Self, now: DateTime<Utc>) -> Option<Missed> {
        self.running = old.running;
        self.failures = old.failures;
        self.late = self.late.or(old.late);
        if old.pace.cadence == self.pace.cadence {
            let is_waiting = old.next <= now || old.carried.is_some();
            (self.next, self.owed, self.carried) = (old.next, old.owed, old.carried);
            // The window may be another one: it is looked at anew.
            self.at = if is_waiting { now.min(old.at) } else { old.at };
            return None;
        }
        let passed = Passed::both(old.carried, old.pass(now));
        if self.running.is_some() {
            return passed.map(|passed| self.missed(passed, MissedBecause::Overlap, false));
        }
        (self.carried, self.owed) = (passed, old.owed);
        if self.carried.is_some() || self.owed.is_some() {
            self.at = self.at.min(old.at);
        }
        None
    }

    /// What it has not come to, where it is served no more.
    pub(super) fn left(mut self, now: DateTime<Utc>) -> Option<Missed> {
        let passed = Passed::both(self.carried, self.pass(now))?;
        let because = match self.running {
            Some(_) => MissedBecause::Overlap,
            None => self.late.unwrap_or(MissedBecause::Late),
        };
        Some(self.missed(passed, because, false))
    }

    fn missed(&self, passed: Passed, because: MissedBecause, is_made_up: bool) -> Missed {
        let Passed { first, last, count } = passed;
        Missed {
            name: self.name.clone(),
            because,
            first,
            last,
            count,
            is_made_up,
        }
    }

    pub(super) fn jumped(&mut self, jump: TimeDelta, now: DateTime<Utc>) {
        if jump > TimeDelta::zero() {
            self.late = self.late.or(Some(MissedBecause::Clock));
        } else if -jump > STEP_MAX
            && let Ok(next) = self.pace.cadence.next_after(now)
        {
            // What was reckoned by a clock that was years ahead would wait for years.
            (self.next, self.at) = (next, self.begins(next));
        }
    }

    pub(super) fn look(
        &mut self,
        now: DateTime<Utc>,
        is_paused: bool,
    ) -> (Option<Start>, Option<Missed>) {
        if self.running.is_some() || self.at > now {
            return (None, None);
        }
        if is_paused {
            self.late = Some(MissedBecause::Paused);
            return (None, None);
        }
        if !self.is_open(now) {
            if let Some(window) = self.pace.window {
                self.at = window::opens(window, self.pace.zone, now);
            }
            self.late = self.late.or(Some(MissedBecause::Window));
            return (None, None);
        }
        let late = self.late.take();
        let passed = self.pass(now);
        let Some(passed) = Passed::both(self.carried.take(), passed) else {
            // Nothing has come due since: what is owed goes on.
            let due = self.owed.take().unwrap_or(now);
            self.running = Some(due);
            return (Some(self.start(due)), None);
        };
        self.owed = None;
        self.running = Some(passed.last);
        let because = self.why_late(passed, late, now);
        let missed = because.map(|because| self.missed(passed, because, true));
        (Some(self.start(passed.last)), missed)
    }

    /// Why what has come due was not begun at its time; `None`: it was, or its window has just opened.
    fn why_late(
        &self,
        passed: Passed,
        late: Option<MissedBecause>,
        now: DateTime<Utc>,
    ) -> Option<MissedBecause> {
        let begins = self.begins(passed.first);
        // A window that was closed is no irregularity, as long as the run begins when it opens.
        let window = self.pace.window;
        let opens = window.map_or(begins, |window| {
            window::opens(window, self.pace.zone, begins)
        });
        match late {
            _ if passed.count == 1 && now <= opens + GRACE => None,
            Some(MissedBecause::Window) if passed.count == 1 => Some(MissedBecause::Late),
            late => Some(late.unwrap_or(MissedBecause::Late)),
        }
    }

    fn start(&self, due: DateTime<Utc>) -> Start {
        Start {
            name: self.name.clone(),
            due,
        }
    }

    /// Passes the occurrences up to now; `None`: none has come.
    fn pass(&mut self, now: DateTime<Utc>) -> Option<Passed> {
        let mut passed: Option<Passed> = None;
        let mut count = 0;
        while self.next <= now && count < COUNTED_MAX {
            passed = Passed::both(passed, Some(Passed::one(self.next)));
            count += 1;
            match self.pace.cadence.next_after(self.next) {
                Ok(next) => self.next = next,
                // A cadence that has no more occurrences: checked when it was read, for every calendar there is.
                Err(_) => self.next = now + TimeDelta::days(366),
            }
        }
        if count == COUNTED_MAX
            && let Ok(next) = self.pace.cadence.next_after(now)
        {
            self.next = next;
        }
        passed
    }

    pub(super) fn ended(&mut self, how: Ended, now: DateTime<Utc>) -> Option<Missed> {
        let due = self.running.take()?;
        let passed = self.pass(now);
        let overlapped = passed.map(|passed| self.missed(passed, MissedBecause::Overlap, false));
        self.at = self.begins(self.next);
        match how {
            Ended::Done => self.failures = 0,
            Ended::WindowClosed => {
                self.failures = 0;
                self.owed = Some(due);
                if let Some(window) = self.pace.window {
                    self.at = self.at.min(window::opens(window, self.pace.zone, now));
                }
            }
            Ended::Paused => {
                self.owed = Some(due);
                self.at = now;
            }
            Ended::Throttled => {
                self.owed = Some(due);
                self.at = self.at.min(now + RETRY);
            }
            Ended::Failed => {
                self.failures = self.failures.saturating_add(1);
                if self.failures <= TRIES_MAX {
                    let doubled = 1_i32 << (self.failures - 1).min(16);
                    let again = now + (RETRY * doubled).min(RETRY_MAX);
                    self.owed = Some(due);
                    self.at = self.at.min(again);
                }
            }
        }
        overlapped
    }
}
