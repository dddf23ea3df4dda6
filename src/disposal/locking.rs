//! Locks what a condition reads beside the target rows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::catalog::TableName;
use crate::db::{Isolation, Session, Trouble};
use crate::plan::{Climb, Locks, Proof, Step};
use crate::resolve::Hop;
use crate::sql::{
    Alias, Dialect, Expr, Item, KeyList, Lock, Sql, Subquery, Target, Value, delete_untold, select,
};

/// How a batch of this step sees what others do. MySQL and MariaDB cannot close a table inside a transaction; at
/// SERIALIZABLE they lock each row that a statement reads and the gaps between, so that no new row appears in them.
#[must_use]
pub fn isolation(step: &Step) -> Isolation {
    if step.locks.tables.is_empty() {
        Isolation::ReadCommitted
    } else {
        Isolation::RowsAndGaps
    }
}

/// Where nobody watches over a reference, its table is closed to new rows meanwhile.
pub async fn close_tables(session: &mut Session, locks: &Locks) -> Result<(), Trouble> {
    if session.dialect() != Dialect::Postgres {
        return Ok(());
    }
    for table in &locks.tables {
        let mut sql = Sql::new(Dialect::Postgres);
        sql.push("LOCK TABLE ").table(table);
        sql.push(" IN SHARE ROW EXCLUSIVE MODE");
        session.execute(&sql).await?;
    }
    Ok(())
}

/// Locks the rows that the condition reads for these keys.
pub async fn lock_read(
    session: &mut Session,
    step: &Step,
    keys: &[Vec<Value>],
) -> Result<(), Trouble> {
    if session.dialect() == Dialect::Sqlite {
        // BEGIN IMMEDIATE: nobody else writes.
        return Ok(());
    }
    let reads = Reads::of(&step.condition, session.dialect());
    let from = Start {
        target: &step.target,
        keys,
        reads: &reads,
    };
    locked_from(session, from, &step.locks).await
}

async fn locked_from(session: &mut Session, from: Start<'_>, locks: &Locks) -> Result<(), Trouble> {
    for above in &locks.parents {
        for depth in 1..above.path.len() {
            lock_parents(session, from, &above.path[..depth], Lock::Share).await?;
        }
        lock_parents(session, from, &above.path, above.lock).await?;
    }
    for below in &locks.children {
        let last = Hop::down(&below.relation);
        let path = [below.path.as_slice(), &[last]].concat();
        lock_parents(session, from, &path, Lock::Share).await?;
    }
    for one in &locks.climbs {
        climb(session, from, one).await?;
    }
    for one in &locks.named {
        lock(session, from, &one.table, &one.condition, Lock::Share).await?;
    }
    for proof in &locks.proofs {
        let link = |here| proof.condition.realias(Proof::OF, here);
        let rows = linked(session, from, &proof.path, link);
        lock(session, from, &proof.table, &rows, Lock::Share).await?;
    }
    Ok(())
}

/// Locks the rows above others, level by level, and what holds any of them. The way up is read again under each lock,
/// so that a row that was put under another meanwhile is followed there.
async fn climb(session: &mut Session, from: Start<'_>, climb: &Climb) -> Result<(), Trouble> {
    let dialect = session.dialect();
    let width = climb.rows.key.len();
    let mut items = climb.rows.key_items();
    items.extend(from.reads.items(&climb.rows.table));
    let mut level: Vec<Vec<Value>> = if let Some((last, before)) = climb.path.split_last() {
        for depth in 1..climb.path.len() {
            lock_parents(session, from, &climb.path[..depth], Lock::Share).await?;
        }
        let rows = linked(session, from, before, |here| last.link(here, Alias::ROW));
        let sql = select(
            dialect,
            &climb.rows.table,
            &items,
            &rows,
            None,
            None,
            climb.lock,
        );
        keys_of(session.rows(&sql).await?, width)
    } else {
        from.keys.to_vec()
    };
    let mut seen: HashSet<Vec<Value>> = level.iter().cloned().collect();
    while !level.is_empty() {
        let here = Start {
            target: &climb.rows,
            keys: &level,
            reads: from.reads,
        };
        let mut next = Vec::new();
        for relation in &climb.relations {
            let up = Hop::up(relation);
            let rows = linked(session, here, &[], |row| up.link(row, Alias::ROW));
            let sql = select(
                dialect,
                &climb.rows.table,
                &items,
                &rows,
                None,
                None,
                climb.lock,
            );
            next.extend(keys_of(session.rows(&sql).await?, width));
        }
        next.retain(|key| seen.insert(key.clone()));
        level = next;
    }
    if seen.is_empty() {
        return Ok(());
    }
    let all: Vec<Vec<Value>> = seen.into_iter().collect();
    let every = Start {
        target: &climb.rows,
        keys: &all,
        reads: from.reads,
    };
    Box::pin(locked_from(session, every, &climb.above)).await
}

