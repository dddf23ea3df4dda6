//! The only folder that writes sentences and tables about plans, runs and receipts.
//!
//! A table has only what is needed to compare rules, and fits 80 columns; everything else stands below it, in lines.

mod against;
mod audit;
pub mod certificate;
mod erase;
mod explain;
mod hold;
mod plan;
mod run;
mod sinks;
mod status;

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use crate::run::{DatabaseReport, RuleReport, Verdict};
use crate::schedule::Witness;

pub use against::comparison;
use audit::word as ending;
pub use audit::{audit, sums};
pub use erase::{answer, requests};
pub use explain::explanation;
pub use hold::holds;
pub use plan::plan;
pub use run::run;
pub use sinks::sinks;
pub use status::status;

fn heading(report: &DatabaseReport, what: &str) -> String {
    let mut text = format!(
        "{what} of database {} as of {}, schedule {}\n",
        report.database,
        second(report.now),
        report.schedule.short()
    );
    match report.assurance {
        None | Some(Witness::Ledger) => {}
        Some(Witness::TransactionStatus) => text.push_str(
            "weaker assurance: the database has no ledger; after a lost answer its server is asked about the transaction\n",
        ),
        Some(Witness::Inferred) => text.push_str(
            "weak assurance: the database has no ledger; a batch whose answer is lost has no receipt and is unknown\n",
        ),
    }
    text
}

fn trouble(rule: &RuleReport) -> Option<String> {
    if let Some(failure) = &rule.failure {
        return Some(format!("failed: {failure}"));
    }
    match &rule.verdict {
        Verdict::Runs | Verdict::Observes | Verdict::NotAsked => None,
        other => Some(other.sentence()),
    }
}

fn broken(text: &mut String, report: &DatabaseReport) {
    for rule in &report.broken {
        let _ = writeln!(
            text,
            "\n{rule}: left out, it does not fit its database; `check --connect` says why"
        );
    }
}

/// Rows that stay although their date has passed, or that have none, in words; empty where there are none.
fn kept(rule: &RuleReport) -> String {
    [
        (rule.held, "held"),
        (rule.waiting, "waiting for children"),
        (rule.undatable, "undatable"),
        (rule.newest, "the newest of their group"),
    ]
    .iter()
    .filter(|(rows, _)| *rows > 0)
    .map(|(rows, why)| format!("{rows} {why}"))
    .collect::<Vec<_>>()
    .join(", ")
}

/// "1 row", "2 rows".
pub(super) fn rows(count: u64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} row{plural}")
}

/// A moment, to the second.
pub fn second(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn bare(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(columns);
    table
}

fn right(table: &mut Table, columns: std::ops::RangeInclusive<usize>) {
    for index in columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// A table as lines without blanks at their ends; nothing where it has no rows.
fn lines(table: &Table) -> String {
    if table.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
