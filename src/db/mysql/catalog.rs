//! Putting the catalogue of MySQL or MariaDB together.

use std::collections::HashMap;

use crate::catalog::{
    Catalog, Column, Deletion, ForeignKey, Index, RelationKind, Storage, Table, TableName, Trigger,
};
use crate::sql::{Dialect, Sql, Value};

use super::super::Trouble;
use super::super::cells::Cells;
use super::super::facts::{only, text};
use super::{Link, kinds, read, rows};

/// Reads the catalogue of the connected database. What this user has no privilege on is not in the dictionary's
/// views: triggers need the privilege TRIGGER.
pub async fn catalog(link: &mut Link, _in_transaction: bool) -> Result<Catalog, Trouble> {
    let schema = text(&only(ask(link, "SELECT DATABASE()").await?)?, 0)?;
    let mut reading = Reading {
        schema,
        tables: Vec::new(),
        places: HashMap::new(),
    };
    reading.everything(link).await?;
    Ok(Catalog {
        default_schema: reading.schema,
        tables: reading.tables,
    })
}

async fn ask(link: &mut Link, text: &'static str) -> Result<Vec<Vec<Value>>, Trouble> {
    rows(link, &Sql::literal(link.dialect, text)).await
}

struct Reading {
    schema: String,
    tables: Vec<Table>,
    places: HashMap<String, usize>,
}

impl Reading {
    async fn everything(&mut self, link: &mut Link) -> Result<(), Trouble> {
        for row in ask(link, read::TABLES).await? {
            self.add_table(Cells::of(row))?;
        }
        for row in ask(link, read::COLUMNS).await? {
            self.add_column(Cells::of(row))?;
        }
        let deletions = deletions(ask(link, read::DELETIONS).await?)?;
        for row in ask(link, read::REFERENCES).await? {
            self.add_reference(Cells::of(row), &deletions)?;
        }
        self.add_indexes(ask(link, read::INDEXES).await?)?;
        for row in ask(link, read::TRIGGERS).await? {
            self.add_trigger(Cells::of(row))?;
        }
        let checks = match link.dialect {
            Dialect::Mariadb => read::CHECKS_MARIADB,
            _ => read::CHECKS_MYSQL,
        };
        for row in ask(link, checks).await? {
            let mut cells = Cells::of(row);
            let (table, check) = (cells.text()?, cells.text()?);
            if let Some(table) = self.table(&table) {
                table.checks.push(check);
            }
        }
        Ok(())
    }

    fn table(&mut self, name: &str) -> Option<&mut Table> {
        let place = *self.places.get(name)?;
        self.tables.get_mut(place)
    }

    fn add_table(&mut self, mut cells: Cells) -> Result<(), Trouble> {
        let (name, table_type, engine) = (cells.text()?, cells.text()?, cells.maybe_text()?);
        let rows = cells.maybe_int()?.and_then(|rows| u64::try_from(rows).ok());
        let made = cells.maybe_text()?.unwrap_or_default();
        let options = cells.maybe_text()?.unwrap_or_default();
        let relation = match table_type.as_str() {
            "VIEW" => RelationKind::View,
            "SYSTEM VERSIONED" => RelationKind::SystemVersioned,
            _ if options.contains("partitioned") => RelationKind::Partitioned,
            _ => RelationKind::Table,
        };
        self.places.insert(name.clone(), self.tables.len());
        self.tables.push(Table {
            name: TableName {
                schema: self.schema.clone(),
                table: name,
            },
            relation,
            storage: storage(engine),
            identity: made,
            rows_estimate: rows,
            pages: None,
            row_security: false,
            columns: Vec::new(),
            primary_key: Vec::new(),
            unique: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            triggers: Vec::new(),
            checks: Vec::new(),
            rewrite_rules: Vec::new(),
            children: Vec::new(),
            inherits: None,
        });
        Ok(())
    }

    fn add_column(&mut self, mut cells: Cells) -> Result<(), Trouble> {
        let (table, name) = (cells.text()?, cells.text()?);
        let (data_type, sql_type) = (cells.text()?, cells.text()?);
        let nullable = cells.text()? == "YES";
        let preset = cells.maybe_text()?;
        let extra = cells.text()?.to_ascii_lowercase();
        let length = cells.maybe_int()?;
        let collation = cells.maybe_text()?;
        let generated = cells.maybe_text()?.is_some_and(|text| !text.is_empty());
        let column = Column {
            kind: kinds::kind(&data_type, &sql_type),
            length_max: length
                .filter(|_| matches!(data_type.as_str(), "char" | "varchar"))
                .and_then(|length| u32::try_from(length).ok()),
            enum_values: kinds::enum_values(&sql_type),
            name,
            sql_type,
            nullable,
            generated,
            // MariaDB writes a default of NULL as the word.
            has_default: !generated
                && (preset.is_some_and(|preset| preset != "NULL")
                    || extra.contains("auto_increment")),
            collation,
            on_update_now: extra.contains("on update"),
        };
        if let Some(table) = self.table(&table) {
            table.columns.push(column);
        }
        Ok(())
    }

