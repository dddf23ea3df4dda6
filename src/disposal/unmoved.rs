//! What overwriting may not change: the columns by which a row is known to be due.
//!
//! A column that follows every update, by itself or by a trigger, would make a row young again that was overwritten and
//! must wait for a child: it would stay for years, and nobody would be told.

use std::collections::HashMap;

use crate::anonymise::Rewrite;
use crate::catalog::Column;
use crate::db::{Session, Trouble};
use crate::plan::Step;
use crate::plan::bound::keys_condition;
use crate::sql::{Alias, Expr, Item, Lock, Value, select};

use super::Failure;

/// The values of the watched columns, by key.
pub(super) struct Seen {
    columns: Vec<Column>,
    rows: HashMap<Vec<Value>, Vec<Value>>,
}

impl Seen {
    /// Looks at the locked rows before they are overwritten. Nothing is looked at where the table has nothing that
    /// could move a column.
    pub(super) async fn before(
        session: &mut Session,
        step: &Step,
        rewrite: &Rewrite,
        keys: &[Vec<Value>],
    ) -> Result<Seen, Trouble> {
        let columns = watched(step, rewrite);
        let rows = read(session, step, &columns, keys).await?;
        Ok(Seen { columns, rows })
    }

    /// Looks again, in the same transaction.
    pub(super) async fn unmoved(
        &self,
        session: &mut Session,
        step: &Step,
        keys: &[Vec<Value>],
    ) -> Result<(), Failure> {
        if read(session, step, &self.columns, keys).await? == self.rows {
            return Ok(());
        }
        let names: Vec<&str> = self.columns.iter().map(|one| one.name.as_str()).collect();
        Err(Failure::Untrue(format!(
            "overwriting rows of {} changed one of the columns by which they are known to be due ({}): a trigger or ON \
             UPDATE does so, and they would never be due again; nothing of this batch was done",
            step.target.table,
            names.join(", ")
        )))
    }
}

/// The columns of the row itself that the condition reads, and that are not overwritten.
fn watched(step: &Step, rewrite: &Rewrite) -> Vec<Column> {
    let follows = step.table.triggers.iter().any(|one| one.on_update)
        || step.table.columns.iter().any(|one| one.on_update_now);
    if !follows {
        return Vec::new();
    }
    let written = rewrite.column_names();
    let mut read = step.condition.columns_read(Alias::ROW);
    read.retain(|name| !written.contains(name));
    read.iter()
        .filter_map(|name| step.table.column(name).cloned())
        .filter(|column| !column.generated)
        .collect()
}

async fn read(
    session: &mut Session,
    step: &Step,
    columns: &[Column],
    keys: &[Vec<Value>],
) -> Result<HashMap<Vec<Value>, Vec<Value>>, Trouble> {
    if columns.is_empty() {
        return Ok(HashMap::new());
    }
    let key = step.target.key.iter().cloned().map(Item::Column);
    let texts = columns
        .iter()
        .map(|one| Item::Text(Expr::column(Alias::ROW, &one.name)));
    let items: Vec<Item> = key.chain(texts).collect();
    let dialect = session.dialect();
    let these = keys_condition(&step.target.key, keys, dialect);
    let sql = select(
        dialect,
        &step.target.table,
        &items,
        &these,
        None,
        None,
        Lock::None,
    );
    let width = step.target.key.len();
    let rows = session.rows(&sql).await?;
    Ok(rows
        .into_iter()
        .map(|mut row| {
            let values = row.split_off(width);
            (row, values)
        })
        .collect())
}
