//! The statements that retention needs, over one target table.

use crate::catalog::{Column, ColumnKind, TableName};

use super::{Alias, Dialect, Expr, Is, Sql, Value};

/// The table a statement is about, and the columns that identify its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub table: TableName,
    pub key: Vec<Column>,
}

/// One thing that a SELECT or a RETURNING gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A column of the row; read natively where its kind allows it, else as text.
    Column(Column),
    Count,
    /// How many of the rows meet a condition as well.
    CountThat(Expr),
    /// The least value of an expression, as text (integers as they are).
    Least(Expr),
    Greatest(Expr),
    /// All values of a whole-number column in one text, with commas between: read at once, not row by row.
    Joined(Column),
    One,
    /// PostgreSQL: the page of the heap on which the row's version lies.
    Page,
    /// PostgreSQL: the bytes that a column's value takes, compressed if it is.
    Bytes(Column),
    /// A value as text, whatever its type is.
    Text(Expr),
    /// A column's value as text by which two values of it are told apart: bytes as hexadecimal digits.
    Exact(Column),
    /// 1 where a condition is true, 0 where it is false, NULL where it is NULL.
    Truth(Expr),
}

/// How a SELECT locks the rows it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    None,
    /// Nobody else may change or remove them.
    Share,
    /// Nobody else may change, remove or newly refer to them.
    Update,
}

/// The direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Up,
    Down,
}

impl Target {
    /// What a statement gives back to name the rows.
    #[must_use]
    pub fn key_items(&self) -> Vec<Item> {
        self.key.iter().cloned().map(Item::Column).collect()
    }
}

/// `SELECT items FROM table WHERE condition [ORDER BY columns] [LIMIT n [OFFSET m]] [lock]`.
#[must_use]
pub fn select(
    dialect: Dialect,
    table: &TableName,
    items: &[Item],
    condition: &Expr,
    order: Option<(&[Column], Order)>,
    limit: Option<(u64, u64)>,
    lock: Lock,
) -> Sql {
    let mut sql = Sql::new(dialect);
    sql.push("SELECT ");
    items_list(&mut sql, items);
    sql.push(" FROM ").table(table).push(" AS ");
    sql.alias(Alias::ROW).push(" WHERE ").expr(condition);
    if let Some((columns, order)) = order {
        sql.push(" ORDER BY ");
        sql.list(columns, ", ", |sql, column| {
            ordered(sql, column);
            if order == Order::Down {
                sql.push(" DESC");
            }
        });
    }
    if let Some((count, offset)) = limit {
        // Bound, so that the statement is the same one whatever the size of a batch is.
        let whole = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        sql.push(" LIMIT ").bind(whole(count));
        sql.push(" OFFSET ").bind(whole(offset));
    }
    lock_clause(&mut sql, lock);
    sql
}

/// A column in the order in which its values compare with bound ones: MySQL sorts an enumeration by its numbers and
/// compares it with a text by its text.
fn ordered(sql: &mut Sql, column: &Column) {
    let by_text = sql.dialect().is_mysql_family()
        && matches!(column.kind, ColumnKind::Enum | ColumnKind::Other);
    if by_text {
        sql.push("CONCAT(");
    }
    sql.column(Alias::ROW, &column.name);
    if by_text {
        sql.push(")");
    }
}

fn lock_clause(sql: &mut Sql, lock: Lock) {
    match (sql.dialect(), lock) {
        // SQLite has one writer: BEGIN IMMEDIATE is the lock.
        (_, Lock::None) | (Dialect::Sqlite, _) => {}
        (Dialect::Postgres, Lock::Share) => {
            sql.push(" FOR SHARE OF ").alias(Alias::ROW);
        }
        (Dialect::Postgres, Lock::Update) => {
            sql.push(" FOR UPDATE OF ").alias(Alias::ROW);
        }
        // MariaDB knows only the older spelling; MySQL 8 knows both.
        (_, Lock::Share) => {
            sql.push(" LOCK IN SHARE MODE");
        }
        (_, Lock::Update) => {
            sql.push(" FOR UPDATE");
        }
    }
}

/// `DELETE FROM target WHERE condition [RETURNING key]`; answers with the keys where the dialect can.
#[must_use]
pub fn delete(dialect: Dialect, target: &Target, condition: &Expr) -> Sql {
    let mut sql = delete_untold(dialect, target, condition);
    if dialect.delete_returns() {
        returning(&mut sql, target);
    }
    sql
}

