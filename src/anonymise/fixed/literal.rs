//! A literal of the schedule becomes a value of the column's type, or is refused with what would fit.

use std::net::IpAddr;

use crate::anonymise::Complaint;
use crate::anonymise::random::number;
use crate::catalog::{Column, ColumnKind};
use crate::schedule::Literal;
use crate::sql::{Dialect, Value};

use super::moment;

pub(super) fn value(
    literal: &Literal,
    column: &Column,
    dialect: Dialect,
) -> Result<Value, Complaint> {
    match column.kind {
        ColumnKind::Integer | ColumnKind::Unsigned => integer(literal, column, dialect),
        ColumnKind::Boolean => boolean(literal, column, dialect),
        ColumnKind::Decimal => decimal(literal, column),
        ColumnKind::Float => digits(literal).ok_or_else(|| wrong(column, "a number, as in 0")),
        ColumnKind::Text => text(literal, column),
        ColumnKind::Enum => member(literal, column),
        ColumnKind::Date | ColumnKind::Timestamp | ColumnKind::Instant => {
            moment::value(literal, column, dialect)
        }
        ColumnKind::Time => moment::time(literal, column),
        ColumnKind::Year => year(literal, column),
        ColumnKind::Uuid => parsed(literal, column, "a UUID in quotation marks", |text| {
            uuid::Uuid::parse_str(text).is_ok()
        }),
        ColumnKind::Inet => parsed(
            literal,
            column,
            "an IP address in quotation marks",
            is_address,
        ),
        ColumnKind::Json => parsed(
            literal,
            column,
            "JSON in quotation marks, as in \"{}\"",
            |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(),
        ),
        ColumnKind::Bytes => bytes(literal, column),
        ColumnKind::Other => Ok(untyped(literal, dialect)),
    }
}

fn wrong(column: &Column, right: &str) -> Complaint {
    let shown = match column.sql_type.as_str() {
        "" => "of another type",
        sql_type => sql_type,
    };
    Complaint::new(
        format!("this value does not fit column {} ({shown})", column.name),
        format!("write {right}"),
    )
}

fn integer(literal: &Literal, column: &Column, dialect: Dialect) -> Result<Value, Complaint> {
    let int = match literal {
        Literal::Integer(int) => *int,
        // Databases without a boolean keep it as 0 and 1.
        Literal::Boolean(truth) if dialect != Dialect::Postgres => i64::from(*truth),
        _ => return Err(wrong(column, "a whole number without quotation marks")),
    };
    let (low, high) = number::integer_range(column, dialect).unwrap_or(number::WIDEST);
    if (low..=high).contains(&i128::from(int)) {
        return Ok(Value::Int(int));
    }
    Err(wrong(
        column,
        &format!("a whole number from {low} to {high}"),
    ))
}

fn boolean(literal: &Literal, column: &Column, dialect: Dialect) -> Result<Value, Complaint> {
    let truth = match literal {
        Literal::Boolean(truth) => *truth,
        Literal::Integer(int @ (0 | 1)) if dialect != Dialect::Postgres => *int == 1,
        _ => return Err(wrong(column, "true or false")),
    };
    Ok(match dialect {
        Dialect::Postgres => Value::Bool(truth),
        Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => Value::Int(i64::from(truth)),
    })
}

fn digits(literal: &Literal) -> Option<Value> {
    match literal {
        Literal::Integer(int) => Some(Value::Text(int.to_string())),
        Literal::Decimal(digits) => Some(Value::Text(digits.replace('_', ""))),
        _ => None,
    }
}

fn decimal(literal: &Literal, column: &Column) -> Result<Value, Complaint> {
    let value = digits(literal).ok_or_else(|| wrong(column, "a number without quotation marks"))?;
    let (Some((whole, fraction)), Some(text)) = (number::decimal_digits(column), value.as_text())
    else {
        return Ok(value);
    };
    let bare = text.trim_start_matches(['-', '+']);
    let (before, after) = bare.split_once('.').unwrap_or((bare, ""));
    let is_digits = |part: &str| part.chars().all(|one| one.is_ascii_digit());
    let fits = is_digits(before)
        && is_digits(after)
        && before.trim_start_matches('0').len() <= whole
        && after.trim_end_matches('0').len() <= fraction;
    if fits {
        return Ok(value);
    }
    let right =
        format!("a number of at most {whole} digits before the point and {fraction} after it");
    Err(wrong(column, &right))
}

