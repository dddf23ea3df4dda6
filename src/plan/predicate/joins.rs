//! One row seen from another, over a reference.

use crate::catalog::Relation;
use crate::resolve::Hop;
use crate::sql::{Alias, Expr, Subquery};

/// A row that refers to this one and meets a condition.
pub fn exists_child(relation: &Relation, child: Alias, row: Alias, condition: Expr) -> Expr {
    over(&Hop::down(relation), child, row, condition)
}

/// The row to which this one refers, if it meets a condition.
pub fn parent_exists(relation: &Relation, parent: Alias, row: Alias, condition: Expr) -> Expr {
    over(&Hop::up(relation), parent, row, condition)
}

fn over(hop: &Hop, there: Alias, row: Alias, condition: Expr) -> Expr {
    Expr::Exists(Box::new(Subquery {
        table: hop.parent.clone(),
        alias: there,
        joins: vec![],
        condition: Expr::all([hop.link(row, there), condition]),
    }))
}
