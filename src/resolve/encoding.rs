//! How a column writes a point in time, and how a cutoff is written so that the two compare.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::calendar::{self, Term};
use crate::catalog::{Column, ColumnKind};
use crate::schedule::{DateFormat, Holds, StartColumn};
use crate::sql::{Dialect, Expr, ShapePart, Value};

use super::pattern::Pattern;

/// How one column writes dates. Resolved and named, never assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encoding {
    /// A day, in a column of a date type.
    Date,
    /// Days in a column of a timestamp type: any time within the day counts as the day.
    DayInTimestamp,
    /// A local time of this zone, in a column of a timestamp type.
    Naive(Tz),
    /// A moment.
    Instant,
    TextDay(Pattern),
    TextTime(Pattern, Tz),
    /// A count since 1970-01-01T00:00Z, so many to a second.
    Epoch(i64),
    /// The same in a text: as many digits as such counts have since 2001 and until 2286.
    EpochText(i64),
    JulianDay,
}

/// Why a column cannot be dated as declared.
pub struct Undatable {
    pub sentence: String,
    pub hint: String,
}

/// Decides how a column is read.
///
/// # Errors
/// The column's type says too little, or something other than what is declared.
pub fn decide(
    declared: &StartColumn,
    column: &Column,
    column_zone: Option<Tz>,
    dialect: Dialect,
) -> Result<Encoding, Undatable> {
    let holds = declared.holds.as_ref().map(|holds| holds.value);
    let zone = declared
        .zone
        .as_ref()
        .map(|zone| zone.value)
        .or(column_zone);
    match declared.format.as_ref().map(|format| &format.value) {
        Some(format) => formatted(format, column, holds, zone, dialect),
        None => by_type(column, holds, zone),
    }
}

fn by_type(column: &Column, holds: Option<Holds>, zone: Option<Tz>) -> Result<Encoding, Undatable> {
    match (column.kind, holds) {
        (ColumnKind::Date, None | Some(Holds::Days)) => Ok(Encoding::Date),
        (ColumnKind::Date, Some(Holds::Instants)) => Err(undatable(
            format!(
                "the column {} is a date: it holds days, not instants",
                column.name
            ),
            "leave `holds` out",
        )),
        (ColumnKind::Timestamp, Some(Holds::Days)) => Ok(Encoding::DayInTimestamp),
        (ColumnKind::Timestamp, _) => zone.map(Encoding::Naive).ok_or_else(|| no_zone(column)),
        (ColumnKind::Instant, None | Some(Holds::Instants)) => Ok(Encoding::Instant),
        (ColumnKind::Instant, Some(Holds::Days)) => Err(undatable(
            format!(
                "the column {} holds moments; a day needs a zone",
                column.name
            ),
            "leave `holds` out, or use counted-from to move a moment to the end of a unit",
        )),
        _ => Err(undatable(
            format!(
                "the column {} ({}) does not say how it writes dates",
                column.name,
                type_or_none(column)
            ),
            "add format = \"%Y-%m-%d\" or \"%Y-%m-%d %H:%M:%S\" for text as it is stored, or \"epoch-seconds\", \
             \"epoch-milliseconds\", \"julian-day\" for numbers",
        )),
    }
}

fn formatted(
    format: &DateFormat,
    column: &Column,
    holds: Option<Holds>,
    zone: Option<Tz>,
    dialect: Dialect,
) -> Result<Encoding, Undatable> {
    // MySQL and MariaDB compare bytes and search them as they do texts, and some applications keep all text so.
    let texts = matches!(column.kind, ColumnKind::Text | ColumnKind::Other)
        || column.kind == ColumnKind::Bytes && dialect.is_mysql_family();
    let numbers = matches!(
        column.kind,
        ColumnKind::Integer
            | ColumnKind::Unsigned
            | ColumnKind::Other
            | ColumnKind::Float
            | ColumnKind::Decimal
    );
    match format {
        DateFormat::Pattern(text) if texts => {
            let pattern = Pattern::parse(text)
                .map_err(|why| undatable(why, "as in %Y-%m-%d or %d-%m-%Y %H:%M:%S"))?;
            if holds == Some(Holds::Days) || !pattern.has_time() {
                return Ok(Encoding::TextDay(pattern));
            }
            let zone = if pattern.is_utc() {
                Some(chrono_tz::UTC)
            } else {
                zone
            };
            zone.map(|zone| Encoding::TextTime(pattern, zone))
                .ok_or_else(|| no_zone(column))
        }
        DateFormat::EpochSeconds if numbers => Ok(Encoding::Epoch(1)),
        DateFormat::EpochMilliseconds if numbers => Ok(Encoding::Epoch(1_000)),
        DateFormat::EpochMicroseconds if numbers => Ok(Encoding::Epoch(1_000_000)),
        DateFormat::EpochSeconds if texts => Ok(Encoding::EpochText(1)),
        DateFormat::EpochMilliseconds if texts => Ok(Encoding::EpochText(1_000)),
        DateFormat::EpochMicroseconds if texts => Ok(Encoding::EpochText(1_000_000)),
        DateFormat::JulianDay if numbers => Ok(Encoding::JulianDay),
        _ => Err(undatable(
            format!(
                "the column {} ({}) cannot hold dates in this format",
                column.name,
                type_or_none(column)
            ),
            "a pattern is for text, a Julian day for numbers, an epoch for both; leave `format` out for date and timestamp types",
        )),
    }
}

