//! Time zones, cadences and dates.

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};

use crate::catalog::nearest;
use crate::config::shape::Day;
use crate::diagnostic::{Fault, Located};

use super::reader::{Reader, did_you_mean};

/// A time zone by its name in the IANA database.
pub(super) fn zone(text: &Located<String>, reader: &mut Reader<'_>) -> Option<Tz> {
    if let Ok(zone) = text.value.parse() {
        return Some(zone);
    }
    let names = chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| zone.name().to_owned());
    let near = nearest(&text.value, names);
    let fault = Fault::error(text.at, format!("\"{}\" is not a time zone", text.value))
        .hint("write a name of the IANA database, such as \"Europe/Amsterdam\" or \"UTC\"");
    reader.push(did_you_mean(fault, near));
    None
}

/// A cron line of five fields, or six with seconds, that has an occurrence.
pub(super) fn cadence(text: &Located<String>, reader: &mut Reader<'_>) -> Option<Located<String>> {
    match why_never(&text.value) {
        None => Some(text.clone()),
        Some(sentence) => {
            let hint = "write minute, hour, day, month and weekday: \"30 2 * * *\" is half past \
                        two each night; six fields begin with the second";
            reader.push(Fault::error(text.at, sentence).hint(hint));
            None
        }
    }
}

fn why_never(line: &str) -> Option<String> {
    let fields = line.split_whitespace().count();
    if fields != 5 && fields != 6 {
        return Some(format!(
            "a cadence has five or six fields, this one has {fields}"
        ));
    }
    let parser = CronParser::builder()
        .seconds(Seconds::Optional)
        .year(Year::Disallowed)
        .build();
    match parser.parse(line) {
        Err(error) => Some(format!("\"{line}\" is not a cron line: {error}")),
        // From a fixed day, because this module knows no clock; the search covers every leap year.
        Ok(cron) => match cron.find_next_occurrence(&DateTime::UNIX_EPOCH, true) {
            Ok(_) => None,
            Err(_) => Some(format!("\"{line}\" never comes: no calendar has that day")),
        },
    }
}

/// A TOML date.
pub(super) fn date(value: &Located<Day>, reader: &mut Reader<'_>) -> Option<NaiveDate> {
    let found = match &value.value.0 {
        toml::Value::Datetime(when) if when.time.is_none() => when.date.and_then(civil),
        _ => None,
    };
    if found.is_none() {
        let fault = Fault::error(value.at, "this is not a date")
            .hint("write year, month and day without quotes, such as 2026-11-01");
        reader.push(fault);
    }
    found
}

/// TOML's date as ours.
pub(super) fn civil(date: toml::value::Date) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
}

#[cfg(test)]
mod tests {
    use super::why_never;

    #[test]
    fn cadences() {
        for right in [
            "30 2 * * *",
            "0 30 2 * * *",
            "0 0 29 2 *",
            "*/5 * * * MON-FRI",
        ] {
            assert_eq!(why_never(right), None, "{right}");
        }
        for wrong in [
            "",
            "* * * *",
            "0 0 0 1 1 * 2030",
            "61 * * * *",
            "0 0 30 2 *",
            "@daily",
        ] {
            assert!(why_never(wrong).is_some(), "{wrong}");
        }
    }
}
