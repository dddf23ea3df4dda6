//! What lies beside the segments: the folder itself, and the last checkpoint.

use std::path::Path;

use anyhow::Context;

use super::super::CHECKPOINT;
use super::super::note::{self, Checkpoint};

/// The note of the checkpoint that lies beside the segments; `None`: nothing was signed yet.
///
/// # Errors
/// It cannot be read.
pub fn last_note(folder: &Path) -> anyhow::Result<Option<String>> {
    let path = folder.join(CHECKPOINT);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("failed to read {}", path.display())),
    }
}

/// The checkpoint that lies beside the segments.
pub(super) fn last_checkpoint(folder: &Path) -> anyhow::Result<Option<Checkpoint>> {
    let Some(text) = last_note(folder)? else {
        return Ok(None);
    };
    let read = note::open(&text).and_then(|note| Checkpoint::read(note.text));
    read.map(Some)
        .with_context(|| format!("{} is damaged", folder.join(CHECKPOINT).display()))
}
