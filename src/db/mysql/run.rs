//! Binding values, running statements, reading rows: MySQL and MariaDB.
//!
//! Every statement stays prepared: the server does not answer when one is closed, and what is sent next then waits for
//! up to 40 ms, because the driver leaves small packets to be delayed.

use futures_util::StreamExt;
use sqlx::mysql::{MySqlArguments, MySqlRow, MySqlValueRef};
use sqlx::{Arguments, Decode, Executor, MySql, Row, Type, TypeInfo, ValueRef};

use crate::sql::{Bind, Sql, Value};

use super::super::trouble::Phase;
use super::super::{Shown, Trouble, text_of, unbindable, unreadable};
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
    let mut stream = sqlx::query_with(text_of(sql, ""), arguments).fetch(&mut link.connection);
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
    outcome
}

/// Runs a statement. Without values it goes by the text protocol: not everything can be prepared.
pub async fn execute(link: &mut Link, sql: &Sql) -> Result<u64, Trouble> {
    let done = if sql.binds().is_empty() {
        link.connection.execute(text_of(sql, "")).await
    } else {
        sqlx::query_with(text_of(sql, ""), arguments(sql)?)
            .execute(&mut link.connection)
            .await
    };
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

fn arguments(sql: &Sql) -> Result<MySqlArguments, Trouble> {
    let mut arguments = MySqlArguments::default();
    for bind in sql.binds() {
        let Bind::One(value) = bind else {
            return Err(unbindable("a list as one value, which MySQL has not"));
        };
        match value {
            Value::Null => arguments.add(None::<String>),
            Value::Bool(truth) => arguments.add(*truth),
            Value::Int(int) => arguments.add(*int),
            Value::Unsigned(int) => arguments.add(*int),
            Value::Text(text) => arguments.add(text.as_str()),
            Value::Bytes(bytes) => arguments.add(bytes.as_slice()),
        }
        .map_err(|_| unbindable("a value"))?;
    }
    Ok(arguments)
}

fn read(row: &MySqlRow) -> Result<Vec<Value>, Trouble> {
    (0..row.len())
        .map(|column| {
            let value = row
                .try_get_raw(column)
                .map_err(|error| trouble::of(&error, Phase::Running))?;
            decode(value, column)
        })
        .collect()
}

/// By the type that came back. The type is looked at before NULL is: the driver calls a zero date NULL.
fn decode(value: MySqlValueRef<'_>, column: usize) -> Result<Value, Trouble> {
    let sql_type = value.type_info().into_owned();
    let name = sql_type.name();
    if matches!(name, "DATE" | "DATETIME" | "TIMESTAMP") {
        return Err(unreadable(column, name));
    }
    if value.is_null() {
        return Ok(Value::Null);
    }
    let read = match name {
        // BOOLEAN is what the driver calls TINYINT(1), which holds any small number.
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => {
            <i64 as Decode<MySql>>::decode(value).map(Value::Int)
        }
        "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
        | "BIGINT UNSIGNED" => <u64 as Decode<MySql>>::decode(value).map(unsigned),
        // It travels as text.
        "DECIMAL" => <&[u8] as Decode<MySql>>::decode(value)
            .map(|text| Value::Text(String::from_utf8_lossy(text).into_owned())),
        // The name of a type cannot tell text from bytes where the collation is binary by rule (utf8mb4_bin).
        _ if <str as Type<MySql>>::compatible(&sql_type) => {
            <String as Decode<MySql>>::decode(value).map(Value::Text)
        }
        _ if <[u8] as Type<MySql>>::compatible(&sql_type) => {
            <Vec<u8> as Decode<MySql>>::decode(value).map(Value::Bytes)
        }
        _ => return Err(unreadable(column, name)),
    };
    read.map_err(|_| unreadable(column, name))
}

fn unsigned(int: u64) -> Value {
    i64::try_from(int).map_or(Value::Unsigned(int), Value::Int)
}
