//! The most rows of one batch, for what they take in a statement and in memory.

use crate::catalog::{Column, ColumnKind};
use crate::plan::Step;
use crate::sql::Dialect;

use super::walk::Walk;

/// Keys that may be long: an index takes up to some 3 kB, and a batch holds its keys several times over.
const LONG_KEYS: u64 = 2_000;
/// A text that is no longer is no longer than other keys, about.
const SHORT: u32 = 64;

/// How many rows a batch may have, whatever its limits say.
#[must_use]
pub fn rows_max(walk: &Walk, step: &Step, dialect: Dialect) -> u64 {
    nameable(walk, dialect).min(kept(walk, step))
}

/// How many rows a statement can name.
fn nameable(walk: &Walk, dialect: Dialect) -> u64 {
    match walk {
        // MariaDB and SQLite bind each part of each key by itself, and parse them all.
        Walk::KeyLists(columns) if dialect != Dialect::Postgres => {
            let parts = columns.len().max(1);
            (dialect.binds_max() / parts / 4).clamp(1, 2_000) as u64
        }
        _ => u64::MAX,
    }
}

/// How many keys are held at once.
fn kept(walk: &Walk, step: &Step) -> u64 {
    // Their keys are passed on as they come.
    let streamed = step.stands_alone() && !matches!(walk, Walk::KeyLists(_));
    if !streamed && step.target.key.iter().any(may_be_long) {
        LONG_KEYS
    } else {
        u64::MAX
    }
}

fn may_be_long(column: &Column) -> bool {
    matches!(column.kind, ColumnKind::Text | ColumnKind::Bytes)
        && column.length_max.is_none_or(|most| most > SHORT)
}
