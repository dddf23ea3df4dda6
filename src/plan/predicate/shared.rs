//! A row that several parents share stays while one of them is not due.

use crate::catalog::Relation;
use crate::plan::shared::others;
use crate::resolve::{BoundReference, BoundRule};
use crate::schedule::Mode;
use crate::sql::{Alias, Expr, Is};

use super::Predicates;
use super::joins::parent_exists;

impl Predicates<'_> {
    /// Another parent, with which the row would go as well, is not due. One that is due and waits for something else
    /// does not keep it: two that shared a row would wait for each other.
    pub fn shared(&mut self, relation: &Relation, row: Alias) -> Expr {
        let program = self.program;
        let mut terms = Vec::new();
        for other in others(program, relation) {
            let Some((nearest, above)) = other.path.split_last() else {
                continue;
            };
            let parent = self.alias();
            let due = if other.rule.mode == Mode::Enforce {
                self.root_due(other.rule, above, parent)
            } else {
                Expr::Truth(false)
            };
            let mine = nearest.when.as_ref().map_or(Expr::Truth(true), |when| {
                when.realias(Alias::ROW, row).is(Is::NotFalse)
            });
            let stays = due.is(Is::NotTrue);
            terms.push(Expr::all([
                mine,
                parent_exists(&nearest.relation, parent, row, stays),
            ]));
        }
        Expr::any(terms)
    }

    /// The row of the rule at the upper end of these references is due.
    fn root_due(&mut self, rule: &BoundRule, above: &[&BoundReference], row: Alias) -> Expr {
        let Some((nearest, above)) = above.split_last() else {
            return self.due(rule, row);
        };
        let parent = self.alias();
        let due = self.root_due(rule, above, parent);
        let mine = nearest.when.as_ref().map_or(Expr::Truth(true), |when| {
            when.realias(Alias::ROW, row).is(Is::True)
        });
        Expr::all([mine, parent_exists(&nearest.relation, parent, row, due)])
    }
}
