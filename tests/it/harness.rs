//! The harness tries itself: each server is there, gives a database, and takes it back.

use std::os::unix::fs::PermissionsExt;

use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection};

use crate::support::{Scratch, Server, every_database, tls_ca};

fn text(row: &[Option<&str>]) -> Vec<Option<String>> {
    row.iter().map(|cell| cell.map(str::to_owned)).collect()
}

every_database!(
    async fn rows_come_back_as_text(server) {
        let (bytes, one_byte) = match server {
            Server::Postgres => ("bytea", r"'\x00ff'"),
            _ => ("blob", "x'00ff'"),
        };
        let mut scratch = Scratch::create(server, "rows").await;
        scratch
            .exec(&format!(
                "CREATE TABLE t (i bigint, s varchar(20), d date, n numeric(12, 2), f double precision,
                                 b {bytes}, y boolean, z integer);
                 INSERT INTO t VALUES (-7, 'größer', '2024-02-29', 12.50, 0.5, {one_byte}, true, NULL),
                                      (8, '', '0999-12-31', 0.25, -2.5, NULL, false, 3);"
            ))
            .await;
        let decimal = match server {
            Server::Sqlite => "12.5", // SQLite has no decimals
            _ => "12.50",
        };
        let rows = scratch.rows("SELECT i, s, d, n, f, b, y, z FROM t ORDER BY i").await;
        let first = [Some("-7"), Some("größer"), Some("2024-02-29"), Some(decimal), Some("0.5")];
        let second = [Some("8"), Some(""), Some("0999-12-31"), Some("0.25"), Some("-2.5")];
        assert_eq!(rows[0][..5], text(&first));
        assert_eq!(rows[0][5..], text(&[Some("00ff"), Some("1"), None]));
        assert_eq!(rows[1][..5], text(&second));
        assert_eq!(rows[1][5..], text(&[None, Some("0"), Some("3")]));
        assert_eq!(rows.len(), 2);
        scratch.finish().await;
    }
);

every_database!(
    async fn a_second_session_sees_only_what_is_committed(server) {
        let mut scratch = Scratch::create(server, "second").await;
        scratch.exec("CREATE TABLE t (i integer)").await;
        let mut second = scratch.second().await;
        second.exec("BEGIN; INSERT INTO t VALUES (1);").await;
        assert_eq!(scratch.value("SELECT count(*) FROM t").await.as_deref(), Some("0"));
        let task = tokio::spawn(async move {
            second.exec("COMMIT").await;
            second
        });
        let second = task.await.expect("the task ends");
        assert_eq!(scratch.value("SELECT count(*) FROM t").await.as_deref(), Some("1"));
        second.close().await;
        scratch.finish().await;
    }
);

every_database!(
    async fn a_refused_statement_is_an_error(server) {
        let mut scratch = Scratch::create(server, "refused").await;
        let refused = scratch.try_exec("SELECT * FROM no_such_table").await;
        assert!(refused.is_err_and(|error| error.to_string().contains("no_such_table")));
        scratch.finish().await;
    }
);

every_database!(
    async fn finish_leaves_nothing(server) {
        let mut scratch = Scratch::create(server, "gone").await;
        scratch.exec("CREATE TABLE t (i integer)").await;
        if server == Server::Sqlite {
            let file = scratch.file().to_owned();
            assert!(file.exists());
            scratch.finish().await;
            assert!(!file.exists());
            return;
        }
        let databases = match server {
            Server::Postgres => "SELECT count(*) FROM pg_database WHERE datname = ",
            _ => "SELECT count(*) FROM information_schema.schemata WHERE schema_name = ",
        };
        let query = format!("{databases}'{}'", scratch.database());
        let mut other = Scratch::create(server, "other").await;
        assert_eq!(other.value(&query).await.as_deref(), Some("1"));
        scratch.finish().await;
        assert_eq!(other.value(&query).await.as_deref(), Some("0"));
        other.finish().await;
    }
);

every_database!(
    async fn the_schedule_table_names_the_database(server) {
        let scratch = Scratch::create(server, "toml").await;
        let table: toml::Table = scratch.toml_database("hr").parse().expect("it is TOML");
        let hr = &table["databases"]["hr"];
        assert_eq!(hr["engine"].as_str(), Some(server.engine()));
        assert_eq!(hr["time-zone"].as_str(), Some("UTC"));
        if server == Server::Sqlite {
            assert_eq!(hr["file"].as_str(), scratch.file().to_str());
            assert_eq!(hr.as_table().map(toml::Table::len), Some(3));
        } else {
            let secret = hr["password"]["file"].as_str().expect("a file");
            let mode = std::fs::metadata(secret).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert_eq!(std::fs::read_to_string(secret).expect("it reads"), scratch.password());
            assert_eq!(hr["port"].as_integer(), Some(scratch.port().into()));
            assert_eq!(hr["database"].as_str(), Some(scratch.database()));
        }
        scratch.finish().await;
    }
);

#[tokio::test]
async fn postgres_asks_other_users_for_their_password_and_speaks_tls() {
    let mut scratch = Scratch::create(Server::Postgres, "tls").await;
    let user = scratch.create_user("right").await;
    let options = |password: &str| {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(scratch.port())
            .username(&user)
            .password(password)
            .database(scratch.database())
            .ssl_mode(PgSslMode::VerifyFull)
            .ssl_root_cert(tls_ca())
    };
    let connection = options("right").connect().await;
    connection
        .expect("verified TLS and the right password")
        .close()
        .await
        .expect("it closes");
    let refused = options("wrong")
        .connect()
        .await
        .expect_err("a wrong password");
    assert!(
        refused
            .to_string()
            .contains("password authentication failed"),
        "{refused}"
    );
    scratch.finish().await;
}

#[tokio::test]
async fn mariadb_asks_users_for_their_password_and_speaks_tls() {
    let mut scratch = Scratch::create(Server::Mariadb, "tls").await;
    let user = scratch.create_user("right").await;
    let options = |password: &str| {
        MySqlConnectOptions::new()
            .host("127.0.0.1")
            .port(scratch.port())
            .username(&user)
            .password(password)
            .ssl_mode(MySqlSslMode::VerifyIdentity)
            .ssl_ca(tls_ca())
    };
    let connection = options("right").connect().await;
    connection
        .expect("verified TLS and the right password")
        .close()
        .await
        .expect("it closes");
    let refused = options("wrong")
        .connect()
        .await
        .expect_err("a wrong password");
    assert!(refused.to_string().contains("Access denied"), "{refused}");
    scratch.finish().await;
}
