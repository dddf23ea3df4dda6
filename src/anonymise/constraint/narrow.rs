//! What a CHECK leaves of the values a column could have.

use sqlparser::ast::{self, BinaryOperator};

use crate::catalog::{Column, Table};
use crate::sql::Dialect;

use super::{is_column, membership, mentioning, number_of, parse, text_of};

/// The part of a range of numbers that the simple CHECKs of the table allow. Not a proof: other CHECKs may forbid
/// more.
pub(in super::super) fn range(
    table: &Table,
    column: &Column,
    dialect: Dialect,
    (mut low, mut high): (i128, i128),
) -> (i128, i128) {
    for text in mentioning(table, column) {
        let Some(expr) = parse(text, dialect) else {
            continue;
        };
        for (op, bound) in conjuncts(&expr)
            .into_iter()
            .flat_map(|one| bounds(one, &column.name))
        {
            match op {
                BinaryOperator::Lt => high = high.min(bound.saturating_sub(1)),
                BinaryOperator::LtEq => high = high.min(bound),
                BinaryOperator::Gt => low = low.max(bound.saturating_add(1)),
                BinaryOperator::GtEq => low = low.max(bound),
                _ => {}
            }
        }
    }
    (low, high)
}

/// The texts to which a CHECK limits the column; empty where none does.
pub(in super::super) fn choices(table: &Table, column: &Column, dialect: Dialect) -> Vec<String> {
    mentioning(table, column)
        .filter_map(|text| parse(text, dialect))
        .find_map(|expr| {
            conjuncts(&expr).into_iter().find_map(|one| {
                let (subject, list) = membership(one)?;
                is_column(subject, &column.name)
                    .then(|| list.iter().map(text_of).collect::<Option<Vec<String>>>())?
            })
        })
        .unwrap_or_default()
}

/// The terms of which all must hold.
fn conjuncts(expr: &ast::Expr) -> Vec<&ast::Expr> {
    match expr {
        ast::Expr::Nested(inner) => conjuncts(inner),
        ast::Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        other => vec![other],
    }
}

/// The bounds that one term sets, the column on the left.
fn bounds(expr: &ast::Expr, column: &str) -> Vec<(BinaryOperator, i128)> {
    match expr {
        ast::Expr::BinaryOp { left, op, right } if is_column(left, column) => number_of(right)
            .map(|bound| (op.clone(), bound))
            .into_iter()
            .collect(),
        ast::Expr::BinaryOp { left, op, right } if is_column(right, column) => number_of(left)
            .map(|bound| (mirrored(op), bound))
            .into_iter()
            .collect(),
        ast::Expr::Between {
            expr,
            negated: false,
            low,
            high,
        } if is_column(expr, column) => [
            (BinaryOperator::GtEq, number_of(low)),
            (BinaryOperator::LtEq, number_of(high)),
        ]
        .into_iter()
        .filter_map(|(op, bound)| Some((op, bound?)))
        .collect(),
        _ => Vec::new(),
    }
}

fn mirrored(op: &BinaryOperator) -> BinaryOperator {
    match op {
        BinaryOperator::Lt => BinaryOperator::Gt,
        BinaryOperator::LtEq => BinaryOperator::GtEq,
        BinaryOperator::Gt => BinaryOperator::Lt,
        BinaryOperator::GtEq => BinaryOperator::LtEq,
        other => other.clone(),
    }
}
