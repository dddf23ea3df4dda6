//! Reports of events that happened outside of the database.
//!
//! A report names a rule, an event and the key of a row, and says when it happened; a NULL there takes it back. The
//! key's text is written by the database itself, from the row: what would be no row's key cannot be reported.

use chrono::{DateTime, Utc};

use crate::catalog::{ColumnKind, TableName};
use crate::db::{Session, Trouble, TroubleKind};
use crate::sql::{Alias, Expr, Op, Sql, Target, Value};

/// Of which event of which rule's rows something is reported.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The table of the reports.
    pub reports: &'a TableName,
    pub rule: &'a str,
    pub event: &'a str,
    /// The rule's table, and the one column of its key.
    pub target: &'a Target,
}

/// How many keys were those of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Outcome {
    pub reported: u64,
    /// Keys of no row; nothing was written for them.
    pub unknown: u64,
}

/// Reports that an event happened to the rows with these keys, at a moment or, where it is `None`, that it did not: all
/// or nothing. A later report of the same event replaces the earlier one.
///
/// # Errors
/// The database's; nothing was written then.
pub async fn report(
    session: &mut Session,
    about: About<'_>,
    keys: &[String],
    happened: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Outcome, Trouble> {
    let doing = |trouble: Trouble| {
        let trouble = trouble.doing_in("reporting an event");
        match trouble.kind {
            TroubleKind::SchemaChanged => {
                trouble.hinting("run `retentiond migrate`: it creates the table of the reports")
            }
            TroubleKind::Denied => trouble.hinting(format!(
                "who reports events needs SELECT, INSERT and DELETE on {}, and SELECT on {}; `retentiond grants` prints \
                 what a run needs",
                about.reports, about.target.table
            )),
            _ => trouble,
        }
    };
    session.begin().await.map_err(doing)?;
    let mut outcome = Outcome::default();
    for key in keys {
        match one(session, about, key, happened, now).await {
            Ok(true) => outcome.reported += 1,
            Ok(false) => outcome.unknown += 1,
            Err(trouble) => {
                let _ = session.rollback().await;
                return Err(doing(trouble));
            }
        }
    }
    session.commit().await.map_err(doing)?;
    Ok(outcome)
}

/// True where a row has this key.
async fn one(
    session: &mut Session,
    about: About<'_>,
    key: &str,
    happened: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<bool, Trouble> {
    let dialect = session.dialect();
    let Some(row) = row_of(about, key, dialect) else {
        return Ok(false);
    };
    let mut sql = Sql::new(dialect);
    sql.push("DELETE FROM ").table(about.reports);
    sql.push(" WHERE ")
        .ident("rule")
        .push(" = ")
        .bind(text(about.rule));
    sql.push(" AND ")
        .ident("event")
        .push(" = ")
        .bind(text(about.event));
    sql.push(" AND ").ident("row_key").push(" IN (");
    key_of_row(&mut sql, about, &row);
    sql.push(")");
    session.execute(&sql).await?;
    let mut sql = Sql::new(dialect);
    sql.push("INSERT INTO ").table(about.reports).push(" (");
    let columns = ["rule", "event", "happened_at", "reported_at", "row_key"];
    sql.list(columns, ", ", |sql, name| {
        sql.ident(name);
    });
    sql.push(") SELECT ");
    let happened = happened.map_or(Value::Null, |at| Value::Int(at.timestamp_micros()));
    let values = [
        text(about.rule),
        text(about.event),
        happened,
        Value::Int(now.timestamp_micros()),
    ];
    sql.list(values, ", ", |sql, value| {
        let cast = matches!(value, Value::Text(_)).then(|| text_type(dialect));
        sql.expr(&Expr::Value(value, cast.flatten()));
    });
    sql.push(", found.").ident("row_key").push(" FROM (");
    key_of_row(&mut sql, about, &row);
    sql.push(") AS found");
    Ok(session.execute(&sql).await? > 0)
}

/// How many events are reported, by the rule and the event that they name; what was taken back is left out.
///
/// # Errors
/// The database's: the table is not there, or may not be read.
pub async fn reported(
    session: &mut Session,
    reports: &TableName,
) -> Result<Vec<(String, String, u64)>, Trouble> {
    let mut sql = Sql::new(session.dialect());
    let names = |sql: &mut Sql| {
        sql.ident("rule").push(", ").ident("event");
    };
    sql.push("SELECT ");
    names(&mut sql);
    sql.push(", COUNT(*) FROM ").table(reports).push(" WHERE ");
    sql.ident("happened_at").push(" IS NOT NULL GROUP BY ");
    names(&mut sql);
    sql.push(" ORDER BY ");
    names(&mut sql);
    let rows = session.rows(&sql).await?;
    let read = |row: Vec<Value>| match row.as_slice() {
        [Value::Text(rule), Value::Text(event), count] => {
            let count = count.as_int().and_then(|count| u64::try_from(count).ok());
            Some((rule.clone(), event.clone(), count.unwrap_or_default()))
        }
        _ => None,
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// PostgreSQL takes no bound value of an unknown type beside a SELECT.
fn text_type(dialect: crate::sql::Dialect) -> Option<String> {
    (dialect == crate::sql::Dialect::Postgres).then(|| "text".to_owned())
}

/// `SELECT key AS text FROM the rule's table WHERE key = …`.
fn key_of_row(sql: &mut Sql, about: About<'_>, row: &Expr) {
    sql.push("SELECT ");
    if let [column] = about.target.key.as_slice() {
        sql.expr(&Expr::Exact(Box::new(Expr::column(
            Alias::ROW,
            &column.name,
        ))));
    }
    sql.push(" AS ").ident("row_key").push(" FROM ");
    sql.table(&about.target.table).push(" AS ");
    sql.alias(Alias::ROW).push(" WHERE ").expr(row);
}

/// The row has this key; `None`: the text can be no key of the table.
fn row_of(about: About<'_>, key: &str, dialect: crate::sql::Dialect) -> Option<Expr> {
    let [column] = about.target.key.as_slice() else {
        return None;
    };
    let value = match column.kind {
        ColumnKind::Integer => Value::Int(key.parse().ok()?),
        ColumnKind::Unsigned => Value::Unsigned(key.parse().ok()?),
        ColumnKind::Uuid => {
            let hex = key.chars().filter(char::is_ascii_hexdigit).count();
            let other = key
                .chars()
                .any(|one| !one.is_ascii_hexdigit() && one != '-');
            if hex != 32 || other {
                return None;
            }
            text(key)
        }
        _ => text(key),
    };
    let cast = match value {
        Value::Text(_) => column.cast_for(dialect),
        _ => None,
    };
    let bound = Expr::Value(value, cast);
    Some(Expr::column(Alias::ROW, &column.name).compare(Op::Equal, bound))
}
