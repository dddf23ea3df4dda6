//! One connection to one database: opened, pinned, asked, told.
//!
//! Apart, because nothing else may know a driver: this folder is the only importer of sqlx, and what leaves it is
//! `Value`, `Catalog`, `Facts` and `Trouble`. No schedule's meaning and no text of a statement is made here, except
//! what a session and a catalogue need.
//!
//! *Invariant:* a future of the database is never dropped half-way. No `select!`, no timeout and no abort stands
//! around one (a dropped BEGIN leaves an open transaction behind); the server itself ends what takes too long.

mod alike;
mod cells;
mod ends;
mod facts;
mod load;
mod mysql;
mod patience;
mod pins;
mod postgres;
mod reach;
#[cfg(feature = "fault-points")]
mod recorded;
mod rights;
mod secret;
mod sqlite;
mod trouble;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::catalog::Catalog;
use crate::schedule::{Connection, Database};
use crate::sql::{Dialect, Sql, Value};

pub use ends::{Ends, certificates};
pub use facts::Facts;
pub use load::{Lag, Load};
#[cfg(feature = "fault-points")]
pub use recorded::{Statements, recorded};
pub use rights::Rights;
pub use trouble::{Trouble, TroubleKind};

/// Statements with more values than this are not worth a place in the cache of prepared statements: their texts
/// differ with the number of values.
const CACHED_BINDS_MAX: usize = 50;

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading only, and the database itself refuses anything else.
    Rehearse,
    /// Removing and changing rows.
    Enforce,
}

/// What a transaction keeps others from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// On MySQL and MariaDB each statement also locks what it reads and the gaps between (SERIALIZABLE): no row
    /// appears in them. On PostgreSQL, where tables are locked by name, and on SQLite, which has one writer, this is
    /// the same as the other.
    RowsAndGaps,
}

/// How long the server lets us wait and work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// How long a statement waits for a lock of somebody else.
    pub lock_wait_ms: u64,
    /// How long one statement may run. MySQL (not MariaDB) keeps it for SELECT only.
    pub statement_ms: u64,
    /// How much longer we wait for the server to say so, before the connection counts as lost.
    pub grace_ms: u64,
}

impl SessionLimits {
    /// How long we wait for an answer before the connection counts as lost.
    fn patience(self) -> Duration {
        Duration::from_millis(self.statement_ms.saturating_add(self.grace_ms))
    }
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            lock_wait_ms: 5_000,
            statement_ms: 300_000,
            grace_ms: 30_000,
        }
    }
}

/// One connection, pinned to known settings. Dropping it closes it, and the server rolls back what is open.
#[derive(Debug)]
pub struct Session {
    /// `None`: lost.
    link: Option<Link>,
    dialect: Dialect,
    /// How long we wait for an answer.
    patience: Duration,
    access: Access,
    in_transaction: bool,
    /// A statement of the open transaction failed.
    spoiled: bool,
}

#[derive(Debug)]
enum Link {
    Postgres(postgres::Link),
    Mysql(mysql::Link),
    Sqlite(sqlite::Link),
}

/// Calls the function of this name in the module of the database; what it needs must be its own.
macro_rules! each {
    ($session:expr, $verb:ident($($argument:expr),*)) => {
        each!($session, $verb($($argument),*), || {})
    };
    ($session:expr, $verb:ident($($argument:expr),*), $between:expr) => {
        $session
            .ask(
                move |link: &mut Link| -> patience::Asking<'_, _> {
                    Box::pin(async move {
                        match link {
                            Link::Postgres(link) => postgres::$verb(link, $($argument),*).await,
                            Link::Mysql(link) => mysql::$verb(link, $($argument),*).await,
                            Link::Sqlite(link) => sqlite::$verb(link, $($argument),*).await,
                        }
                    })
                },
                $between,
            )
            .await
    };
}

/// Opens a session with the usual limits. `base` is the directory of the schedule's file.
pub async fn open(database: &Database, base: &Path, access: Access) -> Result<Session, Trouble> {
    open_within(database, base, access, SessionLimits::default()).await
}

/// Opens a session with limits of one's own. Its settings are pinned and read back: a session that is not as it
/// should be is an error.
pub async fn open_within(
    database: &Database,
    base: &Path,
    access: Access,
    limits: SessionLimits,
) -> Result<Session, Trouble> {
    let (connection, base) = (database.connection.clone(), base.to_owned());
    let patience = match &connection {
        // A file answers as soon as it can, and has no server that would end what takes long.
        Connection::File { .. } => Duration::MAX,
        Connection::Server { .. } => limits.patience(),
    };
    let (_, link) = patience::answer(
        (),
        patience,
        move |()| Box::pin(async move { link(&connection, &base, access, limits).await }),
        || {},
    )
    .await;
    let link = link?;
    let dialect = match &link {
        Link::Postgres(_) => Dialect::Postgres,
        Link::Mysql(link) => link.dialect,
        Link::Sqlite(_) => Dialect::Sqlite,
    };
    Ok(Session {
        link: Some(link),
        dialect,
        patience,
        access,
        in_transaction: false,
        spoiled: false,
    })
}

