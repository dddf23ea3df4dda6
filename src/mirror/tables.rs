//! The tables of the shared state store, and every statement over them.

use sha2::{Digest, Sha256};

use crate::db::{Session, Trouble, TroubleKind};
use crate::files::Deed;
use crate::sql::{Dialect, Sql, Value};

/// The most bytes that are sent in one statement.
const PIECE: usize = 1 << 20;

/// The script that makes the tables, as a DBA would apply it.
#[must_use]
pub fn script() -> &'static str {
    include_str!("../../migrations/postgres/state.sql")
}

fn literal(text: &'static str) -> Sql {
    Sql::literal(Dialect::Postgres, text)
}

fn number(length: u64) -> Value {
    Value::Int(i64::try_from(length).unwrap_or(i64::MAX))
}

/// A text of ours with values: each "?" is a place for the next one.
fn with(text: &'static str, values: Vec<Value>) -> Sql {
    let mut sql = Sql::new(Dialect::Postgres);
    let mut parts = text.split('?');
    sql.push(parts.next().unwrap_or_default());
    for (part, value) in parts.zip(values) {
        sql.bind(value).push(part);
    }
    sql
}

/// A host that vanishes must not be taken for one that serves until the system's own patience is over, two hours: the
/// server looks after a quiet connection. Half a minute, and nothing where the connection is a socket of one host.
///
/// # Errors
/// The database's.
pub async fn watch_closely(session: &mut Session) -> Result<(), Trouble> {
    let set = "SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false), \
               set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '25000', false)";
    session.rows(&literal(set)).await.map(drop)
}

/// Takes the lock that says who serves; it ends with the connection. False: somebody has it.
///
/// # Errors
/// The database's.
pub async fn try_lock(session: &mut Session) -> Result<bool, Trouble> {
    // "retentio" as a number; advisory locks are the database's own.
    let ask = "SELECT pg_try_advisory_lock(8243122658594777455)";
    let rows = session.rows(&literal(ask)).await?;
    Ok(rows == [[Value::Bool(true)]])
}

/// True where the tables are there and may be read.
///
/// # Errors
/// Any trouble but missing tables.
pub async fn are_there(session: &mut Session) -> Result<bool, Trouble> {
    for look in [
        "SELECT 1 FROM retentiond_state.owner WHERE false",
        "SELECT 1 FROM retentiond_state.file WHERE false",
        "SELECT 1 FROM retentiond_state.part WHERE false",
    ] {
        match session.rows(&literal(look)).await {
            Ok(_) => {}
            Err(trouble) if trouble.kind == TroubleKind::SchemaChanged => return Ok(false),
            Err(trouble) => return Err(denied(trouble)),
        }
    }
    Ok(true)
}

/// Makes the tables where they are not there.
///
/// # Errors
/// The database's, most often a missing right to make them.
pub async fn make_tables(session: &mut Session) -> Result<(), Trouble> {
    if are_there(session).await? {
        return Ok(());
    }
    let whole = script();
    let statements = whole.split(";\n").map(str::trim);
    for statement in statements.filter(|one| !one.is_empty()) {
        session
            .execute(&literal(statement))
            .await
            .map_err(|trouble| {
                denied(trouble.doing("creating the tables of the shared state store"))
            })?;
    }
    Ok(())
}

/// Whether this user may do what an owner has to, where the tables are there; where they are not, whether it may make them.
///
/// # Errors
/// The database's; a right is missing.
pub async fn rights(session: &mut Session) -> Result<(), Trouble> {
    let ask = match are_there(session).await? {
        true => {
            "SELECT bool_and(has_table_privilege('retentiond_state.' || name, verb)) \
             FROM unnest(ARRAY['owner', 'file', 'part']) AS name, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS verb"
        }
        false => "SELECT has_database_privilege(current_database(), 'CREATE')",
    };
    if session.rows(&literal(ask)).await? == [[Value::Bool(true)]] {
        return Ok(());
    }
    let doing = "looking at the rights to the tables of the shared state store";
    Err(denied(Trouble::new(TroubleKind::Denied, doing)))
}

/// The hint for targets would not help here.
fn denied(trouble: Trouble) -> Trouble {
    if trouble.kind != TroubleKind::Denied {
        return trouble;
    }
    trouble.hinting(
        "let a DBA apply the script that `retentiond migrate --print` shows, and grant this user USAGE on the schema \
         retentiond_state and SELECT, INSERT, UPDATE and DELETE on its tables",
    )
}

/// Who serves, or served last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerRow {
    /// Names the store.
    pub store: String,
    /// The identity of the log that lies in it, once it is known.
    pub log: Option<String>,
    pub epoch: i64,
    pub host: String,
    pub since: String,
}

