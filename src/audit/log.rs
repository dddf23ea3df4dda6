//! The log as one process appends to it.

mod beside;
mod drop;
mod included;
mod reading;

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::files;

use super::disk::{self, Current, Sizes};
use super::expiry::Beginning;
use super::line::{self, NOBODY};
use super::note::{self, Checkpoint, SigningKey, VerifierKey};
use super::record::Record;
use super::scan::{self, End, Tail};
use super::tree::{self, Frontier, Hash};

use beside::last_checkpoint;
pub use beside::last_note;
pub use included::Included;
use reading::MANY;

/// The version of the format, as the first record tells it.
const VERSION: u32 = 1;

/// A record with its place and its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub seq: u64,
    pub at: DateTime<Utc>,
    pub record: Record,
}

/// An open log. Whoever opens it for appending holds a lock elsewhere: it is not looked after here.
pub struct Log {
    folder: PathBuf,
    sizes: Sizes,
    id: String,
    /// Where its records begin.
    beginning: Beginning,
    tree: Frontier,
    last: Hash,
    current: Option<Current>,
    /// The key that signs now.
    key: Option<VerifierKey>,
    /// Records of kinds that are few, in memory: most questions are about them, and the log may be long.
    few: Vec<Entry>,
    /// So many of the first records stand under a checkpoint, itself among them.
    covered: u64,
    /// After an error while writing nothing is known of the end of the log.
    broken: bool,
    sync: files::Sync,
}

/// The log may not be written to any more by this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unwritable;

impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "the log could not be written before: nothing further is done until the program is started again",
        )
    }
}

impl std::error::Error for Unwritable {}

impl Log {
    /// Opens a log to append to it, and makes it where there is none. A torn tail is cut, which is recorded.
    ///
    /// # Errors
    /// The folder cannot be written, or the log is broken.
    pub fn open(folder: &Path, at: DateTime<Utc>, sizes: Sizes) -> anyhow::Result<Self> {
        files::make_folder(folder)
            .with_context(|| format!("failed to make the log's folder {}", folder.display()))?;
        let (mut log, end) = Self::read_through(folder, sizes)?;
        log.finish_dropping()?;
        if let Some((segment, at)) = end.place {
            let mut current = Current::open(&segment.path, at)?;
            current.reaffirm(folder, log.sync)?;
            log.current = Some(current);
        }
        let torn = match end.tail {
            Tail::Clean => Vec::new(),
            Tail::Torn(bytes) => bytes,
        };
        if !torn.is_empty() {
            log.clear(torn.len())?;
        }
        if log.tree.size() == 0 {
            log.id = uuid::Uuid::new_v4().to_string();
            let genesis = Record::Genesis {
                log: log.id.clone(),
                version: VERSION,
            };
            log.append(at, &[genesis])?;
        } else if !torn.is_empty() {
            let cut = Record::TornTail {
                bytes: torn.len() as u64,
                sha256: hex::encode(Sha256::digest(&torn)),
            };
            tracing::warn!(
                bytes = torn.len(),
                "a crash had cut the last write to the log short; it was cut away"
            );
            log.append(at, &[cut])?;
        }
        Ok(log)
    }

    /// Opens a log to read it: what another process is appending now may not be seen.
    ///
    /// # Errors
    /// There is none, it cannot be read, or it is broken.
    pub fn open_read(folder: &Path) -> anyhow::Result<Self> {
        let (log, _) = Self::read_through(folder, Sizes::STANDARD)?;
        if log.tree.size() == 0 {
            bail!("the log in {} has no record", folder.display());
        }
        Ok(log)
    }

    /// Reads every line: the tree, the chain, who it is.
    fn read_through(folder: &Path, sizes: Sizes) -> anyhow::Result<(Self, End)> {
        let beginning = Beginning::of(folder)?;
        let first = beginning.first();
        let mut log = Self {
            folder: folder.to_owned(),
            sizes,
            id: String::new(),
            tree: beginning.frontier.clone(),
            beginning,
            last: NOBODY,
            current: None,
            key: None,
            few: Vec::new(),
            covered: 0,
            broken: false,
            sync: File::sync_data,
        };
        for (n, entry) in log.beginning.carried.clone() {
            log.heed(n, entry.at, entry.record)?;
        }
        let outside = last_checkpoint(folder)?;
        let mut root = log.tree.root();
        let end = scan::lines_from(folder, first, |n, text| {
            let line = line::parse(text).with_context(|| {
                format!("record {n} of the log {} is damaged", folder.display())
            })?;
            // What stood before the first one is gone.
            let follows = line.prev == log.last.to_string() || (n == first && n > 0);
            if line.n != n || !follows {
                bail!(
                    "record {n} of the log {} does not follow the one before",
                    folder.display()
                );
            }
            if n == outside.as_ref().map_or(0, |last| last.size) {
                root = log.tree.root();
            }
            log.last = tree::leaf(text);
            log.tree.push(log.last);
            log.heed(n, line.at, line.record)
        })?;
        if let Some(outside) = outside {
            if outside.size >= log.tree.size() {
                root = log.tree.root();
            }
            if outside.size > log.tree.size() || outside.root != root {
                bail!(
                    "the log {} was cut or changed: its last checkpoint was signed over {} other records",
                    folder.display(),
                    outside.size
                );
            }
        }
        if log.tree.size() > 0 && log.id.is_empty() {
            bail!(
                "the log {} does not begin with its identity",
                folder.display()
            );
        }
        Ok((log, end))
    }

