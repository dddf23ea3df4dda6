//! Conditions and their reasons. Here a condition must be grammatical; whether its names are columns, and what it
//! compares, only a catalogue can tell.

use crate::condition::{foreign_parts, parse};
use crate::config::document::ReasonTable;
use crate::diagnostic::{Fault, Located};
use crate::schedule::ConditionText;

use super::reader::{Inside, Reader};

/// An SQL condition, not empty.
pub(super) fn condition(text: &Located<String>, reader: &mut Reader<'_>) -> Option<ConditionText> {
    if text.value.trim().is_empty() {
        let fault = Fault::error(text.at, "this condition is empty")
            .hint("write one SQL expression that is true or false, or leave the key out");
        reader.push(fault);
        return None;
    }
    let complaints = match parse(&text.value) {
        Ok(parsed) => foreign_parts(&parsed),
        Err(complaint) => vec![complaint],
    };
    let sound = complaints.is_empty();
    for complaint in complaints {
        reader.push(Fault::error(text.at, complaint.sentence).hint(complaint.hint));
    }
    sound.then(|| ConditionText(text.clone()))
}

/// An SQL condition where one may be left out: the outer `None` is a fault.
#[expect(
    clippy::option_option,
    reason = "a fault and a condition left out are two answers"
)]
pub(super) fn optional(
    text: Option<&Located<String>>,
    reader: &mut Reader<'_>,
) -> Option<Option<ConditionText>> {
    match text {
        None => Some(None),
        Some(text) => condition(text, reader).map(Some),
    }
}

/// Conditions with their reasons, made into exemptions or holds.
pub(super) fn reasons<T>(
    tables: Option<&Vec<Located<ReasonTable>>>,
    what: &'static str,
    make: impl Fn(ConditionText, String) -> T,
    reader: &mut Reader<'_>,
) -> Option<Vec<T>> {
    let tables = tables.map(Vec::as_slice).unwrap_or_default();
    let all: Vec<Option<T>> = tables
        .iter()
        .map(|table| {
            let (when, because) = reason(table, what, reader)?;
            Some(make(when, because))
        })
        .collect();
    all.into_iter().collect()
}

fn reason(
    table: &Located<ReasonTable>,
    what: &'static str,
    reader: &mut Reader<'_>,
) -> Option<(ConditionText, String)> {
    let inside = Inside { what, at: table.at };
    let when = reader.required(
        table.when.as_ref(),
        "when",
        inside,
        "write the SQL condition, such as when = \"status = 'hired'\"",
    );
    let when = when.and_then(|text| condition(text, reader));
    let because = reader.required(
        table.because.as_ref(),
        "because",
        inside,
        "an exception has a reason: write because = \"…\", it stands in every report",
    );
    let because = because.and_then(|text| reader.filled(text, "this reason"));
    Some((when?, because?.value))
}
