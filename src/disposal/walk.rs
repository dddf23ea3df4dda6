//! The order in which a step goes through its table.

use crate::catalog::{Column, ColumnKind, RelationKind, Storage};
use crate::plan::Step;
use crate::sql::Dialect;

use super::measure::Measured;

/// How the next batch is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Walk {
    /// Ranges in the order of the start event's index, then of the key: due rows lie together in it.
    StartRanges(Vec<Column>),
    /// Ranges of the key, from the least due key to the greatest: due rows are dense in it.
    KeyRanges {
        columns: Vec<Column>,
        /// The least and greatest due key, where the key is one number.
        between: Option<(i64, i64)>,
    },
    /// PostgreSQL: runs of pages of the heap, each visited once.
    Pages { count: u64 },
    /// Keys of due rows, listed first: due rows are few and far apart, or nothing else is safe.
    KeyLists(Vec<Column>),
}

impl Walk {
    /// In words, for `plan`.
    #[must_use]
    pub fn explained(&self) -> &'static str {
        match self {
            Self::StartRanges(_) => "ranges of the start event's index",
            Self::KeyRanges { .. } => "ranges of the key",
            Self::Pages { .. } => "runs of pages of the heap",
            Self::KeyLists(_) => "lists of keys",
        }
    }
}

/// Chooses the walk of a step from what was measured.
#[must_use]
pub fn choose(step: &Step, measured: &Measured, dialect: Dialect) -> Walk {
    let key = step.target.key.clone();
    let start = indexed_start(step);
    if matches!(step.table.storage, Storage::NotTransactional(_)) {
        // A range that turns out to hold too many rows is rolled back, and this cannot be: only a list is exact.
        return Walk::KeyLists(start.unwrap_or(key));
    }
    match dialect {
        Dialect::Postgres => on_heap(step, measured, start),
        Dialect::Mysql | Dialect::Mariadb => clustered(step, measured, start),
        Dialect::Sqlite => match start {
            Some(columns) => Walk::StartRanges(columns),
            None if is_dense(measured) => Walk::KeyRanges {
                columns: key,
                between: None,
            },
            None => Walk::KeyLists(key),
        },
    }
}

/// The start event's column before the key, where an index leads to due rows in that order.
fn indexed_start(step: &Step) -> Option<Vec<Column>> {
    let driving = step.driving.as_ref()?;
    let indexed = step
        .table
        .has_index_on(std::slice::from_ref(&driving.column.name));
    if !driving.walkable || !indexed {
        return None;
    }
    let mut columns = vec![driving.column.clone()];
    columns.extend(
        step.target
            .key
            .iter()
            .filter(|column| column.name != driving.column.name)
            .cloned(),
    );
    Some(columns)
}

fn is_dense(measured: &Measured) -> bool {
    measured.due.saturating_mul(20) >= measured.table_rows
}

fn on_heap(step: &Step, measured: &Measured, start: Option<Vec<Column>>) -> Walk {
    let one_heap = step.table.relation == RelationKind::Table
        && step.table.storage == Storage::Heap
        && step.table.children.is_empty()
        && !measured.distributed;
    let lie_together = measured.correlation_percent >= 80;
    match (start, measured.pages) {
        (Some(columns), _) if lie_together => Walk::StartRanges(columns),
        // Visiting every page once beats visiting a page again for each of its rows, where a page has one or more: with
        // a quarter of a row to a page, the sweep took six times as long as the index.
        (_, Some(count)) if one_heap && measured.due >= count => Walk::Pages { count },
        (Some(columns), _) => Walk::StartRanges(columns),
        (None, Some(count)) if one_heap => Walk::Pages { count },
        (None, _) => Walk::KeyLists(step.target.key.clone()),
    }
}

/// InnoDB and its like keep rows in the order of the key: walking it is the cheapest where due rows are dense in it.
fn clustered(step: &Step, measured: &Measured, start: Option<Vec<Column>>) -> Walk {
    let key = step.target.key.clone();
    if let ([column], Some((least, greatest))) = (key.as_slice(), measured.key_between)
        && column.kind == ColumnKind::Integer
    {
        let span = u64::try_from(greatest.saturating_sub(least)).unwrap_or(u64::MAX);
        if measured.due.saturating_mul(10) >= span {
            return Walk::KeyRanges {
                columns: key,
                between: Some((least, greatest)),
            };
        }
    }
    match start {
        Some(columns) => Walk::KeyLists(columns),
        None if is_dense(measured) => Walk::KeyRanges {
            columns: key,
            between: None,
        },
        None => Walk::KeyLists(key),
    }
}
