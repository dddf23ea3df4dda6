//! What keeps a row that is past its date: holds above it, children below it.

use crate::catalog::TableName;
use crate::plan::holds::ways_up;
use crate::resolve::{BoundReference, BoundRule, Decision};
use crate::schedule::Mode;
use crate::sql::{Alias, Expr, Is};

use super::joins::exists_child;
use super::{HOLDS_DEPTH_MAX, Predicates, World, removes_rows};

impl Predicates<'_> {
    /// No hold of the rule's own, and none on a row from which this one hangs.
    pub fn not_held(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let own = rule
            .holds
            .iter()
            .map(|hold| hold.realias(Alias::ROW, row).is(Is::False));
        let mut terms: Vec<Expr> = own.collect();
        terms.extend(self.parents_not_held(&rule.table.name, row, 0));
        Expr::all(terms)
    }

    /// For each way up to rows that a hold may cover: the rule up there, and that no hold reaches down to this row.
    pub fn free_from_above(&mut self, rule: &BoundRule, row: Alias) -> Vec<(String, Expr)> {
        self.ways_not_held(&rule.table.name, row, 0)
    }

    /// Holds are deep: they cover what hangs from the held row.
    fn parents_not_held(&mut self, table: &TableName, row: Alias, depth: u32) -> Vec<Expr> {
        let ways = self.ways_not_held(table, row, depth);
        ways.into_iter().map(|(_, term)| term).collect()
    }

    fn ways_not_held(&mut self, table: &TableName, row: Alias, depth: u32) -> Vec<(String, Expr)> {
        let mut terms = Vec::new();
        if depth >= HOLDS_DEPTH_MAX {
            return terms;
        }
        for way in ways_up(self.program, table) {
            let held = self.over_hops_that(Is::NotFalse, &way.hops, row, |this, parent| {
                let own = way.parent.holds.iter();
                let own = own.map(|hold| hold.realias(Alias::ROW, parent).is(Is::False));
                let above = this.parents_not_held(&way.parent.table.name, parent, depth + 1);
                Expr::all(own.chain(above)).is(Is::NotTrue)
            });
            if !reads_nothing(&held) {
                terms.push((way.parent.name.clone(), held.negated()));
            }
        }
        terms
    }

    /// A child that has a rule of its own keeps the row.
    pub fn child_stays(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let terms: Vec<Expr> = rule
            .references
            .iter()
            .map(|reference| self.reference_stays(reference, row))
            .collect();
        Expr::any(terms)
    }

    /// A row that refers to this one stays, or something below it does.
    pub fn reference_stays(&mut self, reference: &BoundReference, row: Alias) -> Expr {
        let alias = self.alias();
        let stays = match reference.decision {
            Decision::OwnRule => self.child_is_not_due(reference, alias),
            // What goes along goes only if nothing keeps it either.
            Decision::WithParent | Decision::AtDue => {
                let below: Vec<Expr> = reference
                    .nested
                    .iter()
                    .map(|nested| self.reference_stays(nested, alias))
                    .collect();
                Expr::any(below)
            }
            Decision::Detach => Expr::Truth(false),
        };
        if stays == Expr::Truth(false) {
            return stays;
        }
        let mine = reference.when.as_ref().map_or(Expr::Truth(true), |when| {
            when.realias(Alias::ROW, alias).is(Is::NotFalse)
        });
        exists_child(&reference.relation, alias, row, Expr::all([mine, stays]))
    }

    /// As things are, every child row stays until it is gone; in a plan, those that the run would remove first do not.
    fn child_is_not_due(&mut self, reference: &BoundReference, alias: Alias) -> Expr {
        if self.world == World::AsItIs && !reference.due_ones_go_along {
            return Expr::Truth(true);
        }
        let program = self.program;
        match program.rule_of(&reference.child.name) {
            Some(child) if child.mode == Mode::Enforce && removes_rows(child) => {
                self.removable(child, alias).is(Is::NotTrue)
            }
            _ => Expr::Truth(true),
        }
    }

    /// Due, and nothing that refers to the row stays.
    pub fn removable(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let due = self.due(rule, row);
        let stays = self.child_stays(rule, row);
        Expr::all([due, stays.negated()])
    }
}

/// A way up to rows that nothing can hold.
fn reads_nothing(held: &Expr) -> bool {
    match held {
        Expr::Exists(query) => match &query.condition {
            Expr::Truth(truth) => !truth,
            _ => false,
        },
        Expr::Truth(truth) => !truth,
        _ => false,
    }
}
