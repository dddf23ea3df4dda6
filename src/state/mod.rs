//! What retentiond did and what it was allowed to do: an append-only list of records in a state directory.
//!
//! Apart from `ledger`, because the two witness each other: this store lies beside the program, the ledger inside the
//! target. One process writes at a time (a lock on the directory). A record is a closed type: enumerations, counts,
//! digests, UTC times, names from the schedule; never a value of a row, never a database's error text.

mod key;
mod record;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, SecondsFormat, Utc};

use crate::db::{self, Access, Session};
use crate::diagnostic::{Located, Span};
use crate::ledger;
use crate::schedule::{Connection, Database};
use crate::sql::{Dialect, Sql, Value};

pub use key::DigestKey;
pub use record::{Approval, Effect, Ending, Record, RunReason};

/// Whether a store is only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Read,
    /// Takes the lock: one writer at a time.
    Append,
}

/// An open state store.
pub struct Store {
    session: Session,
    log_id: String,
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

/// A record with its place and its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub record: Record,
}

impl Store {
    /// Opens the store of a directory, creating it where it is to be written.
    ///
    /// # Errors
    /// The directory cannot be made or read, another process writes to it, or the store is damaged.
    pub async fn open(directory: &Path, purpose: Use) -> anyhow::Result<Self> {
        let file = directory.join("state.db");
        if purpose == Use::Read && !file.exists() {
            bail!(
                "there is no state store in {}: nothing has run yet, or the schedule names another directory",
                directory.display()
            );
        }
        let lock = match purpose {
            Use::Append => Some(prepare(directory, &file)?),
            Use::Read => None,
        };
        let access = match purpose {
            Use::Append => Access::Enforce,
            Use::Read => Access::Rehearse,
        };
        let mut session = db::open(&as_database(), directory, access)
            .await
            .with_context(|| format!("failed to open the state store {}", file.display()))?;
        if purpose == Use::Append {
            create(&mut session).await?;
        }
        let log_id = identity(&mut session, purpose).await?;
        Ok(Self {
            session,
            log_id,
            directory: directory.to_owned(),
            _lock: lock,
        })
    }

    /// The identity of this log; every target that it writes to carries it.
    #[must_use]
    pub fn log_id(&self) -> &str {
        &self.log_id
    }

    /// The key of the digests of keys; made where there is none.
    ///
    /// # Errors
    /// The key's file cannot be read or written.
    pub fn digest_key(&self) -> anyhow::Result<DigestKey> {
        DigestKey::load_or_make(&self.directory)
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
        let mut sql = Sql::new(Dialect::Sqlite);
        sql.push("INSERT INTO record (at, kind, run, body) VALUES ");
        let mut bodies = Vec::new();
        for record in records {
            bodies.push((record, serde_json::to_string(record)?));
        }
        let time = at.to_rfc3339_opts(SecondsFormat::Micros, true);
        sql.list(bodies, ", ", |sql, (record, body)| {
            sql.push("(").bind(Value::Text(time.clone())).push(", ");
            sql.bind(Value::Text(record.kind().to_owned())).push(", ");
            let run = record
                .run()
                .map_or(Value::Null, |run| Value::Text(run.to_owned()));
            sql.bind(run).push(", ");
            sql.bind(Value::Text(body)).push(")");
        });
        self.session
            .execute(&sql)
            .await
            .context("failed to append to the state store")?;
        Ok(())
    }

    /// All records of some kinds, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or holds a record of another version.
    pub async fn records(&mut self, kinds: &[&'static str]) -> anyhow::Result<Vec<Entry>> {
        let mut sql = Sql::new(Dialect::Sqlite);
        sql.push("SELECT seq, at, body FROM record WHERE kind IN (");
        sql.list(kinds, ", ", |sql, kind| {
            sql.bind(Value::Text((*kind).to_owned()));
        });
        sql.push(") ORDER BY seq");
        let rows = self.session.rows(&sql).await?;
        rows.iter().map(|row| entry(row)).collect()
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
    DigestKey::load_or_make(directory)
}

fn prepare(directory: &Path, file: &Path) -> anyhow::Result<File> {
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
    private(file).with_context(|| format!("failed to make {}", file.display()))?;
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

/// The store's file, in the directory that is given beside it.
fn as_database() -> Database {
    Database {
        name: Located::new("state".to_owned(), Span { start: 0, end: 0 }),
        connection: Connection::File {
            path: PathBuf::from("state.db"),
        },
        zone: chrono_tz::UTC,
        column_zone: None,
        cadence: None,
        relations: Vec::new(),
    }
}

async fn create(session: &mut Session) -> anyhow::Result<()> {
    // One fsync for each commit instead of three.
    let mode = Sql::literal(Dialect::Sqlite, "PRAGMA journal_mode = WAL");
    session.rows(&mode).await?;
    let sync = Sql::literal(Dialect::Sqlite, "PRAGMA synchronous = FULL");
    session.execute(&sync).await?;
    for statement in ledger::each(include_str!("../../migrations/state/0001_state.sql")) {
        session
            .execute(&Sql::literal(Dialect::Sqlite, statement))
            .await
            .context("failed to create the tables of the state store")?;
    }
    Ok(())
}

async fn identity(session: &mut Session, purpose: Use) -> anyhow::Result<String> {
    let ask = Sql::literal(Dialect::Sqlite, "SELECT log_id FROM identity");
    if let Some(known) = session
        .rows(&ask)
        .await?
        .first()
        .and_then(|row| row.first()?.as_text().map(str::to_owned))
    {
        return Ok(known);
    }
    if purpose == Use::Read {
        bail!("the state store has no identity: it was never written");
    }
    let made = uuid::Uuid::new_v4().to_string();
    let mut sql = Sql::new(Dialect::Sqlite);
    sql.push("INSERT INTO identity (log_id) VALUES (")
        .bind(Value::Text(made.clone()))
        .push(")");
    session.execute(&sql).await?;
    Ok(made)
}

fn entry(row: &[Value]) -> anyhow::Result<Entry> {
    let [seq, at, body] = row else {
        bail!("a record of the state store has the wrong shape");
    };
    let text = body.as_text().context("a record has no body")?;
    let at = at.as_text().context("a record has no time")?;
    Ok(Entry {
        seq: seq.as_int().context("a record has no place")?,
        at: DateTime::parse_from_rfc3339(at)?.with_timezone(&Utc),
        record: serde_json::from_str(text)
            .context("a record of the state store is not of this version")?,
    })
}
