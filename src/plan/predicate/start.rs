//! When a start event and its period are over.

use crate::catalog::Relation;
use crate::resolve::{BoundPeriod, BoundRule, BoundStart, Dated, Encoding, Hop};
use crate::schedule::Aggregate;
use crate::sql::{Alias, Expr, Function, Is, Op, Subquery, Value};

use super::Predicates;
use super::joins::{equal, exists_child};

impl Predicates<'_> {
    /// Start event plus period is in the past.
    pub fn period_over(&mut self, period: &BoundPeriod, row: Alias) -> Expr {
        self.start_over(&period.start, period, row)
    }

    fn start_over(&mut self, start: &BoundStart, period: &BoundPeriod, row: Alias) -> Expr {
        match start {
            BoundStart::Column { hops, column } => {
                self.over_hops(hops, row, |this, at| this.dated_over(column, period, at))
            }
            BoundStart::Related {
                aggregate,
                relation,
                hops,
                column,
                only,
                otherwise,
                ..
            } => {
                let related = Related {
                    relation,
                    hops,
                    column,
                    only: only.as_ref(),
                };
                let found = match aggregate {
                    Aggregate::Latest => self.latest_over(&related, period, row),
                    Aggregate::Earliest => self.earliest_over(&related, period, row),
                };
                match otherwise {
                    Some(start) => self.or_where_none(found, &related, start, period, row),
                    None => found,
                }
            }
            BoundStart::LatestOf(list) => {
                let terms: Vec<Expr> = list
                    .iter()
                    .map(|one| self.start_over(one, period, row))
                    .collect();
                Expr::all(terms)
            }
            BoundStart::EarliestOf(list) => {
                let terms: Vec<Expr> = list
                    .iter()
                    .map(|one| self.start_over(one, period, row))
                    .collect();
                Expr::any(terms)
            }
        }
    }

    /// A condition about the row itself, or about the parent at the end of a path.
    pub fn over_hops(
        &mut self,
        hops: &[Hop],
        row: Alias,
        condition: impl FnOnce(&mut Self, Alias) -> Expr,
    ) -> Expr {
        let Some((first, rest)) = hops.split_first() else {
            return condition(self, row);
        };
        let alias = self.alias();
        let mut here = alias;
        let mut joins = Vec::new();
        for hop in rest {
            let next = self.alias();
            joins.push((
                hop.parent.clone(),
                next,
                equal(next, &hop.parent_columns, here, &hop.columns),
            ));
            here = next;
        }
        let asked = condition(self, here);
        Expr::Exists(Box::new(Subquery {
            table: first.parent.clone(),
            alias,
            joins,
            condition: Expr::all([
                equal(alias, &first.parent_columns, row, &first.columns),
                asked,
            ]),
        }))
    }

    /// The event of this column has happened, can be dated, and its period is over.
    pub fn dated_over(&self, dated: &Dated, period: &BoundPeriod, at: Alias) -> Expr {
        let cutoff = dated
            .encoding
            .cutoff(&period.period, self.now, &dated.column, self.dialect());
        let Some(cutoff) = cutoff else {
            return Expr::Truth(false);
        };
        let value = dated
            .encoding
            .comparable(Expr::column(at, &dated.column.name));
        let mut terms = vec![
            value.clone().compare(Op::LessOrEqual, cutoff),
            value.compare(Op::GreaterOrEqual, self.floor(dated)),
        ];
        terms.extend(self.shaped(dated, at));
        terms.extend(self.whole(dated, at));
        terms.extend(not_never(dated, at));
        Expr::all(terms)
    }

    /// MySQL and MariaDB keep dates without a month or a day where their mode allows it, and compare them like others.
    fn whole(&self, dated: &Dated, at: Alias) -> Option<Expr> {
        let dates = matches!(
            dated.encoding,
            Encoding::Date | Encoding::DayInTimestamp | Encoding::Naive(_)
        );
        if !self.dialect().is_mysql_family() || !dates {
            return None;
        }
        let has = |part| {
            Expr::Call(part, vec![Expr::column(at, &dated.column.name)])
                .compare(Op::Greater, Expr::Value(Value::Int(0), None))
        };
        Some(Expr::all([has(Function::Month), has(Function::DayOfMonth)]))
    }

    fn floor(&self, dated: &Dated) -> Expr {
        dated
            .encoding
            .floor(dated.not_before, &dated.column, self.dialect())
    }

    fn shaped(&self, dated: &Dated, at: Alias) -> Option<Expr> {
        let column = Expr::column(at, &dated.column.name);
        dated
            .encoding
            .shape()
            .map(|shape| Expr::Shaped(Box::new(column), shape))
    }

    /// The last event is over when all are. A row that may count, counts.
    fn latest_over(&mut self, related: &Related<'_>, period: &BoundPeriod, row: Alias) -> Expr {
        let any = self.alias();
        let found = exists_child(related.relation, any, row, related.counts(any, Is::True));
        let open = self.alias();
        let over = self.over_hops(related.hops, open, |this, at| {
            this.dated_over(related.column, period, at)
        });
        let stops = Expr::all([related.counts(open, Is::NotFalse), over.is(Is::NotTrue)]);
        let stopped = exists_child(related.relation, open, row, stops);
        Expr::all([found, stopped.negated()])
    }

    /// The first event is over when one is. Rows that may not count do not.
    fn earliest_over(&mut self, related: &Related<'_>, period: &BoundPeriod, row: Alias) -> Expr {
        let one = self.alias();
        let over = self.over_hops(related.hops, one, |this, at| {
            this.dated_over(related.column, period, at)
        });
        let counts = related.counts(one, Is::True);
        exists_child(related.relation, one, row, Expr::all([counts, over]))
    }

    /// Where there is no related row, another event decides.
    fn or_where_none(
        &mut self,
        found: Expr,
        related: &Related<'_>,
        otherwise: &BoundStart,
        period: &BoundPeriod,
        row: Alias,
    ) -> Expr {
        let none = self.alias();
        let counts = related.counts(none, Is::NotFalse);
        let nobody = exists_child(related.relation, none, row, counts).negated();
        let own = self.start_over(otherwise, period, row);
        Expr::any([found, Expr::all([nobody, own])])
    }

    /// A start event is there and cannot be dated: not plausible, or not in its declared form.
    pub fn undatable(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let mut terms = Vec::new();
        for purpose in &rule.purposes {
            let periods = purpose
                .cases
                .iter()
                .map(|case| &case.period)
                .chain(purpose.otherwise.as_ref());
            for period in periods {
                if let Some(dated) = period.start.own_column() {
                    terms.push(self.not_datable(dated, row));
                }
            }
        }
        terms.dedup();
        Expr::any(terms)
    }

    /// Something stands in the column, is no declared "never", and is no plausible date.
    pub fn not_datable(&self, dated: &Dated, row: Alias) -> Expr {
        let value = dated
            .encoding
            .comparable(Expr::column(row, &dated.column.name));
        let implausible = value.compare(Op::Less, self.floor(dated));
        let misshapen = self
            .shaped(dated, row)
            .map(|shaped| {
                let there = Expr::column(row, &dated.column.name).is(Is::NotNull);
                Expr::all([there, shaped.is(Is::NotTrue)])
            })
            .unwrap_or(Expr::Truth(false));
        let broken = self
            .whole(dated, row)
            .map_or(Expr::Truth(false), |whole| whole.is(Is::False));
        let mut terms = vec![Expr::any([implausible, misshapen, broken])];
        terms.extend(not_never(dated, row));
        Expr::all(terms)
    }
}

/// The rows that an aggregate looks at.
struct Related<'a> {
    relation: &'a Relation,
    hops: &'a [Hop],
    column: &'a Dated,
    only: Option<&'a Expr>,
}

impl Related<'_> {
    /// The related row counts: certainly, or possibly.
    fn counts(&self, alias: Alias, is: Is) -> Expr {
        self.only.map_or(Expr::Truth(true), |only| {
            only.realias(Alias::ROW, alias).is(is)
        })
    }
}

/// The column is none of the values that mean "has not happened".
pub fn not_never(dated: &Dated, at: Alias) -> Vec<Expr> {
    dated
        .never
        .iter()
        .map(|never| Expr::column(at, &dated.column.name).compare(Op::NotEqual, never.clone()))
        .collect()
}
