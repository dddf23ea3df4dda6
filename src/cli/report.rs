//! The only module that writes sentences and tables about plans, runs and receipts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::SecondsFormat;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use crate::run::{DatabaseReport, RuleReport, StepReport, Verdict};
use crate::state::{Entry, Record};

/// A plan for people.
#[must_use]
pub fn plan(report: &DatabaseReport) -> String {
    let mut text = heading(report, "plan");
    if let Some(why) = &report.halted {
        let _ = writeln!(text, "nothing could be planned: {why}");
        return text;
    }
    let mut table = bare();
    table.set_header([
        "rule",
        "table",
        "rows",
        "due",
        "touched",
        "held",
        "waiting",
        "undatable",
        "uncovered",
        "oldest due",
        "verdict",
    ]);
    for rule in &report.rules {
        table.add_row([
            rule.rule.clone(),
            rule.table.clone(),
            rule.table_rows.to_string(),
            rule.due.to_string(),
            rule.touched.to_string(),
            rule.held.to_string(),
            rule.waiting.to_string(),
            rule.undatable.to_string(),
            rule.uncovered
                .map_or_else(|| "-".to_owned(), |rows| rows.to_string()),
            rule.oldest_due
                .map_or_else(|| "-".to_owned(), |at| at.date_naive().to_string()),
            verdict_word(rule),
        ]);
    }
    right(&mut table, 2..=8);
    let _ = writeln!(text, "{table}");
    for rule in &report.rules {
        text.push_str(&details(rule));
    }
    broken(&mut text, report);
    text
}

fn heading(report: &DatabaseReport, what: &str) -> String {
    format!(
        "{what} of database {} as of {}, schedule {}\n",
        report.database,
        report.now.to_rfc3339_opts(SecondsFormat::Secs, true),
        report.schedule.short()
    )
}

fn details(rule: &RuleReport) -> String {
    let mut text = format!("\n{}\n", rule.rule);
    for cutoff in &rule.cutoffs {
        let whose = cutoff.case.as_ref().map_or_else(
            || cutoff.purpose.clone(),
            |case| format!("{}, {case}", cutoff.purpose),
        );
        let until = cutoff.cutoff.map_or_else(
            || "nothing".to_owned(),
            |at| at.to_rfc3339_opts(SecondsFormat::Secs, true),
        );
        let _ = writeln!(
            text,
            "  {whose}: kept {}, due if begun up to {until}",
            cutoff.keep
        );
    }
    for step in &rule.steps {
        text.push_str(&planned(step));
    }
    if let Some(rows @ 1..) = rule.undecided {
        let _ = writeln!(
            text,
            "  for {rows} rows a condition is NULL: it counts as the longer answer"
        );
    }
    if let Some(sentence) = trouble(rule) {
        let _ = writeln!(text, "  {sentence}");
    }
    text
}