/// Where a path begins.
#[derive(Clone, Copy)]
struct Start<'a> {
    target: &'a Target,
    keys: &'a [Vec<Value>],
    reads: &'a Reads,
}

fn keys_of(mut rows: Vec<Vec<Value>>, width: usize) -> Vec<Vec<Value>> {
    rows.iter_mut().for_each(|row| row.truncate(width));
    rows
}

/// What a condition reads of each table. InnoDB locks what it reads: where an index holds all that is read of a row under
/// a shared lock, the row itself is left alone, and what the index does not hold may change. So the same columns are read
/// here as there.
#[derive(Default)]
struct Reads(BTreeMap<TableName, BTreeSet<String>>);

impl Reads {
    fn of(condition: &Expr, dialect: Dialect) -> Self {
        let mut reads = Self::default();
        if !dialect.is_mysql_family() {
            return reads;
        }
        let mut tables: HashMap<Alias, TableName> = HashMap::new();
        condition.visit(&mut |one| {
            if let Expr::Exists(query) | Expr::AtLeast(_, query) = one {
                tables.insert(query.alias, query.table.clone());
                for (table, alias, _) in &query.joins {
                    tables.insert(*alias, table.clone());
                }
            }
            if let Expr::Tree(tree) = one {
                tables.insert(tree.seed, tree.table.clone());
                for link in &tree.links {
                    for name in link.gives.iter().chain(&link.meets) {
                        reads.add(&tree.table, name);
                    }
                }
            }
        });
        condition.visit(&mut |one| {
            if let Expr::Column(alias, name) = one
                && let Some(table) = tables.get(alias)
            {
                reads.add(table, name);
            }
        });
        reads
    }

    fn add(&mut self, table: &TableName, column: &str) {
        let columns = self.0.entry(table.clone()).or_default();
        columns.insert(column.to_owned());
    }

    fn items(&self, table: &TableName) -> Vec<Item> {
        let columns = self.0.get(table).into_iter().flatten();
        columns
            .map(|name| Item::Text(Expr::column(Alias::ROW, name)))
            .collect()
    }
}

/// Locks the rows at the end of a path; its last step may lead to children as well.
async fn lock_parents(
    session: &mut Session,
    from: Start<'_>,
    path: &[Hop],
    how: Lock,
) -> Result<(), Trouble> {
    let Some((last, before)) = path.split_last() else {
        return Ok(());
    };
    let link = |here| last.link(here, Alias::ROW);
    let rows = linked(session, from, before, link);
    lock(session, from, &last.parent, &rows, how).await
}

/// Rows that are linked with the rows at the end of a path.
fn linked(
    session: &Session,
    from: Start<'_>,
    path: &[Hop],
    link: impl FnOnce(Alias) -> Expr,
) -> Expr {
    // Far from the aliases that a condition takes.
    let start = Alias(20_000);
    let mut here = start;
    let mut joins = Vec::new();
    for (index, hop) in path.iter().enumerate() {
        let next = Alias(start.0 + 1 + u32::try_from(index).unwrap_or_default());
        joins.push((hop.parent.clone(), next, hop.link(here, next)));
        here = next;
    }
    Expr::Exists(Box::new(Subquery {
        table: from.target.table.clone(),
        alias: start,
        joins,
        condition: Expr::all([these(from, start, session.dialect()), link(here)]),
    }))
}

async fn lock(
    session: &mut Session,
    from: Start<'_>,
    table: &TableName,
    rows: &Expr,
    how: Lock,
) -> Result<(), Trouble> {
    let dialect = session.dialect();
    let mut items = from.reads.items(table);
    if items.is_empty() {
        items.push(Item::One);
    }
    let sql = select(dialect, table, &items, rows, None, None, how);
    session.each_row(&sql, drop).await
}

/// Removes the reports about rows that are about to go.
pub async fn forget(
    session: &mut Session,
    step: &Step,
    keys: &[Vec<Value>],
) -> Result<(), Trouble> {
    let Some(reports) = &step.forgets else {
        return Ok(());
    };
    let from = Start {
        target: &step.target,
        keys,
        reads: &Reads::default(),
    };
    let link = |here| reports.condition.realias(Proof::OF, here);
    let rows = linked(session, from, &reports.path, link);
    let target = Target {
        table: reports.table.clone(),
        key: Vec::new(),
    };
    session
        .execute(&delete_untold(session.dialect(), &target, &rows))
        .await
        .map(drop)
        .map_err(|trouble| trouble.doing_in("removing the reports about rows that go"))
}

fn these(from: Start<'_>, alias: Alias, dialect: Dialect) -> Expr {
    Expr::InKeys(KeyList {
        alias,
        columns: from
            .target
            .key
            .iter()
            .map(|column| (column.name.clone(), column.cast_for(dialect)))
            .collect(),
        keys: from.keys.to_vec(),
    })
}
