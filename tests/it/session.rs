//! Sessions: opened, pinned, refused; what is bound comes back; what goes wrong has its kind and no value in it.

use std::time::{Duration, Instant};

use retentiond::db::{Access, Session, SessionLimits, Trouble, TroubleKind};
use retentiond::schedule::TlsMode;
use retentiond::sql::{Dialect, Sql, Value};

use crate::support::{Scratch, Server, Target, every_database, tls_ca};

/// A statement without values.
fn sql(session: &Session, text: &'static str) -> Sql {
    Sql::literal(session.dialect(), text)
}

async fn open(scratch: &Scratch, access: Access) -> Session {
    Target::of(scratch)
        .open(access)
        .await
        .unwrap_or_else(|trouble| panic!("{trouble}; {}", trouble.advice()))
}

async fn refused(target: Target) -> Trouble {
    match target.open(Access::Rehearse).await {
        Ok(_) => panic!("{target:?} was opened"),
        Err(trouble) => trouble,
    }
}

every_database!(
    async fn a_rehearsal_cannot_write(server) {
        let mut scratch = Scratch::create(server, "rehearse").await;
        scratch.exec("CREATE TABLE t (i integer); INSERT INTO t VALUES (1);").await;
        let mut session = open(&scratch, Access::Rehearse).await;
        for text in ["DELETE FROM t", "UPDATE t SET i = 2", "DROP TABLE t"] {
            let delete = sql(&session, text);
            let outside = session.execute(&delete).await.expect_err(text);
            assert_eq!(outside.kind, TroubleKind::ReadOnly, "{text}: {outside:?}");
            session.begin().await.expect("a transaction");
            let inside = session.execute(&delete).await.expect_err(text);
            assert_eq!(inside.kind, TroubleKind::ReadOnly, "{text}: {inside:?}");
            session.rollback().await.expect("its end");
        }
        assert_eq!(scratch.value("SELECT i FROM t").await.as_deref(), Some("1"));
        session.close().await.expect("closed");
        scratch.finish().await;
    }
);

every_database!(
    async fn a_transaction_is_committed_or_not(server) {
        let mut scratch = Scratch::create(server, "transaction").await;
        scratch.exec("CREATE TABLE t (i integer); INSERT INTO t VALUES (1), (2);").await;
        let mut session = open(&scratch, Access::Enforce).await;
        let delete = sql(&session, "DELETE FROM t WHERE i = 1");
        session.begin().await.expect("a transaction");
        assert!(session.in_transaction());
        assert_eq!(session.execute(&delete).await.expect("deleted"), 1);
        session.rollback().await.expect("rolled back");
        assert!(!session.in_transaction());
        assert_eq!(scratch.value("SELECT count(*) FROM t").await.as_deref(), Some("2"));
        session.begin().await.expect("a transaction");
        session.execute(&delete).await.expect("deleted");
        session.commit().await.expect("committed");
        assert_eq!(scratch.value("SELECT count(*) FROM t").await.as_deref(), Some("1"));
        session.rollback().await.expect("nothing to roll back");
        session.close().await.expect("closed");
        scratch.finish().await;
    }
);

every_database!(
    async fn a_transaction_with_a_failed_statement_is_not_committed(server) {
        let mut scratch = Scratch::create(server, "spoiled").await;
        scratch
            .exec("CREATE TABLE t (i integer PRIMARY KEY); INSERT INTO t VALUES (1), (2);")
            .await;
        let mut session = open(&scratch, Access::Enforce).await;
        session.begin().await.expect("a transaction");
        let delete = sql(&session, "DELETE FROM t WHERE i = 1");
        session.execute(&delete).await.expect("deleted");
        let twice = sql(&session, "INSERT INTO t VALUES (2)");
        session.execute(&twice).await.expect_err("is there");
        let trouble = session.commit().await.expect_err("spoiled");
        assert!(trouble.doing.contains("failed"), "{trouble:?}");
        assert_eq!(scratch.value("SELECT count(*) FROM t").await.as_deref(), Some("2"));
        session.begin().await.expect("another");
        session.execute(&delete).await.expect("deleted");
        session.commit().await.expect("committed");
        assert_eq!(scratch.value("SELECT count(*) FROM t").await.as_deref(), Some("1"));
        session.close().await.expect("closed");
        scratch.finish().await;
    }
);

