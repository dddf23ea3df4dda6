//! Literals become bound values of the type that they are compared with; across types nothing is compared.

use sqlparser::ast;

use crate::catalog::ColumnKind;
use crate::sql::{Dialect, Expr, Value};

use super::bind::{Beside, Binder};

impl Binder<'_> {
    /// A place in a text or a count of characters: PostgreSQL knows no `substr(text, bigint, bigint)`.
    pub(super) fn place(&mut self, expr: &ast::Expr) -> Expr {
        match self.scalar(expr, Beside::Nothing) {
            Expr::Value(value, None) if self.dialect == Dialect::Postgres => {
                Expr::Value(value, Some("integer".to_owned()))
            }
            other => other,
        }
    }

    pub(super) fn literal(&mut self, value: &ast::Value, beside: Beside<'_>) -> Expr {
        match value {
            ast::Value::Number(digits, _) => self.number(digits, beside),
            ast::Value::SingleQuotedString(text) => self.text(text, beside),
            ast::Value::Boolean(truth) => self.truth(*truth),
            other => {
                let sentence = format!("{other} cannot be compared with");
                self.complain(sentence, "write IS NULL or IS NOT NULL to ask for NULL")
            }
        }
    }

    pub(super) fn truth(&self, truth: bool) -> Expr {
        match self.dialect {
            Dialect::Postgres => Expr::Value(Value::Bool(truth), None),
            _ => Expr::Value(Value::Int(i64::from(truth)), None),
        }
    }

    pub(super) fn number(&mut self, digits: &str, beside: Beside<'_>) -> Expr {
        if let Beside::Column(column) = beside
            && !takes_numbers(column.kind)
            && !(self.dialect == Dialect::Sqlite && column.kind == ColumnKind::Other)
        {
            let sentence = format!("the column {} does not hold numbers", column.name);
            return self.complain(sentence, format!("compare it with a text: '{digits}'"));
        }
        match (digits.parse::<i64>(), beside) {
            (Ok(int), _) => Expr::Value(Value::Int(int), None),
            (Err(_), Beside::Column(column)) => Expr::Value(
                Value::Text(digits.to_owned()),
                column.cast_for(self.dialect),
            ),
            (Err(_), Beside::Nothing) => self.complain(
                "a number that is not a whole number stands beside no column",
                "compare it with a column directly",
            ),
        }
    }

    pub(super) fn text(&mut self, text: &str, beside: Beside<'_>) -> Expr {
        let Beside::Column(column) = beside else {
            return Expr::Value(Value::Text(text.to_owned()), self.plain_text_cast());
        };
        if matches!(
            column.kind,
            ColumnKind::Integer | ColumnKind::Unsigned | ColumnKind::Float | ColumnKind::Boolean
        ) {
            let sentence = format!("the column {} does not hold text", column.name);
            return self.complain(sentence, "write the value without quotation marks");
        }
        if !column.enum_values.is_empty() && !column.enum_values.iter().any(|one| one == text) {
            let sentence = format!("the column {} can never be '{text}'", column.name);
            let hint = format!("its values are {}", column.enum_values.join(", "));
            return self.complain(sentence, hint);
        }
        Expr::Value(
            Value::Text(text.to_owned()),
            column.cast_for(self.dialect).or(self.plain_text_cast()),
        )
    }

    pub(super) fn plain_text_cast(&self) -> Option<String> {
        (self.dialect == Dialect::Postgres).then(|| "text".to_owned())
    }
}

fn takes_numbers(kind: ColumnKind) -> bool {
    matches!(
        kind,
        ColumnKind::Integer
            | ColumnKind::Unsigned
            | ColumnKind::Decimal
            | ColumnKind::Float
            | ColumnKind::Year
            | ColumnKind::Boolean
    )
}
