//! The table that says which column becomes what.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::shape::{Entries, Scalar};
use crate::diagnostic::Located;

/// Which column becomes what. At least one column, and each once.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Overwrite")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct OverwriteTable {
    /// Columns and the fixed values they become: a text, a number, true or false, a date.
    pub set: Option<Entries<Located<Scalar>>>,
    /// Columns that become NULL.
    pub null: Option<Vec<Located<String>>>,
    /// Columns that become a fresh random value which fits their type, length, CHECK and UNIQUE.
    pub random: Option<Vec<Located<String>>>,
    /// Columns that become a coarser form of their value: "year" or "month" for dates, "/24" or "/24 /48" for IP
    /// addresses (bits for IPv4 and IPv6; IPv6 alone defaults to /48), "4 characters" for texts such as postcodes.
    pub generalise: Option<Entries<Located<String>>>,
}
