//! Rows that stay because they are the newest.

use std::num::NonZeroU32;

use crate::config::document::{KeepNewestTable, StartTable};
use crate::config::shape::TextOr;
use crate::diagnostic::{Fault, Located};
use crate::schedule::{KeepNewest, Start, StartColumn};

use super::reader::{Inside, Reader};
use super::start;

/// More rows of each group than this are no "newest".
const COUNT_MAX: u32 = 1_000;

/// Which rows always stay.
pub(super) fn newest(
    table: &Located<KeepNewestTable>,
    reader: &mut Reader<'_>,
) -> Option<KeepNewest> {
    let inside = Inside {
        what: "keep-newest",
        at: table.at,
    };
    let per_hint =
        "name the columns that make a group: per = [\"user_id\"]; an empty list is the whole table";
    let per = reader
        .required(table.per.as_ref(), "per", inside, per_hint)
        .and_then(|list| columns(&list.value, reader));
    let count = match &table.count {
        None => Some(NonZeroU32::MIN),
        Some(count) => counted(count, reader),
    };
    let by_hint = "name the column of dates by which a row is newer: by = \"logged_in_at\"";
    let by = reader
        .required(table.by.as_ref(), "by", inside, by_hint)
        .and_then(|by| dated(by, reader));
    Some(KeepNewest {
        per: per?,
        count: count?,
        by: by?,
    })
}

fn columns(list: &[Located<String>], reader: &mut Reader<'_>) -> Option<Vec<Located<String>>> {
    reader.unique(
        list.iter(),
        |name| format!("the column \"{name}\" is named twice"),
        "name each column once",
    );
    let names: Vec<_> = list
        .iter()
        .map(|name| reader.filled(name, "this column name"))
        .collect();
    names.into_iter().collect()
}

fn counted(count: &Located<i64>, reader: &mut Reader<'_>) -> Option<NonZeroU32> {
    let fits = u32::try_from(count.value)
        .ok()
        .filter(|count| *count <= COUNT_MAX)
        .and_then(NonZeroU32::new);
    if fits.is_none() {
        let sentence = format!("{} rows cannot be the newest of a group", count.value);
        let hint = format!("write a number from 1 to {COUNT_MAX}");
        reader.push(Fault::error(count.at, sentence).hint(hint));
    }
    fits
}

/// A column of the row itself.
fn dated(by: &Located<TextOr<Box<StartTable>>>, reader: &mut Reader<'_>) -> Option<StartColumn> {
    let table = match &by.value {
        TextOr::Text(name) => StartTable {
            column: Some(Located::new(name.clone(), by.at)),
            ..StartTable::default()
        },
        TextOr::Table(table) => (**table).clone(),
    };
    match start::start(&Located::new(table, by.at), reader)? {
        Start::Column(column) if column.table.is_none() => Some(column),
        _ => {
            let fault = Fault::error(by.at, "the newest rows are told by a column of their own");
            reader.push(fault.hint("name one column of the rule's table: by = \"logged_in_at\""));
            None
        }
    }
}
