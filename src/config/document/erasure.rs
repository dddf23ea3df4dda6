//! The table that says what belongs to a person.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::Located;

/// The rows of this rule stand for people, who may ask to be erased (`retentiond erase`).
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Erasure")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct ErasureTable {
    /// The other rules whose rows are the person's where they hang from the person's row, over any number of references
    /// between these rules. What goes `with-parent` is not named. Default: none.
    pub with: Option<Located<Vec<Located<String>>>>,
}
