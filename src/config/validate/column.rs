//! The column in which a start event stands, the way to it, and how it is read.

use chrono::NaiveDate;

use crate::catalog::nearest;
use crate::config::document::StartTable;
use crate::config::shape::OneOrMany;
use crate::diagnostic::{Fault, Located};
use crate::schedule::{DateFormat, StartColumn};

use super::literal;
use super::reader::{Reader, did_you_mean};
use super::time;

/// Dates before this day are not believed where a start says nothing: earlier ones are nearly always slips.
const NOT_BEFORE: NaiveDate = match NaiveDate::from_ymd_opt(1980, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// The column named by `name`, read as the start's other keys say.
pub(super) fn column(
    name: &Located<String>,
    table: &StartTable,
    reader: &mut Reader<'_>,
) -> Option<StartColumn> {
    let parts = qualified(name, reader);
    let via = via(table.via.as_ref(), reader);
    let never = never(table, reader);
    let holds = match &table.holds {
        None => Some(None),
        Some(text) => reader
            .word(text)
            .map(|holds| Some(text.clone().map(|_| holds))),
    };
    let format = match &table.format {
        None => Some(None),
        Some(text) => format(text, reader).map(Some),
    };
    let zone = match &table.time_zone {
        None => Some(None),
        Some(text) => time::zone(text, reader).map(|zone| Some(text.clone().map(|_| zone))),
    };
    let not_before = match &table.not_before {
        None => Some(NOT_BEFORE),
        Some(day) => time::date(day, reader),
    };
    let not_after = not_after(table, not_before, reader);
    let (table, column) = parts?;
    Some(StartColumn {
        table,
        column,
        via: via?,
        never: never?,
        holds: holds?,
        format: format?,
        zone: zone?,
        not_before: not_before?,
        not_after: not_after?,
    })
}

/// The last day that is believed; the outer `None` is a fault.
#[expect(
    clippy::option_option,
    reason = "a fault and a day left out are two answers"
)]
fn not_after(
    table: &StartTable,
    not_before: Option<NaiveDate>,
    reader: &mut Reader<'_>,
) -> Option<Option<NaiveDate>> {
    let Some(written) = &table.not_after else {
        return Some(None);
    };
    let day = time::date(written, reader)?;
    if not_before.is_some_and(|first| day < first) {
        let fault = Fault::error(
            written.at,
            "no day is after `not-before` and before `not-after`",
        );
        reader.push(fault.hint("`not-after` is the last day that is believed, such as 2100-01-01"));
        return None;
    }
    Some(Some(day))
}

/// "column", "table.column" or "schema.table.column".
pub(super) fn qualified(
    name: &Located<String>,
    reader: &mut Reader<'_>,
) -> Option<(Option<Located<String>>, Located<String>)> {
    let parts: Vec<&str> = name.value.split('.').collect();
    if parts.len() > 3 || parts.iter().any(|part| part.trim().is_empty()) {
        let sentence = format!("\"{}\" does not name a column", name.value);
        let hint = "write \"column\", \"table.column\" or \"schema.table.column\"";
        reader.push(Fault::error(name.at, sentence).hint(hint));
        return None;
    }
    let located = |text: &str| name.clone().map(|_| text.to_owned());
    Some(match name.value.rsplit_once('.') {
        None => (None, name.clone()),
        Some((table, column)) => (Some(located(table)), located(column)),
    })
}

/// The way to another table, step by step.
pub(super) fn via(
    steps: Option<&OneOrMany<String>>,
    reader: &mut Reader<'_>,
) -> Option<Vec<Vec<Located<String>>>> {
    let steps = steps.map(|steps| steps.0.as_slice());
    let steps: Vec<_> = steps
        .unwrap_or_default()
        .iter()
        .map(|text| step(text, reader))
        .collect();
    steps.into_iter().collect()
}

/// One step: "column", or "(a, b)" for a composite reference.
fn step(text: &Located<String>, reader: &mut Reader<'_>) -> Option<Vec<Located<String>>> {
    let inner = text
        .value
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    let columns: Vec<&str> = match inner {
        Some(inner) => inner.split(',').map(str::trim).collect(),
        None => vec![text.value.trim()],
    };
    let wrong = |column: &&str| column.is_empty() || column.contains([',', '(', ')']);
    if columns.iter().any(wrong) {
        let sentence = format!("\"{}\" is not a step to another table", text.value);
        let hint = "write the column that refers to it, \"vacancy_id\", or for a composite \
                    reference \"(tenant_id, vacancy_id)\"; several steps are a list";
        reader.push(Fault::error(text.at, sentence).hint(hint));
        return None;
    }
    let located = |column: &str| text.clone().map(|_| column.to_owned());
    Some(columns.into_iter().map(located).collect())
}

