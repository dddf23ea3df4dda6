//! The words and the small tables within records.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::catalog::Fingerprint;

/// What is said of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventAct {
    Happened,
    /// It did not happen after all.
    Undone,
}

/// How a hold says which rows it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldOver {
    Keys,
    Condition,
}

/// How well it is known what became of a batch that failed, where that is not the ledger's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// A table cannot roll back: a batch that is not in the ledger may have removed rows.
    CannotRollBack,
    /// There is no ledger; PostgreSQL is asked about the transaction.
    TransactionStatus,
    /// There is no ledger, and nobody to ask.
    Inferred,
}

/// Of a batch of which nobody can tell what became: its rows, by the digests of their keys. Somebody else may have
/// removed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Seen {
    pub gone: u64,
    pub there: u64,
}

/// What a batch did to one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Effect {
    pub table: String,
    /// "deleted", "anonymised", "detached".
    pub effect: String,
    pub rows: u64,
    /// A keyed digest over the keys, independent of their order.
    pub digest: String,
    /// The root over the sorted digests of the keys of the table in the batch, which lie in a side file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// The root over the sorted digests of the rows by key and content, where the schedule says by what they are known
    /// again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<String>,
}

/// Why the rows of a rule are kept, as the schedule names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RuleBasis {
    pub rule: String,
    pub purposes: Vec<Basis>,
}

/// One purpose, by its legal fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Basis {
    pub name: String,
    pub ground: Option<String>,
    pub citation: Option<String>,
}

/// Why a run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunReason {
    /// Somebody called `run`.
    Command,
    /// The daemon, on its cadence.
    Cadence,
    /// A person asked to be erased.
    Erasure,
    /// Somebody approved that what a restored backup brought back goes again.
    Returned,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    Finished,
    /// Stopped by a signal, between two batches.
    Stopped,
    /// A hold was placed that it did not know: it went no further.
    Held,
    /// Some rules were skipped or failed.
    Partial,
    Failed,
    /// A limit forbade the first row.
    LimitReached,
}

/// The authority for a rule to act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Approval {
    pub database: String,
    pub rule: String,
    pub meaning: Fingerprint,
    /// The meaning as data: what the schedule says of the rule, but for what binds nothing.
    #[serde(default)]
    pub terms: serde_json::Value,
    pub schema: Fingerprint,
    /// The most rows that one run may touch under it, children included.
    pub rows_max: u64,
    pub expires: DateTime<Utc>,
    pub by: String,
}

/// The authority to remove again, once, what came back with a database that went back in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReturnApproval {
    pub database: String,
    pub rule: String,
    /// The number of the record that tells of the regression: another one needs another approval.
    pub regression: u64,
    pub meaning: Fingerprint,
    pub schema: Fingerprint,
    /// The most rows that may go, children included.
    pub rows_max: u64,
    pub expires: DateTime<Utc>,
    pub by: String,
}

/// Why a run did not begin at its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissedBecause {
    /// No daemon was at work.
    Down,
    /// The clock jumped, or the host was suspended.
    Clock,
    /// The run before it was still at work.
    Overlap,
    /// Somebody had paused it.
    Paused,
    /// It was outside of its window.
    Window,
    /// The daemon came to it too late.
    Late,
}
