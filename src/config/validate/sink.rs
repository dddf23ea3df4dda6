//! A place that keeps checkpoints.

use url::Url;

use crate::config::document::SinkTable;
use crate::diagnostic::{Fault, Located, Span};
use crate::schedule::{Bucket, Sink, Syslog, Webhook};

use super::connection::is_loopback;
use super::reader::{Inside, Reader};
use super::secret::{SINK_SECRET, secret};

/// The key that makes a table one kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Directory,
    Syslog,
    Webhook,
    Bucket,
}

const KINDS: [(&str, Kind); 4] = [
    ("directory", Kind::Directory),
    ("syslog", Kind::Syslog),
    ("webhook", Kind::Webhook),
    ("bucket", Kind::Bucket),
];

/// Keys that mean something to some kinds only.
const BELONG: [(&str, &[Kind]); 8] = [
    ("header", &[Kind::Webhook]),
    ("secret", &[Kind::Webhook]),
    ("endpoint", &[Kind::Bucket]),
    ("region", &[Kind::Bucket]),
    ("prefix", &[Kind::Bucket]),
    ("access-key", &[Kind::Bucket]),
    ("secret-key", &[Kind::Bucket]),
    ("tls-ca", &[Kind::Webhook, Kind::Bucket]),
];

const DEFAULT_HEADER: &str = "Authorization";
const DEFAULT_REGION: &str = "us-east-1";
const INSIDE: &str = "bucket";

/// The place that a table describes.
pub(super) fn sink(table: &Located<SinkTable>, reader: &mut Reader<'_>) -> Option<Sink> {
    let kind = kind(table, reader)?;
    let fits = refuse_foreign_keys(table, kind, reader);
    let sink = match kind {
        Kind::Directory => reader.path(table.directory.as_ref()?).map(Sink::Directory),
        Kind::Syslog => syslog(table.syslog.as_ref()?, reader).map(Sink::Syslog),
        Kind::Webhook => webhook(table, reader).map(Sink::Webhook),
        Kind::Bucket => bucket(table, reader).map(Sink::Bucket),
    };
    sink.filter(|_| fits)
}

fn kind(table: &Located<SinkTable>, reader: &mut Reader<'_>) -> Option<Kind> {
    let written = [
        table.directory.is_some(),
        table.syslog.is_some(),
        table.webhook.is_some(),
        table.bucket.is_some(),
    ];
    let mut found = KINDS.iter().zip(written).filter(|(_, written)| *written);
    match (found.next(), found.next()) {
        (Some(((_, kind), _)), None) => Some(*kind),
        (first, _) => {
            let sentence = if first.is_some() {
                "a checkpoint is published to one place in each table"
            } else {
                "this table does not say where checkpoints are published to"
            };
            let hint = "write { directory = \"/mnt/evidence\" }, { syslog = \"/dev/log\" } or { webhook = \"https://…\" }";
            let fault = Fault::error(table.at, sentence).hint(hint);
            reader.missing(table.at, &KINDS.map(|(key, _)| key), fault);
            None
        }
    }
}

fn refuse_foreign_keys(table: &SinkTable, kind: Kind, reader: &mut Reader<'_>) -> bool {
    let at = |text: &Option<Located<String>>| text.as_ref().map(|one| one.at);
    let written: [Option<Span>; 8] = [
        at(&table.header),
        table.secret.as_ref().map(|one| one.at),
        at(&table.endpoint),
        at(&table.region),
        at(&table.prefix),
        table.access_key.as_ref().map(|one| one.at),
        table.secret_key.as_ref().map(|one| one.at),
        at(&table.tls_ca),
    ];
    let mut fits = true;
    for ((key, kinds), at) in BELONG.iter().zip(written) {
        if let Some(at) = at
            && !kinds.contains(&kind)
        {
            let called = KINDS.iter().find(|(_, one)| *one == kind);
            let called = called.map_or("place", |(name, _)| name);
            let fault = Fault::error(at, format!("`{key}` means nothing to a {called}"));
            reader.push(fault.hint("remove it"));
            fits = false;
        }
    }
    fits
}

fn syslog(text: &Located<String>, reader: &mut Reader<'_>) -> Option<Syslog> {
    let Some((scheme, to)) = text.value.split_once("://") else {
        return reader.path(text).map(Syslog::Socket);
    };
    let is_address = to.rsplit_once(':').is_some_and(|(host, port)| {
        let is_host = |c: char| c.is_alphanumeric() || "-._[]:".contains(c);
        !host.is_empty() && host.chars().all(is_host) && port.parse::<u16>().is_ok_and(|n| n > 0)
    });
    match scheme {
        "udp" if is_address => Some(Syslog::Udp(to.to_owned())),
        "tcp" if is_address => Some(Syslog::Tcp(to.to_owned())),
        _ => {
            let fault = Fault::error(text.at, "this is no place of a system log");
            reader.push(fault.hint(
                "write the socket of this host, \"/dev/log\", or another host with its port: \
                 \"udp://log.example.com:514\", \"tcp://log.example.com:601\"",
            ));
            None
        }
    }
}