fn returning(sql: &mut Sql, target: &Target) {
    sql.push(" RETURNING ");
    // SQLite knows no alias here, and MariaDB none before 11.6; there is only one table to mean.
    sql.list(&target.key, ", ", |sql, column| {
        readable(sql, column, |sql| {
            sql.ident(&column.name);
        });
    });
}

/// The same of rows whose key is one whole number, on PostgreSQL, which hands over the keys at its end anyway: one row
/// says how many, and has all keys as one text.
#[must_use]
pub fn delete_joined(target: &Target, key: &Column, condition: &Expr) -> Sql {
    let mut sql = Sql::new(Dialect::Postgres);
    sql.push("WITH gone AS (");
    delete_from(&mut sql, target, condition);
    returning(&mut sql, target);
    sql.push(") SELECT count(*), string_agg(CAST(")
        .ident(&key.name)
        .push(" AS text), ',') FROM gone");
    sql
}

/// `DELETE FROM target WHERE condition`; answers with the number of rows.
#[must_use]
pub fn delete_untold(dialect: Dialect, target: &Target, condition: &Expr) -> Sql {
    let mut sql = Sql::new(dialect);
    delete_from(&mut sql, target, condition);
    sql
}

fn delete_from(sql: &mut Sql, target: &Target, condition: &Expr) {
    sql.push("DELETE FROM ").table(&target.table);
    if sql.dialect().is_mysql_family() {
        sql.name_target(&target.table.table);
    } else {
        sql.push(" AS ").alias(Alias::ROW);
    }
    sql.push(" WHERE ").expr(condition);
}

/// `UPDATE target SET column = value, … WHERE condition`. Answers with nothing: what was changed is read back.
#[must_use]
pub fn update(dialect: Dialect, target: &Target, set: &[(Column, Value)], condition: &Expr) -> Sql {
    let mut sql = Sql::new(dialect);
    sql.push("UPDATE ").table(&target.table).push(" AS ");
    sql.alias(Alias::ROW);
    set_where(&mut sql, set, condition);
    sql
}

fn set_where(sql: &mut Sql, set: &[(Column, Value)], condition: &Expr) {
    let dialect = sql.dialect();
    sql.push(" SET ");
    sql.list(set, ", ", |sql, (column, value)| {
        sql.ident(&column.name).push(" = ");
        if *value == Value::Null {
            // Bound, it would have a type, and PostgreSQL takes no text for a number.
            sql.push("NULL");
        } else {
            sql.expr(&Expr::Value(value.clone(), column.cast_for(dialect)));
        }
    });
    sql.push(" WHERE ").expr(condition);
}

/// As [`update`], and answers with what is asked of each row as it is now. Not on MySQL and MariaDB.
#[must_use]
pub fn update_telling(
    dialect: Dialect,
    target: &Target,
    set: &[(Column, Value)],
    condition: &Expr,
    told: &[Item],
) -> Sql {
    let mut sql = Sql::new(dialect);
    sql.push("UPDATE ").table(&target.table);
    if dialect == Dialect::Sqlite {
        // What it answers with knows no alias.
        sql.name_target(&target.table.table);
    } else {
        sql.push(" AS ").alias(Alias::ROW);
    }
    set_where(&mut sql, set, condition);
    sql.push(" RETURNING ");
    items_list(&mut sql, told);
    sql
}