every_database!(
    async fn native_values_come_back_as_they_were_bound(server) {
        let scratch = Scratch::create(server, "values").await;
        let mut session = open(&scratch, Access::Rehearse).await;
        let mut values = vec![
            Value::Int(i64::MIN),
            Value::Int(i64::MAX),
            Value::Int(0),
            Value::Text("größer 😀 ' \" \\ ".to_owned()),
            Value::Text(String::new()),
            Value::Bytes(vec![0, 255, 39, 92]),
            Value::Null,
        ];
        if server == Server::Mariadb {
            values.push(Value::Unsigned(u64::MAX));
        }
        for value in values {
            let mut select = Sql::new(session.dialect());
            select.push("SELECT ").bind(value.clone());
            let rows = session.rows(&select).await.expect("a row");
            assert_eq!(rows, [[value]]);
        }
        session.close().await.expect("closed");
        scratch.finish().await;
    }
);

every_database!(
    async fn a_type_that_could_lie_is_an_error(server) {
        let scratch = Scratch::create(server, "types").await;
        let mut session = open(&scratch, Access::Rehearse).await;
        let text = match server {
            Server::Postgres => "SELECT 'infinity'::timestamptz",
            Server::Mariadb => "SELECT CAST(NULL AS DATE)",
            Server::Sqlite => "SELECT 1.5",
        };
        let trouble = session.rows(&sql(&session, text)).await.expect_err("no value");
        assert!(trouble.advice().contains("cast it to text"), "{trouble:?}");
        session.close().await.expect("closed");
        scratch.finish().await;
    }
);

every_database!(
    async fn a_constraint_is_named_and_its_values_are_not(server) {
        let mut scratch = Scratch::create(server, "constraint").await;
        scratch
            .exec(
                "CREATE TABLE p (id varchar(40) PRIMARY KEY);
                 CREATE TABLE c (id varchar(40), CONSTRAINT c_of_p FOREIGN KEY (id) REFERENCES p (id));
                 INSERT INTO p VALUES ('jane@example.org'); INSERT INTO c VALUES ('jane@example.org');",
            )
            .await;
        let mut session = open(&scratch, Access::Enforce).await;
        for text in ["DELETE FROM p", "INSERT INTO p VALUES ('jane@example.org')"] {
            let trouble = session.execute(&sql(&session, text)).await.expect_err(text);
            assert_eq!(trouble.kind, TroubleKind::ConstraintViolated);
            assert!(!format!("{trouble} {trouble:?}").contains("jane"), "{trouble:?}");
            if text.starts_with("DELETE") && server != Server::Sqlite {
                assert_eq!(trouble.constraint.as_deref(), Some("c_of_p"));
            }
        }
        let gone = session.execute(&sql(&session, "DELETE FROM nowhere")).await.expect_err("gone");
        assert_eq!(gone.kind, TroubleKind::SchemaChanged);
        session.close().await.expect("closed");
        scratch.finish().await;
    }
);

every_database!(
    async fn a_lock_of_somebody_else_is_waited_for_and_then_named(server) {
        let mut scratch = Scratch::create(server, "lock").await;
        scratch.exec("CREATE TABLE t (i integer); INSERT INTO t VALUES (1);").await;
        let mut other = scratch.second().await;
        other.exec("BEGIN; UPDATE t SET i = 2;").await;
        let limits = SessionLimits {
            lock_wait_ms: 300,
            statement_ms: 30_000,
            ..SessionLimits::default()
        };
        let mut session = Target::of(&scratch).open_within(Access::Enforce, limits).await;
        let began = Instant::now();
        let trouble = session.execute(&sql(&session, "DELETE FROM t")).await.expect_err("locked");
        assert_eq!(trouble.kind, TroubleKind::LockTimeout, "{trouble:?}");
        assert!(trouble.is_retryable());
        assert!(began.elapsed() < Duration::from_secs(5));
        other.exec("ROLLBACK").await;
        assert_eq!(session.execute(&sql(&session, "DELETE FROM t")).await.expect("free"), 1);
        session.close().await.expect("closed");
        other.close().await;
        scratch.finish().await;
    }
);

