//! Where a target may have no table of ours: a lock of the session in the place of the head row, and what the server
//! itself says of where we are and of what became of a transaction.
//!
//! The lock ends with the session, so whoever gets it knows that a predecessor's transaction has ended as well.

use sha2::{Digest, Sha256};

use crate::db::{Session, Trouble, TroubleKind};
use crate::sql::{Dialect, Sql, Value};

/// What the names of targets without a ledger begin with.
const WITHOUT: &str = "no-ledger:";

/// True for the name of a target without a ledger.
#[must_use]
pub fn is_without(target: &str) -> bool {
    target.starts_with(WITHOUT)
}

/// Where a session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// A digest of which server, database and timeline it is. One that was promoted or put back from a dump has another.
    pub name: String,
    /// Every transaction so far has a lower number; PostgreSQL alone tells.
    pub next: Option<u64>,
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Committed,
    Aborted,
    Open,
    /// It is so long ago that the server does not know it any more.
    Forgotten,
}

/// Takes the lock that stands for the head row, until the session ends; false where another session has it.
///
/// # Errors
/// The database's; it has no such lock.
pub async fn hold(session: &mut Session) -> Result<bool, Trouble> {
    let sql = match session.dialect() {
        Dialect::Postgres => "SELECT pg_try_advisory_lock(1919251566, 1751474532)",
        Dialect::Mysql | Dialect::Mariadb => {
            "SELECT GET_LOCK(CONCAT('retentiond.', MD5(DATABASE())), 0)"
        }
        Dialect::Sqlite => return Err(no_lock()),
    };
    if !is_true(session, sql).await? {
        return Ok(false);
    }
    // Servers that speak the protocol may say so and lock nothing.
    match holds(session).await? {
        true => Ok(true),
        false => Err(no_lock()),
    }
}

/// True where this session has the lock still: asked by every batch, since a pooler may hand each transaction to another
/// session.
///
/// # Errors
/// The database's.
pub async fn holds(session: &mut Session) -> Result<bool, Trouble> {
    let sql = match session.dialect() {
        Dialect::Postgres => {
            "SELECT count(*) > 0 FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND classid = 1919251566
                AND objid = 1751474532 AND objsubid = 2 AND pid = pg_backend_pid() AND granted
                AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"
        }
        Dialect::Mysql | Dialect::Mariadb => {
            "SELECT COALESCE(IS_USED_LOCK(CONCAT('retentiond.', MD5(DATABASE()))) = CONNECTION_ID(), 0)"
        }
        Dialect::Sqlite => return Err(no_lock()),
    };
    is_true(session, sql).await
}

fn no_lock() -> Trouble {
    Trouble::new(
        TroubleKind::Unsupported,
        "locking a database that has no ledger",
    )
    .hinting("this server has no lock of a session: have a DBA create the ledger, and remove `assurance`")
}

async fn is_true(session: &mut Session, sql: &'static str) -> Result<bool, Trouble> {
    let rows = session.rows(&Sql::literal(session.dialect(), sql)).await?;
    Ok(match rows.first().and_then(|row| row.first()) {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::Int(int)) => *int == 1,
        Some(Value::Unsigned(int)) => *int == 1,
        _ => false,
    })
}

/// Where the session is.
///
/// # Errors
/// The database's.
pub async fn place(session: &mut Session) -> Result<Place, Trouble> {
    let dialect = session.dialect();
    let sql = match dialect {
        Dialect::Postgres => {
            "SELECT (SELECT system_identifier::text FROM pg_control_system()),
                (SELECT oid::text FROM pg_catalog.pg_database WHERE datname = current_database()),
                substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
                pg_snapshot_xmax(pg_current_snapshot())::text"
        }
        Dialect::Mariadb => "SELECT @@server_uid, DATABASE(), '', NULL",
        Dialect::Mysql => "SELECT @@server_uuid, DATABASE(), '', NULL",
        Dialect::Sqlite => return Err(no_lock()),
    };
    let rows = session.rows(&Sql::literal(dialect, sql)).await?;
    let cells: Vec<Option<&str>> = match rows.first() {
        Some(row) => row.iter().map(Value::as_text).collect(),
        None => Vec::new(),
    };
    let mut digest = Sha256::new();
    for part in cells.iter().take(3) {
        let part = part.unwrap_or_default();
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    let name = hex::encode(digest.finalize());
    let next = cells.get(3).copied().flatten();
    Ok(Place {
        name: format!("{WITHOUT}{}", name.get(..32).unwrap_or_default()),
        next: next.and_then(|next| next.parse().ok()),
    })
}

/// The number of the open transaction.
///
/// # Errors
/// The database's.
pub async fn transaction(session: &mut Session) -> Result<String, Trouble> {
    let sql = Sql::literal(Dialect::Postgres, "SELECT pg_current_xact_id()::text");
    let rows = session.rows(&sql).await?;
    let number = rows.first().and_then(|row| row.first()?.as_text());
    match number {
        Some(number) => Ok(number.to_owned()),
        None => Err(Trouble::new(
            TroubleKind::Unsupported,
            "asking for the number of a transaction",
        )),
    }
}

/// What became of a transaction of this server.
///
/// # Errors
/// The database's.
pub async fn fate(session: &mut Session, transaction: &str) -> Result<Fate, Trouble> {
    let mut sql = Sql::new(Dialect::Postgres);
    sql.push("SELECT pg_xact_status(CAST(")
        .bind(Value::Text(transaction.to_owned()))
        .push(" AS xid8))");
    let rows = session.rows(&sql).await?;
    Ok(match rows.first().and_then(|row| row.first()?.as_text()) {
        Some("committed") => Fate::Committed,
        Some("aborted") => Fate::Aborted,
        Some("in progress") => Fate::Open,
        _ => Fate::Forgotten,
    })
}
