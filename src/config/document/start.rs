//! The table that says from which moment a period runs.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::config::shape::{Day, OneOrMany, Scalar, TextOr};
use crate::config::words;
use crate::diagnostic::Located;
use crate::schedule::Holds;

/// A start event: exactly one of `column`, `latest`, `earliest`, `latest-of`, `earliest-of`, `unused-by`, `event`
/// and `sql`. A row whose event has
/// not happened (NULL, a value of `never`, a date to come) is not due.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(rename = "Start")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct StartTable {
    /// The column with the event: "column" of the row itself, or "table.column" (or "schema.table.column") of a row
    /// that it refers to.
    pub column: Option<Located<String>>,
    /// The greatest value of "table.column" among the rows that refer to this one. All of their events must have
    /// happened.
    pub latest: Option<Located<String>>,
    /// The smallest value of "table.column" among the rows that refer to this one.
    pub earliest: Option<Located<String>>,
    /// Several starts of which the last counts; all must have happened.
    #[schemars(length(min = 2))]
    pub latest_of: Option<Located<Vec<Located<StartTable>>>>,
    /// Several starts of which the first counts.
    #[schemars(length(min = 2))]
    pub earliest_of: Option<Located<Vec<Located<StartTable>>>>,
    /// The event that no row refers to this one any more: "all" references, or those of the named tables ("table", or
    /// "table.column"). It has no date: keep = "none", or a latest-of with an event that has one.
    pub unused_by: Option<OneOrMany<String>>,
    /// An SQL expression that chooses between columns of dates of the row: COALESCE, CASE WHEN … THEN … ELSE … END,
    /// GREATEST, LEAST. The keys about a column are about each of them.
    pub sql: Option<Located<String>>,
    /// The name of an event that is reported from outside, by `retentiond event report`: "contract-ended".
    #[schemars(regex(pattern = "^[A-Za-z0-9._-]+$"))]
    pub event: Option<Located<String>>,
    /// The way to the other table: the column that refers to it, or a list, one for each step. A composite reference
    /// is written "(a, b)". With `latest` and `earliest` a step "table.column" leads down to the rows of that table
    /// that refer by it. Left out: the one foreign key between the two tables.
    pub via: Option<OneOrMany<String>>,
    /// With `latest` and `earliest`: only the related rows count for which this SQL condition is true.
    pub only: Option<Located<String>>,
    /// With `latest` and `earliest`: what holds when there is no related row. "keep" (the default) keeps the row;
    /// a start, such as { column = "created_at" }, dates it by another event.
    #[schemars(schema_with = "if_none")]
    #[serde(default)]
    pub if_none: Option<Located<TextOr<Box<StartTable>>>>,
    /// A value, or a list of values, that means "has not happened", such as 9999-12-31.
    pub never: Option<OneOrMany<Scalar>>,
    /// Whether the column holds "days" (each ends at the end of the local day) or "instants"; only where its type
    /// does not say it.
    #[schemars(schema_with = "words::schema::<Holds>")]
    #[serde(default)]
    pub holds: Option<Located<String>>,
    /// How a date is written in a column that is not of a date type: a pattern of fixed width such as
    /// "%Y-%m-%d %H:%M:%S" (a %.f at its end allows a fraction), "epoch-seconds", "epoch-milliseconds",
    /// "epoch-microseconds" or "julian-day".
    pub format: Option<Located<String>>,
    /// The time zone of a timestamp that carries none, such as "UTC". Default: the database's column-time-zone.
    pub time_zone: Option<Located<String>>,
    /// Dates before this day are not believed: such a row cannot be dated, and is kept and counted. Default:
    /// 1980-01-01.
    pub not_before: Option<Located<Day>>,
    /// Dates after this day are not believed either, such as 2100-01-01 where a slip of the pen would keep a row for
    /// ever: it cannot be dated, and is kept and counted. Default: every later day is believed.
    pub not_after: Option<Located<Day>>,
}

fn if_none(generator: &mut SchemaGenerator) -> Schema {
    let start = generator.subschema_for::<StartTable>();
    json_schema!({ "anyOf": [{ "const": "keep" }, start] })
}
