//! Making a directory what the store has, and a store what a directory has.
//!
//! Nothing is believed that was not compared: every file by its length and by the digests of its parts; what differs is
//! fetched whole, what the store does not have goes. What a copy has beyond the store was written by somebody whose write
//! never returned, so nobody acted upon it. That is one append to the log at most; where there is more, PostgreSQL has
//! lost what it had confirmed, and that is put aside and told.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::audit::group_of;
use crate::db::Session;
use crate::files;

use super::shared::is_segment;
use super::tables::{self, Known};

/// What was done to make two places the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brought {
    /// Files that were fetched from the store.
    pub fetched: usize,
    /// Files that the store does not have.
    pub removed: usize,
    /// Files that a store without any has taken up.
    pub taken_up: usize,
    /// What this host's copy had beyond the store, more than one write: PostgreSQL has lost it.
    pub set_aside: Vec<PathBuf>,
}

type Outcome = anyhow::Result<(Brought, BTreeSet<String>)>;

/// Makes the directory what the store has.
///
/// # Errors
/// PostgreSQL's; the directory cannot be read or written.
pub(super) async fn bring_up(session: &mut Session, directory: &Path) -> Outcome {
    session.begin().await?;
    tables::as_of_one_moment(session).await?;
    let known = tables::files(session).await?;
    let mut brought = Brought::default();
    for (path, file) in &known {
        if files::is_of_this_host(path) {
            bail!(
                "the state store has a file {path}, which belongs to a host: somebody put it there"
            );
        }
        let is_same = is_same(&directory.join(path), file)
            .with_context(|| format!("failed to read {}", directory.join(path).display()))?;
        if !is_same {
            fetch(session, directory, path, file, &mut brought).await?;
        }
    }
    let last = known.keys().filter(|path| is_segment(path)).max();
    for path in here(directory)? {
        if known.contains_key(&path) {
            continue;
        }
        if is_segment(&path) && last.is_none_or(|last| *last < path) {
            let beyond = used(std::fs::read(directory.join(&path))?);
            put_aside(directory, &path, &beyond, &mut brought)?;
        }
        files::discard_here(directory, &path)
            .with_context(|| format!("failed to remove {}", directory.join(&path).display()))?;
        brought.removed += 1;
    }
    // It has only read.
    session.rollback().await?;
    Ok((brought, known.into_keys().collect()))
}

/// Makes a store that has nothing what the directory has, at once or not at all.
///
/// # Errors
/// PostgreSQL's; the directory cannot be read; the store has something meanwhile.
pub(super) async fn take_up(session: &mut Session, directory: &Path, epoch: i64) -> Outcome {
    session.begin().await?;
    let is_ours = tables::epoch(session).await? == Some(epoch);
    if !is_ours || tables::has_files(session).await? {
        session.rollback().await?;
        bail!("another host came between; start again");
    }
    let all = here(directory)?;
    for path in &all {
        let held = std::fs::read(directory.join(path))
            .with_context(|| format!("failed to read {}", directory.join(path).display()))?;
        tables::carry_out(session, &files::whole(path.clone(), held)).await?;
    }
    session.commit().await?;
    let brought = Brought {
        taken_up: all.len(),
        ..Brought::default()
    };
    Ok((brought, all))
}

/// The files of a directory that belong to the store, by their ways from it.
fn here(directory: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut ahead = vec![String::new()];
    while let Some(way) = ahead.pop() {
        let folder = directory.join(&way);
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("failed to read {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = match way.as_str() {
                "" => name,
                way => format!("{way}/{name}"),
            };
            let kind = entry.file_type()?;
            if kind.is_dir() && files::is_of_the_store(&format!("{path}/")) {
                ahead.push(path);
            } else if kind.is_file() && files::is_of_the_store(&path) {
                found.insert(path);
            }
        }
    }
    Ok(found)
}

/// Whether a file is what the store has; without reading its content from there.
fn is_same(path: &Path, known: &Known) -> std::io::Result<bool> {
    let file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    if file.metadata()?.len() != known.length {
        return Ok(false);
    }
    let mut end = 0;
    for piece in &known.pieces {
        // Written over one another: that is rare, and fetched.
        if piece.at < end || !is_zero(&file, end, piece.at)? {
            return Ok(false);
        }
        let held = range(&file, piece.at, piece.length)?;
        if Sha256::digest(&held)[..] != piece.sha256[..] {
            return Ok(false);
        }
        end = piece.at + piece.length;
    }
    is_zero(&file, end, known.length)
}

fn range(file: &File, at: u64, length: u64) -> std::io::Result<Vec<u8>> {
    let length = usize::try_from(length).map_err(std::io::Error::other)?;
    let mut held = vec![0; length];
    file.read_exact_at(&mut held, at)?;
    Ok(held)
}

fn is_zero(file: &File, from: u64, to: u64) -> std::io::Result<bool> {
    let held = range(file, from, to.saturating_sub(from))?;
    Ok(held.iter().all(|byte| *byte == 0))
}

/// Without the zeros at the end.
fn used(mut held: Vec<u8>) -> Vec<u8> {
    let used = held.iter().rposition(|byte| *byte != 0);
    held.truncate(used.map_or(0, |last| last + 1));
    held
}

async fn fetch(
    session: &mut Session,
    directory: &Path,
    path: &str,
    known: &Known,
    brought: &mut Brought,
) -> anyhow::Result<()> {
    let told = || format!("failed to write {}", directory.join(path).display());
    let restored = files::restore(directory, path, known.length).with_context(told)?;
    // Only of a segment all is held at once: it is small, and a log is more than a cache.
    let mut theirs = is_segment(path).then(Vec::new);
    let mut written = Ok(());
    tables::content(session, path, |at, bytes| {
        if written.is_ok() {
            written = restored.write(bytes, at);
        }
        if let (Some(theirs), Ok(at)) = (&mut theirs, usize::try_from(at)) {
            theirs.resize(theirs.len().max(at + bytes.len()), 0);
            theirs[at..at + bytes.len()].copy_from_slice(bytes);
        }
    })
    .await?;
    written.with_context(told)?;
    if let Some(theirs) = theirs
        && let Ok(held) = std::fs::read(directory.join(path))
    {
        let (held, theirs) = (used(held), used(theirs));
        let beyond = match held.strip_prefix(theirs.as_slice()) {
            Some(beyond) => beyond,
            None => &held,
        };
        if held.len() > theirs.len() {
            put_aside(directory, path, beyond, brought)?;
        }
    }
    restored.name().with_context(told)?;
    brought.fetched += 1;
    Ok(())
}

/// Keeps what a copy of the log has beyond the store, unless it is what one write that never returned has left.
fn put_aside(
    directory: &Path,
    path: &str,
    beyond: &[u8],
    brought: &mut Brought,
) -> anyhow::Result<()> {
    if groups(beyond) <= 1 {
        return Ok(());
    }
    let place = files::set_aside(directory, path, beyond)
        .with_context(|| format!("failed to keep what is only in {}", directory.display()))?;
    tracing::error!(
        kept = %place.display(),
        hint = "PostgreSQL has lost what it had confirmed: it was put back to an earlier state, or a standby was \
                promoted that lagged",
        "this host's copy of the log has records that the shared state store does not have"
    );
    brought.set_aside.push(place);
    Ok(())
}

/// How many writes a piece of a log has.
fn groups(beyond: &[u8]) -> usize {
    let lines = beyond.split(|byte| *byte == b'\n');
    let groups = lines.filter(|line| !line.is_empty()).map(group_of);
    groups.collect::<BTreeSet<_>>().len()
}