fn type_or_none(column: &Column) -> &str {
    if column.sql_type.is_empty() {
        "no declared type"
    } else {
        &column.sql_type
    }
}

fn no_zone(column: &Column) -> Undatable {
    undatable(
        format!(
            "the column {} holds local times without a zone",
            column.name
        ),
        "add time-zone to the start event, or column-time-zone to the database, as in \"UTC\"",
    )
}

fn undatable(sentence: String, hint: &str) -> Undatable {
    Undatable {
        sentence,
        hint: hint.to_owned(),
    }
}

impl Encoding {
    /// The last value whose row is due at `now`; `None`: no row can be due.
    #[must_use]
    pub fn cutoff(
        &self,
        term: &Term,
        now: DateTime<Utc>,
        column: &Column,
        dialect: Dialect,
    ) -> Option<Expr> {
        match self {
            Self::Date | Self::DayInTimestamp | Self::TextDay(_) => {
                self.of_day(term.date_cutoff(now)?, End::Last, column, dialect)
            }
            Self::Naive(zone) | Self::TextTime(_, zone) => {
                let naive = calendar::naive_cutoff(term.instant_cutoff(now)?, *zone)?;
                Some(self.of_naive(naive, column, dialect))
            }
            Self::Instant | Self::Epoch(_) | Self::EpochText(_) | Self::JulianDay => {
                Some(self.of_instant(term.instant_cutoff(now)?, column, dialect))
            }
        }
    }

    /// The first value that is plausible.
    #[must_use]
    pub fn floor(&self, day: NaiveDate, column: &Column, dialect: Dialect) -> Expr {
        let midnight = day.and_time(NaiveTime::MIN);
        let value = match self {
            Self::Date | Self::DayInTimestamp | Self::TextDay(_) => self
                .of_day(day, End::First, column, dialect)
                .unwrap_or(Expr::Truth(false)),
            Self::Naive(_) | Self::TextTime(..) => self.of_naive(midnight, column, dialect),
            Self::Instant | Self::Epoch(_) | Self::EpochText(_) | Self::JulianDay => {
                self.of_instant(midnight.and_utc(), column, dialect)
            }
        };
        // It lies at the very end of an index, where the rows are that were removed first.
        Expr::Unplanned(Box::new(value))
    }

    /// The last value that is plausible; `None`: beyond what can be written.
    #[must_use]
    pub fn ceiling(&self, day: NaiveDate, column: &Column, dialect: Dialect) -> Option<Expr> {
        match self {
            Self::Date | Self::DayInTimestamp | Self::TextDay(_) => {
                self.of_day(day, End::Last, column, dialect)
            }
            Self::Naive(_) | Self::TextTime(..) => {
                Some(self.of_naive(last_of(day)?, column, dialect))
            }
            Self::Instant | Self::Epoch(_) | Self::EpochText(_) | Self::JulianDay => {
                Some(self.of_instant(last_of(day)?.and_utc(), column, dialect))
            }
        }
    }

    fn of_day(&self, day: NaiveDate, end: End, column: &Column, dialect: Dialect) -> Option<Expr> {
        let text = match (self, end) {
            (Self::TextDay(pattern), End::First) => pattern.sortable(day.and_time(NaiveTime::MIN)),
            (Self::TextDay(pattern), End::Last) => pattern.sortable(last_of(day)?),
            (Self::DayInTimestamp, End::First) => stamp(day.and_time(NaiveTime::MIN)),
            (Self::DayInTimestamp, End::Last) => stamp(last_of(day)?),
            _ => written_day(day),
        };
        Some(typed(text, column, dialect))
    }

