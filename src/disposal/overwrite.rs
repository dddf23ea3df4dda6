//! The rows of one batch whose columns are overwritten, inside its transaction: all columns in one statement, read
//! back before the commit.

use crate::anonymise::{OperatingSystem, Rewrite, equals};
use crate::catalog::Column;
use crate::db::Session;
use crate::fault::{self, Point};
use crate::plan::bound::{asked, keys_condition};
use crate::plan::{Bound, Step};
use crate::schedule::Limits;
use crate::sql::{Alias, Expr, Is, Item, Lock, Target, Value, select, update, update_telling};

use super::children::Generation;
use super::remove::{Digest, Outcome, count, lock_due, residual};
use super::unmoved::Seen;
use super::{Failure, Tally};

/// Overwrites the due rows within a bound.
pub async fn overwrite(
    session: &mut Session,
    step: &Step,
    rewrite: &Rewrite,
    bound: &Bound,
    limits: Limits,
    digest: &Digest<'_>,
) -> Result<Outcome, Failure> {
    if let Some(values) = rewrite.uniform()
        && session.dialect().update_returns()
        && step.overwrites_unseen()
    {
        let of = (step, rewrite, values.as_slice());
        return unseen(session, of, bound, limits, digest).await;
    }
    let reads = rewrite.reads();
    let locked = lock_due(session, step, bound, &reads).await?;
    let width = step.target.key.len();
    let keys = locked.keys(width);
    if keys.len() > limits.rows_per_batch as usize {
        return Ok(Outcome::TooMany);
    }
    let mut tally = Tally::default();
    if keys.is_empty() {
        return Ok(Outcome::Removed(tally));
    }
    fault::hit(Point::RowsLocked);
    let before = Seen::before(session, step, rewrite, &keys).await?;
    match rewrite.uniform() {
        Some(values) => {
            let condition = asked_again(session, step, &keys);
            let sql = update(session.dialect(), &step.target, &values, &condition);
            let done = session.execute(&sql).await;
            done.map_err(|trouble| trouble.doing_in(&overwriting(step)))?;
        }
        None => row_by_row(session, step, rewrite, &locked.rows, width).await?,
    }
    read_back(session, step, rewrite, &keys).await?;
    before.unmoved(session, step, &keys).await?;
    count(&mut tally, &step.target, "anonymised", &keys, digest);
    Ok(Outcome::Removed(tally))
}

/// All in one statement, which tells of each row whether it is as it should be.
async fn unseen(
    session: &mut Session,
    (step, rewrite, values): (&Step, &Rewrite, &[(Column, Value)]),
    bound: &Bound,
    limits: Limits,
    digest: &Digest<'_>,
) -> Result<Outcome, Failure> {
    let condition = bound.within(&step.condition, session.dialect());
    let mut told = step.target.key_items();
    told.push(Item::Truth(rewrite.finished(Alias::ROW)));
    let sql = update_telling(session.dialect(), &step.target, values, &condition, &told);
    let (mut rows, mut finished) = (0_u64, 0_u64);
    let see = |mut row: Vec<Value>| {
        rows += 1;
        finished += u64::from(row.pop() == Some(Value::Int(1)));
        digest(&step.target.table, "anonymised", &row);
    };
    session
        .each_row(&sql, see)
        .await
        .map_err(|trouble| trouble.doing_in(&overwriting(step)))?;
    if rows > u64::from(limits.rows_per_batch) {
        return Ok(Outcome::TooMany);
    }
    if finished != rows {
        return Err(changed(step, rows, finished));
    }
    let mut tally = Tally::default();
    tally.count_rows(&step.target.table, "anonymised", rows);
    Ok(Outcome::Removed(tally))
}

fn overwriting(step: &Step) -> String {
    format!("overwriting rows of {}", step.target.table)
}

