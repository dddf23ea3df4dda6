//! Whose row it is, where a person asked to be erased.
//!
//! A row is the person's when it certainly hangs from the person's row, over references between the rules that the
//! schedule names; one that may hang from somebody else's row as well is not.

use crate::plan::holds::{WayUp, ways_up};
use crate::resolve::{BoundPeriod, BoundRule, Program};
use crate::sql::{Alias, Expr, Is};

use super::{HOLDS_DEPTH_MAX, Predicates};

impl Predicates<'_> {
    /// The row is the person's; without a request every row may go. Never NULL.
    pub fn in_scope(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        if self.program.request.is_none() {
            return Expr::Truth(true);
        }
        let hangs = self.hangs(rule, row, Is::True, 0);
        let elsewhere = self.hangs(rule, row, Is::NotTrue, 0);
        Expr::all([hangs, elsewhere.negated()])
    }

    /// The row hangs from the person's row, and may hang from somebody else's too: it stays. Never NULL.
    pub fn is_others_too(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let hangs = self.hangs(rule, row, Is::True, 0);
        let elsewhere = self.hangs(rule, row, Is::NotTrue, 0);
        Expr::all([hangs, elsewhere])
    }

    /// Some way leads to the person's row (`Is::True`), or to another person's (`Is::NotTrue`).
    fn hangs(&mut self, rule: &BoundRule, row: Alias, whose: Is, depth: u32) -> Expr {
        let program = self.program;
        let Some(request) = &program.request else {
            return Expr::Truth(false);
        };
        if rule.name == request.rule {
            return request.row.realias(Alias::ROW, row).is(whose);
        }
        let refers = if whose == Is::True {
            Is::True
        } else {
            Is::NotFalse
        };
        let mut terms = Vec::new();
        if depth < HOLDS_DEPTH_MAX {
            for way in ways_within(program, rule) {
                terms.push(self.over_hops_that(refers, &way.hops, row, |this, parent| {
                    this.hangs(way.parent, parent, whose, depth + 1)
                }));
            }
        }
        Expr::any(terms)
    }

    /// The period is no statutory minimum, and somebody asked: it has to end for nobody.
    pub(super) fn is_waived(&self, period: &BoundPeriod) -> bool {
        self.program.request.is_some() && !period.period.at_least
    }
}

/// The ways from rows of a rule up to others that may be the person's.
pub fn ways_within<'a>(program: &'a Program, rule: &BoundRule) -> Vec<WayUp<'a>> {
    let Some(request) = &program.request else {
        return Vec::new();
    };
    if !request.is_about(&rule.name) || rule.name == request.rule {
        return Vec::new();
    }
    let mut ways = ways_up(program, &rule.table.name);
    ways.retain(|way| request.is_about(&way.parent.name) && way.parent.name != rule.name);
    ways
}

/// The rules of a request from whose rows no way leads up to those of the root.
#[must_use]
pub fn unreached(program: &Program, root: &str, with: &[String]) -> Vec<String> {
    let mut reached = vec![root.to_owned()];
    loop {
        let before = reached.len();
        for rule in &program.rules {
            let asked = with.contains(&rule.name) && !reached.contains(&rule.name);
            let mut ways = ways_up(program, &rule.table.name).into_iter();
            if asked && ways.any(|way| reached.contains(&way.parent.name)) {
                reached.push(rule.name.clone());
            }
        }
        if reached.len() == before {
            break;
        }
    }
    let apart = with.iter().filter(|name| !reached.contains(name));
    apart.cloned().collect()
}
