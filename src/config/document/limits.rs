//! Tables that are named or inherited: limits and deletion classes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::Located;

/// How much one run may do. A run that would do more stops before its first row.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Limits")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct LimitsTable {
    /// The most rows that one run may remove or change under a rule, children included. Default: 100000.
    #[schemars(range(min = 1))]
    pub rows_per_run: Option<Located<i64>>,
    /// The greatest share of the table that one run may remove or change, such as "10 %" or "0.5 %". Default: "10 %".
    pub share_per_run: Option<Located<String>>,
    /// The most rows in one transaction, at most 50000. Default: 10000.
    #[schemars(range(min = 1, max = 50_000))]
    pub rows_per_batch: Option<Located<i64>>,
    /// How long one transaction should hold its locks, such as "20 ms" or "1 s", at most "10 s"; the number of rows in
    /// a batch follows it. Default: "20 ms".
    pub batch_duration: Option<Located<String>>,
    /// How many transactions may remove rows of one table at once (PostgreSQL, MySQL, MariaDB), 1 to 8. Default: 1.
    #[schemars(range(min = 1, max = 8))]
    pub workers: Option<Located<i64>>,
}

/// A deletion class: a period, and from when it is counted.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Class")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::config) struct ClassTable {
    /// How long rows are kept: one count and one unit ("7 years", "50 months", "4 weeks", "30 days", "36 hours"), or
    /// "none" where the event itself ends the purpose.
    #[schemars(required)]
    pub keep: Option<Located<String>>,
    /// From which day the period is counted: "event", "end-of-month", "end-of-quarter", "end-of-year" or
    /// "end-of-book-year 03-31" (with the book year's last day). Default: "event".
    pub counted_from: Option<Located<String>>,
    /// True for a statutory minimum: nothing may remove a row earlier, a request for erasure included. Default: false.
    pub at_least: Option<Located<bool>>,
}
