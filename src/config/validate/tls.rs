//! How a connection is protected. The safe answer is the default; the others have ugly names.

use crate::config::document::DatabaseTable;
use crate::diagnostic::{Fault, Located};
use crate::schedule::{Endpoint, Tls, TlsMode};

use super::connection::is_loopback;
use super::reader::Reader;

/// The protection that a database's table asks for, or what holds without a word.
pub(super) fn tls(
    table: &DatabaseTable,
    endpoint: &Endpoint,
    reader: &mut Reader<'_>,
) -> Option<Tls> {
    let this_host = match endpoint {
        Endpoint::Tcp { host, .. } => is_loopback(host),
        Endpoint::Socket { .. } => true,
    };
    let mode = match &table.tls {
        Some(text) => asked(text, this_host, endpoint, reader),
        // Who names a certificate wants it used, also on this host.
        None if this_host && !names_certificates(table) => Some(TlsMode::DisableOnLoopback),
        None => Some(TlsMode::VerifyFull),
    };
    let ca = path(table.tls_ca.as_ref(), reader);
    let certificate = path(table.tls_certificate.as_ref(), reader);
    let key = path(table.tls_key.as_ref(), reader);
    let mode = mode?;
    refuse_unused(table, mode, reader)?;
    refuse_half_a_pair(table, reader)?;
    Some(Tls {
        mode,
        ca: ca?,
        certificate: certificate?,
        key: key?,
    })
}

fn names_certificates(table: &DatabaseTable) -> bool {
    table.tls_ca.is_some() || table.tls_certificate.is_some() || table.tls_key.is_some()
}

fn asked(
    text: &Located<String>,
    this_host: bool,
    endpoint: &Endpoint,
    reader: &mut Reader<'_>,
) -> Option<TlsMode> {
    let mode = reader.word(text)?;
    let over_network = mode == TlsMode::DisableOnLoopback && !this_host;
    let over_socket = matches!(endpoint, Endpoint::Socket { .. });
    if over_network {
        let fault = Fault::error(text.at, "the server is not on this host")
            .hint("write \"verify-full\", or connect to localhost, 127.0.0.1, ::1 or a socket");
        reader.push(fault);
        return None;
    }
    if over_socket && mode != TlsMode::DisableOnLoopback {
        let fault = Fault::error(text.at, "a socket stays on this host and has no TLS");
        reader.push(fault.hint("remove `tls`, or connect with `host`"));
        return None;
    }
    Some(mode)
}

/// Inner `None`: not written; outer: a fault.
#[expect(
    clippy::option_option,
    reason = "a fault and a file left out are two answers"
)]
fn path(
    path: Option<&Located<String>>,
    reader: &mut Reader<'_>,
) -> Option<Option<std::path::PathBuf>> {
    match path {
        None => Some(None),
        Some(path) => reader.path(path).map(Some),
    }
}

/// A file that this mode would ignore was meant to protect something.
fn refuse_unused(table: &DatabaseTable, mode: TlsMode, reader: &mut Reader<'_>) -> Option<()> {
    let (ca_is_used, pair_is_used) = match mode {
        TlsMode::VerifyFull | TlsMode::VerifyCa => (true, true),
        TlsMode::UnsafeEncryptOnly => (false, true),
        TlsMode::DisableOnLoopback | TlsMode::UnsafePlaintext => (false, false),
    };
    let files = [
        ("tls-ca", &table.tls_ca, ca_is_used),
        ("tls-certificate", &table.tls_certificate, pair_is_used),
        ("tls-key", &table.tls_key, pair_is_used),
    ];
    let mut fits = Some(());
    for (key, file, is_used) in files {
        if let Some(file) = file
            && !is_used
        {
            let fault = Fault::error(file.at, format!("`{key}` has no effect on this connection"))
                .hint("write tls = \"verify-full\", or remove it");
            reader.push(fault);
            fits = None;
        }
    }
    fits
}

fn refuse_half_a_pair(table: &DatabaseTable, reader: &mut Reader<'_>) -> Option<()> {
    let (lonely, other) = match (&table.tls_certificate, &table.tls_key) {
        (Some(certificate), None) => (certificate, "tls-key"),
        (None, Some(key)) => (key, "tls-certificate"),
        (Some(_), Some(_)) | (None, None) => return Some(()),
    };
    let fault = Fault::error(lonely.at, format!("this needs a `{other}` as well"));
    reader.push(fault.hint("a certificate and its key go together"));
    None
}
