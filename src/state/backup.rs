//! A copy of the state directory that can be put back.
//!
//! It is taken while nobody appends, so that what lies beside the log fits it, and it says in the log that it was taken.
//! Putting it back is recorded too: a database that has seen later starts of this log is then not taken for one that
//! another copy is at work with. Which of two copies that both go on is not told by this: the second one that comes to a
//! database is found out as before.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Record, Sign, Store, Use, log_folder, operator};

/// What a backup says of itself.
const ABOUT: &str = "backup.json";

/// What belongs to a process and not to the store.
const NOT_COPIED: [&str; 6] = [
    "lock",
    "daemon.lock",
    "socket",
    "socket.new",
    "spare",
    ABOUT,
];

/// Longer than any file system's clock stands still.
const TICK: std::time::Duration = std::time::Duration::from_secs(3);

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
    /// Copies the state directory into a folder that is empty or not there. It takes as long as the files are large, and
    /// holds appending up only for what has changed meanwhile.
    ///
    /// # Errors
    /// The folder is not empty or cannot be written; as for [`Store::append`].
    pub async fn back_up(&mut self, to: &Path, now: DateTime<Utc>) -> anyhow::Result<Backup> {
        make_empty(to)?;
        apart(&self.directory, to)?;
        let (from, folder) = (self.directory.clone(), to.to_owned());
        let first = tokio::task::spawn_blocking(move || copy_changed(&from, &folder)).await;
        first
            .context("the thread that copies ended")?
            .with_context(|| format!("failed to copy into {}", to.display()))?;
        let about = self.copy_the_rest(to, now)?;
        self.checkpoint(now, Sign::WhatIsNew).await?;
        Ok(about)
    }

    /// Says that a backup is made and copies what has changed, while nobody appends.
    fn copy_the_rest(&self, to: &Path, now: DateTime<Utc>) -> anyhow::Result<Backup> {
        let backup = uuid::Uuid::now_v7().to_string();
        let told = Record::BackedUp {
            backup: backup.clone(),
            by: operator(),
        };
        let mut inner = self.inner();
        let appended = inner.log.append(now, &[told]);
        appended.context("failed to append to the state store")?;
        copy_changed(&self.directory, to)
            .and_then(|()| remove_others(&self.directory, to))
            .with_context(|| format!("failed to copy into {}", to.display()))?;
        let about = Backup {
            backup,
            log: inner.log.id().to_owned(),
            records: inner.log.size(),
            taken: now,
        };
        drop(inner);
        write_new(&to.join(ABOUT), &serde_json::to_vec_pretty(&about)?)?;
        sync_folder(to)?;
        Ok(about)
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
        crate::files::make_folder(directory)
            .with_context(|| format!("failed to make {}", directory.display()))?;
        // Nobody begins a log there meanwhile.
        let lock = super::prepare(directory)?;
        nothing_else(directory)?;
        copy_changed(from, directory)
            .with_context(|| format!("failed to copy into {}", directory.display()))?;
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

/// The names in a folder that belong to the store, and whether each is a folder.
fn ours(folder: &Path) -> anyhow::Result<Vec<(OsString, bool)>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        // It went meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        let (name, known) = (entry.file_name(), entry.file_type()?);
        let is_ours = !NOT_COPIED.iter().any(|one| name == *one)
            && !name.to_string_lossy().ends_with(".new")
            && (known.is_dir() || known.is_file());
        if is_ours {
            found.push((name, known.is_dir()));
        }
    }
    Ok(found)
}

/// Copies one folder into another, file for file: what is the same already is left.
fn copy_changed(from: &Path, to: &Path) -> anyhow::Result<()> {
    for (name, is_folder) in ours(from)? {
        let place = to.join(&name);
        if !is_folder {
            copy_file(&from.join(&name), &place)?;
            continue;
        }
        match DirBuilder::new().mode(0o700).create(&place) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            other => other?,
        }
        copy_changed(&from.join(&name), &place)?;
    }
    sync_folder(to)
}

/// Removes from a backup that is being made what went between its two looks: a hold that was lifted, a month that has
/// ended. Nothing is ever removed from a state directory.
fn remove_others(from: &Path, to: &Path) -> anyhow::Result<()> {
    let kept = ours(from)?;
    for entry in fs::read_dir(to)? {
        let name = entry?.file_name();
        match kept.iter().find(|(one, _)| *one == name) {
            Some((_, true)) => remove_others(&from.join(&name), &to.join(&name))?,
            Some((_, false)) => {}
            None => remove(&to.join(&name))?,
        }
    }
    sync_folder(to)
}

fn remove(path: &PathBuf) -> anyhow::Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)?;
    } else {
        fs::remove_file(path)?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> anyhow::Result<()> {
    let known = match fs::metadata(from) {
        // It went meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let modified = known.modified()?;
    // Two writes in one tick of the file system's clock look the same.
    let is_settled = modified.elapsed().is_ok_and(|age| age > TICK);
    let is_same = fs::metadata(to)
        .is_ok_and(|copy| copy.len() == known.len() && copy.modified().ok() == Some(modified));
    let is_same = is_same && is_settled;
    if is_same {
        return Ok(());
    }
    match fs::copy(from, to) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    fs::set_permissions(to, fs::Permissions::from_mode(0o600))?;
    let copy = File::options().write(true).open(to)?;
    copy.set_modified(modified)?;
    copy.sync_all()?;
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

fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    File::open(folder)?.sync_all()?;
    Ok(())
}
