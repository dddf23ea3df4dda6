//! What was planned and what was done, as data: for people, for machines, for the tests.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::catalog::Fingerprint;
use crate::disposal::{Regression, Returned, Tally};
use crate::plan::StepKind;
use crate::schedule::Witness;
use crate::sql::Dialect;
use crate::state::Effect;

use super::again::Again;
use super::erase::Resumed;
use super::{Halt, HoldReport, Verdict};

/// One database of a plan or a run.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DatabaseReport {
    pub database: String,
    pub run: Option<String>,
    pub now: DateTime<Utc>,
    pub schedule: Fingerprint,
    pub rules: Vec<RuleReport>,
    /// Rules that the catalogue refuses.
    pub broken: Vec<String>,
    /// Why nothing could begin, or why the rest did not.
    pub halted: Option<String>,
    /// What kind of reason that is.
    pub halted_by: Option<HaltedBy>,
    /// What tells what becomes of a batch whose answer never comes; `None`: nothing could begin.
    pub assurance: Option<Witness>,
    /// What the database has lost since the last run: it was restored, or failed over.
    pub regression: Option<Regression>,
    /// What came back with it, by the receipts of the batches that it lost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<Returned>,
    /// What was erased again for people who had asked for it, before anything was counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub erased_again: Vec<Resumed>,
    /// The holds of the state store that stand on it.
    pub holds: Vec<HoldReport>,
    pub stopped: bool,
    /// What keeps removed rows readable in the database's own files.
    pub left_behind: Option<String>,
    /// What was done after the run for people who had asked to be erased before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resumed: Vec<Resumed>,
    /// What a restored backup had brought back and went again after the run, as somebody approved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<Again>,
}

/// What forbids a whole database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HaltedBy {
    /// The schedule describes a connection that cannot be made.
    Schedule,
    Database,
    Clocks,
    NoLedger,
    /// Our own records could not be written, or say something else.
    Records,
    Limit,
    /// The evidence of earlier runs is in no other place.
    Unpublished,
    /// A hold was placed that the run did not know; the next run knows it.
    Hold,
}

/// One rule.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RuleReport {
    pub rule: String,
    pub table: String,
    pub verdict: Verdict,
    pub meaning: Fingerprint,
    /// The meaning as data, for an approval.
    #[serde(skip)]
    pub terms: serde_json::Value,
    pub schema: Fingerprint,
    pub table_rows: u64,
    /// Rows of the rule's own table that the disposition would touch.
    pub due: u64,
    /// All rows that the rule would touch, children included.
    pub touched: u64,
    pub held: u64,
    pub waiting: u64,
    pub undatable: u64,
    /// Rows past their date that stay because they are the newest of their group.
    pub newest: u64,
    /// Rows that no purpose certainly covers; counted by `plan` only.
    pub uncovered: Option<u64>,
    /// Rows for which a condition is NULL, so that they are kept for longer; counted by `plan` only.
    pub undecided: Option<u64>,
    /// What each purpose, case and exemption owns; counted where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Vec<CoverageReport>>,
    /// When the row that has been due for longest became due.
    pub oldest_due: Option<DateTime<Utc>>,
    pub cutoffs: Vec<CutoffReport>,
    /// What the rule's place in the order has to do with other rules and with what hangs from its rows.
    pub order: Vec<String>,
    /// What keeps a copy of a removed or overwritten row, as far as it is known; told by `plan` only.
    pub copies: Vec<CopyReport>,
    /// Purposes whose review is overdue; told by `plan` only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<ReviewReport>,
    /// The table's engine cannot roll back: a failed batch leaves rows removed that no receipt counts.
    pub weakest_assurance: bool,
    pub steps: Vec<StepReport>,
    pub failure: Option<String>,
}

/// Rows of a rule's table, by what owns them under one purpose.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CoverageReport {
    pub purpose: String,
    /// "case", "purpose" (its own period), "exempt" or "undecided" (a condition is NULL).
    pub owner: &'static str,
    pub case: Option<String>,
    /// Why the rows are exempt.
    pub because: Option<String>,
    pub rows: u64,
}

/// The last start event that is due, per purpose and case.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CutoffReport {
    pub purpose: String,
    pub case: Option<String>,
    pub keep: String,
    pub cutoff: Option<DateTime<Utc>>,
}

/// A purpose that should have been looked at again.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReviewReport {
    pub purpose: String,
    pub reviewed: NaiveDate,
    /// By when it should have been reviewed again.
    pub due: NaiveDate,
}

/// A trigger that writes what it sees elsewhere.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CopyReport {
    pub trigger: String,
    /// The table whose removed or overwritten rows it sees.
    pub of: String,
    /// The table that it writes.
    pub into: String,
    /// The rule that covers that table, if one does.
    pub rule: Option<String>,
}

/// One step of a rule.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepReport {
    pub kind: StepKind,
    pub action: &'static str,
    pub table: String,
    pub due: u64,
    /// Rows of other tables, by table and effect.
    pub along: Vec<AlongReport>,
    pub walk: &'static str,
    /// The statements, where they were asked for.
    pub statements: Vec<String>,
    pub done: Option<Effects>,
}

/// Rows of another table that go along.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AlongReport {
    pub table: String,
    pub effect: &'static str,
    pub rows: u64,
}

/// What a step did, or would have done.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Effects {
    pub rows: u64,
    pub tables: Vec<Effect>,
    pub batches: u64,
    pub longest_batch_ms: f64,
}

impl Effects {
    pub(super) fn of(outcome: &crate::disposal::StepOutcome, dialect: Dialect) -> Self {
        let tally: &Tally = &outcome.tally;
        // Both go through the tables in the same order.
        let mut tables = tally.effects();
        for (effect, (table, ..)) in tables.iter_mut().zip(tally.iter()) {
            effect.table = dialect.shown(table);
        }
        Self {
            rows: tally.rows(),
            tables,
            batches: outcome.batches,
            longest_batch_ms: outcome.longest.as_secs_f64() * 1_000.0,
        }
    }
}

impl DatabaseReport {
    /// A report of a database on which nothing could begin.
    #[must_use]
    pub fn halted(database: &str, now: DateTime<Utc>, schedule: Fingerprint, why: &Halt) -> Self {
        Self {
            database: database.to_owned(),
            run: None,
            now,
            schedule,
            rules: Vec::new(),
            broken: Vec::new(),
            halted: Some(why.to_string()),
            halted_by: Some(why.kind()),
            assurance: None,
            regression: None,
            returned: Vec::new(),
            erased_again: Vec::new(),
            holds: Vec::new(),
            stopped: false,
            left_behind: None,
            resumed: Vec::new(),
            again: Vec::new(),
        }
    }

    /// Rows that were touched, or would have been.
    #[must_use]
    pub fn rows_done(&self) -> u64 {
        self.rules
            .iter()
            .flat_map(|rule| &rule.steps)
            .filter_map(|step| step.done.as_ref())
            .map(|done| done.rows)
            .sum()
    }

    /// True where every rule did, or would do, what it should.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let fine = |rule: &RuleReport| {
            rule.failure.is_none()
                && matches!(
                    rule.verdict,
                    Verdict::Runs | Verdict::Observes | Verdict::NotAsked
                )
        };
        self.halted.is_none()
            && !self.stopped
            && self.broken.is_empty()
            && self.resumed.iter().all(|one| one.trouble.is_none())
            && self.again.iter().all(|one| one.trouble.is_none())
            && self.rules.iter().all(fine)
    }
}
