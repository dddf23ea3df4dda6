//! A text to its first characters: a postcode to its area.

use crate::anonymise::Complaint;
use crate::catalog::Column;
use crate::sql::{Dialect, Expr, Function, Op, Value};

use super::{holds_text, wrong};

/// At least one character, and fewer than the column can have.
pub(super) fn check(count: u32, column: &Column, dialect: Dialect) -> Result<(), Complaint> {
    if !holds_text(column, dialect) {
        return Err(wrong(
            column,
            "text",
            "use null, a fixed value or another generalisation",
        ));
    }
    if count == 0 {
        return Err(Complaint::new(
            "no character would be left",
            "use null or a fixed value",
        ));
    }
    if column.length_max.is_some_and(|max| count >= max) {
        return Err(Complaint::new(
            format!(
                "column {} is no longer than that: nothing would be taken away",
                column.name
            ),
            "keep fewer characters",
        ));
    }
    Ok(())
}

/// Characters, not bytes, as the databases count them: code points.
pub(super) fn is_coarse(one: &Expr, count: u32) -> Expr {
    Expr::Call(Function::Length, vec![one.clone()]).compare(
        Op::LessOrEqual,
        Expr::Value(Value::Int(i64::from(count)), None),
    )
}

pub(super) fn coarser(old: &Value, count: u32) -> Option<String> {
    let first = |text: &str| text.chars().take(count as usize).collect();
    match old {
        Value::Text(text) => Some(first(text)),
        Value::Int(int) => Some(first(&int.to_string())),
        Value::Null | Value::Bool(_) | Value::Unsigned(_) | Value::Bytes(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymise::testing::varchar;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        for (old, count, new) in [
            ("1012 AB", 4, "1012"),
            ("äöüß", 2, "äö"),
            ("日本語", 1, "日"),
            ("ab", 4, "ab"),
            ("", 4, ""),
        ] {
            assert_eq!(
                coarser(&Value::Text(old.into()), count).as_deref(),
                Some(new)
            );
        }
    }

    #[test]
    fn something_must_be_left_and_something_taken() {
        for (count, taken) in [(0, false), (4, true), (6, true), (7, false)] {
            let is_taken = check(count, &varchar("postcode", 7), Dialect::Postgres).is_ok();
            assert_eq!(is_taken, taken, "{count}");
        }
    }
}
