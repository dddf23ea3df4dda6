//! A date to the first of its year or month, at midnight where it has a time.
//!
//! Dates with a type of their own are read as text, in a session pinned to UTC and to ISO 8601; a moment is cut in
//! UTC. Dates kept as text are in `iso`.

use chrono::{DateTime, NaiveDate};

use crate::anonymise::Complaint;
use crate::catalog::{Column, ColumnKind};
use crate::sql::{Dialect, Expr, Op, ShapePart, Value};

use super::{holds_text, iso, wrong};

/// What is left of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    Year,
    Month,
}

/// What is left of a date, and how the column keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Dates {
    grain: Grain,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A type of the database, with the places of its seconds.
    Typed(ColumnKind, Dialect, usize),
    Text,
}

impl Grain {
    /// The first day of the year or month of a date that begins with `YYYY-MM-DD`.
    pub(super) fn first_day(self, text: &str) -> Option<String> {
        let (year, month) = (text.get(..4)?, text.get(5..7)?);
        Some(match self {
            Self::Year => format!("{year}-01-01"),
            Self::Month => format!("{year}-{month}-01"),
        })
    }

    /// The shape of such a day.
    pub(super) fn shape(self) -> Vec<ShapePart> {
        let mut shape = vec![ShapePart::Digits(4)];
        match self {
            Self::Year => shape.extend(literals("-01-01")),
            Self::Month => {
                shape.extend([ShapePart::Literal('-'), ShapePart::Month]);
                shape.extend(literals("-01"));
            }
        }
        shape
    }
}

impl Dates {
    pub(super) fn check(
        grain: Grain,
        column: &Column,
        dialect: Dialect,
    ) -> Result<Self, Complaint> {
        let is_date = matches!(
            column.kind,
            ColumnKind::Date | ColumnKind::Timestamp | ColumnKind::Instant
        );
        let is_text = holds_text(column, dialect) || (is_date && dialect == Dialect::Sqlite);
        if is_text && column.length_max.is_some_and(|max| max < 10) {
            return Err(wrong(column, "whole dates", "use null or a fixed value"));
        }
        let form = match (is_text, is_date) {
            (true, _) => Form::Text,
            (false, true) => Form::Typed(column.kind, dialect, places(column, dialect)),
            (false, false) => {
                let hint = "use null, a fixed value or another generalisation";
                return Err(wrong(column, "dates", hint));
            }
        };
        Ok(Self { grain, form })
    }

    pub(super) fn coarser(&self, old: &str) -> Option<String> {
        match self.form {
            Form::Text => iso::coarser(old, self.grain),
            // Sentinels: nobody's date, and without a year.
            Form::Typed(..) if INFINITE.contains(&old) => Some(old.to_owned()),
            Form::Typed(kind, dialect, _) => {
                let utc = in_utc(old, kind, dialect)?;
                let day = self.grain.first_day(&utc)?;
                // MySQL's TIMESTAMP begins one second after this.
                let exists = kind != ColumnKind::Instant
                    || !dialect.is_mysql_family()
                    || day.as_str() > "1970-01-01";
                exists.then(|| format!("{day}{}", midnight(kind, dialect)))
            }
        }
    }

    /// The value is one that [`Dates::coarser`] makes.
    pub(super) fn is_coarse(&self, one: &Expr, column: &Column) -> Expr {
        let Form::Typed(kind, dialect, places) = self.form else {
            return iso::is_coarse(one, self.grain);
        };
        let shaped = |fraction: &str| {
            let mut shape = self.grain.shape();
            let midnight = midnight(kind, dialect);
            let (time, zone) = midnight
                .split_once('+')
                .map_or((midnight, ""), |(time, _)| (time, "+00"));
            shape.extend(literals(time));
            shape.extend(literals(fraction));
            shape.extend(literals(zone));
            Expr::Shaped(Box::new(one.clone()), shape)
        };
        // MySQL writes all places of a second; PostgreSQL writes none that is zero.
        let fraction = format!(".{}", "0".repeat(places));
        let mut forms = vec![shaped("")];
        if places > 0 && kind != ColumnKind::Date {
            forms.push(shaped(&fraction));
        }
        if dialect == Dialect::Postgres {
            forms.extend(INFINITE.map(|text| {
                let value = Value::Text(text.to_owned());
                one.clone()
                    .compare(Op::Equal, Expr::Value(value, column.cast_for(dialect)))
            }));
        }
        Expr::any(forms)
    }
}

const INFINITE: [&str; 2] = ["infinity", "-infinity"];

