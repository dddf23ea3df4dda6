//! Which counts of a unit lie between two periods: for periods that stand in a column.

use chrono::{Months, NaiveDate};

use super::{RetentionPeriod, search};

/// The calendar repeats itself after this many months.
const CYCLE_MONTHS: u32 = 4_800;

/// The unit in which a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    Hours,
    Days,
    Weeks,
    Months,
    Years,
}

impl Unit {
    /// So many of this unit; `None` for zero, negative numbers, and more than any retention period can be.
    #[must_use]
    pub fn times(self, count: i64) -> Option<RetentionPeriod> {
        let count = std::num::NonZeroU32::new(u32::try_from(count).ok()?)?;
        let period = match self {
            Self::Hours => RetentionPeriod::Hours(count),
            Self::Days => RetentionPeriod::Days(count),
            Self::Weeks => RetentionPeriod::Weeks(count),
            Self::Months => RetentionPeriod::Months(count),
            Self::Years => RetentionPeriod::Years(count),
        };
        (count.get() <= period.count_max()).then_some(period)
    }

    /// The word in a schedule.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::Days => "days",
            Self::Weeks => "weeks",
            Self::Months => "months",
            Self::Years => "years",
        }
    }

    /// The least and the greatest count that is never shorter than `least` and never longer than the longest that
    /// `most` can be. Six months are 181 to 184 days: 184 days are not too long, and at least six months are 184
    /// days. `None`: no count lies between.
    #[must_use]
    pub fn counts_between(
        self,
        least: RetentionPeriod,
        most: RetentionPeriod,
    ) -> Option<(i64, i64)> {
        let highest = i64::from(self.times(1)?.count_max());
        let too_short = |count| self.times(count).is_some_and(|one| !one.is_at_least(least));
        let fits = |count| self.times(count).is_some_and(|one| one.is_at_most(most));
        let first = search::greatest(1, highest, too_short).map_or(1, |last| last + 1);
        let last = search::greatest(1, highest, fits)?;
        (first <= last).then_some((first, last))
    }
}

impl RetentionPeriod {
    /// However they fall in the calendar, this is not shorter than the other.
    fn is_at_least(self, other: Self) -> bool {
        match (self.months(), other.months()) {
            (Some(mine), Some(others)) => mine >= others,
            _ => self.hours_between().0 >= other.hours_between().1,
        }
    }

    /// This is not longer than the longest that the other can be.
    fn is_at_most(self, other: Self) -> bool {
        match (self.months(), other.months()) {
            (Some(mine), Some(others)) => mine <= others,
            _ => self.hours_between().1 <= other.hours_between().1,
        }
    }

    fn months(self) -> Option<u32> {
        match self {
            Self::Months(count) => Some(count.get()),
            Self::Years(count) => count.get().checked_mul(12),
            Self::Hours(_) | Self::Days(_) | Self::Weeks(_) => None,
        }
    }

    /// The fewest and the most hours, with days of 24.
    fn hours_between(self) -> (i64, i64) {
        let exactly = |hours: i64| (hours, hours);
        match self {
            Self::Hours(count) => exactly(count.get().into()),
            Self::Days(count) => exactly(i64::from(count.get()) * 24),
            Self::Weeks(count) => exactly(i64::from(count.get()) * 24 * 7),
            Self::Months(_) | Self::Years(_) => {
                let (fewest, most) = days_of_months(self.months().unwrap_or(u32::MAX));
                (fewest * 24, most * 24)
            }
        }
    }
}

/// The fewest and the most days that so many months have, wherever they begin.
fn days_of_months(months: u32) -> (i64, i64) {
    let lengths = (0..CYCLE_MONTHS).filter_map(|first| {
        let start = NaiveDate::from_ymd_opt(2001, 1, 1)?.checked_add_months(Months::new(first))?;
        let end = start.checked_add_months(Months::new(months))?;
        Some((end - start).num_days())
    });
    lengths.fold((i64::MAX, 0), |(fewest, most), days| {
        (fewest.min(days), most.max(days))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(unit: Unit, least: &str, most: &str) -> Option<(i64, i64)> {
        unit.counts_between(least.parse().expect("least"), most.parse().expect("most"))
    }

    #[test]
    fn counts_between_two_periods() {
        for (unit, least, most, expected) in [
            (Unit::Days, "30 days", "6 months", Some((30, 184))),
            (Unit::Days, "1 month", "1 year", Some((31, 366))),
            (Unit::Months, "30 days", "6 months", Some((2, 6))),
            (Unit::Months, "28 days", "1 year", Some((1, 12))),
            (Unit::Years, "24 months", "7 years", Some((2, 7))),
            (Unit::Weeks, "30 days", "60 days", Some((5, 8))),
            (Unit::Hours, "36 hours", "2 days", Some((36, 48))),
            (Unit::Hours, "1 hour", "1000 years", Some((1, 8_760_000))),
            (Unit::Years, "2 months", "6 months", None),
            (Unit::Days, "6 months", "30 days", None),
        ] {
            assert_eq!(between(unit, least, most), expected, "{least} to {most}");
        }
    }

    #[test]
    fn a_count_is_a_period_or_nothing() {
        assert_eq!(
            Unit::Days.times(30).map(|one| one.to_string()),
            Some("30 days".to_owned())
        );
        for count in [0, -1, i64::MIN, i64::MAX, 365_001] {
            assert_eq!(Unit::Days.times(count), None, "{count}");
        }
    }
}
