//! Conditions that no row can change.

use crate::sql::{Alias, Expr, Is};

use super::Complaint;

/// Complains where a condition is the same for every row: it says "all" or "none" without saying so.
pub(super) fn constant(expr: &Expr, row: Alias) -> Option<Complaint> {
    let fixed = expr.columns_read(row).is_empty() || contains_tautology(expr);
    fixed.then(|| {
        Complaint::new(
            "the condition is the same for every row",
            "leave the condition out to mean every row of the table, or name a column that tells the rows apart",
        )
    })
}

fn contains_tautology(expr: &Expr) -> bool {
    let mut found = false;
    expr.visit(&mut |one| match one {
        Expr::Compare(a, _, b) if a == b => found = true,
        Expr::Or(terms) | Expr::And(terms) => {
            found |= terms
                .iter()
                .any(|term| terms.iter().any(|other| opposite(term, other)));
        }
        _ => {}
    });
    found
}

fn opposite(a: &Expr, b: &Expr) -> bool {
    match (a, b) {
        (Expr::Is(a, Is::Null), Expr::Is(b, Is::NotNull))
        | (Expr::Is(a, Is::True), Expr::Is(b, Is::NotTrue))
        | (Expr::Is(a, Is::False), Expr::Is(b, Is::NotFalse)) => a == b,
        (a, Expr::Not(b)) => a == b.as_ref(),
        _ => false,
    }
}
