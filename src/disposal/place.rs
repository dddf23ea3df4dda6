//! Reads places in an order: where a batch begins and ends.

use crate::catalog::Column;
use crate::db::{Session, Trouble};
use crate::plan::Step;
use crate::sql::{Expr, Item, Lock, Order, Value, select};

/// One row's place in an order: what stands in these columns.
///
/// # Errors
/// The database's.
pub async fn place(
    session: &mut Session,
    step: &Step,
    columns: &[Column],
    condition: &Expr,
    order: Order,
    limit: (u64, u64),
) -> Result<Option<Vec<Value>>, Trouble> {
    let mut found = rows(session, step, columns, condition, order, limit).await?;
    Ok(found.pop())
}

/// Rows in an order; the limit is their number, and how many before them are passed over.
///
/// # Errors
/// The database's.
pub async fn rows(
    session: &mut Session,
    step: &Step,
    columns: &[Column],
    condition: &Expr,
    order: Order,
    limit: (u64, u64),
) -> Result<Vec<Vec<Value>>, Trouble> {
    let items: Vec<Item> = columns.iter().cloned().map(Item::Column).collect();
    let sql = select(
        session.dialect(),
        &step.target.table,
        &items,
        condition,
        Some((columns, order)),
        Some(limit),
        Lock::None,
    );
    session.rows(&sql).await
}
