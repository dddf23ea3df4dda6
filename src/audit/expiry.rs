//! Records that were dropped from the front of a log, and what is needed of them.
//!
//! A log whose first segments are gone goes on as the same tree: the hashes of what is gone are in an `expired`
//! record, and the single records that are still needed are in it once more, each as a `carried` record. Pure but for
//! reading lines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::log::Entry;
use super::record::Record;
use super::tree::{Frontier, Hash};
use super::{line, scan};

/// Where the records of a log begin, and what is known of those before.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Beginning {
    /// The tree over the records that are gone.
    pub frontier: Frontier,
    /// What was carried over, by its place; each place once.
    pub carried: BTreeMap<u64, Entry>,
}

impl Beginning {
    /// The number of the first record that is there.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.frontier.size()
    }

    /// How the log of a folder begins. A log that does not begin with its first record, and does not say why, is one
    /// whose beginning is missing: that is found where its lines are read.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn of(folder: &Path) -> anyhow::Result<Self> {
        let begun = match scan::segments(folder)?.first() {
            Some(segment) if segment.first > 0 => segment.first,
            _ => return Ok(Self::default()),
        };
        let mut frontier = None;
        let mut carried = BTreeMap::new();
        let read = scan::lines_from(folder, begun, |_, text| {
            let told = std::str::from_utf8(text).is_ok_and(|text| {
                text.contains("\"kind\":\"expired\"") || text.contains("\"kind\":\"carried\"")
            });
            if !told {
                return Ok(());
            }
            match line::read(text).map(|line| line.record) {
                Ok(Record::Expired {
                    size,
                    frontier: parts,
                    ..
                }) if size == begun => {
                    frontier = resumed(size, &parts).or(frontier.take());
                }
                Ok(Record::Carried { n, at, record }) if n < begun => {
                    let record = *record;
                    carried.insert(n, Entry { seq: n, at, record });
                }
                _ => {}
            }
            Ok(())
        });
        match read {
            Err(error) if !error.is::<scan::Broken>() => return Err(error),
            _ => {}
        }
        Ok(frontier.map_or_else(Self::default, |frontier| Self { frontier, carried }))
    }
}

fn resumed(size: u64, parts: &[String]) -> Option<Frontier> {
    let one = |part: &String| {
        let hash: Hash = part.parse().ok()?;
        // One spelling, as everywhere.
        (hash.to_string() == *part).then_some(hash)
    };
    Frontier::resume(size, parts.iter().map(one).collect::<Option<_>>()?)
}

/// What of the first records is needed when they are gone: without it the log would not know who it is, where its
/// databases stand, who approved what, and which keys of digests there are. What is new is kept until somebody decides
/// otherwise here.
#[must_use]
pub fn needed(entries: &[Entry], size: u64, now: DateTime<Utc>) -> Vec<Entry> {
    let (old, new): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|entry| entry.seq < size);
    let mut last = Last::of(&old);
    last.schedules_of(&new);
    old.into_iter()
        .filter(|entry| last.needs(entry, now))
        .cloned()
        .collect()
}

/// The places of what is needed only because nothing came after it.
#[derive(Default)]
struct Last {
    /// The last start.
    boot: Option<u64>,
    /// The receipts that each database has still, under whatever name: its batch's number, and its place. One that was
    /// put back has lost the later ones; of one that was acknowledged the record itself tells where it stands.
    receipts: BTreeMap<String, Vec<(i64, Option<u64>)>>,
    /// Batches without an end.
    open: BTreeMap<String, u64>,
    /// Runs without an end.
    runs: BTreeMap<String, u64>,
    /// Holds that were lifted.
    lifted: BTreeSet<String>,
    /// Requests for erasure that are closed.
    closed: BTreeSet<String>,
    /// Months whose key was destroyed.
    destroyed: BTreeSet<String>,
    /// Versions of the schedule under which later runs worked, and the last one.
    schedules: BTreeSet<String>,
    schedule: Option<u64>,
}

