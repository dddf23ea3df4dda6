//! Dropping the first segments of a log, once a record says so.

use anyhow::Context;
use chrono::{DateTime, Utc};

use super::super::expiry::{Beginning, needed};
use super::super::record::Record;
use super::super::tree::{Frontier, Hash};
use super::super::{line, scan, tree};
use super::{Entry, Log};
use crate::fault::Point;
use crate::files;

impl Log {
    /// How many of the first records can be dropped: whole segments, never the last one, up to the first record that
    /// is not to go.
    ///
    /// # Errors
    /// The log cannot be read, or is broken.
    pub fn droppable(&self, mut may_go: impl FnMut(&Entry) -> bool) -> anyhow::Result<u64> {
        let mut stays = None;
        self.lines(|n, text| {
            if stays.is_none() {
                let line = line::parse(text)?;
                let entry = Entry {
                    seq: n,
                    at: line.at,
                    record: line.record,
                };
                stays = (!may_go(&entry)).then_some(n);
            }
            Ok(())
        })?;
        let up_to = stays.unwrap_or(self.size());
        let begun = scan::segments(&self.folder)?;
        let last = begun.iter().map(|segment| segment.first);
        Ok(last.filter(|first| *first <= up_to).max().unwrap_or(0))
    }

    /// Writes down that the first records are dropped, with what is needed of them. Nothing is dropped yet: this must
    /// be signed first.
    ///
    /// # Errors
    /// As for [`Log::append`].
    pub fn expire(&mut self, size: u64, by: &str, now: DateTime<Utc>) -> anyhow::Result<()> {
        let entries = self.entries(|_| true)?;
        let carried: Vec<Record> = needed(&entries, size, now)
            .into_iter()
            .map(|Entry { seq, at, record }| Record::Carried {
                n: seq,
                at,
                record: Box::new(record),
            })
            .collect();
        // One by one: together they need not fit into a segment.
        for one in &carried {
            self.append(now, std::slice::from_ref(one))?;
        }
        let expired = Record::Expired {
            size,
            frontier: self
                .over(size)?
                .parts()
                .iter()
                .map(Hash::to_string)
                .collect(),
            carried: carried.len() as u64,
            by: by.to_owned(),
        };
        self.append(now, &[expired])
    }

    /// The tree over the first records.
    fn over(&self, size: u64) -> anyhow::Result<Frontier> {
        let mut over = self.beginning.frontier.clone();
        self.lines(|n, text| {
            if n < size {
                over.push(tree::leaf(text));
            }
            Ok(())
        })?;
        Ok(over)
    }

    /// Drops the segments before a record, of which an `expired` record tells; gives how many they were.
    ///
    /// # Errors
    /// No record tells of it, or a file cannot be removed.
    pub fn drop_before(&mut self, size: u64) -> anyhow::Result<usize> {
        let told = self.entries(|kind| kind == "expired")?;
        let is_told = |entry: &Entry| matches!(entry.record, Record::Expired { size: told, .. } if told == size);
        let told = told.iter().rfind(|entry| is_told(entry));
        let told = told.context("no record tells that these records are dropped")?;
        anyhow::ensure!(
            told.seq < self.covered,
            "the record that tells of it is not signed"
        );
        let dropped = self.remove_before(size)?;
        self.beginning = Beginning::of(&self.folder)?;
        let carried = self.beginning.carried.values();
        let few = carried.filter(|entry| !super::MANY.contains(&entry.record.kind()));
        let few: Vec<Entry> = few.cloned().collect();
        self.few.retain(|entry| entry.seq >= size);
        self.few.splice(..0, few);
        Ok(dropped)
    }

    /// Removes what a crash has left of segments that were dropped.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub(super) fn finish_dropping(&self) -> anyhow::Result<()> {
        let first = self.beginning.first();
        let all = scan::segments(&self.folder)?;
        if all.iter().any(|segment| segment.first < first) {
            self.remove_before(first)?;
        }
        Ok(())
    }

    /// From the front: what a crash leaves is a log of which the first files are gone, and a record tells of more.
    fn remove_before(&self, size: u64) -> anyhow::Result<usize> {
        let all = scan::segments(&self.folder)?;
        let mut dropped = 0;
        for segment in all.iter().filter(|segment| segment.first < size) {
            files::remove(Point::SegmentDropped, &segment.path)
                .with_context(|| format!("failed to remove {}", segment.path.display()))?;
            dropped += 1;
        }
        files::sync_names(Point::SegmentDroppedSynced, &self.folder)?;
        Ok(dropped)
    }
}
