//! The conditions of a rule's steps: which rows are overwritten, which children go at once.

use crate::anonymise::Rewrite;
use crate::resolve::{BoundPurpose, BoundReference, BoundRule};
use crate::sql::{Alias, Expr, Is};

use super::joins::parent_exists;
use super::{Predicates, Way, certainly_not_covered, removes_rows};

impl Predicates<'_> {
    /// The row is due, and nothing needs what would be overwritten.
    pub fn to_anonymise(&mut self, rule: &BoundRule, rewrite: &Rewrite, row: Alias) -> Expr {
        let due = self.due(rule, row);
        let needed = self.needed_columns(rule, rewrite, row);
        Expr::all([due, needed.negated()])
    }

    /// The row is due, and a child that stays keeps it.
    pub fn kept_by_a_child(&mut self, rule: &BoundRule, rewrite: &Rewrite, row: Alias) -> Expr {
        let due = self.due(rule, row);
        let stays = self.child_stays(rule, row);
        let needed = self.needed_columns(rule, rewrite, row);
        Expr::all([due, stays, needed.negated()])
    }

    /// One purpose of the row has ended, and the row itself stays.
    pub fn purpose_ended(
        &mut self,
        rule: &BoundRule,
        purpose: &BoundPurpose,
        rewrite: &Rewrite,
        row: Alias,
    ) -> Expr {
        let mut terms = vec![
            certainly_not_covered(purpose, row).negated(),
            self.ended(purpose, row),
        ];
        for other in sharing(rule, purpose) {
            let ended = self.ended(other, row);
            terms.push(Expr::any([certainly_not_covered(other, row), ended]));
        }
        terms.push(self.in_scope(rule, row));
        terms.push(self.not_held(rule, row));
        let needed = self.needed_columns(rule, rewrite, row);
        terms.push(needed.negated());
        if removes_rows(rule) {
            let goes = self.removable(rule, row);
            terms.push(goes.is(Is::NotTrue));
        }
        Expr::all(terms)
    }

    /// A child that goes as soon as the rule's row is due, and whom nothing below or beside keeps.
    pub fn goes_at_due(
        &mut self,
        rule: &BoundRule,
        reference: &BoundReference,
        row: Alias,
    ) -> Expr {
        let parent = self.alias();
        let due = self.due(rule, parent);
        let mine = reference
            .when
            .as_ref()
            .map_or(Expr::Truth(true), |when| when.realias(Alias::ROW, row));
        let parent_due = parent_exists(&reference.relation, parent, row, due);
        let kept = self.kept_with_its_parent(reference, row);
        Expr::all([mine, parent_due, kept.negated()])
    }

    /// A row that would go with its parent, or at once when that is due, and has to stay.
    pub fn kept_with_its_parent(&mut self, reference: &BoundReference, row: Alias) -> Expr {
        let mut kept: Vec<Expr> = reference
            .nested
            .iter()
            .map(|nested| self.reference_stays(nested, row))
            .collect();
        let along = Way::Along(&reference.relation);
        let child = &reference.relation.child;
        kept.push(self.needed(child, &reference.child_key, row, along));
        kept.push(self.shared(&reference.relation, row));
        // What hangs from a held row as well, beside the row with which it goes.
        let free = self.parents_not_held(child, row, 0);
        kept.push(Expr::all(free).negated());
        Expr::any(kept)
    }
}

/// Other purposes that need one of the same columns: all must have ended.
fn sharing<'a>(rule: &'a BoundRule, purpose: &BoundPurpose) -> Vec<&'a BoundPurpose> {
    let mine = columns(purpose);
    rule.purposes
        .iter()
        .filter(|other| other.name != purpose.name)
        .filter(|other| columns(other).iter().any(|column| mine.contains(column)))
        .collect()
}

fn columns(purpose: &BoundPurpose) -> Vec<String> {
    purpose
        .at_end
        .as_ref()
        .map(Rewrite::column_names)
        .unwrap_or_default()
}
