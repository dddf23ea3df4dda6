//! A certificate of destruction: what one run did, from the log alone.
//!
//! Pure. It says classes of data and counts, never rows: who was in them is nobody's business any more.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::log::Entry;
use super::record::{Assurance, Basis, Ending, Record, RuleBasis, RunReason, Seen};
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
    /// What told what became of batches, where the database has no ledger.
    pub assurance: Option<Assurance>,
    /// Of the unknown batches, rows that were seen gone and rows that were seen there.
    pub seen: Option<Seen>,
    /// The database was put back to an earlier state before this run: the receipts of the last batch that was still in it,
    /// and of the last that it lost.
    pub put_back: Option<PutBack>,
    /// The first checkpoint that covers all of it.
    pub checkpoint: Option<String>,
}

/// A time of which a database had lost the batches.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PutBack {
    pub since: Option<DateTime<Utc>>,
    pub until: DateTime<Utc>,
    pub batches: u64,
    pub rows: u64,
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
pub const KINDS: [&str; 8] = [
    "regressed",
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
                assurance: None,
                seen: None,
                put_back: None,
                checkpoint: None,
            },
        )),
        _ => None,
    })?;
    made.put_back = put_back(entries, begun, &made.database, made.reason);
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

/// What was found of a database before a run, and after the one before it; of one for what came back, whenever that was.
fn put_back(entries: &[Entry], begun: u64, wanted: &str, reason: RunReason) -> Option<PutBack> {
    let before = entries.iter().rev().filter(|entry| entry.seq < begun);
    let another = |entry: &&Entry| matches!(&entry.record, Record::RunStarted { database, .. } if database == wanted);
    before
        .take_while(|entry| reason == RunReason::Returned || !another(entry))
        .find_map(|entry| match &entry.record {
            Record::Regressed {
                database,
                since,
                until,
                batches,
                rows,
                ..
            } if database == wanted => Some(PutBack {
                since: *since,
                until: *until,
                batches: *batches,
                rows: *rows,
            }),
            _ => None,
        })
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
            Record::Unknown { seen, .. } => {
                self.unknown += 1;
                if let Some(more) = seen {
                    let sum = self.seen.get_or_insert(Seen { gone: 0, there: 0 });
                    sum.gone += more.gone;
                    sum.there += more.there;
                }
            }
            Record::WeakerAssurance {
                rule, assurance, ..
            } => match assurance {
                Assurance::CannotRollBack => self.weaker.push(rule.clone()),
                Assurance::TransactionStatus | Assurance::Inferred => {
                    self.assurance = Some(*assurance);
                }
            },
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