fn owner_row(row: &[Value]) -> Option<OwnerRow> {
    let text = |n: usize| row.get(n).and_then(Value::as_text).map(str::to_owned);
    Some(OwnerRow {
        store: text(0)?,
        log: text(1),
        epoch: row.get(2)?.as_int()?,
        host: text(3)?,
        since: text(4)?,
    })
}

/// The owner; `None`: there was none yet, or no table.
///
/// # Errors
/// The database's.
pub async fn owner(session: &mut Session) -> Result<Option<OwnerRow>, Trouble> {
    let ask = "SELECT store, log_id, epoch, host, since FROM retentiond_state.owner";
    match session.rows(&literal(ask)).await {
        Ok(rows) => Ok(rows.first().and_then(|row| owner_row(row))),
        Err(trouble) if trouble.kind == TroubleKind::SchemaChanged => Ok(None),
        Err(trouble) => Err(denied(trouble)),
    }
}

/// Makes this host the owner; waits for a write of the one before.
///
/// # Errors
/// The database's.
pub async fn raise(session: &mut Session, store: &str, host: &str) -> Result<OwnerRow, Trouble> {
    let raise = "INSERT INTO retentiond_state.owner AS own (store, epoch, host, since) \
                 VALUES (?, 1, ?, to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS \"UTC\"')) \
                 ON CONFLICT (one) DO UPDATE SET epoch = own.epoch + 1, host = excluded.host, since = excluded.since \
                 RETURNING store, log_id, epoch, host, since";
    let texts = [store, host].map(|text| Value::Text(text.to_owned()));
    let rows = session
        .rows(&with(raise, texts.into()))
        .await
        .map_err(denied)?;
    let row = rows.first().and_then(|row| owner_row(row));
    row.ok_or_else(|| Trouble::new(TroubleKind::Other, "becoming the owner of the state store"))
}

/// Notes which log lies in the store.
///
/// # Errors
/// The database's.
pub async fn name_log(session: &mut Session, log: &str, epoch: i64) -> Result<(), Trouble> {
    let name = "UPDATE retentiond_state.owner SET log_id = ? WHERE epoch = ? AND log_id IS DISTINCT FROM ?";
    let log = Value::Text(log.to_owned());
    let values = vec![log.clone(), Value::Int(epoch), log];
    session.execute(&with(name, values)).await.map(drop)
}

/// True where the store has a file.
///
/// # Errors
/// The database's.
pub async fn has_files(session: &mut Session) -> Result<bool, Trouble> {
    let ask = "SELECT 1 FROM retentiond_state.file LIMIT 1";
    let rows = session.rows(&literal(ask)).await.map_err(denied)?;
    Ok(!rows.is_empty())
}

/// A piece of a file, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub at: u64,
    pub length: u64,
    pub sha256: Vec<u8>,
}

/// A file, without its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// In bytes.
    pub length: u64,
    /// In the order in which they were written.
    pub pieces: Vec<Piece>,
}

/// Every file.
///
/// # Errors
/// The database's.
pub async fn files(
    session: &mut Session,
) -> Result<std::collections::BTreeMap<String, Known>, Trouble> {
    let ask = "SELECT f.path, f.length, p.at, octet_length(p.content), p.sha256 \
               FROM retentiond_state.file f LEFT JOIN retentiond_state.part p ON p.file = f.id ORDER BY p.id";
    let mut found = std::collections::BTreeMap::<String, Known>::new();
    let size = |value: &Value| value.as_int().and_then(|int| u64::try_from(int).ok());
    let heed = |row: Vec<Value>| {
        let [path, least, at, length, digest] = row.as_slice() else {
            return;
        };
        let Some(path) = path.as_text() else { return };
        let known = found.entry(path.to_owned()).or_default();
        known.length = known.length.max(size(least).unwrap_or(0));
        if let (Some(at), Some(length), Value::Bytes(digest)) = (size(at), size(length), digest) {
            known.length = known.length.max(at + length);
            known.pieces.push(Piece {
                at,
                length,
                sha256: digest.clone(),
            });
        }
    };
    session
        .each_row(&literal(ask), heed)
        .await
        .map_err(denied)?;
    Ok(found)
}

/// The content of a file, piece by piece, each with its place.
///
/// # Errors
/// The database's.
pub async fn content(
    session: &mut Session,
    path: &str,
    mut each: impl FnMut(u64, &[u8]),
) -> Result<(), Trouble> {
    let ask = "SELECT p.at, p.content FROM retentiond_state.file f JOIN retentiond_state.part p ON p.file = f.id \
               WHERE f.path = ? ORDER BY p.id";
    let sql = with(ask, vec![Value::Text(path.to_owned())]);
    let see = |row: Vec<Value>| {
        if let [at, Value::Bytes(bytes)] = row.as_slice()
            && let Some(at) = at.as_int().and_then(|at| u64::try_from(at).ok())
        {
            each(at, bytes);
        }
    };
    session.each_row(&sql, see).await
}

