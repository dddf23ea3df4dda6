//! A run, or a rehearsal, for people.

use std::fmt::Write as _;

use crate::disposal::{Regression, Returned};
use crate::run::{DatabaseReport, Effects, RuleReport};

use super::{bare, broken, heading, kept, lines, right, rows, second, trouble};

/// A run, or a rehearsal, for people.
#[must_use]
pub fn run(report: &DatabaseReport, rehearsal: bool) -> String {
    let mut text = heading(report, if rehearsal { "rehearsal" } else { "run" });
    if let Some(run) = &report.run {
        let _ = writeln!(text, "run {run}");
    }
    if let Some(lost) = &report.regression {
        let _ = writeln!(text, "{}", put_back(lost));
    }
    for one in &report.returned {
        let _ = writeln!(text, "{}", came_back(one));
    }
    for one in report
        .erased_again
        .iter()
        .filter(|one| one.trouble.is_none())
    {
        let _ = writeln!(
            text,
            "  {} were erased again for the request {}, before anything was counted",
            rows(one.rows),
            one.erasure
        );
    }
    if let Some(why) = &report.halted {
        let _ = writeln!(text, "{why}");
    }
    let mut table = bare(&[
        "rule",
        "table",
        "effect",
        "rows",
        "digest of keys",
        "batches",
        "longest batch",
    ]);
    for rule in &report.rules {
        for done in rule.steps.iter().filter_map(|step| step.done.as_ref()) {
            for row in effects(rule, done, rehearsal) {
                table.add_row(row);
            }
        }
    }
    right(&mut table, 3..=3);
    right(&mut table, 5..=6);
    text.push_str(&lines(&table));
    let _ = writeln!(text, "{}", closing(report, rehearsal));
    for rule in &report.rules {
        if let Some(sentence) = trouble(rule) {
            let _ = writeln!(text, "{}: {sentence}", rule.rule);
        }
        let kept = kept(rule);
        if !kept.is_empty() {
            let _ = writeln!(text, "{}: stay: {kept}", rule.rule);
        }
    }
    if let Some(why) = &report.left_behind {
        let _ = writeln!(text, "{why}");
    }
    broken(&mut text, report);
    text
}

/// What lost batches had removed, and how much of it is there.
fn came_back(one: &Returned) -> String {
    let mut text = format!(
        "  {}: {} {} under the rule {} by batches that it lost",
        one.table,
        rows(one.removed),
        one.effect,
        one.rule
    );
    if let Some(there) = one.there {
        let _ = write!(text, "; {there} of their keys are there again");
    }
    if let Some(left) = one.left.filter(|left| *left > 0) {
        let _ = write!(
            text,
            ", and {left} still after this run: the schedule in force does not have them due"
        );
        let _ = match one.known_again {
            Some(known) if known > 0 => write!(
                text,
                ". {known} are known again by key and content: `retentiond approve --returned RULE` permits to remove \
                 them again"
            ),
            _ => write!(
                text,
                ". If the rows are those of before, remove them by the schedule of then, or by request"
            ),
        };
    }
    text
}

/// A database that went back in time.
fn put_back(lost: &Regression) -> String {
    format!(
        "the database was put back to an earlier state: {} batches ({}), with receipts {} to {}, are not in it any \
         more; what came back is due again",
        lost.batches,
        rows(lost.rows),
        lost.since
            .map_or("from the beginning".to_owned(), |at| format!(
                "after {}",
                second(at)
            )),
        second(lost.until)
    )
}

fn effects(rule: &RuleReport, done: &Effects, rehearsal: bool) -> Vec<[String; 7]> {
    let longest = if rehearsal {
        "-".to_owned()
    } else {
        format!("{:.1} ms", done.longest_batch_ms)
    };
    let mut once = Some((done.batches.to_string(), longest));
    let lines = done.tables.iter().map(|effect| {
        // How many batches and how long is said of the step, not of each of its tables.
        let (batches, longest) = once.take().unwrap_or_default();
        [
            rule.rule.clone(),
            effect.table.clone(),
            effect.effect.clone(),
            effect.rows.to_string(),
            effect.digest.get(..16).unwrap_or_default().to_owned(),
            batches,
            longest,
        ]
    });
    lines.collect()
}

fn closing(report: &DatabaseReport, rehearsal: bool) -> String {
    let rows = rows(report.rows_done());
    match (rehearsal, report.stopped) {
        (true, false) => format!("{rows} would be touched; nothing was"),
        (true, true) => format!("stopped; {rows} would be touched as far as it went; nothing was"),
        (false, true) => format!("stopped after {rows}; run again to go on"),
        (false, false) => format!("{rows} touched"),
    }
}
