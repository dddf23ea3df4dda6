//! MariaDB: the files of the tables are kept beside the server and imported again.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};
use sqlx::{AssertSqlSafe, Connection, Executor};
use url::Url;

use super::{Batch, Engine, Server, Under, repeat};
use crate::candidate::Candidate;
use crate::processor;
use crate::work::Work;

/// The server that `benches/run` started.
pub struct Mariadb {
    url: Url,
    data: PathBuf,
    directory: PathBuf,
    copies: PathBuf,
    session: MySqlConnection,
    /// How each table is made, parents first.
    tables: Vec<(&'static str, String)>,
    /// Another session, which holds a snapshot.
    bystander: Option<MySqlConnection>,
    /// The due rows of the working copy, and what had been purged when they were counted.
    due: i64,
    purged_at_start: i64,
}

/// The files of a table that an import needs.
const FILES: [&str; 2] = ["ibd", "cfg"];

async fn connect(url: &Url) -> anyhow::Result<MySqlConnection> {
    let options = MySqlConnectOptions::new()
        .host("127.0.0.1")
        .port(url.port().unwrap_or(3306))
        .username(url.username())
        .password(url.password().unwrap_or_default())
        .ssl_mode(MySqlSslMode::Disabled);
    Ok(MySqlConnection::connect_with(&options).await?)
}

/// Writes a secret beside the schedule.
fn write_secret(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text)?;
    std::fs::set_permissions(file, Permissions::from_mode(0o600))?;
    Ok(())
}

impl Mariadb {
    pub async fn open(directory: &Path) -> anyhow::Result<Self> {
        let url = std::env::var("RETENTIOND_TEST_MARIADB").context("RETENTIOND_TEST_MARIADB")?;
        let url: Url = url.parse()?;
        let mut session = connect(&url).await?;
        let data: String = sqlx::query_scalar("SELECT @@datadir")
            .fetch_one(&mut session)
            .await?;
        session
            .execute("SET GLOBAL innodb_monitor_enable = 'purge_del_mark_records'")
            .await?;
        let copies = directory.join("mariadb");
        std::fs::create_dir_all(&copies)?;
        let secret = url.password().unwrap_or_default();
        write_secret(&directory.join("mariadb-password"), secret)?;
        let client = format!("[client]\nuser = {}\npassword = {secret}\n", url.username());
        write_secret(&directory.join("mariadb-client.cnf"), &client)?;
        Ok(Self {
            url,
            data: data.into(),
            directory: directory.to_owned(),
            copies,
            session,
            tables: Vec::new(),
            bystander: None,
            due: 0,
            purged_at_start: 0,
        })
    }

    async fn tell(&mut self, statements: &[&str]) -> anyhow::Result<()> {
        for statement in statements {
            self.session
                .execute(AssertSqlSafe((*statement).to_owned()))
                .await
                .with_context(|| (*statement).to_owned())?;
        }
        Ok(())
    }

    async fn ask(&mut self, sql: &str) -> anyhow::Result<i64> {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut self.session)
            .await
            .with_context(|| sql.to_owned())
    }

    /// How many records of removed rows InnoDB has purged since the server was started.
    async fn purged_records(&mut self) -> anyhow::Result<i64> {
        self.ask(
            "SELECT CAST(count AS SIGNED) FROM information_schema.innodb_metrics WHERE name = 'purge_del_mark_records'",
        )
        .await
    }

    /// Until what earlier runs left to be done in the background is done and written.
    async fn settle(&mut self) -> anyhow::Result<()> {
        self.tell(&[
            "SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0, GLOBAL innodb_max_dirty_pages_pct = 0",
        ])
        .await?;
        let status = "SELECT CAST(variable_value AS SIGNED) FROM information_schema.global_status \
                      WHERE variable_name = ";
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let dirty = format!("{status} 'Innodb_buffer_pool_pages_dirty'");
            let unpurged = format!("{status} 'Innodb_history_list_length'");
            let idle = self.ask(&dirty).await? < 100 && self.ask(&unpurged).await? < 100;
            if idle || Instant::now() > deadline {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.tell(&["SET GLOBAL innodb_max_dirty_pages_pct = 90"])
            .await
    }

    fn file_of(&self, table: &str, kind: &str) -> (PathBuf, PathBuf) {
        let file = format!("{table}.{kind}");
        (self.data.join("bench").join(&file), self.copies.join(&file))
    }
}

impl Server for Mariadb {
    fn engine(&self) -> Engine {
        Engine::Mariadb
    }

