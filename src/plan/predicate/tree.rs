//! A table that refers to itself: a row goes when every row below it may go.
//!
//! How deep a tree is nobody knows beforehand, so its rows are found by a query that goes on until there are no more.
//! A table may refer to itself by several columns: what is below is below over all of them, one after the other. Rows
//! that refer to each other in a circle are below themselves; they go together or not at all.

use crate::catalog::{Column, Relation};
use crate::plan::holds::is_within;
use crate::resolve::{BoundHold, BoundReference, BoundRule, Decision};
use crate::sql::{Alias, Begins, Expr, Is, Link, Tree};

use super::joins::parent_exists;
use super::{Predicates, Way};

impl Predicates<'_> {
    /// A row below this one stays.
    pub fn tree_stays(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        self.above_what_stays(rule, row, Begins::BesideTheSeeds)
    }

    /// The row is not due, or something keeps it, or a row below it stays. Asked in one, since what keeps the rows of
    /// one table may be trees itself: asked of the row and of those below it, a statement would be twice as long with
    /// every table.
    pub fn stays_in_tree(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        self.above_what_stays(rule, row, Begins::WithTheSeeds)
    }

    fn above_what_stays(&mut self, rule: &BoundRule, row: Alias, begins: Begins) -> Expr {
        let seed = self.alias();
        let due = self.due(rule, seed);
        let kept = self.kept_by_others(rule, seed);
        let needed = self.needed(&rule.table.name, &rule.key, seed, Way::ByItself);
        let goes = Expr::all([due, kept.negated(), needed.negated()]);
        let tree = Tree {
            links: trees(rule).map(|one| up(&one.relation)).collect(),
            ..set(rule, row, seed, goes.is(Is::NotTrue), begins)
        };
        Expr::Tree(Box::new(tree)).is(Is::True)
    }

    /// The row goes with the row above it, which is there.
    pub fn follows(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let mut terms = Vec::new();
        for reference in whole_trees(rule) {
            let parent = self.alias();
            terms.push(parent_exists(
                &reference.relation,
                parent,
                row,
                Expr::Truth(true),
            ));
        }
        Expr::any(terms)
    }

    /// The row is below one that goes, and goes with it.
    pub fn follows_one_that_goes(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        self.below_what_goes(rule, row, Begins::BesideTheSeeds)
    }

    /// The row goes by its rule, alone or with the row above it.
    pub fn goes_by_its_rule(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        if whole_trees(rule).next().is_none() {
            return self.removable(rule, row);
        }
        self.below_what_goes(rule, row, Begins::WithTheSeeds)
    }

    fn below_what_goes(&mut self, rule: &BoundRule, row: Alias, begins: Begins) -> Expr {
        if whole_trees(rule).next().is_none() {
            return Expr::Truth(false);
        }
        let seed = self.alias();
        let goes = self.removable(rule, seed);
        let relations: Vec<&Relation> = trees(rule).map(|one| &one.relation).collect();
        below(&relations, &rule.key, seed, goes, row, begins)
    }

    /// The row, or one above it, is held from elsewhere or by a deep hold of the rule: however far up it is. Only for a
    /// table that refers to itself; false where nothing holds.
    pub fn held_in_tree(&mut self, rule: &BoundRule, row: Alias, depth: u32) -> Expr {
        let relations = within(rule);
        let seed = self.alias();
        let deep = rule.holds.iter().filter(|hold| hold.is_deep());
        let own: Vec<Expr> = deep
            .map(|hold: &BoundHold| self.free_of(hold, seed))
            .collect();
        let others = self.other_ways_not_held(&rule.table.name, seed, depth);
        let free = Expr::all(
            own.into_iter()
                .chain(others.into_iter().map(|(_, one)| one)),
        );
        if relations.is_empty() || free == Expr::Truth(true) {
            return Expr::Truth(false);
        }
        let held = free.is(Is::NotTrue);
        let begins = Begins::WithTheSeeds;
        below(&relations, &rule.key, seed, held, row, begins)
    }
}

/// The references of a table to itself by which its rows keep each other, or go together.
pub(super) fn trees(rule: &BoundRule) -> impl Iterator<Item = &BoundReference> {
    rule.references.iter().filter(|one| one.is_tree())
}

fn whole_trees(rule: &BoundRule) -> impl Iterator<Item = &BoundReference> {
    trees(rule).filter(|one| one.decision == Decision::WithParent)
}

/// All references of a table to itself: a hold reaches over those too that are detached.
pub(super) fn within(rule: &BoundRule) -> Vec<&Relation> {
    let all = rule.references.iter().chain(&rule.hanging);
    all.filter(|one| is_within(one))
        .map(|one| &one.relation)
        .collect()
}

fn set(rule: &BoundRule, row: Alias, seed: Alias, condition: Expr, begins: Begins) -> Tree {
    Tree {
        table: rule.table.name.clone(),
        row,
        key: rule.key.iter().map(|one| one.name.clone()).collect(),
        links: Vec::new(),
        seed,
        condition,
        begins,
    }
}

/// To the row that a row refers to.
fn up(relation: &Relation) -> Link {
    Link {
        gives: relation.child_columns.clone(),
        meets: relation.parent_columns.clone(),
    }
}

/// To the rows that refer to a row.
fn down(relation: &Relation) -> Link {
    Link {
        gives: relation.parent_columns.clone(),
        meets: relation.child_columns.clone(),
    }
}

/// The row is below one of these rows of its table, over any of these references to itself; false without any.
pub fn below(
    relations: &[&Relation],
    key: &[Column],
    seed: Alias,
    condition: Expr,
    row: Alias,
    begins: Begins,
) -> Expr {
    let Some(first) = relations.first() else {
        return Expr::Truth(false);
    };
    let tree = Tree {
        table: first.child.clone(),
        row,
        key: key.iter().map(|one| one.name.clone()).collect(),
        links: relations.iter().map(|one| down(one)).collect(),
        seed,
        condition,
        begins,
    };
    Expr::Tree(Box::new(tree)).is(Is::True)
}
