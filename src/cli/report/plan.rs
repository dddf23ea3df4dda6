//! A plan for people.

use std::fmt::Write as _;

use crate::plan::StepKind;
use crate::run::{CoverageReport, DatabaseReport, RuleReport, StepReport, Verdict};

use super::hold::standing;
use super::{bare, broken, heading, kept, lines, right, rows, second, trouble};

/// A plan for people.
#[must_use]
pub fn plan(report: &DatabaseReport) -> String {
    let mut text = heading(report, "plan");
    if let Some(why) = &report.halted {
        let _ = writeln!(text, "nothing could be planned: {why}");
        return text;
    }
    let mut table = bare(&[
        "rule",
        "table",
        "rows",
        "due",
        "touched",
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
            rule.oldest_due
                .map_or_else(|| "-".to_owned(), |at| at.date_naive().to_string()),
            verdict_word(rule).to_owned(),
        ]);
    }
    right(&mut table, 2..=4);
    text.push_str(&lines(&table));
    for rule in &report.rules {
        text.push_str(&details(rule));
    }
    standing(&mut text, report);
    broken(&mut text, report);
    text
}

fn details(rule: &RuleReport) -> String {
    let mut text = format!("\n{}\n", rule.rule);
    for cutoff in &rule.cutoffs {
        let whose = cutoff.case.as_ref().map_or_else(
            || cutoff.purpose.clone(),
            |case| format!("{}, {case}", cutoff.purpose),
        );
        let until = cutoff.cutoff.map_or_else(|| "nothing".to_owned(), second);
        let _ = writeln!(
            text,
            "  {whose}: kept {}, due if begun up to {until}",
            cutoff.keep
        );
    }
    for because in &rule.order {
        let _ = writeln!(text, "  {because}");
    }
    for step in &rule.steps {
        text.push_str(&planned(step));
    }
    let kept = kept(rule);
    if !kept.is_empty() {
        let _ = writeln!(text, "  stay: {kept}");
    }
    if let Some(uncovered) = rule.uncovered.filter(|rows| *rows > 0) {
        let _ = writeln!(
            text,
            "  {} certainly covered by no purpose: never touched",
            rows(uncovered)
        );
    }
    for share in rule.coverage.iter().flatten() {
        let _ = writeln!(text, "  {}", covered(share));
    }
    if let Some(undecided) = rule.undecided.filter(|rows| *rows > 0) {
        let _ = writeln!(
            text,
            "  {} with a condition that is NULL: it counts as the longer answer",
            rows(undecided)
        );
    }
    for review in &rule.reviews {
        let _ = writeln!(
            text,
            "  {}: last reviewed on {}, to be reviewed again by {}",
            review.purpose, review.reviewed, review.due
        );
    }
    for copy in &rule.copies {
        let covered = copy
            .rule
            .as_ref()
            .map_or_else(|| "no rule".to_owned(), |rule| format!("the rule {rule}"));
        let _ = writeln!(
            text,
            "  copies known: the trigger {} of {} writes into {}, which {covered} covers",
            copy.trigger, copy.of, copy.into
        );
    }
    if rule.weakest_assurance {
        text.push_str(
            "  weakest assurance: the table cannot roll back, and a failed batch leaves rows removed that no receipt \
             counts\n",
        );
    }
    if let Some(sentence) = trouble(rule) {
        let _ = writeln!(text, "  {sentence}");
    }
    text
}

fn covered(share: &CoverageReport) -> String {
    let owner = match (&share.case, &share.because) {
        (Some(case), _) => format!("the case {case}"),
        (None, Some(because)) => format!("exempt ({because})"),
        (None, None) if share.owner == "undecided" => "a condition that is NULL".to_owned(),
        (None, None) => "its own period".to_owned(),
    };
    format!("{}, {owner}: {}", share.purpose, rows(share.rows))
}

fn planned(step: &StepReport) -> String {
    let why = match step.kind {
        StepKind::Disposition => "",
        StepKind::AtDue => " because their parent is due",
        StepKind::ChildStays => " because a child must stay",
        StepKind::AtEnd => " because a purpose has ended",
        StepKind::Returned => " because a backup brought them back",
    };
    let mut text = format!(
        "  {} of {} would be {}{why}, in {}\n",
        rows(step.due),
        step.table,
        step.action,
        step.walk
    );
    for along in &step.along {
        let _ = writeln!(
            text,
            "    with them {} of {} would be {}",
            rows(along.rows),
            along.table,
            along.effect
        );
    }
    for statement in &step.statements {
        let _ = writeln!(text, "    {statement}");
    }
    text
}

fn verdict_word(rule: &RuleReport) -> &'static str {
    if rule.failure.is_some() {
        return "failed";
    }
    match rule.verdict {
        Verdict::Runs => "runs",
        Verdict::Observes => "observes",
        Verdict::NeedsApproval(_) => "needs approval",
        Verdict::OverLimit(_) => "over a limit",
        Verdict::KeyNotUnique(_) => "key not unique",
        Verdict::NotAsked => "not asked for",
    }
}
