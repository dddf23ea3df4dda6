//! The table of a rule.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::shape::{Entries, TextOr};
use crate::config::words::{self, Then};
use crate::diagnostic::Located;
use crate::schedule::{Mode, Partitions};

use super::{
    DetachTable, ErasureTable, HoldTable, KeepNewestTable, LimitsTable, OverwriteTable,
    PurposeTable,
};

/// One table's data and what happens to it.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Rule")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct RuleTable {
    /// The rule's name, unique in the schedule: letters, digits, "-", "_" and ".". It stands in every receipt, so it
    /// should not change.
    #[schemars(required, regex(pattern = "^[A-Za-z0-9._-]+$"))]
    pub name: Option<Located<String>>,
    /// The name of a database of this schedule. May be left out where there is only one.
    pub database: Option<Located<String>>,
    /// The table: "table", or "schema.table".
    #[schemars(required)]
    pub table: Option<Located<String>>,
    /// The columns that identify a row: only for a table without a primary key. They are proven unique.
    #[schemars(length(min = 1))]
    pub key: Option<Located<Vec<Located<String>>>>,
    /// "enforce" (the default) acts; "observe" only counts.
    #[schemars(schema_with = "words::schema::<Mode>")]
    #[serde(default)]
    pub mode: Option<Located<String>>,
    /// What happens to a due row: "delete", or "anonymise" as the table [rules.anonymise] says.
    #[schemars(required, schema_with = "words::schema::<Then>")]
    pub then: Option<Located<String>>,
    /// With then = "anonymise": which column becomes what.
    pub anonymise: Option<Located<OverwriteTable>>,
    /// While one of these is true or NULL, the row and what hangs from it stay as they are: conditions on the row, or
    /// tables of the database whose rows are holds.
    pub holds: Option<Vec<Located<HoldTable>>>,
    /// Why rows are kept, and until when: at least one.
    #[schemars(required, length(min = 1))]
    pub purposes: Option<Vec<Located<PurposeTable>>>,
    /// What becomes of the rows that refer to a removed row, by their table ("note", "app.note"), or by
    /// "table.column" where a table refers more than once: "with-parent" (removed together with it), "at-due" (removed
    /// as soon as it is due), "own-rule" (it waits for their own rule), "stays" (it waits for as long as they are
    /// there) or "detach" (their reference becomes NULL). { detach-to = 0 } lets them refer to the row with this key
    /// instead.
    #[schemars(schema_with = "super::child::schema")]
    #[serde(default)]
    pub children: Option<Entries<Located<TextOr<DetachTable>>>>,
    /// With then = "delete": which column becomes what in a due row that must stay because a child stays.
    pub if_a_child_stays: Option<Located<OverwriteTable>>,
    /// Rows that always stay, whatever their period: the newest of each group.
    pub keep_newest: Option<Located<KeepNewestTable>>,
    /// The rows of this rule stand for people, who may ask to be erased (`retentiond erase`).
    pub erasure: Option<Located<ErasureTable>>,
    /// Columns by whose values, with the key, a removed row is known again where a restored backup brings it back:
    /// values that never change, such as the moment of its creation. Only such a row is removed again.
    #[schemars(length(min = 1))]
    pub recognised_by: Option<Located<Vec<Located<String>>>>,
    /// How much one run may do under this rule. What it leaves out, it takes from [limits].
    pub limits: Option<Located<LimitsTable>>,
    /// When the daemon runs this rule, as a cron line in its database's time zone, instead of with the others.
    pub cadence: Option<Located<String>>,
    /// PostgreSQL, with then = "delete": "truncate" empties a partition at once where every row in it is due, whatever
    /// rows-per-batch says; "row-by-row" (the default) removes them in batches like all others.
    #[schemars(schema_with = "words::schema::<Partitions>")]
    #[serde(default)]
    pub partitions: Option<Located<String>>,
    /// Accepts a table whose storage engine cannot roll back (MyISAM, Aria). What is removed halfway stays removed.
    /// Default: false.
    pub unsafe_engine_that_cannot_roll_back: Option<Located<bool>>,
}
