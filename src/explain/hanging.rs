//! The rows of other rules from which a record hangs.

use crate::catalog::TableName;
use crate::plan::predicate::{Predicates, World};
use crate::resolve::{BoundReference, BoundRule, Decision, Hop};
use crate::sql::{Alias, Expr};

use super::Surroundings;
use super::model::Parent;
use super::question::{Answers, Questions, Slot};

/// A way up, and what is asked of the row at its end.
pub(super) struct Hanging<'a> {
    parent: &'a BoundRule,
    decision: Decision,
    there: Slot,
    due: Slot,
}

/// Asks of every rule from whose rows those of the table hang.
pub(super) fn ask<'a>(
    around: &Surroundings<'a>,
    table: &TableName,
    questions: &mut Questions,
) -> Vec<Hanging<'a>> {
    let mut found = Vec::new();
    for parent in &around.program.rules {
        for reference in parent.references.iter().chain(&parent.hanging) {
            let mut ways = Vec::new();
            ways_down(reference, &[], table, &mut ways);
            for (hops, decision) in ways {
                let mut predicates = Predicates::new(around.program, around.now, World::AsItIs);
                let there = predicates.over_hops(&hops, Alias::ROW, |_, _| Expr::Truth(true));
                let due = predicates.over_hops(&hops, Alias::ROW, |this, at| this.due(parent, at));
                found.push(Hanging {
                    parent,
                    decision,
                    there: questions.ask(there),
                    due: questions.ask(due),
                });
            }
        }
    }
    found
}

fn ways_down(
    reference: &BoundReference,
    above: &[Hop],
    table: &TableName,
    found: &mut Vec<(Vec<Hop>, Decision)>,
) {
    let mut path = vec![Hop::up(&reference.relation)];
    path.extend_from_slice(above);
    if &reference.relation.child == table {
        found.push((path.clone(), reference.decision));
    }
    for nested in &reference.nested {
        ways_down(nested, &path, table, found);
    }
}

impl Hanging<'_> {
    pub fn told(&self, around: &Surroundings<'_>, answers: &Answers) -> Parent {
        Parent {
            table: around.catalog.written(&self.parent.table.name),
            rule: self.parent.name.clone(),
            decision: word(self.decision),
            there: answers.holds(self.there),
            due: answers.holds(self.due),
        }
    }
}

/// A decision as the schedule writes it.
pub(super) fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::WithParent => "with-parent",
        Decision::AtDue => "at-due",
        Decision::OwnRule => "own-rule",
        Decision::Detach => "detach",
    }
}
