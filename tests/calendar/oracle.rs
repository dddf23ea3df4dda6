//! What the calendar should say, worked out without adding anything: civil dates by stepping from
//! one day to the next, local times by walking along the clock.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use retentiond::calendar::zone;

const STEP: TimeDelta = TimeDelta::microseconds(1);

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_length(year: i32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Every day from 1 January of one year to 31 December before the other.
pub fn days(from_year: i32, before_year: i32) -> Vec<NaiveDate> {
    let mut days = Vec::new();
    for year in from_year..before_year {
        for month in 1..=12 {
            for day in 1..=month_length(year, month) {
                days.push(NaiveDate::from_ymd_opt(year, month, day).expect("a date"));
            }
        }
    }
    days
}

/// For each day the number of the last day that a start on it is kept, up to the last day counted
/// from.
pub fn last_days(days: &[NaiveDate], keep: &str, from: &str) -> Vec<usize> {
    let ends: Vec<usize> = (0..days.len()).filter(|&n| is_end(days[n], from)).collect();
    let mut led = Vec::new();
    for end in ends {
        let last = add(days, end, keep);
        led.resize(end + 1, last);
    }
    led
}

fn is_end(day: NaiveDate, from: &str) -> bool {
    let last_of_month = day.day() == month_length(day.year(), day.month());
    match from {
        "event" => true,
        "end-of-month" => last_of_month,
        "end-of-quarter" => last_of_month && [3, 6, 9, 12].contains(&day.month()),
        "end-of-year" => last_of_month && day.month() == 12,
        "end-of-book-year 03-31" => last_of_month && day.month() == 3,
        "end-of-book-year 02-29" => last_of_month && day.month() == 2,
        other => panic!("the oracle does not know {other}"),
    }
}

/// Steps along the days; months by waiting for the same day of the month, or the month's end.
fn add(days: &[NaiveDate], anchor: usize, keep: &str) -> usize {
    let months = match keep {
        "none" => return anchor,
        "1 day" => return anchor + 1,
        "30 days" => return anchor + 30,
        "4 weeks" => return anchor + 28,
        "1 month" => 1,
        "50 months" => 50,
        "1 year" => 12,
        "7 years" => 84,
        other => panic!("the oracle does not know {other}"),
    };
    let start = days[anchor];
    let (mut year, mut month) = (start.year(), start.month());
    let mut to_month_begin = anchor + 1 - start.day() as usize;
    for _ in 0..months {
        to_month_begin += month_length(year, month) as usize;
        month += 1;
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
    to_month_begin + start.day().min(month_length(year, month)) as usize - 1
}

/// The stretches between clock changes within two days of `shown` read as UTC: no zone is further
/// from UTC than that. Within a stretch the clock runs like any other.
fn stretches(
    shown: NaiveDateTime,
    changes: &[DateTime<Utc>],
) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let begin = shown.and_utc() - TimeDelta::hours(48);
    let end = shown.and_utc() + TimeDelta::hours(48);
    let mut edges = vec![begin];
    edges.extend(changes.iter().filter(|&&at| begin < at && at < end));
    edges.push(end);
    edges.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

fn clock(at: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    zone::local(at, zone).expect("a local time")
}

/// The instant from which the clock never again shows less than `shown`.
fn passed_for_good(shown: NaiveDateTime, zone: Tz, changes: &[DateTime<Utc>]) -> DateTime<Utc> {
    let (begin, end) = stretches(shown, changes)
        .into_iter()
        .rfind(|&(begin, _)| clock(begin, zone) < shown)
        .expect("a stretch that begins before");
    end.min(begin + (shown - clock(begin, zone)))
}

/// The first instant at which the clock shows `shown` or more.
fn reached(shown: NaiveDateTime, zone: Tz, changes: &[DateTime<Utc>]) -> DateTime<Utc> {
    let (begin, _) = stretches(shown, changes)
        .into_iter()
        .find(|&(_, end)| clock(end - STEP, zone) >= shown)
        .expect("a stretch that ends after");
    begin.max(begin + (shown - clock(begin, zone)))
}

pub fn check_local(shown: NaiveDateTime, zone: Tz, changes: &[DateTime<Utc>]) {
    let passed = passed_for_good(shown + STEP, zone, changes);
    let exists = clock(passed - STEP, zone) == shown;
    let denotes = if exists { passed - STEP } else { passed };
    assert_eq!(zone::resolve(shown, zone), Some(denotes), "{zone} {shown}");
    let first = reached(shown, zone, changes);
    assert_eq!(
        zone::first_reached(shown, zone),
        Some(first),
        "{zone} {shown}"
    );
}

/// A day has ended when the clock never again shows it.
pub fn check_day(date: NaiveDate, zone: Tz, changes: &[DateTime<Utc>]) {
    let midnight = (date + Days::new(1)).and_time(NaiveTime::MIN);
    let ended = passed_for_good(midnight, zone, changes);
    assert_eq!(zone::end_of_day(date, zone), Some(ended), "{zone} {date}");
}
