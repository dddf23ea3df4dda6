//! Start events: which of the seven kinds, and what goes with each.

use crate::config::document::StartTable;
use crate::config::shape::{OneOrMany, TextOr};
use crate::diagnostic::{Fault, Located, Span};
use crate::schedule::{Aggregate, ConditionText, IfNone, Start, StartColumn};

use super::column::column;
use super::condition;
use super::reader::{Reader, did_you_mean};

/// How deep starts may stand in starts.
const DEPTH_MAX: u8 = 4;

/// The start event that a table describes.
pub(super) fn start(table: &Located<StartTable>, reader: &mut Reader<'_>) -> Option<Start> {
    nested(table, 0, reader)
}

fn nested(table: &Located<StartTable>, depth: u8, reader: &mut Reader<'_>) -> Option<Start> {
    let at = table.at;
    if depth > DEPTH_MAX {
        let fault = Fault::error(at, "starts are nested too deeply to be checked by a person");
        reader.push(fault.hint("write several purposes instead"));
        return None;
    }
    let table = &table.value;
    one_kind(table, at, reader)?;
    if let Some(name) = &table.column {
        return own_or_parent(name, table, reader);
    }
    if let Some(name) = &table.latest {
        return related(Aggregate::Latest, name, table, depth, reader);
    }
    if let Some(name) = &table.earliest {
        return related(Aggregate::Earliest, name, table, depth, reader);
    }
    if let Some(sql) = &table.sql {
        return chosen(sql, table, reader);
    }
    if let Some(event) = &table.event {
        let fits = refuse_column_keys("event", table, reader);
        let event = reader.name(event, "event");
        fits?;
        return event.map(Start::Reported);
    }
    if let Some(list) = &table.latest_of {
        return several("latest-of", list, table, depth, reader).map(Start::LatestOf);
    }
    if let Some(list) = &table.earliest_of {
        return several("earliest-of", list, table, depth, reader).map(Start::EarliestOf);
    }
    if let Some(names) = &table.unused_by {
        return unused(names, table, at, reader);
    }
    None
}

const KINDS: [&str; 8] = [
    "column",
    "latest",
    "earliest",
    "latest-of",
    "earliest-of",
    "unused-by",
    "event",
    "sql",
];

fn one_kind(table: &StartTable, at: Span, reader: &mut Reader<'_>) -> Option<()> {
    let text = |value: &Option<Located<String>>| value.as_ref().map(|one| one.at);
    let list = |value: &Option<Located<Vec<_>>>| value.as_ref().map(|one| one.at);
    let places = [
        text(&table.column),
        text(&table.latest),
        text(&table.earliest),
        list(&table.latest_of),
        list(&table.earliest_of),
        table
            .unused_by
            .as_ref()
            .map(|names| names.0.first().map_or(at, |name| name.at)),
        text(&table.event),
        text(&table.sql),
    ];
    let given: Vec<_> = KINDS
        .iter()
        .zip(places)
        .filter(|(_, at)| at.is_some())
        .collect();
    match given.as_slice() {
        [_] => Some(()),
        [] => {
            let fault = Fault::error(at, "this start names no event").hint(
                "write { column = \"closed_at\" }, { column = \"vacancy.filled_at\", via = \
                 \"vacancy_id\" }, { latest = \"payment.paid_at\" }, { earliest = … }, \
                 { latest-of = [ … ] }, { earliest-of = [ … ] }, { unused-by = \"all\" } or \
                 { event = \"contract-ended\" }",
            );
            reader.missing(at, &KINDS, fault);
            None
        }
        [(first, _), (second, second_at), ..] => {
            let sentence = format!("this start names its event twice: `{first}` and `{second}`");
            let hint =
                "keep one; several events are { latest-of = [ … ] } or { earliest-of = [ … ] }";
            reader.push(Fault::error(second_at.unwrap_or(at), sentence).hint(hint));
            None
        }
    }
}

fn own_or_parent(
    name: &Located<String>,
    table: &StartTable,
    reader: &mut Reader<'_>,
) -> Option<Start> {
    let fits = refuse_related_keys(table, reader);
    let column = column(name, table, reader)?;
    if column.table.is_none()
        && let Some(step) = table.via.as_ref().and_then(|via| via.0.first())
    {
        let sentence = format!(
            "`via` leads to another table, and \"{}\" names none",
            name.value
        );
        let hint = format!(
            "write the other table before the column: \"table.{}\"",
            name.value
        );
        reader.push(Fault::error(step.at, sentence).hint(hint));
        return None;
    }
    fits?;
    Some(Start::Column(column))
}

/// What a condition must be to be read, an expression must be too; in its own words.
fn expression(sql: &Located<String>, reader: &mut Reader<'_>) -> Option<ConditionText> {
    match crate::condition::parse(&sql.value) {
        Ok(_) => Some(ConditionText(sql.clone())),
        Err(complaint) => {
            let sentence = complaint.sentence.replace("condition", "expression");
            let hint = "write one expression that chooses between columns of dates, as in \
                        \"COALESCE(ended_at, cancelled_at)\"";
            reader.push(Fault::error(sql.at, sentence).hint(hint));
            None
        }
    }
}

/// An expression over columns of the row.
fn chosen(sql: &Located<String>, table: &StartTable, reader: &mut Reader<'_>) -> Option<Start> {
    let fits = refuse_related_keys(table, reader);
    let parsed = expression(sql, reader);
    if let Some(step) = table.via.as_ref().and_then(|via| via.0.first()) {
        let fault = Fault::error(step.at, "an expression speaks of the row's own columns");
        reader.push(fault.hint("several events in several tables are { latest-of = [ … ] }"));
        return None;
    }
    // No column's name has a dot here, whatever the expression has.
    let anything = sql.clone().map(|_| "sql".to_owned());
    let read = column(&anything, table, reader)?;
    fits?;
    Some(Start::Chosen {
        sql: parsed?,
        read: StartColumn {
            column: sql.clone(),
            ..read
        },
    })
}

