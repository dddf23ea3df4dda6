//! The head row and the ledger rows.

use sha2::{Digest, Sha256};

use crate::db::{Isolation, Session, Trouble};
use crate::sql::{Sql, Value};

use super::table;

/// Who writes to a target, and how far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub target_id: String,
    /// The log that this target belongs to.
    pub log_id: String,
    pub epoch: i64,
    /// How many batches were committed.
    pub seq: i64,
    /// A digest over the history of batches.
    pub chain: String,
}

/// What one batch writes about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub batch_id: String,
    pub run_id: String,
    pub rule: String,
    pub step: String,
    pub schedule: String,
    pub schema_seen: String,
    /// Counts and digests per table, as JSON.
    pub effects: String,
    /// The moment of our clock, RFC 3339, UTC.
    pub applied_at: String,
}

/// The chain after a batch: who rewrites one row of the ledger must rewrite all after it.
#[must_use]
pub fn chain(previous: &str, entry: &Entry) -> String {
    let mut digest = Sha256::new();
    for part in [previous, &entry.batch_id, &entry.rule, &entry.effects] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    hex::encode(digest.finalize())
}

/// The head row, if there is one.
///
/// # Errors
/// The database's.
pub async fn read(session: &mut Session, schema: &str) -> Result<Option<Head>, Trouble> {
    let sql = select(session, schema);
    Ok(session.rows(&sql).await?.first().and_then(|row| head(row)))
}

/// The head row, locked until the end of the transaction.
///
/// # Errors
/// The database's.
pub async fn lock(session: &mut Session, schema: &str) -> Result<Option<Head>, Trouble> {
    let mut sql = select(session, schema);
    match session.dialect() {
        // BEGIN IMMEDIATE has locked the file.
        crate::sql::Dialect::Sqlite => {}
        crate::sql::Dialect::Postgres => {
            sql.push(" FOR NO KEY UPDATE");
        }
        _ => {
            sql.push(" FOR UPDATE");
        }
    }
    Ok(session.rows(&sql).await?.first().and_then(|row| head(row)))
}

fn select(session: &Session, schema: &str) -> Sql {
    let dialect = session.dialect();
    let mut sql = Sql::new(dialect);
    sql.push("SELECT target_id, log_id, epoch, seq, chain FROM ")
        .table(&table(dialect, schema, "head"));
    sql
}

fn head(row: &[Value]) -> Option<Head> {
    let [target_id, log_id, epoch, seq, chain] = row else {
        return None;
    };
    Some(Head {
        target_id: target_id.as_text()?.to_owned(),
        log_id: log_id.as_text()?.to_owned(),
        epoch: epoch.as_int()?,
        seq: seq.as_int()?,
        chain: chain.as_text()?.to_owned(),
    })
}

/// Writes the head row of a target that has none, and lets nobody else do it meanwhile. False where somebody did.
///
/// # Errors
/// The database's.
pub async fn claim(
    session: &mut Session,
    schema: &str,
    head: &Head,
    at: &str,
) -> Result<bool, Trouble> {
    session.begin_at(Isolation::RowsAndGaps).await?;
    let claimed = claim_within(session, schema, head, at).await;
    match claimed {
        Ok(true) => session.commit().await.map(|()| true),
        Ok(false) => session.rollback().await.map(|()| false),
        // Two who find no row lock the same gap, and one of them is sent away.
        Err(trouble) => {
            session.rollback().await?;
            if trouble.is_retryable() && read(session, schema).await?.is_some() {
                Ok(false)
            } else {
                Err(trouble)
            }
        }
    }
}

async fn claim_within(
    session: &mut Session,
    schema: &str,
    head: &Head,
    at: &str,
) -> Result<bool, Trouble> {
    let own = table(session.dialect(), schema, "head");
    if session.dialect() == crate::sql::Dialect::Postgres {
        let mut sql = Sql::new(session.dialect());
        sql.push("LOCK TABLE ").table(&own);
        sql.push(" IN SHARE ROW EXCLUSIVE MODE");
        session.execute(&sql).await?;
    }
    if lock(session, schema).await?.is_some() {
        return Ok(false);
    }
    let dialect = session.dialect();
    let mut sql = Sql::new(dialect);
    sql.push("INSERT INTO ")
        .table(&table(dialect, schema, "head"));
    sql.push(" (target_id, log_id, epoch, seq, chain, last_time) VALUES (");
    sql.bind(Value::Text(head.target_id.clone())).push(", ");
    sql.bind(Value::Text(head.log_id.clone())).push(", ");
    sql.bind(Value::Int(head.epoch)).push(", ");
    sql.bind(Value::Int(head.seq)).push(", ");
    sql.bind(Value::Text(head.chain.clone())).push(", ");
    sql.bind(Value::Text(at.to_owned())).push(")");
    session.execute(&sql).await.map(|_| true)
}

