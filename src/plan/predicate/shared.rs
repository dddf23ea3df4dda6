//! A row that several parents share stays while one of them is not due.

use crate::catalog::{Relation, TableName};
use crate::plan::shared::takers;
use crate::resolve::BoundReference;
use crate::schedule::Mode;
use crate::sql::{Alias, Expr, Is};

use super::Predicates;
use super::joins::parent_exists;

impl Predicates<'_> {
    /// Another parent, with which the row would go as well, is not due. One that is due and waits for something else
    /// does not keep it: two that shared a row would wait for each other.
    pub fn shared(&mut self, relation: &Relation, row: Alias) -> Expr {
        let mut terms = Vec::new();
        for other in self.ups(&relation.child) {
            if &other.relation != relation {
                terms.push(self.kept_by_parent(&other, row));
            }
        }
        Expr::any(terms)
    }

    /// The references by which rows of a table would go with another, each once.
    fn ups(&self, table: &TableName) -> Vec<BoundReference> {
        let mut found: Vec<BoundReference> = Vec::new();
        for taker in takers(self.program, table) {
            if let Some(nearest) = taker.nearest()
                && !found.iter().any(|one| one.relation == nearest.relation)
            {
                found.push(nearest.clone());
            }
        }
        found
    }

    fn kept_by_parent(&mut self, up: &BoundReference, row: Alias) -> Expr {
        let parent = self.alias();
        let stays = self.parent_stays(&up.relation.parent, parent);
        let exists = parent_exists(&up.relation, parent, row, stays);
        Expr::all([mine(up, row, Is::NotFalse), exists])
    }

    /// The row of a rule is not due; or the row, which goes along with others, would not go with all of them.
    fn parent_stays(&mut self, table: &TableName, row: Alias) -> Expr {
        if let Some(rule) = self.program.rule_of(table) {
            return match rule.mode {
                Mode::Enforce => self.due(rule, row).is(Is::NotTrue),
                Mode::Observe => Expr::Truth(true),
            };
        }
        let mut there = Vec::new();
        let mut stay = Vec::new();
        for up in self.ups(table) {
            let parent = self.alias();
            let exists = parent_exists(&up.relation, parent, row, Expr::Truth(true));
            there.push(Expr::all([mine(&up, row, Is::True), exists]));
            stay.push(self.kept_by_parent(&up, row));
        }
        Expr::any([Expr::any(there).negated(), Expr::any(stay)])
    }
}

fn mine(up: &BoundReference, row: Alias, is: Is) -> Expr {
    up.when.as_ref().map_or(Expr::Truth(true), |when| {
        when.realias(Alias::ROW, row).is(is)
    })
}
