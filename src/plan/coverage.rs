//! Which rows each purpose, case and exemption owns: every row in exactly one of a purpose's shares, or in none.

use crate::resolve::{BoundPurpose, BoundRule};
use crate::sql::{Alias, Expr, Is};

use super::predicate::certainly_not_covered;

/// Some of a rule's rows, seen from one purpose.
#[derive(Debug, Clone)]
pub struct Share {
    pub purpose: String,
    pub owner: Owner,
    pub condition: Expr,
}

/// What owns them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The case of this name.
    Case(String),
    /// The purpose's own period.
    Rest,
    /// The exemption of this number, counted from 0.
    Exempt(usize),
    /// A condition is NULL: nobody can tell, and the longer answer counts.
    Undecided,
}

/// The shares of every purpose of a rule.
#[must_use]
pub fn shares(rule: &BoundRule) -> Vec<Share> {
    rule.purposes.iter().flat_map(of_purpose).collect()
}

fn of_purpose(purpose: &BoundPurpose) -> Vec<Share> {
    let meant = purpose
        .when
        .clone()
        .map_or(Expr::Truth(true), |when| when.is(Is::True));
    let share = |owner, condition| Share {
        purpose: purpose.name.clone(),
        owner,
        condition,
    };
    let mut shares = Vec::new();
    let mut free = vec![meant];
    for (index, unless) in purpose.unless.iter().enumerate() {
        let mine = [unless.clone().is(Is::True)];
        let condition = Expr::all(free.iter().cloned().chain(mine));
        shares.push(share(Owner::Exempt(index), condition));
        free.push(unless.clone().is(Is::False));
    }
    let mut owned = Vec::new();
    for case in &purpose.cases {
        let mine = [case.when.clone().is(Is::True)];
        let condition = Expr::all(free.iter().cloned().chain(mine));
        owned.push(condition.clone());
        shares.push(share(Owner::Case(case.name.clone()), condition));
        free.push(case.when.clone().is(Is::False));
    }
    if purpose.otherwise.is_some() {
        let rest = Expr::all(free);
        owned.push(rest.clone());
        shares.push(share(Owner::Rest, rest));
    }
    let perhaps = certainly_not_covered(purpose, Alias::ROW).is(Is::NotTrue);
    let nobody_s = Expr::any(owned).is(Is::NotTrue);
    shares.push(share(Owner::Undecided, Expr::all([perhaps, nobody_s])));
    shares.retain(|one| one.condition != Expr::Truth(false));
    shares
}
