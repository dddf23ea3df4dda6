//! Binding values, running statements, reading rows: PostgreSQL.

use futures_util::StreamExt;
use sqlx::postgres::{PgArguments, PgRow, PgValueRef};
use sqlx::{Arguments, Decode, Executor, Postgres, Row, TypeInfo, ValueRef};

use crate::sql::{Bind, Sql, Value};

use super::super::trouble::Phase;
use super::super::{CACHED_BINDS_MAX, Shown, Trouble, text_of, unbindable, unreadable};
use super::moment::Moment;
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
    let kept = kept(link, sql);
    let mut stream = sqlx::query_with(text_of(sql, &remark(sql)), arguments)
        .persistent(kept)
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
    outcome
}

/// Runs a statement. Without values it goes by the simple protocol, which takes every statement.
pub async fn execute(link: &mut Link, sql: &Sql) -> Result<u64, Trouble> {
    let kept = kept(link, sql);
    let done = if sql.binds().is_empty() {
        link.connection.execute(text_of(sql, "")).await
    } else {
        sqlx::query_with(text_of(sql, &remark(sql)), arguments(sql)?)
            .persistent(kept)
            .execute(&mut link.connection)
            .await
    };
    done.map(|done| done.rows_affected())
        .map_err(|error| trouble::of(&error, Phase::Running))
}

/// Whether the server keeps the prepared statement.
fn kept(link: &Link, sql: &Sql) -> bool {
    !link.removing && sql.binds().len() <= CACHED_BINDS_MAX
}

/// Runs a statement of ours that has no values and no rows.
pub async fn run(link: &mut Link, text: &'static str) -> Result<(), Trouble> {
    // It begins or ends a transaction, or is what `removing` is about to remember.
    link.removing = false;
    link.connection
        .execute(text)
        .await
        .map(|_| ())
        .map_err(|error| trouble::of(&error, Phase::Running))
}

/// The types of the values, as a comment behind the statement. The driver finds a prepared statement by its text
/// alone and would send a number to where it had declared a text: PostgreSQL then reads its bytes as letters.
fn remark(sql: &Sql) -> String {
    if sql.binds().is_empty() || sql.binds().len() > CACHED_BINDS_MAX {
        return String::new();
    }
    let types: String = sql.binds().iter().map(letter).collect();
    format!(" /* {types} */")
}

fn letter(bind: &Bind) -> char {
    match bind {
        Bind::Cast(text, sql_type) => match Moment::read(text, sql_type) {
            None => 't',
            Some(Moment::Zoned(_)) => 'z',
            Some(Moment::Local(_)) => 'l',
            Some(Moment::Date(_)) => 'd',
        },
        Bind::One(Value::Null | Value::Text(_)) => 't',
        Bind::One(Value::Int(_) | Value::Unsigned(_)) => 'i',
        Bind::One(Value::Bool(_)) => 'y',
        Bind::One(Value::Bytes(_)) => 'b',
        Bind::List(values) if ints(values).is_some() => 'I',
        Bind::List(values) if bytes(values).is_some() => 'B',
        Bind::List(_) => 'T',
    }
}

fn arguments(sql: &Sql) -> Result<PgArguments, Trouble> {
    let mut arguments = PgArguments::default();
    for bind in sql.binds() {
        match bind {
            Bind::One(value) => one(&mut arguments, value),
            Bind::Cast(text, sql_type) => cast(&mut arguments, text, sql_type),
            Bind::List(values) => list(&mut arguments, values),
        }?;
    }
    Ok(arguments)
}

fn one(arguments: &mut PgArguments, value: &Value) -> Result<(), Trouble> {
    match value {
        Value::Null => arguments.add(None::<String>),
        Value::Bool(truth) => arguments.add(*truth),
        Value::Int(int) => arguments.add(*int),
        Value::Unsigned(int) => match i64::try_from(*int) {
            Ok(int) => arguments.add(int),
            Err(_) => return Err(unbindable("a number above 2^63, which PostgreSQL has not")),
        },
        Value::Text(text) => arguments.add(text.as_str()),
        Value::Bytes(bytes) => arguments.add(bytes.as_slice()),
    }
    .map_err(|_| unbindable("a value"))
}

/// A text, or the date or time that it says.
fn cast(arguments: &mut PgArguments, text: &str, sql_type: &str) -> Result<(), Trouble> {
    match Moment::read(text, sql_type) {
        None => arguments.add(text),
        Some(Moment::Zoned(moment)) => arguments.add(moment),
        Some(Moment::Local(moment)) => arguments.add(moment),
        Some(Moment::Date(date)) => arguments.add(date),
    }
    .map_err(|_| unbindable("a value"))
}

/// One array: of integers, of bytes, or else of texts.
fn list(arguments: &mut PgArguments, values: &[Value]) -> Result<(), Trouble> {
    if let Some(ints) = ints(values) {
        arguments.add(ints)
    } else if let Some(bytes) = bytes(values) {
        arguments.add(bytes)
    } else {
        arguments.add(values.iter().map(written).collect::<Result<Vec<_>, _>>()?)
    }
    .map_err(|_| unbindable("a list of values"))
}

fn ints(values: &[Value]) -> Option<Vec<i64>> {
    let ints = values.iter().map(|value| match value {
        Value::Int(int) => Some(*int),
        _ => None,
    });
    ints.collect()
}

fn bytes(values: &[Value]) -> Option<Vec<&[u8]>> {
    let bytes = values.iter().map(|value| match value {
        Value::Bytes(bytes) => Some(bytes.as_slice()),
        _ => None,
    });
    bytes.collect()
}

/// An element of `text[]`.
fn written(value: &Value) -> Result<Option<String>, Trouble> {
    match value {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(Some(text.clone())),
        Value::Int(int) => Ok(Some(int.to_string())),
        Value::Unsigned(int) => Ok(Some(int.to_string())),
        Value::Bool(truth) => Ok(Some(truth.to_string())),
        Value::Bytes(_) => Err(unbindable("a list of bytes and other values")),
    }
}

fn read(row: &PgRow) -> Result<Vec<Value>, Trouble> {
    (0..row.len())
        .map(|column| {
            let value = row
                .try_get_raw(column)
                .map_err(|error| trouble::of(&error, Phase::Running))?;
            decode(value, column)
        })
        .collect()
}

/// By the type that came back. The driver has names for the types that it knows by number: a type of the same name
/// in another schema is not among them.
fn decode(value: PgValueRef<'_>, column: usize) -> Result<Value, Trouble> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let sql_type = value.type_info().into_owned();
    let read = match sql_type.name() {
        "INT8" | "INT4" | "INT2" => <i64 as Decode<Postgres>>::decode(value).map(Value::Int),
        "TEXT" | "VARCHAR" | "NAME" => <String as Decode<Postgres>>::decode(value).map(Value::Text),
        // The blanks that pad it are not part of its value: cast to text it has none.
        "CHAR" => <&str as Decode<Postgres>>::decode(value)
            .map(|text| Value::Text(text.trim_end_matches(' ').to_owned())),
        "BYTEA" => <Vec<u8> as Decode<Postgres>>::decode(value).map(Value::Bytes),
        "BOOL" => <bool as Decode<Postgres>>::decode(value).map(Value::Bool),
        _ => return Err(unreadable(column, sql_type.name())),
    };
    read.map_err(|_| unreadable(column, sql_type.name()))
}
