//! The reports of the rehearsal and of the run, compared with each other and with what was written down.

use std::collections::BTreeMap;

use retentiond::run::{DatabaseReport, Effects, RuleReport, StepReport, Verdict};
use retentiond::state::Effect;

use super::expected::{Expected, Says};

type Outcome = Result<(), String>;

pub fn compare(
    expected: &Expected,
    rehearsal: &DatabaseReport,
    run: &DatabaseReport,
    schema: &str,
) -> Outcome {
    if !run.broken.is_empty() || run.stopped {
        return Err(format!("the run is not whole: {run:?}"));
    }
    for rule in &run.rules {
        let said = |says: &Says| {
            expected
                .rules
                .iter()
                .any(|line| line.rule == rule.rule && &line.says == says)
        };
        if let Some(failure) = &rule.failure {
            if !said(&Says::Fails) {
                return Err(format!("the rule {} failed: {failure}", rule.rule));
            }
            continue;
        }
        let acts = rule.verdict == Verdict::Runs || said(&Says::Stopped) || said(&Says::Observes);
        if !acts {
            return Err(format!(
                "the rule {} {}",
                rule.rule,
                rule.verdict.sentence()
            ));
        }
        if rule.verdict == Verdict::Runs && run.halted.is_none() {
            alike(rehearsal, rule, said(&Says::CountsOtherwise))?;
        }
    }
    for line in &expected.rules {
        let rule = run
            .rules
            .iter()
            .find(|rule| rule.rule == line.rule)
            .ok_or_else(|| format!("there is no rule {}", line.rule))?;
        says(&line.says, rule, schema)?;
    }
    Ok(())
}

/// The rehearsal is the run: rows and digests, by rule, step and table.
fn alike(rehearsal: &DatabaseReport, run: &RuleReport, counts_otherwise: bool) -> Outcome {
    let rehearsed = rehearsal
        .rules
        .iter()
        .find(|rule| rule.rule == run.rule)
        .ok_or_else(|| format!("{} was not rehearsed", run.rule))?;
    if let Some(failure) = &rehearsed.failure {
        return Err(format!("the rehearsal of {} failed: {failure}", run.rule));
    }
    if !counts_otherwise {
        foreseen(rehearsal, rehearsed)?;
    }
    let (before, after) = (effects(rehearsed), effects(run));
    if before != after {
        return Err(format!(
            "the rule {} was rehearsed as\n{before:#?}\nand run as\n{after:#?}",
            run.rule
        ));
    }
    Ok(())
}

/// What was counted beforehand is what the rehearsal finds, row by row: a row that goes over two references is one row.
/// Rows of a table that another step counts as well are left out.
fn foreseen(report: &DatabaseReport, rule: &RuleReport) -> Outcome {
    let steps = || report.rules.iter().flat_map(|one| &one.steps);
    for step in &rule.steps {
        let Some(done) = &step.done else { continue };
        let mut planned = BTreeMap::from([((step.table.as_str(), step.action), step.due)]);
        for one in &step.along {
            *planned.entry((one.table.as_str(), one.effect)).or_default() += one.rows;
        }
        for ((table, effect), rows) in planned {
            let is_told = |one: &&StepReport| {
                let took = |done: &Effects| done.tables.iter().any(|one| one.table == table);
                one.table == table
                    || one.along.iter().any(|along| along.table == table)
                    || one.done.as_ref().is_some_and(took)
            };
            if steps().filter(is_told).count() > 1 {
                continue;
            }
            let found = done
                .tables
                .iter()
                .find(|one| one.table == table && one.effect == effect);
            let found = found.map_or(0, |one| one.rows);
            if found != rows {
                return Err(format!(
                    "the rule {} counts {rows} rows of {table} as {effect} and finds {found}",
                    rule.rule
                ));
            }
        }
    }
    Ok(())
}

fn effects(rule: &RuleReport) -> Vec<(String, Vec<Effect>)> {
    rule.steps
        .iter()
        .map(|step| {
            let done = step.done.as_ref().map(|done| done.tables.clone());
            (
                format!("{:?} of {}", step.kind, step.table),
                done.unwrap_or_default(),
            )
        })
        .collect()
}

fn says(says: &Says, rule: &RuleReport, schema: &str) -> Outcome {
    let name = &rule.rule;
    let stopped = matches!(
        rule.verdict,
        Verdict::OverLimit(_) | Verdict::KeyNotUnique(_)
    );
    match says {
        Says::Fails if rule.failure.is_none() => Err(format!("the rule {name} did not fail")),
        Says::Stopped if !stopped => Err(format!("the rule {name} was not stopped")),
        Says::Observes if rule.verdict != Verdict::Observes => {
            Err(format!("the rule {name} does not observe"))
        }
        Says::Counts(counts) => counted(counts, rule, schema),
        _ => Ok(()),
    }
}

fn counted(counts: &[(String, u64)], rule: &RuleReport, schema: &str) -> Outcome {
    let mut wanted = BTreeMap::new();
    for (what, number) in counts {
        let found = match what.as_str() {
            "due" => rule.due,
            "touched" => rule.touched,
            "held" => rule.held,
            "waiting" => rule.waiting,
            "undatable" => rule.undatable,
            "newest" => rule.newest,
            effect => {
                wanted.insert(effect.to_owned(), *number);
                continue;
            }
        };
        if found != *number {
            return Err(format!(
                "the rule {} counts {found} {what}, not {number}",
                rule.rule
            ));
        }
    }
    let mut done: BTreeMap<String, u64> = BTreeMap::new();
    for effect in rule
        .steps
        .iter()
        .filter_map(|step| step.done.as_ref())
        .flat_map(|done| &done.tables)
    {
        let table = effect.table.strip_prefix(schema).unwrap_or(&effect.table);
        *done
            .entry(format!("{} {table}", effect.effect))
            .or_default() += effect.rows;
    }
    wanted.retain(|_, rows| *rows > 0);
    let named = counts.iter().any(|(what, _)| what.contains(' '));
    if named && wanted != done {
        return Err(format!(
            "the rule {} did {done:?}, not {wanted:?}",
            rule.rule
        ));
    }
    Ok(())
}
