//! Occurrences that have come, one after the other.

use chrono::{DateTime, Utc};

/// Occurrences of a cadence that have come and have no run yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passed {
    pub first: DateTime<Utc>,
    pub last: DateTime<Utc>,
    pub count: u64,
}

impl Passed {
    pub fn one(due: DateTime<Utc>) -> Self {
        Self {
            first: due,
            last: due,
            count: 1,
        }
    }

    /// These, and those that came after them.
    pub fn both(before: Option<Self>, after: Option<Self>) -> Option<Self> {
        match (before, after) {
            (Some(before), Some(after)) => Some(Self {
                first: before.first,
                last: after.last,
                count: before.count.saturating_add(after.count),
            }),
            (before, after) => before.or(after),
        }
    }
}
