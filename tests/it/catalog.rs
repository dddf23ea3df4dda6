//! The catalogue as it is read from each database.

mod reloaded;

use retentiond::catalog::{Catalog, ColumnKind, Deletion, RelationKind, Storage, Table, TableName};
use retentiond::db::Access;

use crate::support::{Scratch, Server, Target, every_database};

async fn read(scratch: &Scratch) -> Catalog {
    let mut session = Target::of(scratch)
        .open(Access::Rehearse)
        .await
        .expect("a session");
    let catalog = session.catalog().await.expect("the catalogue");
    // The session is as it was: it can be read again, and inside of a transaction too.
    session.begin().await.expect("a transaction");
    let again = session.catalog().await.expect("the catalogue again");
    session.rollback().await.expect("its end");
    assert_eq!(catalog.tables, again.tables);
    assert_eq!(catalog.default_schema, again.default_schema);
    session.close().await.expect("closed");
    catalog
}

fn table<'a>(catalog: &'a Catalog, name: &str) -> &'a Table {
    catalog
        .table(name)
        .unwrap_or_else(|| panic!("no table {name}"))
}

fn kinds(table: &Table) -> Vec<(&str, ColumnKind)> {
    let kinds = table
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.kind));
    kinds.collect()
}

every_database!(
    async fn keys_references_and_indexes_are_read(server) {
        let mut scratch = Scratch::create(server, "keys").await;
        scratch
            .exec(
                "CREATE TABLE p (a integer NOT NULL, b varchar(10) NOT NULL, c integer, PRIMARY KEY (b, a));
                 CREATE TABLE c (id integer NOT NULL PRIMARY KEY, pa integer DEFAULT 7, pb varchar(10), n varchar(20),
                     CONSTRAINT c_p FOREIGN KEY (pb, pa) REFERENCES p (b, a) ON DELETE CASCADE,
                     CONSTRAINT n_once UNIQUE (n), CHECK (pa > 0));
                 CREATE INDEX c_by_pa ON c (pa, id);
                 CREATE TABLE retentiond_ours (id integer);",
            )
            .await;
        let catalog = read(&scratch).await;
        let (p, c) = (table(&catalog, "p"), table(&catalog, "c"));
        assert_eq!(p.primary_key, ["b", "a"]);
        assert_eq!(c.primary_key, ["id"]);
        assert!(c.unique.contains(&vec!["id".to_owned()]));
        assert!(c.unique.contains(&vec!["n".to_owned()]));
        assert!(c.has_index_on(&["pa".to_owned()]));
        assert!(c.has_index_on(&["id".to_owned()]));
        assert!(!p.has_index_on(&["c".to_owned()]));
        assert_eq!(c.checks.len(), 1);
        let [key] = c.foreign_keys.as_slice() else {
            panic!("{:?}", c.foreign_keys);
        };
        assert_eq!(key.columns, ["pb", "pa"]);
        assert_eq!((&key.parent, key.on_delete), (&p.name, Deletion::Cascade));
        assert_eq!(key.parent_columns, ["b", "a"]);
        assert!(key.enforced && !key.deferred);
        assert_eq!(catalog.references_to(&p.name).count(), 1);
        let pa = c.column("pa").expect("pa");
        assert!(pa.has_default && pa.nullable && !pa.generated);
        let n = c.column("n").expect("n");
        assert_eq!((n.kind, n.length_max, n.has_default), (ColumnKind::Text, Some(20), false));
        assert!(!c.column("id").expect("id").nullable);
        assert!(server == Server::Postgres || catalog.table("retentiond_ours").is_none());
        scratch.finish().await;
    }
);

