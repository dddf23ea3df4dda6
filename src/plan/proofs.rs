//! Rows of which a condition says that they are there: locked, so that they still are when the target goes.
//!
//! The newest rows of a group prove the others old enough; a report proves that an event has happened. What proves
//! something can only be lost by a change of these rows: new ones need not be kept away.

use chrono::{DateTime, Utc};

use crate::catalog::TableName;
use crate::resolve::{BoundReference, BoundRule, Decision, Hop, Program, Reported, equal};
use crate::sql::{Alias, Expr, Is};

use super::predicate::{Predicates, World};

/// Children of children that go along where they are due are followed no further down.
const DEPTH_MAX: usize = 8;

/// Rows that prove something of the row at the end of a path.
#[derive(Debug, Clone)]
pub struct Proof {
    /// From the target; empty: of the target itself.
    pub path: Vec<Hop>,
    /// The table of the rows that are locked.
    pub table: TableName,
    /// Which of its rows ([`Alias::ROW`]), for the row [`Proof::OF`].
    pub condition: Expr,
}

impl Proof {
    /// The row of which something is proved.
    pub const OF: Alias = Alias(30_000);
}

/// For the rows of a rule, and for children that go along where they are due.
pub(super) fn of_rule(program: &Program, rule: &BoundRule, now: DateTime<Utc>) -> Vec<Proof> {
    let mut found = Vec::new();
    collect(program, rule, now, &[], &mut found);
    found
}

/// For the rows of a rule at the end of a path.
pub(super) fn at(
    program: &Program,
    rule: &BoundRule,
    now: DateTime<Utc>,
    path: &[Hop],
) -> Vec<Proof> {
    let mut found = Vec::new();
    own(program, rule, now, path, &mut found);
    found
}

/// The reports about the rows of a rule, whatever the event: they go with the row.
pub(super) fn reports(rule: &BoundRule) -> Option<Proof> {
    let reported = rule.reported().into_iter().next()?;
    Some(Proof {
        path: Vec::new(),
        table: reported.table.clone(),
        condition: reported.about(Alias::ROW, Proof::OF),
    })
}

fn collect(
    program: &Program,
    rule: &BoundRule,
    now: DateTime<Utc>,
    path: &[Hop],
    found: &mut Vec<Proof>,
) {
    own(program, rule, now, path, found);
    below(program, &rule.references, now, path, found);
}

fn below(
    program: &Program,
    references: &[BoundReference],
    now: DateTime<Utc>,
    path: &[Hop],
    found: &mut Vec<Proof>,
) {
    if path.len() >= DEPTH_MAX {
        return;
    }
    for reference in references {
        let to = [path, &[Hop::down(&reference.relation)]].concat();
        match program.rule_of(&reference.child.name) {
            Some(child) if reference.due_ones_go_along => collect(program, child, now, &to, found),
            None if reference.decision == Decision::WithParent => {
                below(program, &reference.nested, now, &to, found);
            }
            _ => {}
        }
    }
}

fn own(
    program: &Program,
    rule: &BoundRule,
    now: DateTime<Utc>,
    path: &[Hop],
    found: &mut Vec<Proof>,
) {
    found.extend(newest(program, rule, now, path));
    found.extend(rule.reported().into_iter().map(|one| report(one, path)));
}

fn newest(program: &Program, rule: &BoundRule, now: DateTime<Utc>, path: &[Hop]) -> Option<Proof> {
    let newest = rule.keep_newest.as_ref()?;
    let mut predicates = Predicates::new(program, now, World::AsItIs);
    Some(Proof {
        path: path.to_vec(),
        table: rule.table.name.clone(),
        condition: Expr::all([
            equal(Alias::ROW, &newest.per, Proof::OF, &newest.per),
            predicates.old_enough(rule, Alias::ROW).is(Is::NotTrue),
        ]),
    })
}

fn report(reported: &Reported, path: &[Hop]) -> Proof {
    Proof {
        path: path.to_vec(),
        table: reported.table.clone(),
        condition: Expr::all([
            reported.about(Alias::ROW, Proof::OF),
            reported.is_named(Alias::ROW),
        ]),
    }
}
