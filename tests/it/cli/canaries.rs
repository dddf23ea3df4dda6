//! Values of rows in the messages of databases: none is passed on, however much is logged.

use std::path::Path;

use crate::support::{CANARY, Server, every_database};

use super::site::Site;

/// A trigger before each change of a person that makes the database quote the row.
struct Quoting {
    what: &'static str,
    postgres: &'static str,
    mariadb: &'static str,
    /// The other databases' ways have none here.
    sqlite: &'static str,
}

const WAYS: [Quoting; 5] = [
    Quoting {
        // "DETAIL: Key (phone)=(…) already exists", "Duplicate entry '…' for key".
        what: "a value that must be unique",
        postgres: "NEW.twin := OLD.name;",
        mariadb: "SET NEW.twin = OLD.name;",
        sqlite: "UPDATE person SET twin = OLD.name WHERE id = OLD.id;",
    },
    Quoting {
        // "DETAIL: Failing row contains (…)".
        what: "a row that fails",
        postgres: "NEW.gone_on := NULL; NEW.name := NULL;",
        mariadb: "SET NEW.name = NULL;",
        sqlite: "UPDATE person SET name = NULL WHERE id = OLD.id;",
    },
    Quoting {
        // "invalid input syntax for type integer: "…"", "Incorrect integer value: '…'".
        what: "a text that is no number",
        postgres: "NEW.size := OLD.name;",
        mariadb: "SET NEW.size = OLD.name;",
        sqlite: "SELECT json(OLD.name);",
    },
    Quoting {
        // "Data too long for column".
        what: "a text that is too long",
        postgres: "NEW.short := OLD.name;",
        mariadb: "SET NEW.short = OLD.name;",
        sqlite: "UPDATE person SET short = OLD.name WHERE id = OLD.id;",
    },
    Quoting {
        // "Truncated incorrect datetime value: '…'".
        what: "a text that is no date",
        postgres: "NEW.gone_on := OLD.name;",
        mariadb: "SET NEW.gone_on = OLD.name;",
        sqlite: "UPDATE person SET size = abs(-9223372036854775808) WHERE id = OLD.id;",
    },
];

async fn add_columns(site: &mut Site) {
    let check = match site.scratch.server() {
        Server::Sqlite => " CHECK (length(short) < 5)",
        _ => "",
    };
    site.scratch
        .exec(&format!(
            "ALTER TABLE person ADD COLUMN twin VARCHAR(60);
             ALTER TABLE person ADD COLUMN size INTEGER;
             ALTER TABLE person ADD COLUMN short VARCHAR(4){check};
             CREATE UNIQUE INDEX person_twin ON person (twin);
             UPDATE person SET twin = '{CANARY}' WHERE id = 20;"
        ))
        .await;
}

async fn quote(site: &mut Site, way: &Quoting) {
    let sql = match site.scratch.server() {
        Server::Postgres => format!(
            "CREATE OR REPLACE FUNCTION quote() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN {} RETURN NEW; END';
             DROP TRIGGER IF EXISTS quote ON person;
             CREATE TRIGGER quote BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION quote();",
            way.postgres
        ),
        Server::Mariadb => format!(
            "CREATE OR REPLACE TRIGGER quote BEFORE UPDATE ON person FOR EACH ROW {}",
            way.mariadb
        ),
        Server::Sqlite => format!(
            "DROP TRIGGER IF EXISTS quote;
             CREATE TRIGGER quote AFTER UPDATE OF phone ON person BEGIN {} END;",
            way.sqlite
        ),
    };
    site.scratch.exec(&sql).await;
}

every_database!(
    async fn what_a_database_quotes_is_not_passed_on(server) {
        let mut site = Site::migrated(server, "quoted").await;
        add_columns(&mut site).await;
        for way in &WAYS {
            quote(&mut site, way).await;
            // `ran` looks at stdout and stderr of each.
            site.go(&["approve", "--all"]).exits(0);
            for arguments in [
                &["run", "--rule", "people"][..],
                &["--output", "json", "run", "--rule", "people"],
                &["check", "--connect"],
                &["plan"],
            ] {
                let told = site.go_with(arguments, &[("RETENTIOND_LOG", "trace")]);
                let is_run = arguments.contains(&"run");
                assert_eq!(told.code, Some(if is_run { 5 } else { 0 }), "{}: {told}", way.what);
            }
            assert_eq!(site.count(&format!("person WHERE name = '{CANARY}'")).await, 20, "{}", way.what);
        }
        site.go(&["audit", "show"]).exits(0);
        site.go(&["audit", "export"]).exits(0);
        site.finish().await;
    }
);

#[test]
fn a_service_leaves_no_core_behind() {
    for unit in [
        "systemd/retentiond.service",
        "systemd/retentiond-once.service",
    ] {
        let text = std::fs::read_to_string(Path::new(unit)).expect("the unit");
        assert!(text.lines().any(|line| line == "LimitCORE=0"), "{unit}");
    }
}
