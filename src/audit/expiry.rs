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

    /// How the log of a folder begins. A log that does not begin with its first record, and does not say why under a
    /// checkpoint, is one whose beginning is missing: that is found where its lines are read.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn of(folder: &Path) -> anyhow::Result<Self> {
        let begun = match scan::segments(folder)?.first() {
            Some(segment) if segment.first > 0 => segment.first,
            _ => return Ok(Self::default()),
        };
        let mut told = Told::default();
        let read = scan::lines_from(folder, begun, |n, text| {
            let concerns = std::str::from_utf8(text).is_ok_and(|text| {
                KINDS
                    .iter()
                    .any(|kind| text.contains(&format!("\"kind\":\"{kind}\"")))
            });
            if concerns && let Ok(line) = line::read(text) {
                told.hear(begun, n, line.record);
            }
            Ok(())
        });
        match read {
            Err(error) if !error.is::<scan::Broken>() => return Err(error),
            _ => {}
        }
        Ok(told.signed.unwrap_or_default())
    }
}

/// What says how a log begins.
const KINDS: [&str; 3] = ["expired", "carried", "checkpoint"];

/// What the records say of those that are gone.
#[derive(Default)]
struct Told {
    /// All that was carried over until now.
    carried: Vec<Entry>,
    /// The last beginning that was told and that no checkpoint covers yet. Whoever can write to the files, and has no
    /// key, can tell one.
    unsigned: Option<Beginning>,
    signed: Option<Beginning>,
}

impl Told {
    fn hear(&mut self, begun: u64, place: u64, record: Record) {
        match record {
            Record::Carried { n, at, record } if n < place => {
                let record = *record;
                self.carried.push(Entry { seq: n, at, record });
            }
            // Where a crash has left some of the files that should have gone, it is of more records than are missing.
            Record::Expired {
                size,
                frontier,
                carried,
                ..
            } if size >= begun && size <= place => {
                let own = usize::try_from(carried)
                    .ok()
                    .and_then(|count| self.carried.len().checked_sub(count))
                    .map(|from| &self.carried[from..]);
                if let (Some(frontier), Some(own)) = (resumed(size, &frontier), own) {
                    let own = own.iter().filter(|entry| entry.seq < size);
                    self.unsigned = Some(Beginning {
                        frontier,
                        carried: own.map(|entry| (entry.seq, entry.clone())).collect(),
                    });
                }
            }
            // If its signature does not hold, that is found, and nothing here is believed.
            Record::Checkpoint { .. } => {
                let before = self.signed.as_ref().map_or(0, Beginning::first);
                if let Some(told) = self.unsigned.take_if(|told| told.first() >= before) {
                    self.signed = Some(told);
                }
            }
            _ => {}
        }
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
    /// Batches without an end, and their runs.
    open: BTreeMap<String, (u64, String)>,
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
                Record::Intent { run, batch, .. } => {
                    last.open.insert(batch.clone(), (*seq, run.clone()));
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
            | Record::PutBack { .. }
            | Record::GapAcknowledged { .. } => true,
            Record::Boot { .. } => self.boot == Some(*seq),
            Record::Intent { batch, .. } => {
                self.open.get(batch).is_some_and(|(place, _)| place == seq)
            }
            // What an open intent comes to is told by it.
            Record::Committing { batch, .. } => self.open.contains_key(batch),
            Record::Done { .. } => {
                let lasts = self.receipts.values().filter_map(|all| all.last());
                lasts.into_iter().any(|(_, place)| *place == Some(*seq))
            }
            Record::RunStarted { run, .. } => self.runs.get(run) == Some(seq),
            // It says what an open intent of the run comes to.
            Record::WeakerAssurance { run, .. } => {
                self.runs.contains_key(run) || self.open.values().any(|(_, of)| of == run)
            }
            Record::Approved(approval) => approval.expires > now,
            Record::ScheduleSeen { schedule, .. } => {
                self.schedule == Some(*seq) || self.schedules.contains(&schedule.to_string())
            }
            Record::HoldPlaced { hold, .. } => !self.lifted.contains(hold),
            // What was erased on request is erased again when a backup brings it back, and what stays goes later.
            Record::ErasureReceived { erasure, .. }
            | Record::ErasureExtended { erasure, .. }
            | Record::ErasureBegun { erasure, .. }
            | Record::ErasureCarriedOut { erasure, .. } => !self.closed.contains(erasure),
            Record::DigestKey { window, .. } => !self.destroyed.contains(window),
            Record::HoldLifted { .. }
            | Record::DigestKeyDestroyed { .. }
            | Record::BackedUp { .. }
            | Record::Served { .. }
            | Record::Paused { .. }
            | Record::Resumed { .. }
            | Record::RunsMissed { .. }
            | Record::ClockJumped { .. }
            | Record::Checkpoint { .. }
            | Record::TornTail { .. }
            | Record::NotApplied { .. }
            | Record::RunEnded { .. }
            | Record::ErasureClosed { .. }
            | Record::EventReport { .. }
            | Record::EventWritten { .. }
            // Who approved it a year ago is asked again.
            | Record::ReturnApproved(_)
            | Record::ReturnErased { .. }
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
