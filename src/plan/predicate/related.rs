//! What the related rows of an aggregate say: rows that refer to this one, or that a way up and down leads to.

use crate::calendar::Term;
use crate::resolve::{BoundStart, Dated, Down, Hop, Leg};
use crate::sql::{Alias, Expr, Is, Subquery};

use super::Predicates;

/// The rows that an aggregate looks at.
pub(super) struct Related<'a> {
    /// The way to the rows to which they refer.
    pub before: &'a [Leg],
    pub last: &'a Down,
    /// From each of them up to its event.
    pub hops: &'a [Hop],
    pub column: &'a Dated,
    pub only: Option<&'a Expr>,
}

impl Predicates<'_> {
    /// The last event is over when all are. A row that may count, counts.
    pub(super) fn latest_over(&mut self, related: &Related<'_>, term: &Term, row: Alias) -> Expr {
        let found = self.any_related(related, row, Is::True, |_, _| Expr::Truth(true));
        let open = self.any_related(related, row, Is::NotFalse, |this, one| {
            this.event_over(related, term, one).is(Is::NotTrue)
        });
        Expr::all([found, open.negated()])
    }

    /// The first event is over when one is. Rows that may not count do not.
    pub(super) fn earliest_over(&mut self, related: &Related<'_>, term: &Term, row: Alias) -> Expr {
        self.any_related(related, row, Is::True, |this, one| {
            this.event_over(related, term, one)
        })
    }

    fn event_over(&mut self, related: &Related<'_>, term: &Term, one: Alias) -> Expr {
        self.over_hops(related.hops, one, |this, at| {
            this.dated_over(related.column, term, at)
        })
    }

    /// Where there is no related row, another event decides.
    pub(super) fn or_where_none(
        &mut self,
        found: Expr,
        related: &Related<'_>,
        otherwise: &BoundStart,
        term: &Term,
        row: Alias,
    ) -> Expr {
        let any = self.any_related(related, row, Is::NotFalse, |_, _| Expr::Truth(true));
        let own = self.start_over(otherwise, term, row);
        Expr::any([found, Expr::all([any.negated(), own])])
    }

    /// Or the rows that dated it have gone.
    pub(super) fn or_lost(&mut self, found: Expr, related: &Related<'_>, row: Alias) -> Expr {
        let any = self.any_related(related, row, Is::NotFalse, |_, _| Expr::Truth(true));
        Expr::any([found, any.negated()])
    }

    /// A related row that certainly (`Is::True`) or possibly (`Is::NotFalse`) counts, and meets a condition.
    pub(super) fn any_related(
        &mut self,
        related: &Related<'_>,
        row: Alias,
        counts: Is,
        condition: impl FnOnce(&mut Self, Alias) -> Expr,
    ) -> Expr {
        let mut here = row;
        let mut joins = Vec::new();
        for leg in related.before {
            let next = self.alias();
            joins.push((leg.to().clone(), next, led(leg, here, next, counts)));
            here = next;
        }
        let last = self.alias();
        let link = led_down(related.last, here, last, counts);
        joins.push((related.last.relation.child.clone(), last, link));
        let only = related.only.map_or(Expr::Truth(true), |only| {
            only.realias(Alias::ROW, last).is(counts)
        });
        let asked = condition(self, last);
        let (table, alias, first) = joins.remove(0);
        Expr::Exists(Box::new(Subquery {
            table,
            alias,
            joins,
            condition: Expr::all([first, only, asked]),
        }))
    }
}

fn led(leg: &Leg, here: Alias, next: Alias, counts: Is) -> Expr {
    match leg {
        Leg::Up(hop) => Expr::all([hop.link(here, next), meant(hop.when.as_ref(), here, counts)]),
        Leg::Down(down) => led_down(down, here, next, counts),
    }
}

fn led_down(down: &Down, here: Alias, next: Alias, counts: Is) -> Expr {
    Expr::all([
        Hop::down(&down.relation).link(here, next),
        meant(down.when.as_ref(), next, counts),
    ])
}

/// The reference of this row is to the table that is meant.
fn meant(when: Option<&Expr>, child: Alias, counts: Is) -> Expr {
    when.map_or(Expr::Truth(true), |when| {
        when.realias(Alias::ROW, child).is(counts)
    })
}