    fn of_naive(&self, naive: NaiveDateTime, column: &Column, dialect: Dialect) -> Expr {
        match self {
            Self::TextTime(pattern, _) => typed(pattern.sortable(naive), column, dialect),
            _ => typed(stamp(naive), column, dialect),
        }
    }

    fn of_instant(&self, at: DateTime<Utc>, column: &Column, dialect: Dialect) -> Expr {
        match self {
            Self::Epoch(per_second) => Expr::Value(
                Value::Int(since_1970(at, *per_second).unwrap_or(i64::MIN)),
                None,
            ),
            Self::EpochText(per_second) => {
                // Before 1970 no count is a text of digits: nothing is less than the empty text.
                let count = since_1970(at, *per_second).filter(|count| *count >= 0);
                let width = usize::from(digits(*per_second));
                let text = count.map_or_else(String::new, |count| format!("{count:0width$}"));
                typed(text, column, dialect)
            }
            Self::JulianDay => julian(at, dialect),
            _ if dialect == Dialect::Postgres => {
                typed(format!("{}+00", stamp(at.naive_utc())), column, dialect)
            }
            // MySQL's TIMESTAMP in a session that is pinned to UTC.
            _ => typed(stamp(at.naive_utc()), column, dialect),
        }
    }

    /// The column as it compares with a cutoff.
    #[must_use]
    pub fn comparable(&self, column: Expr) -> Expr {
        match self {
            Self::TextDay(pattern) | Self::TextTime(pattern, _) => {
                Expr::ByteWise(Box::new(pattern.reordered(column)))
            }
            Self::EpochText(_) => Expr::ByteWise(Box::new(column)),
            _ => column,
        }
    }

    /// The shape a value must have to be dated at all; `None`: the type sees to it.
    #[must_use]
    pub fn shape(&self) -> Option<Vec<ShapePart>> {
        match self {
            Self::TextDay(pattern) | Self::TextTime(pattern, _) => Some(pattern.shape()),
            Self::EpochText(per_second) => Some(vec![ShapePart::Digits(digits(*per_second))]),
            _ => None,
        }
    }

    /// A value of that shape denotes a day and a time that there are; `None`: the type sees to it.
    #[must_use]
    pub fn possible(&self, column: &Expr) -> Option<Expr> {
        match self {
            Self::TextDay(pattern) | Self::TextTime(pattern, _) => Some(pattern.possible(column)),
            _ => None,
        }
    }

    /// True where the column itself is compared, so that an index on it serves the comparison.
    #[must_use]
    pub fn is_sargable(&self) -> bool {
        match self {
            Self::TextDay(pattern) | Self::TextTime(pattern, _) => pattern.is_in_order(),
            _ => true,
        }
    }
}

fn since_1970(at: DateTime<Utc>, per_second: i64) -> Option<i64> {
    let micros = i128::from(at.timestamp_micros());
    i64::try_from((micros * i128::from(per_second)).div_euclid(1_000_000)).ok()
}

/// How many digits a count has that is kept as text: fixed, so that texts sort as the moments that they denote.
fn digits(per_second: i64) -> u8 {
    match per_second {
        1 => 10,
        1_000 => 13,
        _ => 16,
    }
}

#[derive(Clone, Copy)]
enum End {
    First,
    Last,
}

fn last_of(day: NaiveDate) -> Option<NaiveDateTime> {
    let next = day.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN);
    next.checked_sub_signed(chrono::TimeDelta::microseconds(1))
}

fn written_day(day: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
}

fn stamp(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%d %H:%M:%S%.6f").to_string()
}

fn typed(text: String, column: &Column, dialect: Dialect) -> Expr {
    Expr::Value(Value::Text(text), column.cast_for(dialect))
}

/// Julian days as SQLite's `julianday()` gives them, a little earlier than the moment: never early.
fn julian(at: DateTime<Utc>, dialect: Dialect) -> Expr {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a Julian day is a float; the margin of a tenth of a second covers the rounding"
    )]
    let days = (at.timestamp_millis() - 100) as f64 / 86_400_000.0 + 2_440_587.5;
    let sql_type = match dialect {
        Dialect::Sqlite => "REAL",
        Dialect::Postgres => "double precision",
        Dialect::Mysql | Dialect::Mariadb => "double",
    };
    Expr::Value(Value::Text(format!("{days:.8}")), Some(sql_type.to_owned()))
}
