//! The table that says in which column a period stands.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::calendar::Unit;
use crate::config::shape::OneOrMany;
use crate::config::words;
use crate::diagnostic::Located;

/// A period that a column counts. A row whose column is NULL, or counts less or more than is allowed here, is kept and
/// counted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "Length")]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a text or a table"
)]
pub(in crate::config) struct LengthTable {
    /// The column that counts: "column" of the row itself, or "table.column" of a row that it refers to.
    #[schemars(required)]
    pub column: Option<Located<String>>,
    /// The way to the other table, as of a start: the column that refers to it, or a list, one for each step.
    pub via: Option<OneOrMany<String>>,
    /// What it counts: "hours", "days", "weeks", "months" or "years".
    #[schemars(required, schema_with = "words::schema::<Unit>")]
    #[serde(default)]
    pub unit: Option<Located<String>>,
    /// The shortest period that is believed, such as "30 days": a shorter one keeps its rows.
    #[schemars(required)]
    pub at_least: Option<Located<String>>,
    /// The longest period that is believed, such as "6 months": a longer one keeps its rows.
    #[schemars(required)]
    pub at_most: Option<Located<String>>,
}
