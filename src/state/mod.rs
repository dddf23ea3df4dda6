//! The state directory: the audit log, what is kept beside it, and who may write to them.
//!
//! Apart from `ledger`, because the two witness each other: this store lies beside the program, the ledger inside the
//! target. One process writes at a time (a lock on the directory). The log is the only truth: what is known of runs,
//! intents, receipts and approvals is read from it.

mod erasure;
mod hold;
mod key;
mod publish;
mod signing;
mod windows;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};

use crate::audit::digests::{Block, KeyDigest};
use crate::audit::note::{SigningKey, VerifierKey};
use crate::audit::{Included, Log, Sizes};
use crate::schedule::Sink;

pub use crate::audit::{Approval, Basis, Effect, Ending, Entry, Record, RuleBasis, RunReason};
pub use erasure::{Erasure, RequestState, Requested, answer_by};
pub use hold::{Hold, Over, salt, standing_holds};
pub use key::DigestKey;
pub use windows::SideFile;

/// The digests of a run's batches, and the key that they were made under.
pub type Digests = (DigestKey, Vec<(Block, Vec<KeyDigest>)>);

/// The folder of the log within a state directory.
const LOG: &str = "log";

/// The folder of the log of a state directory, whether it is there or not.
#[must_use]
pub fn log_folder(directory: &Path) -> PathBuf {
    directory.join(LOG)
}

/// Whether a store is only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Read,
    /// Takes the lock: one writer at a time.
    Append,
}

/// When a checkpoint is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Where there are records that none covers.
    WhatIsNew,
    /// In any case: also silence is worth a signature.
    Anyway,
}

/// An open state store.
pub struct Store {
    log: Log,
    /// Only who appends signs.
    signing: Option<SigningKey>,
    /// Where checkpoints go.
    sinks: Vec<Sink>,
    directory: PathBuf,
    /// Held for the life of the store; the kernel lets go of it when the process dies.
    _lock: Option<File>,
}

/// Another process writes to the state directory.
#[derive(Debug)]
pub struct Busy(PathBuf);

impl std::fmt::Display for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "another retentiond is at work with the state directory {}; wait for it, or stop it",
            self.0.display()
        )
    }
}

impl std::error::Error for Busy {}

/// Makes sure that one daemon serves a state directory; the file is held for the daemon's life.
///
/// # Errors
/// Another one does, or the directory cannot be written.
pub fn only_daemon(directory: &Path) -> anyhow::Result<File> {
    make_directory(directory)
        .with_context(|| format!("failed to make the state directory {}", directory.display()))?;
    let path = directory.join("daemon.lock");
    let lock = private(&path).with_context(|| format!("failed to open {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => bail!(
            "another daemon serves the state directory {}; stop it, or give this one a directory of its own",
            directory.display()
        ),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("failed to lock {}", path.display()))
        }
    }
}

impl Store {
    /// Opens the store of a directory, creating it where it is to be written.
    ///
    /// # Errors
    /// The directory cannot be made or read, another process writes to it, or the store is damaged.
    pub async fn open(directory: &Path, purpose: Use) -> anyhow::Result<Self> {
        let folder = log_folder(directory);
        if purpose == Use::Read && !folder.exists() {
            bail!(
                "there is no state store in {}: nothing has run yet, or the schedule names another directory",
                directory.display()
            );
        }
        let lock = match purpose {
            Use::Append => Some(prepare(directory)?),
            Use::Read => None,
        };
        let opened = match purpose {
            Use::Append => Log::open(&folder, Utc::now(), Sizes::STANDARD),
            Use::Read => Log::open_read(&folder),
        };
        let mut log = opened
            .with_context(|| format!("failed to open the state store {}", directory.display()))?;
        let signing = match purpose {
            Use::Append => Some(signing::load_or_make(directory, &mut log, Utc::now())?),
            Use::Read => None,
        };
        Ok(Self {
            log,
            signing,
            sinks: Vec::new(),
            directory: directory.to_owned(),
            _lock: lock,
        })
    }

    /// From here on checkpoints are copied to these places.
    #[must_use]
    pub fn publishing_to(mut self, sinks: &[Sink]) -> Self {
        self.sinks = sinks.to_vec();
        self
    }

    /// The key with which anybody verifies this log.
    #[must_use]
    pub fn verifier_key(&self) -> Option<&VerifierKey> {
        self.log.key()
    }

    /// Signs all records so far, where there are new ones or somebody wants it; gives the note.
    ///
    /// # Errors
    /// As for [`Store::append`], or the store was opened to be read.
    pub async fn checkpoint(
        &mut self,
        at: DateTime<Utc>,
        wish: Sign,
    ) -> anyhow::Result<Option<String>> {
        if wish == Sign::WhatIsNew && self.log.is_signed() {
            return Ok(None);
        }
        let key = self.signing.as_ref().context("the store is only read")?;
        let note = self.log.checkpoint(at, key);
        let note = note.context("failed to sign the log")?;
        publish::publish(&self.sinks, &note);
        Ok(Some(note))
    }

    /// Lets a new key sign from here on.
    ///
    /// # Errors
    /// As for [`Store::append`], or the store was opened to be read.
    pub async fn rotate_key(&mut self, at: DateTime<Utc>) -> anyhow::Result<()> {
        let old = self.signing.as_ref().context("the store is only read")?;
        let new = signing::rotate(&self.directory, &mut self.log, old, at)?;
        self.signing = Some(new);
        Ok(())
    }

