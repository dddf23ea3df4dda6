//! A row that carries somebody's start event stays as long as it is needed: its own period may be shorter.

use crate::anonymise::Rewrite;
use crate::catalog::{Column, Relation, TableName};
use crate::plan::needs::{Need, needs};
use crate::resolve::{BoundDisposition, BoundRule, Dated};
use crate::schedule::{Aggregate, Mode};
use crate::sql::{Alias, Expr, Is, Op};

use super::related::Related;
use super::{Predicates, World, certainly_not_covered};

/// How a row would go.
#[derive(Debug, Clone, Copy)]
pub enum Way<'a> {
    /// By its own rule: it stays until the row that it dates has gone, since that could not be dated without it.
    ByItself,
    /// With the row that it refers to by this relation, which needs its own start event no more. Another row that it
    /// dates is asked only whether its period is over: two that waited for each other's children would wait for ever.
    Along(&'a Relation),
}

impl Predicates<'_> {
    /// The row carries the start event of a row that needs it.
    pub fn needed(&mut self, table: &TableName, key: &[Column], row: Alias, way: Way<'_>) -> Expr {
        let all = needs(self.program, table);
        self.any_needed(all, key, row, way)
    }

    /// The same of a row that is overwritten: only where a column goes that the event is read from.
    pub fn needed_columns(&mut self, rule: &BoundRule, rewrite: &Rewrite, row: Alias) -> Expr {
        let written = rewrite.column_names();
        let reads = |need: &Need<'_>| {
            let columns = need.columns();
            columns
                .iter()
                .any(|name| written.iter().any(|one| one == name))
        };
        let all = needs(self.program, &rule.table.name);
        let all = all.into_iter().filter(reads).collect();
        self.any_needed(all, &rule.key, row, Way::ByItself)
    }

    /// The rules whose rows need this row of a rule, which carries their start event, each with the condition that one
    /// does.
    pub fn needed_by(&mut self, rule: &BoundRule, row: Alias) -> Vec<(String, Expr)> {
        let mut found: Vec<(String, Expr)> = Vec::new();
        let written = match &rule.disposition {
            BoundDisposition::Delete => None,
            BoundDisposition::Anonymise(rewrite) => Some(rewrite.column_names()),
        };
        for need in needs(self.program, &rule.table.name) {
            let columns = need.columns();
            let read =
                |written: &Vec<String>| written.iter().any(|one| columns.contains(&one.as_str()));
            if !written.as_ref().is_none_or(read) {
                continue;
            }
            let carries = self.carries(&need, &rule.key, row, Way::ByItself);
            match found.iter_mut().find(|(name, _)| *name == need.rule.name) {
                Some((_, all)) => {
                    *all = Expr::any([std::mem::replace(all, Expr::Truth(false)), carries])
                }
                None => found.push((need.rule.name.clone(), carries)),
            }
        }
        found
    }

    fn any_needed(&mut self, all: Vec<Need<'_>>, key: &[Column], row: Alias, way: Way<'_>) -> Expr {
        let mut terms: Vec<Expr> = Vec::new();
        for need in all {
            if matches!(way, Way::Along(relation) if need.is_of(Some(relation))) {
                continue;
            }
            terms.push(self.carries(&need, key, row, way));
        }
        Expr::any(terms)
    }

    fn carries(&mut self, need: &Need<'_>, key: &[Column], row: Alias, way: Way<'_>) -> Expr {
        let counts = need.only.map_or(Expr::Truth(true), |only| {
            only.realias(Alias::ROW, row).is(Is::NotFalse)
        });
        let to_the_dated = need.way_to_the_dated();
        let dates = self.over_hops_that(Is::NotFalse, &to_the_dated, row, |this, dated| {
            let covered = certainly_not_covered(need.purpose, dated).is(Is::NotTrue);
            let lasting = this.still_needs(need, dated, way);
            // A request brings nobody else's row to its end.
            let others = this.in_scope(need.rule, dated).negated();
            let lasting = Expr::any([others, lasting]);
            let decides = this.decides(need, key, row, dated);
            Expr::all([covered, lasting, decides])
        });
        Expr::all([counts, dates])
    }

    /// The dated row has not come to its end.
    fn still_needs(&mut self, need: &Need<'_>, dated: Alias, way: Way<'_>) -> Expr {
        let rule = need.rule;
        let goes = rule.mode == Mode::Enforce;
        match (&rule.disposition, way) {
            // Rows of one table that date each other would ask for each other without an end.
            (BoundDisposition::Delete, Way::ByItself)
                if goes && need.irreplaceable && !need.is_within_one_table() =>
            {
                let there = match self.world {
                    World::AsItIs => Expr::Truth(true),
                    World::AfterChildren => self.removable(rule, dated).is(Is::NotTrue),
                };
                // Overwritten because a child stays, it is nobody's any more, and needs no date.
                let unsaid = rule.if_a_child_stays.as_ref().map(|rewrite| {
                    self.ended_and_finished(need, rewrite, dated)
                        .is(Is::NotTrue)
                });
                Expr::all([there].into_iter().chain(unsaid))
            }
            (BoundDisposition::Anonymise(rewrite), Way::ByItself)
                if goes && !need.is_within_one_table() =>
            {
                self.ended_and_finished(need, rewrite, dated)
                    .is(Is::NotTrue)
            }
            _ => self.ended(need.purpose, dated).is(Is::NotTrue),
        }
    }

    /// The dated row has come to its end and was overwritten, or will have been before the rows that it waits for.
    ///
    /// What else dated an overwritten row may have gone since: that must not keep these rows for ever
    /// (`tests/cases/overwritten-row-with-two-dates`).
    fn ended_and_finished(&mut self, need: &Need<'_>, rewrite: &Rewrite, dated: Alias) -> Expr {
        self.lost_is_over = true;
        let ended = self.ended(need.purpose, dated);
        self.lost_is_over = false;
        let mut finished = rewrite.finished(dated);
        if self.world == World::AfterChildren {
            let now = self.due(need.rule, dated);
            finished = Expr::any([finished.is(Is::True), now]);
        }
        Expr::all([ended, finished])
    }

    /// Of all rows that date the same row, this one does: exactly one, so that the others may go.
    fn decides(&mut self, need: &Need<'_>, key: &[Column], row: Alias, dated: Alias) -> Expr {
        let related = Related {
            before: need.before,
            last: need.last,
            hops: need.hops,
            column: need.column,
            only: need.only,
        };
        let precedes = self.any_related(&related, dated, Is::True, |this, other| {
            let here = this.dated_at_all(need, row);
            let there = this.dated_at_all(need, other);
            // What has not happened is later than all that has; it is no first event.
            let (first, before) = match need.aggregate {
                Aggregate::Latest => ([here.clone(), there.clone().negated()], Op::Greater),
                Aggregate::Earliest => ([here.clone().negated(), there.clone()], Op::Less),
            };
            let beyond = this.compared(need, other, before, row);
            let alike = Expr::any([
                Expr::all([here.negated(), there.negated()]),
                this.compared(need, other, Op::Equal, row),
            ]);
            let by_key = Expr::all([alike, greater_key(key, other, row)]);
            Expr::any([Expr::all(first), beyond, by_key])
        });
        precedes.negated()
    }

    /// The event of a related row is there and plausible. Never NULL.
    fn dated_at_all(&mut self, need: &Need<'_>, row: Alias) -> Expr {
        self.over_hops(need.hops, row, |this, at| this.datable(need.column, at))
            .is(Is::True)
    }

    /// The events of both are there, and compare so. Never NULL.
    fn compared(&mut self, need: &Need<'_>, left: Alias, op: Op, right: Alias) -> Expr {
        self.over_hops(need.hops, left, |this, one| {
            this.over_hops(need.hops, right, |this, two| {
                let value = |dated: &Dated, at| {
                    dated
                        .encoding
                        .comparable(Expr::column(at, &dated.column.name))
                };
                Expr::all([
                    this.datable(need.column, one),
                    this.datable(need.column, two),
                    value(need.column, one).compare(op, value(need.column, two)),
                ])
            })
        })
        .is(Is::True)
    }
}

/// The key of one row is greater than that of another, column by column.
fn greater_key(key: &[Column], one: Alias, other: Alias) -> Expr {
    let compare = |column: &Column, op| {
        Expr::column(one, &column.name).compare(op, Expr::column(other, &column.name))
    };
    Expr::any((0..key.len()).map(|depth| {
        let equal = key[..depth].iter().map(|column| compare(column, Op::Equal));
        Expr::all(equal.chain([compare(&key[depth], Op::Greater)]))
    }))
}