every_database!(
    async fn a_statement_ends_in_time_and_the_session_lives(server) {
        let scratch = Scratch::create(server, "slow").await;
        let limits = SessionLimits {
            lock_wait_ms: 100,
            statement_ms: 1_000,
            ..SessionLimits::default()
        };
        let mut session = Target::of(&scratch).open_within(Access::Rehearse, limits).await;
        let slow = match server {
            Server::Postgres => "SELECT pg_sleep(30)::text",
            Server::Mariadb => "SELECT count(*) FROM seq_1_to_100000 a, seq_1_to_100000 b",
            Server::Sqlite => {
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
            }
        };
        let began = Instant::now();
        let trouble = session.rows(&sql(&session, slow)).await.expect_err("too slow");
        assert_eq!(trouble.kind, TroubleKind::StatementTimeout, "{trouble:?}");
        assert!(began.elapsed() < Duration::from_secs(10));
        let rows = session.rows(&sql(&session, "SELECT 1")).await.expect("it lives");
        assert_eq!(rows, [[Value::Int(1)]]);
        session.close().await.expect("closed");
        scratch.finish().await;
    }
);

every_database!(
    async fn facts_name_the_database(server) {
        let scratch = Scratch::create(server, "facts").await;
        let mut session = open(&scratch, Access::Rehearse).await;
        let facts = session.facts().await.expect("facts");
        let expected = match server {
            Server::Postgres => Dialect::Postgres,
            Server::Mariadb => Dialect::Mariadb,
            Server::Sqlite => Dialect::Sqlite,
        };
        assert_eq!((facts.dialect, session.dialect()), (expected, expected));
        assert!(!facts.read_only, "a rehearsal is not a read-only server");
        assert!((chrono::Utc::now() - facts.now).num_seconds().abs() < 30);
        let mut again = open(&scratch, Access::Enforce).await;
        let others = again.facts().await.expect("facts");
        assert_eq!((&facts.identity, &facts.user), (&others.identity, &others.user));
        session.close().await.expect("closed");
        again.close().await.expect("closed");
        scratch.finish().await;
    }
);

every_database!(
    async fn a_database_that_is_not_there_is_named_so(server) {
        let scratch = Scratch::create(server, "missing").await;
        let trouble = refused(Target::of(&scratch).named("rtd_test_no_such_thing")).await;
        assert_eq!(trouble.kind, TroubleKind::NoSuchDatabase, "{trouble:?}");
        scratch.finish().await;
    }
);

async fn wrong_credentials(server: Server) {
    let mut scratch = Scratch::create(server, "password").await;
    let user = scratch.create_user("right").await;
    let trouble = refused(Target::of(&scratch).login(&user, "wrong")).await;
    assert_eq!(trouble.kind, TroubleKind::WrongCredentials, "{trouble:?}");
    assert!(
        !format!("{trouble} {trouble:?}").contains("wrong,"),
        "{trouble:?}"
    );
    let mut target = Target::of(&scratch);
    std::fs::remove_file(target.base.join("password")).expect("removed");
    target = target.named("any");
    let trouble = refused(target).await;
    assert_eq!(trouble.kind, TroubleKind::Misconfigured, "{trouble:?}");
    scratch.finish().await;
}

