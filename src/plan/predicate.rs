//! When a row is due, as an expression: the schedule's semantics, written once.
//!
//! Three-valued logic is resolved here, always towards keeping: a condition that is NULL counts as the longer answer.
//! A row is due when at least one purpose certainly covers it and every purpose that may cover it has ended. Nothing
//! computes with a start event; it is only compared with an absolute cutoff.

use chrono::{DateTime, Utc};

use crate::catalog::{Relation, TableName};
use crate::resolve::{
    BoundPeriod, BoundPurpose, BoundReference, BoundRule, BoundStart, Dated, Decision, Hop, Program,
};
use crate::schedule::{Aggregate, Mode};
use crate::sql::{Alias, Dialect, Expr, Is, Op, Subquery};

use super::holds::ways_up;

/// How many rules up a hold is looked for.
pub(super) const HOLDS_DEPTH_MAX: u32 = 8;

/// Whether rows that this very run removes still count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// The rows as they are: what the removing statement asks.
    AsItIs,
    /// Children that the same run would have removed before count as gone: what a plan and a rehearsal ask, since
    /// they remove nothing on the way.
    AfterChildren,
}

/// Builds the expressions of one program at one moment.
pub struct Predicates<'a> {
    program: &'a Program,
    now: DateTime<Utc>,
    world: World,
    next: u32,
}

impl<'a> Predicates<'a> {
    /// For one program, one moment, one way of counting children.
    #[must_use]
    pub fn new(program: &'a Program, now: DateTime<Utc>, world: World) -> Self {
        Self {
            program,
            now,
            world,
            next: 1,
        }
    }

    fn alias(&mut self) -> Alias {
        let alias = Alias(self.next);
        self.next += 1;
        alias
    }

    fn dialect(&self) -> Dialect {
        self.program.dialect
    }

    /// Every purpose has ended and the row is not held; children are not looked at.
    pub fn due(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let ended = self.all_ended(rule, row);
        let free = self.not_held(rule, row);
        Expr::all([ended, free])
    }

    /// Every purpose that may cover the row has ended, and one certainly covers it.
    pub fn all_ended(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let mut terms = Vec::new();
        let mut certain = Vec::new();
        for purpose in &rule.purposes {
            terms.push(self.ended_or_not_covered(purpose, row));
            certain.push(certainly_covers(purpose, row));
        }
        terms.push(Expr::any(certain));
        Expr::all(terms)
    }

    /// At least one purpose certainly covers the row.
    #[must_use]
    pub fn covered(rule: &BoundRule, row: Alias) -> Expr {
        Expr::any(
            rule.purposes
                .iter()
                .map(|purpose| certainly_covers(purpose, row)),
        )
    }

    /// The row may not be covered by this purpose, or the purpose has ended.
    fn ended_or_not_covered(&mut self, purpose: &BoundPurpose, row: Alias) -> Expr {
        let certainly_not = certainly_not_covered(purpose, row);
        let ended = self.ended(purpose, row);
        Expr::any([certainly_not, ended])
    }

