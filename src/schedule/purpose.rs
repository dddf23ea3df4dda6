//! Why rows are kept, and until when.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Serialize;

use crate::calendar::{CountedFrom, RetentionPeriod};
use crate::diagnostic::Located;

use super::{ConditionText, Length, Overwrite, Start};

/// Why rows of a rule are kept. A row is due when every purpose that covers it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Purpose {
    pub name: Located<String>,
    pub legal: Legal,
    /// Which rows the purpose covers; `None`: every row. NULL counts as the longer answer.
    pub when: Option<ConditionText>,
    /// Rows that the purpose does not cover, each with its reason.
    pub unless: Vec<Exemption>,
    /// Exact and disjoint selections: the first that matches a row owns it.
    pub cases: Vec<Case>,
    /// The period of the rows that no case owns; `None`: the purpose does not cover them.
    pub otherwise: Option<Period>,
    /// The columns that only this purpose needs, and what they become when it has ended and the row must stay.
    pub at_end: Option<Overwrite>,
}

/// The legal fields of a purpose; they are reported and bind nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Legal {
    pub ground: Option<String>,
    pub citation: Option<String>,
    pub owner: Option<String>,
    pub reviewed: Option<Located<NaiveDate>>,
    /// How long a review is good for; none: a year. Skipped where it is left out, so that older schedules keep their
    /// fingerprints.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "written")]
    pub review_every: Option<RetentionPeriod>,
}

/// A declared exception with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exemption {
    pub when: ConditionText,
    pub because: String,
}

/// One selection inside a purpose, with a period of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    pub name: Located<String>,
    pub when: ConditionText,
    pub period: Period,
}

/// A deletion class applied: the start event and how long after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Period {
    pub start: Start,
    pub keep: Located<Length>,
    #[serde(serialize_with = "as_written")]
    pub counted_from: CountedFrom,
    /// The zone in which days begin and end.
    #[serde(serialize_with = "zone_name")]
    pub zone: Tz,
    /// A statutory minimum: nothing may remove a row earlier.
    pub at_least: bool,
}

fn zone_name<S: serde::Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

/// In the canonical text of the schedule.
fn as_written<T: std::fmt::Display, S: serde::Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn written<S: serde::Serializer>(
    period: &Option<RetentionPeriod>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    period
        .map(|period| period.to_string())
        .serialize(serializer)
}
