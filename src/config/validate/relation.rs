//! References and keys that the schema does not declare.

use crate::config::document::{KeyTable, RelationTable};
use crate::diagnostic::{Fault, Located};
use crate::schedule::{DeclaredKey, DeclaredRelation};

use super::as_text::as_text;
use super::condition;
use super::reader::{Inside, Reader};

/// One declared reference.
pub(super) fn relation(
    table: &Located<RelationTable>,
    reader: &mut Reader<'_>,
) -> Option<DeclaredRelation> {
    let inside = Inside {
        what: "relation",
        at: table.at,
    };
    let child_hint = "name the table that refers: child = \"note\"";
    let child = reader
        .required(table.child.as_ref(), "child", inside, child_hint)
        .and_then(|text| reader.filled(text, "this table name"));
    let columns_hint = "name the columns that hold the reference: columns = [\"subject_id\"]";
    let columns = reader.required(table.columns.as_ref(), "columns", inside, columns_hint);
    let columns = columns.and_then(|list| column_list(list, reader));
    let parent_hint = "name the table that is referred to: parent = \"application\"";
    let parent = reader
        .required(table.parent.as_ref(), "parent", inside, parent_hint)
        .and_then(|text| reader.filled(text, "this table name"));
    let list = table.parent_columns.as_ref();
    let list_hint = "name the parent's columns: parent-columns = [\"id\"]";
    let parent_columns = reader.required(list, "parent-columns", inside, list_hint);
    let parent_columns = parent_columns.and_then(|list| column_list(list, reader));
    let when = condition::optional(table.when.as_ref(), reader);
    let (columns, parent_columns) = (columns?, parent_columns?);
    let as_text = as_text(table.as_text.as_ref(), &columns, &parent_columns, reader)?;
    if as_text.is_none() && columns.len() != parent_columns.len() {
        let sentence = format!(
            "{} columns cannot refer to {}",
            columns.len(),
            parent_columns.len()
        );
        let at = list.map_or(table.at, |list| list.at);
        let hint = "`columns` and `parent-columns` name as many columns, in the same order; a key of several columns that one \
                    text holds is declared by its form, as-text = \"{tenant_id}/{number}\"";
        reader.push(Fault::error(at, sentence).hint(hint));
        return None;
    }
    Some(DeclaredRelation {
        child: child?,
        columns,
        parent: parent?,
        parent_columns,
        as_text,
        when: when?,
    })
}

/// One declared key.
pub(super) fn key(table: &Located<KeyTable>, reader: &mut Reader<'_>) -> Option<DeclaredKey> {
    let inside = Inside {
        what: "key",
        at: table.at,
    };
    let hint = "name the table that has no primary key: table = \"visit\"";
    let of = reader
        .required(table.table.as_ref(), "table", inside, hint)
        .and_then(|text| reader.filled(text, "this table name"));
    let hint = "name the columns that identify a row: columns = [\"person_id\", \"entered_at\"]";
    let columns = reader
        .required(table.columns.as_ref(), "columns", inside, hint)
        .and_then(|list| column_list(list, reader));
    Some(DeclaredKey {
        table: of?,
        columns: columns?,
    })
}

/// A list of column names: not empty, each filled, none twice.
pub(super) fn column_list(
    list: &Located<Vec<Located<String>>>,
    reader: &mut Reader<'_>,
) -> Option<Vec<Located<String>>> {
    if list.value.is_empty() {
        let fault = Fault::error(list.at, "this list of columns is empty");
        reader.push(fault.hint("name at least one column"));
        return None;
    }
    reader.unique(
        list.value.iter(),
        |name| format!("the column \"{name}\" is named twice"),
        "name each column once",
    );
    let names: Vec<_> = list
        .value
        .iter()
        .map(|name| reader.filled(name, "this column name"))
        .collect();
    names.into_iter().collect()
}
