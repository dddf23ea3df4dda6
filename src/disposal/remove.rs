//! The rows of one batch, inside its transaction: locked, looked at again, removed leaf first, counted.

use crate::catalog::Column;
use crate::db::{Session, Trouble};
use crate::fault::{self, Point};
use crate::plan::bound::{asked, keys_condition};
use crate::plan::{Bound, Step};
use crate::schedule::Limits;
use crate::sql::{Dialect, Expr, Item, Lock, Target, Value, select};

use super::children::{self, Generation};
use super::deleting::delete_counted;
use super::overwrite::detach;
use super::{Failure, Tally, contents, locking, tree};

/// Is told each row: its table, what happened to it, its key.
pub type Digest<'a> = dyn Fn(&crate::catalog::TableName, &'static str, &[Value]) + 'a;

/// What became of the rows within a bound.
pub enum Outcome {
    Removed(Tally),
    /// More than one transaction may touch; to be rolled back.
    TooMany,
}

/// Rows that are due, locked, and still due when looked at under all locks.
pub struct Locked {
    /// The key's columns, then the others asked for.
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Value>>,
}

impl Locked {
    /// The keys alone.
    #[must_use]
    pub fn keys(&self, width: usize) -> Vec<Vec<Value>> {
        self.rows.iter().map(|row| row[..width].to_vec()).collect()
    }
}

/// Removes the due rows within a bound.
pub async fn remove(
    session: &mut Session,
    step: &Step,
    bound: &Bound,
    limits: Limits,
    digest: &Digest<'_>,
) -> Result<Outcome, Failure> {
    let most = u64::from(limits.rows_per_batch);
    if step.stands_alone() {
        let condition = bound.within(&step.condition, session.dialect());
        let removed = delete_counted(session, &step.target, &condition, digest).await?;
        if removed > most {
            return Ok(Outcome::TooMany);
        }
        let mut tally = Tally::default();
        tally.count_rows(&step.target.table, "deleted", removed);
        return Ok(Outcome::Removed(tally));
    }
    with_others(session, step, bound, most, digest).await
}

async fn with_others(
    session: &mut Session,
    step: &Step,
    bound: &Bound,
    most: u64,
    digest: &Digest<'_>,
) -> Result<Outcome, Failure> {
    let width = step.target.key.len();
    let referred = columns_of(step, &children::referred(&step.bundle, &step.target.key));
    let mut locked = lock_due(session, step, bound, &referred).await?;
    let mut found = below(session, step, &locked).await?;
    // What decides about a row below in a tree is read like what decides about the row itself.
    let in_tree = tree::below_targets(&found);
    if !in_tree.is_empty() {
        locking::lock_read(session, step, &in_tree).await?;
    }
    // Something may have come to keep a child while we waited for its lock. Now that all are locked, nothing can.
    if !step.bundle.is_empty() && step.condition.reads_other_tables() {
        let still = still_due(session, step, &locked.columns, &locked.keys(width)).await?;
        if still.len() < locked.rows.len() {
            locked.rows = still;
            found = below(session, step, &locked).await?;
        }
    }
    let keys = locked.keys(width);
    if keys.is_empty() {
        return Ok(Outcome::Removed(Tally::default()));
    }
    fault::hit(Point::RowsLocked);
    let along: usize = found.iter().map(|generation| generation.keys.len()).sum();
    // One parent goes with all its children, however many there are; two need not.
    let too_many = |rows: u64| rows > most && keys.len() > 1;
    if too_many((keys.len() + along) as u64) {
        return Ok(Outcome::TooMany);
    }
    session.removing().await?;
    let mut tally = Tally::default();
    for generation in found.iter().rev().filter(|one| !one.reference.is_tree()) {
        take_generation(session, generation, &mut tally, digest).await?;
        if too_many(keys.len() as u64 + tally.rows()) {
            return Ok(Outcome::TooMany);
        }
    }
    let all = [keys, tree::below_targets(&found)].concat();
    contents::tell(session, step, &all, digest).await?;
    locking::forget(session, step, &all).await?;
    let (levels, circles) = tree::leaf_first(session, step, all).await?;
    if !circles.is_empty() {
        tree::open_circles(session, step, &circles).await?;
    }
    for keys in levels
        .into_iter()
        .chain([circles])
        .filter(|keys| !keys.is_empty())
    {
        let removed = take_targets(session, step, &keys, digest).await?;
        tally.count_rows(&step.target.table, "deleted", removed);
    }
    Ok(Outcome::Removed(tally))
}

async fn below(
    session: &mut Session,
    step: &Step,
    locked: &Locked,
) -> Result<Vec<Generation>, Trouble> {
    let (columns, rows) = (&locked.columns, &locked.rows);
    children::below(session, step, columns, rows, Lock::Update).await
}

fn columns_of(step: &Step, names: &[&str]) -> Vec<Column> {
    names
        .iter()
        .filter_map(|name| step.table.column(name).cloned())
        .collect()
}