async fn unreachable(server: Server) {
    let scratch = Scratch::create(server, "nobody").await;
    let began = Instant::now();
    // Nobody listens there; and somebody who never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("its number").port();
    for port in [1, port] {
        let trouble = refused(Target::of(&scratch).at("127.0.0.1", port)).await;
        assert_eq!(trouble.kind, TroubleKind::Unreachable, "{trouble:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(20));
    scratch.finish().await;
}

async fn only_a_trusted_server(server: Server) {
    let scratch = Scratch::create(server, "tls").await;
    let target = Target::of(&scratch);
    let ca = tls_ca();
    for (mode, ca) in [
        (TlsMode::VerifyFull, Some(ca.as_path())),
        (TlsMode::VerifyCa, Some(ca.as_path())),
        (TlsMode::UnsafeEncryptOnly, None),
    ] {
        let target = target.clone().tls(mode, ca);
        let mut session = match target.open(Access::Rehearse).await {
            Ok(session) => session,
            Err(trouble) => panic!("{mode:?}: {trouble:?}"),
        };
        assert!(is_encrypted(&mut session).await, "{mode:?}");
        session.close().await.expect("closed");
    }
    for mode in [TlsMode::VerifyFull, TlsMode::VerifyCa] {
        let trouble = refused(target.clone().tls(mode, None)).await;
        assert_eq!(
            trouble.kind,
            TroubleKind::TlsRefused,
            "{mode:?}: {trouble:?}"
        );
    }
    let nowhere = target
        .clone()
        .tls(TlsMode::VerifyFull, Some("nowhere.pem".as_ref()));
    assert_eq!(refused(nowhere).await.kind, TroubleKind::Misconfigured);
    let far = refused(target.at("192.0.2.1", 5432)).await;
    assert_eq!(
        far.kind,
        TroubleKind::Misconfigured,
        "plain text never leaves this host"
    );
    scratch.finish().await;
}

async fn is_encrypted(session: &mut Session) -> bool {
    let text = match session.dialect() {
        Dialect::Postgres => "SELECT ssl::int FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        _ => {
            "SELECT VARIABLE_VALUE <> '' FROM information_schema.session_status WHERE VARIABLE_NAME = 'ssl_cipher'"
        }
    };
    let rows = session.rows(&sql(session, text)).await.expect("an answer");
    rows == [[Value::Int(1)]]
}

macro_rules! over_a_network {
    ($($name:ident => $body:ident),+ $(,)?) => {
        mod over_a_network {
            $(mod $name {
                use crate::support::Server;

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    super::super::$body(Server::Postgres).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn mariadb() {
                    super::super::$body(Server::Mariadb).await;
                }
            })+
        }
    };
}

over_a_network!(
    a_wrong_password_is_named_so => wrong_credentials,
    a_server_that_does_not_answer_is_named_so => unreachable,
    only_a_trusted_server_is_talked_to => only_a_trusted_server,
);

/// Row security that would hide rows is an error, and not a smaller count.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_security_hides_nothing() {
    let mut scratch = Scratch::create(Server::Postgres, "rls").await;
    let user = scratch.create_user("pw").await;
    scratch
        .exec(&format!(
            "CREATE TABLE t (i integer); ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO {user};
             ALTER ROLE {user} SET row_security = on; ALTER ROLE {user} SET timezone = 'Asia/Tokyo';
             ALTER ROLE {user} SET default_transaction_read_only = on;"
        ))
        .await;
    let target = Target::of(&scratch).login(&user, "pw");
    let mut session = target.open(Access::Enforce).await.expect("a session");
    let trouble = session
        .rows(&sql(&session, "SELECT i FROM t"))
        .await
        .expect_err("hidden");
    assert_eq!(trouble.kind, TroubleKind::Denied);
    assert!(trouble.advice().contains("row-level security"));
    let zone = session
        .rows(&sql(&session, "SELECT current_setting('TimeZone')"))
        .await;
    assert_eq!(zone, Ok(vec![vec![Value::Text("UTC".to_owned())]]));
    assert!(
        session.facts().await.expect("facts").read_only,
        "the role is read-only"
    );
    session.close().await.expect("closed");
    scratch.finish().await;
}

/// Lists travel as one array of PostgreSQL.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_arrays() {
    let scratch = Scratch::create(Server::Postgres, "lists").await;
    let mut session = open(&scratch, Access::Rehearse).await;
    let text = |text: &str| Value::Text(text.to_owned());
    for (list, expected) in [
        (vec![Value::Int(2), Value::Int(3)], "bigint[] {2,3}"),
        (vec![Value::Bytes(vec![1, 255])], "bytea[] {\"\\\\x01ff\"}"),
        (vec![text("a,b"), Value::Null], "text[] {\"a,b\",NULL}"),
        (vec![], "bigint[] {}"),
    ] {
        let mut select = Sql::new(Dialect::Postgres);
        select.push("SELECT pg_typeof(l)::text || ' ' || l::text FROM (SELECT ");
        select.bind_list(list).push(" AS l) AS one");
        assert_eq!(session.rows(&select).await, Ok(vec![vec![text(expected)]]));
    }
    session.close().await.expect("closed");
    scratch.finish().await;
}

/// A commit that fails leaves nothing behind, on SQLite not even the transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_commit_ends_the_transaction() {
    for server in [Server::Postgres, Server::Sqlite] {
        let mut scratch = Scratch::create(server, "deferred").await;
        scratch
            .exec(
                "CREATE TABLE p (id integer PRIMARY KEY);
                 CREATE TABLE c (id integer REFERENCES p DEFERRABLE INITIALLY DEFERRED);
                 INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);",
            )
            .await;
        let mut session = open(&scratch, Access::Enforce).await;
        let delete = sql(&session, "DELETE FROM p");
        for _ in 0..2 {
            session.begin().await.expect("a transaction");
            assert_eq!(session.execute(&delete).await.expect("deferred"), 1);
            let trouble = session.commit().await.expect_err("a child is left");
            assert_eq!(trouble.kind, TroubleKind::ConstraintViolated);
            assert!(!session.in_transaction());
        }
        session.close().await.expect("closed");
        scratch.finish().await;
    }
}
