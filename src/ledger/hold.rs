//! Which holds of the state store stand on a target.
//!
//! Their keys and conditions stand in the predicate of every statement; here stand only their names, so that a batch
//! whose predicate was made before a hold was placed finds that out under its lock, and goes no further.

use std::time::Duration;

use crate::db::{Session, Trouble};
use crate::sql::{Dialect, Sql, Value};

use super::{lock, table};

/// How often a lost race for locks is tried again, and after which pause: longer than any batch may take.
const TRIES: u32 = 120;
const PAUSE: Duration = Duration::from_millis(500);

/// Names a hold in the target, and waits for the batch in hand. When this returns no batch that does not know the hold
/// can begin or end. Naming it again changes nothing.
///
/// # Errors
/// The database's; then the hold may stand there and the batch in hand may go on.
pub async fn hold(
    session: &mut Session,
    schema: &str,
    id: &str,
    placed_at: i64,
) -> Result<(), Trouble> {
    insist(session, async |session| {
        if !held(session, schema).await?.iter().any(|one| one == id) {
            let dialect = session.dialect();
            let mut sql = Sql::new(dialect);
            sql.push("INSERT INTO ")
                .table(&table(dialect, schema, "hold"));
            sql.push(" (hold_id, placed_at) VALUES (")
                .bind(Value::Text(id.to_owned()))
                .push(", ")
                .bind(Value::Int(placed_at))
                .push(")");
            session.execute(&sql).await?;
        }
        Ok(())
    })
    .await?;
    // Every batch locks this row first, and looks for holds next: who has it now began before the hold was there.
    insist(session, async |session| {
        lock(session, schema).await.map(drop)
    })
    .await
}

/// Takes a hold's name away; one that is not there is none.
///
/// # Errors
/// The database's.
pub async fn let_go(session: &mut Session, schema: &str, id: &str) -> Result<(), Trouble> {
    insist(session, async |session| {
        let dialect = session.dialect();
        let mut sql = Sql::new(dialect);
        sql.push("DELETE FROM ")
            .table(&table(dialect, schema, "hold"));
        sql.push(" WHERE hold_id = ")
            .bind(Value::Text(id.to_owned()));
        session.execute(&sql).await.map(drop)
    })
    .await
}

/// The names of the holds that stand on the target, as they are committed now: on MySQL and MariaDB read under locks,
/// which neither looks at an older state nor fixes one.
///
/// # Errors
/// The database's.
pub async fn held(session: &mut Session, schema: &str) -> Result<Vec<String>, Trouble> {
    let dialect = session.dialect();
    let mut sql = Sql::new(dialect);
    sql.push("SELECT hold_id FROM ")
        .table(&table(dialect, schema, "hold"));
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => {}
        Dialect::Mysql | Dialect::Mariadb => {
            sql.push(" FOR UPDATE");
        }
    }
    let rows = session.rows(&sql).await?;
    let names = rows.iter().filter_map(|row| row.first()?.as_text());
    Ok(names.map(str::to_owned).collect())
}

/// One transaction, again while others have the locks that it needs.
async fn insist(
    session: &mut Session,
    inside: impl AsyncFn(&mut Session) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let mut tried = 1;
    loop {
        let done = match session.begin().await {
            Ok(()) => match inside(session).await {
                Ok(()) => session.commit().await,
                Err(trouble) => {
                    if session.in_transaction() {
                        let _ = session.rollback().await;
                    }
                    Err(trouble)
                }
            },
            Err(trouble) => Err(trouble),
        };
        match done {
            Err(trouble) if trouble.is_retryable() && !trouble.is_lost() && tried < TRIES => {
                tried += 1;
                tokio::time::sleep(PAUSE).await;
            }
            other => return other,
        }
    }
}