/// Reads as of one moment, in the transaction that was just begun.
///
/// # Errors
/// The database's.
pub async fn as_of_one_moment(session: &mut Session) -> Result<(), Trouble> {
    let set = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
    session.execute(&literal(set)).await.map(drop)
}

/// Adds bytes to a file that is there, where the epoch is still the owner's: one statement, one round trip. False: it is
/// not, or there is no such file.
///
/// # Errors
/// The database's.
pub async fn append(
    session: &mut Session,
    (path, at, bytes): (&str, u64, &[u8]),
    epoch: i64,
) -> Result<bool, Trouble> {
    let add = "INSERT INTO retentiond_state.part (file, at, sha256, content) \
               SELECT f.id, ?, ?, ? FROM retentiond_state.file f, retentiond_state.owner o \
               WHERE f.path = ? AND o.epoch = ? FOR SHARE OF o";
    let values = vec![
        number(at),
        Value::Bytes(Sha256::digest(bytes).to_vec()),
        Value::Bytes(bytes.to_vec()),
        Value::Text(path.to_owned()),
        Value::Int(epoch),
    ];
    Ok(session.execute(&with(add, values)).await? == 1)
}

/// The owner's epoch, locked until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn epoch(session: &mut Session) -> Result<Option<i64>, Trouble> {
    let ask = "SELECT epoch FROM retentiond_state.owner FOR SHARE";
    let rows = session.rows(&literal(ask)).await?;
    Ok(rows.first().and_then(|row| row.first()?.as_int()))
}

/// Does what a deed says, in a transaction that has the owner's row.
///
/// # Errors
/// The database's.
pub async fn carry_out(session: &mut Session, deed: &Deed) -> Result<(), Trouble> {
    match deed {
        Deed::Remove { path } => {
            let remove = "DELETE FROM retentiond_state.file WHERE path = ?";
            let values = vec![Value::Text(path.clone())];
            session.execute(&with(remove, values)).await.map(drop)
        }
        Deed::RemoveFolder { path } => {
            let remove = "DELETE FROM retentiond_state.file WHERE starts_with(path, ?)";
            let values = vec![Value::Text(format!("{path}/"))];
            session.execute(&with(remove, values)).await.map(drop)
        }
        Deed::Write { path, at, bytes } => {
            make_file(session, path).await?;
            pieces(session, path, *at, bytes).await
        }
        Deed::Put {
            path,
            content,
            length,
        } => {
            let clear = "DELETE FROM retentiond_state.part p USING retentiond_state.file f \
                         WHERE f.path = ? AND p.file = f.id";
            let values = vec![Value::Text(path.clone())];
            session.execute(&with(clear, values)).await?;
            put(session, path, *length).await?;
            pieces(session, path, 0, content).await
        }
    }
}

/// Makes a file; one that is there has this length from here on.
async fn put(session: &mut Session, path: &str, length: u64) -> Result<(), Trouble> {
    let put = "INSERT INTO retentiond_state.file (path, length) VALUES (?, ?) \
               ON CONFLICT (path) DO UPDATE SET length = excluded.length";
    let values = vec![Value::Text(path.to_owned()), number(length)];
    session.execute(&with(put, values)).await.map(drop)
}

/// Makes a file where there is none.
async fn make_file(session: &mut Session, path: &str) -> Result<(), Trouble> {
    let make = "INSERT INTO retentiond_state.file (path, length) VALUES (?, 0) ON CONFLICT (path) DO NOTHING";
    let values = vec![Value::Text(path.to_owned())];
    session.execute(&with(make, values)).await.map(drop)
}

async fn pieces(session: &mut Session, path: &str, at: u64, bytes: &[u8]) -> Result<(), Trouble> {
    let add = "INSERT INTO retentiond_state.part (file, at, sha256, content) \
               SELECT id, ?, ?, ? FROM retentiond_state.file WHERE path = ?";
    for (n, piece) in bytes.chunks(PIECE).enumerate() {
        let values = vec![
            number(at + (n * PIECE) as u64),
            Value::Bytes(Sha256::digest(piece).to_vec()),
            Value::Bytes(piece.to_vec()),
            Value::Text(path.to_owned()),
        ];
        session.execute(&with(add, values)).await?;
    }
    Ok(())
}