fn refuse_related_keys(table: &StartTable, reader: &mut Reader<'_>) -> Option<()> {
    let only = table.only.as_ref().map(|one| ("only", one.at));
    let if_none = table.if_none.as_ref().map(|one| ("if-none", one.at));
    let mut fits = Some(());
    for (key, at) in only.into_iter().chain(if_none) {
        let fault = Fault::error(
            at,
            format!("`{key}` goes with `latest` and `earliest` only"),
        )
        .hint("remove it; which rows a purpose covers is said by its `when`");
        reader.push(fault);
        fits = None;
    }
    fits
}

fn related(
    aggregate: Aggregate,
    name: &Located<String>,
    table: &StartTable,
    depth: u8,
    reader: &mut Reader<'_>,
) -> Option<Start> {
    let only = condition::optional(table.only.as_ref(), reader);
    let if_none = match &table.if_none {
        None => Some(Located::new(IfNone::Keep, name.at)),
        Some(value) => if_none(value, depth, reader),
    };
    let column = column(name, table, reader)?;
    if column.table.is_none() {
        let sentence = format!("\"{}\" names no table", name.value);
        let hint = "it is taken over the rows of another table: write \"table.column\"";
        reader.push(Fault::error(name.at, sentence).hint(hint));
        return None;
    }
    Some(Start::Related {
        aggregate,
        column,
        only: only?,
        if_none: if_none?,
    })
}

fn if_none(
    value: &Located<TextOr<Box<StartTable>>>,
    depth: u8,
    reader: &mut Reader<'_>,
) -> Option<Located<IfNone>> {
    let place = value.at;
    match &value.value {
        TextOr::Text(word) if word == "keep" => Some(Located::new(IfNone::Keep, place)),
        TextOr::Text(word) => {
            let near = crate::catalog::nearest(word, ["keep".to_owned()]);
            let sentence = format!("\"{word}\" does not say what holds without a related row");
            let hint = "write \"keep\", or a start that dates the row by itself: \
                        { column = \"created_at\" }";
            let fault = Fault::error(value.at, sentence).hint(hint);
            reader.push(did_you_mean(fault, near));
            None
        }
        TextOr::Table(table) => {
            let table = Located::new((**table).clone(), place);
            let start = nested(&table, depth + 1, reader)?;
            Some(Located::new(IfNone::Use(Box::new(start)), place))
        }
    }
}

fn several(
    key: &str,
    list: &Located<Vec<Located<StartTable>>>,
    table: &StartTable,
    depth: u8,
    reader: &mut Reader<'_>,
) -> Option<Vec<Start>> {
    let mut fits = refuse_column_keys(key, table, reader);
    if list.value.len() < 2 {
        let fault = Fault::error(list.at, format!("`{key}` chooses between several starts"))
            .hint("write at least two, or the one start itself");
        reader.push(fault);
        fits = None;
    }
    let starts: Vec<_> = list
        .value
        .iter()
        .map(|table| nested(table, depth + 1, reader))
        .collect();
    fits?;
    starts.into_iter().collect()
}

/// No row refers to the row any more.
fn unused(
    names: &OneOrMany<String>,
    table: &StartTable,
    at: Span,
    reader: &mut Reader<'_>,
) -> Option<Start> {
    let fits = refuse_column_keys("unused-by", table, reader);
    let names: Vec<_> = names
        .0
        .iter()
        .map(|name| reader.filled(name, "this name of a table"))
        .collect();
    let names: Vec<Located<String>> = names.into_iter().collect::<Option<_>>()?;
    fits?;
    let all = names.iter().any(|name| name.value == "all");
    if names.is_empty() || (all && names.len() > 1) {
        let fault = Fault::error(at, "`unused-by` names every reference, or some tables").hint(
            "write unused-by = \"all\", or unused-by = [\"employee\", \"company.address_id\"]",
        );
        reader.push(fault);
        return None;
    }
    let by = if all { Vec::new() } else { names };
    Some(Start::Unused(Located::new(by, at)))
}

/// Keys about one column, beside several starts, would say nothing about any of them.
fn refuse_column_keys(key: &str, table: &StartTable, reader: &mut Reader<'_>) -> Option<()> {
    let text = |value: &Option<Located<String>>| value.as_ref().map(|one| one.at);
    let places = [
        (
            "via",
            table
                .via
                .as_ref()
                .and_then(|one| one.0.first())
                .map(|one| one.at),
        ),
        ("only", text(&table.only)),
        ("if-none", table.if_none.as_ref().map(|one| one.at)),
        (
            "never",
            table
                .never
                .as_ref()
                .and_then(|one| one.0.first())
                .map(|one| one.at),
        ),
        ("holds", text(&table.holds)),
        ("format", text(&table.format)),
        ("time-zone", text(&table.time_zone)),
        ("not-before", table.not_before.as_ref().map(|one| one.at)),
        ("not-after", table.not_after.as_ref().map(|one| one.at)),
    ];
    let mut fits = Some(());
    for (other, at) in places {
        if let Some(at) = at {
            let fault = Fault::error(at, format!("`{other}` is about one column, not `{key}`"))
                .hint(format!(
                    "write it inside the starts of `{key}` that need it"
                ));
            reader.push(fault);
            fits = None;
        }
    }
    fits
}
