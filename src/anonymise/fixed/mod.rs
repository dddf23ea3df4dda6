//! The same value for every row.

mod literal;
mod moment;

use crate::catalog::{Column, ColumnKind, Table};
use crate::diagnostic::{Fault, Located};
use crate::schedule::Literal;
use crate::sql::{Alias, Dialect, Expr, Is, Op, Value};

use super::Complaint;
use super::constraint::{Subject, Verdict, verdict};

/// A literal of the schedule as its column takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fixed {
    pub(super) value: Value,
}

/// The literal must be of the column's type, fit it, and not be certain to fail a CHECK. What cannot be decided here
/// is tried in the database, in a transaction that is rolled back.
pub(super) fn check(
    literal: &Literal,
    column: &Column,
    table: &Table,
    dialect: Dialect,
) -> Result<Fixed, Complaint> {
    let value = literal::value(literal, column, dialect)?;
    let subject = match &value {
        Value::Null => Subject::Null,
        Value::Int(int) => Subject::Number(i128::from(*int), i128::from(*int)),
        Value::Text(text) if matches!(column.kind, ColumnKind::Text | ColumnKind::Enum) => {
            Subject::text(text)
        }
        Value::Bool(_) | Value::Unsigned(_) | Value::Text(_) | Value::Bytes(_) => Subject::Opaque,
    };
    if verdict(table, column, dialect, &subject) == Verdict::Fails {
        return Err(Complaint::new(
            format!(
                "a CHECK does not let column {} have this value",
                column.name
            ),
            "use a fixed value that passes the check",
        ));
    }
    Ok(Fixed { value })
}

/// A literal of the schedule as a column takes it.
///
/// # Errors
/// It is not of the column's type, does not fit it, or is certain to fail a CHECK.
pub fn fitting(
    literal: &Located<Literal>,
    column: &Column,
    table: &Table,
    dialect: Dialect,
) -> Result<Value, Box<Fault>> {
    let fixed = check(&literal.value, column, table, dialect);
    fixed.map(|fixed| fixed.value).map_err(|complaint| {
        Box::new(Fault::error(literal.at, complaint.sentence).hint(complaint.hint))
    })
}

impl Fixed {
    /// The column has the value; a NULL is overwritten too.
    pub(super) fn finished(&self, column: &Column, alias: Alias, dialect: Dialect) -> Option<Expr> {
        equals(column, &self.value, alias, dialect)
    }
}

/// The column has exactly that value, never NULL as an answer; `None` where its database cannot tell: a binary
/// fraction does not equal the digits it was made from, and MySQL's JSON does not equal its own text.
#[must_use]
pub fn equals(column: &Column, value: &Value, alias: Alias, dialect: Dialect) -> Option<Expr> {
    let left = Expr::column(alias, &column.name);
    if *value == Value::Null {
        return Some(left.is(Is::Null));
    }
    let right = Expr::Value(value.clone(), column.cast_for(dialect));
    let exact = |one: Expr| Expr::Exact(Box::new(one));
    let postgres = dialect == Dialect::Postgres;
    let same = match column.kind {
        ColumnKind::Float if !is_small_whole(value) => return None,
        ColumnKind::Json if dialect == Dialect::Mysql => return None,
        ColumnKind::Text | ColumnKind::Json => exact(left).compare(Op::Equal, exact(right)),
        // Some types of PostgreSQL (xml, point) have no equality; their texts have.
        ColumnKind::Other if postgres => exact(left).compare(Op::Equal, exact(right)),
        _ => left.compare(Op::Equal, right),
    };
    Some(same.is(Is::True))
}

/// True for a number that single precision holds exactly.
fn is_small_whole(value: &Value) -> bool {
    value.as_int().is_some_and(|int| int.abs() <= 1 << 24)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymise::testing::{column, table, varchar};

    fn of_enum() -> Column {
        Column {
            enum_values: vec!["new".into(), "old".into()],
            ..column("a", ColumnKind::Enum, "state")
        }
    }

    fn taken(literal: &Literal, column: &Column, check_text: &str, dialect: Dialect) -> bool {
        let mut table = table(vec![column.clone()]);
        if !check_text.is_empty() {
            table.checks.push(check_text.into());
        }
        check(literal, column, &table, dialect).is_ok()
    }

    #[test]
    fn a_value_goes_where_it_fits() {
        let text = |text: &str| Literal::Text(text.into());
        let integer = |sql_type| column("a", ColumnKind::Integer, sql_type);
        let decimal = column("a", ColumnKind::Decimal, "numeric(5,2)");
        let cases = [
            (text("ANON"), varchar("a", 4), true),
            (text("ANONE"), varchar("a", 4), false),
            (text("ÄÖÜß"), varchar("a", 4), true),
            (Literal::Integer(1), varchar("a", 4), false),
            (text("x"), integer("integer"), false),
            (Literal::Integer(40_000), integer("smallint"), false),
            (Literal::Integer(30_000), integer("smallint"), true),
            (Literal::Boolean(true), integer("integer"), false),
            (Literal::Decimal("1.5".into()), integer("integer"), false),
            (Literal::Decimal("123.45".into()), decimal.clone(), true),
            (Literal::Decimal("1234.5".into()), decimal.clone(), false),
            (Literal::Decimal("1.234".into()), decimal, false),
            (text("new"), of_enum(), true),
            (text("odd"), of_enum(), false),
            (
                text("not one"),
                column("a", ColumnKind::Uuid, "uuid"),
                false,
            ),
            (
                text("192.0.2.0"),
                column("a", ColumnKind::Inet, "inet"),
                true,
            ),
            (
                text("192.0.2"),
                column("a", ColumnKind::Inet, "inet"),
                false,
            ),
            (text("{"), column("a", ColumnKind::Json, "jsonb"), false),
            (text("{}"), column("a", ColumnKind::Json, "jsonb"), true),
            (text("x"), column("a", ColumnKind::Bytes, "bytea"), true),
        ];
        for (literal, column, fits) in cases {
            let is_taken = taken(&literal, &column, "", Dialect::Postgres);
            assert_eq!(is_taken, fits, "{literal:?} {}", column.sql_type);
        }
    }

    #[test]
    fn a_check_that_is_certain_to_fail_refuses() {
        let literal = Literal::Text("c".into());
        for (check_text, fits) in [
            ("CHECK (a IN ('a', 'b'))", false),
            ("CHECK (a IN ('a', 'c'))", true),
            ("CHECK ((length(a) > 3))", false),
            ("CHECK (a ~ '^x')", true),
            ("CHECK (a IN ('a') OR b = 1)", true),
        ] {
            let is_taken = taken(&literal, &varchar("a", 9), check_text, Dialect::Postgres);
            assert_eq!(is_taken, fits, "{check_text}");
        }
    }

    #[test]
    fn a_binary_fraction_is_not_recognised() {
        let float = column("a", ColumnKind::Float, "real");
        let of = |text: &str| Value::Text(text.into());
        assert!(equals(&float, &of("0.1"), Alias::ROW, Dialect::Mysql).is_none());
        assert!(equals(&float, &of("3"), Alias::ROW, Dialect::Mysql).is_some());
    }
}
