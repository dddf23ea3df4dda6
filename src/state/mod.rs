//! The state directory: the audit log, what is kept beside it, and who may write to them.
//!
//! Apart from `ledger`, because the two witness each other: this store lies beside the program, the ledger inside the
//! target. One process writes at a time (a lock on the directory). The log is the only truth: what is known of runs,
//! intents, receipts and approvals is read from it.

mod backup;
mod erasure;
mod expire;
mod hold;
mod key;
mod operator;
mod pause;
mod proofs;
mod publish;
mod requested;
mod served;
mod signing;
mod windows;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};

use crate::audit::note::{SigningKey, VerifierKey};
use crate::audit::{Included, Log, Sizes};
use crate::fault::{self, Part, Point, is_without};
use crate::files;
use crate::schedule::Sink;

pub use crate::audit::{
    Approval, Assurance, Basis, Effect, Ending, Entry, EventAct, MissedBecause, Record,
    ReturnApproval, RuleBasis, RunReason, Seen,
};
pub use backup::Backup;
pub use erasure::Erasure;
pub use expire::{Dropped, Unpublished};
pub use hold::{Hold, Over, is_adopted, salt, standing_holds};
pub use key::DigestKey;
pub use operator::{in_the_name_of, operator};
pub use pause::is_paused;
pub use proofs::{Digests, Month, rehearsal_key};
pub use publish::{Serve, Standing, published, standings};
pub use requested::{RequestState, Requested, answer_by};
pub use windows::SideFile;

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

/// An open state store. A clone is another hand on the same one: what several of them append stands one after the other,
/// and what is read and then written under one guard nobody comes between.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Mutex<Inner>>,
    /// Where checkpoints go.
    sinks: Vec<Sink>,
    directory: PathBuf,
    /// Held for the life of the store; the kernel lets go of it when the process dies.
    _lock: Option<Arc<File>>,
}

