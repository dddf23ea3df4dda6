//! Putting PostgreSQL's catalogue together.

use std::collections::HashMap;

use crate::catalog::{
    Catalog, Column, Deletion, ForeignKey, Index, RelationKind, Storage, Table, TableName, Trigger,
};
use crate::sql::{Dialect, Sql, Value};

use super::super::Trouble;
use super::super::cells::Cells;
use super::{Link, kinds, read, rows, run};

/// Reads the catalogue as of one moment.
pub async fn catalog(link: &mut Link, in_transaction: bool) -> Result<Catalog, Trouble> {
    if !in_transaction {
        run(link, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    }
    let read = read_all(link).await;
    if !in_transaction {
        run(link, "ROLLBACK").await?;
    }
    read
}

async fn read_all(link: &mut Link) -> Result<Catalog, Trouble> {
    let mut path = ask(link, read::PATH).await?;
    let mut path = Cells::of(path.pop().unwrap_or_default());
    let (default_schema, search_path) = (path.text()?, path.text()?);
    let has_citus = path.truth()?;
    look_in(link, "").await?;
    let mut reading = Reading {
        has_citus,
        ..Reading::default()
    };
    let read = reading.everything(link).await;
    if read.is_ok() {
        look_in(link, &search_path).await?;
    }
    read.map(|()| Catalog {
        default_schema,
        tables: reading.tables,
    })
}

/// Sets the search path until the transaction ends.
async fn look_in(link: &mut Link, search_path: &str) -> Result<(), Trouble> {
    let mut sql = Sql::new(Dialect::Postgres);
    sql.push("SELECT set_config('search_path', ")
        .bind(Value::Text(search_path.to_owned()))
        .push(", true)");
    rows(link, &sql).await.map(|_| ())
}

async fn ask(link: &mut Link, text: &'static str) -> Result<Vec<Vec<Value>>, Trouble> {
    rows(link, &Sql::literal(Dialect::Postgres, text)).await
}

/// The tables so far, found by oid, and the names of their columns, found by number.
#[derive(Default)]
struct Reading {
    tables: Vec<Table>,
    places: HashMap<i64, usize>,
    columns: HashMap<(i64, i64), String>,
    has_citus: bool,
}

impl Reading {
    async fn everything(&mut self, link: &mut Link) -> Result<(), Trouble> {
        for row in ask(link, read::TABLES).await? {
            self.add_table(Cells::of(row))?;
        }
        let enums = enums(ask(link, read::ENUMS).await?)?;
        for row in ask(link, read::COLUMNS).await? {
            self.add_column(Cells::of(row), &enums)?;
        }
        for row in ask(link, read::CONSTRAINTS).await? {
            self.add_constraint(Cells::of(row))?;
        }
        for row in ask(link, read::INDEXES).await? {
            self.add_index(Cells::of(row))?;
        }
        for row in ask(link, read::TRIGGERS).await? {
            self.add_trigger(Cells::of(row))?;
        }
        for row in ask(link, read::RULES).await? {
            let mut cells = Cells::of(row);
            let (oid, name) = (cells.int()?, cells.text()?);
            if let Some(table) = self.table(oid) {
                table.rewrite_rules.push(name);
            }
        }
        for row in ask(link, read::INHERITANCE).await? {
            self.add_inheritance(Cells::of(row))?;
        }
        if self.has_citus {
            for row in ask(link, read::DISTRIBUTED).await? {
                if let Some(table) = self.table(Cells::of(row).int()?) {
                    table.relation = RelationKind::Distributed;
                }
            }
        }
        Ok(())
    }

    fn table(&mut self, oid: i64) -> Option<&mut Table> {
        let place = *self.places.get(&oid)?;
        self.tables.get_mut(place)
    }

    fn name(&self, oid: i64) -> Option<TableName> {
        let place = *self.places.get(&oid)?;
        self.tables.get(place).map(|table| table.name.clone())
    }

    /// The names of columns that are given by their numbers, as "1 2".
    fn names(&self, oid: i64, numbers: &str) -> Option<Vec<String>> {
        numbers
            .split(' ')
            .map(|number| self.columns.get(&(oid, number.parse().ok()?)).cloned())
            .collect()
    }

    fn add_table(&mut self, mut cells: Cells) -> Result<(), Trouble> {
        let oid = cells.int()?;
        let name = TableName {
            schema: cells.text()?,
            table: cells.text()?,
        };
        let relation = relation(&cells.text()?);
        let method = cells.maybe_text()?;
        self.places.insert(oid, self.tables.len());
        self.tables.push(Table {
            name,
            relation,
            storage: storage(relation, method),
            row_security: cells.truth()?,
            rows_estimate: cells.maybe_int()?.and_then(|rows| u64::try_from(rows).ok()),
            pages: cells
                .maybe_int()?
                .and_then(|pages| u64::try_from(pages).ok()),
            identity: oid.to_string(),
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

    fn add_column(
        &mut self,
        mut cells: Cells,
        enums: &HashMap<i64, Vec<String>>,
    ) -> Result<(), Trouble> {
        let (table, number) = (cells.int()?, cells.int()?);
        let (name, sql_type) = (cells.text()?, cells.text()?);
        let (own, base, typtype) = (cells.maybe_text()?, cells.text()?, cells.text()?);
        let (base_oid, modifier) = (cells.int()?, cells.int()?);
        let own = own.as_deref();
        let column = Column {
            name,
            sql_type,
            kind: kinds::kind(own, &base, &typtype),
            nullable: cells.truth()?,
            generated: cells.truth()?,
            has_default: cells.truth()?,
            length_max: kinds::length_max(own, modifier),
            enum_values: enums.get(&base_oid).cloned().unwrap_or_default(),
            collation: cells.maybe_text()?,
            on_update_now: false,
        };
        self.columns.insert((table, number), column.name.clone());
        if let Some(table) = self.table(table) {
            table.columns.push(column);
        }
        Ok(())
    }

    fn add_constraint(&mut self, mut cells: Cells) -> Result<(), Trouble> {
        let (oid, contype, name) = (cells.int()?, cells.text()?, cells.text()?);
        let (numbers, parent) = (cells.maybe_text()?, cells.int()?);
        let parent_numbers = cells.maybe_text()?;
        let on_delete = deletion(&cells.text()?);
        let (deferred, enforced) = (cells.truth()?, cells.truth()?);
        let check = cells.maybe_text()?;
        if contype == "c" {
            if let (Some(table), Some(check)) = (self.table(oid), check) {
                table.checks.push(check);
            }
            return Ok(());
        }
        let columns = self.names(oid, &numbers.unwrap_or_default());
        let parent_columns = self.names(parent, &parent_numbers.unwrap_or_default());
        if let (Some(columns), Some(parent), Some(parent_columns)) =
            (columns, self.name(parent), parent_columns)
            && let Some(table) = self.table(oid)
        {
            table.foreign_keys.push(ForeignKey {
                name,
                columns,
                parent,
                parent_columns,
                on_delete,
                deferred,
                enforced,
                text: None,
            });
        }
        Ok(())
    }

    fn add_index(&mut self, mut cells: Cells) -> Result<(), Trouble> {
        let (oid, name, numbers) = (cells.int()?, cells.text()?, cells.text()?);
        let keys = usize::try_from(cells.int()?).unwrap_or_default();
        let (unique, primary) = (cells.truth()?, cells.truth()?);
        let Some(mut columns) = self.names(oid, &numbers) else {
            return Ok(());
        };
        // What an index merely INCLUDEs is not part of its order.
        columns.truncate(keys);
        if let Some(table) = self.table(oid) {
            if primary {
                table.primary_key.clone_from(&columns);
            }
            if unique {
                table.unique.push(columns.clone());
            }
            table.indexes.push(Index { name, columns });
        }
        Ok(())
    }

    fn add_trigger(&mut self, mut cells: Cells) -> Result<(), Trouble> {
        let (oid, name, bits) = (cells.int()?, cells.text()?, cells.int()?);
        let trigger = Trigger {
            name,
            // The bits of pg_trigger.tgtype; INSTEAD OF counts as before, since the row may never be touched.
            per_row: bits & 1 != 0,
            before: bits & (2 | 64) != 0,
            on_delete: bits & 8 != 0,
            on_update: bits & 16 != 0,
            definition: cells.text()?,
        };
        if let Some(table) = self.table(oid) {
            table.triggers.push(trigger);
        }
        Ok(())
    }

    fn add_inheritance(&mut self, mut cells: Cells) -> Result<(), Trouble> {
        let child = (cells.int()?, named(&mut cells)?);
        let parent = (cells.int()?, named(&mut cells)?);
        if let Some(table) = self.table(parent.0) {
            table.children.push(child.1);
        }
        if let Some(table) = self.table(child.0) {
            table.inherits.get_or_insert(parent.1);
        }
        Ok(())
    }
}

fn named(cells: &mut Cells) -> Result<TableName, Trouble> {
    Ok(TableName {
        schema: cells.text()?,
        table: cells.text()?,
    })
}

fn enums(rows: Vec<Vec<Value>>) -> Result<HashMap<i64, Vec<String>>, Trouble> {
    let mut enums: HashMap<i64, Vec<String>> = HashMap::new();
    for row in rows {
        let mut cells = Cells::of(row);
        enums.entry(cells.int()?).or_default().push(cells.text()?);
    }
    Ok(enums)
}

fn relation(relkind: &str) -> RelationKind {
    match relkind {
        "p" => RelationKind::Partitioned,
        "v" | "m" => RelationKind::View,
        "f" => RelationKind::Foreign,
        _ => RelationKind::Table,
    }
}

fn storage(relation: RelationKind, method: Option<String>) -> Storage {
    match (relation, method) {
        (RelationKind::Foreign, _) => Storage::NotTransactional("foreign".to_owned()),
        (_, Some(method)) if method != "heap" => Storage::NotTransactional(method),
        _ => Storage::Heap,
    }
}

fn deletion(confdeltype: &str) -> Deletion {
    match confdeltype {
        "r" => Deletion::Restrict,
        "c" => Deletion::Cascade,
        "n" => Deletion::SetNull,
        "d" => Deletion::SetDefault,
        _ => Deletion::NoAction,
    }
}
