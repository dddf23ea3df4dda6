//! Counting before anything is touched: what a plan reports, what limits are held against, what a walk is chosen by.

use crate::catalog::{Column, ColumnKind, RelationKind, TableName};
use crate::db::{Session, Trouble};
use crate::plan::{Aside, Questions, Step, asides as rows_beside};
use crate::resolve::{BoundRule, Partition};
use crate::sql::{Alias, Dialect, Expr, Is, Item, Lock, Order, Sql, Value, select};

use super::partition::due_as_a_whole;

/// Below this estimate a table's rows are counted; above it the database's estimate is taken.
const COUNT_BELOW: u64 = 1_000_000;

/// A table of so few rows by the database's estimate is asked everything in one statement.
const AT_ONCE_BELOW: u64 = 10_000;

/// How many questions there are beside "how many are due".
const ASIDES: usize = 6;

/// What was counted for one step.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// Rows of the step's own table.
    pub due: u64,
    /// The least start event among them, as the database writes it.
    pub oldest_start: Option<String>,
    /// Rows of other tables that go along or lose their reference, by table and effect.
    pub along: Vec<(String, &'static str, u64)>,
    /// Rows of the table, counted or estimated.
    pub table_rows: u64,
    /// Pages of the heap (PostgreSQL).
    pub pages: Option<u64>,
    /// How far the start event's order is the heap's, in percent (PostgreSQL).
    pub correlation_percent: u64,
    /// The pages with the first and the last due row in the start event's order, the lesser one first (PostgreSQL).
    pub due_pages: Option<(u64, u64)>,
    /// The step overwrites rows, and no index has any of the columns: new versions can stay on their pages (PostgreSQL).
    pub stays_on_page: bool,
    /// The least and greatest due key, where the key is one number.
    pub key_between: Option<(i64, i64)>,
    /// Partitions that may be emptied at once, and in which every row is due.
    pub whole_partitions: Vec<Partition>,
    /// The table's rows lie on several servers.
    pub distributed: bool,
}

impl Measured {
    /// All rows that the step would touch.
    #[must_use]
    pub fn touched(&self) -> u64 {
        self.due + self.along.iter().map(|(.., rows)| rows).sum::<u64>()
    }
}

/// What was counted for a rule beside its steps.
#[derive(Debug, Clone, Default)]
pub struct Asides {
    pub held: u64,
    pub waiting: u64,
    pub undatable: u64,
    pub newest: u64,
    pub uncovered: Option<u64>,
    pub undecided: Option<u64>,
}

/// Counts one step.
///
/// # Errors
/// The database's.
pub async fn step(session: &mut Session, step: &Step) -> Result<Measured, Trouble> {
    let mut measured = Measured::default();
    due(session, step, &mut measured).await?;
    measured.table_rows = table_rows(session, step).await?;
    if session.dialect() == Dialect::Postgres {
        heap(session, step, &mut measured).await?;
        measured.stays_on_page = super::in_place::stays_on_page(session, step).await?;
        measured.whole_partitions = due_as_a_whole(session, step).await?;
    }
    if measured.due > 0 {
        for Aside {
            table,
            effect,
            condition,
        } in rows_beside(step)
        {
            let rows = rows_that(session, &table, &condition).await?;
            let effect = super::children::effect(effect);
            let table = session.dialect().shown(&table);
            measured.along.push((table, effect, rows));
        }
    }
    Ok(measured)
}

async fn due(session: &mut Session, step: &Step, measured: &mut Measured) -> Result<(), Trouble> {
    let mut items = vec![Item::Count];
    if let Some(driving) = &step.driving {
        let column = Expr::column(Alias::ROW, &driving.column.name);
        items.push(Item::Least(column));
    }
    // Asked only where rows lie in the order of the key: elsewhere no index has both it and the start event.
    let number = match step.target.key.as_slice() {
        [one] if one.kind == ColumnKind::Integer && session.dialect().is_mysql_family() => {
            Some(Expr::column(Alias::ROW, &one.name))
        }
        _ => None,
    };
    if let Some(key) = &number {
        items.push(Item::Least(key.clone()));
        items.push(Item::Greatest(key.clone()));
    }
    let sql = select(
        session.dialect(),
        &step.target.table,
        &items,
        &step.preview,
        None,
        None,
        Lock::None,
    );
    let rows = session.rows(&sql).await?;
    let Some(row) = rows.first() else {
        return Ok(());
    };
    measured.due = count(row.first());
    if step.driving.is_some() {
        measured.oldest_start = row.get(1).and_then(Value::as_text).map(str::to_owned);
    }
    if number.is_some()
        && let [.., least, greatest] = row.as_slice()
        && let (Some(least), Some(greatest)) = (least.as_int(), greatest.as_int())
    {
        measured.key_between = Some((least, greatest));
    }
    Ok(())
}