/// The log, and what it is signed with.
struct Inner {
    log: Log,
    /// Only who appends signs.
    signing: Option<SigningKey>,
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
    files::make_folder(directory)
        .with_context(|| format!("failed to make the state directory {}", directory.display()))?;
    let path = directory.join("daemon.lock");
    let lock = private(&path).with_context(|| format!("failed to open {}", path.display()))?;
    match patiently(|| lock.try_lock()) {
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

/// Whoever looks whether a daemon is there holds its lock for a moment.
fn patiently(
    mut lock: impl FnMut() -> Result<(), std::fs::TryLockError>,
) -> Result<(), std::fs::TryLockError> {
    for _ in 0..LOOKS {
        match lock() {
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(LOOK),
            other => return other,
        }
    }
    lock()
}

const LOOKS: u32 = 10;
const LOOK: std::time::Duration = std::time::Duration::from_millis(10);

/// True where a daemon serves a state directory now.
#[must_use]
pub fn is_daemon_there(directory: &Path) -> bool {
    let lock = File::open(directory.join("daemon.lock"));
    lock.is_ok_and(|lock| {
        matches!(
            lock.try_lock_shared(),
            Err(std::fs::TryLockError::WouldBlock)
        )
    })
}

/// The lock of a state directory: one process writes at a time. The kernel lets go of it when the process dies.
pub struct Lock(File);

/// Takes the lock of a state directory, which is made where it is not there.
///
/// # Errors
/// [`Busy`]; the directory cannot be made or written.
pub fn lock(directory: &Path) -> anyhow::Result<Lock> {
    prepare(directory).map(Lock)
}

impl Store {
    /// Opens the store of a directory whose lock the caller has, to append to it.
    ///
    /// # Errors
    /// The directory cannot be written, or the store is damaged.
    pub fn open_locked(directory: &Path, lock: Lock) -> anyhow::Result<Self> {
        Self::open_as(directory, Some(lock.0))
    }

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
        Self::open_as(directory, lock)
    }

    /// To append where there is a lock, else to read.
    fn open_as(directory: &Path, lock: Option<File>) -> anyhow::Result<Self> {
        let folder = log_folder(directory);
        let told = || format!("failed to open the state store {}", directory.display());
        let (log, signing) = if lock.is_some() {
            fault::hit(Point::StoreLocked);
            let opened = Log::open(&folder, Utc::now(), Sizes::of_this_process());
            let mut log = opened.with_context(told)?;
            let signing = signing::load_or_make(directory, &mut log, Utc::now())?;
            (log, Some(signing))
        } else {
            (Log::open_read(&folder).with_context(told)?, None)
        };
        Ok(Self {
            inner: Arc::new(Mutex::new(Inner { log, signing })),
            sinks: Vec::new(),
            directory: directory.to_owned(),
            _lock: lock.map(Arc::new),
        })
    }

    /// The log for as long as the guard lives; never across an await.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(|poisoned| {
            // Whoever panicked may have been in the middle of a write.
            let mut inner = poisoned.into_inner();
            inner.log.give_up();
            inner
        })
    }

    /// The directory of the store.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// From here on checkpoints are copied to these places.
    #[must_use]
    pub fn publishing_to(mut self, sinks: &[Sink]) -> Self {
        self.sinks = sinks.to_vec();
        self
    }

    /// The key with which anybody verifies this log.
    #[must_use]
    pub fn verifier_key(&self) -> Option<VerifierKey> {
        self.inner().log.key().cloned()
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
        let note = self.sign(at, wish)?;
        if note.is_some() {
            self.publish(at).await;
        }
        Ok(note)
    }

    fn sign(&self, at: DateTime<Utc>, wish: Sign) -> anyhow::Result<Option<String>> {
        let inner = &mut *self.inner();
        if wish == Sign::WhatIsNew && inner.log.is_signed() {
            return Ok(None);
        }
        let key = inner.signing.as_ref().context("the store is only read")?;
        let note = inner.log.checkpoint(at, key);
        note.context("failed to sign the log").map(Some)
    }

    /// Lets a new key sign from here on.
    ///
    /// # Errors
    /// As for [`Store::append`], or the store was opened to be read.
    pub async fn rotate_key(&mut self, at: DateTime<Utc>) -> anyhow::Result<()> {
        let inner = &mut *self.inner();
        let old = inner.signing.as_ref().context("the store is only read")?;
        let new = signing::rotate(&self.directory, &mut inner.log, old, at)?;
        inner.signing = Some(new);
        Ok(())
    }

    /// An error once a write has failed: this process must end.
    ///
    /// # Errors
    /// That.
    pub fn intact(&self) -> anyhow::Result<()> {
        match self.is_broken() {
            true => Err(crate::audit::Unwritable.into()),
            false => Ok(()),
        }
    }

    /// What the log's files take on the disk, as far as they can be looked at.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let entries = std::fs::read_dir(log_folder(&self.directory));
        let known = entries.into_iter().flatten().flatten();
        let lengths = known.filter_map(|one| Some(one.metadata().ok()?.len()));
        lengths.sum()
    }

    /// How many records there are, dropped ones included.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.inner().log.size()
    }

    /// True once a write has failed: this process must end.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.inner().log.is_broken()
    }

    /// The identity of this log; every target that it writes to carries it.
    #[must_use]
    pub fn log_id(&self) -> String {
        self.inner().log.id().to_owned()
    }

    /// The proof that a record is in the log.
    ///
    /// # Errors
    /// The store cannot be read, or has no such record.
    pub fn included(&self, n: u64) -> anyhow::Result<Included> {
        self.inner().log.included(n)
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
        if is_without(Part::Log) && records.iter().all(Record::is_of_a_batch) {
            return Ok(());
        }
        let appended = self.inner().log.append(at, records);
        appended.context("failed to append to the state store")
    }

    /// All records of some kinds, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or holds a record of another version.
    pub async fn records(&mut self, kinds: &[&'static str]) -> anyhow::Result<Vec<Entry>> {
        self.inner().log.entries(|kind| kinds.contains(&kind))
    }

    /// The same, one by one, and none of them kept.
    ///
    /// # Errors
    /// As for [`Store::records`].
    pub async fn each_record(
        &mut self,
        kinds: &[&'static str],
        each: impl FnMut(Entry),
    ) -> anyhow::Result<()> {
        let inner = self.inner();
        inner.log.each_entry(|kind| kinds.contains(&kind), each)
    }

    /// Every line of the log as it is, with its place.
    ///
    /// # Errors
    /// What `each` returns; the store cannot be read, or is broken.
    pub fn lines(&self, each: impl FnMut(u64, &[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.inner().log.lines(each)
    }

    /// A number that no earlier start of this store had (step 0) and that is above the one that a target has seen,
    /// durable before it is used. By how much it rises is left to chance: two copies of one store must not give out
    /// the same numbers, or neither would see from a target that the other one has been there.
    ///
    /// # Errors
    /// As for [`Store::append`], or the system gives no random numbers.
    pub async fn next_epoch(&mut self, at: DateTime<Utc>, seen: i64) -> anyhow::Result<i64> {
        let chance = getrandom::u32().context("the system gives no random numbers")?;
        let mut inner = self.inner();
        let last = inner
            .log
            .entries(|kind| kind == "boot")?
            .iter()
            .filter_map(|entry| match entry.record {
                Record::Boot { epoch } => Some(epoch),
                _ => None,
            })
            .max();
        if seen > EPOCH_MAX {
            bail!(
                "the head row of the database has the epoch {seen}, which no start gives out: somebody wrote it; put \
                 back what was there"
            );
        }
        let epoch = last.unwrap_or(0).max(seen) + 1 + i64::from(chance >> 8);
        let booted = inner.log.append(at, &[Record::Boot { epoch }]);
        booted.context("failed to append to the state store")?;
        drop(inner);
        fault::hit(Point::EpochTaken);
        Ok(epoch)
    }
}

/// Starts raise an epoch by less than 2^24 each: no store comes near this.
const EPOCH_MAX: i64 = i64::MAX / 2;

fn prepare(directory: &Path) -> anyhow::Result<File> {
    files::make_folder(directory)
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
    files::reaffirm_folder(directory)
        .with_context(|| format!("failed to write to {}", directory.display()))?;
    Ok(lock)
}

/// Opens a file that only its owner may read, making it where it is missing.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    files::open(path, &mut options)
}
