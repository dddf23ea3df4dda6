//! Tables that say where the daemon keeps its own files, and where copies of its checkpoints go.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::shape::TextOr;
use crate::diagnostic::Located;

use crate::config::words;
use crate::schedule::TlsMode;

use super::database::{SecretTable, secret};

/// Where the daemon keeps its own files.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "State")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct StateTable {
    /// The directory of receipts, approvals and keys. A relative path is beside this file. Default:
    /// "/var/lib/retentiond".
    pub directory: Option<Located<String>>,
    /// Where signed checkpoints of the log are copied to, places that this host cannot change: only by one of them is a
    /// log found out that was cut or rewritten as a whole. Default: nowhere.
    pub publish: Option<Vec<Located<SinkTable>>>,
    /// No run begins where no place of `publish` has taken a checkpoint for longer than this, in hours, days or weeks,
    /// such as "2 days". Default: a place that takes none is an error in the daemon's log, and holds nothing up.
    pub require_published: Option<Located<String>>,
    /// For how long records of the log are kept, in months or years: "3 years", a year at least. What is older the daemon
    /// drops once a day, as `audit expire` does; it takes a place in `publish`. Default: for ever.
    pub keep: Option<Located<String>>,
    /// A PostgreSQL database that several hosts share: what lies in `directory` lies there too, one of them serves, and
    /// another takes over when it is gone. Default: the directory alone, and one host.
    pub postgres: Option<Located<SharedTable>>,
}

/// A PostgreSQL database in which the state store lies, for several hosts. The tables are in its schema
/// `retentiond_state`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "SharedState")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct SharedTable {
    /// The server's name or address. A server is reached by `host` or by `socket`.
    pub host: Option<Located<String>>,
    /// The server's port. Default: 5432.
    #[schemars(range(min = 1, max = 65_535))]
    pub port: Option<Located<i64>>,
    /// The directory of the server's Unix socket.
    pub socket: Option<Located<String>>,
    /// The name of the database on the server.
    #[schemars(required)]
    pub database: Option<Located<String>>,
    /// The account that the daemon connects with. Whoever may read its tables has the keys of the log.
    #[schemars(required)]
    pub user: Option<Located<String>>,
    /// Where the password is kept: { file = "…" }, { credential = "…" } or { env = "…" }. Never the password itself.
    /// Left out where the server asks for none.
    #[schemars(schema_with = "secret")]
    #[serde(default)]
    pub password: Option<Located<TextOr<SecretTable>>>,
    /// How the connection is protected. Default: "verify-full" over a network, "disable-on-loopback" over a socket or
    /// to this host.
    #[schemars(schema_with = "words::schema::<TlsMode>")]
    #[serde(default)]
    pub tls: Option<Located<String>>,
    /// A file with the certificate authorities to trust, PEM. Default: those of the system.
    pub tls_ca: Option<Located<String>>,
    /// A file with the certificate that the daemon shows to the server, PEM. Goes with `tls-key`.
    pub tls_certificate: Option<Located<String>>,
    /// A file with the key of `tls-certificate`, PEM.
    pub tls_key: Option<Located<String>>,
}

/// A place that keeps checkpoints: exactly one of `directory`, `syslog`, `webhook` and `bucket`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Sink")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct SinkTable {
    /// A directory, such as one of another host or one that only grows. Each checkpoint is a file of its own there.
    pub directory: Option<Located<String>>,
    /// The socket of the system's log, most often "/dev/log", which forwards to another host; or another host itself:
    /// "udp://log.example.com:514", "tcp://log.example.com:601".
    pub syslog: Option<Located<String>>,
    /// The address of a service that takes each checkpoint by POST: "https://…". A redirect is not followed.
    pub webhook: Option<Located<String>>,
    /// The header of a webhook's request that bears the secret. Default: "Authorization".
    pub header: Option<Located<String>>,
    /// Where the value of that header is kept: { file = "…" }, { credential = "…" } or { env = "…" }.
    #[schemars(schema_with = "secret")]
    #[serde(default)]
    pub secret: Option<Located<TextOr<SecretTable>>>,
    /// A bucket of an object store that speaks S3. Each checkpoint is an object of its own, which is never overwritten.
    /// Only in a build with the feature `object-store`.
    pub bucket: Option<Located<String>>,
    /// The address of the object store, without the bucket: "https://…".
    pub endpoint: Option<Located<String>>,
    /// The region of the bucket. Default: "us-east-1", which stores that have no regions expect.
    pub region: Option<Located<String>>,
    /// What stands before the name of every object, such as "retentiond/". Default: nothing.
    pub prefix: Option<Located<String>>,
    /// Where the access key of the object store is kept.
    #[schemars(schema_with = "secret")]
    #[serde(default)]
    pub access_key: Option<Located<TextOr<SecretTable>>>,
    /// Where the secret key of the object store is kept.
    #[schemars(schema_with = "secret")]
    #[serde(default)]
    pub secret_key: Option<Located<TextOr<SecretTable>>>,
    /// A file with the certificate authorities that a webhook or an object store is trusted by, PEM. Default: those of
    /// the system.
    pub tls_ca: Option<Located<String>>,
}
