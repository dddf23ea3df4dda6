//! A directory: a file for each checkpoint.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, ensure};

use crate::files;

use super::Sent;

/// Puts a checkpoint into a directory. Only the same is ever written over a file that is there already: it
/// is this checkpoint, of which nobody knows whether it is durable, or the beginning of it that a crash left; anything
/// else is evidence of another history.
///
/// # Errors
/// The system's; the directory holds another checkpoint of the same size, or one over more records than the log has.
pub(super) fn put(folder: &Path, what: &Sent) -> anyhow::Result<()> {
    refuse_more(folder, what)?;
    let path = folder.join(what.name());
    let doing = || format!("failed to write {}", path.display());
    match std::fs::read(&path) {
        Ok(there) => {
            ensure!(
                what.note.as_bytes().starts_with(&there),
                "{} holds another checkpoint of the same size: the log was changed, or this is another copy of it",
                path.display()
            );
            // All of it once more, also where it is whole: whoever wrote it may not know whether the disk took it. Two
            // that write it at once write the same.
            match files::copy_out(&path, what.note.as_bytes()) {
                // What may only grow is right already, or grows.
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    let rest = &what.note.as_bytes()[there.len()..];
                    if !rest.is_empty() {
                        let file = OpenOptions::new().append(true).open(&path);
                        file.and_then(|mut file| {
                            file.write_all(rest)?;
                            file.sync_all()
                        })
                        .with_context(doing)?;
                    }
                }
                other => other.with_context(doing)?,
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            files::copy_out(&path, what.note.as_bytes()).with_context(doing)?;
        }
        Err(error) => return Err(error).with_context(doing),
    }
    Ok(())
}

/// A log that was cut, or put back from an old copy, is behind what it once published. A directory that does not let
/// itself be listed cannot tell.
fn refuse_more(folder: &Path, what: &Sent) -> anyhow::Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    let before = format!("{}.", what.log_id());
    let most = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_str()?.to_owned();
            let size = name.strip_prefix(&before)?.strip_suffix(".checkpoint")?;
            size.parse::<u64>().ok()
        })
        .max()
        .unwrap_or(0);
    // Another process may have gone on and published since.
    let known = crate::audit::last_note(&what.log)
        .ok()
        .flatten()
        .and_then(|note| super::Checkpoint::read(super::open(&note).ok()?.text).ok())
        .map_or(0, |last| last.size);
    ensure!(
        most <= what.checkpoint.size.max(known),
        "{} holds a checkpoint over {most} records, and this log has signed {}: it was cut, or put back from an old \
         copy",
        folder.display(),
        what.checkpoint.size
    );
    Ok(())
}