fn never(
    table: &StartTable,
    reader: &mut Reader<'_>,
) -> Option<Vec<Located<crate::schedule::Literal>>> {
    let values = table.never.as_ref().map(|values| values.0.as_slice());
    let values: Vec<_> = values
        .unwrap_or_default()
        .iter()
        .map(|value| literal::never(value, reader))
        .collect();
    values.into_iter().collect()
}

fn format(text: &Located<String>, reader: &mut Reader<'_>) -> Option<Located<DateFormat>> {
    const WORDS: [&str; 4] = [
        "epoch-seconds",
        "epoch-milliseconds",
        "epoch-microseconds",
        "julian-day",
    ];
    let format = match text.value.as_str() {
        "epoch-seconds" => Ok(DateFormat::EpochSeconds),
        "epoch-milliseconds" => Ok(DateFormat::EpochMilliseconds),
        "epoch-microseconds" => Ok(DateFormat::EpochMicroseconds),
        "julian-day" => Ok(DateFormat::JulianDay),
        pattern => refuse_pattern(pattern).map_or(Ok(DateFormat::Pattern(pattern.to_owned())), Err),
    };
    match format {
        Ok(format) => Some(text.clone().map(|_| format)),
        Err(sentence) => {
            let hint = "write a pattern of %Y, %m and %d, and if there is a time %H, %M and %S, such \
                        as \"%Y-%m-%d %H:%M:%S\"; or \"epoch-seconds\", \"epoch-milliseconds\", \
                        \"epoch-microseconds\" or \"julian-day\"";
            let near = nearest(&text.value, WORDS.map(str::to_owned))
                .filter(|_| !text.value.contains('%'));
            reader.push(did_you_mean(
                Fault::error(text.at, sentence).hint(hint),
                near,
            ));
            None
        }
    }
}

/// Why a text is not a pattern of fixed width that says one day; `None` when it is.
fn refuse_pattern(pattern: &str) -> Option<String> {
    // A fraction has no fixed width, so it may only be the end.
    let fixed = pattern.strip_suffix("%.f").unwrap_or(pattern);
    let mut seen = String::new();
    let mut rest = fixed.chars();
    while let Some(one) = rest.next() {
        if one != '%' {
            continue;
        }
        match rest.next() {
            Some('%') => {}
            Some(field) if "YmdHMS".contains(field) => {
                if seen.contains(field) {
                    return Some(format!("%{field} stands twice in this pattern"));
                }
                seen.push(field);
            }
            Some(field) => return Some(format!("%{field} cannot be read in a pattern of dates")),
            None => return Some("the pattern ends in the middle of a field".to_owned()),
        }
    }
    let has = |fields: &str| fields.chars().all(|field| seen.contains(field));
    if !has("Ymd") {
        return Some(format!("\"{pattern}\" does not say year, month and day"));
    }
    if (seen.contains('M') && !has("H")) || (seen.contains('S') && !has("HM")) {
        return Some("this pattern has a part of a time without the parts before it".to_owned());
    }
    if fixed.len() < pattern.len() && !fixed.ends_with("%S") {
        return Some("%.f is a fraction of a second and follows %S".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::refuse_pattern;

    #[test]
    fn patterns() {
        for right in [
            "%Y-%m-%d",
            "%Y%m%d",
            "%d.%m.%Y %H:%M",
            "%Y-%m-%dT%H:%M:%SZ",
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%d %H",
        ] {
            assert_eq!(refuse_pattern(right), None, "{right}");
        }
        for wrong in [
            "",
            "%Y-%m",
            "%y-%m-%d",
            "%Y-%m-%d %Y",
            "%Y-%m-%d %M",
            "%Y-%m-%d %H:%S",
            "%Y-%m-%d%.f",
            "%Y-%m-%d%.f %H",
            "%Y-%m-%d %",
            "%Y-%B-%d",
        ] {
            assert!(refuse_pattern(wrong).is_some(), "{wrong}");
        }
    }
}
