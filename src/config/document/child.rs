//! What becomes of rows that refer to a removed row, where a word does not say it.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::config::shape::Scalar;
use crate::config::words;
use crate::diagnostic::Located;
use crate::schedule::ChildDecision;

/// The referring rows stay, and refer to another row instead.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Detach")]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a text or a table"
)]
pub(in crate::config) struct DetachTable {
    /// What the reference becomes: the key of a row that stands for all that were removed. It must be there, and must
    /// not be due itself.
    #[schemars(required)]
    pub detach_to: Option<Located<Scalar>>,
}

pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let word = words::schema::<ChildDecision>(generator);
    let table = generator.subschema_for::<DetachTable>();
    json_schema!({ "type": "object", "additionalProperties": { "anyOf": [word, table] } })
}
