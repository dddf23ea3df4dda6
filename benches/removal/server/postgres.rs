//! PostgreSQL: a database is copied file by file from its template.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, Connection, Executor};
use url::Url;

use super::{Batch, Engine, Gauge, Server, Under, repeat};
use crate::candidate::Candidate;
use crate::processor;
use crate::work::Work;

/// The server that `benches/run` started.
pub struct Postgres {
    url: Url,
    directory: PathBuf,
    /// Another session, which holds a snapshot.
    bystander: Option<PgConnection>,
}

impl Postgres {
    pub fn open(directory: &Path) -> anyhow::Result<Self> {
        let url = std::env::var("RETENTIOND_TEST_POSTGRES").context("RETENTIOND_TEST_POSTGRES")?;
        Ok(Self {
            url: url.parse()?,
            directory: directory.to_owned(),
            bystander: None,
        })
    }

    pub async fn connect(&self, database: &str) -> anyhow::Result<PgConnection> {
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port())
            .username(self.url.username())
            .password("unused")
            .database(database)
            .ssl_mode(PgSslMode::Disable);
        Ok(PgConnection::connect_with(&options).await?)
    }

    pub fn port(&self) -> u16 {
        self.url.port().unwrap_or(5432)
    }

    /// Where the programs lie that belong to the server.
    pub async fn programs(&self) -> anyhow::Result<PathBuf> {
        let mut session = self.connect("postgres").await?;
        let place: String =
            sqlx::query_scalar("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
                .fetch_one(&mut session)
                .await?;
        session.close().await?;
        Ok(place.into())
    }

    fn connection_of(&self, database: &str) -> String {
        format!(
            "engine = \"postgresql\"\nhost = \"127.0.0.1\"\nport = {}\ndatabase = \"{database}\"\nuser = \"postgres\"",
            self.port()
        )
    }

    /// Statements in the working copy, one after the other.
    pub async fn tell(&self, database: &str, statements: &[&str]) -> anyhow::Result<()> {
        let mut session = self.connect(database).await?;
        for statement in statements {
            session
                .execute(AssertSqlSafe((*statement).to_owned()))
                .await
                .with_context(|| (*statement).to_owned())?;
        }
        session.close().await?;
        Ok(())
    }

    /// The number that a statement answers with.
    pub async fn ask_of(&self, database: &str, sql: &str) -> anyhow::Result<u64> {
        let mut session = self.connect(database).await?;
        let number: i64 = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut session)
            .await
            .with_context(|| sql.to_owned())?;
        session.close().await?;
        Ok(number.unsigned_abs())
    }
}

impl Server for Postgres {
    fn engine(&self) -> Engine {
        Engine::Postgres
    }

    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    async fn build(&mut self, work: &Work, candidate: &Candidate) -> anyhow::Result<()> {
        self.discard().await?;
        self.tell("postgres", &["CREATE DATABASE bench_original"])
            .await?;
        candidate.migrate(work, &self.connection_of("bench_original"))?;
        let mut statements: Vec<&str> = work.build.iter().map(String::as_str).collect();
        statements.extend(["VACUUM (FREEZE, ANALYZE)", "CHECKPOINT"]);
        self.tell("bench_original", &statements).await
    }

    async fn restore(&mut self, _work: &Work) -> anyhow::Result<()> {
        self.tell(
            "postgres",
            &[
                "DROP DATABASE IF EXISTS bench WITH (FORCE)",
                "CREATE DATABASE bench TEMPLATE bench_original STRATEGY file_copy",
                "CHECKPOINT",
            ],
        )
        .await
    }

    async fn due(&mut self, work: &Work) -> anyhow::Result<u64> {
        self.ask_of("bench", &work.due).await
    }

    async fn remove(&mut self, statement: &str, again: Option<u64>) -> anyhow::Result<Vec<Batch>> {
        let mut session = self.connect("bench").await?;
        let batches = repeat(again, async || {
            let done = session.execute(AssertSqlSafe(statement.to_owned())).await?;
            Ok(done.rows_affected())
        })
        .await?;
        session.close().await?;
        Ok(batches)
    }

    async fn begin(&mut self, under: Under) -> anyhow::Result<()> {
        match under {
            Under::Nothing => {}
            Under::Snapshot => {
                let mut session = self.connect("bench").await?;
                session
                    .execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
                    .await?;
                session.execute("SELECT count(*) FROM pg_class").await?;
                self.bystander = Some(session);
            }
            Under::SlowCommits => {
                let statements = [
                    "ALTER SYSTEM SET commit_delay = 5000",
                    "ALTER SYSTEM SET commit_siblings = 0",
                    "SELECT pg_reload_conf()",
                ];
                self.tell("postgres", &statements).await?;
            }
        }
        Ok(())
    }

    async fn end(&mut self, under: Under) -> anyhow::Result<()> {
        if let Some(session) = self.bystander.take() {
            session.close().await?;
        }
        if under == Under::SlowCommits {
            let statements = [
                "ALTER SYSTEM RESET commit_delay",
                "ALTER SYSTEM RESET commit_siblings",
                "SELECT pg_reload_conf()",
            ];
            self.tell("postgres", &statements).await?;
        }
        Ok(())
    }

    async fn gauge(&mut self) -> anyhow::Result<Option<Gauge>> {
        // A session tells what it counted at its end, or a while after.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let of_tables = |column: &str| {
            format!(
                "SELECT COALESCE(sum({column}), 0)::bigint FROM pg_stat_user_tables WHERE schemaname = 'public'"
            )
        };
        Ok(Some(Gauge {
            wal_bytes: self
                .ask_of(
                    "bench",
                    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint",
                )
                .await?,
            updates: self.ask_of("bench", &of_tables("n_tup_upd")).await?,
            hot_updates: self.ask_of("bench", &of_tables("n_tup_hot_upd")).await?,
            index_bytes: self
                .ask_of("bench", &of_tables("pg_indexes_size(relid)"))
                .await?,
        }))
    }

    fn processor(&self) -> anyhow::Result<Duration> {
        processor::time_of_server(&self.directory, "postgres")
    }

    fn connection(&self) -> String {
        self.connection_of("bench")
    }

    async fn discard(&mut self) -> anyhow::Result<()> {
        self.tell(
            "postgres",
            &[
                "DROP DATABASE IF EXISTS bench WITH (FORCE)",
                "DROP DATABASE IF EXISTS bench_original",
            ],
        )
        .await
    }
}
