//! A certificate of destruction: what one run did, from the log alone.
//!
//! Pure. It says classes of data and counts, never rows: who was in them is nobody's business any more.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::log::Entry;
use super::record::{Basis, Ending, Record, RuleBasis, RunReason};
use crate::catalog::Fingerprint;

/// What one run did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Certificate {
    pub run: String,
    /// The record with which it began.
    pub record: u64,
    pub database: String,
    pub log: String,
    /// The key with which the log is verified.
    pub key: String,
    pub started: DateTime<Utc>,
    /// The moment that counted as now.
    pub as_of: DateTime<Utc>,
    /// `None`: it was cut short, or is under way.
    pub ended: Option<DateTime<Utc>>,
    pub ending: Option<Ending>,
    pub by: String,
    pub reason: RunReason,
    /// The version of the schedule, by its digest, and of the program.
    pub schedule: Fingerprint,
    pub program: String,
    pub rows: u64,
    pub lines: Vec<Line>,
    /// Batches whose receipt was made from the database's own ledger after a crash.
    pub recovered: u64,
    /// Batches on tables that cannot roll back, of which nobody can tell what became of them.
    pub unknown: u64,
    /// The rules that acted on such tables.
    pub weaker: Vec<String>,
    /// The first checkpoint that covers all of it.
    pub checkpoint: Option<String>,
}

/// One class of data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Line {
    pub rule: String,
    pub table: String,
    pub effect: String,
    pub rows: u64,
    pub receipts: u64,
    pub first: DateTime<Utc>,
    pub last: DateTime<Utc>,
    /// Why the rows were kept until then.
    pub purposes: Vec<Basis>,
}

/// The kinds of records that a certificate is made from.
pub const KINDS: [&str; 7] = [
    "schedule-seen",
    "run-started",
    "weaker-assurance",
    "unknown",
    "done",
    "run-ended",
    "checkpoint",
];

/// The certificate of a run, named by its whole name or the end of it; `None`: there was none.
#[must_use]
pub fn certificate(entries: &[Entry], run: &str, log: &str, key: &str) -> Option<Certificate> {
    let is_named = |name: &str| name == run || name.rsplit('-').next() == Some(run);
    let (begun, mut made) = entries.iter().find_map(|entry| match &entry.record {
        Record::RunStarted {
            run,
            database,
            reason,
            by,
            now,
            schedule,
            version,
        } if is_named(run) => Some((
            entry.seq,
            Certificate {
                run: run.clone(),
                record: entry.seq,
                database: database.clone(),
                log: log.to_owned(),
                key: key.to_owned(),
                started: entry.at,
                as_of: *now,
                ended: None,
                ending: None,
                by: by.clone(),
                reason: *reason,
                schedule: *schedule,
                program: version.clone(),
                rows: 0,
                lines: Vec::new(),
                recovered: 0,
                unknown: 0,
                weaker: Vec::new(),
                checkpoint: None,
            },
        )),
        _ => None,
    })?;
    let mut covered_from = begun;
    for entry in entries.iter().filter(|entry| entry.seq > begun) {
        if made.take(entry) {
            (covered_from, made.checkpoint) = (entry.seq, None);
        }
        if let Record::Checkpoint { note } = &entry.record
            && made.checkpoint.is_none()
            && entry.seq > covered_from
        {
            made.checkpoint = Some(note.clone());
        }
    }
    made.lines_know(&bases(entries, made.schedule));
    Some(made)
}

/// What the schedule of a run said of each rule.
fn bases(entries: &[Entry], wanted: Fingerprint) -> Vec<RuleBasis> {
    let seen = entries.iter().find_map(|entry| match &entry.record {
        Record::ScheduleSeen { schedule, rules } if *schedule == wanted => Some(rules.clone()),
        _ => None,
    });
    seen.unwrap_or_default()
}

impl Certificate {
    /// Takes up a record of this run; false where it is another's.
    fn take(&mut self, entry: &Entry) -> bool {
        if entry.record.run() != Some(&self.run) {
            return false;
        }
        match &entry.record {
            Record::Done {
                rule,
                effects,
                recovered,
                ..
            } => {
                self.recovered += u64::from(*recovered);
                for effect in effects {
                    self.rows += effect.rows;
                    let same = |line: &&mut Line| {
                        line.rule == *rule
                            && line.table == effect.table
                            && line.effect == effect.effect
                    };
                    if let Some(line) = self.lines.iter_mut().find(same) {
                        line.rows += effect.rows;
                        line.receipts += 1;
                        line.last = entry.at;
                    } else {
                        self.lines.push(Line {
                            rule: rule.clone(),
                            table: effect.table.clone(),
                            effect: effect.effect.clone(),
                            rows: effect.rows,
                            receipts: 1,
                            first: entry.at,
                            last: entry.at,
                            purposes: Vec::new(),
                        });
                    }
                }
            }
            Record::Unknown { .. } => self.unknown += 1,
            Record::WeakerAssurance { rule, .. } => self.weaker.push(rule.clone()),
            Record::RunEnded { ending, .. } => {
                self.ended = Some(entry.at);
                self.ending = Some(*ending);
            }
            _ => {}
        }
        true
    }

    fn lines_know(&mut self, bases: &[RuleBasis]) {
        for line in &mut self.lines {
            if let Some(basis) = bases.iter().find(|basis| basis.rule == line.rule) {
                line.purposes.clone_from(&basis.purposes);
            }
        }
    }
}
