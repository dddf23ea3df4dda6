//! A fixed date or time, in the form in which its column reads it.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use crate::anonymise::Complaint;
use crate::catalog::{Column, ColumnKind};
use crate::schedule::Literal;
use crate::sql::{Dialect, Value};

/// A date as written, or a date and a time.
enum Written {
    Date(NaiveDate),
    Local(NaiveDateTime),
    /// With an offset; in UTC.
    Utc(NaiveDateTime),
}

/// A day for a date; a day or a local time for a timestamp; a day, a local time (both taken as UTC) or a time with an
/// offset for a moment. Whole seconds only: a type with fewer places would round, and never read back equal.
pub(super) fn value(
    literal: &Literal,
    column: &Column,
    dialect: Dialect,
) -> Result<Value, Complaint> {
    let is_infinite =
        matches!(literal, Literal::Text(text) if text == "infinity" || text == "-infinity");
    if let (true, Dialect::Postgres, Literal::Text(text)) = (is_infinite, dialect, literal) {
        return Ok(Value::Text(text.clone()));
    }
    let written = written(literal).ok_or_else(|| wrong(column))?;
    let at = match (column.kind, written) {
        (ColumnKind::Date, Written::Date(date)) => {
            return in_range(date.and_time(NaiveTime::MIN), column, dialect)
                .map(|_| Value::Text(date.format("%Y-%m-%d").to_string()));
        }
        (ColumnKind::Date, _) | (ColumnKind::Timestamp, Written::Utc(_)) => {
            return Err(wrong(column));
        }
        (_, Written::Date(date)) => date.and_time(NaiveTime::MIN),
        (_, Written::Local(at) | Written::Utc(at)) => at,
    };
    let at = in_range(at, column, dialect)?;
    let zone = match (column.kind, dialect) {
        (ColumnKind::Instant, Dialect::Postgres) => "+00",
        _ => "",
    };
    let text = at.format("%Y-%m-%d %H:%M:%S");
    Ok(Value::Text(format!("{text}{zone}")))
}

/// A time of day.
pub(super) fn time(literal: &Literal, column: &Column) -> Result<Value, Complaint> {
    let text = match literal {
        Literal::Text(text) | Literal::DateTime(text) => text,
        _ => return Err(wrong(column)),
    };
    let is_time = ["%H:%M", "%H:%M:%S"]
        .iter()
        .any(|form| NaiveTime::parse_from_str(text, form).is_ok());
    match is_time {
        true => Ok(Value::Text(text.clone())),
        false => Err(wrong(column)),
    }
}

fn wrong(column: &Column) -> Complaint {
    let right = match column.kind {
        ColumnKind::Date => "a date that exists, as in 1900-01-01",
        ColumnKind::Time => "a time of day, as in \"00:00:00\"",
        ColumnKind::Timestamp => {
            "a date, or a date and a time without an offset, as in 1900-01-01T00:00:00"
        }
        _ => "a date, or a date and a time with an offset, as in 1900-01-01T00:00:00Z",
    };
    Complaint::new(
        format!(
            "this value does not fit column {} ({})",
            column.name, column.sql_type
        ),
        format!("write {right}"),
    )
}

fn written(literal: &Literal) -> Option<Written> {
    let text = match literal {
        Literal::Date(date) => return Some(Written::Date(*date)),
        Literal::Text(text) | Literal::DateTime(text) => text,
        Literal::Integer(_) | Literal::Decimal(_) | Literal::Boolean(_) => return None,
    };
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Written::Date(date));
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(Written::Utc(at.naive_utc()));
    }
    let text = text.replace(['T', 't'], " ");
    ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%.f"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok())
        .map(Written::Local)
}

/// The ranges are those of the manuals: MySQL's TIMESTAMP ends in January 2038, and its DATE and DATETIME are
/// promised from the year 1000 only.
fn in_range(
    at: NaiveDateTime,
    column: &Column,
    dialect: Dialect,
) -> Result<NaiveDateTime, Complaint> {
    let complaint = |what: &str| {
        let sentence = format!(
            "this value does not fit column {} ({})",
            column.name, column.sql_type
        );
        Err(Complaint::new(sentence, what))
    };
    if at.nanosecond() != 0 {
        return complaint("write whole seconds");
    }
    let seconds = at.and_utc().timestamp();
    let is_stamp = dialect.is_mysql_family() && column.kind == ColumnKind::Instant;
    if is_stamp && !(1..=i64::from(i32::MAX)).contains(&seconds) {
        return complaint("write a moment between 1970-01-01T00:00:01Z and 2038-01-19T03:14:07Z");
    }
    let first = if dialect.is_mysql_family() { 1000 } else { 1 };
    if !(first..=9999).contains(&at.year()) {
        return complaint("write a year of four digits");
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymise::testing::column;

    #[test]
    fn dates_and_times_take_the_form_of_their_column() {
        let day = || Literal::Date(NaiveDate::default());
        let at = |text: &str| Literal::DateTime(text.into());
        let text = |text: &str| Literal::Text(text.into());
        let (date, stamp, instant) = (ColumnKind::Date, ColumnKind::Timestamp, ColumnKind::Instant);
        let (postgres, mysql) = (Dialect::Postgres, Dialect::Mysql);
        let cases = [
            (day(), date, postgres, Some("1970-01-01")),
            (text("2021-02-30"), date, postgres, None),
            (text("infinity"), date, postgres, Some("infinity")),
            (text("infinity"), date, mysql, None),
            (at("2021-05-06T10:00:00"), date, postgres, None),
            (day(), stamp, mysql, Some("1970-01-01 00:00:00")),
            (at("2021-05-06T10:00:00Z"), stamp, mysql, None),
            (at("2021-05-06T10:00:00.5"), stamp, mysql, None),
            (
                at("2021-05-06 10:00:00"),
                stamp,
                mysql,
                Some("2021-05-06 10:00:00"),
            ),
            (
                at("2021-05-06T10:00:00+02:00"),
                instant,
                postgres,
                Some("2021-05-06 08:00:00+00"),
            ),
            (
                at("2021-05-06T10:00:00+02:00"),
                instant,
                mysql,
                Some("2021-05-06 08:00:00"),
            ),
            (day(), instant, mysql, None),
            (Literal::Integer(7), date, postgres, None),
        ];
        for (literal, kind, dialect, right) in cases {
            let made = value(&literal, &column("a", kind, "t"), dialect).ok();
            assert_eq!(
                made,
                right.map(|text| Value::Text(text.into())),
                "{literal:?} {kind:?}"
            );
        }
    }
}
