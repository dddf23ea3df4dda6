//! Backward: up to which start event every row is due by now. This is what SQL compares with.
//!
//! Adding a period is not monotone: 29 January at 23:00 and 31 January at 01:00, one month later,
//! change places; so do the two passes of a repeated hour. Subtracting the period from now would
//! therefore be early for some starts. Instead a candidate is found by asking the forward meaning
//! of `due.rs`, and is believed only after `due.rs` has confirmed it.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::search::greatest;
use super::zone::{self, STEP};
use super::{CountedFrom, Keep, RetentionPeriod, Term};

/// A book year and the clamping of months cannot move a date by more days than this.
const ANCHOR_DAYS_MAX: u64 = 400;

/// No clock was ever set back by more than a day.
const SET_BACK_MAX: TimeDelta = TimeDelta::hours(48);

/// At most so many days of a long month share the last day of a short one (28 to 31 January).
const DAYS_CLAMPED_TOGETHER_MAX: usize = 4;

impl Term {
    /// The greatest instant `c`, in whole microseconds, such that every start event at or before
    /// `c` is due at `now`. `start <= c` is therefore never early.
    ///
    /// Exact: the microsecond after `c` is not due yet. Where being due is not monotone, a start
    /// can be due on its own and still lie behind one that is not; it is then above `c` until the
    /// starts before it are due as well. That is at the latest when the local day has ended in
    /// which it fell due, with one exception: where the clock was set back across midnight, a start
    /// in the day that came back waits for those that had already been in the next day (and, if
    /// a month or year ends there, in the next month or year).
    ///
    /// `None`: nothing can be due.
    pub fn instant_cutoff(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let now = zone::floor(now)?;
        let candidate = if self.counted_from == CountedFrom::Event {
            match self.keep {
                Keep::None => Some(now),
                Keep::For(hours @ RetentionPeriod::Hours(_)) => {
                    now.checked_sub_signed(hours.duration())
                }
                Keep::For(period) => self.civil_cutoff(period, now),
            }
        } else {
            let last_day = self.date_cutoff(now)?;
            last_not_after(last_day.and_time(last_time()?), self.zone)
        };
        candidate.filter(|&c| self.is_due(c, now))
    }

    /// The greatest civil date `c` such that every start date at or before `c` is due at `now`.
    /// `None`: nothing can be due.
    pub fn date_cutoff(&self, now: DateTime<Utc>) -> Option<NaiveDate> {
        let today = zone::local(now, self.zone)?.date();
        let near = match self.keep {
            Keep::None => today,
            Keep::For(period) => period.subtract_from(today)?,
        };
        let low = near.checked_sub_days(Days::new(ANCHOR_DAYS_MAX))?;
        let high = near.checked_add_days(Days::new(ANCHOR_DAYS_MAX))?;
        greatest_date(low, high, |date| {
            self.due_of_date(date).is_some_and(|due| due <= now)
        })
    }

    fn is_due(&self, start: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.due_of_instant(start).is_some_and(|due| due <= now)
    }

    /// The cutoff for civil periods after an instant. `settled` is the last local time that has
    /// passed for good; the first guess is the last local start that leads no further, and is
    /// moved up while the start just after it turns out to be due as well.
    fn civil_cutoff(&self, period: RetentionPeriod, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let settled = naive_cutoff(now, self.zone)?;
        let mut guess = last_leading_to(period, settled)?;
        let mut cutoff = last_not_after(guess, self.zone)?;
        for _ in 0..DAYS_CLAMPED_TOGETHER_MAX {
            let next = cutoff.checked_add_signed(STEP)?;
            if !self.is_due(next, now) {
                break;
            }
            guess = zone::local(next, self.zone)?
                .date()
                .and_time(settled.time());
            cutoff = last_not_after(guess, self.zone)?.max(cutoff);
        }
        Some(cutoff)
    }
}

/// The cutoff for a column that holds local times of `column_zone` without a zone: the greatest
/// local time `c`, in whole microseconds, such that every local time at or before `c` denotes an
/// instant at or before `cutoff`.
///
/// A local time that occurs twice denotes the later instant, one that does not exist the first
/// instant after the gap. So while an hour is being repeated, the cutoff waits where the repeated
/// hour begins, and then goes through it once. `None` beyond the range.
pub fn naive_cutoff(cutoff: DateTime<Utc>, column_zone: Tz) -> Option<NaiveDateTime> {
    let cutoff = zone::floor(cutoff)?;
    let denotes_by_then = |shown| zone::resolve(shown, column_zone).is_some_and(|at| at <= cutoff);
    // What the clock shows now is never too little: whatever is more has not passed for good.
    let shown = zone::local(cutoff, column_zone)?;
    if denotes_by_then(shown) {
        return Some(shown);
    }
    let high = shown.and_utc().timestamp_micros();
    let low = shown
        .checked_sub_signed(SET_BACK_MAX)?
        .and_utc()
        .timestamp_micros();
    let found = greatest(low, high, |micros| {
        DateTime::from_timestamp_micros(micros).is_some_and(|at| denotes_by_then(at.naive_utc()))
    });
    DateTime::from_timestamp_micros(found?).map(|at| at.naive_utc())
}

/// The greatest local time such that no local time up to it, moved by the period, leads beyond
/// `settled`. The time of day stays, so this is a matter of dates, except on the first date that
/// leads to the date of `settled` itself.
fn last_leading_to(period: RetentionPeriod, settled: NaiveDateTime) -> Option<NaiveDateTime> {
    let near = period.subtract_from(settled.date())?;
    let low = near.checked_sub_days(Days::new(ANCHOR_DAYS_MAX))?;
    let high = near.checked_add_days(Days::new(ANCHOR_DAYS_MAX))?;
    let whole = greatest_date(low, high, |date| {
        period.add_to(date).is_some_and(|led| led < settled.date())
    })?;
    let next = whole.succ_opt()?;
    if period.add_to(next)? == settled.date() {
        return Some(next.and_time(settled.time()));
    }
    Some(whole.and_time(last_time()?))
}

/// The last instant up to which the clock in `zone` has never shown more than `shown`.
fn last_not_after(shown: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    zone::first_reached(shown.checked_add_signed(STEP)?, zone)?.checked_sub_signed(STEP)
}

fn last_time() -> Option<NaiveTime> {
    NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999)
}

fn greatest_date(
    low: NaiveDate,
    high: NaiveDate,
    holds: impl Fn(NaiveDate) -> bool,
) -> Option<NaiveDate> {
    let date = |days: i64| NaiveDate::from_num_days_from_ce_opt(i32::try_from(days).ok()?);
    let found = greatest(
        low.num_days_from_ce().into(),
        high.num_days_from_ce().into(),
        |days| date(days).is_some_and(&holds),
    );
    date(found?)
}