every_database!(
    async fn triggers_and_views_are_read(server) {
        let mut scratch = Scratch::create(server, "triggers").await;
        scratch.exec("CREATE TABLE t (i integer); CREATE TABLE log (i integer);").await;
        scratch.exec("CREATE VIEW v AS SELECT i FROM t").await;
        scratch
            .exec(match server {
                Server::Postgres => {
                    "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                         'BEGIN INSERT INTO log VALUES (OLD.i); RETURN NULL; END';
                     CREATE TRIGGER tr AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION note();
                     CREATE TRIGGER off AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION note();
                     ALTER TABLE t DISABLE TRIGGER off;"
                }
                Server::Mariadb => {
                    "CREATE TRIGGER tr AFTER DELETE ON t FOR EACH ROW INSERT INTO log VALUES (OLD.i)"
                }
                Server::Sqlite => {
                    "CREATE TRIGGER tr AFTER DELETE ON t BEGIN INSERT INTO log VALUES (OLD.i); END"
                }
            })
            .await;
        let catalog = read(&scratch).await;
        let [trigger] = table(&catalog, "t").triggers.as_slice() else {
            panic!("{:?}", table(&catalog, "t").triggers);
        };
        assert_eq!(trigger.name, "tr");
        assert!(trigger.on_delete && !trigger.on_update && !trigger.before && trigger.per_row);
        assert!(trigger.definition.contains("INSERT INTO log"), "what it does is part of it");
        let view = table(&catalog, "v");
        assert_eq!((view.relation, kinds(view)), (RelationKind::View, vec![("i", ColumnKind::Integer)]));
        scratch.finish().await;
    }
);

