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
    let mut found = Vec::new();
    for parent in &program.rules {
        for reference in parent.references.iter().chain(&parent.hanging) {
            if !is_within(reference) {
                down(reference, parent, Vec::new(), table, &mut found);
            }
        }
    }
    found
}

/// What goes with its parent is covered by the parent's own hold; what stays for a rule of its own is not, unless the
/// hold is asked for here.
fn down<'a>(
    reference: &BoundReference,
    parent: &'a BoundRule,
    mut path: Vec<Hop>,
    table: &TableName,
    found: &mut Vec<WayUp<'a>>,
) {
    path.insert(
        0,
        Hop {
            when: reference.when.clone(),
            ..Hop::up(&reference.relation)
        },
    );
    let apart = matches!(reference.decision, Decision::OwnRule | Decision::Detach);
    if apart && &reference.relation.child == table {
        found.push(WayUp {
            hops: path.clone(),
            parent,
        });
    }
    for nested in &reference.nested {
        down(nested, parent, path.clone(), table, found);
    }
}

/// The ways up that lead to rows which a deep hold may cover, or on to such rows: the others need not be followed.
#[must_use]
pub fn ways_up_to_holds<'a>(program: &'a Program, table: &TableName) -> Vec<WayUp<'a>> {
    let mut ways = ways_up(program, table);
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
