//! Receipts for people.

use crate::state::{Ending, Entry, Record};

use super::super::audit::Sum;
use super::{bare, lines, right, rows, second};

/// Receipts, and what belongs to them.
#[must_use]
pub fn audit(entries: &[Entry]) -> String {
    let mut table = bare(&[
        "at",
        "run",
        "rule",
        "table",
        "effect",
        "rows",
        "digest of keys",
    ]);
    for row in entries.iter().flat_map(line) {
        table.add_row(row);
    }
    right(&mut table, 5..=5);
    lines(&table)
}

/// The receipts of each run, rule and table as one.
#[must_use]
pub fn sums(sums: &[Sum]) -> String {
    let mut table = bare(&[
        "first at", "run", "rule", "table", "effect", "rows", "receipts",
    ]);
    for sum in sums {
        table.add_row([
            second(sum.first_at),
            short(&sum.run),
            sum.rule.clone(),
            sum.table.clone(),
            sum.effect.clone(),
            sum.rows.to_string(),
            sum.receipts.to_string(),
        ]);
    }
    right(&mut table, 5..=6);
    lines(&table)
}

fn line(entry: &Entry) -> Vec<[String; 7]> {
    let at = second(entry.at);
    let said = |run: &str, rule: &str, what: String| {
        [
            at.clone(),
            short(run),
            rule.to_owned(),
            String::new(),
            what,
            String::new(),
            String::new(),
        ]
    };
    match &entry.record {
        Record::Done {
            run, rule, effects, ..
        } => effects
            .iter()
            .map(|effect| {
                [
                    at.clone(),
                    short(run),
                    rule.clone(),
                    effect.table.clone(),
                    effect.effect.clone(),
                    effect.rows.to_string(),
                    effect.digest.get(..16).unwrap_or_default().to_owned(),
                ]
            })
            .collect(),
        Record::RunStarted { run, by, .. } => {
            vec![said(run, "", format!("run started by {by}"))]
        }
        Record::RunEnded {
            run,
            rows: count,
            ending,
        } => vec![said(
            run,
            "",
            format!("run ended: {}, {}", word(*ending), rows(*count)),
        )],
        Record::Approved(approval) => vec![said(
            "",
            &approval.rule,
            format!(
                "approved by {} for {} until {}",
                approval.by,
                rows(approval.rows_max),
                approval.expires.date_naive()
            ),
        )],
        Record::Adopted { database, .. } => {
            vec![said("", "", format!("database {database} adopted"))]
        }
        Record::TornTail { bytes, .. } => vec![said(
            "",
            "",
            format!("{bytes} bytes that a crash had left unfinished were cut"),
        )],
        Record::KeyRotated { .. } => {
            vec![said("", "", "another key signs from here on".to_owned())]
        }
        Record::Genesis { .. }
        | Record::SigningKey { .. }
        | Record::Checkpoint { .. }
        | Record::Boot { .. }
        | Record::Intent { .. }
        | Record::NotApplied { .. } => Vec::new(),
    }
}

fn word(ending: Ending) -> &'static str {
    match ending {
        Ending::Finished => "finished",
        Ending::Stopped => "stopped by a signal",
        Ending::Partial => "some rules did not do their work",
        Ending::Failed => "failed",
        Ending::LimitReached => "stopped by a limit",
    }
}

/// The random end of a run's name: its beginning is the time.
fn short(run: &str) -> String {
    run.rsplit('-').next().unwrap_or(run).to_owned()
}
