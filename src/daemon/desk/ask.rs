//! The verb's end of the socket.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use crate::state::is_daemon_there;

use super::{Question, Then, Told};

/// How long a daemon that begins or ends is waited for: a minute.
const TRIES: u32 = 240;
const PAUSE: Duration = Duration::from_millis(250);

/// A daemon serves the state directory, and cannot be spoken to.
#[derive(Debug)]
pub struct Unreachable(String);

impl std::fmt::Display for Unreachable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "a daemon serves the state directory and does not answer on its socket ({}): ask as the user that it runs as, or \
             as root",
            self.0
        )
    }
}

impl std::error::Error for Unreachable {}

/// The socket of the daemon that serves a state directory; `None` where none does.
///
/// # Errors
/// [`Unreachable`].
pub async fn reach(state: &Path, socket: &Path) -> Result<Option<UnixStream>, Unreachable> {
    for _ in 0..TRIES {
        match UnixStream::connect(socket).await {
            Ok(stream) => return Ok(Some(stream)),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Err(Unreachable(error.to_string()));
            }
            // One that was killed has left its socket behind; one that begins has none yet.
            Err(_) if is_daemon_there(state) => tokio::time::sleep(PAUSE).await,
            Err(_) => return Ok(None),
        }
    }
    Err(Unreachable("it did not for a minute".to_owned()))
}

/// A question that was asked, and its answer as it comes.
pub struct Asking {
    lines: Lines<BufReader<OwnedReadHalf>>,
    write: OwnedWriteHalf,
}

impl Asking {
    /// Asks.
    ///
    /// # Errors
    /// The daemon has gone away.
    pub async fn begin(stream: UnixStream, question: &Question) -> anyhow::Result<Self> {
        let (read, mut write) = stream.into_split();
        let mut line = serde_json::to_vec(question)?;
        line.push(b'\n');
        // One that refuses may have said so and hung up before the line was at its end.
        let _ = write.write_all(&line).await;
        Ok(Self {
            lines: BufReader::new(read).lines(),
            write,
        })
    }

    /// The next line of the answer.
    ///
    /// # Errors
    /// The daemon has gone away before the end of its answer.
    pub async fn next(&mut self) -> anyhow::Result<Told> {
        let line = self.lines.next_line().await.ok().flatten();
        let line = line.context(
            "the daemon ended before it had answered; what it has done is in the log (`audit show`, `hold list`, `erase list`)",
        )?;
        serde_json::from_str(&line).context("the daemon's answer is not understood")
    }

    /// Asks for a stop between two batches.
    pub async fn stop(&mut self) {
        if let Ok(mut line) = serde_json::to_vec(&Then::Stop) {
            line.push(b'\n');
            let _ = self.write.write_all(&line).await;
        }
    }
}
