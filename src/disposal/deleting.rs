//! Deleting rows, and the keys that the database told of them: as they go, or from a read under the same locks.

use crate::catalog::{Column, ColumnKind};
use crate::db::{Session, Trouble};
use crate::plan::bound::keys_condition;
use crate::sql::{
    Dialect, Expr, Item, Lock, Target, Value, delete, delete_joined, delete_untold, select,
};

use super::Failure;
use super::remove::Digest;

/// So many keys are told at once.
const HANDFUL: usize = 256;

/// Removes rows and counts them, and tells their keys while the database removes them: as it does, or, where it does not
/// tell them or not fast enough, from a read before it, under the same locks.
pub async fn delete_counted(
    session: &mut Session,
    target: &Target,
    condition: &Expr,
    digest: &Digest<'_>,
) -> Result<u64, Failure> {
    let dialect = session.dialect();
    let doing = |trouble: Trouble| trouble.doing_in(&format!("deleting rows of {}", target.table));
    let tell = |key: &[Value]| digest(&target.table, "deleted", key);
    if let Some(column) = whole_number(target)
        && dialect == Dialect::Postgres
    {
        let sql = delete_joined(target, column, condition);
        let told = session.rows(&sql).await.map_err(doing)?;
        let keys = told.first().and_then(|row| whole_numbers(row));
        let keys = keys.ok_or_else(|| Failure::Untrue(not_numbers(target)))?;
        tell_all(&keys, tell).await;
        return Ok(keys.len() as u64);
    }
    if let Some(column) = whole_number(target)
        && dialect == Dialect::Sqlite
        && let Some(keys) = joined(session, target, column, condition)
            .await
            .map_err(doing)?
    {
        keys.iter().for_each(|key| tell(&[Value::Int(*key)]));
        // Nobody else writes: the condition, asked again, finds the same rows.
        let sql = delete_untold(dialect, target, condition);
        return exactly(session, target, &sql, keys.len()).await;
    }
    if dialect.delete_returns() {
        let mut removed = 0;
        let sql = delete(dialect, target, condition);
        let count = |key: Vec<Value>| {
            removed += 1;
            tell(&key);
        };
        session.each_row(&sql, count).await.map_err(doing)?;
        return Ok(removed);
    }
    let items = target.key_items();
    let lock = select(
        dialect,
        &target.table,
        &items,
        condition,
        None,
        None,
        Lock::Update,
    );
    let keys = session.rows(&lock).await.map_err(doing)?;
    let these = keys_condition(&target.key, &keys, dialect);
    let sql = delete(dialect, target, &Expr::all([these, condition.clone()]));
    keys.iter().for_each(|key| tell(key));
    exactly(session, target, &sql, keys.len()).await
}

/// Tells keys a handful at a time: the server is through with them, and another hand of the run may give it more to do
/// meanwhile.
async fn tell_all(keys: &[i64], tell: impl Fn(&[Value])) {
    for handful in keys.chunks(HANDFUL) {
        handful.iter().for_each(|key| tell(&[Value::Int(*key)]));
        tokio::task::yield_now().await;
    }
}

/// Removes rows whose keys were read under the same locks: their number must be the number removed.
async fn exactly(
    session: &mut Session,
    target: &Target,
    sql: &crate::sql::Sql,
    count: usize,
) -> Result<u64, Failure> {
    if count == 0 {
        return Ok(0);
    }
    let doing = |trouble: Trouble| trouble.doing_in(&format!("deleting rows of {}", target.table));
    let removed = session.execute(sql).await.map_err(doing)?;
    if removed == count as u64 {
        return Ok(removed);
    }
    Err(Failure::Untrue(format!(
        "{count} rows of {} were locked and {removed} were removed; nothing of this batch was done",
        target.table
    )))
}

/// The column of a key that is one whole number. Many of those are read as one text: SQLite hands each row from the thread
/// that reads to ours, which takes longer than deleting it, and from PostgreSQL a row comes as a message of its own, which
/// takes us half as long as it takes the server to remove it.
fn whole_number(target: &Target) -> Option<&Column> {
    match target.key.as_slice() {
        [column] if column.kind == ColumnKind::Integer => Some(column),
        _ => None,
    }
}

fn not_numbers(target: &Target) -> String {
    format!(
        "the keys of {} are whole numbers, and the database told others; nothing of this batch was done",
        target.table
    )
}

/// Only within a transaction that has the write lock. `None` where a key is not a whole number after all: a column of
/// SQLite holds what it was given.
async fn joined(
    session: &mut Session,
    target: &Target,
    column: &Column,
    condition: &Expr,
) -> Result<Option<Vec<i64>>, Trouble> {
    let sql = select(
        session.dialect(),
        &target.table,
        &[Item::Count, Item::Joined(column.clone())],
        condition,
        None,
        None,
        Lock::Update,
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.first().and_then(|row| whole_numbers(row)))
}

fn whole_numbers(row: &[Value]) -> Option<Vec<i64>> {
    let keys = match row.get(1)? {
        Value::Text(text) => text
            .split(',')
            .map(|number| number.parse().ok())
            .collect::<Option<Vec<i64>>>()?,
        _ => Vec::new(),
    };
    // A key that is NULL is counted and not among the numbers.
    let told = row.first()?.as_int()?;
    (usize::try_from(told) == Ok(keys.len())).then_some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(count: i64, joined: Value) -> Option<usize> {
        whole_numbers(&[Value::Int(count), joined]).map(|keys| keys.len())
    }

    #[test]
    fn keys_are_whole_numbers_or_none_is_believed() {
        assert_eq!(read(3, Value::Text("1,-2,30".into())), Some(3));
        assert_eq!(read(0, Value::Null), Some(0));
        assert_eq!(read(2, Value::Text("1".into())), None, "a NULL among them");
        assert_eq!(read(2, Value::Text("1,2.5".into())), None);
        assert_eq!(
            read(1, Value::Text("1,2".into())),
            None,
            "a text with a comma"
        );
        assert_eq!(read(1, Value::Null), None);
    }
}
