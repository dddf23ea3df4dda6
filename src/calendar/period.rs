//! How long something is kept: one count and one unit, or no period at all.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use chrono::{Days, Months, NaiveDate, TimeDelta};

/// A retention period: one count and one unit, never zero, never mixed.
///
/// Hours are pure duration. Days, weeks, months and years are civil: they are added to a date in
/// the calendar, and a day that the target month does not have becomes that month's last day
/// (31 January plus one month is 28 or 29 February; 29 February plus one year is 28 February).
/// Mixtures ("84 months and 3 days") do not exist, because adding and subtracting them do not
/// undo each other.
///
/// Parsed from and written as text such as `7 years`, `1 year`, `4 weeks`, `36 hours`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetentionPeriod {
    /// Hours of 3600 seconds, whatever the clocks on the wall do.
    Hours(NonZeroU32),
    /// Calendar days.
    Days(NonZeroU32),
    /// Seven calendar days each.
    Weeks(NonZeroU32),
    /// Calendar months, clamped to the month's end.
    Months(NonZeroU32),
    /// Calendar years; 29 February becomes 28 February in a common year.
    Years(NonZeroU32),
}

/// What is added to a start event: a period, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keep {
    /// Kept for this long after the start event.
    For(RetentionPeriod),
    /// `none`: the start event ends the purpose by itself (an expiry date, a withdrawn consent).
    None,
}

/// Why a text is not a period, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodError {
    /// One sentence that says what is wrong with the text.
    pub sentence: String,
    /// What to write instead.
    pub hint: String,
}

impl fmt::Display for PeriodError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.sentence, self.hint)
    }
}

impl std::error::Error for PeriodError {}

const FORM: &str = "write one count and one unit: \"7 years\", \"50 months\", \"4 weeks\", \"30 days\", \"36 hours\"";

impl RetentionPeriod {
    /// The period added to a civil date, clamped to the month's end; `None` beyond the range.
    ///
    /// Hours have no civil meaning and leave the date where it is: who has hours adds
    /// [`Self::duration`] to an instant.
    #[must_use]
    pub fn add_to(self, date: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Hours(_) => Some(date),
            Self::Days(n) => date.checked_add_days(Days::new(n.get().into())),
            Self::Weeks(n) => date.checked_add_days(Days::new(u64::from(n.get()) * 7)),
            Self::Months(n) => date.checked_add_months(Months::new(n.get())),
            Self::Years(n) => date.checked_add_months(Months::new(n.get().checked_mul(12)?)),
        }
    }

    /// The period taken from a civil date, clamped to the month's end: only a place to start
    /// looking for a cutoff, because subtracting does not undo [`Self::add_to`].
    pub(super) fn subtract_from(self, date: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Hours(n) => date.checked_sub_days(Days::new(u64::from(n.get()) / 24)),
            Self::Days(n) => date.checked_sub_days(Days::new(n.get().into())),
            Self::Weeks(n) => date.checked_sub_days(Days::new(u64::from(n.get()) * 7)),
            Self::Months(n) => date.checked_sub_months(Months::new(n.get())),
            Self::Years(n) => date.checked_sub_months(Months::new(n.get().checked_mul(12)?)),
        }
    }

    /// The pure duration of hours; zero for the civil units.
    pub(super) fn duration(self) -> TimeDelta {
        match self {
            Self::Hours(n) => TimeDelta::seconds(i64::from(n.get()) * 3600),
            Self::Days(_) | Self::Weeks(_) | Self::Months(_) | Self::Years(_) => TimeDelta::zero(),
        }
    }

    fn count_and_unit(self) -> (NonZeroU32, &'static str) {
        match self {
            Self::Hours(n) => (n, "hour"),
            Self::Days(n) => (n, "day"),
            Self::Weeks(n) => (n, "week"),
            Self::Months(n) => (n, "month"),
            Self::Years(n) => (n, "year"),
        }
    }

    /// The greatest count that a text may give for this unit: about a thousand years.
    pub(super) fn count_max(self) -> u32 {
        match self {
            Self::Hours(_) => 8_760_000,
            Self::Days(_) => 365_000,
            Self::Weeks(_) => 52_000,
            Self::Months(_) => 12_000,
            Self::Years(_) => 1_000,
        }
    }
}

