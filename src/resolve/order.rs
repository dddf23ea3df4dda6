//! The order of the rules: a rule that reads a start event runs before the rule that removes its rows, and a child's
//! rule before its parent's. There is no frozen set of due rows, so the order is what makes one run complete.

use std::collections::BTreeSet;

use crate::catalog::TableName;
use crate::diagnostic::Fault;
use crate::schedule::Schedule;

use super::program::{BoundReference, BoundRule, Decision};
use super::{freed, purposes};

/// Sorts the rules; those in a circle come back as faults and are left out.
///
/// Where a child's rows say when their parent is due, they cannot go first: the parent runs first and takes the due
/// ones along.
pub(super) fn sort(mut rules: Vec<BoundRule>, schedule: &Schedule) -> (Vec<BoundRule>, Vec<Fault>) {
    take_along(&mut rules);
    let before: Vec<BTreeSet<usize>> = rules
        .iter()
        .map(|rule| predecessors(rule, &rules))
        .collect();
    let mut done: Vec<usize> = Vec::new();
    loop {
        // The first in the document's order that nothing waits for: the order is stable.
        let next = (0..rules.len()).find(|index| {
            !done.contains(index) && before[*index].iter().all(|one| done.contains(one))
        });
        match next {
            Some(index) => done.push(index),
            None => break,
        }
    }
    let circular = circle(&rules, &done, schedule);
    let mut slots: Vec<Option<BoundRule>> = rules.into_iter().map(Some).collect();
    let sorted = done
        .into_iter()
        .filter_map(|index| slots[index].take())
        .collect();
    (sorted, circular)
}

/// Marks the references whose due rows go along, and gives them what their removal needs.
fn take_along(rules: &mut [BoundRule]) {
    let all = rules.to_vec();
    for rule in rules {
        let read: Vec<TableName> = rule
            .purposes
            .iter()
            .flat_map(purposes::tables_read)
            .collect();
        for reference in &mut rule.references {
            let child = all
                .iter()
                .find(|other| other.table.name == reference.child.name);
            let says_when = read.contains(&reference.child.name);
            // A tree goes as its own rows allow; it cannot be taken along row by row.
            let tree = |rule: &BoundRule| rule.references.iter().any(BoundReference::is_tree);
            if let Some(child) = child.filter(|one| !tree(one))
                && says_when
                && reference.decision == Decision::OwnRule
            {
                reference.due_ones_go_along = true;
                reference.child_key.clone_from(&child.key);
                reference.nested.clone_from(&child.references);
            }
        }
    }
}

/// The rules that must run before this one.
fn predecessors(rule: &BoundRule, rules: &[BoundRule]) -> BTreeSet<usize> {
    let mut children = Vec::new();
    own_rule_children(&rule.references, &mut children);
    let mut removed = vec![rule.table.name.clone()];
    rows_that_go_along(&rule.references, &mut removed);
    let mut taken = Vec::new();
    rows_taken_along(&rule.references, &mut taken);
    rules
        .iter()
        .enumerate()
        .filter(|(_, other)| other.name != rule.name)
        .filter(|(_, other)| {
            let child = children.contains(&other.table.name);
            // Rows that keep this one, and go with others.
            let mut theirs = Vec::new();
            rows_that_go_along(&other.references, &mut theirs);
            let child = child || theirs.iter().any(|table| children.contains(table));
            let reads_mine = other
                .purposes
                .iter()
                .flat_map(purposes::tables_read)
                .any(|table| removed.contains(&table));
            // A row that has lost what dated it would stay for ever, counted nowhere.
            let needs_mine = other
                .purposes
                .iter()
                .flat_map(purposes::tables_needed)
                .any(|table| taken.contains(&table));
            child
                || reads_mine
                || needs_mine
                || decides_by_what_becomes_null(&rule.references, other)
        })
        .map(|(index, _)| index)
        .collect()
}

/// Rows that this rule frees are judged by another rule as they were: it runs before, so that its plan stays true.
fn decides_by_what_becomes_null(references: &[BoundReference], other: &BoundRule) -> bool {
    references.iter().any(|one| {
        freed::read_by(other, one).is_some() || decides_by_what_becomes_null(&one.nested, other)
    })
}

fn own_rule_children(references: &[BoundReference], found: &mut Vec<TableName>) {
    for reference in references {
        if reference.decision == Decision::OwnRule && !reference.due_ones_go_along {
            found.push(reference.child.name.clone());
        }
        own_rule_children(&reference.nested, found);
    }
}

/// The tables whose rows this rule removes beside its own.
fn rows_that_go_along(references: &[BoundReference], found: &mut Vec<TableName>) {
    for reference in references {
        if matches!(reference.decision, Decision::WithParent | Decision::AtDue) {
            found.push(reference.child.name.clone());
        }
        rows_that_go_along(&reference.nested, found);
    }
}

/// The tables whose rows this rule takes along as soon as they are due by a rule of their own.
fn rows_taken_along(references: &[BoundReference], found: &mut Vec<TableName>) {
    for reference in references {
        if reference.due_ones_go_along {
            found.push(reference.child.name.clone());
        }
        rows_taken_along(&reference.nested, found);
    }
}

fn circle(rules: &[BoundRule], done: &[usize], schedule: &Schedule) -> Vec<Fault> {
    let left: Vec<&BoundRule> = rules
        .iter()
        .enumerate()
        .filter(|(index, _)| !done.contains(index))
        .map(|(_, rule)| rule)
        .collect();
    let names: Vec<&str> = left.iter().map(|rule| rule.name.as_str()).collect();
    left.iter()
        .filter_map(|rule| schedule.rule(&rule.name))
        .map(|rule| {
            Fault::error(
                rule.name.at,
                format!("the rules {} wait for each other", names.join(", ")),
            )
            .hint(
                "each would have to run before the other: let one table's rows go \"with-parent\", start the period \
                 from an event that the other rule does not remove, or say what holds without it (`if-none`)",
            )
            .in_rule(&rule.name.value)
        })
        .collect()
}
