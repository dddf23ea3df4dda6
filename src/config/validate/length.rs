//! How long rows are kept: a text, or a column that counts it.

use crate::calendar::{Keep, RetentionPeriod, Unit};
use crate::config::document::LengthTable;
use crate::config::shape::TextOr;
use crate::diagnostic::{Fault, Located, Span};
use crate::schedule::{Length, LengthColumn};

use super::column::{qualified, via};
use super::reader::{Inside, Reader};
use super::terms::Kept;

/// What the table looks like.
const COLUMN_EXAMPLE: &str = "{ column = \"service.grace_days\", via = \"service_id\", unit = \"days\", \
                              at-least = \"30 days\", at-most = \"6 months\" }";

/// The period that is written here.
pub(super) fn length(kept: Kept<'_>, reader: &mut Reader<'_>) -> Option<Located<Length>> {
    match kept {
        Kept::Text(text) => fixed(&text.value, text.at, reader),
        Kept::TextOrTable(either) => match &either.value {
            TextOr::Text(text) => fixed(text, either.at, reader),
            TextOr::Table(table) => in_column(table, either.at, reader),
        },
    }
}

fn fixed(text: &str, at: Span, reader: &mut Reader<'_>) -> Option<Located<Length>> {
    match text.parse::<Keep>() {
        Ok(keep) => Some(Located::new(Length::Fixed(keep), at)),
        Err(error) => {
            reader.push(Fault::error(at, error.sentence).hint(error.hint));
            None
        }
    }
}

fn in_column(table: &LengthTable, at: Span, reader: &mut Reader<'_>) -> Option<Located<Length>> {
    let inside = Inside { what: "period", at };
    let column = reader
        .required(table.column.as_ref(), "column", inside, COLUMN_EXAMPLE)
        .and_then(|name| qualified(name, reader));
    let via = via(table.via.as_ref(), reader);
    let unit_hint = "say what the column counts: unit = \"days\"";
    let unit: Option<Unit> = reader
        .required(table.unit.as_ref(), "unit", inside, unit_hint)
        .and_then(|word| reader.word(word));
    let least_hint = "write the shortest period that the policy allows: at-least = \"30 days\"";
    let at_least = reader.required(table.at_least.as_ref(), "at-least", inside, least_hint);
    let at_least = at_least.and_then(|text| period(text, reader));
    let most_hint = "write the longest period that the policy allows: at-most = \"6 months\"";
    let at_most = reader.required(table.at_most.as_ref(), "at-most", inside, most_hint);
    let at_most = at_most.and_then(|text| period(text, reader));
    let (name, via, unit) = (column?, via?, unit?);
    let (at_least, at_most) = (at_least?, at_most?);
    if unit.counts_between(at_least, at_most).is_none() {
        let sentence = format!(
            "no number of {} is at least {at_least} and at most {at_most}",
            unit.word()
        );
        let hint = "the first is the shortest period that is believed, the second the longest";
        reader.push(Fault::error(at, sentence).hint(hint));
        return None;
    }
    let (named, column) = name;
    let step = via.first().and_then(|step| step.first());
    if let (None, Some(step)) = (&named, step) {
        let sentence = format!("`via` leads to another table, and \"{column}\" names none");
        let hint = format!("write the other table before the column: \"table.{column}\"");
        reader.push(Fault::error(step.at, sentence).hint(hint));
        return None;
    }
    let column = LengthColumn {
        table: named,
        column,
        via,
        unit,
        at_least,
        at_most,
    };
    Some(Located::new(Length::InColumn(Box::new(column)), at))
}

pub(super) fn period(text: &Located<String>, reader: &mut Reader<'_>) -> Option<RetentionPeriod> {
    match text.value.parse() {
        Ok(period) => Some(period),
        Err(error) => {
            let error: crate::calendar::PeriodError = error;
            reader.push(Fault::error(text.at, error.sentence).hint(error.hint));
            None
        }
    }
}
