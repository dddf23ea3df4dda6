//! A database that the schedule names, and how to reach it.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use crate::diagnostic::Located;

use super::{DeclaredKey, DeclaredRelation, Service};

/// One target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Database {
    /// Where in the file it is declared.
    pub name: Located<String>,
    /// How to reach it. Not part of the meaning: a moved server does not change what is removed.
    #[serde(skip)]
    pub connection: Connection,
    /// The zone in which days, months and years begin and end.
    #[serde(serialize_with = "zone_name")]
    pub zone: Tz,
    /// The zone of timestamps that carry none, where a start event does not say it.
    #[serde(serialize_with = "optional_zone_name")]
    pub column_zone: Option<Tz>,
    /// The cron line on which the daemon runs this database's rules.
    #[serde(skip)]
    pub cadence: Option<Located<String>>,
    /// When the daemon may be at work with it, and how hard.
    #[serde(skip)]
    pub service: Service,
    /// What identifies the rows of tables without a primary key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<DeclaredKey>,
    /// References that the schema does not declare.
    pub relations: Vec<DeclaredRelation>,
    /// What tells what became of a batch whose answer never came; less than the ledger has to be accepted.
    #[serde(skip_serializing_if = "Witness::is_ledger")]
    pub assurance: Witness,
}

/// What tells what became of a batch whose answer never came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// Its row in tables of ours, written in the transaction that removes the rows.
    Ledger,
    /// PostgreSQL, asked about the transaction by its number.
    TransactionStatus,
    /// Nothing: it is called unknown.
    Inferred,
}

impl Witness {
    /// True for the assurance that needs no word in the schedule.
    #[must_use]
    pub fn is_ledger(&self) -> bool {
        *self == Self::Ledger
    }
}

/// The kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Engine {
    Postgresql,
    Mysql,
    Mariadb,
    Sqlite,
}

/// How to reach a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    Server {
        engine: Engine,
        endpoint: Endpoint,
        database: String,
        user: String,
        password: Option<SecretSource>,
        tls: Tls,
    },
    File {
        path: PathBuf,
    },
}

impl Connection {
    /// The kind of server behind it.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self {
            Self::Server { engine, .. } => *engine,
            Self::File { .. } => Engine::Sqlite,
        }
    }
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    Tcp {
        host: String,
        port: u16,
    },
    /// PostgreSQL: the directory of the socket; MySQL: the socket itself.
    Socket {
        path: PathBuf,
        port: u16,
    },
}

/// Where a secret is read from, at each connection. Never the schedule itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A file; a relative path is relative to the schedule's file. One trailing newline is not part of the secret.
    File(PathBuf),
    /// A systemd credential: a file of this name in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    /// An environment variable.
    Env(String),
}

/// How the connection is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    pub mode: TlsMode,
    /// A certificate authority of one's own, PEM; none: the system's.
    pub ca: Option<PathBuf>,
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

/// What of the server is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Encrypted; certificate and host name verified. The default over a network.
    VerifyFull,
    /// Encrypted; certificate verified, host name not.
    VerifyCa,
    /// Encrypted; nothing verified: anybody between can read and alter.
    UnsafeEncryptOnly,
    /// Plain text, and the server is on this host: a loopback address or a socket.
    DisableOnLoopback,
    /// Plain text over a network.
    UnsafePlaintext,
}

impl Database {
    /// The day that it is in its zone at a moment: reminders count in the days of the people who read them.
    #[must_use]
    pub fn day(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.zone).date_naive()
    }
}

fn zone_name<S: serde::Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

fn optional_zone_name<S: serde::Serializer>(
    zone: &Option<Tz>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    zone.map(|zone| zone.name()).serialize(serializer)
}
