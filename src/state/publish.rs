//! Copying checkpoints to places that this host cannot change.
//!
//! A checkpoint covers all before it, so only the last one is worth sending: what could not be sent is made good by the
//! next. Nothing here can hold a removal up: a directory is written, a datagram is sent, and neither is waited for.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::audit::note::{Checkpoint, open};
use crate::schedule::Sink;

/// "Security, notice" in RFC 5424.
const PRIORITY: u32 = 4 * 8 + 5;

/// Sends a note everywhere; gives how many places took it. What failed is told in the log of the program.
pub fn publish(sinks: &[Sink], note: &str) -> usize {
    let mut taken = 0;
    for sink in sinks {
        match send(sink, note) {
            Ok(()) => taken += 1,
            Err(error) => {
                tracing::error!("the checkpoint was not published to {sink}: {error:#}");
            }
        }
    }
    taken
}

fn send(sink: &Sink, note: &str) -> anyhow::Result<()> {
    let checkpoint = Checkpoint::read(open(note)?.text)?;
    match sink {
        Sink::Directory(folder) => put(folder, &checkpoint, note),
        Sink::Syslog(socket) => tell(socket, &checkpoint, note),
    }
}

/// A file that is there already is never touched: it is this checkpoint, or evidence of another history.
fn put(folder: &Path, checkpoint: &Checkpoint, note: &str) -> anyhow::Result<()> {
    let log = checkpoint.origin.rsplit('/').next().unwrap_or_default();
    let path = folder.join(format!("{log}.{:020}.checkpoint", checkpoint.size));
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(&path);
    match made {
        Ok(mut file) => file
            .write_all(note.as_bytes())
            .and_then(|()| file.sync_all())?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let there = std::fs::read_to_string(&path)?;
            anyhow::ensure!(
                there == note,
                "{} holds another checkpoint of the same size: the log was changed, or this is another copy of it",
                path.display()
            );
        }
        Err(error) => {
            return Err(error).with_context(|| format!("failed to make {}", path.display()));
        }
    }
    Ok(())
}

/// One line, from which the note can be had again.
fn tell(socket: &Path, checkpoint: &Checkpoint, note: &str) -> anyhow::Result<()> {
    let sender = UnixDatagram::unbound()?;
    // A log that does not listen must not make us wait.
    sender.set_nonblocking(true)?;
    let message = format!(
        "<{PRIORITY}>retentiond[{}]: checkpoint {} {} {}",
        std::process::id(),
        checkpoint.origin,
        checkpoint.size,
        BASE64.encode(note)
    );
    sender
        .send_to(message.as_bytes(), socket)
        .with_context(|| format!("failed to write to {}", socket.display()))?;
    Ok(())
}
