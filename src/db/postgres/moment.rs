//! Dates and times as values of their own types.
//!
//! Bound as a text and cast, a moment would be read anew for each row that is compared with it: that cast depends on
//! the session's settings (`timestamptz_in` is STABLE, PostgreSQL's manual, 38.7), so that the server does not work it
//! out once. On a sweep that took as long as removing the rows.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// A date or a time that PostgreSQL takes as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Zoned(DateTime<Utc>),
    Local(NaiveDateTime),
    Date(NaiveDate),
}

impl Moment {
    /// Reads what is to be cast to a type, which may have a precision. `None`: of another type, or written otherwise
    /// than we and the server write it in a session in UTC (years above 9999 or before Christ, `infinity`): then it is
    /// a text, and the server reads it.
    pub fn read(text: &str, sql_type: &str) -> Option<Self> {
        if !text.is_ascii() || text.len() < 10 || text.as_bytes()[4] != b'-' {
            return None;
        }
        match sql_type {
            "date" => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()
                .map(Self::Date),
            zoned if is_timestamp(zoned, " with time zone") => {
                let local = local(text.strip_suffix("+00")?)?;
                Some(Self::Zoned(local.and_utc()))
            }
            bare if is_timestamp(bare, " without time zone") => local(text).map(Self::Local),
            _ => None,
        }
    }
}

/// `timestamp(3) with time zone`, with a precision or without.
fn is_timestamp(sql_type: &str, zone: &str) -> bool {
    sql_type
        .strip_suffix(zone)
        .and_then(|rest| rest.strip_prefix("timestamp"))
        .is_some_and(|precision| precision.is_empty() || precision.starts_with('('))
}

/// To the microsecond: of a longer fraction the server decides how it is rounded.
fn local(text: &str) -> Option<NaiveDateTime> {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    if fraction.len() > 6 || text.contains(":60") {
        return None;
    }
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONED: &str = "timestamp with time zone";
    const LOCAL: &str = "timestamp without time zone";

    #[test]
    fn what_the_server_writes_is_read_and_the_rest_left_to_it() {
        let read = |text: &str, sql_type: &str| Moment::read(text, sql_type).is_some();
        assert!(read("2023-06-27 11:39:14+00", ZONED));
        assert!(read("1980-01-01 00:00:00.000000+00", ZONED));
        assert!(read(
            "2023-06-27 11:39:14.5+00",
            "timestamp(3) with time zone"
        ));
        assert!(read("2023-06-27 11:39:14.000001", LOCAL));
        assert!(read("2024-02-29", "date"));
        for (text, sql_type) in [
            ("2023-06-27 11:39:14+02", ZONED),
            ("2023-06-27 11:39:14", ZONED),
            ("2023-06-27 11:39:14.0000001+00", ZONED),
            ("2023-06-27 11:39:60+00", ZONED),
            ("10023-06-27 11:39:14+00", ZONED),
            ("0044-03-15 12:00:00+00 BC", ZONED),
            ("infinity", ZONED),
            ("-infinity", ZONED),
            ("2023-06-27 11:39:14+00", LOCAL),
            ("2023-02-29", "date"),
            ("2023-06-27 11:39:14", "date"),
            ("2023-06-27 11:39:14+00", "public.moment"),
            ("2023-06-27 11:39:14+00", "text"),
            ("", ZONED),
        ] {
            assert!(!read(text, sql_type), "{text} as {sql_type}");
        }
    }

    #[test]
    fn microseconds_are_kept() {
        let read = Moment::read("2023-06-27 11:39:14.123456+00", ZONED);
        let Some(Moment::Zoned(moment)) = read else {
            panic!("{read:?}");
        };
        assert_eq!(moment.timestamp_micros(), 1_687_865_954_123_456);
    }
}
