//! What forbids a rule to act: judged for all rules before the first row of any.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::resolve::BoundRule;
use crate::schedule::Mode;
use crate::state::{Approval, Entry, Record};

use super::milder;

/// Whether a rule acts in this run, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict", content = "because")]
pub enum Verdict {
    Runs,
    /// `mode = "observe"`.
    Observes,
    /// Nobody approved this meaning on this schema for so many rows, or the approval has expired.
    NeedsApproval(String),
    /// A limit of the schedule is exceeded; nothing runs on this database.
    OverLimit(String),
    /// A declared key stands for more than one row.
    KeyNotUnique(u64),
    /// Another rule was asked for.
    NotAsked,
}

impl Verdict {
    /// One sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Runs => "runs".to_owned(),
            Self::Observes => "only observes".to_owned(),
            Self::NeedsApproval(why) => format!("needs an approval: {why}"),
            Self::OverLimit(why) => format!("is stopped by a limit: {why}"),
            Self::KeyNotUnique(rows) => format!(
                "cannot run: its declared key stands for more than one row in {rows} cases, or is NULL"
            ),
            Self::NotAsked => "was not asked for".to_owned(),
        }
    }
}

/// The approvals on record, and whether they are needed at all.
#[derive(Debug, Clone, Default)]
pub struct Approvals {
    given: Vec<Approval>,
    /// `--unsafe-without-approval`.
    waived: bool,
}

impl Approvals {
    /// From the records of a state store.
    #[must_use]
    pub fn of(entries: Vec<Entry>) -> Self {
        let given = entries
            .into_iter()
            .filter_map(|entry| match entry.record {
                Record::Approved(approval) => Some(approval),
                _ => None,
            })
            .collect();
        Self {
            given,
            waived: false,
        }
    }

    /// Nothing needs an approval.
    #[must_use]
    pub fn waived() -> Self {
        Self {
            given: Vec::new(),
            waived: true,
        }
    }

    /// Why a rule may not act on so many rows; `None`: it may.
    #[must_use]
    pub fn missing(
        &self,
        database: &str,
        rule: &BoundRule,
        touched: u64,
        now: DateTime<Utc>,
    ) -> Option<String> {
        if self.waived {
            return None;
        }
        let mine: Vec<&Approval> = self
            .given
            .iter()
            .filter(|one| one.database == database && one.rule == rule.name)
            .collect();
        let Some(last) = mine.last() else {
            return Some("it never ran before".to_owned());
        };
        let means = |one: &Approval| {
            one.meaning == rule.meaning || milder::removes_no_more(&one.terms, &rule.terms)
        };
        let fits = |one: &&&Approval| one.schema == rule.schema && means(one);
        let Some(fitting) = mine.iter().rev().find(fits) else {
            let changed = if means(last) {
                "its tables changed since it was approved"
            } else {
                "its meaning changed since it was approved"
            };
            return Some(changed.to_owned());
        };
        if fitting.expires <= now {
            return Some(format!(
                "the approval expired on {}",
                fitting.expires.date_naive()
            ));
        }
        if touched > fitting.rows_max {
            return Some(format!(
                "{touched} rows would be touched and {} are approved",
                fitting.rows_max
            ));
        }
        None
    }
}

/// Judges one rule from what was counted.
#[must_use]
pub fn judge(
    approvals: &Approvals,
    database: &str,
    rule: &BoundRule,
    touched: u64,
    largest_share: (u64, u64),
    now: DateTime<Utc>,
) -> Verdict {
    if rule.mode == Mode::Observe {
        return Verdict::Observes;
    }
    let limits = rule.limits;
    if touched > limits.rows_per_run {
        return Verdict::OverLimit(format!(
            "{touched} rows would be touched and rows-per-run is {}",
            limits.rows_per_run
        ));
    }
    let (due, rows) = largest_share;
    if due > limits.share_per_run.of(rows) {
        return Verdict::OverLimit(format!(
            "{due} of {rows} rows would be touched and share-per-run is {}",
            limits.share_per_run
        ));
    }
    match approvals.missing(database, rule, touched, now) {
        Some(why) => Verdict::NeedsApproval(why),
        None => Verdict::Runs,
    }
}
