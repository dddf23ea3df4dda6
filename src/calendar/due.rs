//! Forward: when a row with a given start event is due.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::zone;
use super::{CountedFrom, Keep, RetentionPeriod};

/// A deletion class in a time zone: what runs, from which day, by whose calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// How long after the day counted from.
    pub keep: Keep,
    /// The day from which the period runs.
    pub counted_from: CountedFrom,
    /// The zone whose calendar decides what a day is.
    pub zone: Tz,
}

impl Term {
    /// The instant at which a row is due whose start event happened at `start`.
    ///
    /// Counted from the event itself: hours are pure duration; days, weeks, months and years are
    /// added to the local date in the zone, clamped to the month's end, and the local time of day
    /// stays. A local time that then occurs twice means the later instant, one that does not exist
    /// means the first instant after the gap. With no period the row is due at `start`.
    ///
    /// Counted from the end of a month, quarter, year or book year: the local date of `start` goes
    /// the way of [`Term::due_of_date`].
    ///
    /// `None`: beyond the range that can be represented, so never due.
    pub fn due_of_instant(&self, start: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.counted_from != CountedFrom::Event {
            return self.due_of_date(zone::local(start, self.zone)?.date());
        }
        match self.keep {
            Keep::None => Some(start),
            Keep::For(hours @ RetentionPeriod::Hours(_)) => {
                start.checked_add_signed(hours.duration())
            }
            Keep::For(period) => {
                let shown = zone::local(start, self.zone)?;
                let date = period.add_to(shown.date())?;
                zone::resolve(date.and_time(shown.time()), self.zone)
            }
        }
    }