pub(super) fn literals(text: &str) -> impl Iterator<Item = ShapePart> {
    text.chars().map(ShapePart::Literal)
}

fn midnight(kind: ColumnKind, dialect: Dialect) -> &'static str {
    match (kind, dialect) {
        (ColumnKind::Date, _) => "",
        (ColumnKind::Instant, Dialect::Postgres) => " 00:00:00+00",
        _ => " 00:00:00",
    }
}

/// The places of MySQL's `datetime(n)`.
fn places(column: &Column, dialect: Dialect) -> usize {
    let inside = || {
        let (_, rest) = column.sql_type.split_once('(')?;
        rest.split_once(')')?.0.parse().ok()
    };
    match dialect.is_mysql_family() {
        true => inside().unwrap_or(0).min(6),
        false => 0,
    }
}

/// The text of a date of four-digit year, a moment in UTC. A year before Christ or beyond 9999 has no coarser form.
fn in_utc(old: &str, kind: ColumnKind, dialect: Dialect) -> Option<String> {
    let day = old.get(..10)?;
    let is_day = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let rest = old.get(10..)?;
    let goes_on = match kind {
        ColumnKind::Date => rest.is_empty(),
        _ => rest.starts_with(' '),
    };
    if !is_day || !goes_on || old.ends_with("BC") {
        return None;
    }
    // MySQL's zero dates are no dates of the calendar, and are cut all the same.
    let is_zero = dialect.is_mysql_family() && (&day[5..7] == "00" || &day[8..10] == "00");
    if is_zero || kind != ColumnKind::Instant || dialect != Dialect::Postgres {
        let is_real = is_zero || NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok();
        return is_real.then(|| day.to_owned());
    }
    let at = DateTime::parse_from_str(old, "%Y-%m-%d %H:%M:%S%.f%#z").ok()?;
    Some(at.naive_utc().format("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymise::testing::column;

    fn coarser(grain: Grain, kind: ColumnKind, dialect: Dialect, old: &str) -> Option<String> {
        Dates::check(grain, &column("a", kind, "datetime(3)"), dialect)
            .ok()?
            .coarser(old)
    }

    #[test]
    fn typed_dates_are_cut() {
        let (year, month) = (Grain::Year, Grain::Month);
        let (date, stamp, instant) = (ColumnKind::Date, ColumnKind::Timestamp, ColumnKind::Instant);
        let (postgres, mysql) = (Dialect::Postgres, Dialect::Mysql);
        for (grain, kind, dialect, old, new) in [
            (year, date, postgres, "2021-05-06", Some("2021-01-01")),
            (month, date, postgres, "2021-05-06", Some("2021-05-01")),
            (year, date, postgres, "infinity", Some("infinity")),
            (year, date, postgres, "0044-03-15 BC", None),
            (year, date, postgres, "12021-03-15", None),
            (year, date, mysql, "0000-00-00", Some("0000-01-01")),
            (month, date, mysql, "2021-05-00", Some("2021-05-01")),
            (
                year,
                stamp,
                postgres,
                "2021-05-06 10:11:12.5",
                Some("2021-01-01 00:00:00"),
            ),
            (
                month,
                stamp,
                mysql,
                "2021-05-06 10:11:12.500",
                Some("2021-05-01 00:00:00"),
            ),
            (
                year,
                instant,
                postgres,
                "2021-05-06 10:11:12.5+00",
                Some("2021-01-01 00:00:00+00"),
            ),
            (
                year,
                instant,
                postgres,
                "2021-01-01 00:30:00+01",
                Some("2020-01-01 00:00:00+00"),
            ),
            (
                year,
                instant,
                mysql,
                "2021-05-06 10:11:12",
                Some("2021-01-01 00:00:00"),
            ),
            (year, instant, mysql, "1970-05-06 10:11:12", None),
        ] {
            assert_eq!(coarser(grain, kind, dialect, old).as_deref(), new, "{old}");
        }
    }

    #[test]
    fn what_holds_no_dates_is_refused() {
        for (kind, dialect, taken) in [
            (ColumnKind::Integer, Dialect::Postgres, false),
            (ColumnKind::Time, Dialect::Mysql, false),
            (ColumnKind::Integer, Dialect::Sqlite, false),
            (ColumnKind::Other, Dialect::Sqlite, true),
            (ColumnKind::Other, Dialect::Postgres, false),
        ] {
            let is_taken = Dates::check(Grain::Year, &column("a", kind, ""), dialect).is_ok();
            assert_eq!(is_taken, taken, "{kind:?}");
        }
    }
}
