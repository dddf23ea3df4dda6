//! Opening a file of SQLite and pinning the session.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use crate::sql::{Dialect, Sql};

use super::super::pins::{Pin, compare};
use super::super::trouble::Phase;
use super::super::{Access, Opening, Trouble, TroubleKind};
use super::{Link, rows, trouble};

/// Opens and pins a session.
pub async fn open(path: &Path, opening: &Opening<'_>) -> Result<Link, Trouble> {
    let path = opening.base.join(path);
    let doing = format!("opening {}", path.display());
    let file = existing(&path).map_err(|trouble| trouble.doing(doing.as_str()))?;
    let options = options(&file, opening);
    // A file answers or it does not: there is nothing to wait for.
    let mut connection = options
        .connect()
        .await
        .map_err(|error| trouble::of(&error, Phase::Connecting).doing(doing.as_str()))?;
    let clock = Clock::new(opening.limits.statement_ms);
    let watching = clock.clone();
    connection
        .lock_handle()
        .await
        .map_err(|error| trouble::of(&error, Phase::Connecting).doing(doing.as_str()))?
        .set_progress_handler(10_000, move || !watching.is_over());
    let mut link = Link {
        connection,
        file,
        clock,
    };
    read_back(&mut link, opening)
        .await
        .map_err(|trouble| match trouble.kind {
            TroubleKind::NotPinned => trouble,
            _ => trouble.doing(doing),
        })?;
    Ok(link)
}

/// The canonical path of a file that is there. SQLite would say only that it cannot open it.
fn existing(path: &Path) -> Result<std::path::PathBuf, Trouble> {
    let trouble = |hint: &str| Trouble::new(TroubleKind::NoSuchDatabase, "").hinting(hint);
    let file = std::fs::canonicalize(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            Trouble::new(TroubleKind::Denied, "").hinting("this user may not enter the directory")
        }
        _ => trouble("there is no such file; it is never made"),
    })?;
    match std::fs::metadata(&file) {
        Ok(data) if data.is_file() => Ok(file),
        _ => Err(trouble("it is not a file")),
    }
}

fn options(file: &Path, opening: &Opening<'_>) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .read_only(opening.access == Access::Rehearse)
        .busy_timeout(Duration::from_millis(opening.limits.lock_wait_ms))
        .disable_statement_logging()
        .foreign_keys(true)
        // Freed pages are overwritten with zeros: what is removed must not stay in the file.
        .pragma("secure_delete", "ON")
        // A schema that somebody else wrote gets no function with side effects.
        .pragma("trusted_schema", "OFF")
        .pragma("ignore_check_constraints", "OFF")
        // A commit that was acknowledged survives the loss of power.
        .pragma("synchronous", "FULL");
    match opening.access {
        Access::Rehearse => options.pragma("query_only", "ON"),
        Access::Enforce => options,
    }
}

/// `recursive_triggers` and `journal_mode` stay what they are; the second is a property of the file.
const READ_BACK: &str = "
    SELECT 'foreign_keys', CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys
    UNION ALL SELECT 'secure_delete', CAST(secure_delete AS TEXT) FROM pragma_secure_delete
    UNION ALL SELECT 'trusted_schema', CAST(trusted_schema AS TEXT) FROM pragma_trusted_schema
    UNION ALL SELECT 'ignore_check_constraints', CAST(ignore_check_constraints AS TEXT)
                FROM pragma_ignore_check_constraints
    UNION ALL SELECT 'recursive_triggers', CAST(recursive_triggers AS TEXT) FROM pragma_recursive_triggers
    UNION ALL SELECT 'writable_schema', CAST(writable_schema AS TEXT) FROM pragma_writable_schema
    UNION ALL SELECT 'synchronous', CAST(synchronous AS TEXT) FROM pragma_synchronous
    UNION ALL SELECT 'busy_timeout', CAST(timeout AS TEXT) FROM pragma_busy_timeout
    UNION ALL SELECT 'query_only', CAST(query_only AS TEXT) FROM pragma_query_only";

async fn read_back(link: &mut Link, opening: &Opening<'_>) -> Result<(), Trouble> {
    let query_only = match opening.access {
        Access::Rehearse => "1",
        Access::Enforce => "0",
    };
    let wait_ms = opening.limits.lock_wait_ms.to_string();
    let pins = [
        ("foreign_keys", "1"),
        ("secure_delete", "1"),
        ("trusted_schema", "0"),
        ("ignore_check_constraints", "0"),
        ("recursive_triggers", "0"),
        ("writable_schema", "0"),
        ("synchronous", "2"),
        ("busy_timeout", wait_ms.as_str()),
        ("query_only", query_only),
    ]
    .map(|(name, must)| Pin::new(name, must));
    let read = rows(link, &Sql::literal(Dialect::Sqlite, READ_BACK)).await?;
    compare(&pins, &read)?;
    // The first look at the file itself: pragmas are answered without it.
    let look = Sql::literal(Dialect::Sqlite, "SELECT count(*) FROM main.sqlite_schema");
    rows(link, &look).await.map(|_| ())
}

/// Ends a statement that runs too long: SQLite has no such limit of its own, but asks now and then whether to go on.
#[derive(Debug, Clone)]
pub struct Clock {
    began: Instant,
    limit_ms: u64,
    /// When the running statement must be over, in milliseconds since `began`.
    over_ms: Arc<AtomicU64>,
}

impl Clock {
    fn new(limit_ms: u64) -> Self {
        Self {
            began: Instant::now(),
            limit_ms,
            over_ms: Arc::new(AtomicU64::new(u64::MAX)),
        }
    }

    /// Begins the time of a statement.
    pub fn start(&self) {
        let over = self.now_ms().saturating_add(self.limit_ms);
        self.over_ms.store(over, Ordering::Relaxed);
    }

    /// Ends it: a COMMIT or a ROLLBACK of ours is never interrupted.
    pub fn stop(&self) {
        self.over_ms.store(u64::MAX, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.now_ms() >= self.over_ms.load(Ordering::Relaxed)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
