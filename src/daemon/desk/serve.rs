//! The daemon's end of the socket.

use std::cell::RefCell;
use std::future::Future;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixListener;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::disposal::Stop;

use super::super::refused::{PAUSE, Refused};
use super::{Caller, QUESTION_MAX, Question, Then, Told, VERSION};

/// How long a question may take to come: whoever connects and says nothing is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The socket, as long as the daemon serves.
pub struct Desk {
    listener: UnixListener,
    path: PathBuf,
    refused: RefCell<Refused>,
    /// Whose process this is.
    uid: u32,
}

impl Desk {
    /// Listens. A socket that a killed daemon has left is replaced; the caller sees to it that there is one daemon.
    ///
    /// # Errors
    /// The path is another file's, is too long for a socket, or its folder cannot be written.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        // Made beside its place and named when it is its owner's alone.
        let new = path.with_extension("new");
        for path in [path, &new] {
            match std::fs::symlink_metadata(path) {
                Ok(found) if !found.file_type().is_socket() => {
                    bail!("{} is there and is no socket", path.display());
                }
                _ => {}
            }
        }
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("failed to remove {}", new.display()));
            }
            _ => {}
        }
        let told = || {
            format!(
                "failed to listen on {}; `socket` in [daemon] names another place, of 100 bytes at most",
                path.display()
            )
        };
        let listener = UnixListener::bind(&new).with_context(told)?;
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600))
            .with_context(told)?;
        std::fs::rename(&new, path).with_context(told)?;
        let own = std::fs::metadata("/proc/self").context("failed to find out who runs this")?;
        Ok(Self {
            listener,
            path: path.to_owned(),
            refused: RefCell::new(Refused::at("the socket")),
            uid: own.uid(),
        })
    }

    /// The next one who asks; `None` where a connection came to nothing.
    pub async fn next(&self) -> Option<tokio::net::UnixStream> {
        let (stream, _) = match self.listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                self.refused.borrow_mut().because(&error);
                tokio::time::sleep(PAUSE).await;
                return None;
            }
        };
        self.refused.borrow_mut().over();
        match stream.peer_cred() {
            Ok(peer) if peer.uid() == self.uid || peer.uid() == 0 => Some(stream),
            Ok(peer) => {
                tracing::warn!(uid = peer.uid(), "a stranger was sent away from the socket");
                None
            }
            Err(error) => {
                tracing::warn!(%error, "nobody knows who connected to the socket");
                None
            }
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Reads one question, has it answered, and tells the answer as it comes. Nothing here ends what `answer` does before
/// its own end.
pub async fn attend<A, F>(stream: tokio::net::UnixStream, stop: Stop, answer: A)
where
    A: FnOnce(Question, Caller) -> F,
    F: Future<Output = u8>,
{
    let (read, write) = stream.into_split();
    let mut read = BufReader::new(read);
    let (tell, told) = unbounded_channel();
    let telling = tokio::task::spawn_local(write_all(write, told));
    match question(&mut read).await {
        Ok(question) => {
            let caller = Caller {
                tell: tell.clone(),
                stop: stop.clone(),
            };
            let watching = tokio::task::spawn_local(watch(read, stop));
            let code = answer(question, caller).await;
            watching.abort();
            let _ = tell.send(Told::Exit(code));
        }
        Err(why) => {
            let _ = tell.send(Told::Refused(format!("{why:#}")));
        }
    }
    drop(tell);
    let _ = telling.await;
}

async fn question(read: &mut BufReader<OwnedReadHalf>) -> anyhow::Result<Question> {
    let mut line = Vec::new();
    let mut limited = read.take(QUESTION_MAX);
    let coming = limited.read_until(b'\n', &mut line);
    let came = tokio::time::timeout(PATIENCE, coming).await;
    came.context("no question came within ten seconds")??;
    if line.last() != Some(&b'\n') {
        bail!("the question did not come to its end");
    }
    // What does not fit is told without the text: it may have keys of rows.
    let version = serde_json::from_slice::<serde_json::Value>(&line)
        .ok()
        .and_then(|whole| whole.get("version").and_then(serde_json::Value::as_u64));
    if version != Some(VERSION.into()) {
        bail!(
            "the daemon is of version {} and understands version {VERSION} of the protocol alone: use the program that \
             belongs to it, or start it anew",
            env!("CARGO_PKG_VERSION")
        );
    }
    serde_json::from_slice(&line).map_err(|_| anyhow::anyhow!("the question is not understood"))
}

/// Until the caller goes away: then what was asked for stops where it can.
async fn watch(mut read: BufReader<OwnedReadHalf>, stop: Stop) {
    let mut line = String::new();
    loop {
        line.clear();
        let mut limited = (&mut read).take(1024);
        match limited.read_line(&mut line).await {
            Ok(1..) if serde_json::from_str::<Then>(&line).is_err() => {}
            _ => return stop.request(),
        }
    }
}

async fn write_all(mut write: OwnedWriteHalf, mut told: UnboundedReceiver<Told>) {
    while let Some(line) = told.recv().await {
        let Ok(mut bytes) = serde_json::to_vec(&line) else {
            continue;
        };
        bytes.push(b'\n');
        // A caller that is gone hears nothing; one that does not read is not waited for for ever.
        let written = tokio::time::timeout(PATIENCE, write.write_all(&bytes)).await;
        if !matches!(written, Ok(Ok(()))) {
            return;
        }
    }
}

/// The daemon's answer to every question.
pub type Answer<H> = Rc<dyn Fn(Question, Caller, H) -> std::pin::Pin<Box<dyn Future<Output = u8>>>>;
