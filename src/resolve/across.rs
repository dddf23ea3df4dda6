//! What one rule does to another: judged when all rules of a database are known.

use crate::catalog::TableName;
use crate::diagnostic::{Fault, Span};
use crate::schedule::Rule;

use super::program::{BoundReference, BoundRule, BoundStart, Decision, Hop, Leg};
use super::{Surroundings, purposes};

/// Faults between rules, each with its rule's name.
pub(super) fn check(around: &Surroundings<'_>, rules: &[BoundRule]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for bound in rules {
        let Some(rule) = around.schedule.rule(&bound.name) else {
            continue;
        };
        for reference in &bound.references {
            faults.extend(start_is_cut(rule, reference, rules));
            faults.extend(start_may_go(rule, bound, reference));
        }
        faults.extend(several_ways(rule, bound));
    }
    faults
}

/// A reference that becomes NULL can lead nobody to a start event any more.
fn start_is_cut(rule: &Rule, reference: &BoundReference, rules: &[BoundRule]) -> Option<Fault> {
    if reference.decision != Decision::Detach {
        return None;
    }
    let child = rules
        .iter()
        .find(|other| other.table.name == reference.child.name)?;
    let parent = &reference.relation.parent;
    let leads = |hops: &[Hop]| hops.first().is_some_and(|hop| &hop.parent == parent);
    let follows = purposes::periods(child)
        .any(|period| follows(&period.start, parent) || leads(period.length.hops()));
    follows.then(|| {
        let sentence = format!(
            "the rule {} counts from a column of {}, and would lose the way to it",
            child.name, reference.relation.parent
        );
        Fault::error(place(rule, &reference.child.name), sentence)
            .hint("decide \"own-rule\": the row that says when another is due stays until that one has gone")
            .in_rule(&rule.name)
    })
}

fn follows(start: &BoundStart, parent: &TableName) -> bool {
    match start {
        BoundStart::Column { hops, .. } => hops.first().is_some_and(|hop| &hop.parent == parent),
        BoundStart::Related {
            before, otherwise, ..
        } => {
            let up = matches!(before.first(), Some(Leg::Up(hop)) if &hop.parent == parent);
            up || otherwise
                .as_ref()
                .is_some_and(|start| follows(start, parent))
        }
        BoundStart::Reported(_) | BoundStart::Chosen(_) => false,
        BoundStart::LatestOf(list) | BoundStart::EarliestOf(list) => {
            list.iter().any(|one| follows(one, parent))
        }
    }
}

/// The rows that say when a parent is due have a rule of their own, which may take them before.
fn start_may_go(rule: &Rule, bound: &BoundRule, reference: &BoundReference) -> Option<Fault> {
    let reads = bound
        .purposes
        .iter()
        .flat_map(purposes::tables_read)
        .any(|table| table == reference.child.name);
    (reads && reference.decision == Decision::OwnRule).then(|| {
        let sentence = format!(
            "rows of {} say when these are due, and have a rule of their own",
            reference.child.name
        );
        Fault::warning(place(rule, &reference.child.name), sentence)
            .hint(
                "see that their own period is not shorter: once the last of them has gone, the parent is due only by \
                 if-none",
            )
            .in_rule(&rule.name)
    })
}

/// A decision for a whole table that refers to the same parent in several ways does not say which parent counts.
fn several_ways(rule: &Rule, bound: &BoundRule) -> Option<Fault> {
    let goes = |reference: &&BoundReference| {
        matches!(reference.decision, Decision::WithParent | Decision::AtDue)
    };
    let going: Vec<&BoundReference> = bound.references.iter().filter(goes).collect();
    let shared = going.iter().enumerate().find_map(|(index, one)| {
        let again = going[..index]
            .iter()
            .any(|other| other.child.name == one.child.name);
        again.then_some(&one.child.name)
    })?;
    let (name, _) = rule
        .children
        .iter()
        .find(|(name, _)| name.value == shared.table || name.value == shared.to_string())?;
    let sentence = format!("{shared} refers to {} in several ways", bound.table.name);
    Some(
        Fault::error(name.at, sentence)
            .hint(format!(
                "decide each by itself, as \"{name}.column\": a row that goes with one parent is gone for the other too"
            ))
            .in_rule(&rule.name),
    )
}

fn place(rule: &Rule, child: &TableName) -> Span {
    rule.children
        .iter()
        .find(|(name, _)| {
            let table = name.value.rsplit('.').nth(1).unwrap_or(&name.value);
            name.value == child.table || name.value == child.to_string() || table == child.table
        })
        .map_or(rule.table.at, |(name, _)| name.at)
}
