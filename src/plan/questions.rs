//! What a plan asks of a rule's table beside "how many are due".

use chrono::{DateTime, Utc};

use crate::catalog::TableName;
use crate::resolve::{BoundDisposition, BoundReference, BoundRule, Decision, HoldBy, Program};
use crate::sql::{Alias, Begins, Expr, Is};

use super::predicate::{Predicates, Way, World, below as below_in_tree, parent_exists};
use super::step::Step;

/// Conditions to count by; `None` where the rule has no such rows by construction.
#[derive(Debug, Clone)]
pub struct Questions {
    /// Past its date under every purpose, and a hold keeps it.
    pub held: Option<Expr>,
    /// Due, and a child that has a rule of its own keeps it, or it says when another row is due.
    pub waiting: Option<Expr>,
    /// Past its date under every purpose, not held, and one of the newest that always stay.
    pub newest: Option<Expr>,
    /// A start event is there and cannot be dated.
    pub undatable: Option<Expr>,
    /// No purpose certainly covers the row.
    pub uncovered: Option<Expr>,
    /// A condition or a hold is NULL for the row, which counts as the longer answer.
    pub undecided: Option<Expr>,
}

impl Questions {
    /// Of one rule at one moment.
    #[must_use]
    pub fn of(program: &Program, rule: &BoundRule, now: DateTime<Utc>) -> Self {
        let mut predicates = Predicates::new(program, now, World::AfterChildren).acting(rule);
        let ended = predicates.all_ended(rule, Alias::ROW);
        let free = predicates.not_held(rule, Alias::ROW);
        let old = predicates.old_enough(rule, Alias::ROW);
        let due = predicates.due(rule, Alias::ROW);
        let stays = predicates.child_stays(rule, Alias::ROW);
        let needed = match rule.disposition {
            BoundDisposition::Delete => {
                predicates.needed(&rule.table.name, &rule.key, Alias::ROW, Way::ByItself)
            }
            BoundDisposition::Anonymise(ref rewrite) => {
                predicates.needed_columns(rule, rewrite, Alias::ROW)
            }
        };
        // A row that goes with the one above it, which does not go.
        let follows = predicates.follows(rule, Alias::ROW);
        let goes = predicates.follows_one_that_goes(rule, Alias::ROW);
        let behind = Expr::all([follows, goes.negated()]);
        let undatable = predicates.undatable(rule, Alias::ROW);
        let covered = Predicates::covered(rule, Alias::ROW);
        Self {
            newest: asked(Expr::all([
                ended.clone(),
                free.clone(),
                old.is(Is::NotTrue),
            ])),
            held: asked(Expr::all([ended, free.is(Is::NotTrue)])),
            waiting: asked(Expr::all([due, Expr::any([stays, needed, behind])])),
            undatable: asked(undatable),
            uncovered: asked(covered.is(Is::NotTrue)),
            undecided: asked(undecided(rule)),
        }
    }
}

fn undecided(rule: &BoundRule) -> Expr {
    let of_purposes = rule.purposes.iter().flat_map(|purpose| {
        let cases = purpose.cases.iter().map(|case| &case.when);
        purpose.when.iter().chain(&purpose.unless).chain(cases)
    });
    Expr::any(
        of_purposes
            .chain(rule.holds.iter().filter_map(|hold| match &hold.by {
                HoldBy::Row(condition) => Some(condition),
                HoldBy::Table(_) => None,
            }))
            .map(|condition| condition.clone().is(Is::Null)),
    )
}

fn asked(expr: Expr) -> Option<Expr> {
    (expr != Expr::Truth(false)).then_some(expr)
}

/// A child table of a step, and the condition under which its rows go along.
#[derive(Debug, Clone)]
pub struct Along {
    pub reference: BoundReference,
    pub condition: Expr,
}

/// What happens to the rows of one table beside a step's own: a row that goes along, or is freed, over several
/// references, is one row; a row that goes is not also freed.
#[derive(Debug, Clone)]
pub struct Aside {
    pub table: TableName,
    pub effect: Decision,
    pub condition: Expr,
}

/// The tables beside a step's own, each with the condition that counts its rows once.
#[must_use]
pub fn asides(step: &Step) -> Vec<Aside> {
    let mut found: Vec<Aside> = Vec::new();
    for Along {
        reference,
        condition,
    } in along(step)
    {
        let table = reference.relation.child;
        let effect = match reference.decision {
            Decision::Detach => Decision::Detach,
            Decision::WithParent | Decision::AtDue | Decision::OwnRule => Decision::WithParent,
        };
        let known = |one: &&mut Aside| one.table == table && one.effect == effect;
        match found.iter_mut().find(known) {
            Some(one) => {
                let before = std::mem::replace(&mut one.condition, Expr::Truth(false));
                one.condition = Expr::any([before, condition]);
            }
            None => found.push(Aside {
                table,
                effect,
                condition,
            }),
        }
    }
    let going: Vec<(TableName, Expr)> = found
        .iter()
        .filter(|one| one.effect != Decision::Detach)
        .map(|one| (one.table.clone(), one.condition.clone()))
        .chain([(step.target.table.clone(), step.preview.clone())])
        .collect();
    for one in found
        .iter_mut()
        .filter(|one| one.effect == Decision::Detach)
    {
        let goes = going.iter().filter(|(table, _)| *table == one.table);
        let stays = goes.map(|(_, goes)| goes.clone().is(Is::NotTrue));
        let freed = std::mem::replace(&mut one.condition, Expr::Truth(false));
        one.condition = Expr::all(stays.chain([freed]));
    }
    found
}

/// Every table whose rows go along with a step's, with the condition that finds them in a preview.
#[must_use]
pub fn along(step: &Step) -> Vec<Along> {
    let mut found = Vec::new();
    // Children that go at once, or by a rule of their own, are counted by their own step.
    let counted = |reference: &&BoundReference| {
        matches!(reference.decision, Decision::AtDue | Decision::OwnRule)
    };
    let uncounted: Vec<&BoundReference> = step.bundle.iter().filter(|one| !counted(one)).collect();
    let mut parents = vec![step.preview.clone()];
    if let Some(tree) = uncounted.iter().find(|one| one.is_tree()) {
        let seed = Alias(30_000);
        let seeds = step.preview.realias(Alias::ROW, seed);
        let by = [&tree.relation];
        let key = &step.target.key;
        let condition = below_in_tree(&by, key, seed, seeds, Alias::ROW, Begins::BesideTheSeeds);
        found.push(Along {
            reference: (*tree).clone(),
            condition: condition.clone(),
        });
        parents.push(condition);
    }
    let parent = Expr::any(parents);
    for reference in uncounted.into_iter().filter(|one| !one.is_tree()) {
        below(reference, &parent, 20_000, &mut found);
    }
    found
}

fn below(reference: &BoundReference, parent: &Expr, alias: u32, found: &mut Vec<Along>) {
    let up = Alias(alias);
    let mine = reference.when.clone().unwrap_or(Expr::Truth(true));
    let of_parent = parent.realias(Alias::ROW, up);
    let condition = Expr::all([
        mine,
        parent_exists(&reference.relation, up, Alias::ROW, of_parent),
    ]);
    found.push(Along {
        reference: reference.clone(),
        condition: condition.clone(),
    });
    if reference.decision != Decision::Detach {
        for nested in &reference.nested {
            if nested.decision != Decision::OwnRule {
                below(nested, &condition, alias + 1, found);
            }
        }
    }
}