async fn link(
    connection: &Connection,
    base: &Path,
    access: Access,
    limits: SessionLimits,
) -> Result<Link, Trouble> {
    use crate::schedule::Engine;
    let opening = Opening {
        base,
        access,
        limits,
    };
    match (connection.engine(), connection) {
        (Engine::Postgresql, Connection::Server { .. }) => {
            Ok(Link::Postgres(postgres::open(connection, &opening).await?))
        }
        (Engine::Mysql | Engine::Mariadb, Connection::Server { .. }) => {
            Ok(Link::Mysql(mysql::open(connection, &opening).await?))
        }
        (_, Connection::File { path }) => Ok(Link::Sqlite(sqlite::open(path, &opening).await?)),
        (Engine::Sqlite, Connection::Server { .. }) => Err(Trouble::new(
            TroubleKind::Misconfigured,
            "connecting to SQLite over a network",
        )),
    }
}

/// What every way of opening needs to know.
struct Opening<'a> {
    base: &'a Path,
    access: Access,
    limits: SessionLimits,
}

impl Session {
    /// The dialect of the server that answered (MySQL and MariaDB are told apart by their own word).
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What the session was opened for.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    /// True between `begin` and `commit` or `rollback`.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Runs a statement and reads all its rows. Each column must be an integer, a truth value, text or bytes:
    /// anything else is an error that says so, because decoding it could panic or lie (dates, numerics, floats); the
    /// statement casts those to text. A `char(n)` of PostgreSQL comes without the blanks that pad it.
    pub async fn rows(&mut self, sql: &Sql) -> Result<Vec<Vec<Value>>, Trouble> {
        let mut rows = Vec::new();
        self.each_row(sql, |row| rows.push(row)).await?;
        Ok(rows)
    }

    /// Runs a statement and shows its rows one by one while the server is still at work. After an error what was seen
    /// means nothing.
    pub async fn each_row(
        &mut self,
        sql: &Sql,
        mut see: impl FnMut(Vec<Value>),
    ) -> Result<(), Trouble> {
        let rows: Arc<Mutex<Vec<Vec<Value>>>> = Arc::default();
        #[cfg(feature = "fault-points")]
        recorded::note(sql);
        let (theirs, statement) = (Arc::clone(&rows), sql.clone());
        let keep = move |row| {
            theirs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(row);
        };
        let mut show = || {
            let come = std::mem::take(&mut *rows.lock().unwrap_or_else(PoisonError::into_inner));
            come.into_iter().for_each(&mut see);
        };
        let read = each!(self, each_row(&statement, keep), &mut show);
        read.inspect_err(|trouble| self.note(sql, trouble))
    }

    /// Runs a statement and returns the number of rows that the server says it touched. Do not trust the number of a
    /// `DELETE … RETURNING` on MariaDB (0), of a SELECT on SQLite (the previous statement's), and know that MySQL and
    /// MariaDB count the rows that an UPDATE matched, not those that it changed.
    pub async fn execute(&mut self, sql: &Sql) -> Result<u64, Trouble> {
        #[cfg(feature = "fault-points")]
        recorded::note(sql);
        let statement = sql.clone();
        let done = each!(self, execute(&statement));
        done.inspect_err(|trouble| self.note(sql, trouble))
    }

    /// Begins a transaction at READ COMMITTED; on SQLite it takes the write lock at once, unless this is a rehearsal.
    pub async fn begin(&mut self) -> Result<(), Trouble> {
        self.begin_at(Isolation::ReadCommitted).await
    }

    /// Begins a transaction that keeps others from more.
    pub async fn begin_at(&mut self, isolation: Isolation) -> Result<(), Trouble> {
        let access = self.access;
        if isolation == Isolation::RowsAndGaps {
            each!(self, serializable())?;
        }
        each!(self, begin(access))?;
        self.in_transaction = true;
        self.spoiled = false;
        Ok(())
    }

    /// From here to the end of the transaction rows are removed, and foreign keys are watched over row by row.
    /// PostgreSQL keeps its plans for that, where it would plan for each row anew: twice the time.
    ///
    /// # Errors
    /// The database's.
    pub async fn removing(&mut self) -> Result<(), Trouble> {
        each!(self, removing())
            .inspect_err(|_| self.spoiled = true)
            .map_err(|trouble| trouble.doing("setting up the removal of rows"))
    }

    /// Commits. Only when this returns `Ok` has anything happened. After a failed commit the transaction is rolled
    /// back; if the connection was lost meanwhile, the outcome is unknown. A transaction in which a statement failed
    /// is not committed: PostgreSQL would roll it back and say that all is well, and MySQL keeps what came after a
    /// deadlock alone.
    pub async fn commit(&mut self) -> Result<(), Trouble> {
        if self.spoiled {
            self.rollback().await?;
            let doing = "committing a transaction in which a statement failed";
            return Err(Trouble::new(TroubleKind::Other, doing)
                .hinting("nothing was changed: it was rolled back"));
        }
        let outcome = each!(self, run("COMMIT"));
        if outcome.is_err() {
            // SQLite keeps a transaction open whose commit failed; on the others this changes nothing.
            let _ = self.rollback().await;
        }
        self.in_transaction = false;
        outcome.map_err(|trouble| trouble.doing("committing a transaction"))
    }