    /// For each case that may own the row, its period has ended.
    pub fn ended(&mut self, purpose: &BoundPurpose, row: Alias) -> Expr {
        let mut terms = Vec::new();
        let mut owned_before = Vec::new();
        for case in &purpose.cases {
            let when = case.when.realias(Alias::ROW, row);
            let over = self.period_over(&case.period, row);
            let not_mine = when.clone().is(Is::False);
            let earlier = Expr::any(owned_before.clone());
            terms.push(Expr::any([earlier, not_mine, over]));
            owned_before.push(when.is(Is::True));
        }
        if let Some(period) = &purpose.otherwise {
            let over = self.period_over(period, row);
            terms.push(Expr::any([Expr::any(owned_before), over]));
        }
        Expr::all(terms)
    }

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
    fn over_hops(
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

    fn dated_over(&self, dated: &Dated, period: &BoundPeriod, at: Alias) -> Expr {
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
        terms.extend(not_never(dated, at));
        Expr::all(terms)
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

    /// Holds are deep: they cover what hangs from the held row.
    fn parents_not_held(&mut self, table: &TableName, row: Alias, depth: u32) -> Vec<Expr> {
        let mut terms = Vec::new();
        if depth >= HOLDS_DEPTH_MAX {
            return terms;
        }
        for way in ways_up(self.program, table) {
            let held = self.over_hops(&way.hops, row, |this, parent| {
                let own = way.parent.holds.iter();
                let own = own.map(|hold| hold.realias(Alias::ROW, parent).is(Is::False));
                let above = this.parents_not_held(&way.parent.table.name, parent, depth + 1);
                Expr::all(own.chain(above)).is(Is::NotTrue)
            });
            if !reads_nothing(&held) {
                terms.push(held.negated());
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
        if self.world == World::AsItIs {
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

    fn not_datable(&self, dated: &Dated, row: Alias) -> Expr {
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
        let mut terms = vec![Expr::any([implausible, misshapen])];
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

/// True where the disposition takes rows away.
#[must_use]
pub fn removes_rows(rule: &BoundRule) -> bool {
    matches!(rule.disposition, crate::resolve::BoundDisposition::Delete)
}

fn not_never(dated: &Dated, at: Alias) -> Vec<Expr> {
    dated
        .never
        .iter()
        .map(|never| Expr::column(at, &dated.column.name).compare(Op::NotEqual, never.clone()))
        .collect()
}

/// The purpose certainly covers the row.
fn certainly_covers(purpose: &BoundPurpose, row: Alias) -> Expr {
    let when = purpose.when.as_ref().map_or(Expr::Truth(true), |when| {
        when.realias(Alias::ROW, row).is(Is::True)
    });
    let unless = purpose
        .unless
        .iter()
        .map(|one| one.realias(Alias::ROW, row).is(Is::False));
    let owned = if purpose.otherwise.is_some() {
        Expr::Truth(true)
    } else {
        Expr::any(
            purpose
                .cases
                .iter()
                .map(|case| case.when.realias(Alias::ROW, row).is(Is::True)),
        )
    };
    Expr::all(std::iter::once(when).chain(unless).chain([owned]))
}

/// The purpose certainly does not cover the row.
pub fn certainly_not_covered(purpose: &BoundPurpose, row: Alias) -> Expr {
    let when = purpose.when.as_ref().map_or(Expr::Truth(false), |when| {
        when.realias(Alias::ROW, row).is(Is::False)
    });
    let unless = purpose
        .unless
        .iter()
        .map(|one| one.realias(Alias::ROW, row).is(Is::True));
    let owned_by_none = if purpose.otherwise.is_some() {
        Expr::Truth(false)
    } else {
        Expr::all(
            purpose
                .cases
                .iter()
                .map(|case| case.when.realias(Alias::ROW, row).is(Is::False)),
        )
    };
    Expr::any(std::iter::once(when).chain(unless).chain([owned_by_none]))
}

/// Columns of one occurrence equal those of another.
fn equal(left: Alias, left_columns: &[String], right: Alias, right_columns: &[String]) -> Expr {
    Expr::all(
        left_columns
            .iter()
            .zip(right_columns)
            .map(|(a, b)| Expr::column(left, a).compare(Op::Equal, Expr::column(right, b))),
    )
}

/// A row that refers to this one and meets a condition.
pub fn exists_child(relation: &Relation, child: Alias, row: Alias, condition: Expr) -> Expr {
    Expr::Exists(Box::new(Subquery {
        table: relation.child.clone(),
        alias: child,
        joins: vec![],
        condition: Expr::all([
            equal(
                child,
                &relation.child_columns,
                row,
                &relation.parent_columns,
            ),
            condition,
        ]),
    }))
}

/// The row to which this one refers, if it meets a condition.
pub fn parent_exists(relation: &Relation, parent: Alias, row: Alias, condition: Expr) -> Expr {
    Expr::Exists(Box::new(Subquery {
        table: relation.parent.clone(),
        alias: parent,
        joins: vec![],
        condition: Expr::all([
            equal(
                parent,
                &relation.parent_columns,
                row,
                &relation.child_columns,
            ),
            condition,
        ]),
    }))
}