/// Raises the epoch (step 1 of the protocol): waits for a transaction that a killed predecessor left behind, since
/// every batch locks this row. False where the epoch is not above the one that the target has seen.
///
/// # Errors
/// The database's.
pub async fn raise(session: &mut Session, schema: &str, epoch: i64) -> Result<bool, Trouble> {
    let dialect = session.dialect();
    let mut sql = Sql::new(dialect);
    sql.push("UPDATE ").table(&table(dialect, schema, "head"));
    sql.push(" SET epoch = ").bind(Value::Int(epoch));
    sql.push(" WHERE epoch < ").bind(Value::Int(epoch));
    Ok(session.execute(&sql).await? > 0)
}

/// Takes a target over from another log, above every epoch that it has seen: whoever else still works with it ends.
///
/// # Errors
/// The database's.
pub async fn take_over(
    session: &mut Session,
    schema: &str,
    head: &Head,
    log_id: &str,
    epoch: i64,
) -> Result<bool, Trouble> {
    let dialect = session.dialect();
    let mut sql = Sql::new(dialect);
    sql.push("UPDATE ").table(&table(dialect, schema, "head"));
    sql.push(" SET log_id = ")
        .bind(Value::Text(log_id.to_owned()));
    sql.push(", epoch = ").bind(Value::Int(epoch));
    sql.push(" WHERE log_id = ")
        .bind(Value::Text(head.log_id.clone()));
    sql.push(" AND seq = ").bind(Value::Int(head.seq));
    sql.push(" AND epoch < ").bind(Value::Int(epoch));
    Ok(session.execute(&sql).await? > 0)
}

/// Advances the head by one batch.
fn advance(sql: &mut Sql, schema: &str, head: &Head, at: &str) {
    let own = table(sql.dialect(), schema, "head");
    sql.push("UPDATE ").table(&own);
    sql.push(" SET seq = ").bind(Value::Int(head.seq));
    sql.push(", chain = ").bind(Value::Text(head.chain.clone()));
    sql.push(", last_time = ").bind(Value::Text(at.to_owned()));
    sql.push(" WHERE target_id = ")
        .bind(Value::Text(head.target_id.clone()));
}

/// Writes the ledger row of a batch and advances the head (step 11): in one statement where the database can, because
/// locks are held meanwhile.
///
/// # Errors
/// The database's.
pub async fn record(
    session: &mut Session,
    schema: &str,
    head: &Head,
    entry: &Entry,
) -> Result<(), Trouble> {
    let dialect = session.dialect();
    let mut sql = Sql::new(dialect);
    let at_once = dialect == crate::sql::Dialect::Postgres;
    if at_once {
        sql.push("WITH advanced AS (");
        advance(&mut sql, schema, head, &entry.applied_at);
        sql.push(") ");
    }
    sql.push("INSERT INTO ")
        .table(&table(dialect, schema, "ledger"));
    sql.push(
        " (batch_id, seq, epoch, run_id, rule, step, schedule, schema_seen, effects, chain, applied_at) VALUES (",
    );
    sql.bind(Value::Text(entry.batch_id.clone())).push(", ");
    sql.bind(Value::Int(head.seq)).push(", ");
    sql.bind(Value::Int(head.epoch)).push(", ");
    let texts = [
        &entry.run_id,
        &entry.rule,
        &entry.step,
        &entry.schedule,
        &entry.schema_seen,
        &entry.effects,
        &head.chain,
        &entry.applied_at,
    ];
    sql.list(texts, ", ", |sql, text| {
        sql.bind(Value::Text(text.clone()));
    });
    sql.push(")");
    session.execute(&sql).await?;
    if !at_once {
        let mut sql = Sql::new(dialect);
        advance(&mut sql, schema, head, &entry.applied_at);
        session.execute(&sql).await?;
    }
    Ok(())
}

/// A ledger row, as far as a lost receipt is made anew from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub seq: i64,
    pub chain: String,
    pub schedule: String,
    pub schema_seen: String,
    pub effects: String,
}

/// The ledger row of a batch, if it was committed.
///
/// # Errors
/// The database's.
pub async fn find(
    session: &mut Session,
    schema: &str,
    batch: &str,
) -> Result<Option<Found>, Trouble> {
    let dialect = session.dialect();
    let mut sql = Sql::new(dialect);
    sql.push("SELECT seq, chain, schedule, schema_seen, effects FROM ")
        .table(&table(dialect, schema, "ledger"));
    sql.push(" WHERE batch_id = ")
        .bind(Value::Text(batch.to_owned()));
    let rows = session.rows(&sql).await?;
    Ok(rows.first().and_then(|row| match row.as_slice() {
        [seq, chain, schedule, schema_seen, effects] => Some(Found {
            seq: seq.as_int()?,
            chain: chain.as_text()?.to_owned(),
            schedule: schedule.as_text()?.to_owned(),
            schema_seen: schema_seen.as_text()?.to_owned(),
            effects: effects.as_text()?.to_owned(),
        }),
        _ => None,
    }))
}
