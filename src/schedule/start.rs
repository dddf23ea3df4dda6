//! The moment from which a period runs.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Serialize;

use crate::diagnostic::Located;

use super::{ConditionText, Literal};

/// A start event. An event that has not happened (NULL, a sentinel, a date to come) makes a row not due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Start {
    /// A column of the row itself, or of a parent reached over foreign keys.
    Column(StartColumn),
    /// An aggregate over the rows that refer to this one.
    Related {
        aggregate: Aggregate,
        /// `column.table` is the child table.
        column: StartColumn,
        /// Only these related rows count.
        only: Option<ConditionText>,
        /// What holds when there is no related row.
        if_none: Located<IfNone>,
    },
    /// The last of several events: all of them must have happened.
    LatestOf(Vec<Start>),
    /// The first of several events.
    EarliestOf(Vec<Start>),
    /// No row refers to this one any more. It has no date: a period runs from events beside it.
    /// The names are "table" or "table.column"; none: every reference.
    Unused(Located<Vec<Located<String>>>),
    /// One of several columns of the row, chosen by an SQL expression.
    Chosen {
        sql: ConditionText,
        /// How each of its columns is read; its own `column` is the whole expression.
        read: StartColumn,
    },
    /// An event of this name that somebody reports from outside.
    Reported(Located<String>),
}

impl Start {
    /// True where the event, or a part of it, has a date from which a period can run.
    #[must_use]
    pub fn has_a_date(&self) -> bool {
        match self {
            Self::Column(_) | Self::Related { .. } | Self::Reported(_) | Self::Chosen { .. } => {
                true
            }
            Self::LatestOf(list) => list.iter().any(Self::has_a_date),
            Self::EarliestOf(list) => list.iter().all(Self::has_a_date),
            Self::Unused(_) => false,
        }
    }

    pub(super) fn events<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::Reported(event) => found.push(&event.value),
            Self::Related { if_none, .. } => {
                if let IfNone::Use(start) = &if_none.value {
                    start.events(found);
                }
            }
            Self::LatestOf(list) | Self::EarliestOf(list) => {
                list.iter().for_each(|one| one.events(found));
            }
            Self::Column(_) | Self::Unused(_) | Self::Chosen { .. } => {}
        }
    }
}

/// Which of several related rows decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Aggregate {
    /// The greatest; one related row whose event has not happened stops it.
    Latest,
    /// The smallest; related rows whose event has not happened do not count.
    Earliest,
}

/// What an aggregate says when there is no related row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum IfNone {
    /// The row is kept.
    Keep,
    /// The row's own event decides.
    Use(Box<Start>),
}

/// A column that dates something, and how it is to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StartColumn {
    /// The table in which the column stands, where it is not the rule's own.
    pub table: Option<Located<String>>,
    pub column: Located<String>,
    /// The way to that table: for each step the column (or columns, for a composite key) that refer to the next.
    pub via: Vec<Vec<Located<String>>>,
    /// Values that mean "has not happened".
    pub never: Vec<Located<Literal>>,
    /// Days or instants, where the type does not say it.
    pub holds: Option<Located<Holds>>,
    /// How a date is written in a column that is not of a date type.
    pub format: Option<Located<DateFormat>>,
    /// The zone of timestamps that carry none.
    #[serde(serialize_with = "zone_name")]
    pub zone: Option<Located<Tz>>,
    /// Dates before this day are not plausible: the row cannot be dated and is kept.
    pub not_before: NaiveDate,
    /// Nor are dates after this one, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<NaiveDate>,
}

/// What a column of dates holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Holds {
    /// Civil days: each ends at the end of the local day.
    Days,
    /// Points in time.
    Instants,
}

/// How a date is written in a column whose type does not say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum DateFormat {
    /// Text in a fixed pattern of %Y %m %d %H %M %S and literals; `%.f` at the end allows a fraction.
    Pattern(String),
    EpochSeconds,
    EpochMilliseconds,
    EpochMicroseconds,
    JulianDay,
}

fn zone_name<S: serde::Serializer>(
    zone: &Option<Located<Tz>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    zone.as_ref()
        .map(|zone| zone.value.name())
        .serialize(serializer)
}
