//! The order of the rules: a rule that reads a start event runs before the rule that removes its rows, and a child's
//! rule before its parent's. There is no frozen set of due rows, so the order is what makes one run complete.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::catalog::{Relation, TableName};
use crate::diagnostic::{Fault, Span};
use crate::schedule::Schedule;

use super::program::{BoundReference, BoundRule, Decision};
use super::{along, freed, purposes};

/// Sorts the rules; those in a circle come back as faults and are left out.
///
/// Where a child's rows say when their parent is due, they cannot go first: the parent runs first and takes the due
/// ones along.
pub(super) fn sort(mut rules: Vec<BoundRule>, schedule: &Schedule) -> (Vec<BoundRule>, Vec<Fault>) {
    along::take_along(&mut rules);
    let before: Vec<BTreeMap<usize, Because>> = rules
        .iter()
        .map(|rule| predecessors(rule, &rules))
        .collect();
    let mut done: Vec<usize> = Vec::new();
    loop {
        // The first in the document's order that nothing waits for: the order is stable.
        let next = (0..rules.len()).find(|index| {
            !done.contains(index) && before[*index].keys().all(|one| done.contains(one))
        });
        match next {
            Some(index) => done.push(index),
            None => break,
        }
    }
    let circular = circular(&rules, &before, &done, schedule);
    let mut slots: Vec<Option<BoundRule>> = rules.into_iter().map(Some).collect();
    let sorted = done
        .into_iter()
        .filter_map(|index| slots[index].take())
        .collect();
    (sorted, circular)
}

/// Why a rule runs after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Because {
    /// Rows of the other, or rows that go with its own, keep this one's.
    Waits,
    /// The other counts from rows that this one removes.
    IsReadBefore,
    /// The other asks about what this one sets to NULL.
    IsAskedBefore,
}

impl Because {
    fn words(self, rule: &BoundRule, other: &BoundRule) -> String {
        let (rule, other) = (&rule.name, &other.name);
        match self {
            Self::Waits => format!("{rule} waits until the rows of {other} have gone"),
            Self::IsReadBefore => {
                format!("{other} must be asked before {rule} removes rows that it counts from")
            }
            Self::IsAskedBefore => {
                format!("{other} must be asked before {rule} detaches rows of it")
            }
        }
    }
}

/// The rules that must run before this one.
fn predecessors(rule: &BoundRule, rules: &[BoundRule]) -> BTreeMap<usize, Because> {
    let mut children = Vec::new();
    own_rule_children(&rule.references, &mut children);
    let mut removed = vec![rule.table.name.clone()];
    rows_that_go_along(&rule.references, &mut removed);
    let mut taken = Vec::new();
    rows_taken_along(&rule.references, &mut taken);
    let because = |other: &BoundRule| {
        // Rows that keep this one, and go with others.
        let mut theirs = vec![other.table.name.clone()];
        rows_that_go_along(&other.references, &mut theirs);
        if theirs.iter().any(|table| children.contains(table)) {
            return Some(Because::Waits);
        }
        let mut read = other.purposes.iter().flat_map(purposes::tables_read);
        // A row that has lost what dated it would stay for ever, counted nowhere; not one that goes with it.
        let mut needed = other.purposes.iter().flat_map(purposes::tables_needed);
        if read.any(|table| removed.contains(&table))
            || needed.any(|read| {
                let mut of_it = taken.iter().filter(|by| &by.child == read.table);
                of_it.any(|by| read.by != Some(by))
            })
        {
            return Some(Because::IsReadBefore);
        }
        decides_by_what_becomes_null(&rule.references, other).then_some(Because::IsAskedBefore)
    };
    rules
        .iter()
        .enumerate()
        .filter(|(_, other)| other.name != rule.name)
        .filter_map(|(index, other)| Some((index, because(other)?)))
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

/// By what the rows refer that this rule takes along as soon as they are due by a rule of their own.
fn rows_taken_along<'a>(references: &'a [BoundReference], found: &mut Vec<&'a Relation>) {
    for reference in references {
        if reference.due_ones_go_along {
            found.push(&reference.relation);
        }
        rows_taken_along(&reference.nested, found);
    }
}

/// What waits in a circle, and what comes after it.
fn circular(
    rules: &[BoundRule],
    before: &[BTreeMap<usize, Because>],
    done: &[usize],
    schedule: &Schedule,
) -> Vec<Fault> {
    let left = (0..rules.len()).filter(|index| !done.contains(index));
    left.filter_map(|index| {
        let written = schedule.rule(&rules[index].name)?;
        let fault = match circle(index, before) {
            Some(circle) => waiting(rules, before, &circle, written.name.at),
            None => Fault::error(
                written.name.at,
                format!(
                    "the rule {} comes after rules that wait for each other",
                    written.name
                ),
            )
            .hint("mend those: they stand elsewhere in this list"),
        };
        Some(fault.in_rule(&written.name.value))
    })
    .collect()
}

/// The shortest way from a rule back to itself, over those for which it waits.
fn circle(start: usize, before: &[BTreeMap<usize, Because>]) -> Option<Vec<usize>> {
    let mut ways: VecDeque<Vec<usize>> = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = *way.last()?;
        for next in before[last].keys().copied() {
            if next == start {
                return Some(way);
            }
            if seen.insert(next) {
                ways.push_back([way.as_slice(), &[next]].concat());
            }
        }
    }
    None
}

fn waiting(
    rules: &[BoundRule],
    before: &[BTreeMap<usize, Because>],
    circle: &[usize],
    at: Span,
) -> Fault {
    let mut sorted = circle.to_vec();
    sorted.sort_unstable();
    let names: Vec<&str> = sorted
        .iter()
        .map(|index| rules[*index].name.as_str())
        .collect();
    let after = circle.iter().skip(1).chain(circle.first());
    let reasons: Vec<String> = circle
        .iter()
        .zip(after)
        .filter_map(|(one, other)| {
            let because = before[*one].get(other)?;
            Some(because.words(&rules[*one], &rules[*other]))
        })
        .collect();
    Fault::error(
        at,
        format!("the rules {} wait for each other", names.join(", ")),
    )
    .hint(format!(
        "{}; let one table's rows go \"with-parent\", start the period from an event that the other rule does not \
         remove, or say what holds without it (`if-none`)",
        reasons.join("; ")
    ))
}
