//! How many rows, how many of them due, and how they lie.

use std::fmt;

use clap::ValueEnum;

/// How due rows lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// The older a row, the lower its key: as in a log.
    Contiguous,
    /// Age and key have nothing to do with each other.
    Scattered,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contiguous => "contiguous",
            Self::Scattered => "scattered",
        })
    }
}

const DAY: u64 = 86_400;

/// How long rows are kept, as the schedule has it.
pub(super) const KEEP: &str = "365 days";

/// One table.
#[derive(Debug, Clone)]
pub struct Shape {
    pub layout: Layout,
    pub rows: u64,
    pub due: u64,
    /// In seconds of the epoch. A day before it and a day after it no row lies, so that a run begins when it likes.
    pub cutoff: u64,
}

impl Shape {
    pub fn new(layout: Layout, rows: u64, due: u64) -> Self {
        let cutoff = chrono::Utc::now().timestamp().unsigned_abs() - 365 * DAY;
        Self {
            layout,
            rows,
            due,
            cutoff,
        }
    }

    /// A fifth of the rows is due.
    pub fn fifth(layout: Layout, rows: u64) -> Self {
        Self::new(layout, rows, rows / 5)
    }

    /// All but a few of the rows are due.
    pub fn nearly_all(layout: Layout, rows: u64) -> Self {
        Self::new(layout, rows, rows - rows / 50)
    }

    /// The oldest start event.
    pub(super) fn before(&self) -> u64 {
        self.cutoff - 1_001 * DAY
    }

    /// The start event, in seconds of the epoch, of the row at a place in the order of age: an expression that every
    /// engine understands, given its word for dividing whole numbers.
    pub fn age(&self, place: &str, divide: &str) -> String {
        let (due, cutoff) = (self.due, self.cutoff);
        let before = self.before();
        let after = cutoff + DAY;
        let (old, young) = (1_000 * DAY, 360 * DAY);
        let rest = self.rows - due;
        format!(
            "CASE WHEN {place} < {due} THEN {before} + {place} * {old} {divide} {due} \
             ELSE {after} + ({place} - {due}) * {young} {divide} {rest} END"
        )
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, {} due, {}", self.rows, self.due, self.layout)
    }
}
