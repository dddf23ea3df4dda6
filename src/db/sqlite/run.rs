//! Binding values, running statements, reading rows: SQLite.

use futures_util::StreamExt;
use sqlx::sqlite::{SqliteArguments, SqliteRow, SqliteValueRef};
use sqlx::{Arguments, Decode, Executor, Row, Sqlite, TypeInfo, ValueRef};

use crate::sql::{Bind, Sql, Value};

use super::super::trouble::Phase;
use super::super::{CACHED_BINDS_MAX, Shown, Trouble, text_of, unbindable, unreadable};
use super::{Link, trouble};

/// Runs a statement and reads its rows.
pub async fn rows(link: &mut Link, sql: &Sql) -> Result<Vec<Vec<Value>>, Trouble> {
    let mut rows = Vec::new();
    each_row(link, sql, |row| rows.push(row)).await?;
    Ok(rows)
}

/// Runs a statement and shows its rows one by one. It is read to its end whatever a row is like.
pub async fn each_row(
    link: &mut Link,
    sql: &Sql,
    mut see: impl FnMut(Vec<Value>),
) -> Result<(), Trouble> {
    let arguments = arguments(sql)?;
    link.clock.start();
    let mut stream = sqlx::query_with(text_of(sql, ""), arguments)
        .persistent(sql.binds().len() <= CACHED_BINDS_MAX)
        .fetch(&mut link.connection);
    let (mut outcome, mut shown) = (Ok(()), Shown::default());
    while let Some(row) = stream.next().await {
        let row = row
            .map_err(|error| trouble::of(&error, Phase::Running))
            .and_then(|row| read(&row));
        match row {
            Ok(row) => see(row),
            Err(trouble) => outcome = outcome.and(Err(trouble)),
        }
        shown.one_more().await;
    }
    drop(stream);
    link.clock.stop();
    outcome
}

/// Runs a statement.
pub async fn execute(link: &mut Link, sql: &Sql) -> Result<u64, Trouble> {
    let arguments = arguments(sql)?;
    link.clock.start();
    let done = sqlx::query_with(text_of(sql, ""), arguments)
        .persistent(sql.binds().len() <= CACHED_BINDS_MAX)
        .execute(&mut link.connection)
        .await;
    link.clock.stop();
    done.map(|done| done.rows_affected())
        .map_err(|error| trouble::of(&error, Phase::Running))
}

/// Runs a statement of ours that has no values and no rows.
pub async fn run(link: &mut Link, text: &'static str) -> Result<(), Trouble> {
    link.connection
        .execute(text)
        .await
        .map(|_| ())
        .map_err(|error| trouble::of(&error, Phase::Running))
}

fn arguments(sql: &Sql) -> Result<SqliteArguments, Trouble> {
    let mut arguments = SqliteArguments::default();
    for bind in sql.binds() {
        let Bind::One(value) = bind else {
            return Err(unbindable("a list as one value, which SQLite has not"));
        };
        match value {
            Value::Null => arguments.add(None::<String>),
            Value::Bool(truth) => arguments.add(i64::from(*truth)),
            Value::Int(int) => arguments.add(*int),
            Value::Unsigned(int) => match i64::try_from(*int) {
                Ok(int) => arguments.add(int),
                Err(_) => return Err(unbindable("a number above 2^63, which SQLite has not")),
            },
            Value::Text(text) => arguments.add(text.clone()),
            Value::Bytes(bytes) => arguments.add(bytes.clone()),
        }
        .map_err(|_| unbindable("a value"))?;
    }
    Ok(arguments)
}

fn read(row: &SqliteRow) -> Result<Vec<Value>, Trouble> {
    (0..row.len())
        .map(|column| {
            let value = row
                .try_get_raw(column)
                .map_err(|error| trouble::of(&error, Phase::Running))?;
            decode(value, column)
        })
        .collect()
}

/// By the storage class of the value: what a column declares binds nobody.
fn decode(value: SqliteValueRef<'_>, column: usize) -> Result<Value, Trouble> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let class = value.type_info().into_owned();
    let read = match class.name() {
        "INTEGER" => <i64 as Decode<Sqlite>>::decode(value).map(Value::Int),
        "TEXT" => <String as Decode<Sqlite>>::decode(value).map(Value::Text),
        "BLOB" => <Vec<u8> as Decode<Sqlite>>::decode(value).map(Value::Bytes),
        _ => return Err(unreadable(column, class.name())),
    };
    read.map_err(|_| unreadable(column, class.name()))
}
