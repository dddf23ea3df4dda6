//! PostgreSQL: a database is copied file by file from its template.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, Connection, Executor};
use url::Url;

use crate::candidate::{Candidate, Target};
use crate::processor;
use crate::server::Server;
use crate::table::{Layout, Shape};

/// The server that `benches/run` started.
pub struct Postgres {
    url: Url,
    directory: PathBuf,
    /// The due rows have a partition of their own.
    partitioned: bool,
}

impl Postgres {
    pub fn open(directory: &Path, partitioned: bool) -> anyhow::Result<Self> {
        let url = std::env::var("RETENTIOND_TEST_POSTGRES").context("RETENTIOND_TEST_POSTGRES")?;
        Ok(Self {
            url: url.parse()?,
            directory: directory.to_owned(),
            partitioned,
        })
    }

    async fn connect(&self, database: &str) -> anyhow::Result<PgConnection> {
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port())
            .username(self.url.username())
            .password("unused")
            .database(database)
            .ssl_mode(PgSslMode::Disable);
        Ok(PgConnection::connect_with(&options).await?)
    }

    fn port(&self) -> u16 {
        self.url.port().unwrap_or(5432)
    }

    fn target_of(&self, database: &str) -> Target {
        Target {
            connection: format!(
                "engine = \"postgresql\"\nhost = \"127.0.0.1\"\nport = {}\ndatabase = \"{database}\"\n\
                 user = \"postgres\"",
                self.port()
            ),
            start: r#"{ column = "occurred_at" }"#,
            rule: match self.partitioned {
                true => "partitions = \"truncate\"",
                false => "",
            },
        }
    }

    async fn administer(&self, statements: &[&str]) -> anyhow::Result<()> {
        let mut session = self.connect("postgres").await?;
        for statement in statements {
            session
                .execute(AssertSqlSafe((*statement).to_owned()))
                .await?;
        }
        Ok(())
    }
}

const TABLE: &str = "
    CREATE TABLE activity (
        id bigint NOT NULL, occurred_at timestamptz NOT NULL, customer_id bigint NOT NULL, action text NOT NULL,
        payload text NOT NULL)";

impl Server for Postgres {
    fn name(&self) -> &'static str {
        match self.partitioned {
            true => "PostgreSQL, partitions",
            false => "PostgreSQL",
        }
    }

    async fn build(&mut self, shape: &Shape, candidate: &Candidate) -> anyhow::Result<()> {
        self.discard().await?;
        self.administer(&["CREATE DATABASE bench_original"]).await?;
        candidate.migrate(&self.target_of("bench_original"))?;
        let rows = shape.rows;
        let place = match shape.layout {
            Layout::Contiguous => "i - 1".to_owned(),
            Layout::Scattered => format!("(random() * {rows})::bigint"),
        };
        let fill = format!(
            "INSERT INTO activity
             SELECT i, to_timestamp({}), i % 200000, 'viewed', repeat(md5(i::text), 7)
               FROM (SELECT i, {place} AS place FROM generate_series(1::bigint, {rows}) AS i OFFSET 0) AS one",
            shape.age("place", "/")
        );
        let mut session = self.connect("bench_original").await?;
        let (partitions, key) = match self.partitioned {
            true => (
                format!(
                    " PARTITION BY RANGE (occurred_at);
                     CREATE TABLE activity_due PARTITION OF activity FOR VALUES FROM (MINVALUE) TO (to_timestamp({} + 0.000001));
                     CREATE TABLE activity_rest PARTITION OF activity DEFAULT",
                    shape.cutoff
                ),
                "id, occurred_at",
            ),
            false => (String::new(), "id"),
        };
        for statement in [
            &format!("{TABLE}{partitions}"),
            &fill,
            &format!("ALTER TABLE activity ADD PRIMARY KEY ({key})"),
            "CREATE INDEX activity_occurred_at ON activity (occurred_at)",
            "VACUUM (FREEZE, ANALYZE) activity",
            "CHECKPOINT",
        ] {
            session.execute(AssertSqlSafe(statement.to_owned())).await?;
        }
        session.close().await?;
        Ok(())
    }

    async fn restore(&mut self) -> anyhow::Result<()> {
        self.administer(&[
            "DROP DATABASE IF EXISTS bench",
            "CREATE DATABASE bench TEMPLATE bench_original STRATEGY file_copy",
            "CHECKPOINT",
        ])
        .await
    }

    async fn due(&mut self, shape: &Shape) -> anyhow::Result<u64> {
        let sql = format!(
            "SELECT count(*) FILTER (WHERE length(payload) > 0) FROM activity WHERE occurred_at <= to_timestamp({})",
            shape.cutoff
        );
        let mut session = self.connect("bench").await?;
        let due: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut session)
            .await?;
        session.close().await?;
        Ok(due.unsigned_abs())
    }

    async fn single(&mut self, shape: &Shape) -> anyhow::Result<(Duration, u64)> {
        let sql = format!(
            "DELETE FROM activity WHERE occurred_at <= to_timestamp({})",
            shape.cutoff
        );
        let mut session = self.connect("bench").await?;
        let began = Instant::now();
        let done = session.execute(AssertSqlSafe(sql)).await?;
        let took = began.elapsed();
        session.close().await?;
        Ok((took, done.rows_affected()))
    }

    fn processor(&self) -> anyhow::Result<Duration> {
        processor::time_of_server(&self.directory, "postgres")
    }

    fn target(&self) -> Target {
        self.target_of("bench")
    }

    async fn discard(&mut self) -> anyhow::Result<()> {
        self.administer(&[
            "DROP DATABASE IF EXISTS bench",
            "DROP DATABASE IF EXISTS bench_original",
        ])
        .await
    }
}
