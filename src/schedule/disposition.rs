//! What happens to a due row.

use chrono::NaiveDate;
use serde::Serialize;

use crate::diagnostic::Located;

/// The end of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Disposition {
    Delete,
    Anonymise(Overwrite),
}

/// Columns and what replaces their values, all in one statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overwrite {
    pub columns: Vec<(Located<String>, Located<Replacement>)>,
}

/// What replaces a value. Only `Generalise` derives the new value from the old one; hashing is not offered, because a
/// hashed value is a pseudonym (WP29 opinion 05/2014; AEPD and EDPS paper on hashing, 2019).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Replacement {
    Null,
    Fixed(Literal),
    /// A fresh value from the operating system's generator that fits type, length, CHECK, enumeration and UNIQUE.
    Random,
    Generalise(Generalisation),
}

/// A coarser form of the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Generalisation {
    /// A date to 1 January of its year, at midnight where it has a time.
    Year,
    /// A date to the first of its month.
    Month,
    /// An IP address to its network, by prefix length in bits.
    IpNetwork { v4_bits: u8, v6_bits: u8 },
    /// A text to its first characters: a postcode to its area.
    FirstCharacters(u32),
}

/// A literal of the schedule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Literal {
    Text(String),
    Integer(i64),
    /// Decimal digits as written; never a binary fraction.
    Decimal(String),
    Boolean(bool),
    Date(NaiveDate),
    /// As written in TOML, with or without an offset.
    DateTime(String),
}

impl Eq for Literal {}

impl std::fmt::Display for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Decimal(digits) => f.write_str(digits),
            Self::Boolean(yes) => write!(f, "{yes}"),
            Self::Date(day) => write!(f, "{day}"),
            Self::DateTime(moment) => f.write_str(moment),
        }
    }
}