/// Rows of the table: counted where the estimate is small or missing, since a guard against removing too large a
/// share must not rest on a stale statistic of a small table.
async fn table_rows(session: &mut Session, step: &Step) -> Result<u64, Trouble> {
    match step.table.rows_estimate {
        Some(estimate) if estimate >= COUNT_BELOW => Ok(estimate),
        _ => {
            let sql = select(
                session.dialect(),
                &step.target.table,
                &[Item::Count],
                &Expr::Truth(true),
                None,
                None,
                Lock::None,
            );
            single(session, &sql).await
        }
    }
}

async fn heap(session: &mut Session, step: &Step, measured: &mut Measured) -> Result<(), Trouble> {
    let name = &step.target.table;
    let driving = step.driving.as_ref();
    let is_heap = step.table.relation == RelationKind::Table;
    if !is_heap && driving.is_none() {
        return Ok(());
    }
    let mut sql = Sql::new(Dialect::Postgres);
    sql.push("SELECT pg_catalog.pg_relation_size(c.oid) / current_setting('block_size')::bigint");
    sql.push(
        ", (SELECT CAST(round(abs(s.correlation) * 100) AS bigint) FROM pg_catalog.pg_stats s",
    );
    sql.push(" WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND NOT s.inherited");
    sql.push(" AND s.attname = ");
    sql.bind(Value::Text(
        driving.map_or_else(String::new, |one| one.column.name.clone()),
    ));
    sql.push(
        ") FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
    );
    sql.push(" WHERE n.nspname = ")
        .bind(Value::Text(name.schema.clone()));
    sql.push(" AND c.relname = ")
        .bind(Value::Text(name.table.clone()));
    let rows = session.rows(&sql).await?;
    let told = rows.first();
    if is_heap {
        measured.pages = Some(told.map_or(0, |row| count(row.first())));
    }
    let Some(driving) = driving else {
        return Ok(());
    };
    measured.correlation_percent = told.map_or(0, |row| count(row.get(1)));
    let indexed = step
        .table
        .has_index_on(std::slice::from_ref(&driving.column.name));
    if measured.due == 0 || !driving.walkable || !indexed {
        return Ok(());
    }
    // On the only page there is.
    if measured.pages == Some(1) {
        measured.due_pages = Some((0, 0));
    } else {
        let column = std::slice::from_ref(&driving.column);
        let first = page(session, step, column, Order::Up).await?;
        let last = page(session, step, column, Order::Down).await?;
        measured.due_pages = first
            .zip(last)
            .map(|(first, last)| (first.min(last), first.max(last)));
    }
    Ok(())
}

/// The page of the first due row in an order.
async fn page(
    session: &mut Session,
    step: &Step,
    columns: &[Column],
    order: Order,
) -> Result<Option<u64>, Trouble> {
    let sql = select(
        session.dialect(),
        &step.target.table,
        &[Item::Page],
        &step.preview,
        Some((columns, order)),
        Some((1, 0)),
        Lock::None,
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.first().map(|row| count(row.first())))
}