fn planned(step: &StepReport) -> String {
    let why = match step.kind {
        crate::plan::StepKind::Disposition => "",
        crate::plan::StepKind::AtDue => " because their parent is due",
        crate::plan::StepKind::ChildStays => " because a child must stay",
        crate::plan::StepKind::AtEnd => " because a purpose has ended",
    };
    let mut text = format!(
        "  {} rows of {} would be {}{why}, in {}\n",
        step.due, step.table, step.action, step.walk
    );
    for along in &step.along {
        let _ = writeln!(
            text,
            "    with them {} rows of {} would be {}",
            along.rows, along.table, along.effect
        );
    }
    for statement in &step.statements {
        let _ = writeln!(text, "    {statement}");
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

fn verdict_word(rule: &RuleReport) -> String {
    if rule.failure.is_some() {
        return "failed".to_owned();
    }
    match rule.verdict {
        Verdict::Runs => "runs",
        Verdict::Observes => "observes",
        Verdict::NeedsApproval(_) => "needs approval",
        Verdict::OverLimit(_) => "over a limit",
        Verdict::KeyNotUnique(_) => "key not unique",
        Verdict::NotAsked => "not asked for",
    }
    .to_owned()
}

fn broken(text: &mut String, report: &DatabaseReport) {
    for rule in &report.broken {
        let _ = writeln!(
            text,
            "\n{rule}: left out, it does not fit its database; `check --connect` says why"
        );
    }
}

/// A run, or a rehearsal, for people.
#[must_use]
pub fn run(report: &DatabaseReport, rehearsal: bool) -> String {
    let mut text = heading(report, if rehearsal { "rehearsal" } else { "run" });
    if let Some(run) = &report.run {
        let _ = writeln!(text, "run {run}");
    }
    if let Some(why) = &report.halted {
        let _ = writeln!(text, "{why}");
    }
    let mut table = bare();
    table.set_header([
        "rule",
        "table",
        "effect",
        "rows",
        "digest of keys",
        "batches",
        "longest batch",
    ]);
    for rule in &report.rules {
        for step in &rule.steps {
            let Some(done) = &step.done else { continue };
            for (index, effect) in done.tables.iter().enumerate() {
                let first = |text: String| if index == 0 { text } else { String::new() };
                table.add_row([
                    rule.rule.clone(),
                    effect.table.clone(),
                    effect.effect.clone(),
                    effect.rows.to_string(),
                    effect.digest.get(..16).unwrap_or_default().to_owned(),
                    first(done.batches.to_string()),
                    first(format!("{:.1} ms", done.longest_batch_ms)),
                ]);
            }
        }
    }
    right(&mut table, 3..=3);
    right(&mut table, 5..=6);
    let _ = writeln!(text, "{table}");
    let _ = writeln!(text, "{}", closing(report, rehearsal));
    for rule in &report.rules {
        if let Some(sentence) = trouble(rule) {
            let _ = writeln!(text, "{}: {sentence}", rule.rule);
        }
        let kept = kept(rule);
        if !kept.is_empty() {
            let _ = writeln!(text, "{}: stay {kept}", rule.rule);
        }
    }
    broken(&mut text, report);
    text
}

fn closing(report: &DatabaseReport, rehearsal: bool) -> String {
    let rows = report.rows_done();
    match (rehearsal, report.stopped) {
        (true, _) => format!("{rows} rows would be touched; nothing was"),
        (false, true) => format!("stopped after {rows} rows; run again to go on"),
        (false, false) => format!("{rows} rows touched"),
    }
}

fn kept(rule: &RuleReport) -> String {
    [
        (rule.held, "held"),
        (rule.waiting, "waiting for children"),
        (rule.undatable, "undatable"),
    ]
    .iter()
    .filter(|(rows, _)| *rows > 0)
    .map(|(rows, why)| format!("{rows} {why}"))
    .collect::<Vec<_>>()
    .join(", ")
}

/// Receipts for people.
#[must_use]
pub fn audit(entries: &[Entry], summary: bool) -> String {
    let mut text = String::new();
    let mut table = bare();
    table.set_header([
        "at",
        "run",
        "rule",
        "table",
        "effect",
        "rows",
        "digest of keys",
    ]);
    for row in if summary {
        sums(entries)
    } else {
        lines(entries)
    } {
        table.add_row(row);
    }
    right(&mut table, 5..=5);
    let _ = writeln!(text, "{table}");
    text
}

fn lines(entries: &[Entry]) -> Vec<[String; 7]> {
    entries.iter().flat_map(line).collect()
}

fn line(entry: &Entry) -> Vec<[String; 7]> {
    let at = entry.at.to_rfc3339_opts(SecondsFormat::Secs, true);
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
            run, rows, ending, ..
        } => vec![said(run, "", format!("run ended, {ending:?}: {rows} rows"))],
        Record::Approved(approval) => vec![said(
            "",
            &approval.rule,
            format!(
                "approved by {} for {} rows until {}",
                approval.by,
                approval.rows_max,
                approval.expires.date_naive()
            ),
        )],
        Record::Adopted { database, .. } => vec![said("", "", format!("{database} adopted"))],
        Record::Boot { .. } | Record::Intent { .. } | Record::NotApplied { .. } => Vec::new(),
    }
}

/// The batches of one run, rule, table and effect.
struct Sum {
    at: String,
    rows: u64,
    receipts: u64,
}

fn sums(entries: &[Entry]) -> Vec<[String; 7]> {
    let mut found: BTreeMap<[String; 4], Sum> = BTreeMap::new();
    for entry in entries {
        if let Record::Done {
            run, rule, effects, ..
        } = &entry.record
        {
            for effect in effects {
                let place = [run, rule, &effect.table, &effect.effect].map(Clone::clone);
                let sum = found.entry(place).or_insert_with(|| Sum {
                    at: entry.at.to_rfc3339_opts(SecondsFormat::Secs, true),
                    rows: 0,
                    receipts: 0,
                });
                sum.rows += effect.rows;
                sum.receipts += 1;
            }
        }
    }
    found
        .into_iter()
        .map(|([run, rule, table, effect], sum)| {
            [
                sum.at,
                short(&run),
                rule,
                table,
                effect,
                sum.rows.to_string(),
                format!("{} receipts", sum.receipts),
            ]
        })
        .collect()
}

/// The random end of a run's name: its beginning is the time.
fn short(run: &str) -> String {
    run.rsplit('-').next().unwrap_or(run).to_owned()
}

fn bare() -> Table {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table
}

fn right(table: &mut Table, columns: std::ops::RangeInclusive<usize>) {
    for index in columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
