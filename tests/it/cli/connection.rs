//! Databases that cannot be reached, and why: each says what, where, and what would be right; nothing is changed.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::{Server, every_database, tls_ca};

use super::site::{Ran, Site, program, ran};

/// The schedule with another database section.
fn refused(site: &Site, database: &str) -> Ran {
    let mut parts = site.parts();
    database.clone_into(&mut parts.database);
    site.write(&parts.text());
    let ran = site.go(&["run"]);
    site.write(&site.parts().text());
    let first = ran
        .err
        .lines()
        .find(|line| line.starts_with("error: database hr: "));
    assert!(first.is_some(), "{ran}");
    assert!(ran.err.contains("  = help: "), "{ran}");
    ran
}

/// The password's line of a section, with something else in its place.
fn with_password(section: &str, other: &str) -> String {
    let lines = section.lines().map(|line| {
        if line.starts_with("password = ") {
            other
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn replaced(section: &str, key: &str, value: &str) -> String {
    let lines = section.lines().map(|line| {
        if line.starts_with(&format!("{key} = ")) {
            format!("{key} = {value}")
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

async fn a_server_says_no(server: Server) {
    let mut site = Site::approved(server, "says_no").await;
    let (user, password) = (
        site.scratch.user().to_owned(),
        site.scratch.password().to_owned(),
    );
    let right = site.parts().database;
    let somebody = site.scratch.create_user("right").await;
    let wrong = site.scratch.toml_database_as("hr", &somebody, "wrong");
    refused(&site, &wrong)
        .exits(4)
        .warns("the server refused the user or the password");
    let nobody = site
        .scratch
        .toml_database_as("hr", "nobody_at_all", &password);
    refused(&site, &nobody).exits(4).warns("refused");
    let elsewhere = replaced(&right, "database", "\"no_such_database\"");
    let told = refused(&site, &elsewhere).exits(4);
    told.warns("there is no such database")
        .warns("check the spelling");
    let closed = replaced(&right, "port", "1");
    refused(&site, &closed)
        .exits(4)
        .warns("127.0.0.1:1: ")
        .warns("nothing listens there");
    let nowhere = replaced(
        &replaced(&right, "host", "\"no-such-host.invalid\""),
        "tls",
        "\"verify-full\"",
    );
    refused(&site, &nowhere)
        .exits(4)
        .warns("no-such-host.invalid")
        .warns("cannot be resolved");
    let _ = user;
    site.assert_untouched().await;
    site.finish().await;
}

async fn a_password_is_not_to_be_had(server: Server) {
    let mut site = Site::approved(server, "password").await;
    let right = site.parts().database;
    let file = site.dir().join("pw");
    std::fs::write(&file, "\n").expect("an empty one");
    for (source, code, sentence, hint) in [
        (
            "{ file = \"nothing\" }",
            3,
            "reading the password from the file ",
            "the file does not exist",
        ),
        (
            "{ file = \".\" }",
            3,
            "reading the password from the file ",
            "a directory",
        ),
        ("{ file = \"pw\" }", 3, "/pw: ", "the file is empty"),
        (
            "{ credential = \"hr\" }",
            3,
            "the credential hr",
            "LoadCredential=",
        ),
        (
            "{ env = \"RTD_NOT_SET\" }",
            3,
            "the environment variable RTD_NOT_SET",
            "set it",
        ),
    ] {
        let section = with_password(&right, &format!("password = {source}"));
        refused(&site, &section)
            .exits(code)
            .warns(sentence)
            .warns(hint);
    }
    site.assert_untouched().await;
    site.finish().await;
}

async fn only_a_trusted_certificate(server: Server) {
    let mut site = Site::approved(server, "tls").await;
    let right = site.parts().database;
    let ca = format!("tls-ca = {:?}", tls_ca());
    let trusted = format!("{}\n{ca}", replaced(&right, "tls", "\"verify-full\""));
    let mut parts = site.parts();
    parts.database.clone_from(&trusted);
    site.write(&parts.text());
    site.go(&["run", "--dry-run"]).exits(0);
    // Nobody signed it whom we know.
    let unknown = replaced(&right, "tls", "\"verify-full\"");
    let told = refused(&site, &unknown).exits(4);
    told.warns("no trusted encrypted connection")
        .warns("name the authority");
    // "127.1" is the same address by a name that the certificate has not.
    let misnamed = replaced(&trusted, "host", "\"127.1\"");
    refused(&site, &misnamed)
        .exits(4)
        .warns("no trusted encrypted connection");
    let missing = format!(
        "{}\ntls-ca = \"no.pem\"",
        replaced(&right, "tls", "\"verify-full\"")
    );
    refused(&site, &missing)
        .exits(3)
        .warns("no.pem")
        .warns("the file does not exist");
    site.assert_untouched().await;
    site.finish().await;
}

/// Makes two tests of one body.
macro_rules! both_servers {
    ($($body:ident => $postgres:ident, $mariadb:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $postgres() {
                $body(Server::Postgres).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $mariadb() {
                $body(Server::Mariadb).await;
            }
        )*
    };
}

both_servers! {
    a_server_says_no => postgres_says_no, mariadb_says_no;
    a_password_is_not_to_be_had => postgres_password, mariadb_password;
    only_a_trusted_certificate => postgres_certificate, mariadb_certificate;
}

/// What answers has no encryption, or is something else altogether.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_answers_is_not_what_was_asked_for() {
    let mut site = Site::approved(Server::Postgres, "answers").await;
    let right = site.parts().database;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener
        .local_addr()
        .expect("its number")
        .port()
        .to_string();
    let answers = std::thread::spawn(move || {
        // "No" to the wish for encryption, and then a greeting of another protocol.
        for answer in [&b"N"[..], b"220 mail.example.org ESMTP\r\n"] {
            let (mut stream, _) = listener.accept().expect("a caller");
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(answer);
            // Until the other side has read it.
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
    });
    let there = replaced(&right, "port", &port);
    let plain = replaced(&there, "tls", "\"verify-full\"");
    refused(&site, &plain)
        .exits(4)
        .warns("no trusted encrypted connection could be made");
    refused(&site, &there)
        .exits(4)
        .warns("not the server that the schedule names");
    answers.join().expect("the listener ends");
    site.assert_untouched().await;
    site.finish().await;
}

every_database!(
    async fn a_role_that_may_not_write(server) {
        if server == Server::Sqlite {
            return;
        }
        let mut site = Site::approved(server, "rights").await;
        let user = site.scratch.create_user("secret").await;
        let name = match server {
            Server::Postgres => user.clone(),
            _ => format!("'{user}'@'127.0.0.1'"),
        };
        let mut parts = site.parts();
        parts.database = site.scratch.toml_database_as("hr", &user, "secret");
        let (head, ledger, event) = match server {
            Server::Postgres => ("retentiond.head", "retentiond.ledger", "retentiond.event"),
            _ => ("retentiond_head", "retentiond_ledger", "retentiond_event"),
        };
        if server == Server::Mariadb {
            refused(&site, &parts.database).exits(4).warns("lacks a privilege");
        }
        // Reading only: the rehearsal works, the run does not.
        for table in ["visit", "note", "person"] {
            site.scratch.exec(&format!("GRANT SELECT ON {table} TO {name}")).await;
        }
        site.write(&parts.text());
        // What a role may not see is not in the fingerprint of a table: who approves is who runs.
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run", "--dry-run"]).exits(0);
        site.go(&["run"]).exits(4);
        // The DBA has made the tables; this role may not even see them, much less make them.
        site.go(&["migrate"]).exits(4).warns("lacks a privilege").warns("ledger's tables");
        if server == Server::Postgres {
            site.scratch.exec(&format!("GRANT USAGE ON SCHEMA retentiond TO {name}")).await;
            site.go(&["run"]).exits(4).warns("lacks a privilege").warns("ledger");
        }
        site.scratch
            .exec(&format!(
                "GRANT SELECT, INSERT, UPDATE ON {head} TO {name}; GRANT SELECT, INSERT ON {ledger} TO {name};
                 GRANT SELECT ON {event} TO {name};"
            ))
            .await;
        site.go(&["migrate"]).exits(0).says("hr: the ledger's tables are there");
        let ran = site.go(&["run"]).exits(5);
        ran.says("visits: failed: ").says("lacks a privilege").says("grant the privilege").says("people: failed: ");
        site.assert_untouched().await;
        for (rights, table) in [("DELETE, UPDATE", "visit"), ("DELETE, UPDATE", "note"), ("UPDATE", "person")] {
            site.scratch.exec(&format!("GRANT {rights} ON {table} TO {name}")).await;
        }
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        site.write(&site.parts().text());
        site.finish().await;
    }
);

/// A role that reads only, by its own setting: found before anything else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_role() {
    let mut site = Site::approved(Server::Postgres, "read_only").await;
    let user = site.scratch.create_user("secret").await;
    let database = site.scratch.database().to_owned();
    site.scratch
        .exec(&format!(
            "ALTER ROLE {user} SET default_transaction_read_only = on;
             ALTER ROLE {user} SUPERUSER;
             ALTER DATABASE {database} OWNER TO {user};"
        ))
        .await;
    let section = site.scratch.toml_database_as("hr", &user, "secret");
    refused(&site, &section)
        .exits(4)
        .warns("the database takes no writes")
        .warns("name the primary server and not a standby");
    site.assert_untouched().await;
    let runs = site.go(&["audit", "show"]).exits(0);
    assert!(!runs.out.contains("run started"), "{runs}");
    site.scratch
        .exec(&format!("ALTER DATABASE {database} OWNER TO CURRENT_USER"))
        .await;
    site.finish().await;
}

/// Rows that a policy hides must not be counted as gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_level_security() {
    let mut site = Site::approved(Server::Postgres, "rls").await;
    let user = site.scratch.create_user("secret").await;
    site.scratch
        .exec(&format!(
            "GRANT USAGE ON SCHEMA retentiond TO {user};
             GRANT ALL ON ALL TABLES IN SCHEMA retentiond, public TO {user};
             ALTER TABLE person ENABLE ROW LEVEL SECURITY;
             CREATE POLICY half ON person USING (id % 2 = 0);"
        ))
        .await;
    let mut parts = site.parts();
    parts.database = site.scratch.toml_database_as("hr", &user, "secret");
    site.write(&parts.text());
    site.go(&["check", "--connect"])
        .exits(3)
        .warns("row-level security")
        .warns("= rule: people");
    let ran = site.go(&["run", "--unsafe-without-approval"]);
    ran.exits(5)
        .says("people: failed: ")
        .says("row-level security")
        .says("45 rows touched");
    assert_eq!(site.count("person WHERE name = 'ANON'").await, 0);
    site.finish().await;
}

every_database!(
    /// Paths in a schedule are beside it, wherever the program was started and however the schedule was named.
    async fn a_schedule_is_named_from_elsewhere(server) {
        let site = Site::approved(server, "elsewhere").await;
        // Its secrets are written beside it as the text is made.
        let beside = format!("{}/", site.dir().display());
        let text = site.parts().text().replace(&beside, "");
        let folder = site.dir().join("conf");
        std::fs::create_dir(&folder).expect("a folder");
        for found in std::fs::read_dir(site.dir()).expect("the site's files") {
            let path = found.expect("a file").path();
            if path.is_file() {
                let name = path.file_name().expect("a name");
                std::fs::copy(&path, folder.join(name)).expect("a copy");
            }
        }
        std::fs::write(folder.join("retentiond.toml"), text).expect("the schedule");
        for (from, name) in [
            (site.dir(), "conf/retentiond.toml"),
            (site.dir(), "./conf/../conf/retentiond.toml"),
            (folder.as_path(), "retentiond.toml"),
        ] {
            let output = std::process::Command::new(program())
                .current_dir(from)
                .args(["--schedule", name, "check", "--connect"])
                .output()
                .expect("it runs");
            ran(&output).exits(0);
        }
        std::fs::remove_dir_all(&folder).expect("the copies");
        site.finish().await;
    }
);
