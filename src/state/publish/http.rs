//! One request over HTTP: TLS as the databases have it, no redirect, no proxy, and an end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

const TIMEOUT: Duration = Duration::from_secs(10);

/// A client that trusts the system's authorities, or those of a file.
///
/// # Errors
/// The file cannot be read, or holds no certificate.
pub(super) fn client(ca: Option<&Path>) -> anyhow::Result<Agent> {
    let roots = match ca {
        Some(path) => of_file(path)?,
        None => of_the_system()?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        // Whoever answers with another address could send our secret there.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(TIMEOUT))
        .user_agent(concat!("retentiond/", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(Agent::new_with_config(config))
}

fn of_file(path: &Path) -> anyhow::Result<Vec<Certificate<'static>>> {
    let pem = std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(one) =
            item.with_context(|| format!("{} is damaged", path.display()))?
        {
            found.push(one);
        }
    }
    ensure!(!found.is_empty(), "{} holds no certificate", path.display());
    Ok(found)
}

fn of_the_system() -> anyhow::Result<Vec<Certificate<'static>>> {
    let found = rustls_native_certs::load_native_certs().certs;
    ensure!(
        !found.is_empty(),
        "this system has no certificate authorities: name one with `tls-ca`"
    );
    let one = |der: &rustls::pki_types::CertificateDer<'_>| Certificate::from_der(der).to_owned();
    Ok(found.iter().map(one).collect())
}

/// Why a request had no answer: words of ours, because a library's may quote an address that is a secret.
pub(super) fn why(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => format!("no answer within {} seconds", TIMEOUT.as_secs()),
        ureq::Error::HostNotFound => "the host has no address".to_owned(),
        ureq::Error::Io(error) => match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            Some(error) => format!("TLS: {error}"),
            None => error.kind().to_string(),
        },
        ureq::Error::Rustls(error) => format!("TLS: {error}"),
        ureq::Error::Tls(_) | ureq::Error::Pem(_) => "TLS failed".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        _ => "this was not HTTP".to_owned(),
    }
}

/// Whether a status says that it was taken.
///
/// # Errors
/// It was not.
pub(super) fn taken(status: u16) -> anyhow::Result<()> {
    match status {
        200..=299 => Ok(()),
        300..=399 => {
            bail!("the answer was {status}: a redirect is not followed, write where it leads to")
        }
        401 | 403 => bail!("the answer was {status}: the secret is not the right one"),
        _ => bail!("the answer was {status}"),
    }
}
