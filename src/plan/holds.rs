//! Holds are deep: they cover the held row and what hangs from it.

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
        for reference in parent.references.iter().chain(&parent.hanging) {
            if !is_within(reference) {
                down(reference, parent, Vec::new(), (table, last), &mut found);
            }
        }
    }
    found
}

/// `to`: the table, and by which references its rows hang from those above.
fn down<'a>(
    reference: &BoundReference,
    parent: &'a BoundRule,
    mut path: Vec<Hop>,
    to: (&TableName, fn(Decision) -> bool),
    found: &mut Vec<WayUp<'a>>,
) {
    path.insert(
        0,
        Hop {
            when: reference.when.clone(),
            ..Hop::up(&reference.relation)
        },
    );
    let (table, last) = to;
    if last(reference.decision) && &reference.relation.child == table {
        found.push(WayUp {
            hops: path.clone(),
            parent,
        });
    }
    for nested in &reference.nested {
        down(nested, parent, path.clone(), to, found);
    }
}

/// The ways up that lead to rows which a deep hold may cover, or on to such rows: the others need not be followed.
#[must_use]
pub fn ways_up_to_holds<'a>(program: &'a Program, table: &TableName) -> Vec<WayUp<'a>> {
    to_holds(program, ways_up(program, table))
}

/// The ways from rows that would lose a reference up to rows which a deep hold may cover. A hold on what such a row goes
/// with covers it as well, though it is another row that goes.
#[must_use]
pub fn ways_from_freed_to_holds<'a>(
    program: &'a Program,
    freed: &BoundReference,
) -> Vec<WayUp<'a>> {
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
    ways.retain(|way| is_held(way.parent) || holds_reach(program, &way.parent.table.name));
    ways
}

/// A rule above the table has deep holds, however far up.
fn holds_reach(program: &Program, table: &TableName) -> bool {
    let mut seen = vec![table];
    let mut at = 0;
    while let Some(here) = seen.get(at).copied() {
        for way in ways_up(program, here) {
            if is_held(way.parent) {
                return true;
            }
            if !seen.contains(&&way.parent.table.name) {
                seen.push(&way.parent.table.name);
            }
        }
        at += 1;
    }
    false
}

fn is_held(rule: &BoundRule) -> bool {
    rule.holds.iter().any(BoundHold::is_deep)
}