fn items_list(sql: &mut Sql, items: &[Item]) {
    sql.list(items, ", ", |sql, item| match item {
        Item::Column(column) => readable(sql, column, |sql| {
            sql.column(Alias::ROW, &column.name);
        }),
        Item::Count => {
            sql.push("COUNT(*)");
        }
        Item::CountThat(condition) => {
            sql.push("COUNT(CASE WHEN ")
                .expr(condition)
                .push(" THEN 1 END)");
        }
        Item::One => {
            sql.push("1");
        }
        // A tid is a pair in brackets, and so is a point: there is no other way from one to a number.
        Item::Page => {
            sql.push("CAST((CAST(CAST(").alias(Alias::ROW);
            sql.push(".ctid AS text) AS point))[0] AS bigint)");
        }
        Item::Bytes(column) => {
            sql.push("pg_column_size(").column(Alias::ROW, &column.name);
            sql.push(")");
        }
        Item::Joined(column) => {
            sql.push("group_concat(").column(Alias::ROW, &column.name);
            sql.push(")");
        }
        Item::Least(expr) => aggregate(sql, "MIN(", expr),
        Item::Greatest(expr) => aggregate(sql, "MAX(", expr),
        Item::Text(expr) => aggregate(sql, "(", expr),
        Item::Exact(column) => exact(sql, column),
        Item::Truth(expr) => {
            sql.push("CASE WHEN ").expr(&expr.clone().is(Is::True));
            sql.push(" THEN 1 WHEN ").expr(&expr.clone().is(Is::False));
            sql.push(" THEN 0 END");
        }
    });
}

fn aggregate(sql: &mut Sql, function: &'static str, expr: &Expr) {
    sql.push("CAST(").push(function).expr(expr);
    sql.push(match sql.dialect() {
        Dialect::Postgres | Dialect::Sqlite => ") AS text)",
        Dialect::Mysql | Dialect::Mariadb => ") AS char)",
    });
}

/// No database has a text of every sequence of bytes.
fn exact(sql: &mut Sql, column: &Column) {
    let bytes = column.kind == ColumnKind::Bytes;
    match sql.dialect() {
        // A column of any type may hold some.
        Dialect::Sqlite => {
            sql.push("CASE typeof(").column(Alias::ROW, &column.name);
            sql.push(") WHEN 'blob' THEN hex(")
                .column(Alias::ROW, &column.name);
            sql.push(") ELSE CAST(").column(Alias::ROW, &column.name);
            sql.push(" AS text) END");
        }
        Dialect::Postgres if bytes => {
            sql.push("encode(").column(Alias::ROW, &column.name);
            sql.push(", 'hex')");
        }
        Dialect::Mysql | Dialect::Mariadb if bytes => {
            sql.push("HEX(").column(Alias::ROW, &column.name);
            sql.push(")");
        }
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => {
            aggregate(sql, "(", &Expr::column(Alias::ROW, &column.name));
        }
    }
}

/// A column as it can be read: natively, or as text.
fn readable(sql: &mut Sql, column: &Column, name: impl FnOnce(&mut Sql)) {
    if column.kind.is_native() || sql.dialect() == Dialect::Sqlite {
        name(sql);
        return;
    }
    sql.push("CAST(");
    name(sql);
    sql.push(match sql.dialect() {
        Dialect::Postgres | Dialect::Sqlite => " AS text)",
        Dialect::Mysql | Dialect::Mariadb => " AS char)",
    });
}

impl Column {
    /// The type to which a bound value is cast so that it is compared and stored as this column's own; `None` where
    /// the value is bound natively.
    #[must_use]
    pub fn cast_for(&self, dialect: Dialect) -> Option<String> {
        match dialect {
            Dialect::Postgres => match self.kind {
                // Read as a text, and so compared as one that is cast back.
                ColumnKind::Boolean => Some(self.sql_type.clone()),
                ColumnKind::Integer | ColumnKind::Bytes => None,
                ColumnKind::Text => self.text_cast(),
                _ => Some(self.sql_type.clone()),
            },
            // MySQL compares a date with a text as dates and an enumeration by its text, but a decimal with a text
            // as floating-point numbers.
            Dialect::Mysql | Dialect::Mariadb => match self.kind {
                ColumnKind::Decimal => {
                    // `decimal(10,2) unsigned` is a type of columns and not of casts.
                    let end = self
                        .sql_type
                        .find(')')
                        .map_or(self.sql_type.len(), |at| at + 1);
                    Some(self.sql_type[..end].to_owned())
                }
                _ => None,
            },
            Dialect::Sqlite => None,
        }
    }

    /// A cast to a text of bounded length cuts silently what is too long, and would make different texts equal;
    /// PostgreSQL's `char(n)` without a length compares as itself and uses its index.
    fn text_cast(&self) -> Option<String> {
        if self.sql_type == "text" || self.sql_type.starts_with("character varying") {
            None
        } else if self.sql_type.starts_with("character") {
            Some("bpchar".to_owned())
        } else {
            Some(self.sql_type.clone())
        }
    }
}
