//! The receipts' twin inside the target database, written in the removing transaction.
//!
//! Apart, because it lives in somebody else's database: few tables, few rights, few statements, all of them here. The
//! head row fences: every batch locks it and finds the epoch and the sequence it expects, or nothing happens.

mod event;
mod head;
mod hold;
mod migrate;
mod privileges;
mod without;

pub use event::{About, Outcome, report, reported};
pub use head::{Entry, Found, Head, chain, claim, find, lock, raise, read, record, take_over};
pub use hold::{held, hold, let_go};
pub use migrate::{applied, has_holds, migrate, statements};
pub use privileges::privileges;

pub use without::{
    Fate, Place, fate, hold as hold_session, holds as holds_session, is_without, place, transaction,
};

use crate::catalog::TableName;
use crate::sql::Dialect;

/// Where a table of ours lies: in a schema of its own on PostgreSQL, beside the application's tables elsewhere.
#[must_use]
pub fn table(dialect: Dialect, schema: &str, name: &str) -> TableName {
    dialect.table_of_ours(schema, name)
}
