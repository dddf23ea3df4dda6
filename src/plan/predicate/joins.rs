//! One row seen from another, over a reference.

use crate::catalog::Relation;
use crate::sql::{Alias, Expr, Op, Subquery};

/// Columns of one occurrence equal those of another.
pub fn equal(left: Alias, left_columns: &[String], right: Alias, right_columns: &[String]) -> Expr {
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
