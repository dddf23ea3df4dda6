//! Rows that several parents share: each of them would take the row along.

use crate::catalog::{Relation, TableName};
use crate::resolve::{BoundDisposition, BoundReference, BoundRule, Decision, Program};

/// A way from a row of a table up to a row of a rule, with which it would go.
#[derive(Debug, Clone)]
pub struct Taker<'a> {
    pub rule: &'a BoundRule,
    /// From the rule's own references down to the table.
    pub path: Vec<&'a BoundReference>,
}

impl<'a> Taker<'a> {
    /// The reference of the row itself.
    #[must_use]
    pub fn nearest(&self) -> Option<&'a BoundReference> {
        self.path.last().copied()
    }
}

/// Every rule whose rows take rows of this table along, or send them off, over every chain of references.
#[must_use]
pub fn takers<'a>(program: &'a Program, table: &TableName) -> Vec<Taker<'a>> {
    let mut found = Vec::new();
    for rule in &program.rules {
        for reference in &rule.references {
            // An anonymised row takes nobody along; what goes at once goes all the same.
            let takes = matches!(rule.disposition, BoundDisposition::Delete)
                || reference.decision == Decision::AtDue;
            if takes {
                down(rule, reference, Vec::new(), table, &mut found);
            }
        }
    }
    found
}

/// The others with which a row would go, beside the one over this relation.
#[must_use]
pub fn others<'a>(program: &'a Program, relation: &Relation) -> Vec<Taker<'a>> {
    takers(program, &relation.child)
        .into_iter()
        .filter(|taker| taker.nearest().is_some_and(|one| &one.relation != relation))
        .collect()
}

fn down<'a>(
    rule: &'a BoundRule,
    reference: &'a BoundReference,
    mut path: Vec<&'a BoundReference>,
    table: &TableName,
    found: &mut Vec<Taker<'a>>,
) {
    let takes = matches!(reference.decision, Decision::WithParent | Decision::AtDue);
    if !takes || reference.is_tree() {
        return;
    }
    path.push(reference);
    if &reference.relation.child == table {
        found.push(Taker {
            rule,
            path: path.clone(),
        });
    }
    for nested in &reference.nested {
        down(rule, nested, path.clone(), table, found);
    }
}
