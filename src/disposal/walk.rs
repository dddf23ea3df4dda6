//! The order in which a step goes through its table.

use crate::catalog::{Column, ColumnKind, RelationKind, Storage};
use crate::plan::Step;
use crate::resolve::Partition;
use crate::sql::Dialect;

use super::measure::Measured;

/// The size of a page of PostgreSQL, unless somebody has built it otherwise; in bytes.
const PAGE: u32 = 8_192;

/// Of fewer rows the new versions are not worth a batch for each pass over their pages.
const PASSES_MIN: u64 = 1_000;

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
    Pages(Sweep),
    /// PostgreSQL: rows that are overwritten on their own pages, a few of each page at a time.
    Passes {
        sweep: Sweep,
        /// What a row takes on its page, in bytes, about.
        row_bytes: u32,
    },
    /// PostgreSQL: partitions in which every row is due, each at once; then what is left.
    Partitions {
        whole: Vec<Partition>,
        rest: Box<Walk>,
    },
    /// Keys of due rows, listed first: due rows are few and far apart, or nothing else is safe.
    KeyLists(Vec<Column>),
}

/// The pages that a sweep visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    pub first: u64,
    /// Behind the last page.
    pub end: u64,
    /// What is left to other pages; `None`: the sweep goes through the whole heap.
    pub rest: Option<Rest>,
}

/// Due rows that lie on other pages than their neighbours in the index: updated ones, mostly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// The order in which they are listed, as in [`Walk::StartRanges`].
    pub columns: Vec<Column>,
    /// The rows that were due when they were counted: when a sweep has removed so many, nothing is looked for. A row
    /// that became due meanwhile may have been counted for another one, which is then the next run's.
    pub due: u64,
}

impl Walk {
    /// A sweep through a heap of so many pages.
    #[must_use]
    pub fn heap(pages: u64) -> Self {
        Self::Pages(Sweep {
            first: 0,
            end: pages,
            rest: None,
        })
    }

    /// For a last step that changes nothing: where nothing becomes finished, rows are told once only if each page is
    /// visited once.
    #[must_use]
    pub fn without_passes(self) -> Self {
        match self {
            Self::Passes { sweep, .. } => Self::Pages(sweep),
            other => other,
        }
    }

    /// In words, for `plan`.
    #[must_use]
    pub fn explained(&self) -> &'static str {
        match self {
            Self::StartRanges(_) => "ranges of the start event's index",
            Self::KeyRanges { .. } => "ranges of the key",
            Self::Pages(Sweep { rest: None, .. }) => "runs of pages of the heap",
            Self::Pages(_) => "runs of the pages of the heap that hold the due rows",
            Self::Passes { .. } => {
                "a few rows of each page at a time, so that they stay on it and no index grows"
            }
            Self::Partitions { .. } => "whole partitions, then what is left",
            Self::KeyLists(_) => "lists of keys",
        }
    }
}

/// Chooses the walk of a step from what was measured.
#[must_use]
pub fn choose(step: &Step, measured: &Measured, dialect: Dialect) -> Walk {
    let rows = of_rows(step, measured, dialect);
    if measured.whole_partitions.is_empty() {
        return rows;
    }
    Walk::Partitions {
        whole: measured.whole_partitions.clone(),
        rest: Box::new(rows),
    }
}

fn of_rows(step: &Step, measured: &Measured, dialect: Dialect) -> Walk {
    let key = step.target.key.clone();
    let start = indexed_start(step);
    if !step.table.storage.takes_back() {
        // A range that turns out to hold too many rows is rolled back, and this cannot be: only a list is exact.
        return Walk::KeyLists(start.unwrap_or(key));
    }
    match dialect {
        Dialect::Postgres => match on_heap(step, measured, start) {
            Walk::Pages(sweep) if measured.stays_on_page && measured.due >= PASSES_MIN => {
                Walk::Passes {
                    sweep,
                    row_bytes: row_bytes(measured),
                }
            }
            other => other,
        },
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

/// Dead versions make it more than it is, and then rows are taken to need more room than they do.
fn row_bytes(measured: &Measured) -> u32 {
    let bytes = u128::from(measured.pages.unwrap_or(0)) * u128::from(PAGE);
    let each = bytes / u128::from(measured.table_rows.max(1));
    u32::try_from(each).unwrap_or(PAGE).min(PAGE)
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
        (Some(columns), Some(count)) if one_heap && lie_together => {
            together(step, measured, columns, count)
        }
        (Some(columns), _) if lie_together => Walk::StartRanges(columns),
        // Visiting every page once beats visiting a page again for each of its rows, where a page has one or more: with
        // a quarter of a row to a page, the sweep took six times as long as the index.
        (_, Some(count)) if one_heap && measured.due >= count => Walk::heap(count),
        (Some(columns), _) => Walk::StartRanges(columns),
        (None, Some(count)) if one_heap => Walk::heap(count),
        (None, _) => Walk::KeyLists(step.target.key.clone()),
    }
}

/// Due rows that lie together on pages of their own are removed page by page: the index is not gone through for each
/// of them, nor to find where a batch ends.
fn together(step: &Step, measured: &Measured, columns: Vec<Column>, pages: u64) -> Walk {
    let Some((first, last)) = measured.due_pages else {
        return Walk::StartRanges(columns);
    };
    let swept = u128::from(last - first + 1);
    let rows_swept = swept * u128::from(measured.table_rows) / u128::from(pages.max(1));
    // Rows that go along are not among those counted, and take longer than all that could be saved.
    if !step.bundle.is_empty() || u128::from(measured.due) * 2 < rows_swept {
        return Walk::StartRanges(columns);
    }
    Walk::Pages(Sweep {
        first,
        end: last + 1,
        rest: Some(Rest {
            columns,
            due: measured.due,
        }),
    })
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
