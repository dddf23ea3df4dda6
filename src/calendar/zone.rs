//! Local times and instants: what a clock on the wall in a zone denotes.
//!
//! Clocks are moved, so a local time can occur twice or not at all, a day can begin at one in the
//! morning, begin twice, or be left out (Apia had no 30 December 2011). The rule is always the one
//! that cannot be early: of two occurrences the later, after a gap the first instant that exists.
//!
//! The zone data end in 2100; after that a zone keeps the offset that it has then.

use chrono::{
    DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono::{MappedLocalTime, Timelike};
use chrono_tz::{GapInfo, Tz};

/// The smallest step that a start event can have: databases keep instants in microseconds.
pub(super) const STEP: TimeDelta = TimeDelta::microseconds(1);

/// What the clock on the wall in `zone` shows at `instant`; `None` beyond the range.
pub fn local(instant: DateTime<Utc>, zone: Tz) -> Option<NaiveDateTime> {
    let utc = instant.naive_utc();
    let offset = zone.offset_from_utc_datetime(&utc).fix();
    utc.checked_add_offset(offset)
}

/// The instant that a local time in `zone` denotes: of a local time that occurs twice the later
/// occurrence, for one that does not exist the first instant after the gap.
///
/// Put differently: the last instant up to which the clock has not shown more than `local`. A
/// later local time therefore never denotes an earlier instant. `None` beyond the range.
pub fn resolve(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match occurrences(local, zone) {
        MappedLocalTime::Single(once) => Some(once),
        MappedLocalTime::Ambiguous(_, later) => Some(later),
        MappedLocalTime::None => after_gap(local, zone),
    }
}

/// The first instant at which the clock in `zone` shows `local` or more: of two occurrences the
/// earlier, for a local time that does not exist the first instant after the gap.
///
/// Before this instant the clock has never shown as much. `None` beyond the range.
pub fn first_reached(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match occurrences(local, zone) {
        MappedLocalTime::Single(once) => Some(once),
        MappedLocalTime::Ambiguous(earlier, _) => Some(earlier),
        MappedLocalTime::None => after_gap(local, zone),
    }
}

/// The end of the civil day `date` in `zone`: the instant from which the clock never again shows
/// this day or an earlier one, which is the first instant of the next local day.
///
/// Where midnight does not exist the day ends at the gap; a day that was left out ends where the
/// day before it ends. Where the clock is set back from just after midnight into the old day, the
/// old day ends at the second midnight. `None` beyond the range.
pub fn end_of_day(date: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let midnight = date
        .checked_add_days(Days::new(1))?
        .and_time(NaiveTime::MIN);
    match occurrences(midnight, zone) {
        MappedLocalTime::Single(once) => Some(once),
        MappedLocalTime::Ambiguous(earlier, later) => {
            let just_before = local(later.checked_sub_signed(STEP)?, zone)?;
            let old_day_came_back = just_before < midnight;
            Some(if old_day_came_back { later } else { earlier })
        }
        MappedLocalTime::None => after_gap(midnight, zone),
    }
}

/// All instants that a local time denotes, the earlier one first.
fn occurrences(local: NaiveDateTime, zone: Tz) -> MappedLocalTime<DateTime<Utc>> {
    let found = zone.from_local_datetime(&local).map(|at| at.to_utc());
    match found {
        MappedLocalTime::Ambiguous(a, b) => MappedLocalTime::Ambiguous(a.min(b), a.max(b)),
        MappedLocalTime::Single(_) | MappedLocalTime::None => found,
    }
}

fn after_gap(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    GapInfo::new(&local, &zone)?.end.map(|end| end.to_utc())
}

/// An instant with its nanoseconds cut off to whole microseconds, never rounded up.
pub(super) fn floor(instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let within_second = instant.nanosecond().min(999_999_999);
    instant.with_nanosecond(within_second / 1000 * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America, Europe, Pacific};

    fn at(text: &str) -> Option<DateTime<Utc>> {
        Some(text.parse().expect(text))
    }

    fn wall(text: &str) -> NaiveDateTime {
        text.parse().expect(text)
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect(text)
    }

    #[test]
    fn gaps_end_and_overlaps_take_the_later() {
        for (zone, shown, instant) in [
            (
                Europe::Amsterdam,
                "2026-03-29T01:59:59",
                "2026-03-29T00:59:59Z",
            ),
            (
                Europe::Amsterdam,
                "2026-03-29T02:00:00",
                "2026-03-29T01:00:00Z",
            ),
            (
                Europe::Amsterdam,
                "2026-03-29T02:30:00",
                "2026-03-29T01:00:00Z",
            ),
            (
                Europe::Amsterdam,
                "2026-03-29T03:00:00",
                "2026-03-29T01:00:00Z",
            ),
            (
                Europe::Amsterdam,
                "2026-10-25T01:59:59",
                "2026-10-24T23:59:59Z",
            ),
            (
                Europe::Amsterdam,
                "2026-10-25T02:00:00",
                "2026-10-25T01:00:00Z",
            ),
            (
                Europe::Amsterdam,
                "2026-10-25T02:30:00",
                "2026-10-25T01:30:00Z",
            ),
            (
                Europe::Amsterdam,
                "2026-10-25T03:00:00",
                "2026-10-25T02:00:00Z",
            ),
            (
                America::New_York,
                "2026-03-08T02:30:00",
                "2026-03-08T07:00:00Z",
            ),
            (
                America::New_York,
                "2026-11-01T01:30:00",
                "2026-11-01T06:30:00Z",
            ),
        ] {
            assert_eq!(resolve(wall(shown), zone), at(instant), "{zone} {shown}");
        }
    }

    #[test]
    fn days_end_when_the_clock_has_left_them() {
        for (zone, date, end) in [
            (Europe::Amsterdam, "2026-03-29", "2026-03-29T22:00:00Z"),
            (Europe::Amsterdam, "2026-10-25", "2026-10-25T23:00:00Z"),
            (America::New_York, "2026-11-01", "2026-11-02T05:00:00Z"),
            // Midnight did not exist: the clock went from 24:00 to 01:00.
            (America::Sao_Paulo, "2018-11-03", "2018-11-04T03:00:00Z"),
            // The last hour of the day came twice.
            (America::Sao_Paulo, "2018-02-17", "2018-02-18T03:00:00Z"),
            // The first hour of the next day came twice: midnight occurs twice, the day ends once.
            (America::Havana, "2025-11-01", "2025-11-02T04:00:00Z"),
            // One minute of the next day, then an hour of the old one again.
            (America::St_Johns, "2010-11-06", "2010-11-07T03:30:00Z"),
            // 30 December 2011 was left out.
            (Pacific::Apia, "2011-12-29", "2011-12-30T10:00:00Z"),
            (Pacific::Apia, "2011-12-30", "2011-12-30T10:00:00Z"),
            (Pacific::Apia, "2011-12-31", "2011-12-31T10:00:00Z"),
            // 21 August 1993 was left out.
            (Pacific::Kwajalein, "1993-08-20", "1993-08-21T12:00:00Z"),
            (Pacific::Kwajalein, "1993-08-21", "1993-08-21T12:00:00Z"),
        ] {
            assert_eq!(end_of_day(day(date), zone), at(end), "{zone} {date}");
        }
    }

    #[test]
    fn the_ends_of_the_range_are_none_and_never_panic() {
        for zone in [Pacific::Apia, America::New_York] {
            assert_eq!(end_of_day(NaiveDate::MAX, zone), None);
            for shown in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
                let _ = (resolve(shown, zone), first_reached(shown, zone));
            }
            for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                let _ = (local(instant, zone), floor(instant));
            }
        }
    }
}
