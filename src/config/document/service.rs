//! Tables that say how the daemon serves a database.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::Located;

/// What slows a run down: all of it between two batches, so nothing waits inside a transaction. The reason stands in the
/// daemon's log, its metrics and `status`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Throttle")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct ThrottleTable {
    /// The share of the time in which batches may be at work: with "25 %" a batch of 20 ms is followed by 60 ms of rest.
    pub duty_cycle: Option<Located<String>>,
    /// The most rows that go in a second.
    #[schemars(range(min = 1, max = 4_294_967_295_u32))]
    pub rows_per_second: Option<Located<i64>>,
    /// The most that any replica may lag behind, such as "10 s". A lag that cannot be told counts as too much. PostgreSQL
    /// is asked for its standbys; for MySQL and MariaDB `replicas` says where they are.
    pub replication_lag: Option<Located<String>>,
    /// MySQL and MariaDB: the replicas, "host" or "host:port", reached with the account and the protection of the database
    /// itself.
    #[schemars(length(min = 1))]
    pub replicas: Option<Located<Vec<Located<String>>>>,
    /// The most sessions of others that may be at work on the server.
    #[schemars(range(min = 1, max = 4_294_967_295_u32))]
    pub connections: Option<Located<i64>>,
    /// While a file of this name is there, nothing goes on.
    pub file: Option<Located<String>>,
}
