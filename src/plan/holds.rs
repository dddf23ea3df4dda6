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

/// Every rule from whose rows the rows of this table hang, by whatever tables lie between.
#[must_use]
pub fn ways_up<'a>(program: &'a Program, table: &TableName) -> Vec<WayUp<'a>> {
    let mut found = Vec::new();
    for parent in &program.rules {
        for reference in parent.references.iter().chain(&parent.hanging) {
            down(reference, parent, Vec::new(), table, &mut found);
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

/// The ways to every row whose hold covers a row of this table, however far up: what is locked before it is asked.
#[must_use]
pub fn ways_to_holds<'a>(program: &'a Program, table: &TableName) -> Vec<WayUp<'a>> {
    fn above<'a>(program: &'a Program, table: &TableName, depth: u32) -> Vec<WayUp<'a>> {
        let mut found = Vec::new();
        if depth >= super::predicate::HOLDS_DEPTH_MAX {
            return found;
        }
        for way in ways_up(program, table) {
            if way.parent.holds.iter().any(BoundHold::is_deep) {
                found.push(way.clone());
            }
            for further in above(program, &way.parent.table.name, depth + 1) {
                found.push(WayUp {
                    hops: [way.hops.as_slice(), &further.hops].concat(),
                    parent: further.parent,
                });
            }
        }
        found
    }
    above(program, table, 0)
}
