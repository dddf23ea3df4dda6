//! SQLite: a file is a file. Both candidates find it in WAL mode and commit as durably.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};

use crate::candidate::{Candidate, Target};
use crate::server::Server;
use crate::table::{Layout, Shape};

/// Two files in the benchmark's directory.
pub struct Sqlite {
    original: PathBuf,
    copy: PathBuf,
}

const TABLE: &str = "
    CREATE TABLE activity (
        id INTEGER PRIMARY KEY, occurred_at INTEGER NOT NULL, customer_id INTEGER NOT NULL, action TEXT NOT NULL,
        payload TEXT NOT NULL)";

impl Sqlite {
    pub fn new(directory: &Path) -> Self {
        Self {
            original: directory.join("original.db"),
            copy: directory.join("bench.db"),
        }
    }

    async fn connect(&self, file: &Path) -> anyhow::Result<SqliteConnection> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        Ok(SqliteConnection::connect_with(&options).await?)
    }
}

fn target_of(file: &str) -> Target {
    Target {
        connection: format!("engine = \"sqlite\"\nfile = \"{file}\""),
        start: r#"{ column = "occurred_at", format = "epoch-seconds", holds = "instants" }"#,
        rule: "",
    }
}

fn remove(file: &Path) -> anyhow::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

impl Server for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    async fn build(&mut self, shape: &Shape, candidate: &Candidate) -> anyhow::Result<()> {
        self.discard().await?;
        let mut session = self.connect(&self.original).await?;
        session.execute("SELECT 1").await?;
        candidate.migrate(&target_of("original.db"))?;
        let rows = shape.rows;
        let place = match shape.layout {
            Layout::Contiguous => "i - 1".to_owned(),
            Layout::Scattered => format!("abs(random()) % {rows}"),
        };
        // A table of its own, so that a random number is drawn once.
        let places = format!(
            "CREATE TEMP TABLE places AS
             WITH RECURSIVE one(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM one WHERE i < {rows})
             SELECT i, {place} AS place FROM one"
        );
        let fill = format!(
            "INSERT INTO activity SELECT i, {}, i % 200000, 'viewed', hex(randomblob(112)) FROM places ORDER BY i",
            shape.age("place", "/")
        );
        for statement in [
            TABLE,
            &places,
            &fill,
            "DROP TABLE places",
            "CREATE INDEX activity_occurred_at ON activity (occurred_at)",
            "ANALYZE",
            "PRAGMA wal_checkpoint(TRUNCATE)",
        ] {
            session.execute(AssertSqlSafe(statement.to_owned())).await?;
        }
        session.close().await?;
        Ok(())
    }

    async fn restore(&mut self) -> anyhow::Result<()> {
        remove(&self.copy)?;
        std::fs::copy(&self.original, &self.copy)?;
        std::fs::File::open(&self.copy)?.sync_all()?;
        Ok(())
    }

    async fn due(&mut self, shape: &Shape) -> anyhow::Result<u64> {
        let sql = format!(
            "SELECT count(*) FROM activity WHERE occurred_at <= {} AND length(payload) > 0",
            shape.cutoff
        );
        let mut session = self.connect(&self.copy).await?;
        let due: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut session)
            .await?;
        session.close().await?;
        Ok(due.unsigned_abs())
    }

    async fn single(&mut self, shape: &Shape) -> anyhow::Result<(Duration, u64)> {
        let sql = format!("DELETE FROM activity WHERE occurred_at <= {}", shape.cutoff);
        let mut session = self.connect(&self.copy).await?;
        let began = Instant::now();
        let done = session.execute(AssertSqlSafe(sql)).await?;
        let took = began.elapsed();
        session.close().await?;
        Ok((took, done.rows_affected()))
    }

    /// There is no server: what is done is done by the clients.
    fn processor(&self) -> anyhow::Result<Duration> {
        Ok(Duration::ZERO)
    }

    fn target(&self) -> Target {
        target_of("bench.db")
    }

    async fn discard(&mut self) -> anyhow::Result<()> {
        remove(&self.original)?;
        remove(&self.copy)
    }
}
