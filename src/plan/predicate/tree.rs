//! A table that refers to itself: a row goes when every row below it may go.
//!
//! How deep a tree is nobody knows beforehand, so its rows are found by a query that goes on until there are no more.
//! Rows that refer to each other in a circle are below themselves; they go together or not at all.

use crate::catalog::Relation;
use crate::resolve::{BoundHold, BoundReference, BoundRule, Decision};
use crate::sql::{Alias, Expr, Is, Tree};

use super::joins::parent_exists;
use super::{Predicates, Way};

impl Predicates<'_> {
    /// A row below this one stays.
    pub fn tree_stays(&mut self, rule: &BoundRule, reference: &BoundReference, row: Alias) -> Expr {
        let seed = self.alias();
        let due = self.due(rule, seed);
        let kept = self.kept_by_others(rule, seed);
        let needed = self.needed(&rule.table.name, &rule.key, seed, Way::ByItself);
        let goes = Expr::all([due, kept.negated(), needed.negated()]);
        above(&reference.relation, seed, goes.is(Is::NotTrue), row)
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
        let mut terms = Vec::new();
        for reference in whole_trees(rule) {
            let seed = self.alias();
            let goes = self.removable(rule, seed);
            terms.push(below(&reference.relation, seed, goes, row));
        }
        Expr::any(terms)
    }

    /// A row above this one is held, however far up.
    pub fn held_in_tree(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let deep: Vec<&BoundHold> = rule.holds.iter().filter(|hold| hold.is_deep()).collect();
        let mut terms = Vec::new();
        if deep.is_empty() {
            return Expr::Truth(false);
        }
        for reference in rule.references.iter().filter(|one| one.is_tree()) {
            let seed = self.alias();
            let free: Vec<Expr> = deep.iter().map(|hold| self.free_of(hold, seed)).collect();
            let held = Expr::all(free).is(Is::NotTrue);
            terms.push(below(&reference.relation, seed, held, row));
        }
        Expr::any(terms)
    }
}

fn whole_trees(rule: &BoundRule) -> impl Iterator<Item = &BoundReference> {
    rule.references
        .iter()
        .filter(|one| one.is_tree() && one.decision == Decision::WithParent)
}

/// The row has one of these rows below it.
fn above(relation: &Relation, seed: Alias, condition: Expr, row: Alias) -> Expr {
    let tree = Tree {
        table: relation.child.clone(),
        row,
        member: relation.parent_columns.clone(),
        gives: relation.child_columns.clone(),
        link: relation.parent_columns.clone(),
        seed,
        condition,
    };
    Expr::Tree(Box::new(tree)).is(Is::True)
}

/// The row is below one of these rows.
pub fn below(relation: &Relation, seed: Alias, condition: Expr, row: Alias) -> Expr {
    let tree = Tree {
        table: relation.child.clone(),
        row,
        member: relation.child_columns.clone(),
        gives: relation.parent_columns.clone(),
        link: relation.child_columns.clone(),
        seed,
        condition,
    };
    Expr::Tree(Box::new(tree)).is(Is::True)
}
