//! The oracle's own calendar: counts of days and of microseconds, nothing of the product and no date library but the
//! table of offsets of the time zones.
//!
//! A day is a count since 1970-01-01, a local time a count of microseconds since 1970-01-01 00:00 on the zone's clock,
//! an instant a count of microseconds since 1970-01-01T00:00Z.

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

pub const SECOND: i64 = 1_000_000;
pub const HOUR: i64 = 3_600 * SECOND;
pub const DAY: i64 = 24 * HOUR;

pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days before 1 January of a year.
fn year_begins(year: i64) -> i64 {
    let before = year - 1;
    365 * (year - 1970) + (before / 4 - before / 100 + before / 400) - 477
}

pub fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let months: i64 = (1..month).map(|one| month_length(year, one)).sum();
    year_begins(year) + months + day - 1
}

pub fn ymd(day: i64) -> (i64, i64, i64) {
    let mut year = 1970 + day.div_euclid(366);
    while year_begins(year + 1) <= day {
        year += 1;
    }
    let mut left = day - year_begins(year);
    let mut month = 1;
    while left >= month_length(year, month) {
        left -= month_length(year, month);
        month += 1;
    }
    (year, month, left + 1)
}

/// So many months later; where the month is too short, its last day.
pub fn add_months(day: i64, months: i64) -> i64 {
    let (year, month, day) = ymd(day);
    let count = year * 12 + (month - 1) + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    day_of(year, month, day.min(month_length(year, month)))
}

/// How long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keep {
    None,
    Hours(i64),
    Days(i64),
    Weeks(i64),
    Months(i64),
    Years(i64),
}

/// From when the period is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum From {
    Event,
    Month,
    Quarter,
    Year,
    /// The last day of the book year, as month and day.
    BookYear(i64, i64),
}

/// A period in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    pub keep: Keep,
    pub from: From,
    pub zone: Tz,
}

fn moved(day: i64, from: From) -> i64 {
    let (year, month, _) = ymd(day);
    match from {
        From::Event => day,
        From::Month => day_of(year, month, month_length(year, month)),
        From::Quarter => {
            let last = month + (3 - month % 3) % 3;
            day_of(year, last, month_length(year, last))
        }
        From::Year => day_of(year, 12, 31),
        From::BookYear(ends, on) => {
            let end = |year| day_of(year, ends, on.min(month_length(year, ends)));
            if day <= end(year) {
                end(year)
            } else {
                end(year + 1)
            }
        }
    }
}

fn later(day: i64, keep: Keep) -> i64 {
    match keep {
        Keep::None | Keep::Hours(_) => day,
        Keep::Days(days) => day + days,
        Keep::Weeks(weeks) => day + 7 * weeks,
        Keep::Months(months) => add_months(day, months),
        Keep::Years(years) => add_months(day, 12 * years),
    }
}

/// The instant at which a row is due whose event is a day: moved, kept, and the local day has ended.
pub fn due_of_day(day: i64, term: Term) -> i64 {
    let ended = day_ended(later(moved(day, term.from), term.keep), term.zone);
    match term.keep {
        Keep::Hours(hours) => ended + hours * HOUR,
        _ => ended,
    }
}

fn due_of_instant_alone(at: i64, term: Term) -> i64 {
    if term.from != From::Event {
        return due_of_day(local(at, term.zone).div_euclid(DAY), term);
    }
    match term.keep {
        Keep::None => at,
        Keep::Hours(hours) => at + hours * HOUR,
        keep => {
            let shown = local(at, term.zone);
            let day = later(shown.div_euclid(DAY), keep);
            instant(day * DAY + shown.rem_euclid(DAY), term.zone)
        }
    }
}

/// True where an event at this instant, and every event before it, is due by `now`. A period is not monotone: one
/// month after 29 January 23:00 comes later than one month after 31 January 01:00. The cutoff is the greatest event
/// up to which all are due.
pub fn instant_is_due(at: i64, term: Term, now: i64) -> bool {
    let due = due_of_instant_alone(at, term);
    if due > now {
        return false;
    }
    if due <= now - 8 * DAY {
        return true;
    }
    let shown = local(at, term.zone).div_euclid(DAY);
    let midnights = (shown - 6..=shown).map(|day| day_ended(day - 1, term.zone));
    let jumps = jumps_near(at, term.zone);
    midnights
        .chain(jumps)
        .filter(|edge| *edge <= at && *edge > at - 7 * DAY)
        .all(|edge| due_of_instant_alone(edge - 1, term) <= now)
}

