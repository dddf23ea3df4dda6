//! In a plan: what the same run will have done to a row before.

use crate::catalog::Relation;
use crate::plan::shared::{Taker, takers};
use crate::resolve::{BoundDisposition, BoundReference, BoundRule, Decision};
use crate::schedule::Mode;
use crate::sql::{Alias, Expr, Is};

use super::joins::parent_exists;
use super::{Predicates, World, removes_rows};

impl Predicates<'_> {
    /// The row will be gone, or its reference will: by its own rule, or with a row of another.
    pub fn is_gone_before(&mut self, relation: &Relation, row: Alias) -> Expr {
        self.gone_by(relation, row, |_| true)
    }

    /// A row that holds another will be gone when the rule acts: nothing says that the rules that remove it come before,
    /// as those of children do. False where the rows are asked for as they are.
    pub(super) fn hold_is_gone(&mut self, relation: &Relation, row: Alias) -> Expr {
        if self.world == World::AsItIs {
            return Expr::Truth(false);
        }
        let program = self.program;
        // Inside of another rule's question, what counts is what is gone when that one acts.
        let acting = self.asking.last().map(String::as_str).or(self.acting);
        let place = |name: &str| program.rules.iter().position(|rule| rule.name == name);
        let Some(now) = acting.and_then(place) else {
            return Expr::Truth(false);
        };
        self.gone_by(relation, row, |rule| {
            place(&rule.name).is_some_and(|one| one < now)
        })
    }

    fn gone_by(
        &mut self,
        relation: &Relation,
        row: Alias,
        counts: impl Fn(&BoundRule) -> bool,
    ) -> Expr {
        let program = self.program;
        let mut ways = Vec::new();
        if let Some(rule) = program.rule_of(&relation.child).filter(|one| counts(one))
            && rule.mode == Mode::Enforce
        {
            if removes_rows(rule) {
                ways.push(self.goes_by_its_rule(rule, row));
            }
            ways.extend(self.freed(rule, relation, row));
        }
        for taker in takers(program, &relation.child) {
            if taker.rule.mode == Mode::Enforce && counts(taker.rule) {
                ways.push(self.taken(&taker, row));
            }
        }
        Expr::any(ways)
    }

    /// An overwritten column is the one that refers.
    fn freed(&mut self, rule: &BoundRule, relation: &Relation, row: Alias) -> Vec<Expr> {
        let refers = |rewrite: &crate::anonymise::Rewrite| {
            let written = rewrite.column_names();
            relation
                .child_columns
                .iter()
                .any(|name| written.contains(name))
        };
        let mut ways = Vec::new();
        if let BoundDisposition::Anonymise(rewrite) = &rule.disposition
            && refers(rewrite)
        {
            ways.push(self.to_anonymise(rule, rewrite, row));
        }
        if let Some(rewrite) = rule.if_a_child_stays.as_ref().filter(|one| refers(one)) {
            ways.push(self.kept_by_a_child(rule, rewrite, row));
        }
        for purpose in &rule.purposes {
            if let Some(rewrite) = purpose.at_end.as_ref().filter(|one| refers(one)) {
                ways.push(self.purpose_ended(rule, purpose, rewrite, row));
            }
        }
        ways
    }

    /// The row goes with that of a rule, or as soon as that is due.
    fn taken(&mut self, taker: &Taker<'_>, row: Alias) -> Expr {
        let Some((nearest, above)) = taker.path.split_last() else {
            return Expr::Truth(false);
        };
        if nearest.decision == Decision::AtDue && above.is_empty() {
            return self.goes_at_due(taker.rule, nearest, row);
        }
        self.with_its_parent(taker.rule, nearest, above, row)
    }

    fn with_its_parent(
        &mut self,
        rule: &BoundRule,
        nearest: &BoundReference,
        above: &[&BoundReference],
        row: Alias,
    ) -> Expr {
        let mine = nearest.when.as_ref().map_or(Expr::Truth(true), |when| {
            when.realias(Alias::ROW, row).is(Is::True)
        });
        let parent = self.alias();
        let goes = match above.split_last() {
            None => self.removable(rule, parent),
            Some((next, [])) if next.decision == Decision::AtDue => {
                self.goes_at_due(rule, next, parent)
            }
            Some((next, above)) => self.with_its_parent(rule, next, above, parent),
        };
        Expr::all([mine, parent_exists(&nearest.relation, parent, row, goes)])
    }
}