    /// What the log must know of its own records.
    fn heed(&mut self, n: u64, at: DateTime<Utc>, record: Record) -> anyhow::Result<()> {
        if !MANY.contains(&record.kind()) && record.kind() != "carried" {
            let record = record.clone();
            self.few.push(Entry { seq: n, at, record });
        }
        match record {
            Record::Genesis { log, .. } if n == 0 => self.id = log,
            Record::SigningKey { key } => self.key = Some(key.parse()?),
            Record::KeyRotated { note } => {
                let (_, new) = note::read_rotation(note::open(&note)?.text)?;
                self.key = Some(new);
            }
            Record::Checkpoint { .. } => self.covered = n + 1,
            _ => {}
        }
        Ok(())
    }

    /// The key that signs now; none was ever made where there is none.
    #[must_use]
    pub fn key(&self) -> Option<&VerifierKey> {
        self.key.as_ref()
    }

    /// The name under which this log signs.
    #[must_use]
    pub fn origin(&self) -> String {
        super::origin(&self.id)
    }

    /// True where a checkpoint covers every record.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.covered == self.tree.size()
    }

    fn here(&self) -> Checkpoint {
        Checkpoint {
            origin: self.origin(),
            size: self.tree.size(),
            root: self.tree.root(),
        }
    }

    /// Signs all records so far; gives the note, which also lies beside the segments.
    ///
    /// # Errors
    /// As for [`Log::append`]; the note could not be put beside the segments.
    pub fn checkpoint(&mut self, at: DateTime<Utc>, key: &SigningKey) -> anyhow::Result<String> {
        let text = self.here().text();
        let note = format!("{text}\n{}", key.sign(&text));
        let record = Record::Checkpoint { note: note.clone() };
        self.append(at, &[record])?;
        files::replace(&self.folder, super::CHECKPOINT, note.as_bytes())
            .context("failed to write the last checkpoint")?;
        Ok(note)
    }

    /// Lets a new key sign from here on, which the old one agrees to.
    ///
    /// # Errors
    /// As for [`Log::append`].
    pub fn rotate(
        &mut self,
        at: DateTime<Utc>,
        old: &SigningKey,
        new: &SigningKey,
    ) -> anyhow::Result<()> {
        let text = note::rotation_text(&self.here(), new.public());
        let note = format!("{text}\n{}{}", old.sign(&text), new.sign(&text));
        self.append(at, &[Record::KeyRotated { note }])
    }

    /// The identity of this log.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The number of the first record that was not dropped.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.beginning.first()
    }

    /// How many records there are, dropped ones included.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The root over all records.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// True once a write has failed: this process may not go on.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken || !files::may_write()
    }

    /// Nothing is known of its end any more: nothing further is written.
    pub fn give_up(&mut self) {
        self.broken = true;
    }

    /// Appends records with one write: all are durable when this returns, or none counts.
    ///
    /// # Errors
    /// Nothing may be done to a target any more. Where there is no room for what would begin something, nothing was
    /// written; any other error ends the writing for good.
    pub fn append(&mut self, at: DateTime<Utc>, records: &[Record]) -> anyhow::Result<()> {
        if self.is_broken() {
            return Err(Unwritable.into());
        }
        let mut grown = self.tree.clone();
        let mut last = self.last;
        let mut bytes = Vec::new();
        let group = grown.size();
        for record in records {
            let text = line::write(at, group, grown.size(), last, record)?;
            last = tree::leaf(text.as_bytes());
            grown.push(last);
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(b'\n');
        }
        let begins = !records.iter().all(Record::closes);
        self.make_room(bytes.len() as u64, begins)?;
        let Some(current) = &mut self.current else {
            bail!("the log has no segment");
        };
        if let Err(error) = current.write(&bytes, self.sync) {
            self.broken = true;
            return Err(error);
        }
        (self.tree, self.last) = (grown, last);
        for (n, record) in (group..).zip(records) {
            self.heed(n, at, record.clone())?;
        }
        self.prepare_spare();
        Ok(())
    }

    /// Overwrites what a crash has left after the last record.
    fn clear(&mut self, bytes: usize) -> anyhow::Result<()> {
        match &mut self.current {
            Some(current) => current.clear(bytes, self.sync),
            None => Ok(()),
        }
    }

    /// Sees to it that a write fits, and after it the end of what it begins.
    fn make_room(&mut self, bytes: u64, begins: bool) -> anyhow::Result<()> {
        if bytes > self.sizes.segment - self.sizes.reserve {
            bail!("a record of {bytes} bytes is too long for the log");
        }
        let room = self.current.as_ref().map_or(0, Current::room);
        let wanted = if begins {
            bytes + self.sizes.reserve
        } else {
            bytes
        };
        if room >= wanted {
            return Ok(());
        }
        disk::make_spare(&self.folder, self.sizes)
            .context("the log cannot grow, so nothing new is begun")?;
        if room >= bytes {
            return Ok(());
        }
        match disk::take_spare(&self.folder, self.tree.size()) {
            Ok(current) => self.current = Some(current),
            Err(error) => {
                // Whether the segment has its name nobody knows.
                self.broken = true;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Makes the next segment while there is time. Where that fails it is tried again before something new is begun.
    fn prepare_spare(&self) {
        let room = self.current.as_ref().map_or(0, Current::room);
        if room < self.sizes.segment / 2
            && let Err(error) = disk::make_spare(&self.folder, self.sizes)
        {
            tracing::warn!("the log cannot grow: {error:#}");
        }
    }
}

#[cfg(test)]
mod tests;
