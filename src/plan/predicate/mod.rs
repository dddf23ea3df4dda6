//! When a row is due, as an expression: the schedule's semantics, written once.
//!
//! Three-valued logic is resolved here, always towards keeping: a condition that is NULL counts as the longer answer.
//! A row is due when at least one purpose certainly covers it and every purpose that may cover it has ended. Nothing
//! computes with a start event; it is only compared with an absolute cutoff.

mod cover;
mod gone;
mod joins;
mod length;
mod moment;
mod needed;
mod newest;
mod related;
mod scope;
mod shared;
mod start;
mod stays;
mod steps;
mod tree;

use chrono::{DateTime, Utc};

use crate::resolve::{BoundDisposition, BoundPeriod, BoundPurpose, BoundRule, Program};
use crate::sql::{Alias, Dialect, Expr, Is, Value};

pub use cover::{certainly_covers, certainly_not_covered};
pub use joins::{exists_child, parent_exists};
pub use needed::Way;
pub use scope::{unreached, ways_within};
pub use start::not_never;
pub use tree::below;

/// How many rules up a hold is looked for.
pub(in crate::plan) const HOLDS_DEPTH_MAX: u32 = 8;

/// So many tables may be read beside the row in one condition. Tables that hang together in ever more ways make one that
/// no database plans in reasonable time; far below the aliases that are given out elsewhere.
const SUBQUERIES_MAX: u32 = 1_000;

/// Whether rows that this very run removes still count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// The rows as they are: what the removing statement asks.
    AsItIs,
    /// Children that the same run would have removed before count as gone: what a plan and a rehearsal ask, since
    /// they remove nothing on the way.
    AfterChildren,
}

/// Stands where a condition was cut off, and keeps the row. Not a constant, which would be simplified away: a step in
/// whose condition it stands is refused.
fn cut_off() -> Expr {
    Expr::Value(Value::Null, None).is(Is::NotNull)
}

/// A condition was cut off here; negated, it is written the other way round.
#[must_use]
pub fn is_cut_off(expr: &Expr) -> bool {
    matches!(expr, Expr::Is(inner, Is::Null | Is::NotNull) if **inner == Expr::Value(Value::Null, None))
}

/// Builds the expressions of one program at one moment.
pub struct Predicates<'a> {
    program: &'a Program,
    now: DateTime<Utc>,
    world: World,
    /// The rule that acts: what earlier ones would have removed is gone by then.
    acting: Option<&'a str>,
    next: u32,
    /// The rules whose rows are being asked whether they go, each inside the one before.
    asking: Vec<String>,
    /// A start event whose related rows have all gone counts as over: asked only of rows that were overwritten.
    lost_is_over: bool,
}

impl<'a> Predicates<'a> {
    /// For one program, one moment, one way of counting children.
    #[must_use]
    pub fn new(program: &'a Program, now: DateTime<Utc>, world: World) -> Self {
        Self {
            program,
            now,
            world,
            acting: None,
            next: 1,
            asking: Vec::new(),
            lost_is_over: false,
        }
    }

    /// Asked by a rule that acts, in its turn.
    #[must_use]
    pub fn acting(self, rule: &'a BoundRule) -> Self {
        Self {
            acting: Some(&rule.name),
            ..self
        }
    }

    fn alias(&mut self) -> Alias {
        let alias = Alias(self.next);
        self.next += 1;
        alias
    }

    /// Where the condition grows beyond what may be asked: [`cut_off`] stands for the rest of it.
    fn too_large(&self) -> Option<Expr> {
        (self.next > SUBQUERIES_MAX).then(cut_off)
    }

    fn dialect(&self) -> Dialect {
        self.program.dialect
    }

    /// Every purpose has ended, the row is not held and not of the newest that stay; children are not looked at.
    pub fn due(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let ended = self.all_ended(rule, row);
        let free = self.not_held(rule, row);
        if self.program.request.is_some() {
            // The newest stay for the schedule's sake, and not against the person's wish.
            let theirs = self.in_scope(rule, row);
            return Expr::all([theirs, ended, free]);
        }
        let old = self.old_enough(rule, row);
        Expr::all([ended, free, old])
    }

    /// Every purpose that may cover the row has ended, and one certainly covers it.
    pub fn all_ended(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let mut terms = Vec::new();
        let mut certain = Vec::new();
        for purpose in &rule.purposes {
            terms.push(self.ended_or_not_covered(purpose, row));
            certain.push(certainly_covers(purpose, row));
        }
        if self.program.request.is_none() {
            terms.push(Expr::any(certain));
        }
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
            let over = self.over_or_waived(&case.period, row);
            let not_mine = when.clone().is(Is::False);
            let earlier = Expr::any(owned_before.clone());
            terms.push(Expr::any([earlier, not_mine, over]));
            owned_before.push(when.is(Is::True));
        }
        if let Some(period) = &purpose.otherwise {
            let over = self.over_or_waived(period, row);
            terms.push(Expr::any([Expr::any(owned_before), over]));
        }
        Expr::all(terms)
    }

    fn over_or_waived(&mut self, period: &BoundPeriod, row: Alias) -> Expr {
        if self.is_waived(period) {
            return Expr::Truth(true);
        }
        self.period_over(period, row)
    }
}

/// True where the disposition takes rows away.
#[must_use]
pub fn removes_rows(rule: &BoundRule) -> bool {
    matches!(rule.disposition, BoundDisposition::Delete)
}
