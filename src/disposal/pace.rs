//! How large the next batch is: as large as keeps its locks for the time that is wanted.

use std::time::Duration;

/// The size of the first batch, in rows.
const ROWS_FIRST: u64 = 1_000;
/// The same where other rows go along: nobody knows yet how many, nor how long that takes.
const PARENTS_FIRST: u64 = 32;
/// As many numbers of a key: one in ten is due at least, else they would not be walked.
const PARENTS_NUMBERS_FIRST: u64 = 10 * PARENTS_FIRST;
/// And pages.
const PARENTS_PAGES_FIRST: u64 = 1;
/// Fewer rows are not worth a commit: below this its fixed cost decides the time, and a smaller batch is no shorter.
const ROWS_WORTH_A_COMMIT: u64 = 500;
/// The size of the first batch of pages: nobody knows yet how much of their rows lies elsewhere (TOAST).
const PAGES_FIRST: u64 = 8;
/// The largest run of pages: eight megabytes.
const PAGES_MAX: u64 = 1_024;
/// The numbers of a key that a batch may pass over for each row that it may touch.
const SPAN_PER_ROW_MAX: u64 = 100;

/// What the size of a batch counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Rows,
    Pages,
    /// Whole numbers of a key, whether there are rows to them or not.
    Numbers,
}

/// The size of batches, as it follows the time that they take.
#[derive(Debug, Clone)]
pub struct Pace {
    unit: Unit,
    size: u64,
    size_max: u64,
    /// The most rows that one transaction may touch.
    rows_max: u64,
    target: Duration,
    /// No other rows go along.
    alone: bool,
}

impl Pace {
    /// Before the first batch. `alone`: no other rows go along.
    pub fn new(unit: Unit, rows_max: u64, target: Duration, alone: bool) -> Self {
        let size_max = match unit {
            Unit::Pages => PAGES_MAX,
            Unit::Numbers => rows_max.saturating_mul(SPAN_PER_ROW_MAX),
            Unit::Rows => rows_max,
        };
        let first = match (unit, alone) {
            (Unit::Pages, true) => PAGES_FIRST,
            (Unit::Numbers | Unit::Rows, true) => ROWS_FIRST,
            (Unit::Pages, false) => PARENTS_PAGES_FIRST,
            (Unit::Numbers, false) => PARENTS_NUMBERS_FIRST,
            (Unit::Rows, false) => PARENTS_FIRST,
        };
        Self {
            unit,
            size: first.min(size_max),
            size_max,
            rows_max,
            target,
            alone,
        }
    }

    /// The same limits, beginning anew, for a walk whose batches are counted in rows.
    pub fn in_rows(&self) -> Self {
        Self::new(Unit::Rows, self.rows_max, self.target, self.alone)
    }

    /// The size of the next batch.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The last batch was more than one transaction may do. Gives the size that it had.
    pub fn halve(&mut self) -> u64 {
        let size = self.size;
        self.size = (size / 2).max(1);
        size
    }

    /// Follows the time that the last batch took: towards the target, never by more than double. `rows` counts those
    /// that went along as well.
    pub fn taken(&mut self, rows: u64, held_for: Duration) {
        if rows == 0 && self.unit == Unit::Rows {
            return;
        }
        let took = held_for.as_micros().max(1);
        let mut ideal = u128::from(self.size) * self.target.as_micros() / took;
        if self.unit != Unit::Rows || rows > self.size {
            // Another batch as dense as this one stays well below the most rows of a batch.
            let rows = u128::from(rows.max(1));
            ideal = ideal.min(u128::from(self.size) * u128::from(self.rows_max) * 3 / 4 / rows);
        }
        let ideal = u64::try_from(ideal).unwrap_or(u64::MAX);
        let floor = self.floor(rows).min(self.size.saturating_mul(2));
        self.size = ideal
            .clamp(self.size / 2, self.size.saturating_mul(2))
            .clamp(floor, self.size_max);
    }

    /// The least size that is worth a commit, after a batch of so many rows.
    fn floor(&self, rows: u64) -> u64 {
        let worth = match self.unit {
            Unit::Pages if self.alone => PAGES_FIRST / 4,
            Unit::Numbers if self.alone => ROWS_WORTH_A_COMMIT,
            // Those that go along are worth as much as their parents.
            Unit::Rows => (ROWS_WORTH_A_COMMIT * self.size / rows.max(self.size)).max(1),
            Unit::Pages | Unit::Numbers => (ROWS_WORTH_A_COMMIT * self.size / rows.max(1)).max(1),
        };
        worth.min(self.size_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Duration = Duration::from_millis(20);

    /// After enough batches whose rows take so long each.
    fn settled(mut pace: Pace, rows_each: u64, row_takes: Duration) -> Pace {
        for _ in 0..40 {
            let rows = pace.size() * rows_each;
            pace.taken(rows, row_takes * u32::try_from(rows).unwrap_or(u32::MAX));
        }
        pace
    }

    #[test]
    fn batches_take_the_time_that_is_wanted() {
        let alone = Pace::new(Unit::Rows, 10_000, WANTED, true);
        let settled_at = |pace: &Pace, each, micros| {
            settled(pace.clone(), each, Duration::from_micros(micros)).size()
        };
        assert_eq!(settled_at(&alone, 1, 10), 2_000);
        assert_eq!(settled_at(&alone, 1, 1), 10_000, "no more than is allowed");
        assert_eq!(settled_at(&alone, 1, 1_000), 500, "a commit is worth these");
        let family = Pace::new(Unit::Rows, 10_000, WANTED, false);
        assert_eq!(family.size(), PARENTS_FIRST);
        assert_eq!(settled_at(&family, 20, 10), 100, "twenty rows for each");
        assert_eq!(settled_at(&family, 20, 1_000), 25, "five hundred rows");
        assert_eq!(settled_at(&family, 5_000, 1_000), 1, "never nothing");
        assert_eq!(settled_at(&family, 20, 1), 375, "below the most rows");
    }

    #[test]
    fn a_batch_that_found_nothing_says_nothing() {
        let mut pace = Pace::new(Unit::Rows, 10_000, WANTED, true);
        pace.taken(0, Duration::from_nanos(1));
        assert_eq!(pace.size(), ROWS_FIRST);
        let mut pages = Pace::new(Unit::Pages, 10_000, WANTED, true);
        pages.taken(0, Duration::from_nanos(1));
        assert_eq!(pages.size(), 2 * PAGES_FIRST, "empty pages are passed over");
    }
}
