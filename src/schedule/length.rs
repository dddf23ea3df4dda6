//! How long rows are kept: for all alike, or as a column says.

use serde::Serialize;

use crate::calendar::{Keep, RetentionPeriod, Unit};
use crate::diagnostic::Located;

/// How long rows are kept after their start event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Length {
    /// For all rows alike.
    Fixed(Keep),
    /// As a column of the row, or of a row that it refers to, says.
    InColumn(Box<LengthColumn>),
}

/// A column that counts how long rows are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LengthColumn {
    /// The table in which the column stands, where it is not the rule's own.
    pub table: Option<Located<String>>,
    pub column: Located<String>,
    /// The way to that table, as of a start event.
    pub via: Vec<Vec<Located<String>>>,
    #[serde(serialize_with = "word")]
    pub unit: Unit,
    /// A shorter period is not believed: its rows stay and are counted.
    #[serde(serialize_with = "as_written")]
    pub at_least: RetentionPeriod,
    /// Nor is a longer one.
    #[serde(serialize_with = "as_written")]
    pub at_most: RetentionPeriod,
}

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed(keep) => keep.fmt(f),
            Self::InColumn(column) => column.fmt(f),
        }
    }
}

impl std::fmt::Display for LengthColumn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = self.unit.word();
        write!(f, "as many {unit} as ")?;
        if let Some(table) = &self.table {
            write!(f, "{table}.")?;
        }
        write!(
            f,
            "{} says ({} to {})",
            self.column, self.at_least, self.at_most
        )
    }
}

/// A period that is the same for all rows stands in the canonical text as it always did.
impl Serialize for Length {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(keep) => serializer.collect_str(keep),
            Self::InColumn(column) => column.serialize(serializer),
        }
    }
}

fn word<S: serde::Serializer>(unit: &Unit, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(unit.word())
}

fn as_written<S: serde::Serializer>(
    period: &RetentionPeriod,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(period)
}
