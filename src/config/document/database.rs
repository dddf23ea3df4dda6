//! Tables that say where a database is and how to reach it.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use crate::config::shape::TextOr;
use crate::config::words;
use crate::diagnostic::Located;
use crate::schedule::{Engine, TlsMode, Witness};

use super::ThrottleTable;

/// One database and how to reach it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "Database")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct DatabaseTable {
    /// The kind of database: "postgresql", "mysql", "mariadb" or "sqlite".
    #[schemars(required, schema_with = "words::schema::<Engine>")]
    pub engine: Option<Located<String>>,
    /// The server's name or address. A server is reached by `host` or by `socket`.
    pub host: Option<Located<String>>,
    /// The server's port. Default: 5432 for PostgreSQL, 3306 for MySQL and MariaDB.
    #[schemars(range(min = 1, max = 65_535))]
    pub port: Option<Located<i64>>,
    /// The server's Unix socket: for PostgreSQL the directory it is in, for MySQL and MariaDB the socket itself.
    pub socket: Option<Located<String>>,
    /// The name of the database on the server.
    pub database: Option<Located<String>>,
    /// The account that the daemon connects with.
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
    /// SQLite: the database file. A relative path is beside this schedule.
    pub file: Option<Located<String>>,
    /// The time zone in which days, months and years begin and end, such as "Europe/Amsterdam". Required here or in
    /// [defaults].
    pub time_zone: Option<Located<String>>,
    /// The time zone of timestamps that carry none. A start may say it for its own column.
    pub column_time_zone: Option<Located<String>>,
    /// When the daemon runs this database's rules, as a cron line in its time zone. Left out here and in [defaults]:
    /// only when told to.
    pub cadence: Option<Located<String>>,
    /// What tells what became of a batch whose answer never came. Default: "ledger", two small tables of ours in the
    /// database. Where none may be made: "transaction-status" (PostgreSQL alone), or "inferred", which calls it unknown.
    #[schemars(schema_with = "words::schema::<Witness>")]
    #[serde(default)]
    pub assurance: Option<Located<String>>,
    /// The hours in which the daemon's runs may be at work, in this database's time zone: "01:00-05:00". What is not done
    /// when it closes is done when it opens again. Default: that of [defaults], or always.
    pub window: Option<Located<String>>,
    /// After this long a run of the daemon ends between two batches, such as "2 hours"; the rest is the next one's.
    /// Default: that of [defaults], or as long as it takes.
    pub run_at_most: Option<Located<String>>,
    /// A run of the daemon begins later than its time by chance, up to this, such as "10 minutes". Default: that of
    /// [defaults], or none.
    pub jitter: Option<Located<String>>,
    /// What slows the daemon's runs down. Default: nothing.
    pub throttle: Option<Located<ThrottleTable>>,
    /// What identifies the rows of tables that have no primary key, and no rule.
    pub keys: Option<Vec<Located<KeyTable>>>,
    /// References between tables that the database itself does not declare.
    pub relations: Option<Vec<Located<RelationTable>>>,
}

/// Where a secret is kept; exactly one of the keys.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "Secret")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct SecretTable {
    /// A file. A relative path is beside this schedule. One line end at its end is not part of the secret.
    pub file: Option<Located<String>>,
    /// The name of a systemd credential (LoadCredential= or LoadCredentialEncrypted= in the unit).
    pub credential: Option<Located<String>>,
    /// The name of an environment variable.
    pub env: Option<Located<String>>,
}

/// A string is read as well, and only to be refused with the reason; so the schema knows tables alone.
pub(super) fn secret(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<SecretTable>()
}

/// What identifies a row of a table that has no primary key, for rows that go along with others. It is counted before
/// each run whether it does.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Key")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct KeyTable {
    /// The table: "table", or "schema.table".
    #[schemars(required)]
    pub table: Option<Located<String>>,
    /// The columns that together identify a row. None of their values may be NULL.
    #[schemars(required, length(min = 1))]
    pub columns: Option<Located<Vec<Located<String>>>>,
}

/// A reference between tables that the database itself does not declare.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Relation")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct RelationTable {
    /// The table that refers, "table" or "schema.table".
    #[schemars(required)]
    pub child: Option<Located<String>>,
    /// The child's columns that hold the reference.
    #[schemars(required, length(min = 1))]
    pub columns: Option<Located<Vec<Located<String>>>>,
    /// The table that is referred to.
    #[schemars(required)]
    pub parent: Option<Located<String>>,
    /// The parent's columns that `columns` refer to, in the same order.
    #[schemars(required, length(min = 1))]
    pub parent_columns: Option<Located<Vec<Located<String>>>>,
    /// The key is kept as text, in this form: "{id}", "invoice:{id}", "{tenant_id}/{number}". `columns` names the one
    /// column that holds it. Nothing but this text refers: "042" and " 42" are not 42.
    pub as_text: Option<Located<String>>,
    /// Which rows of the child refer to this parent, as an SQL condition: for a reference by (type, id).
    pub when: Option<Located<String>>,
}
