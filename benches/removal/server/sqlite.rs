//! SQLite: a file is a file. All candidates find it in WAL mode and commit as durably.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};

use super::{Batch, Engine, Server, Under, repeat};
use crate::candidate::Candidate;
use crate::work::Work;

/// Two files in the benchmark's directory.
pub struct Sqlite {
    original: PathBuf,
    copy: PathBuf,
    /// Another connection, which holds a snapshot.
    bystander: Option<SqliteConnection>,
}

impl Sqlite {
    pub fn new(directory: &Path) -> Self {
        Self {
            original: directory.join("original.db"),
            copy: directory.join("bench.db"),
            bystander: None,
        }
    }
}

async fn connect(file: &Path) -> anyhow::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    Ok(SqliteConnection::connect_with(&options).await?)
}

fn connection_of(file: &str) -> String {
    format!("engine = \"sqlite\"\nfile = \"{file}\"")
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
    fn engine(&self) -> Engine {
        Engine::Sqlite
    }

    fn name(&self) -> &'static str {
        "SQLite"
    }

    async fn build(&mut self, work: &Work, candidate: &Candidate) -> anyhow::Result<()> {
        self.discard().await?;
        let mut session = connect(&self.original).await?;
        session.execute("SELECT 1").await?;
        candidate.migrate(work, &connection_of("original.db"))?;
        for statement in &work.build {
            session.execute(AssertSqlSafe(statement.clone())).await?;
        }
        for statement in ["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            session.execute(statement).await?;
        }
        session.close().await?;
        Ok(())
    }

    async fn restore(&mut self, _work: &Work) -> anyhow::Result<()> {
        remove(&self.copy)?;
        std::fs::copy(&self.original, &self.copy)?;
        std::fs::File::open(&self.copy)?.sync_all()?;
        Ok(())
    }

    async fn due(&mut self, work: &Work) -> anyhow::Result<u64> {
        let mut session = connect(&self.copy).await?;
        let due: i64 = sqlx::query_scalar(AssertSqlSafe(work.due.clone()))
            .fetch_one(&mut session)
            .await?;
        session.close().await?;
        Ok(due.unsigned_abs())
    }

    async fn remove(&mut self, statement: &str, again: Option<u64>) -> anyhow::Result<Vec<Batch>> {
        let mut session = connect(&self.copy).await?;
        let batches = repeat(again, async || {
            let done = session.execute(AssertSqlSafe(statement.to_owned())).await?;
            Ok(done.rows_affected())
        })
        .await?;
        session.close().await?;
        Ok(batches)
    }

    async fn begin(&mut self, under: Under) -> anyhow::Result<()> {
        anyhow::ensure!(under != Under::SlowCommits, "SQLite delays no commit");
        if under == Under::Snapshot {
            let mut session = connect(&self.copy).await?;
            session.execute("BEGIN").await?;
            session
                .execute("SELECT count(*) FROM sqlite_schema")
                .await?;
            self.bystander = Some(session);
        }
        Ok(())
    }

    async fn end(&mut self, _under: Under) -> anyhow::Result<()> {
        if let Some(session) = self.bystander.take() {
            session.close().await?;
        }
        Ok(())
    }

    /// There is no server: what is done is done by the clients.
    fn processor(&self) -> anyhow::Result<Duration> {
        Ok(Duration::ZERO)
    }

    fn connection(&self) -> String {
        connection_of("bench.db")
    }

    async fn discard(&mut self) -> anyhow::Result<()> {
        remove(&self.original)?;
        remove(&self.copy)
    }
}
