//! Putting SQLite's catalogue together.

use std::collections::HashMap;

use crate::catalog::{
    Catalog, Column, Deletion, ForeignKey, Index, RelationKind, Storage, Table, TableName, Trigger,
};
use crate::sql::{Dialect, Sql, Value};

use super::super::Trouble;
use super::super::cells::Cells;
use super::{Link, declared, read, rows, tokens};

const MAIN: &str = "main";

/// Reads the catalogue of the file itself; attached and temporary tables are not part of it.
pub async fn catalog(link: &mut Link, _in_transaction: bool) -> Result<Catalog, Trouble> {
    let mut reading = Reading::default();
    for row in ask(link, read::TABLES).await? {
        reading.add_table(Cells::of(row))?;
    }
    reading.add_columns(ask(link, read::COLUMNS).await?)?;
    // A view that is broken is no reason to know nothing.
    if let Ok(rows) = ask(link, read::VIEW_COLUMNS).await {
        reading.add_columns(rows)?;
    }
    reading.add_indexes(ask(link, read::INDEXES).await?)?;
    reading.name_rowids();
    reading.add_references(ask(link, read::REFERENCES).await?)?;
    for row in ask(link, read::TRIGGERS).await? {
        reading.add_trigger(Cells::of(row))?;
    }
    Ok(Catalog {
        default_schema: MAIN.to_owned(),
        tables: reading.tables,
    })
}

async fn ask(link: &mut Link, text: &'static str) -> Result<Vec<Vec<Value>>, Trouble> {
    rows(link, &Sql::literal(Dialect::Sqlite, text)).await
}

/// The tables so far, found by their names in lower case: SQLite's names are without regard to it, and a reference
/// may be written otherwise than its table.
#[derive(Default)]
struct Reading {
    tables: Vec<Table>,
    places: HashMap<String, usize>,
    /// The statement of each table.
    texts: Vec<String>,
    /// Whether an index was made for its primary key.
    keyed_by_index: Vec<bool>,
}

impl Reading {
    fn place(&self, name: &str) -> Option<usize> {
        self.places.get(&name.to_ascii_lowercase()).copied()
    }

    fn table(&mut self, name: &str) -> Option<&mut Table> {
        let place = self.place(name)?;
        self.tables.get_mut(place)
    }

    fn add_table(&mut self, mut cells: Cells) -> Result<(), Trouble> {
        let (name, kind, without_rowid) = (cells.text()?, cells.text()?, cells.truth()?);
        let root = cells.maybe_int()?.unwrap_or_default();
        let text = cells.maybe_text()?.unwrap_or_default();
        let relation = match kind.as_str() {
            "view" => RelationKind::View,
            "virtual" => RelationKind::Virtual,
            _ => RelationKind::Table,
        };
        let check = relation == RelationKind::Table && tokens::has(&text, "CHECK");
        self.places
            .insert(name.to_ascii_lowercase(), self.tables.len());
        self.tables.push(Table {
            name: TableName {
                schema: MAIN.to_owned(),
                table: name,
            },
            relation,
            storage: match without_rowid {
                true => Storage::WithoutRowid,
                false => Storage::Rowid { alias: None },
            },
            checks: check.then(|| text.clone()).into_iter().collect(),
            identity: root.to_string(),
            columns: Vec::new(),
            primary_key: Vec::new(),
            unique: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            triggers: Vec::new(),
            rewrite_rules: Vec::new(),
            row_security: false,
            children: Vec::new(),
            inherits: None,
            rows_estimate: None,
            pages: None,
        });
        self.texts.push(text);
        self.keyed_by_index.push(false);
        Ok(())
    }

    fn add_columns(&mut self, rows: Vec<Vec<Value>>) -> Result<(), Trouble> {
        let mut keys: HashMap<String, Vec<(i64, String)>> = HashMap::new();
        for row in rows {
            let mut cells = Cells::of(row);
            let (table, name, sql_type) = (cells.text()?, cells.text()?, cells.text()?);
            let (required, preset) = (cells.truth()?, cells.truth()?);
            let (in_key, hidden) = (cells.int()?, cells.int()?);
            if in_key > 0 {
                keys.entry(table.clone())
                    .or_default()
                    .push((in_key, name.clone()));
            }
            let Some(found) = self.table(&table) else {
                continue;
            };
            // 1 is hidden in a virtual table, 2 and 3 are generated.
            if hidden == 1 {
                continue;
            }
            let generated = hidden > 1;
            found
                .columns
                .push(column(name, sql_type, !required, generated, preset));
        }
        for (table, mut key) in keys {
            key.sort_unstable();
            if let Some(table) = self.table(&table) {
                table.primary_key = key.into_iter().map(|(_, name)| name).collect();
            }
        }
        Ok(())
    }