impl Last {
    fn of(old: &[&Entry]) -> Self {
        let mut last = Self::default();
        let mut targets: BTreeMap<&str, &str> = BTreeMap::new();
        for Entry { seq, record, .. } in old {
            match record {
                Record::Boot { .. } => last.boot = Some(*seq),
                Record::Adopted { database, target } => {
                    targets.insert(database, target);
                }
                Record::Intent { batch, .. } => {
                    last.open.insert(batch.clone(), *seq);
                }
                Record::Done {
                    batch,
                    database,
                    seq: number,
                    ..
                } => {
                    last.open.remove(batch);
                    let target = targets.get(database.as_str()).copied();
                    let target = target.unwrap_or(database).to_owned();
                    let receipts = last.receipts.entry(target).or_default();
                    receipts.push((*number, Some(*seq)));
                }
                Record::Regressed { target, to_seq, .. } => {
                    let receipts = last.receipts.entry(target.clone()).or_default();
                    receipts.retain(|(number, _)| number <= to_seq);
                }
                Record::GapAcknowledged {
                    target,
                    seq: number,
                    ..
                } => {
                    let receipts = last.receipts.entry(target.clone()).or_default();
                    receipts.retain(|(known, _)| known < number);
                    receipts.push((*number, None));
                }
                Record::NotApplied { batch, .. } | Record::Unknown { batch, .. } => {
                    last.open.remove(batch);
                }
                Record::RunStarted { run, .. } => {
                    last.runs.insert(run.clone(), *seq);
                }
                Record::RunEnded { run, .. } => {
                    last.runs.remove(run);
                }
                Record::HoldLifted { hold, .. } => {
                    last.lifted.insert(hold.clone());
                }
                Record::ErasureClosed { erasure, .. } => {
                    last.closed.insert(erasure.clone());
                }
                Record::DigestKeyDestroyed { window, .. } => {
                    last.destroyed.insert(window.clone());
                }
                Record::ScheduleSeen { .. } => last.schedule = Some(*seq),
                _ => {}
            }
        }
        let unended = old
            .iter()
            .filter(|entry| last.runs.values().any(|n| *n == entry.seq));
        let schedules = unended
            .filter_map(|entry| schedule_of(&entry.record))
            .collect();
        last.schedules = schedules;
        last
    }

    fn schedules_of(&mut self, new: &[&Entry]) {
        let named = new.iter().filter_map(|entry| schedule_of(&entry.record));
        self.schedules.extend(named);
    }

    fn needs(&self, Entry { seq, record, .. }: &Entry, now: DateTime<Utc>) -> bool {
        match record {
            Record::Genesis { .. }
            | Record::SigningKey { .. }
            | Record::KeyRotated { .. }
            | Record::Adopted { .. }
            | Record::Unknown { .. }
            | Record::Regressed { .. }
            | Record::GapAcknowledged { .. } => true,
            Record::Boot { .. } => self.boot == Some(*seq),
            Record::Intent { batch, .. } => self.open.get(batch) == Some(seq),
            Record::Done { .. } => {
                let lasts = self.receipts.values().filter_map(|all| all.last());
                lasts.into_iter().any(|(_, place)| *place == Some(*seq))
            }
            Record::RunStarted { run, .. } => self.runs.get(run) == Some(seq),
            // It says what an open intent of the run comes to.
            Record::WeakerAssurance { run, .. } => self.runs.contains_key(run),
            Record::Approved(approval) => approval.expires > now,
            Record::ScheduleSeen { schedule, .. } => {
                self.schedule == Some(*seq) || self.schedules.contains(&schedule.to_string())
            }
            Record::HoldPlaced { hold, .. } => !self.lifted.contains(hold),
            // What was erased on request is erased again when a backup brings it back, and what stays goes later.
            Record::ErasureReceived { erasure, .. }
            | Record::ErasureExtended { erasure, .. }
            | Record::ErasureCarriedOut { erasure, .. } => !self.closed.contains(erasure),
            Record::DigestKey { window, .. } => !self.destroyed.contains(window),
            Record::HoldLifted { .. }
            | Record::DigestKeyDestroyed { .. }
            | Record::Checkpoint { .. }
            | Record::TornTail { .. }
            | Record::NotApplied { .. }
            | Record::RunEnded { .. }
            | Record::ErasureClosed { .. }
            | Record::Carried { .. }
            | Record::Expired { .. } => false,
        }
    }
}

/// The version of the schedule that a run worked under.
fn schedule_of(record: &Record) -> Option<String> {
    match record {
        Record::RunStarted { schedule, .. } | Record::Done { schedule, .. } => {
            Some(schedule.to_string())
        }
        _ => None,
    }
}
