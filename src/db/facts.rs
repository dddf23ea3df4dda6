//! What a database says of itself as a whole, before anything is done to it.

use chrono::{DateTime, Utc};

use crate::sql::{Dialect, Value};

use super::{Trouble, TroubleKind};

/// The database as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The server's own word for its version.
    pub version: String,
    pub dialect: Dialect,
    /// It takes no writes from us: a standby, a server or a role in read-only mode, a file without the permission.
    /// That a rehearsal is read-only by itself does not count.
    pub read_only: bool,
    /// The server's clock.
    pub now: DateTime<Utc>,
    /// What tells this database from every other one, as far as it lets us know.
    pub identity: String,
    /// Whom the database takes us for; SQLite has no users.
    pub user: String,
}

/// The text in a row of facts.
pub(super) fn text(row: &[Value], column: usize) -> Result<String, Trouble> {
    match row.get(column) {
        Some(Value::Text(text)) => Ok(text.clone()),
        _ => Err(missing(column)),
    }
}

/// The integer in a row of facts; truth is 1.
pub(super) fn int(row: &[Value], column: usize) -> Result<i64, Trouble> {
    row.get(column)
        .and_then(Value::as_int)
        .ok_or_else(|| missing(column))
}

/// The moment in a row of facts, in microseconds since 1970.
pub(super) fn moment(row: &[Value], column: usize) -> Result<DateTime<Utc>, Trouble> {
    DateTime::from_timestamp_micros(int(row, column)?).ok_or_else(|| missing(column))
}

/// The only row of an answer.
pub(super) fn only(rows: Vec<Vec<Value>>) -> Result<Vec<Value>, Trouble> {
    rows.into_iter().next().ok_or_else(|| missing(0))
}

fn missing(column: usize) -> Trouble {
    Trouble::new(
        TroubleKind::Other,
        format!("reading column {} of the server's answer", column + 1),
    )
}