    /// An index with an expression or the rowid among its columns is left out as a whole.
    fn add_indexes(&mut self, rows: Vec<Vec<Value>>) -> Result<(), Trouble> {
        let mut found: Vec<Found> = Vec::new();
        for row in rows {
            let mut cells = Cells::of(row);
            let (table, name, unique) = (cells.text()?, cells.text()?, cells.truth()?);
            let primary = cells.text()? == "pk";
            let column = cells.maybe_text()?;
            if !matches!(found.last(), Some(last) if last.table == table && last.name == name) {
                found.push(Found {
                    table,
                    name,
                    unique,
                    primary,
                    columns: Some(Vec::new()),
                });
            }
            if let Some(last) = found.last_mut() {
                last.columns = last.columns.take().zip(column).map(|(mut all, one)| {
                    all.push(one);
                    all
                });
            }
        }
        for one in found {
            let (Some(place), Some(columns)) = (self.place(&one.table), one.columns) else {
                continue;
            };
            self.keyed_by_index[place] |= one.primary;
            let table = &mut self.tables[place];
            if one.unique {
                table.unique.push(columns.clone());
            }
            table.indexes.push(Index {
                name: one.name,
                columns,
            });
        }
        Ok(())
    }

    /// A primary key for which no index was made is the rowid itself, and the table is its index. (`INTEGER PRIMARY
    /// KEY DESC` looks like it and is not: it has an index of its own.)
    fn name_rowids(&mut self) {
        for (table, keyed) in self.tables.iter_mut().zip(&self.keyed_by_index) {
            if table.relation != RelationKind::Table || table.primary_key.is_empty() {
                continue;
            }
            let key = table.primary_key.clone();
            if table.storage == Storage::WithoutRowid {
                require(table, &key);
            } else if !keyed && key.len() == 1 {
                require(table, &key);
                table.unique.insert(0, key.clone());
                table.indexes.push(Index {
                    name: "rowid".to_owned(),
                    columns: key.clone(),
                });
                table.storage = Storage::Rowid {
                    alias: key.into_iter().next(),
                };
            }
        }
    }

    fn add_references(&mut self, rows: Vec<Vec<Value>>) -> Result<(), Trouble> {
        for row in rows {
            let mut cells = Cells::of(row);
            let (child, number) = (cells.text()?, cells.int()?);
            let (parent, column) = (cells.text()?, cells.text()?);
            let to = cells.maybe_text()?;
            let on_delete = deletion(&cells.text()?);
            let Some(place) = self.place(&child) else {
                continue;
            };
            let name = format!("{child}.{number}");
            let column = self.spelled(&child, column);
            if !matches!(self.tables[place].foreign_keys.last(), Some(last) if last.name == name) {
                let key = ForeignKey {
                    name,
                    columns: Vec::new(),
                    parent: self.named(&parent),
                    parent_columns: Vec::new(),
                    on_delete,
                    // Kept only in the text, and there for the table as a whole: rather one too many.
                    deferred: tokens::has_pair(&self.texts[place], "INITIALLY", "DEFERRED"),
                    enforced: true,
                    text: None,
                };
                self.tables[place].foreign_keys.push(key);
            }
            let to = to.map(|to| self.spelled(&parent, to));
            let of_key = self
                .place(&parent)
                .map(|place| self.tables[place].primary_key.clone());
            if let Some(key) = self.tables[place].foreign_keys.last_mut() {
                let to = to.or_else(|| of_key?.get(key.columns.len()).cloned());
                key.columns.push(column);
                key.parent_columns.extend(to);
            }
        }
        // SQLite lists the last declared first.
        for table in &mut self.tables {
            table.foreign_keys.reverse();
        }
        Ok(())
    }

    /// The name of a table as the table itself has it.
    fn named(&self, table: &str) -> TableName {
        match self.place(table) {
            Some(place) => self.tables[place].name.clone(),
            None => TableName {
                schema: MAIN.to_owned(),
                table: table.to_owned(),
            },
        }
    }

    /// The name of a column as its table has it.
    fn spelled(&self, table: &str, column: String) -> String {
        self.place(table)
            .and_then(|place| {
                let mut columns = self.tables[place].columns.iter();
                columns.find(|one| one.name.eq_ignore_ascii_case(&column))
            })
            .map_or(column, |found| found.name.clone())
    }

    fn add_trigger(&mut self, mut cells: Cells) -> Result<(), Trouble> {
        let (table, name, definition) = (cells.text()?, cells.text()?, cells.text()?);
        let firing = tokens::firing(&definition);
        if let Some(table) = self.table(&table) {
            table.triggers.push(Trigger {
                name,
                on_delete: firing.on_delete,
                on_update: firing.on_update,
                before: firing.before,
                per_row: true,
                definition,
            });
        }
        Ok(())
    }
}

/// An index as its rows are read; without columns once one of them is not a plain column.
struct Found {
    table: String,
    name: String,
    unique: bool,
    primary: bool,
    columns: Option<Vec<String>>,
}

fn require(table: &mut Table, key: &[String]) {
    for column in &mut table.columns {
        column.nullable &= !key.contains(&column.name);
    }
}

fn column(name: String, sql_type: String, nullable: bool, generated: bool, preset: bool) -> Column {
    Column {
        kind: declared::kind(&sql_type),
        length_max: declared::length_max(&sql_type),
        name,
        sql_type,
        nullable,
        generated,
        has_default: preset && !generated,
        enum_values: Vec::new(),
        collation: None,
        on_update_now: false,
    }
}

fn deletion(rule: &str) -> Deletion {
    match rule {
        "CASCADE" => Deletion::Cascade,
        "SET NULL" => Deletion::SetNull,
        "SET DEFAULT" => Deletion::SetDefault,
        "RESTRICT" => Deletion::Restrict,
        _ => Deletion::NoAction,
    }
}
