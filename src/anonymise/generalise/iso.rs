//! Dates kept as text: ISO 8601 with `T` or a space, as SQLite and most programs write them.
//!
//! The day is the one that is written, whatever its offset. The offset goes as well, because it tells summer from
//! winter. What is written is no longer than what was there, and is one of a closed list of forms, so that it can be
//! recognised.

use chrono::{NaiveDate, NaiveTime};

use crate::sql::{Expr, Function, Op, Value};

use super::date::Grain;

const SEPARATORS: [&str; 2] = [" ", "T"];
const TIMES: [&str; 5] = [
    "00:00",
    "00:00:00",
    "00:00:00.000",
    "00:00:00.000000",
    "00:00:00.000000000",
];
const ZONES: [&str; 3] = ["", "Z", "+00:00"];

pub(super) fn coarser(old: &str, grain: Grain) -> Option<String> {
    let day = old.get(..10)?;
    let is_iso = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !is_iso {
        return None;
    }
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    let first = grain.first_day(day)?;
    let rest = old.get(10..)?;
    if rest.is_empty() {
        return Some(first);
    }
    let (separator, rest) = match rest.split_at_checked(1)? {
        (" ", rest) => (" ", rest),
        ("T" | "t", rest) => ("T", rest),
        _ => return None,
    };
    let (time, zone) = split_zone(rest)?;
    let time = midnight(time.trim_end())?;
    Some(format!("{first}{separator}{time}{zone}"))
}

/// The time, and what its zone becomes.
fn split_zone(rest: &str) -> Option<(&str, &'static str)> {
    if let Some(time) = rest.strip_suffix(['Z', 'z']) {
        return Some((time, "Z"));
    }
    let Some(at) = rest.find(['+', '-']) else {
        return Some((rest, ""));
    };
    let (time, offset) = rest.split_at(at);
    let is_offset = offset
        .chars()
        .skip(1)
        .all(|one| one.is_ascii_digit() || one == ':');
    match offset.len() {
        3 | 5 if is_offset => Some((time, "Z")),
        6 if is_offset => Some((time, "+00:00")),
        _ => None,
    }
}

/// Midnight in the longest of our forms that is no longer than the time.
fn midnight(time: &str) -> Option<&'static str> {
    let is_time = ["%H:%M", "%H:%M:%S%.f"]
        .iter()
        .any(|form| NaiveTime::parse_from_str(time, form).is_ok());
    if !is_time {
        return None;
    }
    TIMES
        .into_iter()
        .rev()
        .find(|form| form.len() <= time.len())
}

/// The text is one that [`coarser`] makes.
pub(super) fn is_coarse(one: &Expr, grain: Grain) -> Expr {
    let piece = |from, count| Expr::Pieces(Box::new(one.clone()), vec![(from, count)]);
    let among = |piece: Expr, texts: Vec<String>| {
        let values = texts
            .into_iter()
            .map(|text| Expr::Value(Value::Text(text), None));
        Expr::In(Box::new(piece), values.collect())
    };
    let times = TIMES
        .iter()
        .flat_map(|time| ZONES.iter().map(move |zone| format!("{time}{zone}")));
    let length = Expr::Call(Function::Length, vec![one.clone()]);
    Expr::all([
        Expr::Shaped(Box::new(piece(1, 10)), grain.shape()),
        Expr::any([
            length.compare(Op::Equal, Expr::Value(Value::Int(10), None)),
            Expr::all([
                among(piece(11, 1), SEPARATORS.map(str::to_owned).to_vec()),
                among(piece(12, 40), times.collect()),
            ]),
        ]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_dates_keep_their_form() {
        for (old, new) in [
            ("2021-05-06", Some("2021-01-01")),
            ("2021-05-06 10:11", Some("2021-01-01 00:00")),
            ("2021-05-06 10:11:12", Some("2021-01-01 00:00:00")),
            ("2021-05-06T10:11:12Z", Some("2021-01-01T00:00:00Z")),
            ("2021-05-06T10:11:12.5Z", Some("2021-01-01T00:00:00Z")),
            ("2021-05-06T10:11:12.123Z", Some("2021-01-01T00:00:00.000Z")),
            (
                "2021-05-06 10:11:12.123456+02:00",
                Some("2021-01-01 00:00:00.000000+00:00"),
            ),
            ("2021-05-06 10:11:12-05", Some("2021-01-01 00:00:00Z")),
            ("2021-05-06 10:11:12 +0200", Some("2021-01-01 00:00:00Z")),
            ("2021-02-30", None),
            ("06-05-2021", None),
            ("2021-05-06 Jane", None),
            ("2021-05-06 25:00", None),
            ("unknown", None),
            ("", None),
            ("ää-öö-üü", None),
        ] {
            assert_eq!(coarser(old, Grain::Year).as_deref(), new, "{old}");
        }
        assert_eq!(
            coarser("2021-05-06 10:11", Grain::Month).as_deref(),
            Some("2021-05-01 00:00")
        );
    }
}
