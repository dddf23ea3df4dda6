//! Stage 2: the document, field for field, and nothing about what it means.
//!
//! One file per kind of table. The doc comment of a field is the key's description in the JSON Schema, so it is
//! written for who writes a schedule. Nearly every field is an `Option`, because what is required is judged by
//! `validate`, which can say why; `#[schemars(required)]` tells editors. Never flatten, untagged or internal tags:
//! they lose the places of errors.

mod child;
mod daemon;
mod database;
mod erasure;
mod hold;
mod length;
mod limits;
mod newest;
mod overwrite;
mod purpose;
mod rule;
mod service;
mod start;
mod state;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::Located;

use super::shape::Entries;

pub(super) use child::DetachTable;
pub(super) use daemon::DaemonTable;
pub(super) use database::{DatabaseTable, KeyTable, RelationTable, SecretTable};
pub(super) use erasure::ErasureTable;
pub(super) use hold::HoldTable;
pub(super) use length::LengthTable;
pub(super) use limits::{ClassTable, LimitsTable};
pub(super) use newest::KeepNewestTable;
pub(super) use overwrite::OverwriteTable;
pub(super) use purpose::{CaseTable, PurposeTable, ReasonTable};
pub(super) use rule::RuleTable;
pub(super) use service::ThrottleTable;
pub(super) use start::StartTable;
pub(super) use state::{SharedTable, SinkTable, StateTable};

/// A retention schedule: which rows of which tables are kept for how long, why, and what happens to them then.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(title = "retentiond schedule", rename = "Document")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Document {
    /// The version of this notation: 1.
    #[schemars(required, range(min = 1, max = 1))]
    pub version: Option<Located<i64>>,
    /// Where the daemon keeps receipts, approvals and keys.
    pub state: Option<Located<StateTable>>,
    /// How a daemon is spoken to.
    pub daemon: Option<Located<DaemonTable>>,
    /// What holds for every database that does not say otherwise.
    pub defaults: Option<Located<DefaultsTable>>,
    /// How much one run may do, for every rule that does not say otherwise.
    pub limits: Option<Located<LimitsTable>>,
    /// The databases, each under a name of your choice.
    #[schemars(required)]
    pub databases: Option<Located<Entries<Located<DatabaseTable>>>>,
    /// Deletion classes: a period, and from when it is counted, named once and used by many purposes.
    pub classes: Option<Located<Entries<Located<ClassTable>>>>,
    /// The rules: one for each table whose rows may not be kept for ever.
    #[schemars(required, length(min = 1))]
    pub rules: Option<Vec<Located<RuleTable>>>,
}

/// What holds for every database that does not say otherwise.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Defaults")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(super) struct DefaultsTable {
    /// The time zone in which days, months and years begin and end, such as "Europe/Amsterdam".
    pub time_zone: Option<Located<String>>,
    /// When the daemon runs, as a cron line in the database's time zone: "30 2 * * *" is half past two each night.
    /// Five fields, or six with seconds first.
    pub cadence: Option<Located<String>>,
    /// The hours in which the daemon's runs may be at work, in the database's time zone: "01:00-05:00". What is not done
    /// when it closes is done when it opens again. Default: always.
    pub window: Option<Located<String>>,
    /// After this long a run of the daemon ends between two batches, such as "2 hours"; the rest is the next one's.
    /// Default: it takes as long as it takes.
    pub run_at_most: Option<Located<String>>,
    /// A run of the daemon begins later than its time by chance, up to this, such as "10 minutes". Default: none.
    pub jitter: Option<Located<String>>,
}
