//! The way to a server, as far as it is the same for all: what is plain text and where it may go, files beside the
//! schedule, and how long we wait for an answer.

use std::future::Future;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::schedule::{Endpoint, Tls, TlsMode};

use super::{Trouble, TroubleKind};

/// How long a server may take to accept a connection and let us in.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// What is known where nobody answered in time.
pub(super) const SILENT: &str = "nothing answered within 10 seconds: check host, port and firewall, and that the server is not overloaded";

/// Refuses plain text to anywhere but this host, unless the schedule says so by its ugly name.
pub(super) fn permit(endpoint: &Endpoint, tls: &Tls) -> Result<(), Trouble> {
    match (tls.mode, endpoint) {
        (TlsMode::DisableOnLoopback, Endpoint::Tcp { host, .. }) if !is_loopback(host) => {
            Err(Trouble::new(
                TroubleKind::Misconfigured,
                format!("connecting to {host} without encryption"),
            )
            .hinting("encryption can be left out on a loopback address or a socket only"))
        }
        _ => Ok(()),
    }
}

/// True for the loopback addresses and for the one name that every resolver must answer with them (RFC 6761).
fn is_loopback(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => bare.eq_ignore_ascii_case("localhost"),
    }
}

/// A file named in the schedule: it must be there, so that the operator learns which one is not.
pub(super) fn file(base: &Path, path: &Path, what: &str) -> Result<PathBuf, Trouble> {
    let path = base.join(path);
    match std::fs::File::open(&path) {
        Ok(_) => Ok(path),
        Err(error) => Err(Trouble::new(
            TroubleKind::Misconfigured,
            format!("reading the {what} {}", path.display()),
        )
        .hinting(match error.kind() {
            std::io::ErrorKind::NotFound => "the file does not exist",
            std::io::ErrorKind::PermissionDenied => "the file cannot be read by this user",
            _ => "the file cannot be read",
        })),
    }
}

/// Waits for a connection no longer than [`CONNECT_WITHIN`]. The attempt itself is never broken off, as no future of
/// a database is: it ends by itself, and a connection that comes too late is closed.
pub(super) async fn within<C, F>(attempt: F) -> Result<C, Option<sqlx::Error>>
where
    C: Send + 'static,
    F: Future<Output = Result<C, sqlx::Error>> + Send + 'static,
{
    let attempt = tokio::spawn(attempt);
    match tokio::time::timeout(CONNECT_WITHIN, attempt).await {
        Ok(Ok(outcome)) => outcome.map_err(Some),
        Ok(Err(_)) | Err(_) => Err(None),
    }
}

/// Where we connect to, for people.
pub(super) fn place(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Tcp { host, port } => format!("{host}:{port}"),
        Endpoint::Socket { path, .. } => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_on_this_host() {
        let tls = |mode| Tls {
            mode,
            ca: None,
            certificate: None,
            key: None,
        };
        let host = |host: &str| Endpoint::Tcp {
            host: host.to_owned(),
            port: 5432,
        };
        for near in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "[::1]",
            "localhost",
            "::ffff:127.0.0.1",
        ] {
            assert!(
                permit(&host(near), &tls(TlsMode::DisableOnLoopback)).is_ok(),
                "{near}"
            );
        }
        for far in [
            "db.example.org",
            "10.0.0.1",
            "127.0.0.1.example.org",
            "localhost.evil",
            "::",
        ] {
            assert!(
                permit(&host(far), &tls(TlsMode::DisableOnLoopback)).is_err(),
                "{far}"
            );
            assert!(permit(&host(far), &tls(TlsMode::UnsafePlaintext)).is_ok());
        }
    }
}