every_database!(
    async fn a_table_that_is_made_again_is_another(server) {
        let mut scratch = Scratch::create(server, "again").await;
        scratch.exec("CREATE TABLE t (i integer)").await;
        let before = table(&read(&scratch).await, "t").identity.clone();
        // MariaDB keeps the second in which a table was made; SQLite gives a page anew.
        scratch.exec("CREATE TABLE between_them (i integer); DROP TABLE t;").await;
        if server == Server::Mariadb {
            tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        }
        if server == Server::Sqlite {
            scratch.exec("CREATE TABLE in_its_place (i integer)").await;
        }
        scratch.exec("CREATE TABLE t (i integer)").await;
        assert_ne!(table(&read(&scratch).await, "t").identity, before);
        scratch.finish().await;
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_types_of_postgresql() {
    let mut scratch = Scratch::create(Server::Postgres, "types").await;
    scratch
        .exec(
            r#"CREATE SCHEMA "My Schema"; CREATE TYPE "My Schema"."state of" AS ENUM ('new', 'it''s', 'Old');
               CREATE DOMAIN inner_d AS varchar(40) DEFAULT 'x';
               CREATE DOMAIN outer_d AS inner_d NOT NULL;
               CREATE TABLE "My Schema"."T.t" (
                   id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, e "My Schema"."state of", d outer_d,
                   arr integer[], n numeric(10, 2), ch char(4), g integer GENERATED ALWAYS AS (1 + 1) STORED,
                   ts timestamp, tz timestamptz, dt date, ti time, u uuid, ip inet, j jsonb, b bytea, y boolean,
                   f real, c text COLLATE "C", iv interval)"#,
        )
        .await;
    let catalog = read(&scratch).await;
    let t = table(&catalog, "My Schema.T.t");
    use ColumnKind as K;
    let expected = [
        ("id", K::Integer),
        ("e", K::Enum),
        ("d", K::Text),
        ("arr", K::Other),
        ("n", K::Decimal),
        ("ch", K::Text),
        ("g", K::Integer),
        ("ts", K::Timestamp),
        ("tz", K::Instant),
        ("dt", K::Date),
        ("ti", K::Time),
        ("u", K::Uuid),
        ("ip", K::Inet),
        ("j", K::Json),
        ("b", K::Bytes),
        ("y", K::Boolean),
        ("f", K::Float),
        ("c", K::Text),
        ("iv", K::Other),
    ];
    assert_eq!(kinds(t), expected);
    let column = |name: &str| t.column(name).expect("a column").clone();
    assert_eq!(column("e").sql_type, r#""My Schema"."state of""#);
    assert_eq!(column("e").enum_values, ["new", "it's", "Old"]);
    let d = column("d");
    assert_eq!(
        (d.sql_type.as_str(), d.length_max),
        ("public.outer_d", Some(40))
    );
    assert!(d.has_default && !d.nullable, "as the domains say");
    assert!(column("g").generated && !column("g").has_default && column("id").has_default);
    assert_eq!(column("c").collation.as_deref(), Some("C"));
    assert_eq!(column("ch").collation, None);
    // What the catalogue calls a type can be cast to, whatever the search path.
    for column in &t.columns {
        scratch
            .exec(&format!(
                "SELECT CAST(NULLIF('1', '1') AS {})",
                column.sql_type.replace("public.outer_d", "text")
            ))
            .await;
    }
    scratch.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tables_of_postgresql() {
    let mut scratch = Scratch::create(Server::Postgres, "relations").await;
    scratch
        .exec(
            "CREATE TABLE part (id integer, d date, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);
             CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
             CREATE TABLE base (i integer); CREATE TABLE derived () INHERITS (base);
             CREATE TABLE refs (a integer, b date, FOREIGN KEY (a, b) REFERENCES part DEFERRABLE INITIALLY DEFERRED);
             CREATE RULE keep AS ON DELETE TO refs DO INSTEAD NOTHING;
             ALTER TABLE refs ENABLE ROW LEVEL SECURITY;
             CREATE INDEX partial ON base (i) WHERE i > 0; CREATE INDEX computed ON base ((i + 1));
             CREATE SCHEMA retentiond; CREATE TABLE retentiond.ledger (i integer); CREATE TEMP TABLE passing (i integer);
             INSERT INTO base SELECT generate_series(1, 1000); ANALYZE base;",
        )
        .await;
    let catalog = read(&scratch).await;
    assert_eq!(catalog.default_schema, "public");
    let name = |table: &str| TableName {
        schema: "public".to_owned(),
        table: table.to_owned(),
    };
    let part = table(&catalog, "part");
    assert_eq!(
        (part.relation, &part.children),
        (RelationKind::Partitioned, &vec![name("part_1")])
    );
    assert_eq!(table(&catalog, "part_1").inherits, Some(name("part")));
    assert_eq!(table(&catalog, "derived").inherits, Some(name("base")));
    let refs = table(&catalog, "refs");
    assert_eq!(
        refs.foreign_keys.len(),
        1,
        "not one more for each partition"
    );
    assert!(refs.foreign_keys[0].deferred && refs.row_security);
    assert_eq!(refs.rewrite_rules, ["keep"]);
    let base = table(&catalog, "base");
    assert_eq!((base.indexes.len(), base.rows_estimate), (0, Some(1000)));
    assert!(base.pages > Some(0) && base.storage == Storage::Heap);
    assert_eq!(table(&catalog, "refs").rows_estimate, None);
    assert_eq!(catalog.tables.len(), 5, "neither ours nor temporary ones");
    scratch.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_tables_of_postgresql_take_less_than_a_second() {
    let mut scratch = Scratch::create(Server::Postgres, "many").await;
    scratch
        .exec(
            "DO 'BEGIN FOR i IN 1..500 LOOP EXECUTE format(
                 ''CREATE TABLE t%s (id bigint PRIMARY KEY, a text, b timestamptz, c integer, d date, p bigint
                                     REFERENCES t%s)'', i, greatest(i - 1, 1)); END LOOP; END'",
        )
        .await;
    let mut session = Target::of(&scratch)
        .open(Access::Rehearse)
        .await
        .expect("a session");
    let began = std::time::Instant::now();
    let catalog = session.catalog().await.expect("the catalogue");
    assert!(began.elapsed().as_secs_f64() < 1.0, "{:?}", began.elapsed());
    assert_eq!(catalog.tables.len(), 500);
    session.close().await.expect("closed");
    scratch.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_types_and_tables_of_mariadb() {
    let mut scratch = Scratch::create(Server::Mariadb, "types").await;
    scratch
        .exec(
            r"CREATE TABLE t (id bigint unsigned PRIMARY KEY AUTO_INCREMENT, b tinyint(1), u int unsigned,
                  e enum('a','it''s','b\\c','',',(') DEFAULT 'a', s set('x','y'), vb varbinary(16),
                  v varchar(40) COLLATE utf8mb4_bin, n decimal(10,2),
                  ts timestamp DEFAULT current_timestamp ON UPDATE current_timestamp, dt datetime(6), y year, ti time,
                  uu uuid, g bigint AS (u + 1) STORED, tx text, KEY prefix (tx(10)), KEY vu (v, u), CHECK (u > 0));
              CREATE TABLE versioned (i integer) WITH SYSTEM VERSIONING;
              CREATE TABLE parted (i integer) PARTITION BY HASH (i) PARTITIONS 2;
              CREATE TABLE old (i integer) ENGINE = MyISAM;",
        )
        .await;
    let catalog = read(&scratch).await;
    let t = table(&catalog, "t");
    use ColumnKind as K;
    let expected = [
        ("id", K::Unsigned),
        ("b", K::Integer),
        ("u", K::Integer),
        ("e", K::Enum),
        ("s", K::Other),
        ("vb", K::Bytes),
        ("v", K::Text),
        ("n", K::Decimal),
        ("ts", K::Instant),
        ("dt", K::Timestamp),
        ("y", K::Year),
        ("ti", K::Time),
        ("uu", K::Uuid),
        ("g", K::Integer),
        ("tx", K::Text),
    ];
    assert_eq!(kinds(t), expected);
    let column = |name: &str| t.column(name).expect("a column").clone();
    assert_eq!(column("e").enum_values, ["a", "it's", r"b\c", "", ",("]);
    assert!(column("ts").on_update_now && column("id").has_default && column("g").generated);
    assert!(!column("v").has_default, "a default of NULL is none");
    assert_eq!(column("v").collation.as_deref(), Some("utf8mb4_bin"));
    let indexes: Vec<&str> = t.indexes.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(indexes, ["PRIMARY", "vu"], "no index on a prefix");
    assert_eq!((t.storage.clone(), t.checks.len()), (Storage::InnoDb, 1));
    assert_eq!(
        table(&catalog, "versioned").relation,
        RelationKind::SystemVersioned
    );
    assert_eq!(
        table(&catalog, "parted").relation,
        RelationKind::Partitioned
    );
    assert_eq!(
        table(&catalog, "old").storage,
        Storage::NotTransactional("MyISAM".to_owned())
    );
    scratch.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tables_of_sqlite() {
    let mut scratch = Scratch::create(Server::Sqlite, "tables").await;
    scratch
        .exec(
            r#"CREATE TABLE parent (id INTEGER PRIMARY KEY, "Code" TEXT UNIQUE, d DATE, g INT AS (id + 1) STORED);
               CREATE TABLE child (a TEXT, p INTEGER REFERENCES PARENT ON DELETE SET NULL,
                   q TEXT REFERENCES parent (code), PRIMARY KEY (a));
               CREATE TABLE descending (id INTEGER PRIMARY KEY DESC);
               CREATE TABLE clustered (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
               CREATE VIRTUAL TABLE words USING fts5 (body);
               CREATE VIEW broken AS SELECT * FROM nowhere;
               CREATE INDEX partial ON child (p) WHERE p > 1; CREATE INDEX computed ON child (lower(a));"#,
        )
        .await;
    let catalog = read(&scratch).await;
    let parent = table(&catalog, "parent");
    let alias = Some("id".to_owned());
    assert_eq!(parent.storage, Storage::Rowid { alias });
    let g = parent.column("g").expect("g");
    assert!(g.generated && parent.column("d").expect("d").kind == ColumnKind::Other);
    let child = table(&catalog, "child");
    let keys = child.foreign_keys.iter();
    let keys: Vec<_> = keys
        .map(|key| (&key.parent, &key.parent_columns[0], key.on_delete))
        .collect();
    let spelled = [
        (&parent.name, &"id".to_owned(), Deletion::SetNull),
        (&parent.name, &"Code".to_owned(), Deletion::NoAction),
    ];
    assert_eq!(keys, spelled, "as the parent spells itself");
    assert_eq!(child.indexes.len(), 1);
    assert!(
        child.column("a").expect("a").nullable,
        "SQLite lets a key be NULL"
    );
    assert_eq!(
        table(&catalog, "descending").storage,
        Storage::Rowid { alias: None }
    );
    let clustered = table(&catalog, "clustered");
    assert_eq!(clustered.storage, Storage::WithoutRowid);
    assert!(!clustered.column("b").expect("b").nullable);
    assert_eq!(table(&catalog, "words").relation, RelationKind::Virtual);
    assert_eq!(catalog.tables.len(), 6, "no shadow tables");
    scratch.finish().await;
}
