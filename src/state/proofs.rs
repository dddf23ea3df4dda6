//! The digests of keys of rows, the key of each month, and the end of both.
//!
//! The log names the key of a month and says when it was destroyed; here is seen to it that this is so. A key that is
//! gone without such a record, or is another one, is an error and never replaced: with another key every question would
//! be answered with "no".

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;
use chrono::{DateTime, Utc};

use crate::audit::digests::{Block, KeyDigest};

use super::{DigestKey, Log, Record, SideFile, Store, log_folder, windows};

/// The digests of a run's batches, and the key that they were made under.
pub type Digests = (DigestKey, Vec<(Block, Vec<KeyDigest>)>);

/// A month of the proof window, as the log tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// Such as "2026-11".
    pub window: String,
    /// The record from which on its key was used.
    pub from: u64,
    /// Nobody can ask any more.
    pub is_destroyed: bool,
}

impl Store {
    /// The key of the digests of keys of this month; made where the log has had none.
    ///
    /// # Errors
    /// The key's file is missing, damaged or another log's, or cannot be written.
    pub fn digest_key(&mut self) -> anyhow::Result<DigestKey> {
        let now = Utc::now();
        self.forget(now)?;
        let window = windows::window(now);
        // Under one guard: two runs that begin a month at once must not each make its key.
        let log = &mut self.inner().log;
        let named = digest_keys(log)?.remove(&window);
        let key = DigestKey::load_or_make(&self.directory, &window, named.as_deref())?;
        if named.is_none() {
            let name = key.name();
            log.append(now, &[Record::DigestKey { name, window }])?;
        }
        Ok(key)
    }

    /// Destroys the keys and the digests of months that have ended, and says so in the log.
    ///
    /// # Errors
    /// A file cannot be destroyed; as for [`Store::append`].
    pub fn forget(&mut self, now: DateTime<Utc>) -> anyhow::Result<()> {
        let log = &mut self.inner().log;
        // What the log does not name was a rehearsal's, or was put back from a backup: it goes as well.
        for window in windows::all(&self.directory)? {
            if windows::has_ended(&window, now) {
                windows::destroy(&self.directory, &window)?;
            }
        }
        for (window, name) in digest_keys(log)? {
            if windows::has_ended(&window, now) {
                let destroyed = Record::DigestKeyDestroyed { name, window };
                log.append(now, &[destroyed])?;
            }
        }
        Ok(())
    }

    /// The months of the proof window, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn months(&self) -> anyhow::Result<Vec<Month>> {
        let mut months: Vec<Month> = Vec::new();
        for entry in self.inner().log.entries(of_digest_keys)? {
            match entry.record {
                Record::DigestKey { window, .. } => months.push(Month {
                    window,
                    from: entry.seq,
                    is_destroyed: false,
                }),
                Record::DigestKeyDestroyed { window, .. } => months
                    .iter_mut()
                    .filter(|month| month.window == window)
                    .for_each(|month| month.is_destroyed = true),
                _ => {}
            }
        }
        Ok(months)
    }

    /// Where the digests of a run go that are made under a key.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn side_file(&self, key: &DigestKey, run: &str) -> anyhow::Result<SideFile> {
        SideFile::of(&self.directory, key.window(), run)
    }

    /// Makes durable what a run that died has left of its digests: before a receipt names them.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn reaffirm_digests(&self, run: &str) -> anyhow::Result<()> {
        windows::reaffirm(&self.directory, run)
    }

    /// The digests of a run, and the key that they were made under; `None`: they were destroyed, or never kept.
    ///
    /// # Errors
    /// They cannot be read; their key is gone, or is not the one that the log names.
    pub fn digests_of(&self, run: &str, now: DateTime<Utc>) -> anyhow::Result<Option<Digests>> {
        let named = digest_keys(&self.inner().log)?;
        for window in windows::all(&self.directory)? {
            let blocks = windows::read(&self.directory, &window, run)?;
            // A month that has ended is not asked any more, whether or not a run has come by to destroy it.
            if blocks.is_empty() || windows::has_ended(&window, now) {
                continue;
            }
            let Some(name) = named.get(&window) else {
                continue;
            };
            let path = windows::folder(&self.directory, &window).join(windows::KEY);
            match DigestKey::load(&self.directory, &window)? {
                Some(key) if key.name() == *name => return Ok(Some((key, blocks))),
                Some(_) => bail!(
                    "{} is not the key under which the log's digests were made: with it every answer would be \"no\"; put \
                     the right one back",
                    path.display()
                ),
                None => bail!(
                    "{} is gone, and the log does not say that it was destroyed: put it back",
                    path.display()
                ),
            }
        }
        Ok(None)
    }
}

/// The key of the digests, for a rehearsal: the store's own, so that the rehearsal's digests are the run's; one that
/// is forgotten where the directory cannot be written.
///
/// # Errors
/// The key's file is damaged, or the system gives no random numbers.
pub fn rehearsal_key(directory: &Path) -> anyhow::Result<DigestKey> {
    if crate::files::make_folder(directory).is_err() {
        return DigestKey::passing();
    }
    let folder = log_folder(directory);
    let keys = if folder.exists() {
        digest_keys(&Log::open_read(&folder)?)?
    } else {
        BTreeMap::new()
    };
    let window = windows::window(Utc::now());
    DigestKey::load_or_make(directory, &window, keys.get(&window).map(String::as_str))
}

fn of_digest_keys(kind: &str) -> bool {
    matches!(kind, "digest-key" | "digest-key-destroyed")
}

/// The keys under which the log's digests were made, by month, but for those that were destroyed.
pub(super) fn digest_keys(log: &Log) -> anyhow::Result<BTreeMap<String, String>> {
    let mut keys = BTreeMap::new();
    for entry in log.entries(of_digest_keys)? {
        match entry.record {
            Record::DigestKey { name, window } => keys.insert(window, name),
            Record::DigestKeyDestroyed { window, .. } => keys.remove(&window),
            _ => None,
        };
    }
    Ok(keys)
}
