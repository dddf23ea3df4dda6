//! Which rows a purpose covers, for certain and for certain not: NULL is neither.

use crate::resolve::{BoundPeriod, BoundPurpose};
use crate::sql::{Alias, Expr, Is};

/// The purpose certainly covers the row.
pub fn certainly_covers(purpose: &BoundPurpose, row: Alias) -> Expr {
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

/// Each period of a purpose, with the condition that its case may own the row; whether the purpose covers the row is
/// not looked at.
pub fn may_own(purpose: &BoundPurpose, row: Alias) -> Vec<(Expr, &BoundPeriod)> {
    let mut found = Vec::new();
    let mut nobody_before = Vec::new();
    for case in &purpose.cases {
        let when = case.when.realias(Alias::ROW, row);
        let mine = [when.clone().is(Is::NotFalse)];
        let owned = Expr::all(nobody_before.iter().cloned().chain(mine));
        found.push((owned, &case.period));
        nobody_before.push(when.is(Is::NotTrue));
    }
    if let Some(period) = &purpose.otherwise {
        found.push((Expr::all(nobody_before), period));
    }
    found
}