    /// Rolls back; without a transaction it does nothing.
    pub async fn rollback(&mut self) -> Result<(), Trouble> {
        if !self.in_transaction {
            return Ok(());
        }
        self.in_transaction = false;
        self.spoiled = false;
        each!(self, roll_back()).map_err(|trouble| trouble.doing("rolling back a transaction"))
    }

    /// What the database says of itself as a whole.
    pub async fn facts(&mut self) -> Result<Facts, Trouble> {
        let access = self.access;
        each!(self, facts(access))
            .map_err(|trouble| trouble.doing("asking the server about itself"))
    }

    /// How busy the server is; of PostgreSQL also how far its standbys are behind.
    ///
    /// # Errors
    /// The database's.
    pub async fn load(&mut self) -> Result<Load, Trouble> {
        each!(self, load()).map_err(|trouble| trouble.doing("measuring the server"))
    }

    /// How far this server is behind the one that it replicates, where MySQL or MariaDB is asked.
    ///
    /// # Errors
    /// The database's.
    pub async fn behind(&mut self) -> Result<Lag, Trouble> {
        each!(self, behind()).map_err(|trouble| trouble.doing("asking a replica"))
    }

    /// Every table that a schedule can name, in a handful of queries over the whole catalogue. Outside of a
    /// transaction PostgreSQL reads it as of one moment.
    pub async fn catalog(&mut self) -> Result<Catalog, Trouble> {
        let in_transaction = self.in_transaction;
        each!(self, catalog(in_transaction))
            .map_err(|trouble| trouble.doing("reading the catalogue"))
    }

    /// What the session's user may do; of a file nothing, since its permissions are the system's.
    pub async fn rights(&mut self) -> Result<Rights, Trouble> {
        each!(self, rights()).map_err(|trouble| trouble.doing("reading the user's privileges"))
    }

    /// Sees to it that what was removed is not left beside the rows: in SQLite's write-ahead log. False where another
    /// connection still reads the old state; servers see to it themselves.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle(&mut self) -> Result<bool, Trouble> {
        each!(self, settle()).map_err(|trouble| trouble.doing("emptying the write-ahead log"))
    }

    /// Asks the connection, and waits for an answer no longer than we have patience.
    async fn ask<T: Send + 'static>(
        &mut self,
        ask: impl for<'a> FnOnce(&'a mut Link) -> patience::Asking<'a, T> + Send + 'static,
        between: impl FnMut(),
    ) -> Result<T, Trouble> {
        let link = self.link.take().ok_or_else(patience::over)?;
        let (link, answer) = patience::answer(link, self.patience, ask, between).await;
        self.link = link;
        answer
    }

    /// Remembers that a transaction is spoiled, and shows a statement that fails in a way that we do not know to
    /// whoever looks for it: its text has no value.
    fn note(&mut self, sql: &Sql, trouble: &Trouble) {
        self.spoiled |= self.in_transaction;
        if trouble.kind == TroubleKind::Other {
            let code = trouble.code.as_deref();
            tracing::debug!(code, statement = sql.text(), "a statement failed");
        }
    }

    /// Closes the connection in order.
    pub async fn close(self) -> Result<(), Trouble> {
        match self.link {
            Some(Link::Postgres(link)) => postgres::close(link).await,
            Some(Link::Mysql(link)) => mysql::close(link).await,
            Some(Link::Sqlite(link)) => sqlite::close(link).await,
            None => Ok(()),
        }
    }
}

/// The text of a statement, for the driver. The one place where the driver's check is overruled: `Sql` is made of
/// literals of the program, quoted identifiers and places for values, so there is nothing in it to be checked.
fn text_of(sql: &Sql, remark: &str) -> SqlStr {
    AssertSqlSafe(format!("{}{remark}", sql.text())).into_sql_str()
}

/// Lets whoever waits for the rows have those that came, every so many: a server that sends all of them at its end fills
/// the socket with more than they need time for.
#[derive(Default)]
struct Shown(u32);

impl Shown {
    async fn one_more(&mut self) {
        self.0 += 1;
        if self.0.is_multiple_of(256) {
            tokio::task::yield_now().await;
        }
    }
}

/// A value of a type that we do not read.
fn unreadable(column: usize, sql_type: &str) -> Trouble {
    Trouble::new(
        TroubleKind::Other,
        format!("reading column {} of a result, a {sql_type}", column + 1),
    )
    .hinting("the statement must cast it to text")
}

/// A value that the database cannot take.
fn unbindable(what: &str) -> Trouble {
    Trouble::new(TroubleKind::Other, format!("binding {what}"))
}
