//! MariaDB: the table's file is kept beside the server and imported again.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};
use sqlx::{AssertSqlSafe, Connection, Executor};
use url::Url;

use crate::candidate::{Candidate, Target};
use crate::processor;
use crate::server::Server;
use crate::table::{Layout, Shape};

/// The server that `benches/run` started.
pub struct Mariadb {
    url: Url,
    data: PathBuf,
    directory: PathBuf,
    copies: PathBuf,
    session: MySqlConnection,
    /// The due rows of the working copy, and what had been purged when they were counted.
    due: i64,
    purged_at_start: i64,
}

const TABLE: &str = "
    CREATE TABLE activity (
        id bigint NOT NULL PRIMARY KEY, occurred_at datetime NOT NULL, customer_id bigint NOT NULL,
        action varchar(20) NOT NULL, payload varchar(400) NOT NULL, KEY activity_occurred_at (occurred_at))
    ENGINE = InnoDB DEFAULT CHARSET = ascii";

/// The files of the table that an import needs.
const FILES: [&str; 2] = ["activity.ibd", "activity.cfg"];

impl Mariadb {
    pub async fn open(directory: &Path) -> anyhow::Result<Self> {
        let url = std::env::var("RETENTIOND_TEST_MARIADB").context("RETENTIOND_TEST_MARIADB")?;
        let url: Url = url.parse()?;
        let options = MySqlConnectOptions::new()
            .host("127.0.0.1")
            .port(url.port().unwrap_or(3306))
            .username(url.username())
            .password(url.password().unwrap_or_default())
            .ssl_mode(MySqlSslMode::Disabled);
        let mut session = MySqlConnection::connect_with(&options).await?;
        let data: String = sqlx::query_scalar("SELECT @@datadir")
            .fetch_one(&mut session)
            .await?;
        session
            .execute("SET GLOBAL innodb_monitor_enable = 'purge_del_mark_records'")
            .await?;
        let copies = directory.join("mariadb");
        std::fs::create_dir_all(&copies)?;
        let secret = url.password().unwrap_or_default();
        let file = directory.join("mariadb-password");
        std::fs::write(&file, secret)?;
        std::fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        Ok(Self {
            url,
            data: data.into(),
            directory: directory.to_owned(),
            copies,
            session,
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
        Ok(sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut self.session)
            .await?)
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
}

impl Server for Mariadb {
    fn name(&self) -> &'static str {
        "MariaDB"
    }

    async fn build(&mut self, shape: &Shape, candidate: &Candidate) -> anyhow::Result<()> {
        self.discard().await?;
        self.tell(&["CREATE DATABASE bench"]).await?;
        candidate.migrate(&self.target())?;
        let rows = shape.rows;
        let place = match shape.layout {
            Layout::Contiguous => "seq - 1".to_owned(),
            // Asked for more than once for each row, so that it must always answer the same.
            Layout::Scattered => format!("CONV(LEFT(MD5(seq), 8), 16, 10) % {rows}"),
        };
        let fill = format!(
            "INSERT INTO activity
             SELECT seq, FROM_UNIXTIME({}), seq % 200000, 'viewed', REPEAT(MD5(seq), 7)
               FROM (SELECT seq, CAST({place} AS SIGNED) AS place FROM seq_1_to_{rows}) AS one",
            shape.age("place", "DIV")
        );
        let copies = self.copies.clone();
        self.tell(&[
            "USE bench",
            "SET time_zone = '+00:00', unique_checks = 0, foreign_key_checks = 0",
            TABLE,
            "ALTER TABLE activity DROP KEY activity_occurred_at",
            &fill,
            "ALTER TABLE activity ADD KEY activity_occurred_at (occurred_at)",
            "SET unique_checks = 1, foreign_key_checks = 1",
            "FLUSH TABLES activity FOR EXPORT",
        ])
        .await?;
        for file in FILES {
            std::fs::copy(self.data.join("bench").join(file), copies.join(file))?;
        }
        self.tell(&["UNLOCK TABLES"]).await
    }

    async fn restore(&mut self) -> anyhow::Result<()> {
        self.tell(&[
            "USE bench",
            "DROP TABLE IF EXISTS activity",
            "DELETE FROM retentiond_ledger",
            "DELETE FROM retentiond_head",
            TABLE,
            "ALTER TABLE activity DISCARD TABLESPACE",
        ])
        .await?;
        let place = self.data.join("bench");
        let owner = std::fs::metadata(&place)?;
        for file in FILES {
            let copy = place.join(file);
            std::fs::copy(self.copies.join(file), &copy)?;
            chown(&copy, Some(owner.uid()), Some(owner.gid()))?;
        }
        self.tell(&[
            "ALTER TABLE activity IMPORT TABLESPACE",
            "ANALYZE TABLE activity",
        ])
        .await?;
        self.settle().await
    }

    async fn due(&mut self, shape: &Shape) -> anyhow::Result<u64> {
        let sql = format!(
            "SELECT CAST(COALESCE(SUM(LENGTH(payload) > 0), 0) AS SIGNED) FROM activity WHERE occurred_at <= \
             FROM_UNIXTIME({})",
            shape.cutoff
        );
        self.due = self.ask(&sql).await?;
        self.purged_at_start = self.purged_records().await?;
        Ok(self.due.unsigned_abs())
    }

    async fn single(&mut self, shape: &Shape) -> anyhow::Result<(Duration, u64)> {
        let sql = format!(
            "DELETE FROM activity WHERE occurred_at <= FROM_UNIXTIME({})",
            shape.cutoff
        );
        let began = Instant::now();
        let done = self.session.execute(AssertSqlSafe(sql)).await?;
        Ok((began.elapsed(), done.rows_affected()))
    }

    /// A DELETE only marks the rows: they are on their pages until the purge has been there (InnoDB's manual, "Purge
    /// Configuration"). The history list counts transactions, so that one of a million rows is one in it.
    async fn purged(&mut self) -> anyhow::Result<Option<()>> {
        let deadline = Instant::now() + Duration::from_secs(120);
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

    fn target(&self) -> Target {
        Target {
            connection: format!(
                "engine = \"mariadb\"\nhost = \"127.0.0.1\"\nport = {}\ndatabase = \"bench\"\nuser = \"{}\"\n\
                 password = {{ file = \"mariadb-password\" }}\ncolumn-time-zone = \"UTC\"",
                self.url.port().unwrap_or(3306),
                self.url.username()
            ),
            start: r#"{ column = "occurred_at" }"#,
            rule: "",
        }
    }

    async fn discard(&mut self) -> anyhow::Result<()> {
        self.tell(&["DROP DATABASE IF EXISTS bench"]).await
    }
}
