//! The table that says which rows never go because they are the newest.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::config::shape::TextOr;
use crate::diagnostic::Located;

use super::StartTable;

/// The newest rows of each group stay, whatever their period: the last login of each user, the last run of each job.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "KeepNewest")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct KeepNewestTable {
    /// Rows that are equal in these columns are a group; an empty list makes the whole table one. A row in which one of
    /// them is NULL stays.
    #[schemars(required)]
    pub per: Option<Located<Vec<Located<String>>>>,
    /// How many rows of each group stay. Default: 1.
    #[schemars(range(min = 1, max = 1000))]
    pub count: Option<Located<i64>>,
    /// The column of dates by which a row is newer, or a table as of a start, { column = "at", format = "%Y-%m-%d" }.
    /// Rows of the same value are ordered by their key; a row that cannot be dated stays and counts for nothing.
    #[schemars(required, schema_with = "by")]
    #[serde(default)]
    pub by: Option<Located<TextOr<Box<StartTable>>>>,
}

fn by(generator: &mut SchemaGenerator) -> Schema {
    let start = generator.subschema_for::<StartTable>();
    json_schema!({ "anyOf": [{ "type": "string" }, start] })
}
