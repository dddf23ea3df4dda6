//! Periods that stand in a column: one cutoff for each value that was read.

use crate::resolve::{BoundLength, BoundPurpose, BoundStart, LengthIn};
use crate::sql::{Alias, Expr, Is, Op, Value};

use super::cover::{certainly_not_covered, may_own};
use super::{BoundPeriod, Predicates};

impl Predicates<'_> {
    /// The column counts a value that was read, and start plus that period is in the past.
    pub(super) fn length_over(
        &mut self,
        column: &LengthIn,
        start: &BoundStart,
        row: Alias,
    ) -> Expr {
        self.over_hops(&column.hops, row, |this, at| {
            let over = column.terms().map(|(count, term)| {
                let counted = counted(column, at).compare(Op::Equal, number(count));
                Expr::all([counted, this.start_over(start, &term, row)])
            });
            Expr::any(over.collect::<Vec<_>>())
        })
    }

    /// The event has happened, and how long the row is to be kept is NULL, not believed, or was not there when the
    /// values were read.
    pub(super) fn length_unknown(&mut self, purpose: &BoundPurpose, row: Alias) -> Expr {
        let mut terms = Vec::new();
        for (owned, period) in may_own(purpose, row) {
            if let BoundLength::InColumn(column) = &period.length {
                terms.push(Expr::all([
                    owned,
                    self.begun_for_nobody_knows(period, column, row),
                ]));
            }
        }
        let covered = certainly_not_covered(purpose, row).is(Is::NotTrue);
        Expr::all([covered, Expr::any(terms)])
    }

    fn begun_for_nobody_knows(
        &mut self,
        period: &BoundPeriod,
        column: &LengthIn,
        row: Alias,
    ) -> Expr {
        let begun = self.start_over(&period.start, &period.length.begun(), row);
        let known = self.over_hops(&column.hops, row, |_, at| {
            let counts: Vec<Expr> = column.terms().map(|(count, _)| number(count)).collect();
            if counts.is_empty() {
                return Expr::Truth(false);
            }
            Expr::In(Box::new(counted(column, at)), counts)
        });
        Expr::all([begun, known.is(Is::NotTrue)])
    }
}

fn counted(column: &LengthIn, at: Alias) -> Expr {
    Expr::column(at, &column.column.name)
}

fn number(count: i64) -> Expr {
    Expr::Value(Value::Int(count), None)
}
