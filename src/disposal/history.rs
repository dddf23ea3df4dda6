//! What the log knows of one target: its batches in order, and the intents without an end.
//!
//! A target that was restored goes back on its history, and goes on from there with the same numbers; so this is a
//! list that is cut, not a greatest number.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::ledger::Head;
use crate::state::{Assurance, Entry, Record, Store};

/// A batch that is in the target, as far as the log knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub seq: i64,
    /// The chain of the ledger after it.
    pub chain: String,
    /// When its receipt was written.
    pub at: DateTime<Utc>,
    pub rows: u64,
}

/// The batches and the open intents of a target.
#[derive(Debug, Default)]
pub struct History {
    /// The target.
    wanted: String,
    /// Which target each name of the schedule stood for last.
    names: BTreeMap<String, String>,
    pub batches: Vec<Batch>,
    pub open: BTreeMap<String, Record>,
    /// Runs and rules whose failed batches are not known to have been rolled back.
    weaker: BTreeSet<(String, String)>,
    /// Every start that this log ever had.
    epochs: BTreeSet<i64>,
    /// The log's first records were dropped, and receipts may have been among them.
    begins_later: bool,
    /// The state directory was put back from a backup since this log was last at work with the target: starts that came
    /// after the backup are its own, and lost.
    put_back: bool,
}

/// How a target stands to its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is where the log has left it.
    Same,
    /// It was restored, or failed over: the last batches of the log are not in it.
    Behind(Regression),
    /// It has batches that the log does not know.
    Ahead { known: i64 },
    /// It stands before the first batch that the log still has, and the log has dropped older ones: it was put back to a
    /// backup that is older than the log, or it has a history of its own, and nobody can tell which.
    Older { known: i64, oldest: i64 },
    /// It has had other batches than the log knows.
    Elsewhere { known: i64 },
    /// It has seen a start that this log does not know: another copy of the log is at work with it.
    Forked { known: i64 },
}

/// What a target lost when it went back in time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Regression {
    pub from_seq: i64,
    pub to_seq: i64,
    /// The receipt of the last batch that is still in it; `None`: none is.
    pub since: Option<DateTime<Utc>>,
    /// The receipt of the last batch that it lost.
    pub until: DateTime<Utc>,
    pub batches: u64,
    /// Rows of those batches. They may be back.
    pub rows: u64,
}

impl Regression {
    /// As the log has it.
    #[must_use]
    pub fn record(&self, database: &str, target: &str) -> Record {
        Record::Regressed {
            database: database.to_owned(),
            target: target.to_owned(),
            from_seq: self.from_seq,
            to_seq: self.to_seq,
            since: self.since,
            until: self.until,
            batches: self.batches,
            rows: self.rows,
        }
    }
}

/// Which target each name of the schedule stood for last.
#[must_use]
pub fn names(entries: &[Entry]) -> BTreeMap<String, String> {
    let adopted = entries.iter().filter_map(|entry| match &entry.record {
        Record::Adopted { database, target } => Some((database.clone(), target.clone())),
        _ => None,
    });
    adopted.collect()
}

impl History {
    /// The kinds of records that make a history.
    pub const KINDS: [&'static str; 11] = [
        "put-back",
        "adopted",
        "expired",
        "boot",
        "unknown",
        "weaker-assurance",
        "intent",
        "done",
        "not-applied",
        "regressed",
        "gap-acknowledged",
    ];