fn webhook(table: &Located<SinkTable>, reader: &mut Reader<'_>) -> Option<Webhook> {
    let url = address(table.webhook.as_ref()?, reader);
    let secret = match &table.secret {
        None => Some(None),
        Some(written) => secret(written, &SINK_SECRET, reader).map(Some),
    };
    let header = match &table.header {
        None => Some(DEFAULT_HEADER.to_owned()),
        Some(name) => header_name(name, reader),
    };
    if let (Some(name), None) = (&table.header, &table.secret) {
        let fault = Fault::error(name.at, "this header has no value");
        reader.missing(
            table.at,
            &["secret"],
            fault.hint("say where it is kept: secret = { file = \"evidence-secret\" }"),
        );
        return None;
    }
    let ca = ca(table, reader);
    let (url, host) = url?;
    let header = header?;
    Some(Webhook {
        url: url.to_string(),
        host,
        header: secret?.map(|source| (header, source)),
        ca: ca?,
    })
}

fn header_name(name: &Located<String>, reader: &mut Reader<'_>) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !name.value.is_empty() && name.value.chars().all(fits) {
        return Some(name.value.clone());
    }
    let fault = Fault::error(name.at, "this is not the name of a header");
    reader.push(fault.hint("write the name alone, such as \"Authorization\" or \"X-Api-Key\""));
    None
}

fn bucket(table: &Located<SinkTable>, reader: &mut Reader<'_>) -> Option<Bucket> {
    let inside = Inside {
        what: INSIDE,
        at: table.at,
    };
    let name = bucket_name(table.bucket.as_ref()?, reader);
    let hint = "name the store: endpoint = \"https://s3.eu-central-1.amazonaws.com\"";
    let endpoint = reader
        .required(table.endpoint.as_ref(), "endpoint", inside, hint)
        .and_then(|text| root_address(text, reader));
    let mut key = |written: Option<_>, name: &str| {
        let hint = format!("say where it is kept: {name} = {{ file = \"…\" }}");
        let written = reader.required(written, name, inside, &hint)?;
        secret(written, &SINK_SECRET, reader)
    };
    let access_key = key(table.access_key.as_ref(), "access-key");
    let secret_key = key(table.secret_key.as_ref(), "secret-key");
    let ca = ca(table, reader);
    let text = |text: &Option<Located<String>>, default: &str| {
        let text = text.as_ref().map(|one| one.value.clone());
        text.unwrap_or_else(|| default.to_owned())
    };
    if !cfg!(feature = "object-store") {
        let fault = Fault::error(
            table.bucket.as_ref().map_or(table.at, |one| one.at),
            "this build publishes to no object store",
        );
        reader.push(fault.hint("build it with --features object-store, or publish elsewhere"));
        return None;
    }
    let (endpoint, host) = endpoint?;
    Some(Bucket {
        name: name?,
        endpoint: endpoint.as_str().trim_end_matches('/').to_owned(),
        host,
        region: text(&table.region, DEFAULT_REGION),
        prefix: text(&table.prefix, ""),
        access_key: access_key?,
        secret_key: secret_key?,
        ca: ca?,
    })
}

fn bucket_name(name: &Located<String>, reader: &mut Reader<'_>) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if !name.value.is_empty() && name.value.chars().all(fits) {
        return Some(name.value.clone());
    }
    let fault = Fault::error(name.at, "this is not the name of a bucket");
    reader.push(fault.hint("write the name alone; the store's address is `endpoint`"));
    None
}

/// Inner `None`: not written; outer: a fault.
#[expect(
    clippy::option_option,
    reason = "a fault and a file left out are two answers"
)]
fn ca(table: &SinkTable, reader: &mut Reader<'_>) -> Option<Option<std::path::PathBuf>> {
    match &table.tls_ca {
        None => Some(None),
        Some(path) => reader.path(path).map(Some),
    }
}

/// An address and its host. The fault does not repeat the text: it may hold a secret.
fn address(text: &Located<String>, reader: &mut Reader<'_>) -> Option<(Url, String)> {
    let hint =
        "write \"https://\" and where it is, such as \"https://evidence.example.com/checkpoints\"";
    let Ok(url) = Url::parse(&text.value) else {
        reader.push(Fault::error(text.at, "this is not an address").hint(hint));
        return None;
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    let sentence = match url.scheme() {
        _ if host.is_empty() => Some("this address names no host"),
        "http" if !is_loopback(host.trim_matches(['[', ']'])) => {
            Some("anybody between here and there could read this, and answer in its place")
        }
        "https" | "http" => None,
        _ => Some("this is not an address of HTTP"),
    };
    if let Some(sentence) = sentence {
        reader.push(Fault::error(text.at, sentence).hint(hint));
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        let fault = Fault::error(text.at, "a secret never stands in the schedule");
        reader.push(fault.hint(
            "take the user and the password out of the address, say in `secret` where they are kept, and change \
             them: they have been seen",
        ));
        return None;
    }
    let shown = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    };
    Some((url, shown))
}

/// The same without anything behind the host.
fn root_address(text: &Located<String>, reader: &mut Reader<'_>) -> Option<(Url, String)> {
    let (url, host) = address(text, reader)?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        let fault = Fault::error(text.at, "an endpoint ends with the host");
        reader.push(
            fault.hint("the bucket and what stands before its objects have keys of their own"),
        );
        return None;
    }
    Some((url, host))
}
