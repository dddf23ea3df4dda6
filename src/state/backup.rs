//! A copy of the state directory that can be put back.
//!
//! It is taken while nobody appends, so that what lies beside the log fits it, and it says in the log that it was taken.
//! Putting it back is recorded too: a database that has seen later starts of this log is then not taken for one that
//! another copy is at work with. Which of two copies that both go on is not told by this: the second one that comes to a
//! database is found out as before.

mod copy;

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Record, Sign, Store, Use, log_folder, operator};

use copy::{Copied, Rest, sync_folder};

/// What a backup says of itself.
const ABOUT: &str = "backup.json";

/// What belongs to a process and not to the store.
const NOT_COPIED: [&str; 8] = [
    "lock",
    "daemon.lock",
    "socket",
    "socket.new",
    "spare",
    SHARED,
    "aside",
    ABOUT,
];

/// Says that a directory is a copy of a state store that several hosts share (`mirror`).
const SHARED: &str = "shared";

/// So often it is copied what has changed meanwhile, before the last piece is taken while nobody appends.
const PASSES_MAX: u32 = 4;
/// So little, in bytes, is taken in one piece.
const LITTLE: u64 = 4 << 20;

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Backup {
    /// Names it in the log.
    pub backup: String,
    /// The identity of the log.
    pub log: String,
    /// How many records it has.
    pub records: u64,
    pub taken: DateTime<Utc>,
}

impl Store {
    /// Copies the state directory into a folder that is empty or not there. It takes as long as the files are large and
    /// the place is slow; appending is held up for as long as it takes to read what has changed at last.
    ///
    /// # Errors
    /// The folder is not empty or cannot be written; as for [`Store::append`].
    pub async fn back_up(&mut self, to: &Path, now: DateTime<Utc>) -> anyhow::Result<Backup> {
        make_empty(to)?;
        apart(&self.directory, to)?;
        let copied = self.copy_until_little_is_left(to).await?;
        let (about, rest) = self.read_the_rest(&copied, now)?;
        let (folder, told) = (to.to_owned(), about.clone());
        let last = tokio::task::spawn_blocking(move || {
            rest.write(&folder)?;
            write_new(&folder.join(ABOUT), &serde_json::to_vec_pretty(&told)?)?;
            sync_folder(&folder)
        });
        done(last.await, to)?;
        self.checkpoint(now, Sign::WhatIsNew).await?;
        Ok(about)
    }

    async fn copy_until_little_is_left(&self, to: &Path) -> anyhow::Result<Copied> {
        let (from, folder) = (self.directory.clone(), to.to_owned());
        let all = tokio::task::spawn_blocking(move || {
            let mut copied = Copied::default();
            for _ in 0..PASSES_MAX {
                if copied.pass(&from, &folder)? <= LITTLE {
                    break;
                }
            }
            Ok(copied)
        });
        done(all.await, to)
    }

    /// Says that a backup is made and reads what has changed, while nobody appends: from the disk of the log, and into
    /// memory. The place that it goes to may be slow, and a run may stand in a transaction.
    fn read_the_rest(&self, copied: &Copied, now: DateTime<Utc>) -> anyhow::Result<(Backup, Rest)> {
        let backup = uuid::Uuid::now_v7().to_string();
        let told = Record::BackedUp {
            backup: backup.clone(),
            by: operator(),
        };
        let mut inner = self.inner();
        let appended = inner.log.append(now, &[told]);
        appended.context("failed to append to the state store")?;
        let rest = copied
            .rest(&self.directory)
            .with_context(|| format!("failed to read what is in {}", self.directory.display()))?;
        let about = Backup {
            backup,
            log: inner.log.id().to_owned(),
            records: inner.log.size(),
            taken: now,
        };
        Ok((about, rest))
    }

    /// Puts a backup into a state directory that has no log, and says so in the log.
    ///
    /// # Errors
    /// The folder is no backup, or is damaged; the directory has a log, or cannot be written.
    pub async fn put_back(
        directory: &Path,
        from: &Path,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Backup> {
        let about = fs::read(from.join(ABOUT))
            .with_context(|| format!("{} is no backup of a state directory", from.display()))?;
        let about: Backup = serde_json::from_slice(&about)
            .with_context(|| format!("{} is damaged", from.join(ABOUT).display()))?;
        if log_folder(directory).exists() {
            bail!(
                "there is a log in {}: move that directory away, and keep it until nobody asks for it any more",
                directory.display()
            );
        }
        if directory.join(SHARED).exists() {
            bail!(
                "{} is a copy of a state store that several hosts share, and takes no other log: put the backup into an \
                 empty directory",
                directory.display()
            );
        }
        crate::files::make_folder(directory)
            .with_context(|| format!("failed to make {}", directory.display()))?;
        // Nobody begins a log there meanwhile.
        let lock = super::prepare(directory)?;
        nothing_else(directory)?;
        let pass = Copied::default().pass(from, directory);
        pass.with_context(|| format!("failed to copy into {}", directory.display()))?;
        drop(lock);
        let mut store = Self::open(directory, Use::Append).await?;
        if store.log_id() != about.log {
            bail!("{} has the log of another backup", from.display());
        }
        let told = Record::PutBack {
            backup: about.backup.clone(),
            by: operator(),
        };
        store.append(now, &told).await?;
        store.checkpoint(now, Sign::WhatIsNew).await?;
        Ok(about)
    }
}

/// What a thread that copies has come to.
fn done<T>(
    joined: Result<anyhow::Result<T>, tokio::task::JoinError>,
    to: &Path,
) -> anyhow::Result<T> {
    let done = joined.context("the thread that copies ended")?;
    done.with_context(|| format!("failed to copy into {}", to.display()))
}

fn make_empty(folder: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().mode(0o700).create(folder);
    match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        other => return other.with_context(|| format!("failed to make {}", folder.display())),
    }
    let mut entries =
        fs::read_dir(folder).with_context(|| format!("failed to read {}", folder.display()))?;
    if entries.next().is_some() {
        bail!(
            "{} is not empty: name a folder of its own for each backup",
            folder.display()
        );
    }
    Ok(())
}

/// A backup within what it copies would copy itself.
fn apart(state: &Path, to: &Path) -> anyhow::Result<()> {
    let doing = |path: &Path| format!("failed to look up {}", path.display());
    let from = state.canonicalize().with_context(|| doing(state))?;
    let into = to.canonicalize().with_context(|| doing(to))?;
    if into.starts_with(&from) || from.starts_with(&into) {
        bail!(
            "{} and the state directory {} lie in each other: name a folder elsewhere, best on another disk",
            to.display(),
            state.display()
        );
    }
    Ok(())
}

/// What is in a directory belongs to somebody who may want it back.
fn nothing_else(directory: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        if !NOT_COPIED.iter().any(|one| name == *one) {
            bail!(
                "{} is not empty ({} is there): move what is in it elsewhere first",
                directory.display(),
                name.display()
            );
        }
    }
    Ok(())
}

fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        fs::write(path, bytes)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        File::open(path)?.sync_all()
    };
    write().with_context(|| format!("failed to write {}", path.display()))
}
