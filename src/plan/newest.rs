//! The rows that prove others old enough: locked, so that they are still there when those go.

use chrono::{DateTime, Utc};

use crate::catalog::Relation;
use crate::resolve::{BoundReference, BoundRule, Hop, Program};
use crate::sql::{Alias, Expr, Is};

use super::holds::hop;
use super::predicate::{Predicates, World};

/// Children of children that go along where they are due are followed no further down.
const DEPTH_MAX: usize = 8;

/// The newest rows of the groups of some rows.
#[derive(Debug, Clone)]
pub struct Newest {
    /// From the target to the rows of a rule, and on to all rows of their groups.
    pub path: Vec<Hop>,
    /// Which of the rows there are locked.
    pub condition: Expr,
}

/// For the rows of a rule, and for children that go along where they are due.
pub(super) fn of_rule(program: &Program, rule: &BoundRule, now: DateTime<Utc>) -> Vec<Newest> {
    let mut found = Vec::new();
    collect(program, rule, now, &[], &mut found);
    found
}

/// For children of a rule's rows that go as soon as those are due.
pub(super) fn at_due(
    program: &Program,
    rule: &BoundRule,
    reference: &BoundReference,
    now: DateTime<Utc>,
) -> Vec<Newest> {
    let path = [hop(&reference.relation)];
    group(program, rule, now, &path).into_iter().collect()
}

fn collect(
    program: &Program,
    rule: &BoundRule,
    now: DateTime<Utc>,
    path: &[Hop],
    found: &mut Vec<Newest>,
) {
    found.extend(group(program, rule, now, path));
    for reference in rule.references.iter().filter(|one| one.due_ones_go_along) {
        if let Some(child) = program.rule_of(&reference.child.name)
            && path.len() < DEPTH_MAX
        {
            let below = [path, &[down(&reference.relation)]].concat();
            collect(program, child, now, &below, found);
        }
    }
}

fn group(program: &Program, rule: &BoundRule, now: DateTime<Utc>, path: &[Hop]) -> Option<Newest> {
    let newest = rule.keep_newest.as_ref()?;
    let same_group = Hop {
        columns: newest.per.clone(),
        parent: rule.table.name.clone(),
        parent_columns: newest.per.clone(),
        when: None,
    };
    let mut predicates = Predicates::new(program, now, World::AsItIs);
    Some(Newest {
        path: [path, &[same_group]].concat(),
        condition: predicates.old_enough(rule, Alias::ROW).is(Is::NotTrue),
    })
}

fn down(relation: &Relation) -> Hop {
    Hop {
        columns: relation.parent_columns.clone(),
        parent: relation.child.clone(),
        parent_columns: relation.child_columns.clone(),
        when: None,
    }
}
