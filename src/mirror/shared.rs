//! What a directory is to a shared store: its copy, its beginning, or somebody else's.

use std::path::Path;

use anyhow::{Context, bail};

use crate::audit::Log;
use crate::files;

use super::tables::OwnerRow;

/// The file that says of which store a directory is a copy.
const MARK: &str = "shared";
const LOG: &str = "log";

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    /// A copy, or empty: the store wins.
    Ours,
    /// It has a log and the store has nothing: it is taken up.
    New,
}

/// Judges a directory.
///
/// # Errors
/// It is another store's, or has a log that is not known to be the store's; it cannot be read.
pub(super) fn judge(
    directory: &Path,
    owner: Option<&OwnerRow>,
    is_empty: bool,
    place: &str,
) -> anyhow::Result<Is> {
    let mark = read(directory)?;
    let has_log = has_log(directory);
    let theirs = owner.map(|owner| {
        let log = owner.log.as_deref().unwrap_or("not named yet");
        format!("the state store {} (its log is {log})", owner.store)
    });
    let theirs = theirs.unwrap_or_else(|| "nothing yet".to_owned());
    if let Some(mark) = &mark
        && owner.is_none_or(|owner| owner.store != *mark)
    {
        bail!(
            "the directory {} is a copy of the state store {mark} (its log is {}), and {place} has {theirs}: name the \
             right database in [state.postgres], or another directory",
            directory.display(),
            own_log(directory)
        );
    }
    match (has_log, is_empty) {
        (true, true) => Ok(Is::New),
        (true, false) if mark.is_none() => bail!(
            "the directory {} has the log {}, which was not shared, and {place} has {theirs}: move that directory away \
             and keep it, or name the right database in [state.postgres]",
            directory.display(),
            own_log(directory)
        ),
        _ => Ok(Is::Ours),
    }
}

fn read(directory: &Path) -> anyhow::Result<Option<String>> {
    let path = directory.join(MARK);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("failed to read {}", path.display())),
    }
}

/// Says of which store a directory is a copy, durably, before it becomes one.
///
/// # Errors
/// It cannot be written.
pub(super) fn mark(directory: &Path, store: &str) -> anyhow::Result<()> {
    if read(directory)?.as_deref() == Some(store) {
        return Ok(());
    }
    files::replace(directory, MARK, format!("{store}\n").as_bytes())
        .with_context(|| format!("failed to write {}", directory.join(MARK).display()))
}

fn has_log(directory: &Path) -> bool {
    let entries = std::fs::read_dir(directory.join(LOG));
    let mut names = entries.into_iter().flatten().flatten();
    names.any(|entry| is_segment(&format!("{LOG}/{}", entry.file_name().to_string_lossy())))
}

/// True for a file of the log that holds records.
pub(super) fn is_segment(path: &str) -> bool {
    path.strip_prefix("log/")
        .is_some_and(|name| name.ends_with(".seg"))
}

/// The identity of the log of a directory, for a message.
fn own_log(directory: &Path) -> String {
    match Log::open_read(&directory.join(LOG)) {
        Ok(log) => log.id().to_owned(),
        Err(_) => "not readable".to_owned(),
    }
}