/// What the clock in a zone shows.
pub fn local(at: i64, zone: Tz) -> i64 {
    at + offset(at, zone)
}

fn offset(at: i64, zone: Tz) -> i64 {
    let moment = DateTime::from_timestamp_micros(at).expect("an instant of our times");
    let seconds = zone
        .offset_from_utc_datetime(&moment.naive_utc())
        .fix()
        .local_minus_utc();
    i64::from(seconds) * SECOND
}

/// The instant that a local time denotes: of two the later, of none the first after the gap.
pub fn instant(shown: i64, zone: Tz) -> i64 {
    let mut edges = vec![shown - 3 * DAY];
    edges.extend(jumps_near(shown, zone));
    edges.push(shown + 3 * DAY);
    let mut found = None;
    for pair in edges.windows(2) {
        let (begin, end) = (pair[0], pair[1]);
        let at = shown - offset(begin, zone);
        if begin <= at && at < end {
            found = Some(at);
        }
    }
    found.unwrap_or_else(|| {
        let gap = |at: &&i64| local(**at - 1, zone) < shown && local(**at, zone) > shown;
        *edges.iter().find(gap).expect("a gap")
    })
}

/// The instant from which the clock never again shows this day.
pub fn day_ended(day: i64, zone: Tz) -> i64 {
    let midnight = (day + 1) * DAY;
    let mut edges = vec![midnight - 3 * DAY];
    edges.extend(jumps_near(midnight, zone));
    let mut found = midnight;
    for (place, begin) in edges.iter().enumerate() {
        let end = edges.get(place + 1).copied().unwrap_or(midnight + 3 * DAY);
        if local(*begin, zone) >= midnight {
            continue;
        }
        // The last stretch that begins before midnight: it ends there, or by a jump over it.
        found = (midnight - offset(*begin, zone)).min(end);
    }
    found
}

thread_local! {
    static JUMPS: RefCell<HashMap<Tz, Vec<i64>>> = RefCell::new(HashMap::new());
}

/// The instants at which the clock of a zone is moved, within three days.
fn jumps_near(at: i64, zone: Tz) -> Vec<i64> {
    JUMPS.with_borrow_mut(|known| {
        let jumps = known.entry(zone).or_insert_with(|| jumps(zone));
        let first = jumps.partition_point(|jump| *jump <= at - 3 * DAY);
        let near = jumps[first..]
            .iter()
            .take_while(|jump| **jump < at + 3 * DAY);
        near.copied().collect()
    })
}

fn jumps(zone: Tz) -> Vec<i64> {
    let (first, last) = (day_of(1970, 1, 1) * DAY, day_of(2061, 1, 1) * DAY);
    let mut found = Vec::new();
    let mut at = first;
    while at < last {
        let (mut low, mut high) = (at, at + DAY);
        at = high;
        if offset(low, zone) == offset(high, zone) {
            continue;
        }
        while high - low > 1 {
            let middle = i64::midpoint(low, high);
            if offset(middle, zone) == offset(low, zone) {
                low = middle;
            } else {
                high = middle;
            }
        }
        found.push(high);
    }
    found
}

pub fn written_day(day: i64) -> String {
    let (year, month, day) = ymd(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// As `2026-03-01 02:03:04`, with a fraction where it is asked for.
pub fn written(shown: i64, between: &str, fraction: bool) -> String {
    let day = written_day(shown.div_euclid(DAY));
    let rest = shown.rem_euclid(DAY);
    let (hour, minute) = (rest / HOUR, rest / (60 * SECOND) % 60);
    let second = rest / SECOND % 60;
    let whole = format!("{day}{between}{hour:02}:{minute:02}:{second:02}");
    if fraction {
        format!("{whole}.{:06}", rest % SECOND)
    } else {
        whole
    }
}
