//! What the daemon knows of its jobs and shows: to `status`, to the metrics, to the service manager. No value of a row.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::plan::StepKind;
use crate::run::{DatabaseReport, Ends, RuleReport, Verdict};
use crate::state::Standing;

use super::agenda::{Agenda, Name};
use super::brake::Reason;

/// What is known of one job.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub running_since: Option<DateTime<Utc>>,
    /// When it gave a sign of life last, while it is at work.
    pub alive: Option<Instant>,
    pub throttled: Option<Reason>,
    /// What it rests for after a batch, and until when: also the run that comes after this one.
    pub rests: Option<(Reason, Instant)>,
    /// How long it was at work for one occurrence of its cadence, over all attempts.
    pub worked: Option<(DateTime<Utc>, Duration)>,
    pub ended: Option<DateTime<Utc>>,
    /// When a run last did all that it should.
    pub succeeded: Option<DateTime<Utc>>,
    /// Why the last one did not.
    pub failure: Option<String>,
    pub batches: u64,
    pub batches_took: Duration,
    pub longest: Duration,
    pub runs_ok: u64,
    pub runs_failed: u64,
    pub missed: u64,
}

/// What is known of one rule, from the last run that counted it.
#[derive(Debug, Clone)]
pub struct RuleTold {
    pub database: String,
    pub last: RuleReport,
    /// Rows that went since the daemon began.
    pub disposed: u64,
    /// When a run last did what the rule says.
    pub succeeded: Option<DateTime<Utc>>,
}

/// Everything.
#[derive(Debug, Default)]
pub struct Board {
    pub jobs: BTreeMap<Name, Told>,
    pub rules: BTreeMap<String, RuleTold>,
    /// When the certificates of each database end.
    pub certificates: BTreeMap<String, Ends>,
    pub jumps: u64,
    pub reloads_refused: u64,
    pub is_reload_refused: bool,
}

impl Board {
    /// What is known of a job.
    pub fn job(&mut self, name: &Name) -> &mut Told {
        self.jobs.entry(name.clone()).or_default()
    }

    /// Keeps what a run told.
    pub fn keep(&mut self, report: &DatabaseReport, now: DateTime<Utc>) {
        for rule in &report.rules {
            if matches!(rule.verdict, Verdict::NotAsked) {
                continue;
            }
            let rows: u64 = rule
                .steps
                .iter()
                .filter_map(|step| step.done.as_ref())
                .map(|done| done.rows)
                .sum();
            let fine = rule.failure.is_none()
                && report.halted.is_none()
                && !report.stopped
                && matches!(rule.verdict, Verdict::Runs | Verdict::Observes);
            let before = self.rules.get(&rule.rule);
            let told = RuleTold {
                database: report.database.clone(),
                disposed: before.map_or(0, |told| told.disposed) + rows,
                succeeded: match fine {
                    true => Some(now),
                    false => before.and_then(|told| told.succeeded),
                },
                last: rule.clone(),
            };
            self.rules.insert(rule.rule.clone(), told);
        }
    }

    /// Jobs and rules that the schedule does not have any more are not shown.
    pub fn keep_only(&mut self, agenda: &Agenda, rules: &[String]) {
        self.jobs.retain(|name, _| agenda.job(name).is_some());
        self.rules.retain(|name, _| rules.contains(name));
    }
}

/// What `status` tells.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    pub version: &'static str,
    pub since: DateTime<Utc>,
    pub now: DateTime<Utc>,
    pub schedule: String,
    /// The schedule's file was read again and refused: an older one is in force.
    pub reload_refused: bool,
    pub paused: Vec<String>,
    pub jobs: Vec<JobStatus>,
    pub rules: Vec<RuleStatus>,
    /// Records of the log.
    pub records: u64,
    pub published: Vec<Standing>,
}

/// One cadence.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct JobStatus {
    pub database: String,
    pub rule: Option<String>,
    /// "waiting", "running", "throttled", "paused" or "retrying".
    pub state: &'static str,
    pub throttled: Option<&'static str>,
    pub hint: Option<&'static str>,
    pub running_since: Option<DateTime<Utc>>,
    /// When it does something next.
    pub next: Option<DateTime<Utc>>,
    pub last_end: Option<DateTime<Utc>>,
    pub last_success: Option<DateTime<Utc>>,
    pub failures: u32,
    pub failure: Option<String>,
}

/// One rule, as the last run found it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RuleStatus {
    pub rule: String,
    pub database: String,
    pub verdict: String,
    pub due: u64,
    pub overdue_since: Option<DateTime<Utc>>,
    pub disposed: u64,
    pub held: u64,
    pub waiting: u64,
    pub undatable: u64,
    pub last_success: Option<DateTime<Utc>>,
    pub failure: Option<String>,
}

impl RuleTold {
    /// Rows that are past their date and still there, as far as the last run tells: what it found, and what waits for
    /// something, less what it did. What is held stays by right.
    #[must_use]
    pub fn overdue(&self) -> u64 {
        let disposition = self
            .last
            .steps
            .iter()
            .filter(|step| step.kind == StepKind::Disposition);
        let effects = disposition
            .filter_map(|step| step.done.as_ref())
            .flat_map(|done| &done.tables);
        let own = effects.filter(|effect| effect.table == self.last.table);
        let done: u64 = own.map(|effect| effect.rows).sum();
        self.last.due.saturating_sub(done) + self.last.waiting
    }

    /// For `status`.
    #[must_use]
    pub fn status(&self, rule: &str) -> RuleStatus {
        RuleStatus {
            rule: rule.to_owned(),
            database: self.database.clone(),
            verdict: self.last.verdict.sentence(),
            due: self.overdue(),
            overdue_since: self.last.oldest_due.filter(|_| self.overdue() > 0),
            disposed: self.disposed,
            held: self.last.held,
            waiting: self.last.waiting,
            undatable: self.last.undatable,
            last_success: self.succeeded,
            failure: self.last.failure.clone(),
        }
    }
}
