//! The newest rows of each group always stay.

use crate::calendar::{CountedFrom, Keep, Term};
use crate::catalog::Column;
use crate::resolve::{BoundNewest, BoundRule, equal};
use crate::sql::{Alias, Expr, Is, Op, Subquery};

use super::Predicates;

impl Predicates<'_> {
    /// Enough newer rows of the row's group are there; true where the rule keeps none.
    pub fn old_enough(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        match &rule.keep_newest {
            None => Expr::Truth(true),
            Some(newest) => self.not_newest(rule, newest, row),
        }
    }

    fn not_newest(&mut self, rule: &BoundRule, newest: &BoundNewest, row: Alias) -> Expr {
        let other = self.alias();
        let by = &newest.by;
        let value = |at| by.encoding.comparable(Expr::column(at, &by.column.name));
        let later = value(other).compare(Op::Greater, value(row));
        let alike = value(other).compare(Op::Equal, value(row));
        let newer = Expr::any([later, Expr::all([alike, greater(&rule.key, other, row)])]);
        // What has not happened yet, or cannot be dated, makes nothing older.
        let happened = |this: &Self, at| this.dated_over(by, &already(), at);
        let condition = Expr::all([
            equal(other, &newest.per, row, &newest.per),
            newer,
            happened(self, other),
        ]);
        let enough = Expr::AtLeast(
            newest.count,
            Box::new(Subquery {
                table: rule.table.name.clone(),
                alias: other,
                joins: vec![],
                condition,
            }),
        );
        Expr::all([happened(self, row).is(Is::True), enough])
    }
}

/// Happened by now, whatever the zone of a day may say: a day counts when it has ended in the last of them.
fn already() -> Term {
    Term {
        keep: Keep::None,
        counted_from: CountedFrom::Event,
        zone: chrono_tz::Etc::GMTPlus12,
    }
}

/// The key of one row is greater than that of another.
fn greater(key: &[Column], one: Alias, other: Alias) -> Expr {
    let pair = |column: &Column, op| {
        Expr::column(one, &column.name).compare(op, Expr::column(other, &column.name))
    };
    let at = |depth: usize| {
        let equal = key[..depth].iter().map(|column| pair(column, Op::Equal));
        Expr::all(equal.chain([pair(&key[depth], Op::Greater)]))
    };
    Expr::any((0..key.len()).map(at))
}