    /// Of a target, under all the names that it had, as the log has it now. Of its batches no more is kept than what tells
    /// them apart: a log of years has a million.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn read(store: &mut Store, wanted: &str) -> anyhow::Result<Self> {
        let mut history = Self::begin(wanted);
        let each = |entry| history.add(entry);
        store.each_record(&Self::KINDS, each).await?;
        Ok(history)
    }

    /// The same of records that are at hand.
    #[must_use]
    pub fn of(entries: Vec<Entry>, wanted: &str) -> Self {
        let mut history = Self::begin(wanted);
        entries.into_iter().for_each(|entry| history.add(entry));
        history
    }

    fn begin(wanted: &str) -> Self {
        Self {
            wanted: wanted.to_owned(),
            ..Self::default()
        }
    }

    fn add(&mut self, entry: Entry) {
        let Entry { at, record, .. } = entry;
        match &record {
            Record::Adopted { database, target } => {
                self.names.insert(database.clone(), target.clone());
                self.put_back &= target != &self.wanted;
            }
            Record::PutBack { .. } => self.put_back = true,
            Record::Boot { epoch } => drop(self.epochs.insert(*epoch)),
            Record::Expired { .. } => self.begins_later = true,
            // Without a ledger what is not committed is rolled back all the same.
            Record::WeakerAssurance {
                assurance: Assurance::TransactionStatus | Assurance::Inferred,
                ..
            } => {}
            Record::WeakerAssurance { run, rule, .. } => {
                self.weaker.insert((run.clone(), rule.clone()));
            }
            Record::NotApplied { batch, .. } | Record::Unknown { batch, .. } => {
                self.open.remove(batch);
            }
            Record::Regressed { target, .. } | Record::GapAcknowledged { target, .. }
                if target == &self.wanted =>
            {
                self.turn(at, &record);
            }
            Record::Intent { database, .. } | Record::Done { database, .. }
                if self.names.get(database) == Some(&self.wanted) =>
            {
                self.go_on(at, record);
            }
            _ => {}
        }
    }

    /// Which target each name of the schedule stood for last.
    #[must_use]
    pub fn names(&self) -> &BTreeMap<String, String> {
        &self.names
    }

    fn go_on(&mut self, at: DateTime<Utc>, record: Record) {
        match record {
            Record::Intent { ref batch, .. } => {
                self.open.insert(batch.clone(), record);
            }
            Record::Done {
                batch,
                seq,
                chain,
                effects,
                ..
            } => {
                self.open.remove(&batch);
                let rows = effects.iter().map(|effect| effect.rows).sum();
                // One that was found in the ledger later may stand before a gap that was acknowledged meanwhile.
                let place = self.batches.partition_point(|other| other.seq <= seq);
                let batch = Batch {
                    seq,
                    chain,
                    at,
                    rows,
                };
                self.batches.insert(place, batch);
            }
            _ => {}
        }
    }

    fn turn(&mut self, at: DateTime<Utc>, record: &Record) {
        match record {
            Record::Regressed { to_seq, .. } => self.batches.retain(|batch| batch.seq <= *to_seq),
            Record::GapAcknowledged { seq, chain, .. } => {
                self.batches.retain(|batch| batch.seq < *seq);
                self.batches.push(Batch {
                    seq: *seq,
                    chain: chain.clone(),
                    at,
                    rows: 0,
                });
            }
            _ => {}
        }
    }

    fn last_seq(&self) -> i64 {
        self.batches.last().map_or(0, |batch| batch.seq)
    }

    /// What an intent that is not in the ledger comes to.
    #[must_use]
    pub fn denied(&self, run: String, batch: String, rule: String) -> Record {
        if self.weaker.contains(&(run.clone(), rule)) {
            Record::Unknown {
                run,
                batch,
                seen: None,
            }
        } else {
            Record::NotApplied { run, batch }
        }
    }

    /// True where the target is looked at for the first time since the state directory was put back.
    #[must_use]
    pub fn is_put_back(&self) -> bool {
        self.put_back
    }

    /// True for the number of a start of this log, and for one that is older than what the log still has: a copy
    /// that goes on by itself only has later ones.
    #[must_use]
    pub fn has_begun(&self, epoch: i64) -> bool {
        let forgotten = self.epochs.first().is_some_and(|first| epoch < *first);
        forgotten || self.put_back || self.epochs.contains(&epoch)
    }

    /// How the target stands to it, by what its head row says.
    #[must_use]
    pub fn compare(&self, head: &Head) -> Standing {
        let known = self.last_seq();
        if head.seq > known {
            return Standing::Ahead { known };
        }
        let still = self.batches.iter().rfind(|batch| batch.seq <= head.seq);
        let is_ours = match still {
            Some(batch) => batch.seq == head.seq && batch.chain == head.chain,
            None => head.seq == 0,
        };
        if !is_ours {
            let oldest = self.batches.first().map_or(known, |batch| batch.seq);
            if self.begins_later && head.seq < oldest {
                return Standing::Older { known, oldest };
            }
            return Standing::Elsewhere { known };
        }
        if !self.has_begun(head.epoch) {
            return Standing::Forked { known };
        }
        match self.lost(head.seq) {
            None => Standing::Same,
            Some(lost) => Standing::Behind(lost),
        }
    }

    /// The batches after a number, as far as the log has them.
    #[must_use]
    pub fn lost(&self, to_seq: i64) -> Option<Regression> {
        let still = self.batches.iter().rfind(|batch| batch.seq <= to_seq);
        let lost = self.batches.iter().filter(|batch| batch.seq > to_seq);
        let (mut batches, mut rows, mut until) = (0, 0, None);
        for batch in lost {
            batches += 1;
            rows += batch.rows;
            until = Some(batch.at);
        }
        Some(Regression {
            from_seq: self.last_seq(),
            to_seq,
            since: still.map(|batch| batch.at),
            until: until?,
            batches,
            rows,
        })
    }
}
