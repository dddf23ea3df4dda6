//! When the row that has been due for longest became due.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::calendar::{self, Term};
use crate::resolve::{BoundPeriod, BoundRule, Dated, Encoding};

/// From the least start event among the due rows, for a rule whose purposes start from columns of the row; `None`
/// where another table says it, or the text cannot be read. Where cases or purposes differ it is the earliest moment
/// possible.
#[must_use]
pub fn oldest_due(rule: &BoundRule, oldest_start: Option<&str>) -> Option<DateTime<Utc>> {
    let start = oldest_start?;
    // The row was due when the last of its purposes had ended; within a purpose, the case that ended first may own it.
    let ends: Option<Vec<DateTime<Utc>>> = rule
        .purposes
        .iter()
        .map(|purpose| {
            purpose
                .periods()
                .filter_map(|period| due(period, start))
                .min()
        })
        .collect();
    ends?.into_iter().max()
}

fn due(period: &BoundPeriod, start: &str) -> Option<DateTime<Utc>> {
    let dated = period.start.own_column()?;
    // A period in a column may be any that was read: the shortest ends first.
    let terms = period.length.terms();
    let ends = terms.iter().filter_map(|(_, term)| end(term, dated, start));
    ends.min()
}

fn end(term: &Term, dated: &Dated, start: &str) -> Option<DateTime<Utc>> {
    match &dated.encoding {
        Encoding::Date | Encoding::DayInTimestamp | Encoding::TextDay(_) => {
            let day = start.get(..10)?;
            term.due_of_date(NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?)
        }
        Encoding::Naive(zone) | Encoding::TextTime(_, zone) => {
            term.due_of_instant(calendar::zone::resolve(naive(start)?, *zone)?)
        }
        Encoding::Instant => term.due_of_instant(naive(start)?.and_utc()),
        Encoding::Epoch(per_second) => {
            let count: i64 = start.parse().ok()?;
            let micros = i128::from(count) * 1_000_000 / i128::from(*per_second);
            let at = DateTime::from_timestamp_micros(i64::try_from(micros).ok()?)?;
            term.due_of_instant(at)
        }
        Encoding::JulianDay => None,
    }
}

/// The databases write a moment in a session pinned to UTC: what stands after the seconds is a zero offset.
fn naive(text: &str) -> Option<NaiveDateTime> {
    let text = text
        .trim_end_matches("+00")
        .trim_end_matches('Z')
        .replace('T', " ");
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f").ok()
}
