//! The table that says which rows are held.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::words;
use crate::diagnostic::Located;
use crate::schedule::HoldDepth;

use super::StartTable;

/// A hold: a condition on the rule's own table, or a table of the database whose rows are holds.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Hold")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct HoldTable {
    /// An SQL condition: on the rule's table, or, with `table`, on that table (such as "lifted_at IS NULL"). While it
    /// is true or NULL, it holds.
    pub when: Option<Located<String>>,
    /// Why: it stands in every report.
    #[schemars(required)]
    pub because: Option<Located<String>>,
    /// "deep" (the default) covers the row and what hangs from it, over every table between; "shallow" the row alone.
    #[schemars(schema_with = "words::schema::<HoldDepth>")]
    #[serde(default)]
    pub depth: Option<Located<String>>,
    /// A table of the database whose rows are holds, "table" or "schema.table".
    pub table: Option<Located<String>>,
    /// With `table`: its columns that name the held row. Left out: its one foreign key to the rule's table.
    #[schemars(length(min = 1))]
    pub columns: Option<Located<Vec<Located<String>>>>,
    /// With `columns`: the columns of the rule's table that they name, in the same order. Default: its key.
    #[schemars(length(min = 1))]
    pub parent_columns: Option<Located<Vec<Located<String>>>>,
    /// With `columns` and `parent-columns`: the key of the held row is kept as text, in this form, such as
    /// "invoice:{id}".
    pub as_text: Option<Located<String>>,
    /// With `table`: the column of that table with the moment at which a hold ends by itself, such as
    /// { column = "ends_on" }. NULL: it does not end by itself.
    pub until: Option<Located<StartTable>>,
}
