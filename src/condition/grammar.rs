//! What a condition may be made of, whatever its table is: told before any database is asked.

use sqlparser::ast::{self, BinaryOperator, UnaryOperator};

use crate::sql::Function;

use super::bind::plain_arguments;
use super::{Complaint, Parsed};

/// Everything in a condition that no table could make right.
#[must_use]
pub fn foreign_parts(parsed: &Parsed) -> Vec<Complaint> {
    let mut found = Vec::new();
    look(&parsed.0, &mut found);
    found
}

fn look(expr: &ast::Expr, found: &mut Vec<Complaint>) {
    use ast::Expr as E;
    match expr {
        E::Identifier(_) | E::CompoundIdentifier(_) | E::Value(_) | E::TypedString(_) => {}
        E::Nested(inner)
        | E::IsNull(inner)
        | E::IsNotNull(inner)
        | E::IsTrue(inner)
        | E::IsNotTrue(inner)
        | E::IsFalse(inner)
        | E::IsNotFalse(inner)
        | E::UnaryOp {
            op: UnaryOperator::Not | UnaryOperator::Minus,
            expr: inner,
        }
        | E::Trim {
            expr: inner,
            trim_where: None,
            trim_what: None,
            trim_characters: None,
        }
        | E::Substring {
            expr: inner,
            substring_from: Some(_),
            substring_for: Some(_),
            ..
        } => look(inner, found),
        E::BinaryOp { left, op, right } => {
            if !is_allowed(op) {
                found.push(operator(op));
            }
            look(left, found);
            look(right, found);
        }
        E::InList { expr, list, .. } => {
            look(expr, found);
            list.iter().for_each(|one| look(one, found));
        }
        E::Between {
            expr, low, high, ..
        } => [expr, low, high]
            .into_iter()
            .for_each(|one| look(one, found)),
        E::Like {
            any: false,
            expr,
            pattern,
            escape_char: None,
            ..
        } => [expr, pattern].into_iter().for_each(|one| look(one, found)),
        E::Function(call) => match function(call) {
            Err(complaint) => found.push(complaint),
            Ok(_) => {
                let arguments = plain_arguments(call).unwrap_or_default();
                arguments.into_iter().for_each(|one| look(one, found));
            }
        },
        _ => found.push(part(expr, "is not something a condition may contain")),
    }
}

fn is_allowed(op: &BinaryOperator) -> bool {
    use BinaryOperator as B;
    matches!(
        op,
        B::And
            | B::Or
            | B::Eq
            | B::NotEq
            | B::Lt
            | B::LtEq
            | B::Gt
            | B::GtEq
            | B::Plus
            | B::Minus
            | B::Multiply
            | B::StringConcat
    )
}

/// The function that is called.
///
/// # Errors
/// It is none that a condition may use.
pub(super) fn function(call: &ast::Function) -> Result<Function, Complaint> {
    let name = call.name.to_string().to_lowercase();
    Ok(match name.as_str() {
        "coalesce" => Function::Coalesce,
        "lower" => Function::Lower,
        "upper" => Function::Upper,
        "trim" => Function::Trim,
        "length" | "char_length" => Function::Length,
        "abs" => Function::Abs,
        "nullif" => Function::NullIf,
        "substr" | "substring" => Function::Substring,
        _ => {
            let sentence = format!("the function {name} is not allowed in a condition");
            return Err(Complaint::new(
                sentence,
                "allowed are coalesce, nullif, lower, upper, trim, length, substr and abs: nothing that depends on \
                 the time, the session or chance",
            ));
        }
    })
}

pub(super) fn operator(op: &BinaryOperator) -> Complaint {
    let sentence = format!("the operator {op} is not allowed in a condition");
    Complaint::new(
        sentence,
        "use = <> < <= > >=, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, + - * and ||",
    )
}

pub(super) fn part(expr: &ast::Expr, why: &str) -> Complaint {
    Complaint::new(
        format!("{expr} {why}"),
        "a condition is made of columns of the rule's table, literals, comparisons, AND, OR, NOT, IN, BETWEEN, LIKE \
         and IS",
    )
}
