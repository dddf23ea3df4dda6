//! Holds that the database has: in the row, or in a table of its own.

use crate::config::document::HoldTable;
use crate::diagnostic::{Fault, Located, Span};
use crate::schedule::{ConditionText, HoldClause, HoldDepth, StartColumn};

use super::as_text::as_text;
use super::column::column;
use super::condition;
use super::reader::{Inside, Reader};
use super::relation::column_list;

/// All holds of a rule.
pub(super) fn holds(
    tables: Option<&Vec<Located<HoldTable>>>,
    reader: &mut Reader<'_>,
) -> Option<Vec<HoldClause>> {
    let tables = tables.map(Vec::as_slice).unwrap_or_default();
    let all: Vec<_> = tables.iter().map(|table| hold(table, reader)).collect();
    all.into_iter().collect()
}

fn hold(table: &Located<HoldTable>, reader: &mut Reader<'_>) -> Option<HoldClause> {
    let inside = Inside {
        what: "hold",
        at: table.at,
    };
    let table = &table.value;
    let when = match &table.table {
        None => row_condition(table, inside, reader),
        Some(_) => condition::optional(table.when.as_ref(), reader),
    };
    let because = reader.required(
        table.because.as_ref(),
        "because",
        inside,
        "a hold has a reason: write because = \"…\", it stands in every report",
    );
    let because = because.and_then(|text| reader.filled(text, "this reason"));
    let depth = match &table.depth {
        None => Some(HoldDepth::Deep),
        Some(word) => reader.word(word),
    };
    let of_table = match &table.table {
        None => refuse_table_keys(table, reader).map(|()| None),
        Some(name) => hold_table(name, table, reader).map(Some),
    };
    Some(HoldClause {
        when: when?,
        because: because?.value,
        depth: depth?,
        table: of_table?,
    })
}

#[expect(
    clippy::option_option,
    reason = "a fault and a condition left out are two answers, here as in `condition`"
)]
fn row_condition(
    table: &HoldTable,
    inside: Inside,
    reader: &mut Reader<'_>,
) -> Option<Option<ConditionText>> {
    let hint =
        "write the SQL condition, such as when = \"legal_hold\", or the table whose rows are holds";
    let when = reader.required(table.when.as_ref(), "when", inside, hint)?;
    condition::condition(when, reader).map(Some)
}

/// Keys about a table of holds, where none is named.
fn refuse_table_keys(table: &HoldTable, reader: &mut Reader<'_>) -> Option<()> {
    let places: [(&str, Option<Span>); 4] = [
        ("columns", table.columns.as_ref().map(|one| one.at)),
        (
            "parent-columns",
            table.parent_columns.as_ref().map(|one| one.at),
        ),
        ("as-text", table.as_text.as_ref().map(|one| one.at)),
        ("until", table.until.as_ref().map(|one| one.at)),
    ];
    let mut fits = Some(());
    for (key, at) in places {
        if let Some(at) = at {
            let fault = Fault::error(at, format!("`{key}` goes with a table of holds only"))
                .hint("name the table whose rows are holds: table = \"legal_hold\"");
            reader.push(fault);
            fits = None;
        }
    }
    fits
}

fn hold_table(
    name: &Located<String>,
    table: &HoldTable,
    reader: &mut Reader<'_>,
) -> Option<crate::schedule::HoldTable> {
    let name = reader.filled(name, "this table name");
    let columns = list(table.columns.as_ref(), reader);
    let parent_columns = list(table.parent_columns.as_ref(), reader);
    let until = match &table.until {
        None => Some(None),
        Some(start) => until(start, reader).map(Some),
    };
    let (columns, parent_columns) = (columns?, parent_columns?);
    let as_text = as_text(table.as_text.as_ref(), &columns, &parent_columns, reader)?;
    if let Some(written) = &table.parent_columns
        && as_text.is_none()
        && columns.len() != parent_columns.len()
    {
        let sentence = format!(
            "{} columns cannot name {}",
            columns.len(),
            parent_columns.len()
        );
        let hint = "`columns` and `parent-columns` name as many columns, in the same order";
        reader.push(Fault::error(written.at, sentence).hint(hint));
        return None;
    }
    Some(crate::schedule::HoldTable {
        table: name?,
        columns,
        parent_columns,
        as_text,
        until: until?,
    })
}

fn list(
    columns: Option<&Located<Vec<Located<String>>>>,
    reader: &mut Reader<'_>,
) -> Option<Vec<Located<String>>> {
    match columns {
        None => Some(Vec::new()),
        Some(columns) => column_list(columns, reader),
    }
}

/// A hold ends by a column of its own row.
fn until(
    start: &Located<crate::config::document::StartTable>,
    reader: &mut Reader<'_>,
) -> Option<StartColumn> {
    let table = &start.value;
    let others = table.latest.is_some()
        || table.earliest.is_some()
        || table.latest_of.is_some()
        || table.earliest_of.is_some()
        || table.via.is_some()
        || table.only.is_some()
        || table.if_none.is_some();
    let own = table
        .column
        .as_ref()
        .filter(|name| !name.value.contains('.'));
    let Some(name) = own.filter(|_| !others) else {
        let fault = Fault::error(start.at, "a hold ends by a column of its own row")
            .hint("write until = { column = \"ends_on\" }; `never`, `format`, `holds`, `time-zone` and `not-before` may stand beside it");
        reader.push(fault);
        return None;
    };
    column(name, table, reader)
}