    fn name(&self) -> &'static str {
        "MariaDB"
    }

    async fn build(&mut self, work: &Work, candidate: &Candidate) -> anyhow::Result<()> {
        self.discard().await?;
        self.tell(&["CREATE DATABASE bench"]).await?;
        candidate.migrate(work, &self.connection())?;
        self.tell(&[
            "USE bench",
            "SET time_zone = '+00:00', unique_checks = 0, foreign_key_checks = 0",
        ])
        .await?;
        let statements: Vec<&str> = work.build.iter().map(String::as_str).collect();
        self.tell(&statements).await?;
        for table in work.tables {
            let sql = format!("SHOW CREATE TABLE {table}");
            let (_, made): (String, String) = sqlx::query_as(AssertSqlSafe(sql))
                .fetch_one(&mut self.session)
                .await?;
            self.tables.push((table, made));
        }
        let export = format!("FLUSH TABLES {} FOR EXPORT", work.tables.join(", "));
        self.tell(&["SET unique_checks = 1, foreign_key_checks = 1", &export])
            .await?;
        for table in work.tables {
            for kind in FILES {
                let (file, copy) = self.file_of(table, kind);
                std::fs::copy(file, copy)?;
            }
        }
        self.tell(&["UNLOCK TABLES"]).await
    }

    async fn restore(&mut self, _work: &Work) -> anyhow::Result<()> {
        self.tell(&[
            "USE bench",
            "DELETE FROM retentiond_ledger",
            "DELETE FROM retentiond_head",
            "SET foreign_key_checks = 0",
        ])
        .await?;
        let owner = std::fs::metadata(self.data.join("bench"))?;
        for (table, made) in self.tables.clone() {
            let drop = format!("DROP TABLE IF EXISTS {table}");
            let discard = format!("ALTER TABLE {table} DISCARD TABLESPACE");
            self.tell(&[&drop, &made, &discard]).await?;
            for kind in FILES {
                let (file, copy) = self.file_of(table, kind);
                std::fs::copy(copy, &file)?;
                chown(&file, Some(owner.uid()), Some(owner.gid()))?;
            }
            let import = format!("ALTER TABLE {table} IMPORT TABLESPACE");
            let analyze = format!("ANALYZE TABLE {table}");
            self.tell(&[&import, &analyze]).await?;
        }
        self.tell(&["SET foreign_key_checks = 1"]).await?;
        self.settle().await
    }

    async fn due(&mut self, work: &Work) -> anyhow::Result<u64> {
        self.due = self.ask(&work.due).await?;
        self.purged_at_start = self.purged_records().await?;
        Ok(self.due.unsigned_abs())
    }

    async fn remove(&mut self, statement: &str, again: Option<u64>) -> anyhow::Result<Vec<Batch>> {
        let session = &mut self.session;
        repeat(again, async || {
            let done = session.execute(AssertSqlSafe(statement.to_owned())).await?;
            Ok(done.rows_affected())
        })
        .await
    }

    async fn begin(&mut self, under: Under) -> anyhow::Result<()> {
        anyhow::ensure!(under != Under::SlowCommits, "MariaDB delays no commit");
        if under == Under::Snapshot {
            let mut session = connect(&self.url).await?;
            session
                .execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
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

    /// A DELETE only marks the rows: they are on their pages until the purge has been there (InnoDB's manual, "Purge
    /// Configuration"). The history list counts transactions, so that one of a million rows is one in it.
    async fn purged(&mut self) -> anyhow::Result<Option<()>> {
        let deadline = Instant::now() + super::PATIENCE;
        let before = self.purged_at_start;
        while self.purged_records().await? - before < self.due {
            anyhow::ensure!(Instant::now() < deadline, "the purge does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(Some(()))
    }

    fn processor(&self) -> anyhow::Result<Duration> {
        processor::time_of_server(&self.directory, "mariadb")
    }

    fn connection(&self) -> String {
        format!(
            "engine = \"mariadb\"\nhost = \"127.0.0.1\"\nport = {}\ndatabase = \"bench\"\nuser = \"{}\"\n\
             password = {{ file = \"mariadb-password\" }}\ncolumn-time-zone = \"UTC\"",
            self.url.port().unwrap_or(3306),
            self.url.username()
        )
    }

    fn archiver_source(&self) -> Option<String> {
        Some(format!(
            "h=127.0.0.1,P={},D=bench,F={}",
            self.url.port().unwrap_or(3306),
            self.directory.join("mariadb-client.cnf").display()
        ))
    }

    async fn discard(&mut self) -> anyhow::Result<()> {
        self.tables.clear();
        self.tell(&["DROP DATABASE IF EXISTS bench"]).await
    }
}
