//! The table that says how a daemon is spoken to.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::Located;

/// How a daemon is spoken to.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Daemon")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct DaemonTable {
    /// The socket over which verbs that write reach the daemon while it runs; only its own user and root may connect.
    /// Default: "socket" in the state directory.
    pub socket: Option<Located<String>>,
}