    /// True once a write has failed: this process must end.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.log.is_broken()
    }

    /// The identity of this log; every target that it writes to carries it.
    #[must_use]
    pub fn log_id(&self) -> &str {
        self.log.id()
    }

    /// The key of the digests of keys; made where the log has had none.
    ///
    /// # Errors
    /// The key's file is missing, damaged or another log's, or cannot be written.
    pub fn digest_key(&mut self) -> anyhow::Result<DigestKey> {
        let now = Utc::now();
        let keys = digest_keys(&self.log)?;
        self.forget(&keys, now)?;
        let window = windows::window(now);
        let named = keys.get(&window).map(String::as_str);
        let key = DigestKey::load_or_make(&self.directory, &window, named)?;
        if named.is_none() {
            let name = key.name();
            self.log
                .append(now, &[Record::DigestKey { name, window }])?;
        }
        Ok(key)
    }

    /// Destroys the keys and the digests of months that have ended.
    fn forget(
        &mut self,
        keys: &BTreeMap<String, String>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        for (window, name) in keys {
            if !windows::has_ended(window, now) {
                continue;
            }
            windows::destroy(&self.directory, window)?;
            let (name, window) = (name.clone(), window.clone());
            let destroyed = Record::DigestKeyDestroyed { name, window };
            self.log.append(now, &[destroyed])?;
        }
        Ok(())
    }

    /// Where the digests of a run go that are made under a key.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn side_file(&self, key: &DigestKey, run: &str) -> anyhow::Result<SideFile> {
        SideFile::of(&self.directory, key.window(), run)
    }

    /// The digests of a run, and the key that they were made under; `None`: they were destroyed, or never kept.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn digests_of(&self, run: &str) -> anyhow::Result<Option<Digests>> {
        for window in windows::all(&self.directory)? {
            let blocks = windows::read(&self.directory, &window, run)?;
            if !blocks.is_empty()
                && let Some(key) = DigestKey::load(&self.directory, &window)?
            {
                return Ok(Some((key, blocks)));
            }
        }
        Ok(None)
    }

    /// The proof that a record is in the log.
    ///
    /// # Errors
    /// The store cannot be read, or has no such record.
    pub fn included(&self, n: u64) -> anyhow::Result<Included> {
        self.log.included(n)
    }

    /// Appends one record; it is durable when this returns.
    ///
    /// # Errors
    /// The record could not be written: nothing further may be done to a target.
    pub async fn append(&mut self, at: DateTime<Utc>, record: &Record) -> anyhow::Result<()> {
        self.append_all(at, std::slice::from_ref(record)).await
    }

    /// Appends several records at once: all are durable when this returns, or none is there.
    ///
    /// # Errors
    /// As for [`Store::append`].
    pub async fn append_all(
        &mut self,
        at: DateTime<Utc>,
        records: &[Record],
    ) -> anyhow::Result<()> {
        self.log
            .append(at, records)
            .context("failed to append to the state store")
    }

    /// All records of some kinds, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or holds a record of another version.
    pub async fn records(&mut self, kinds: &[&'static str]) -> anyhow::Result<Vec<Entry>> {
        self.log.entries(|kind| kinds.contains(&kind))
    }

    /// Every line of the log as it is, with its place.
    ///
    /// # Errors
    /// What `each` returns; the store cannot be read, or is broken.
    pub fn lines(&self, each: impl FnMut(u64, &[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.log.lines(each)
    }

    /// A number that no earlier start of this store had (step 0) and that is above the one that a target has seen,
    /// durable before it is used.
    ///
    /// # Errors
    /// As for [`Store::append`].
    pub async fn next_epoch(&mut self, at: DateTime<Utc>, seen: i64) -> anyhow::Result<i64> {
        let last = self
            .records(&["boot"])
            .await?
            .iter()
            .filter_map(|entry| match entry.record {
                Record::Boot { epoch } => Some(epoch),
                _ => None,
            })
            .max();
        let epoch = last.unwrap_or(0).max(seen) + 1;
        self.append(at, &Record::Boot { epoch }).await?;
        Ok(epoch)
    }
}

/// Who started this process, as the operating system has it.
#[must_use]
pub fn operator() -> String {
    std::env::var("SUDO_USER")
        .or_else(|_| std::env::var("USER"))
        .unwrap_or_else(|_| {
            use std::os::unix::fs::MetadataExt;
            // A service has no name in its environment; the owner of its own process has a number.
            std::fs::metadata("/proc/self")
                .map_or_else(|_| "unknown".to_owned(), |own| format!("uid {}", own.uid()))
        })
}

/// The key of the digests, for a rehearsal: the store's own, so that the rehearsal's digests are the run's; one that
/// is forgotten where the directory cannot be written.
///
/// # Errors
/// The key's file is damaged, or the system gives no random numbers.
pub fn rehearsal_key(directory: &Path) -> anyhow::Result<DigestKey> {
    if make_directory(directory).is_err() {
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

/// The keys under which the log's digests were made, by month, but for those that were destroyed.
fn digest_keys(log: &Log) -> anyhow::Result<BTreeMap<String, String>> {
    let mut keys = BTreeMap::new();
    for entry in log.entries(|kind| matches!(kind, "digest-key" | "digest-key-destroyed"))? {
        match entry.record {
            Record::DigestKey { name, window } => keys.insert(window, name),
            Record::DigestKeyDestroyed { window, .. } => keys.remove(&window),
            _ => None,
        };
    }
    Ok(keys)
}

fn prepare(directory: &Path) -> anyhow::Result<File> {
    make_directory(directory)
        .with_context(|| format!("failed to make the state directory {}", directory.display()))?;
    let path = directory.join("lock");
    let lock = private(&path).with_context(|| format!("failed to open {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            return Err(Busy(directory.to_owned()).into());
        }
        Err(std::fs::TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("failed to lock {}", path.display()));
        }
    }
    Ok(lock)
}

fn make_directory(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

/// Opens a file that only its owner may read, making it where it is missing.
fn private(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
}
