//! A first schedule, from what a database says of itself: something to begin with, never something to enforce.
//!
//! Apart from `config`, which reads schedules: this room writes one. `names` guesses from the names and types of
//! columns, `sample` asks for the least and greatest date of a column, `draft` writes (pure). It must never show a
//! value that may be personal, decide a period, or write a rule that enforces.

mod draft;
mod names;
mod sample;

use crate::catalog::{Catalog, Column, RelationKind, Table};
use crate::db::{Session, Trouble};
use crate::sql::Dialect;

pub use draft::Head;

/// A column that can start a period.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    column: String,
    /// `format = …`, where the type does not say how dates are written.
    format: Option<String>,
    /// The first and last day, as far as they were asked for.
    between: Option<(String, String)>,
}

/// Writes a first schedule. The session should be one that reads only.
///
/// # Errors
/// The database's.
pub async fn draft(
    session: &mut Session,
    catalog: &Catalog,
    head: &Head,
) -> Result<String, Trouble> {
    let mut found = Vec::new();
    let mut tables: Vec<&Table> = catalog.tables.iter().collect();
    tables.retain(|table| !is_ours(table));
    for table in tables {
        let candidates = if draft::why_not(table).is_none() {
            candidates(session, table).await?
        } else {
            Vec::new()
        };
        found.push((table, candidates));
    }
    Ok(draft::write(catalog, &found, head, session.dialect()))
}

/// The ledger.
fn is_ours(table: &Table) -> bool {
    table.name.schema == "retentiond" || table.name.table.starts_with("retentiond_")
}

async fn candidates(session: &mut Session, table: &Table) -> Result<Vec<Candidate>, Trouble> {
    let dialect = session.dialect();
    let mut found = Vec::new();
    for column in &table.columns {
        if !names::can_date(column, dialect) || names::is_birth(&column.name) {
            continue;
        }
        let sampled = if is_cheap(table, column, dialect) {
            sample::between(session, table, column).await?
        } else {
            None
        };
        if let Some(candidate) = sample::candidate(column, sampled, dialect) {
            found.push(candidate);
        }
    }
    found.sort_by_key(|one| std::cmp::Reverse(names::likelihood(&one.column)));
    Ok(found)
}

/// To look at the ends of a large table without an index would read all of it.
fn is_cheap(table: &Table, column: &Column, dialect: Dialect) -> bool {
    const SMALL: u64 = 100_000;
    table.relation == RelationKind::Table
        && (table.has_index_on(std::slice::from_ref(&column.name))
            || dialect == Dialect::Sqlite
            || table.rows_estimate.is_none_or(|rows| rows < SMALL))
}