/// Locks the targets, then what their condition reads, then asks the whole condition again in a new statement: what
/// was committed while we waited is seen, and nothing can change any more.
pub async fn lock_due(
    session: &mut Session,
    step: &Step,
    bound: &Bound,
    more: &[Column],
) -> Result<Locked, Trouble> {
    let dialect = session.dialect();
    let mut columns = step.target.key.clone();
    columns.extend(more.iter().cloned());
    locking::close_tables(session, &step.locks).await?;
    let within = bound.within(&step.condition, dialect);
    let mut rows = read(session, step, &columns, &within, Lock::Update).await?;
    if step.locks.is_empty() || rows.is_empty() {
        return Ok(Locked { columns, rows });
    }
    let width = step.target.key.len();
    let keys: Vec<Vec<Value>> = rows.iter().map(|row| row[..width].to_vec()).collect();
    locking::lock_read(session, step, &keys).await?;
    rows = still_due(session, step, &columns, &keys).await?;
    Ok(Locked { columns, rows })
}

/// The whole condition, asked of locked rows in a statement of its own: it sees what was committed until now.
async fn still_due(
    session: &mut Session,
    step: &Step,
    columns: &[Column],
    keys: &[Vec<Value>],
) -> Result<Vec<Vec<Value>>, Trouble> {
    let these = keys_condition(&step.target.key, keys, session.dialect());
    let again = Expr::all([these, asked(&step.condition)]);
    read(session, step, columns, &again, Lock::None).await
}

async fn read(
    session: &mut Session,
    step: &Step,
    columns: &[Column],
    condition: &Expr,
    lock: Lock,
) -> Result<Vec<Vec<Value>>, Trouble> {
    let items: Vec<Item> = columns.iter().cloned().map(Item::Column).collect();
    let sql = select(
        session.dialect(),
        &step.target.table,
        &items,
        condition,
        None,
        None,
        lock,
    );
    session.rows(&sql).await
}

async fn take_generation(
    session: &mut Session,
    generation: &Generation,
    tally: &mut Tally,
    digest: &Digest<'_>,
) -> Result<(), Failure> {
    let target = generation.target();
    let effect = children::effect(generation.reference.decision);
    if effect == "detached" {
        detach(session, generation).await?;
        count(tally, &target, effect, &generation.staying, digest);
        return Ok(());
    }
    let removed = delete_counted(session, &target, &generation.condition, digest).await?;
    tally.count_rows(&target.table, effect, removed);
    let watched = generation
        .reference
        .child
        .triggers
        .iter()
        .any(|trigger| trigger.on_delete);
    if watched {
        must_be_gone(session, &target, &generation.condition).await?;
    }
    Ok(())
}

/// Removes the targets: exactly the rows that are locked and due, or nothing.
async fn take_targets(
    session: &mut Session,
    step: &Step,
    keys: &[Vec<Value>],
    digest: &Digest<'_>,
) -> Result<u64, Failure> {
    let dialect = session.dialect();
    let these = keys_condition(&step.target.key, keys, dialect);
    let condition = Expr::all([these.clone(), asked(&residual(step, dialect))]);
    let removed = delete_counted(session, &step.target, &condition, digest).await?;
    if removed != keys.len() as u64 {
        return Err(Failure::Untrue(format!(
            "{} rows of {} were locked and due, and {} were removed: a trigger or a rule of the database interferes; \
             nothing of this batch was done",
            keys.len(),
            step.target.table,
            removed
        )));
    }
    if step.table.triggers.iter().any(|trigger| trigger.on_delete) {
        must_be_gone(session, &step.target, &these).await?;
    }
    Ok(removed)
}

/// What of the condition can still be asked once the children are gone: all of it where none went along, else what
/// stands in the row. MySQL cannot read the target of a DELETE in a subquery at all.
pub fn residual(step: &Step, dialect: Dialect) -> Expr {
    // Nor can it be asked once the reports of its event have gone.
    if step.bundle.is_empty() && step.forgets.is_none() && dialect != Dialect::Mysql {
        return step.condition.clone();
    }
    match &step.condition {
        Expr::And(terms) => Expr::all(
            terms
                .iter()
                .filter(|term| !term.reads_other_tables())
                .cloned(),
        ),
        one if one.reads_other_tables() => Expr::Truth(true),
        one => one.clone(),
    }
}

async fn must_be_gone(
    session: &mut Session,
    target: &Target,
    condition: &Expr,
) -> Result<(), Failure> {
    let sql = select(
        session.dialect(),
        &target.table,
        &[Item::Count],
        condition,
        None,
        None,
        Lock::None,
    );
    let left = session
        .rows(&sql)
        .await?
        .first()
        .and_then(|row| row.first()?.as_int())
        .unwrap_or(0);
    if left == 0 {
        return Ok(());
    }
    Err(Failure::Untrue(format!(
        "{left} rows of {} are there again after their removal: a trigger puts them back; nothing of this batch was \
         done",
        target.table
    )))
}

/// Counts keys under an effect.
pub fn count(
    tally: &mut Tally,
    target: &Target,
    effect: &'static str,
    keys: &[Vec<Value>],
    digest: &Digest<'_>,
) {
    for key in keys {
        digest(&target.table, effect, key);
    }
    tally.count_rows(&target.table, effect, keys.len() as u64);
}
