//! How much one run may do. On by default.

use std::fmt;

use serde::Serialize;

/// Limits of one rule, checked before the first row is touched, children included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// The most rows that one run may remove or change under this rule.
    pub rows_per_run: u64,
    /// The greatest share of the table that one run may remove or change.
    pub share_per_run: Share,
    /// The most rows that one transaction may remove or change.
    pub rows_per_batch: u32,
    /// How long one transaction should hold its locks, in milliseconds; the size of batches follows it.
    pub batch_duration_ms: u32,
    /// How many transactions may remove rows of one table at once.
    pub workers: u32,
}

/// A share in hundredths of a percent, 0 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Share(u16);

impl Share {
    /// From hundredths of a percent; `None` above 10,000.
    #[must_use]
    pub const fn from_basis_points(points: u16) -> Option<Self> {
        if points <= 10_000 {
            Some(Self(points))
        } else {
            None
        }
    }

    /// The greatest number of rows that are within this share of a table. A table of any size may always lose one.
    #[must_use]
    pub fn of(self, rows: u64) -> u64 {
        let most = u128::from(rows) * u128::from(self.0) / 10_000;
        u64::try_from(most).unwrap_or(u64::MAX).max(1)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole} %"),
            _ => write!(f, "{whole}.{part:02} %"),
        }
    }
}

impl Limits {
    /// What holds where the schedule says nothing.
    pub const STANDARD: Self = Self {
        rows_per_run: 100_000,
        share_per_run: Share(1_000),
        rows_per_batch: 10_000,
        batch_duration_ms: 20,
        workers: 1,
    };
}
