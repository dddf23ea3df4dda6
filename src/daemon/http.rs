//! `/metrics`, `/healthz` and `/readyz`: what may be read, and nothing that changes anything.

use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;

use crate::disposal::Stop;
use crate::schedule::Listen;

use super::refused::{PAUSE, Refused};

/// The longest request, in bytes, and how long it may take.
const REQUEST_MAX: usize = 8 << 10;
const PATIENCE: Duration = Duration::from_secs(5);
/// So many are answered at once; the next one waits.
const AT_ONCE: usize = 16;

/// Where it is listened.
pub enum Door {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Self::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Door {
    /// Opens it where the schedule says.
    ///
    /// # Errors
    /// The address is taken, or the socket cannot be made.
    pub async fn open(listen: &Listen) -> anyhow::Result<Self> {
        match listen {
            Listen::Tcp(address) => tcp(*address).await,
            Listen::Unix(path) => unix(path),
        }
    }
}

async fn tcp(address: SocketAddr) -> anyhow::Result<Door> {
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("failed to listen on {address}"))?;
    Ok(Door::Tcp(listener))
}

/// Its group may read it, too.
fn unix(path: &Path) -> anyhow::Result<Door> {
    let told = || format!("failed to listen on {}", path.display());
    // One that a killed daemon has left.
    if let Ok(found) = std::fs::symlink_metadata(path) {
        if !found.file_type().is_socket() {
            bail!("{} is there and is no socket", path.display());
        }
        std::fs::remove_file(path).with_context(told)?;
    }
    let listener = UnixListener::bind(path).with_context(told)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).with_context(told)?;
    Ok(Door::Unix(listener, path.to_owned()))
}

/// What is answered: the status, the kind of the text, and the text.
pub type Page = (&'static str, &'static str, String);

/// What is told of each path; `None`: there is nothing.
pub type Pages = Rc<dyn Fn(&str) -> Option<Page>>;

/// Answers until it is to end.
pub async fn serve(door: Rc<Door>, stop: Stop, pages: Pages) {
    let mut answering = JoinSet::new();
    let mut refused = Refused::at("the place for metrics");
    while !stop.requested() {
        while answering.len() >= AT_ONCE {
            answering.join_next().await;
        }
        let next = tokio::time::timeout(super::LOOK, accept(&door));
        match next.await {
            Ok(Ok(stream)) => {
                refused.over();
                let pages = pages.clone();
                answering.spawn_local(async move {
                    let _ = tokio::time::timeout(PATIENCE, answer(stream, &pages)).await;
                });
            }
            Ok(Err(error)) => {
                refused.because(&error);
                tokio::time::sleep(PAUSE).await;
            }
            // Nobody asked.
            Err(_) => {}
        }
        while answering.try_join_next().is_some() {}
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

async fn accept(door: &Door) -> std::io::Result<Box<dyn Stream>> {
    match door {
        Door::Tcp(listener) => {
            let (stream, _) = listener.accept().await?;
            Ok(Box::new(stream))
        }
        Door::Unix(listener, _) => {
            let (stream, _) = listener.accept().await?;
            Ok(Box::new(stream))
        }
    }
}

async fn answer(mut stream: Box<dyn Stream>, pages: &Pages) -> std::io::Result<()> {
    let mut held = Vec::new();
    let (status, kind, body, has_body) = loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&held) {
            Ok(httparse::Status::Complete(_)) => {
                let method = request.method.unwrap_or_default();
                let path = request.path.unwrap_or_default();
                let (status, kind, body) = respond(method, path, pages);
                break (status, kind, body, method != "HEAD");
            }
            Ok(httparse::Status::Partial) if held.len() < REQUEST_MAX => {}
            Ok(httparse::Status::Partial) | Err(_) => {
                break ("400 Bad Request", TEXT, "not understood\n".to_owned(), true);
            }
        }
        let mut bytes = [0; 1024];
        match stream.read(&mut bytes).await? {
            0 => return Ok(()),
            count => held.extend_from_slice(&bytes[..count]),
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\
         cache-control: no-store\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    if has_body {
        stream.write_all(body.as_bytes()).await?;
    }
    stream.shutdown().await
}

const TEXT: &str = "text/plain; charset=utf-8";
/// Of the text format of Prometheus.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

fn respond(method: &str, path: &str, pages: &Pages) -> Page {
    let path = path.split('?').next().unwrap_or_default();
    if !matches!(method, "GET" | "HEAD") {
        return ("405 Method Not Allowed", TEXT, "only GET\n".to_owned());
    }
    let nothing = "there is /metrics, /healthz and /readyz\n";
    pages(path).unwrap_or(("404 Not Found", TEXT, nothing.to_owned()))
}

/// Metrics, as they are written.
pub fn metrics(text: String) -> Page {
    ("200 OK", METRICS, text)
}

/// That all is well, in a word, or why not.
pub fn told(why_not: Option<&str>, fine: &str) -> Page {
    match why_not {
        None => ("200 OK", TEXT, format!("{fine}\n")),
        Some(why) => ("503 Service Unavailable", TEXT, format!("{why}\n")),
    }
}