    fn add_reference(
        &mut self,
        mut cells: Cells,
        deletions: &HashMap<(String, String), Deletion>,
    ) -> Result<(), Trouble> {
        let (child, name, column) = (cells.text()?, cells.text()?, cells.text()?);
        let parent = TableName {
            schema: cells.text()?,
            table: cells.text()?,
        };
        let parent_column = cells.text()?;
        let at = (child, name);
        let on_delete = deletions.get(&at).copied().unwrap_or(Deletion::NoAction);
        let (child, name) = at;
        let Some(table) = self.table(&child) else {
            return Ok(());
        };
        match table.foreign_keys.last_mut() {
            Some(key) if key.name == name => {
                key.columns.push(column);
                key.parent_columns.push(parent_column);
            }
            _ => table.foreign_keys.push(ForeignKey {
                name,
                columns: vec![column],
                parent,
                parent_columns: vec![parent_column],
                on_delete,
                deferred: false,
                enforced: true,
                text: None,
            }),
        }
        Ok(())
    }

    /// An index on an expression or on a prefix of a text is left out as a whole.
    fn add_indexes(&mut self, rows: Vec<Vec<Value>>) -> Result<(), Trouble> {
        let mut found: Vec<Found> = Vec::new();
        for row in rows {
            let mut cells = Cells::of(row);
            let (table, name) = (cells.text()?, cells.text()?);
            let unique = !cells.truth()?;
            let column = cells.maybe_text()?;
            let plain = cells.maybe_int()?.is_none() && cells.text()? == "BTREE";
            if !matches!(found.last(), Some(last) if last.table == table && last.name == name) {
                found.push(Found {
                    table,
                    name,
                    unique,
                    columns: Some(Vec::new()),
                });
            }
            if let Some(last) = found.last_mut() {
                let column = column.filter(|_| plain);
                last.columns = last.columns.take().zip(column).map(|(mut all, one)| {
                    all.push(one);
                    all
                });
            }
        }
        for one in found {
            self.add_index(one);
        }
        Ok(())
    }

    fn add_index(&mut self, found: Found) {
        let (Some(columns), Some(table)) = (found.columns, self.table(&found.table)) else {
            return;
        };
        if found.name == "PRIMARY" {
            table.primary_key.clone_from(&columns);
        }
        if found.unique {
            table.unique.push(columns.clone());
        }
        table.indexes.push(Index {
            name: found.name,
            columns,
        });
    }

    fn add_trigger(&mut self, mut cells: Cells) -> Result<(), Trouble> {
        let (table, name) = (cells.text()?, cells.text()?);
        let (event, timing) = (cells.text()?, cells.text()?);
        // Without the privilege TRIGGER the server tells that there is one, and not what it does.
        let definition = cells.maybe_text()?.unwrap_or_default();
        let trigger = Trigger {
            name,
            on_delete: event.contains("DELETE"),
            on_update: event.contains("UPDATE"),
            before: timing == "BEFORE",
            per_row: true,
            definition: format!("{timing} {event} {definition}"),
        };
        if let Some(table) = self.table(&table) {
            table.triggers.push(trigger);
        }
        Ok(())
    }
}

/// An index as its rows are read; without columns once one of them is not a plain column.
struct Found {
    table: String,
    name: String,
    unique: bool,
    columns: Option<Vec<String>>,
}

fn storage(engine: Option<String>) -> Storage {
    match engine {
        Some(engine) if engine == "InnoDB" => Storage::InnoDb,
        other => Storage::NotTransactional(other.unwrap_or_else(|| "none".to_owned())),
    }
}

fn deletions(rows: Vec<Vec<Value>>) -> Result<HashMap<(String, String), Deletion>, Trouble> {
    let pairs = rows.into_iter().map(|row| {
        let mut cells = Cells::of(row);
        let at = (cells.text()?, cells.text()?);
        let deletion = match cells.text()?.as_str() {
            "CASCADE" => Deletion::Cascade,
            "SET NULL" => Deletion::SetNull,
            "SET DEFAULT" => Deletion::SetDefault,
            "RESTRICT" => Deletion::Restrict,
            _ => Deletion::NoAction,
        };
        Ok((at, deletion))
    });
    pairs.collect()
}
