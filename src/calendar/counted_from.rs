//! From which day a period runs: the event itself, or the end of the calendar unit around it.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

/// The day from which a period is counted. Text: `event`, `end-of-month`, `end-of-quarter`,
/// `end-of-year`, `end-of-book-year 03-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountedFrom {
    /// The start event itself.
    Event,
    /// The last day of the calendar month in which the event lies.
    EndOfMonth,
    /// The last day of the calendar quarter in which the event lies.
    EndOfQuarter,
    /// 31 December of the year in which the event lies.
    EndOfYear,
    /// The last day of the book year in which the event lies.
    EndOfBookYear(BookYearEnd),
}

/// The last day of a book year that need not end in December: a month and a day, written `03-31`.
///
/// `02-29` means the last day of February: in a common year the book year ends on 28 February.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BookYearEnd {
    month: u32,
    day: u32,
}

/// Why a text does not say from which day to count, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedFromError {
    /// One sentence that says what is wrong with the text.
    pub sentence: String,
    /// What to write instead.
    pub hint: String,
}

impl fmt::Display for CountedFromError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.sentence, self.hint)
    }
}

impl std::error::Error for CountedFromError {}

const A_LEAP_YEAR: i32 = 2000;
const BOOK_YEAR_PREFIX: &str = "end-of-book-year ";

impl BookYearEnd {
    /// The book year that ends on this month (1 to 12) and day; `None` where no year has that day.
    pub fn new(month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(A_LEAP_YEAR, month, day).map(|_| Self { month, day })
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u32 {
        self.month
    }

    /// The day of the month as it was written, so 29 for `02-29`.
    pub fn day(self) -> u32 {
        self.day
    }

    fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month, self.day)
            .or_else(|| NaiveDate::from_ymd_opt(year, self.month, 28))
    }

    fn on_or_after(self, date: NaiveDate) -> Option<NaiveDate> {
        let this_year = self.in_year(date.year())?;
        if date <= this_year {
            return Some(this_year);
        }
        self.in_year(date.year().checked_add(1)?)
    }
}

impl CountedFrom {
    /// The day from which a period after `date` is counted: the last day of the month, quarter,
    /// year or book year in which `date` lies, or `date` itself for [`CountedFrom::Event`].
    ///
    /// A date that already is such a last day stays. Never earlier than `date`; a later date never
    /// gives an earlier day. `None` beyond the range of [`NaiveDate`].
    pub fn anchor(self, date: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Event => Some(date),
            Self::EndOfMonth => end_of_month(date.year(), date.month()),
            Self::EndOfQuarter => end_of_month(date.year(), date.month0() / 3 * 3 + 3),
            Self::EndOfYear => NaiveDate::from_ymd_opt(date.year(), 12, 31),
            Self::EndOfBookYear(end) => end.on_or_after(date),
        }
    }
}

fn end_of_month(year: i32, month: u32) -> Option<NaiveDate> {
    (28..=31)
        .rev()
        .find_map(|day| NaiveDate::from_ymd_opt(year, month, day))
}

impl fmt::Display for BookYearEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl FromStr for BookYearEnd {
    type Err = CountedFromError;

    fn from_str(text: &str) -> Result<Self, CountedFromError> {
        month_and_day(text)
            .and_then(|(month, day)| Self::new(month, day))
            .ok_or_else(|| CountedFromError {
                sentence: format!("{text:?} is not the last day of a book year"),
                hint: "write month and day as two digits each, such as \"03-31\"".to_owned(),
            })
    }
}

fn month_and_day(text: &str) -> Option<(u32, u32)> {
    let (month, day) = text.split_once('-')?;
    Some((two_digits(month)?, two_digits(day)?))
}

fn two_digits(text: &str) -> Option<u32> {
    let well_formed = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

impl fmt::Display for CountedFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event => f.write_str("event"),
            Self::EndOfMonth => f.write_str("end-of-month"),
            Self::EndOfQuarter => f.write_str("end-of-quarter"),
            Self::EndOfYear => f.write_str("end-of-year"),
            Self::EndOfBookYear(end) => write!(f, "{BOOK_YEAR_PREFIX}{end}"),
        }
    }
}

impl FromStr for CountedFrom {
    type Err = CountedFromError;

    fn from_str(text: &str) -> Result<Self, CountedFromError> {
        match text {
            "event" => Ok(Self::Event),
            "end-of-month" => Ok(Self::EndOfMonth),
            "end-of-quarter" => Ok(Self::EndOfQuarter),
            "end-of-year" => Ok(Self::EndOfYear),
            _ => match text.strip_prefix(BOOK_YEAR_PREFIX) {
                Some(end) => end.parse().map(Self::EndOfBookYear),
                None => Err(CountedFromError {
                    sentence: format!("{text:?} is not a day to count from"),
                    hint: "write \"event\", \"end-of-month\", \"end-of-quarter\", \
                           \"end-of-year\" or \"end-of-book-year 03-31\""
                        .to_owned(),
                }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect(text)
    }

    #[test]
    fn anchors() {
        for (from, start, anchor) in [
            ("event", "2024-02-29", "2024-02-29"),
            ("end-of-month", "2024-02-01", "2024-02-29"),
            ("end-of-month", "2023-02-28", "2023-02-28"),
            ("end-of-month", "2024-04-30", "2024-04-30"),
            ("end-of-quarter", "2024-01-01", "2024-03-31"),
            ("end-of-quarter", "2024-06-30", "2024-06-30"),
            ("end-of-quarter", "2024-07-01", "2024-09-30"),
            ("end-of-quarter", "2024-11-15", "2024-12-31"),
            ("end-of-year", "2024-01-01", "2024-12-31"),
            ("end-of-year", "2024-12-31", "2024-12-31"),
            ("end-of-book-year 03-31", "2024-03-31", "2024-03-31"),
            ("end-of-book-year 03-31", "2024-04-01", "2025-03-31"),
            ("end-of-book-year 02-29", "2024-02-28", "2024-02-29"),
            ("end-of-book-year 02-29", "2024-03-01", "2025-02-28"),
            ("end-of-book-year 02-29", "2023-02-28", "2023-02-28"),
            ("end-of-book-year 02-29", "2023-03-01", "2024-02-29"),
        ] {
            let counted_from: CountedFrom = from.parse().expect(from);
            assert_eq!(counted_from.to_string(), from);
            let found = counted_from.anchor(date(start));
            assert_eq!(found, Some(date(anchor)), "{from} of {start}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_a_hint() {
        for text in [
            "",
            "Event",
            "end-of-week",
            "end-of-book-year",
            "end_of_year",
        ] {
            let error = text.parse::<CountedFrom>().expect_err(text);
            assert!(error.hint.contains("end-of-quarter"), "{text}: {error}");
        }
        for day in [
            "02-30", "04-31", "13-01", "00-10", "3-31", "03-31 ", "+3-31", "0331", "",
        ] {
            let text = format!("end-of-book-year {day}");
            let error = text.parse::<CountedFrom>().expect_err(&text);
            assert!(error.hint.contains("03-31"), "{text}: {error}");
        }
    }

    #[test]
    fn the_end_of_the_range_is_none() {
        let end = BookYearEnd::new(3, 31).expect("a date");
        let from = CountedFrom::EndOfBookYear(end);
        assert_eq!(from.anchor(NaiveDate::MAX), None);
    }
}
