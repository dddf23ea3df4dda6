//! What identifies a row.

use crate::catalog::{Column, ColumnKind, Storage, Table};
use crate::diagnostic::{Fault, Faults, Located, Span};
use crate::schedule::Rule;

use super::Surroundings;

/// The columns that identify a row: the primary key, else the declared key.
pub(super) fn bind(
    around: &Surroundings<'_>,
    rule: &Rule,
    table: &Table,
    faults: &mut Faults,
) -> Option<Vec<Column>> {
    if rule.key.is_empty() {
        let found = identifying(around, table, faults);
        if found.is_none() {
            let remedy = "name the columns that identify a row, as in key = [\"payment_id\"]";
            faults.push(missing(table, rule.table.at, remedy));
        }
        return found;
    }
    declared(&rule.key, table, faults)
}

/// The natural key of a table, else the one that the schedule declares for it.
pub(super) fn identifying(
    around: &Surroundings<'_>,
    table: &Table,
    faults: &mut Faults,
) -> Option<Vec<Column>> {
    natural(table).or_else(|| {
        let mut keys = around.database.keys.iter();
        let key = keys.find(|key| {
            let found = around.catalog.table(&key.table.value);
            found.is_some_and(|found| found.name == table.name)
        })?;
        declared(&key.columns, table, faults)
    })
}

fn declared(names: &[Located<String>], table: &Table, faults: &mut Faults) -> Option<Vec<Column>> {
    let mut columns = Vec::new();
    for name in names {
        match table.column(&name.value) {
            Some(column) => columns.push(column.clone()),
            None => faults.push_once(super::start::unknown_column(table, name)),
        }
    }
    if columns.len() == names.len() {
        unproven(names, table, &columns, faults);
        Some(columns)
    } else {
        None
    }
}

/// The columns by which a removed row is known again. Bytes are compared as text nowhere, and a key is given anew.
pub(super) fn recognised(rule: &Rule, table: &Table, faults: &mut Faults) -> Option<Vec<Column>> {
    let before = faults.errors();
    let mut columns = Vec::new();
    for name in &rule.recognised_by {
        match table.column(&name.value) {
            None => faults.push(super::start::unknown_column(table, name)),
            Some(column) if column.kind == ColumnKind::Bytes => {
                let sentence = format!("a row cannot be known again by {name}, which holds bytes");
                let hint =
                    "name columns of text, numbers or times that never change, such as created_at";
                faults.push(Fault::error(name.at, sentence).hint(hint));
            }
            Some(column) => columns.push(column.clone()),
        }
    }
    let of_key = |column: &Column| table.primary_key.contains(&column.name);
    if let Some(first) = rule.recognised_by.first()
        && columns.len() == rule.recognised_by.len()
        && columns.iter().all(of_key)
    {
        let sentence = "keys are given anew: by its key alone no row is known again";
        let hint = "name a column beside the key that never changes, such as created_at";
        faults.push(Fault::error(first.at, sentence).hint(hint));
    }
    let says_little = |column: &Column| {
        let coarse = [
            ColumnKind::Boolean,
            ColumnKind::Date,
            ColumnKind::Year,
            ColumnKind::Enum,
        ];
        of_key(column) || coarse.contains(&column.kind)
    };
    if let Some(first) = rule.recognised_by.first()
        && faults.errors() == before
        && columns.iter().all(says_little)
    {
        let sentence = "two rows that had one key may well be alike in these columns: one could go for the other";
        let hint = "name one beside them that tells rows apart, such as the moment of creation or an address";
        faults.push(Fault::warning(first.at, sentence).hint(hint));
    }
    (faults.errors() == before).then_some(columns)
}

/// The table has no key, or one that may be NULL: SQLite allows that in a primary key that is not declared NOT NULL.
pub(super) fn missing(table: &Table, at: Span, remedy: &str) -> Fault {
    let names = &table.primary_key;
    let inherited = !table.children.is_empty();
    if names.is_empty() || inherited {
        return Fault::error(at, format!("the table {} has no primary key", table.name))
            .hint(remedy);
    }
    let sentence = format!(
        "the primary key of {} ({}) may be NULL, and then identifies nothing",
        table.name,
        names.join(", ")
    );
    Fault::error(at, sentence).hint(format!(
        "declare its columns NOT NULL; or name them in the rule of the table, as in key = [\"{}\"]: each run counts \
         first whether a value is NULL or stands twice",
        names.join("\", \"")
    ))
}

/// A declared key that no unique index proves is proven by counting before each run (`plan` does it); a column that
/// can be NULL identifies nothing.
fn unproven(names: &[Located<String>], table: &Table, columns: &[Column], faults: &mut Faults) {
    let Some(first) = names.first() else {
        return;
    };
    if !is_proven(table, columns) {
        faults.push_once(
            Fault::warning(
                first.at,
                "no unique index proves this key: it is proven by counting before each run",
            )
            .hint("a unique index on these columns proves it once and for all"),
        );
    }
}

/// True where the catalogue itself proves that the columns identify a row.
#[must_use]
pub(super) fn is_proven(table: &Table, columns: &[Column]) -> bool {
    table.children.is_empty()
        && table.unique.iter().any(|unique| {
            unique.iter().all(|name| {
                columns
                    .iter()
                    .any(|column| &column.name == name && !column.nullable)
            })
        })
}

/// The primary key, or a set of columns that is unique and never NULL.
pub(super) fn natural(table: &Table) -> Option<Vec<Column>> {
    let inherited =
        !table.children.is_empty() && table.relation != crate::catalog::RelationKind::Partitioned;
    if inherited {
        // PostgreSQL: a primary key of the parent says nothing about the rows of the tables that inherit from it.
        return None;
    }
    let not_null = |name: &String| {
        table
            .column(name)
            .filter(|column| !column.nullable)
            .cloned()
    };
    let primary: Option<Vec<Column>> = (!table.primary_key.is_empty())
        .then(|| {
            table
                .primary_key
                .iter()
                .map(|name| table.column(name).cloned())
                .collect()
        })
        .flatten();
    // SQLite allows NULL in a primary key that is not the rowid's alias.
    let trusted = primary.filter(|columns| {
        !matches!(table.storage, Storage::Rowid { alias: None })
            || columns.iter().all(|column| !column.nullable)
    });
    trusted.or_else(|| {
        table
            .unique
            .iter()
            .find_map(|unique| unique.iter().map(not_null).collect())
    })
}