fn text(literal: &Literal, column: &Column) -> Result<Value, Complaint> {
    let text = match literal {
        Literal::Text(text) | Literal::DateTime(text) => text.clone(),
        Literal::Date(date) => date.format("%Y-%m-%d").to_string(),
        Literal::Integer(_) | Literal::Decimal(_) | Literal::Boolean(_) => {
            return Err(wrong(column, "the value in quotation marks"));
        }
    };
    if let Some(max) = column.length_max
        && text.chars().count() > max as usize
    {
        return Err(Complaint::new(
            format!("this text is longer than column {} allows", column.name),
            format!("write at most {max} characters"),
        ));
    }
    let is_padded = ["char(", "character("]
        .iter()
        .any(|name| column.sql_type.to_lowercase().starts_with(name));
    if is_padded && text.ends_with(' ') {
        return Err(wrong(
            column,
            "the text without spaces at its end, which this type drops",
        ));
    }
    Ok(Value::Text(text))
}

/// A text stands for its bytes in UTF-8.
fn bytes(literal: &Literal, column: &Column) -> Result<Value, Complaint> {
    let Literal::Text(text) = literal else {
        return Err(wrong(column, "a text in quotation marks, for its bytes"));
    };
    let is_padded = column.sql_type.to_lowercase().starts_with("binary");
    match column.length_max {
        Some(max) if text.len() > max as usize => Err(Complaint::new(
            format!("this text is longer than column {} allows", column.name),
            format!("write at most {max} bytes"),
        )),
        Some(width) if is_padded && text.len() < width as usize => Err(wrong(
            column,
            &format!("exactly {width} bytes: this type fills up what is shorter"),
        )),
        _ => Ok(Value::Bytes(text.clone().into_bytes())),
    }
}

fn member(literal: &Literal, column: &Column) -> Result<Value, Complaint> {
    match literal {
        Literal::Text(text) if column.enum_values.contains(text) => Ok(Value::Text(text.clone())),
        _ => Err(wrong(
            column,
            &format!("one of {}", column.enum_values.join(", ")),
        )),
    }
}

fn year(literal: &Literal, column: &Column) -> Result<Value, Complaint> {
    match literal {
        Literal::Integer(int @ (0 | 1901..=2155)) => Ok(Value::Int(*int)),
        _ => Err(wrong(column, "a year from 1901 to 2155")),
    }
}

fn parsed(
    literal: &Literal,
    column: &Column,
    right: &str,
    is_one: impl Fn(&str) -> bool,
) -> Result<Value, Complaint> {
    match literal {
        Literal::Text(text) if is_one(text) => Ok(Value::Text(text.clone())),
        _ => Err(wrong(column, right)),
    }
}

fn is_address(text: &str) -> bool {
    let (address, bits) = text.split_once('/').unwrap_or((text, "0"));
    address.parse::<IpAddr>().is_ok_and(|one| {
        bits.parse::<u8>()
            .is_ok_and(|bits| bits <= if one.is_ipv4() { 32 } else { 128 })
    })
}

/// A column whose type says nothing to us: as written.
fn untyped(literal: &Literal, dialect: Dialect) -> Value {
    match literal {
        Literal::Text(text) | Literal::Decimal(text) | Literal::DateTime(text) => {
            Value::Text(text.clone())
        }
        Literal::Date(date) => Value::Text(date.format("%Y-%m-%d").to_string()),
        Literal::Integer(int) if dialect == Dialect::Postgres => Value::Text(int.to_string()),
        Literal::Integer(int) => Value::Int(*int),
        Literal::Boolean(truth) if dialect == Dialect::Postgres => Value::Text(truth.to_string()),
        Literal::Boolean(truth) => Value::Int(i64::from(*truth)),
    }
}
