//! When the row that has been due for longest became due.

use chrono::{DateTime, Utc};

use crate::resolve::{BoundPeriod, BoundRule};

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
    let reading = dated.encoding.read(start)?;
    // A period in a column may be any that was read: the shortest ends first.
    let terms = period.length.terms();
    let ends = terms.iter().filter_map(|(_, term)| reading.due(term));
    ends.min()
}
