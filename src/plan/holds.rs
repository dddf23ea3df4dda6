//! Holds are deep: they cover the held row and what hangs from it.

use std::collections::BTreeSet;

use crate::catalog::TableName;
use crate::resolve::{BoundHold, BoundReference, BoundRule, Decision, Hop, Program};

/// A way from rows of a table up to rows of another rule.
#[derive(Debug, Clone)]
pub struct WayUp<'a> {
    /// From the row to the parent, step by step.
    pub hops: Vec<Hop>,
    pub parent: &'a BoundRule,
}

/// A reference of a table to itself that leads on from row to row, however far: not by (type, id), not by a text.
#[must_use]
pub fn is_within(reference: &BoundReference) -> bool {
    let relation = &reference.relation;
    relation.child == relation.parent && relation.text.is_none() && reference.when.is_none()
}

/// Every rule from whose rows the rows of this table hang, by whatever tables lie between. Not by references of a rule's
/// table to itself: those lead further than any list of steps.
#[must_use]
pub fn ways_up<'a>(program: &'a Program, table: &TableName) -> Vec<WayUp<'a>> {
    ways(program, table, |decision| !goes_with_its_parent(decision))
}

/// Every rule with whose rows the rows of this table go, by whatever tables lie between.
fn ways_along<'a>(program: &'a Program, table: &TableName) -> Vec<WayUp<'a>> {
    ways(program, table, goes_with_its_parent)
}

/// What goes with its parent is covered by the parent's own hold, as long as it is asked only whether it goes with that
/// parent.
fn goes_with_its_parent(decision: Decision) -> bool {
    match decision {
        Decision::WithParent | Decision::AtDue => true,
        Decision::OwnRule | Decision::Detach => false,
    }
}

fn ways<'a>(program: &'a Program, table: &TableName, last: fn(Decision) -> bool) -> Vec<WayUp<'a>> {
    let mut found = Vec::new();
    for parent in &program.rules {
        below(parent, &mut |reference, path| {
            if last(reference.decision) && &reference.relation.child == table {
                let up = path.iter().rev().map(|one| Hop {
                    when: one.when.clone(),
                    ..Hop::up(&one.relation)
                });
                found.push(WayUp {
                    hops: up.collect(),
                    parent,
                });
            }
        });
    }
    found
}

/// Every reference below a rule's rows, with the way to it, itself the last.
fn below<'a>(
    rule: &'a BoundRule,
    tell: &mut impl FnMut(&'a BoundReference, &[&'a BoundReference]),
) {
    for reference in rule.references.iter().chain(&rule.hanging) {
        if !is_within(reference) {
            down(reference, &mut Vec::new(), tell);
        }
    }
}

fn down<'a>(
    reference: &'a BoundReference,
    path: &mut Vec<&'a BoundReference>,
    tell: &mut impl FnMut(&'a BoundReference, &[&'a BoundReference]),
) {
    path.push(reference);
    tell(reference, path);
    for nested in &reference.nested {
        down(nested, path, tell);
    }
    path.pop();
}

/// The ways up that lead to rows which a deep hold may cover, or on to such rows: the others need not be followed.
#[must_use]
pub fn ways_up_to_holds<'a>(program: &'a Program, table: &TableName) -> Vec<WayUp<'a>> {
    if !program.rules.iter().any(is_held) {
        return Vec::new();
    }
    to_holds(program, ways_up(program, table))
}

/// The ways from rows that would lose a reference up to rows which a deep hold may cover. A hold on what such a row goes
/// with covers it as well, though it is another row that goes.
#[must_use]
pub fn ways_from_freed_to_holds<'a>(
    program: &'a Program,
    freed: &BoundReference,
) -> Vec<WayUp<'a>> {
    if !program.rules.iter().any(is_held) {
        return Vec::new();
    }
    let table = &freed.child.name;
    let own = [Hop {
        when: freed.when.clone(),
        ..Hop::up(&freed.relation)
    }];
    let mut ways = ways_up(program, table);
    ways.extend(ways_along(program, table));
    // The row to which it refers is not held itself, or it would not go.
    ways.retain(|way| way.hops != own);
    to_holds(program, ways)
}

fn to_holds<'a>(program: &Program, mut ways: Vec<WayUp<'a>>) -> Vec<WayUp<'a>> {
    let reached = reached_by_holds(program);
    ways.retain(|way| is_held(way.parent) || reached.contains(&way.parent.table.name));
    ways
}

/// The tables above whose rows are deep holds, however far up. Each rule is gone down from once: a database has hundreds
/// of tables, and this is asked for each of them.
fn reached_by_holds(program: &Program) -> BTreeSet<&TableName> {
    let mut reached = BTreeSet::new();
    let mut left: Vec<&BoundRule> = program.rules.iter().collect();
    loop {
        let (now, later): (Vec<&BoundRule>, Vec<&BoundRule>) = left
            .into_iter()
            .partition(|rule| is_held(rule) || reached.contains(&rule.table.name));
        if now.is_empty() {
            return reached;
        }
        for rule in now {
            below(rule, &mut |reference, _| {
                if !goes_with_its_parent(reference.decision) {
                    reached.insert(&reference.relation.child);
                }
            });
        }
        left = later;
    }
}

fn is_held(rule: &BoundRule) -> bool {
    rule.holds.iter().any(BoundHold::is_deep)
}
