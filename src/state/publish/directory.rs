//! A directory: a file for each checkpoint.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, ensure};

use super::Sent;

/// Puts a checkpoint into a directory. A file that is there already is never written over: it is this checkpoint, the
/// beginning of it that a crash left, or evidence of another history.
///
/// # Errors
/// The system's; the directory holds another checkpoint of the same size, or one over more records than the log has.
pub(super) fn put(folder: &Path, what: &Sent) -> anyhow::Result<()> {
    refuse_more(folder, what)?;
    let path = folder.join(what.name());
    let doing = || format!("failed to write {}", path.display());
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(&path);
    let (mut file, there) = match opened {
        Ok(file) => (file, 0),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let there = std::fs::read(&path).with_context(doing)?;
            ensure!(
                what.note.as_bytes().starts_with(&there),
                "{} holds another checkpoint of the same size: the log was changed, or this is another copy of it",
                path.display()
            );
            // All of it once more, also where it is whole: whoever wrote it may not know whether the disk took it. Two
            // that write it at once write the same.
            match OpenOptions::new().write(true).open(&path) {
                Ok(file) => (file, 0),
                // What may only grow is right already, or grows.
                Err(_) if there.len() == what.note.len() => return Ok(()),
                Err(_) => {
                    let file = OpenOptions::new().append(true).open(&path);
                    (file.with_context(doing)?, there.len())
                }
            }
        }
        Err(error) => return Err(error).with_context(doing),
    };
    file.write_all(&what.note.as_bytes()[there..])
        .and_then(|()| file.sync_all())
        .with_context(doing)?;
    match std::fs::File::open(folder) {
        Ok(folder) => folder.sync_all().with_context(doing),
        // It does not let itself be listed.
        Err(_) => Ok(()),
    }
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