fn changed(step: &Step, rows: u64, done: u64) -> Failure {
    Failure::Untrue(format!(
        "{rows} rows of {} were overwritten and {done} read back as they should be: a trigger or the database changed a \
         value; nothing of this batch was done",
        step.target.table
    ))
}

fn asked_again(session: &Session, step: &Step, keys: &[Vec<Value>]) -> Expr {
    let dialect = session.dialect();
    let these = keys_condition(&step.target.key, keys, dialect);
    // MySQL and MariaDB cannot read the target of an UPDATE in a subquery; it was asked under all locks before.
    let rest = if dialect.is_mysql_family() {
        residual(step, crate::sql::Dialect::Mysql)
    } else {
        step.condition.clone()
    };
    Expr::all([these, asked(&rest)])
}

async fn row_by_row(
    session: &mut Session,
    step: &Step,
    rewrite: &Rewrite,
    rows: &[Vec<Value>],
    width: usize,
) -> Result<(), Failure> {
    for row in rows {
        let (key, old) = row.split_at(width);
        let values = rewrite
            .fresh(old, &mut OperatingSystem)
            .map_err(|error| Failure::Untrue(error.to_string()))?;
        let condition = asked_again(session, step, &[key.to_vec()]);
        let sql = update(session.dialect(), &step.target, &values, &condition);
        let done = session.execute(&sql).await;
        done.map_err(|trouble| trouble.doing_in(&overwriting(step)))?;
    }
    Ok(())
}

/// Every row must be finished now: a trigger that rewrites a value, or a value that the database changed on its way
/// in, is found here.
async fn read_back(
    session: &mut Session,
    step: &Step,
    rewrite: &Rewrite,
    keys: &[Vec<Value>],
) -> Result<(), Failure> {
    let dialect = session.dialect();
    let these = keys_condition(&step.target.key, keys, dialect);
    let finished = Expr::all([these, rewrite.finished(Alias::ROW)]);
    let sql = select(
        dialect,
        &step.target.table,
        &[Item::Count],
        &finished,
        None,
        None,
        Lock::None,
    );
    let done = session
        .rows(&sql)
        .await?
        .first()
        .and_then(|row| row.first()?.as_int())
        .unwrap_or(0);
    if usize::try_from(done).is_ok_and(|done| done == keys.len()) {
        return Ok(());
    }
    Err(changed(
        step,
        keys.len() as u64,
        u64::try_from(done).unwrap_or(0),
    ))
}

/// Sets a reference to NULL, or to the row that stands for the one that goes.
pub async fn detach(session: &mut Session, generation: &Generation) -> Result<(), Failure> {
    if generation.keys.is_empty() {
        return Ok(());
    }
    let dialect = session.dialect();
    let target: Target = generation.target();
    let stand_in = generation.reference.stand_in.as_ref();
    let becomes = stand_in.map_or(Value::Null, |to| to.value.clone());
    let freed: Vec<(Column, Value)> = generation
        .reference
        .frees
        .iter()
        .map(|column| (column.clone(), becomes.clone()))
        .collect();
    let these = keys_condition(&target.key, &generation.keys, dialect);
    session
        .execute(&update(dialect, &target, &freed, &these))
        .await?;
    let free = freed.iter().map(|(column, value)| {
        let done = equals(column, value, Alias::ROW, dialect);
        done.unwrap_or_else(|| Expr::column(Alias::ROW, &column.name).is(Is::NotNull))
    });
    let condition = Expr::all(std::iter::once(these).chain(free));
    let items = target.key_items();
    let sql = select(
        dialect,
        &target.table,
        &items,
        &condition,
        None,
        None,
        Lock::None,
    );
    let keys = session.rows(&sql).await?;
    if keys.len() == generation.keys.len() {
        return Ok(());
    }
    Err(Failure::Untrue(format!(
        "{} rows of {} should have lost a reference and {} did; nothing of this batch was done",
        generation.keys.len(),
        target.table,
        keys.len()
    )))
}
