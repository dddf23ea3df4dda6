//! When certificates end: the one that a server shows, and the one that we show it.
//!
//! Apart from the sessions, because a driver does not tell: a connection of its own asks for encryption, looks at the
//! certificate and goes away. It sends nothing, no name and no password, and so it need not trust whom it looks at.

mod der;
mod look;

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::schedule::{Connection, Endpoint, Engine, TlsMode};

/// How long a server may take for each thing that it is asked.
const PATIENCE: Duration = Duration::from_secs(10);

/// When the certificates of one database end; `None`: there is none, or it could not be looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ends {
    /// That of the server.
    pub server: Option<DateTime<Utc>>,
    /// Ours, by which the server knows us.
    pub client: Option<DateTime<Utc>>,
}

/// Looks at both; `base` is the folder of the schedule. What cannot be looked at is told, and is nothing that stops a run:
/// who connects finds out by itself. It takes some seconds at most, and blocks.
#[must_use]
pub fn certificates(name: &str, connection: &Connection, base: &Path) -> Ends {
    let Connection::Server {
        engine,
        endpoint,
        tls,
        ..
    } = connection
    else {
        return Ends::default();
    };
    let is_plain = matches!(
        tls.mode,
        TlsMode::DisableOnLoopback | TlsMode::UnsafePlaintext
    );
    let server = match endpoint {
        Endpoint::Tcp { host, port } if !is_plain => {
            let shown = look::shown(*engine == Engine::Postgresql, host, *port);
            told(name, "server", shown)
        }
        Endpoint::Tcp { .. } | Endpoint::Socket { .. } => None,
    };
    let own = tls.certificate.as_ref().filter(|_| !is_plain);
    let client = own.and_then(|path| {
        let read = CertificateDer::from_pem_file(base.join(path));
        told(name, "client", read.map_err(|_| "the file has none"))
    });
    Ends { server, client }
}

fn told<E: std::fmt::Display>(
    database: &str,
    of: &str,
    certificate: Result<CertificateDer<'_>, E>,
) -> Option<DateTime<Utc>> {
    let ends = match certificate {
        Ok(certificate) => der::end(&certificate).ok_or_else(|| "it is damaged".to_owned()),
        Err(why) => Err(why.to_string()),
    };
    match ends {
        Ok(ends) => Some(ends),
        Err(why) => {
            tracing::warn!(database, of, why, "a certificate was not looked at");
            None
        }
    }
}
