//! The fingerprint of a schema: the same after a dump is loaded, another after each change that means something.

use std::process::Command;

use retentiond::catalog::{Catalog, Fingerprint, TableName, fingerprint};

use crate::support::{Scratch, Server, every_database, postgres_program};

const POSTGRES: &str = r"
    CREATE TYPE state AS ENUM ('new', 'old'); ALTER TYPE state ADD VALUE 'between' BEFORE 'old';
    CREATE DOMAIN code AS varchar(12) CHECK (VALUE <> '');
    CREATE TABLE passing (i integer); CREATE TABLE late (a integer, b integer); CREATE TABLE early (b integer);
    CREATE TABLE p (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, gone integer, kind varchar(10), s state,
        c code, n numeric(10, 2), UNIQUE (kind, c), CONSTRAINT zz UNIQUE (c),
        CHECK (kind IN ('a', 'it''s', '],[') AND kind NOT IN ('x', 'y')), CHECK (n IN (1, 2) AND n > -1));
    ALTER TABLE p DROP COLUMN gone; ALTER TABLE p ADD COLUMN added date CHECK (added > '2000-01-01');
    CREATE TABLE c (id integer PRIMARY KEY, p_id bigint REFERENCES p ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
    ALTER TABLE c ADD CONSTRAINT aa FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID;
    CREATE TABLE part (id integer, d date, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);
    CREATE TABLE part_2 (d date NOT NULL, id integer NOT NULL);
    CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
    CREATE TABLE heir (b integer, own integer, a integer); ALTER TABLE heir INHERIT early; ALTER TABLE heir INHERIT late;
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; -- it's that
        END $$;
    CREATE TRIGGER tr BEFORE DELETE ON p FOR EACH ROW WHEN (OLD.kind IN ('a', 'b')) EXECUTE FUNCTION note();
    CREATE TRIGGER of_parts AFTER DELETE ON part FOR EACH ROW EXECUTE FUNCTION note();
    CREATE RULE kept AS ON DELETE TO early DO INSTEAD NOTHING; ALTER TABLE late ENABLE ROW LEVEL SECURITY;
    DROP TABLE passing;";

const MARIADB: &str = r"
    CREATE TABLE passing (i integer);
    CREATE TABLE p (id bigint unsigned PRIMARY KEY AUTO_INCREMENT, gone integer, kind varchar(10) CHARACTER SET latin1,
        e enum('a','it''s'), n decimal(10,2), t text, made timestamp DEFAULT current_timestamp ON UPDATE current_timestamp,
        UNIQUE zz (kind, e), UNIQUE bb (n), CHECK (kind IN ('a', 'it''s') AND n > -1), CHECK (n IN (1, 2)));
    ALTER TABLE p DROP COLUMN gone; ALTER TABLE p ADD COLUMN added date AFTER id;
    CREATE TABLE c (id integer PRIMARY KEY, p_id bigint unsigned, CONSTRAINT bb FOREIGN KEY (p_id) REFERENCES p (id)
        ON DELETE CASCADE, CONSTRAINT aa FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE);
    CREATE TABLE part (id integer) PARTITION BY HASH (id) PARTITIONS 2;
    CREATE TRIGGER tr AFTER DELETE ON p FOR EACH ROW SET @x = 'it''s';
    CREATE TRIGGER also AFTER DELETE ON p FOR EACH ROW PRECEDES tr SET @x = 1;
    DROP TABLE passing;";

const SQLITE: &str = r#"
    CREATE TABLE passing (i integer);
    CREATE TABLE p (id INTEGER PRIMARY KEY, "kind of" TEXT CHECK ("kind of" IN ('a', 'it''s')), n, UNIQUE (n, id));
    ALTER TABLE p ADD COLUMN added DATE;
    CREATE TABLE IF NOT EXISTS "c" (id integer PRIMARY KEY, p_id REFERENCES p ON DELETE CASCADE, n UNIQUE REFERENCES p (n));
    CREATE UNIQUE INDEX zz ON c (n, p_id); CREATE UNIQUE INDEX aa ON c (p_id, n);
    CREATE TRIGGER tr AFTER DELETE ON p BEGIN SELECT 'it''s'; END;
    CREATE TRIGGER also AFTER DELETE ON p BEGIN SELECT 1; END;
    DROP TABLE passing;"#;

/// What each of them changes is part of what somebody approved.
const CHANGES: [&str; 5] = [
    "ALTER TABLE c ADD COLUMN n2 integer",
    "ALTER TABLE p RENAME COLUMN added TO added_on",
    "DROP TRIGGER tr",
    "CREATE UNIQUE INDEX once ON c (id, p_id)",
    "CREATE TABLE d (id integer PRIMARY KEY, c_id integer REFERENCES c (id))",
];
const OF_POSTGRES: [&str; 11] = [
    "ALTER TABLE p ALTER COLUMN n TYPE numeric(11, 2)",
    "ALTER TABLE p ALTER COLUMN kind SET NOT NULL",
    "ALTER TABLE p ADD CHECK (kind IN ('a', 'b'))",
    "ALTER TABLE p ADD CHECK (kind IN ('a', 'c'))",
    "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "ALTER TABLE c DROP CONSTRAINT aa",
    "ALTER TABLE c ADD CONSTRAINT aa FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE SET NULL",
    "ALTER TYPE state ADD VALUE 'last'",
    "ALTER TABLE part DETACH PARTITION part_2",
    "ALTER TABLE heir NO INHERIT early",
    "ALTER TABLE late DISABLE ROW LEVEL SECURITY",
];
const OF_MARIADB: [&str; 5] = [
    "ALTER TABLE p MODIFY n decimal(11,2)",
    "ALTER TABLE p MODIFY t text COLLATE utf8mb4_bin",
    "ALTER TABLE p ADD CHECK (n <> 7)",
    "ALTER TABLE c DROP FOREIGN KEY aa",
    "ALTER TABLE c ADD CONSTRAINT aa FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE SET NULL",
];

async fn of_all(scratch: &Scratch) -> Fingerprint {
    let catalog = read(scratch).await;
    fingerprint(&catalog.tables.iter().collect::<Vec<_>>())
}

every_database!(
    async fn a_schema_is_the_same_after_a_dump_and_another_after_a_change(server) {
        let mut scratch = Scratch::create(server, "reloaded").await;
        scratch
            .exec(match server {
                Server::Postgres => POSTGRES,
                Server::Mariadb => MARIADB,
                Server::Sqlite => SQLITE,
            })
            .await;
        let before = read(&scratch).await;
        let mut reloaded = reload(&scratch).await;
        let after = read(&reloaded).await;
        assert_eq!(before.tables.len(), after.tables.len());
        for table in &before.tables {
            let loaded = after.get(&table.name).expect("the same names");
            assert_eq!(fingerprint(&[table]), fingerprint(&[loaded]), "{table:#?}\n{loaded:#?}");
        }
        let mut seen = vec![of_all(&reloaded).await];
        assert_eq!(seen, [of_all(&scratch).await]);
        let own: &[&str] = match server {
            Server::Postgres => &OF_POSTGRES,
            Server::Mariadb => &OF_MARIADB,
            Server::Sqlite => &["CREATE TRIGGER tr AFTER DELETE ON p BEGIN SELECT 'its'; END"],
        };
        for change in CHANGES.iter().chain(own) {
            let on_its_table = server == Server::Postgres && change.starts_with("DROP TRIGGER");
            reloaded.exec(&format!("{change}{}", if on_its_table { " ON p" } else { "" })).await;
            let now = of_all(&reloaded).await;
            assert!(!seen.contains(&now), "{change}");
            seen.push(now);
        }
        // Two indexes on the same columns say no more than one.
        reloaded.exec("CREATE UNIQUE INDEX again ON c (id, p_id)").await;
        assert_eq!(seen.last(), Some(&of_all(&reloaded).await));
        if server == Server::Postgres {
            a_month_more(&mut reloaded).await;
        }
        scratch.finish().await;
        reloaded.finish().await;
    }
);

/// A partition more is no other table.
async fn a_month_more(scratch: &mut Scratch) {
    let name = TableName {
        schema: "main".to_owned(),
        table: "part".to_owned(),
    };
    let before = read(scratch).await;
    scratch
        .exec("CREATE TABLE part_3 PARTITION OF part FOR VALUES FROM ('2022-01-01') TO ('2023-01-01')")
        .await;
    let after = read(scratch).await;
    let of = |catalog: &Catalog| fingerprint(&[catalog.get(&name).expect("part")]);
    assert_eq!(of(&before), of(&after));
}

/// The catalogue, as if every database had one name: MariaDB's is part of the name of a table.
async fn read(scratch: &Scratch) -> Catalog {
    let mut catalog = super::read(scratch).await;
    let own = |name: &mut TableName| {
        if name.schema == catalog.default_schema {
            "main".clone_into(&mut name.schema);
        }
    };
    for table in &mut catalog.tables {
        own(&mut table.name);
        table
            .foreign_keys
            .iter_mut()
            .for_each(|key| own(&mut key.parent));
        table
            .children
            .iter_mut()
            .chain(&mut table.inherits)
            .for_each(own);
    }
    catalog
}

/// The dump of a database, loaded into a new one, by the tools of each.
async fn reload(scratch: &Scratch) -> Scratch {
    let server = scratch.server();
    let mut fresh = Scratch::create(server, "loaded").await;
    if server == Server::Sqlite {
        let dump = finished(Command::new("sqlite3").arg(scratch.file()).arg(".dump"));
        fresh.exec(&String::from_utf8(dump).expect("text")).await;
        return fresh;
    }
    let dump = finished(client(scratch, "pg_dump", "mariadb-dump").arg(scratch.database()));
    let file = fresh.dir().join("dump.sql");
    std::fs::write(&file, dump).expect("the dump");
    let mut load = client(&fresh, "psql", "mariadb");
    if server == Server::Postgres {
        load.args(["--no-psqlrc", "-q", "-v", "ON_ERROR_STOP=1"]);
    }
    load.stdin(std::fs::File::open(&file).expect("the dump"));
    finished(load.arg(fresh.database()));
    fresh
}

/// A program of the server's, on its way to it.
fn client(scratch: &Scratch, postgres: &str, mariadb: &str) -> Command {
    let (port, user) = (scratch.port().to_string(), scratch.user());
    if scratch.server() == Server::Postgres {
        let mut command = Command::new(postgres_program(postgres));
        command.args(["-h", scratch.host(), "-p", &port, "-U", user]);
        command.env("PGPASSWORD", scratch.password());
        return command;
    }
    let mut command = Command::new(mariadb);
    command.args(["--no-defaults", "--protocol=tcp", "--host", scratch.host()]);
    command.args(["--port", &port, "--user", user]);
    command.env("MYSQL_PWD", scratch.password());
    command
}

fn finished(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    output.stdout
}
