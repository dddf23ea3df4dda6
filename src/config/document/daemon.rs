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
    /// Where /metrics, /healthz and /readyz are read: an address of this host itself, "127.0.0.1:9187", or the path of a
    /// socket, "/run/retentiond/metrics". Default: nowhere.
    pub listen: Option<Located<String>>,
    /// Lets `listen` be an address that others reach, as in a container: whoever reaches it reads names of databases and
    /// rules, and numbers of rows. Default: false.
    pub unsafe_listen_on_a_network: Option<Located<bool>>,
}
