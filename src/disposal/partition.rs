//! Whole partitions: emptied at once where every row in them is due.
//!
//! TRUNCATE gives a partition's pages back at the commit, and is taken back with the transaction like anything else. It
//! asks about no row: that every one is due is asked before, under a lock that lets nobody write meanwhile, and that is
//! when their keys are read. The lock that lets nobody read either is taken last, and held as long as the commit takes.

use crate::db::{Session, Trouble};
use crate::plan::Step;
use crate::resolve::Partition;
use crate::sql::{Alias, Dialect, Expr, Is, Item, Lock, Sql, Value, select};

use super::measure::rows_that;
use super::remove::{Digest, Outcome};
use super::{Failure, Tally};

/// The digests of a batch are sorted in memory, 32 bytes each: a partition of more rows goes in batches.
const ROWS_MAX: u64 = 1_000_000;

/// How long a lock on a partition is waited for, in milliseconds: everybody who comes later waits behind us. Its rows go
/// in batches where that is not enough.
const LOCK_WAIT_MS: u64 = 250;

/// The partitions of a step in which there are rows, and all of them are due. Only reads; a partition with rows that are
/// not due is read as far as the first of them.
///
/// # Errors
/// The database's.
pub async fn due_as_a_whole(session: &mut Session, step: &Step) -> Result<Vec<Partition>, Trouble> {
    let mut found = Vec::new();
    for partition in &step.partitions {
        let stays = step.preview.clone().is(Is::NotTrue);
        if any(session, partition, &Expr::Truth(true)).await?
            && !any(session, partition, &stays).await?
            && rows_that(session, &partition.name, &Expr::Truth(true)).await? <= ROWS_MAX
        {
            found.push(partition.clone());
        }
    }
    Ok(found)
}

async fn any(
    session: &mut Session,
    partition: &Partition,
    condition: &Expr,
) -> Result<bool, Trouble> {
    let sql = select(
        session.dialect(),
        &partition.name,
        &[Item::One],
        condition,
        None,
        Some((1, 0)),
        Lock::None,
    );
    Ok(!session.rows(&sql).await?.is_empty())
}

/// Empties a partition, if every row in it is due.
pub async fn empty(
    session: &mut Session,
    step: &Step,
    partition: &Partition,
    digest: &Digest<'_>,
) -> Result<Outcome, Failure> {
    let name = &partition.name;
    let doing = |trouble: Trouble| trouble.doing_in(&format!("emptying the partition {name}"));
    let mut sql = Sql::new(Dialect::Postgres);
    sql.push("SELECT set_config('lock_timeout', ");
    sql.bind(Value::Text(LOCK_WAIT_MS.to_string()))
        .push(", true)");
    session.rows(&sql).await.map_err(doing)?;
    let mut sql = Sql::new(Dialect::Postgres);
    sql.push("LOCK TABLE ONLY ").table(name);
    // Lets nobody write, and nobody detach it.
    sql.push(" IN SHARE MODE");
    session.execute(&sql).await.map_err(doing)?;
    if !belongs(session, step, partition).await.map_err(doing)? {
        return Ok(Outcome::TooMany);
    }
    let all = rows_that(session, name, &Expr::Truth(true))
        .await
        .map_err(doing)?;
    if all > ROWS_MAX {
        return Ok(Outcome::TooMany);
    }
    let sql = select(
        session.dialect(),
        name,
        &step.target.key_items(),
        &step.condition,
        None,
        None,
        Lock::None,
    );
    let mut due = 0;
    let see = |key: Vec<Value>| {
        due += 1;
        digest(&step.target.table, "deleted", &key);
    };
    session.each_row(&sql, see).await.map_err(doing)?;
    if due != all {
        // Something in it stays: its rows go in batches.
        return Ok(Outcome::TooMany);
    }
    let mut tally = Tally::default();
    if due > 0 {
        let mut sql = Sql::new(Dialect::Postgres);
        sql.push("TRUNCATE TABLE ONLY ").table(name);
        session.execute(&sql).await.map_err(doing)?;
        tally.count_rows(&step.target.table, "deleted", due);
    }
    Ok(Outcome::Removed(tally))
}

/// The partition is still one of the table's: it may have been detached since the catalogue was read.
async fn belongs(
    session: &mut Session,
    step: &Step,
    partition: &Partition,
) -> Result<bool, Trouble> {
    let items = step.target.key_items();
    let sql = select(
        session.dialect(),
        &partition.name,
        &items,
        &Expr::Truth(true),
        None,
        Some((1, 0)),
        Lock::None,
    );
    let rows = session.rows(&sql).await?;
    let these = crate::plan::bound::keys_condition(&step.target.key, &rows, session.dialect());
    let seen = Expr::all([these, partition.condition(Alias::ROW)]);
    Ok(rows.is_empty() || rows_that(session, &step.target.table, &seen).await? > 0)
}