    /// The instant at which a row is due whose start event is the civil date `start`.
    ///
    /// The date is moved to the day counted from, then the period is added to it (clamped to the
    /// month's end), and then the resulting local day must have ended: due is the first instant of
    /// the next local day in the zone. Hours are added to the end of the day counted from.
    ///
    /// A later date is never due earlier. `None`: beyond the range that can be represented, so
    /// never due.
    pub fn due_of_date(&self, start: NaiveDate) -> Option<DateTime<Utc>> {
        let anchor = self.counted_from.anchor(start)?;
        match self.keep {
            Keep::None => zone::end_of_day(anchor, self.zone),
            Keep::For(period) => zone::end_of_day(period.add_to(anchor)?, self.zone)?
                .checked_add_signed(period.duration()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(keep: &str, counted_from: &str, zone: &str) -> Term {
        Term {
            keep: keep.parse().expect(keep),
            counted_from: counted_from.parse().expect(counted_from),
            zone: zone.parse().expect(zone),
        }
    }

    const AMSTERDAM: &str = "Europe/Amsterdam";
    const NEW_YORK: &str = "America/New_York";
    const APIA: &str = "Pacific/Apia";

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn instants_counted_from_the_event() {
        for (keep, zone, start, due) in [
            (
                "7 years",
                "UTC",
                "2024-02-29T12:00:00Z",
                "2031-02-28T12:00:00Z",
            ),
            (
                "8 years",
                "UTC",
                "2024-02-29T12:00:00Z",
                "2032-02-29T12:00:00Z",
            ),
            (
                "1 month",
                "UTC",
                "2023-01-31T12:00:00Z",
                "2023-02-28T12:00:00Z",
            ),
            (
                "1 month",
                "UTC",
                "2024-01-31T12:00:00Z",
                "2024-02-29T12:00:00Z",
            ),
            (
                "50 months",
                "UTC",
                "2025-05-01T00:00:00Z",
                "2029-07-01T00:00:00Z",
            ),
            (
                "none",
                AMSTERDAM,
                "2025-05-01T00:00:00Z",
                "2025-05-01T00:00:00Z",
            ),
            // 02:30 does not exist, so 03:00; the day of 23 hours; 24 hours are 24 hours.
            (
                "1 day",
                AMSTERDAM,
                "2026-03-28T01:30:00Z",
                "2026-03-29T01:00:00Z",
            ),
            (
                "1 day",
                AMSTERDAM,
                "2026-03-28T12:00:00Z",
                "2026-03-29T11:00:00Z",
            ),
            (
                "24 hours",
                AMSTERDAM,
                "2026-03-28T12:00:00Z",
                "2026-03-29T12:00:00Z",
            ),
            // 02:30 occurs twice, so the later; from either of two, one day later the only one.
            (
                "1 day",
                AMSTERDAM,
                "2026-10-24T00:30:00Z",
                "2026-10-25T01:30:00Z",
            ),
            (
                "1 day",
                AMSTERDAM,
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z",
            ),
            (
                "1 day",
                AMSTERDAM,
                "2026-10-25T01:30:00Z",
                "2026-10-26T01:30:00Z",
            ),
            (
                "1 week",
                NEW_YORK,
                "2026-03-01T07:30:00Z",
                "2026-03-08T07:00:00Z",
            ),
            (
                "1 week",
                NEW_YORK,
                "2026-10-25T05:30:00Z",
                "2026-11-01T06:30:00Z",
            ),
            // Noon of 30 December 2011 in Apia does not exist: the first instant of the 31st.
            (
                "1 day",
                APIA,
                "2011-12-29T22:00:00Z",
                "2011-12-30T10:00:00Z",
            ),
        ] {
            let found = term(keep, "event", zone).due_of_instant(start.parse().expect(start));
            assert_eq!(
                found,
                Some(due.parse().expect(due)),
                "{start} + {keep}, {zone}"
            );
        }
    }

    #[test]
    fn instants_counted_from_an_end() {
        for (keep, from, zone, start, due) in [
            (
                "7 years",
                "end-of-year",
                "UTC",
                "2024-05-05T05:05:05Z",
                "2032-01-01T00:00:00Z",
            ),
            // In Amsterdam it is already 2025.
            (
                "7 years",
                "end-of-year",
                AMSTERDAM,
                "2024-12-31T23:30:00Z",
                "2032-12-31T23:00:00Z",
            ),
            (
                "none",
                "end-of-month",
                AMSTERDAM,
                "2026-07-01T12:00:00Z",
                "2026-07-31T22:00:00Z",
            ),
        ] {
            let found = term(keep, from, zone).due_of_instant(start.parse().expect(start));
            assert_eq!(
                found,
                Some(due.parse().expect(due)),
                "{start} {from} + {keep}"
            );
        }
    }

    #[test]
    fn dates_end_at_the_end_of_the_local_day() {
        for (keep, from, zone, start, due) in [
            (
                "7 years",
                "event",
                "UTC",
                "2024-02-29",
                "2031-03-01T00:00:00Z",
            ),
            (
                "1 month",
                "event",
                AMSTERDAM,
                "2023-01-31",
                "2023-02-28T23:00:00Z",
            ),
            (
                "1 month",
                "event",
                NEW_YORK,
                "2023-01-31",
                "2023-03-01T05:00:00Z",
            ),
            (
                "none",
                "event",
                AMSTERDAM,
                "2026-10-25",
                "2026-10-25T23:00:00Z",
            ),
            (
                "36 hours",
                "event",
                AMSTERDAM,
                "2026-03-28",
                "2026-03-30T11:00:00Z",
            ),
            ("1 day", "event", APIA, "2011-12-29", "2011-12-30T10:00:00Z"),
            (
                "7 years",
                "end-of-book-year 03-31",
                AMSTERDAM,
                "2024-04-01",
                "2032-03-31T22:00:00Z",
            ),
        ] {
            let found = term(keep, from, zone).due_of_date(start.parse().expect(start));
            assert_eq!(
                found,
                Some(due.parse().expect(due)),
                "{start} {from} + {keep}"
            );
        }
    }

    #[test]
    fn beyond_the_range_is_never_due() {
        for keep in [
            "1000 years",
            "12000 months",
            "365000 days",
            "8760000 hours",
            "1 week",
        ] {
            for zone in [AMSTERDAM, NEW_YORK] {
                let term = term(keep, "event", zone);
                assert_eq!(term.due_of_instant(DateTime::<Utc>::MAX_UTC), None);
                assert_eq!(term.due_of_date(NaiveDate::MAX), None);
            }
        }
    }
}
