//! By what a removed row is known again: its key and the values of the columns that the schedule names, as one digest.
//!
//! A key alone says nothing: after a database was put back, its sequences give the same keys to other rows. A digest of
//! every row's whole content would be known again by nobody once any column of it has changed, and is dear to make; so the
//! schedule names columns that never change, and rules that name none pay nothing.

use crate::catalog::Column;
use crate::db::{Session, Trouble};
use crate::plan::Step;
use crate::plan::bound::keys_condition;
use crate::sql::{Item, Lock, Value, select};

use super::remove::Digest;

/// Under this word rows are told by their content.
pub const CONTENT: &str = "content";

/// What begins the text that is digested, so that it is nothing else's.
const VERSION: &str = "retentiond content v1";

/// The columns by which the rows of a step are known again.
#[must_use]
pub fn names(step: &Step) -> Vec<String> {
    let names = step.recognised.iter();
    names.map(|column| column.name.clone()).collect()
}

/// What is read of a row in order to know it again: its key, then the columns as text.
#[must_use]
pub fn items(key: &[Column], columns: &[Column]) -> Vec<Item> {
    let key = key.iter().cloned().map(Item::Column);
    key.chain(columns.iter().cloned().map(Item::Exact))
        .collect()
}

/// What is digested of a row that was read so; `None`: all its columns are NULL, and by that nothing is known again.
#[must_use]
pub fn spelled(columns: &[Column], row: Vec<Value>) -> Option<Vec<Value>> {
    let content = row.get(row.len().checked_sub(columns.len())?..)?;
    if content.iter().all(|value| *value == Value::Null) {
        return None;
    }
    let text = |text: &str| Value::Text(text.to_owned());
    let names = columns.iter().map(|column| text(&column.name));
    Some(
        [text(VERSION)]
            .into_iter()
            .chain(names)
            .chain(row)
            .collect(),
    )
}

/// Tells rows that are locked and about to go by their content.
///
/// # Errors
/// The database's.
pub async fn tell(
    session: &mut Session,
    step: &Step,
    keys: &[Vec<Value>],
    digest: &Digest<'_>,
) -> Result<(), Trouble> {
    if step.recognised.is_empty() || keys.is_empty() {
        return Ok(());
    }
    let (table, dialect) = (&step.target.table, session.dialect());
    let these = keys_condition(&step.target.key, keys, dialect);
    let items = items(&step.target.key, &step.recognised);
    let sql = select(dialect, table, &items, &these, None, None, Lock::None);
    let each = |row: Vec<Value>| {
        if let Some(content) = spelled(&step.recognised, row) {
            digest(table, CONTENT, &content);
        }
    };
    session.each_row(&sql, each).await
}