impl fmt::Display for RetentionPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = self.count_and_unit();
        let plural = if count == NonZeroU32::MIN { "" } else { "s" };
        write!(f, "{count} {unit}{plural}")
    }
}

impl FromStr for RetentionPeriod {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let wrong_form = || refuse(format!("{text:?} is not a retention period"), FORM);
        let (count, rest) = text.split_once(' ').ok_or_else(wrong_form)?;
        if count.is_empty() || !count.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong_form());
        }
        let make = unit(rest.trim_start_matches(' ')).ok_or_else(wrong_form)?;
        let too_long = || refuse_too_long(text, make(NonZeroU32::MIN));
        let count: u32 = count.parse().map_err(|_| too_long())?;
        let Some(count) = NonZeroU32::new(count) else {
            return Err(refuse(
                format!("{text:?} is no time at all"),
                "write at least 1, or keep = \"none\" if the event ends the purpose by itself",
            ));
        };
        let period = make(count);
        if count.get() > period.count_max() {
            return Err(too_long());
        }
        Ok(period)
    }
}

fn unit(word: &str) -> Option<fn(NonZeroU32) -> RetentionPeriod> {
    match word {
        "hour" | "hours" => Some(RetentionPeriod::Hours),
        "day" | "days" => Some(RetentionPeriod::Days),
        "week" | "weeks" => Some(RetentionPeriod::Weeks),
        "month" | "months" => Some(RetentionPeriod::Months),
        "year" | "years" => Some(RetentionPeriod::Years),
        _ => None,
    }
}

fn refuse(sentence: String, hint: &str) -> PeriodError {
    let hint = hint.to_owned();
    PeriodError { sentence, hint }
}

fn refuse_too_long(text: &str, one: RetentionPeriod) -> PeriodError {
    let (_, unit) = one.count_and_unit();
    refuse(
        format!("{text:?} is longer than any retention period can be"),
        &format!("write at most {} {unit}s", one.count_max()),
    )
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::For(period) => period.fmt(f),
            Self::None => f.write_str("none"),
        }
    }
}

impl FromStr for Keep {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        if text == "none" {
            return Ok(Self::None);
        }
        text.parse().map(Self::For).map_err(|error: PeriodError| {
            if error.hint == FORM {
                refuse(error.sentence, &format!("{FORM}, or \"none\""))
            } else {
                error
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for (text, canonical) in [
            ("7 years", "7 years"),
            ("1 year", "1 year"),
            ("1 years", "1 year"),
            ("7 year", "7 years"),
            ("4 weeks", "4 weeks"),
            ("50   months", "50 months"),
            ("030 days", "30 days"),
            ("36 hours", "36 hours"),
            ("1000 years", "1000 years"),
            ("none", "none"),
        ] {
            let keep = text.parse::<Keep>().map(|k| k.to_string());
            assert_eq!(keep.as_deref(), Ok(canonical), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_a_hint() {
        for text in [
            "",
            " ",
            "7",
            "7y",
            "7 y",
            "7years",
            " 7 years",
            "7 years ",
            "7\tyears",
            "-1 days",
            "+1 days",
            "1.5 years",
            "84 months and 3 days",
            "7 Years",
            "seven years",
            "None",
            "\u{667} years",
        ] {
            let error = text.parse::<Keep>().expect_err(text);
            assert!(error.hint.starts_with(FORM), "{text}: {error}");
            assert!(error.sentence.contains("is not a retention period"));
        }
        assert!("none".parse::<RetentionPeriod>().is_err());
    }

    #[test]
    fn zero_and_too_long_say_what_would_be_right() {
        let zero = "0 days".parse::<Keep>().expect_err("zero");
        assert!(zero.hint.contains("at least 1"), "{zero}");
        for text in ["1001 years", "99999999999999999999 years"] {
            let long = text.parse::<Keep>().expect_err(text);
            assert_eq!(long.hint, "write at most 1000 years");
        }
        let long = "8760001 hours".parse::<Keep>().expect_err("hours");
        assert_eq!(long.hint, "write at most 8760000 hours");
    }
}
