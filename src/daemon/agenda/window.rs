//! The hours in which runs may be at work.

use chrono::{DateTime, Days, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::schedule::Window;

/// True where runs may be at work.
#[must_use]
pub fn is_open(window: Window, zone: Tz, now: DateTime<Utc>) -> bool {
    let time = now.with_timezone(&zone).time();
    if window.from < window.to {
        window.from <= time && time < window.to
    } else {
        window.from <= time || time < window.to
    }
}

/// When it opens next; now, where it is open.
#[must_use]
pub fn opens(window: Window, zone: Tz, now: DateTime<Utc>) -> DateTime<Utc> {
    if is_open(window, zone, now) {
        return now;
    }
    let today = now.with_timezone(&zone).date_naive();
    let days = (0..=2).filter_map(|days| today.checked_add_days(Days::new(days)));
    let openings = days.map(|day| instant(zone, day.and_time(window.from)));
    // A clock change may take the opening away altogether: then it is the next day's.
    let mut later = openings.filter(|at| *at > now && is_open(window, zone, *at));
    later.next().unwrap_or(now + TimeDelta::days(1))
}

/// The first instant at which the clocks of a zone show a time, or a later one where they skip it.
fn instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    for minutes in 0..=24 * 60 {
        let shown = local + TimeDelta::minutes(minutes);
        if let Some(at) = zone.from_local_datetime(&shown).earliest() {
            return at.with_timezone(&Utc);
        }
    }
    local.and_utc()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;

    use super::*;

    fn window(from: &str, to: &str) -> Window {
        let time = |text: &str| text.parse::<NaiveTime>().expect("a time");
        Window {
            from: time(from),
            to: time(to),
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn nights_and_days() {
        let zone = chrono_tz::Europe::Amsterdam;
        let night = window("22:00:00", "05:00:00");
        for (now, open, next) in [
            ("2026-11-22T20:59:59Z", false, "2026-11-22T21:00:00Z"),
            ("2026-11-22T21:00:00Z", true, "2026-11-22T21:00:00Z"),
            ("2026-11-23T03:59:59Z", true, "2026-11-23T03:59:59Z"),
            ("2026-11-23T04:00:00Z", false, "2026-11-23T21:00:00Z"),
        ] {
            assert_eq!(is_open(night, zone, at(now)), open, "{now}");
            assert_eq!(opens(night, zone, at(now)), at(next), "{now}");
        }
    }

    #[test]
    fn both_nights_of_a_clock_change() {
        let zone = chrono_tz::Europe::Amsterdam;
        // 02:30 does not exist on 29 March: the window opens when the clocks show 03:00.
        let late = window("02:30:00", "05:00:00");
        assert_eq!(
            opens(late, zone, at("2026-03-29T00:00:00Z")),
            at("2026-03-29T01:00:00Z")
        );
        // A window that the change takes away altogether is the next day's.
        let gone = window("02:00:00", "03:00:00");
        assert_eq!(
            opens(gone, zone, at("2026-03-29T00:00:00Z")),
            at("2026-03-30T00:00:00Z")
        );
        // 02:30 comes twice on 25 October: it opens the first time.
        assert_eq!(
            opens(late, zone, at("2026-10-24T23:00:00Z")),
            at("2026-10-25T00:30:00Z")
        );
    }
}
