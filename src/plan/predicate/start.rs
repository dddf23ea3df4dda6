//! When a start event and its period are over.

use crate::calendar::Term;
use crate::resolve::{
    BoundLength, BoundPeriod, BoundRule, BoundStart, Dated, Encoding, Hop, Reported,
};
use crate::schedule::Aggregate;
use crate::sql::{Alias, Expr, Function, Is, Op, Subquery, Value};

use super::Predicates;
use super::related::Related;

impl Predicates<'_> {
    /// Start event plus period is in the past.
    pub fn period_over(&mut self, period: &BoundPeriod, row: Alias) -> Expr {
        match &period.length {
            BoundLength::Fixed(term) => self.start_over(&period.start, term, row),
            BoundLength::InColumn(column) => self.length_over(column, &period.start, row),
        }
    }

    pub(super) fn start_over(&mut self, start: &BoundStart, term: &Term, row: Alias) -> Expr {
        match start {
            BoundStart::Column { hops, column } => {
                self.over_hops(hops, row, |this, at| this.dated_over(column, term, at))
            }
            BoundStart::Related {
                aggregate,
                before,
                last,
                hops,
                column,
                only,
                otherwise,
            } => {
                let related = Related {
                    before,
                    last,
                    hops,
                    column,
                    only: only.as_ref(),
                };
                let found = match aggregate {
                    Aggregate::Latest => self.latest_over(&related, term, row),
                    Aggregate::Earliest => self.earliest_over(&related, term, row),
                };
                match otherwise {
                    Some(start) => self.or_where_none(found, &related, start, term, row),
                    None if self.lost_is_over => self.or_lost(found, &related, row),
                    None => found,
                }
            }
            BoundStart::Chosen(moment) => self.moment_over(moment, term, row),
            BoundStart::Reported(reported) => self.reported_over(reported, term, row),
            BoundStart::LatestOf(list) => {
                let terms: Vec<Expr> = list
                    .iter()
                    .map(|one| self.start_over(one, term, row))
                    .collect();
                Expr::all(terms)
            }
            BoundStart::EarliestOf(list) => {
                let terms: Vec<Expr> = list
                    .iter()
                    .map(|one| self.start_over(one, term, row))
                    .collect();
                Expr::any(terms)
            }
            BoundStart::Unused(references) => {
                let used: Vec<Expr> = references
                    .iter()
                    .map(|reference| self.reference_stays(reference, row))
                    .collect();
                Expr::any(used).negated()
            }
        }
    }

    /// Somebody reported the event of this row, and nobody took it back.
    fn reported_over(&mut self, reported: &Reported, term: &Term, row: Alias) -> Expr {
        let report = self.alias();
        Expr::Exists(Box::new(Subquery {
            table: reported.table.clone(),
            alias: report,
            joins: vec![],
            condition: Expr::all([
                reported.about(report, row),
                reported.is_named(report),
                self.dated_over(&reported.at, term, report),
            ]),
        }))
    }

    /// A condition about the row itself, or about the parent at the end of a path.
    pub fn over_hops(
        &mut self,
        hops: &[Hop],
        row: Alias,
        condition: impl FnOnce(&mut Self, Alias) -> Expr,
    ) -> Expr {
        self.over_hops_that(Is::True, hops, row, condition)
    }

    /// As [`Self::over_hops`]; of a reference by (type, id) a row counts as referring where its type certainly
    /// (`Is::True`) or possibly (`Is::NotFalse`) says so.
    pub(super) fn over_hops_that(
        &mut self,
        refer: Is,
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
            joins.push((hop.parent.clone(), next, led(hop, refer, here, next)));
            here = next;
        }
        let asked = condition(self, here);
        Expr::Exists(Box::new(Subquery {
            table: first.parent.clone(),
            alias,
            joins,
            condition: Expr::all([led(first, refer, row, alias), asked]),
        }))
    }

    pub(super) fn dated_over(&self, dated: &Dated, term: &Term, at: Alias) -> Expr {
        let cutoff = dated
            .encoding
            .cutoff(term, self.now, &dated.column, self.dialect());
        let Some(cutoff) = cutoff else {
            return Expr::Truth(false);
        };
        let value = dated
            .encoding
            .comparable(Expr::column(at, &dated.column.name));
        let mut terms = vec![
            value.clone().compare(Op::LessOrEqual, cutoff),
            value.clone().compare(Op::GreaterOrEqual, self.floor(dated)),
        ];
        let ceiling = self.ceiling(dated);
        terms.extend(ceiling.map(|last| value.compare(Op::LessOrEqual, last)));
        terms.extend(self.shaped(dated, at));
        terms.extend(self.whole(dated, at));
        terms.extend(not_never(dated, at));
        Expr::all(terms)
    }

    /// The column has a plausible date, of its declared form.
    pub(super) fn datable(&self, dated: &Dated, at: Alias) -> Expr {
        let value = dated
            .encoding
            .comparable(Expr::column(at, &dated.column.name));
        let mut terms = vec![value.compare(Op::GreaterOrEqual, self.floor(dated))];
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

    fn ceiling(&self, dated: &Dated) -> Option<Expr> {
        let day = dated.not_after?;
        dated.encoding.ceiling(day, &dated.column, self.dialect())
    }

    fn shaped(&self, dated: &Dated, at: Alias) -> Option<Expr> {
        let column = Expr::column(at, &dated.column.name);
        let possible = dated.encoding.possible(&column);
        dated.encoding.shape().map(|shape| {
            let shaped = Expr::Shaped(Box::new(column), shape);
            Expr::all([shaped].into_iter().chain(possible))
        })
    }

    /// The row's own columns of a start event hold something that cannot be dated: one of them where all count, all
    /// of them where the first one counts, as where each is the same column in another form.
    fn start_undatable(&self, start: &BoundStart, row: Alias) -> Expr {
        let each = |list: &[BoundStart]| -> Vec<Expr> {
            list.iter()
                .map(|one| self.start_undatable(one, row))
                .collect()
        };
        match start {
            BoundStart::LatestOf(list) => Expr::any(each(list)),
            BoundStart::EarliestOf(list) => Expr::all(each(list)),
            other => {
                let columns = other.own_columns();
                Expr::any(
                    columns
                        .into_iter()
                        .map(|dated| self.not_datable(dated, row)),
                )
            }
        }
    }

    /// A start event is there and cannot be dated: not plausible, or not in its declared form.
    pub fn undatable(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let mut terms = Vec::new();
        for purpose in &rule.purposes {
            for period in purpose.periods() {
                terms.push(self.start_undatable(&period.start, row));
            }
            terms.push(self.length_unknown(purpose, row));
        }
        terms.dedup();
        Expr::any(terms)
    }

    /// Something stands in the column, is no declared "never", and is no plausible date.
    pub fn not_datable(&self, dated: &Dated, row: Alias) -> Expr {
        let value = dated
            .encoding
            .comparable(Expr::column(row, &dated.column.name));
        let too_late = self.ceiling(dated).map_or(Expr::Truth(false), |last| {
            value.clone().compare(Op::Greater, last)
        });
        let too_early = value.compare(Op::Less, self.floor(dated));
        let implausible = Expr::any([too_early, too_late]);
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

/// A step from a row to the one that it refers to; a reference to something else leads nowhere.
fn led(hop: &Hop, refer: Is, here: Alias, parent: Alias) -> Expr {
    let mine = hop.when.as_ref().map_or(Expr::Truth(true), |when| {
        when.realias(Alias::ROW, here).is(refer)
    });
    Expr::all([hop.link(here, parent), mine])
}

/// The column is none of the values that mean "has not happened".
pub fn not_never(dated: &Dated, at: Alias) -> Vec<Expr> {
    dated
        .never
        .iter()
        .map(|never| Expr::column(at, &dated.column.name).compare(Op::NotEqual, never.clone()))
        .collect()
}
