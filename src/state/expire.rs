//! The end of old records: the log's own retention.

use anyhow::bail;
use chrono::{DateTime, Utc};

use super::{Entry, Log, Record, Sign, Store, operator, standings, windows};

/// Whether records may be dropped that no other place vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpublished {
    Kept,
    /// `--unsafe-unpublished`.
    Dropped,
}

/// What was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Dropped {
    /// The number of the first record that is left.
    pub first: u64,
    /// Records and segments that went now.
    pub records: u64,
    pub segments: usize,
}

impl Store {
    /// The number of the first record that was not dropped.
    #[must_use]
    pub fn first_record(&self) -> u64 {
        self.inner().log.first()
    }

    /// Drops the segments whose records were all written before a moment: never a receipt of a month about which
    /// somebody may still ask, and never what no other place vouches for. What is needed of them is carried over, and
    /// what is gone is recorded, signed and published before the first file goes.
    ///
    /// # Errors
    /// No place took the checkpoint; as for [`Store::append`]; a file cannot be removed.
    pub async fn expire(
        &mut self,
        before: DateTime<Utc>,
        now: DateTime<Utc>,
        unpublished: Unpublished,
    ) -> anyhow::Result<Dropped> {
        if self.sinks.is_empty() && unpublished == Unpublished::Kept {
            bail!(
                "the schedule publishes nowhere, so nothing would vouch for the records that go: name a place in \
                 `publish`"
            );
        }
        self.forget(now)?;
        let held: Vec<String> = windows::all(&self.directory)?;
        let may_go = |entry: &Entry| {
            let is_old = entry.at < before;
            let month = windows::window(entry.at);
            let nobody_asks = windows::has_ended(&month, now) && !held.contains(&month);
            is_old && (nobody_asks || !matches!(entry.record, Record::Done { .. }))
        };
        let nothing = |first| Dropped {
            first,
            records: 0,
            segments: 0,
        };
        let (from, size) = {
            let log = &mut self.inner().log;
            let (from, size) = (log.first(), log.droppable(may_go)?);
            if size <= from {
                return Ok(nothing(from));
            }
            // What is carried over is what stood in the log at that moment: nobody appends between.
            if !is_expired(log, size)? {
                log.expire(size, &operator(), now)?;
            }
            (from, size)
        };
        self.checkpoint(now, Sign::Anyway).await?;
        let standings = standings(&self.directory, &self.sinks)?;
        let is_published = standings.iter().any(|one| !one.waits);
        if !is_published && unpublished == Unpublished::Kept {
            bail!(
                "no place took the checkpoint that vouches for the records that would go, so they stay: \
                 `retentiond audit sinks` says why"
            );
        }
        let segments = self.inner().log.drop_before(size)?;
        Ok(Dropped {
            first: size,
            records: size - from,
            segments,
        })
    }
}

/// True where a record tells already that these are dropped: a crash, or no place that took it, came between.
fn is_expired(log: &Log, size: u64) -> anyhow::Result<bool> {
    let told = log.entries(|kind| kind == "expired")?;
    let is_told =
        |entry: &Entry| matches!(entry.record, Record::Expired { size: told, .. } if told == size);
    Ok(told.iter().any(is_told))
}