/// Counts what a rule leaves where it is. `thorough` also counts what no purpose covers and what a NULL
/// leaves undecided, which reads the whole table.
///
/// # Errors
/// The database's.
pub async fn asides(
    session: &mut Session,
    rule: &BoundRule,
    questions: &Questions,
    thorough: bool,
) -> Result<Asides, Trouble> {
    let asked = [
        questions.held.as_ref(),
        questions.waiting.as_ref(),
        questions.undatable.as_ref(),
        questions.newest.as_ref(),
        questions.uncovered.as_ref().filter(|_| thorough),
        questions.undecided.as_ref().filter(|_| thorough),
    ];
    let small = rule.table.rows_estimate;
    let [held, waiting, undatable, newest, uncovered, undecided] =
        if small.is_some_and(|rows| rows <= AT_ONCE_BELOW) {
            ask_at_once(session, rule, asked).await?
        } else {
            let mut counts = [0; ASIDES];
            for (count, condition) in counts.iter_mut().zip(asked) {
                *count = ask(session, rule, condition).await?;
            }
            counts
        };
    Ok(Asides {
        held,
        waiting,
        undatable,
        newest,
        uncovered: thorough.then_some(uncovered),
        undecided: thorough.then_some(undecided),
    })
}

/// One look at a small table, whatever the indexes: most of a plan's time is the way to the database and back, where
/// there are many small tables.
async fn ask_at_once(
    session: &mut Session,
    rule: &BoundRule,
    asked: [Option<&Expr>; ASIDES],
) -> Result<[u64; ASIDES], Trouble> {
    let items: Vec<Item> = asked
        .into_iter()
        .flatten()
        .map(|one| Item::CountThat(one.clone()))
        .collect();
    let mut counts = [0; ASIDES];
    if items.is_empty() {
        return Ok(counts);
    }
    let sql = select(
        session.dialect(),
        &rule.table.name,
        &items,
        &Expr::Truth(true),
        None,
        None,
        Lock::None,
    );
    let rows = session.rows(&sql).await?;
    let mut told = rows.first().into_iter().flatten();
    for (number, condition) in counts.iter_mut().zip(asked) {
        if condition.is_some() {
            *number = count(told.next());
        }
    }
    Ok(counts)
}

/// Counts the rows of a rule's table that meet a condition; none where there is no condition.
///
/// # Errors
/// The database's.
pub async fn ask(
    session: &mut Session,
    rule: &BoundRule,
    condition: Option<&Expr>,
) -> Result<u64, Trouble> {
    let Some(condition) = condition else {
        return Ok(0);
    };
    rows_that(session, &rule.table.name, condition).await
}

/// How many keys stand for more than one row, or for none, where no unique index proves them: a removal by such a key
/// would take rows that nobody asked about.
///
/// # Errors
/// The database's.
pub async fn repeated_keys(session: &mut Session, rule: &BoundRule) -> Result<u64, Trouble> {
    let mut repeated = 0;
    for (table, key) in rule.unproven_keys() {
        repeated += repeated_in(session, table, key).await?;
    }
    Ok(repeated)
}

async fn repeated_in(
    session: &mut Session,
    table: &TableName,
    key: &[Column],
) -> Result<u64, Trouble> {
    let dialect = session.dialect();
    let mut sql = Sql::new(dialect);
    sql.push("SELECT COUNT(*) FROM (SELECT 1 AS one FROM ")
        .table(table);
    sql.push(" AS t0 GROUP BY ");
    sql.list(key, ", ", |sql, column| {
        sql.column(Alias::ROW, &column.name);
    });
    sql.push(" HAVING COUNT(*) > 1 OR ");
    sql.list(key, " OR ", |sql, column| {
        sql.expr(&Expr::column(Alias::ROW, &column.name).is(Is::Null));
    });
    sql.push(") AS repeated");
    single(session, &sql).await
}

/// Counts the rows of a table that meet a condition.
///
/// # Errors
/// The database's.
pub async fn rows_that(
    session: &mut Session,
    table: &TableName,
    condition: &Expr,
) -> Result<u64, Trouble> {
    let items = [Item::Count];
    let sql = select(
        session.dialect(),
        table,
        &items,
        condition,
        None,
        None,
        Lock::None,
    );
    single(session, &sql).await
}

async fn single(session: &mut Session, sql: &Sql) -> Result<u64, Trouble> {
    let rows = session.rows(sql).await?;
    Ok(rows.first().map_or(0, |row| count(row.first())))
}

fn count(value: Option<&Value>) -> u64 {
    value
        .and_then(Value::as_int)
        .and_then(|int| u64::try_from(int).ok())
        .unwrap_or(0)
}
