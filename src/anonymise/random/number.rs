//! Random numbers, and what fits the types of numbers.

use crate::anonymise::Complaint;
use crate::anonymise::constraint::{Subject, Verdict, mentioning, range, verdict};
use crate::anonymise::source::{Failed, Random, below};
use crate::catalog::{Column, ColumnKind, Table};
use crate::sql::{Dialect, Value};

use super::{cannot, unproven};

/// Every integer that we can bind.
pub(in super::super) const WIDEST: (i128, i128) = (i64::MIN as i128, i64::MAX as i128);

/// The digits of a number before and after the point that we make at most.
const DIGITS_MAX: usize = 18;

/// Numbers of a range, both ends included, with so many random digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Numbers {
    low: i128,
    high: i128,
    fraction: u32,
    /// Bound as text and cast by the database.
    is_text: bool,
}

/// The positive part of what the type and the CHECKs allow.
pub(super) fn check(
    column: &Column,
    table: &Table,
    dialect: Dialect,
) -> Result<Numbers, Complaint> {
    let (high, fraction) = match column.kind {
        ColumnKind::Float => (1 << 24, 0),
        ColumnKind::Decimal => {
            let (whole, fraction) = decimal_digits(column).unwrap_or((DIGITS_MAX, 0));
            let whole = whole.min(DIGITS_MAX);
            let fraction = fraction.min(DIGITS_MAX - whole);
            (10_i128.pow(whole as u32) - 1, fraction as u32)
        }
        // Of an unknown type (a domain), what fits the smallest integer but one.
        _ => {
            integer_range(column, dialect).map_or((i128::from(i16::MAX), 0), |(_, high)| (high, 0))
        }
    };
    // A number that is only a fraction begins with zero.
    let low = if high == 0 { 0 } else { 1 };
    let (low, high) = range(table, column, dialect, (low, high));
    // A bound of whole numbers says nothing certain of what follows the last of them.
    let fraction = match mentioning(table, column).next() {
        Some(_) => 0,
        None => fraction,
    };
    let numbers = Numbers {
        low,
        high,
        fraction,
        is_text: matches!(column.kind, ColumnKind::Decimal | ColumnKind::Float),
    };
    match verdict(table, column, dialect, &Subject::Number(low, high)) {
        Verdict::Passes if numbers.count() >= 2 => Ok(numbers),
        Verdict::Passes => Err(cannot(
            column,
            "only one value is allowed; use it as a fixed value",
        )),
        Verdict::Fails | Verdict::Unproven => Err(unproven(column)),
    }
}

impl Numbers {
    fn count(&self) -> u128 {
        let whole = u128::try_from(self.high - self.low + 1).unwrap_or(0);
        whole.saturating_mul(10_u128.pow(self.fraction))
    }

    pub(super) fn bits(&self) -> u32 {
        // A range of 2^63 - 1 numbers has all but 63 bits, and is counted for them.
        self.count().saturating_add(1).ilog2()
    }

    pub(super) fn make(&self, dialect: Dialect, random: &mut dyn Random) -> Result<Value, Failed> {
        let number = below(self.count(), random)?;
        let unit = 10_u128.pow(self.fraction);
        let whole = self.low + (number / unit) as i128;
        if !self.is_text
            && let Ok(int) = i64::try_from(whole)
        {
            return Ok(Value::Int(int));
        }
        if self.fraction == 0 {
            return Ok(as_number(whole.to_string(), dialect));
        }
        let digits = format!("{:0width$}", number % unit, width = self.fraction as usize);
        Ok(as_number(format!("{whole}.{digits}"), dialect))
    }
}

/// SQLite would keep a text in a column without a numeric type; the digits alone are one value everywhere else.
fn as_number(text: String, dialect: Dialect) -> Value {
    match (dialect, text.parse::<i64>()) {
        (Dialect::Sqlite, Ok(int)) => Value::Int(int),
        _ => Value::Text(text),
    }
}

/// The least and the greatest integer of the column's type; `None` for a type we do not know by name. Names and ranges
/// are those of the manuals; SQLite keeps 64 bits whatever the type is called. What is greater than we can bind is
/// left out.
pub(in super::super) fn integer_range(column: &Column, dialect: Dialect) -> Option<(i128, i128)> {
    if dialect == Dialect::Sqlite {
        return Some(WIDEST);
    }
    let sql_type = column.sql_type.to_lowercase();
    let bits = match sql_type.split(['(', ' ']).next()? {
        "tinyint" => 8,
        "smallint" | "int2" | "smallserial" => 16,
        "mediumint" => 24,
        "int" | "integer" | "int4" | "serial" => 32,
        "bigint" | "int8" | "bigserial" => 64,
        _ => return None,
    };
    let is_unsigned = column.kind == ColumnKind::Unsigned || sql_type.contains("unsigned");
    let (low, high) = match is_unsigned {
        true => (0, (1_i128 << bits) - 1),
        false => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
    };
    Some((low.max(WIDEST.0), high.min(WIDEST.1)))
}

/// The digits before and after the point of `numeric(p, s)`; `None` where the type sets no bound that we read.
pub(in super::super) fn decimal_digits(column: &Column) -> Option<(usize, usize)> {
    let (_, inside) = column.sql_type.split_once('(')?;
    let (inside, _) = inside.split_once(')')?;
    let (precision, scale) = inside.split_once(',').unwrap_or((inside, "0"));
    let precision: usize = precision.trim().parse().ok()?;
    let scale: usize = scale.trim().parse().ok()?;
    Some((precision.checked_sub(scale)?, scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymise::testing::{column, table};

    #[test]
    fn numbers_fit_type_and_check() {
        let (integer, decimal) = (ColumnKind::Integer, ColumnKind::Decimal);
        for (kind, sql_type, check_text, right) in [
            (integer, "smallint", "", Some((1, 32_767))),
            (integer, "tinyint(3) unsigned", "", Some((1, 255))),
            (integer, "int unsigned", "", Some((1, (1 << 32) - 1))),
            (
                ColumnKind::Unsigned,
                "bigint unsigned",
                "",
                Some((1, i128::from(i64::MAX))),
            ),
            (integer, "a_domain", "", Some((1, 32_767))),
            (
                integer,
                "integer",
                "CHECK (((a >= 18) AND (a < 66)))",
                Some((18, 65)),
            ),
            (
                integer,
                "integer",
                "CHECK (a BETWEEN 3 AND 9)",
                Some((3, 9)),
            ),
            (integer, "integer", "CHECK (a % 2 = 0)", None),
            (integer, "integer", "CHECK (a = 4)", None),
            (decimal, "numeric(5,2)", "", Some((1, 999))),
            (decimal, "numeric(2,2)", "", Some((0, 0))),
        ] {
            let column = column("a", kind, sql_type);
            let mut table = table(vec![column.clone()]);
            if !check_text.is_empty() {
                table.checks.push(check_text.into());
            }
            let found = check(&column, &table, Dialect::Mysql).ok();
            assert_eq!(
                found.map(|one| (one.low, one.high)),
                right,
                "{sql_type} {check_text}"
            );
        }
    }

    #[test]
    fn a_positive_bigint_counts_as_unique() {
        let column = column("a", ColumnKind::Integer, "bigint");
        let table = table(vec![column.clone()]);
        let bits = check(&column, &table, Dialect::Postgres).map(|one| one.bits());
        assert_eq!(bits, Ok(super::super::UNIQUE_BITS_MIN));
    }
}
