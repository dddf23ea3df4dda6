//! A start event as a database writes it, read back for people.
//!
//! Apart from `encoding`, which writes cutoffs for comparing: what is read here is shown and decides nothing.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

use crate::calendar::{self, Term};

use super::Encoding;

/// What a column says of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// A civil day, which ends in the zone of the rule.
    Day(NaiveDate),
    /// A local time, and the moment it is taken for.
    Local(NaiveDateTime, DateTime<Utc>),
    Instant(DateTime<Utc>),
}

impl Encoding {
    /// Reads what the database gave as text; `None`: it is no date that we can show.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Reading> {
        match self {
            Self::Date | Self::DayInTimestamp => {
                let day = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
                Some(Reading::Day(day))
            }
            Self::TextDay(pattern) => Some(Reading::Day(pattern.read(text)?.date())),
            Self::Naive(zone) => local(naive(text)?, *zone),
            Self::TextTime(pattern, zone) => local(pattern.read(text)?, *zone),
            Self::Instant => Some(Reading::Instant(naive(text)?.and_utc())),
            Self::Epoch(per_second) | Self::EpochText(per_second) => {
                let count: i64 = text.parse().ok()?;
                let micros = i128::from(count) * 1_000_000 / i128::from(*per_second);
                let at = DateTime::from_timestamp_micros(i64::try_from(micros).ok()?)?;
                Some(Reading::Instant(at))
            }
            Self::JulianDay => {
                let days: f64 = text.parse().ok()?;
                let seconds = (days - 2_440_587.5) * 86_400.0;
                let plausible = seconds.is_finite() && seconds.abs() < 1e12;
                #[expect(clippy::cast_possible_truncation, reason = "bounded by the line above")]
                let at = plausible.then(|| DateTime::from_timestamp(seconds.round() as i64, 0))?;
                at.map(Reading::Instant)
            }
        }
    }
}

fn local(at: NaiveDateTime, zone: Tz) -> Option<Reading> {
    Some(Reading::Local(at, calendar::zone::resolve(at, zone)?))
}

/// The databases write a moment in a session pinned to UTC: what stands after the seconds is a zero offset.
fn naive(text: &str) -> Option<NaiveDateTime> {
    let text = text
        .trim_end_matches("+00")
        .trim_end_matches('Z')
        .replace('T', " ");
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f").ok()
}

impl Reading {
    /// When a row with this start event is due; `None`: never.
    #[must_use]
    pub fn due(&self, term: &Term) -> Option<DateTime<Utc>> {
        match self {
            Self::Day(day) => term.due_of_date(*day),
            Self::Local(_, at) | Self::Instant(at) => term.due_of_instant(*at),
        }
    }

    /// True for a moment that is still to come.
    #[must_use]
    pub fn is_after(&self, now: DateTime<Utc>, zone: Tz) -> bool {
        match self {
            Self::Day(day) => *day > now.with_timezone(&zone).date_naive(),
            Self::Local(_, at) | Self::Instant(at) => *at > now,
        }
    }
}

impl std::fmt::Display for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Local(at, _) => write!(f, "{}", at.format("%Y-%m-%d %H:%M:%S")),
            Self::Instant(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%SZ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_databases_write_is_read() {
        let amsterdam = chrono_tz::Europe::Amsterdam;
        for (encoding, text, shown) in [
            (Encoding::Date, "2026-03-01", "2026-03-01"),
            (
                Encoding::DayInTimestamp,
                "2026-03-01 17:00:00",
                "2026-03-01",
            ),
            (
                Encoding::Naive(amsterdam),
                "2026-03-01 17:00:00.5",
                "2026-03-01 17:00:00",
            ),
            (
                Encoding::Instant,
                "2026-03-01 17:00:00+00",
                "2026-03-01T17:00:00Z",
            ),
            (
                Encoding::Epoch(1_000),
                "1000000000000",
                "2001-09-09T01:46:40Z",
            ),
            (Encoding::JulianDay, "2451545.0", "2000-01-01T12:00:00Z"),
        ] {
            let read = encoding.read(text).map(|one| one.to_string());
            assert_eq!(read.as_deref(), Some(shown), "{text}");
        }
        for (encoding, text) in [
            (Encoding::Date, "0000-00-00"),
            (Encoding::Instant, "infinity"),
            (Encoding::Epoch(1), "soon"),
            (Encoding::JulianDay, "inf"),
        ] {
            assert_eq!(encoding.read(text), None, "{text}");
        }
    }
}
