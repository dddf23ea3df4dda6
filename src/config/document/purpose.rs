//! Tables that say why rows are kept, and until when.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::config::shape::{Day, TextOr};
use crate::diagnostic::Located;

use super::{LengthTable, OverwriteTable, StartTable};

/// Why rows are kept, from when, and for how long. A row is due when every purpose that covers it has ended.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Purpose")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct PurposeTable {
    /// The purpose's name, unique in its rule.
    #[schemars(required)]
    pub name: Option<Located<String>>,
    /// The legal ground, in your words: "contract", "legal-obligation", "consent" … Reported, never interpreted.
    pub ground: Option<Located<String>>,
    /// The article, clause or policy that this purpose carries out. Reported.
    pub citation: Option<Located<String>>,
    /// Who answers for this purpose. Reported.
    pub owner: Option<Located<String>>,
    /// The day of the last review, such as 2026-11-01. `check` and `plan` tell when it is older than
    /// `review-every`.
    pub reviewed: Option<Located<Day>>,
    /// How long a review is good for, such as "6 months". Default: a year.
    pub review_every: Option<Located<String>>,
    /// Which rows this purpose covers, as an SQL condition on the rule's table. Left out: every row. Where it is NULL,
    /// the row is kept.
    pub when: Option<Located<String>>,
    /// The event from which the period runs.
    pub start: Option<Located<StartTable>>,
    /// The deletion class whose `keep`, `counted-from` and `at-least` hold here.
    pub class: Option<Located<String>>,
    /// How long rows are kept after the start: one count and one unit ("7 years", "50 months", "4 weeks", "30 days",
    /// "36 hours"), or "none" where the event itself ends the purpose. Where a column says how long, a table:
    /// { column = "service.grace_days", via = "service_id", unit = "days", at-least = "30 days", at-most = "6 months" }.
    #[schemars(schema_with = "keep")]
    #[serde(default)]
    pub keep: Option<Located<TextOr<LengthTable>>>,
    /// From which day the period is counted: "event", "end-of-month", "end-of-quarter", "end-of-year" or
    /// "end-of-book-year 03-31" (with the book year's last day). Default: "event".
    pub counted_from: Option<Located<String>>,
    /// True for a statutory minimum: nothing may remove a row earlier, a request for erasure included. Default: false.
    pub at_least: Option<Located<bool>>,
    /// The time zone in which this purpose's days end. Default: the database's.
    pub time_zone: Option<Located<String>>,
    /// Rows that this purpose does not cover, each with its reason.
    pub unless: Option<Vec<Located<ReasonTable>>>,
    /// The columns that only this purpose needs, and what they become when it has ended while another purpose keeps
    /// the row.
    pub at_end: Option<Located<OverwriteTable>>,
    /// Selections with periods of their own; the first that matches a row has it.
    pub cases: Option<Vec<Located<CaseTable>>>,
}

/// A selection inside a purpose with a period of its own. What it leaves out, it takes from the purpose.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Case")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct CaseTable {
    /// The case's name, unique in its purpose.
    #[schemars(required)]
    pub name: Option<Located<String>>,
    /// Which rows belong to this case, as an SQL condition on the rule's table.
    #[schemars(required)]
    pub when: Option<Located<String>>,
    /// The event from which the period runs. Default: the purpose's.
    pub start: Option<Located<StartTable>>,
    /// The deletion class whose `keep`, `counted-from` and `at-least` hold here.
    pub class: Option<Located<String>>,
    /// How long rows are kept after the start. Default: as the purpose.
    #[schemars(schema_with = "keep")]
    #[serde(default)]
    pub keep: Option<Located<TextOr<LengthTable>>>,
    /// From which day the period is counted. Default: as the purpose.
    pub counted_from: Option<Located<String>>,
    /// True for a statutory minimum. Default: as the purpose.
    pub at_least: Option<Located<bool>>,
}

/// A condition and the reason for it.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Reason")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct ReasonTable {
    /// An SQL condition on the rule's table.
    #[schemars(required)]
    pub when: Option<Located<String>>,
    /// Why: it stands in every report.
    #[schemars(required)]
    pub because: Option<Located<String>>,
}

fn keep(generator: &mut SchemaGenerator) -> Schema {
    let column = generator.subschema_for::<LengthTable>();
    json_schema!({ "anyOf": [{ "type": "string" }, column] })
}
