//! After whatever brings back somebody who was erased, they are erased again: not only after a restore that the ledger
//! shows.

use crate::support::{Server, every_database};

use super::erase::{asked, place, schedule};
use super::evidence::{key, verify};
use super::site::{CANARY, Site};

fn ours(server: Server) -> [&'static str; 2] {
    match server {
        Server::Postgres => ["retentiond.head", "retentiond.ledger"],
        _ => ["retentiond_head", "retentiond_ledger"],
    }
}

async fn bring_back(site: &mut Site) {
    let back = format!(
        "INSERT INTO customer VALUES (3, '{CANARY}', '2020-01-01');
         INSERT INTO rental VALUES (4, 3, '2026-01-01'); INSERT INTO extra VALUES (4, 4, '{CANARY}');"
    );
    site.scratch.exec(&back).await;
}

async fn assert_gone(site: &mut Site) {
    assert_eq!(site.count("customer WHERE id = 3").await, 0);
    assert_eq!(site.count("rental WHERE id = 4").await, 0);
    verify(site, &key(site)).exits(0);
    let listed = site.json(&["erase", "list", "--all"]);
    assert_eq!(listed[0]["state"], "done", "{listed}");
}

every_database!(
    async fn after_a_gap_that_was_acknowledged(server) {
        let mut site = place(server, "erase_gap").await;
        asked(&site, "3", &["--confirm", "3"]).exits(0);
        // The old primary comes back: it has gone on by itself, and has never erased anybody.
        let [head, _] = ours(server);
        site.scratch.exec(&format!("UPDATE {head} SET chain = 'another'")).await;
        bring_back(&mut site).await;
        site.go(&["run"]).exits(1);
        site.go(&["audit", "acknowledge", "hr"]).exits(0);
        site.go(&["run"]).warns("rows were erased for the request");
        assert_gone(&mut site).await;
        site.finish().await;
    }
);

every_database!(
    async fn after_a_backup_without_our_tables(server) {
        let mut site = place(server, "erase_adopted").await;
        asked(&site, "3", &["--confirm", "3"]).exits(0);
        for table in ours(server) {
            site.scratch.exec(&format!("DELETE FROM {table}")).await;
        }
        bring_back(&mut site).await;
        // The first run looks what there is, and takes hold of it; whoever is back goes after it.
        site.go(&["approve", "--all"]);
        site.go(&["run"]);
        site.go(&["run"]);
        assert_gone(&mut site).await;
        site.finish().await;
    }
);

every_database!(
    async fn where_the_database_has_got_another_name(server) {
        let mut site = place(server, "erase_renamed").await;
        asked(&site, "1", &["--confirm", "7"]).exits(0);
        site.write(&schedule(&site).replace("[databases.hr]", "[databases.people]"));
        site.go(&["run", "--now", "2032-01-01"]).warns("rows were erased for the request");
        assert_eq!(site.count("invoice").await, 1);
        let listed = site.json(&["erase", "list", "--all"]);
        assert_eq!(listed[0]["database"], "people", "{listed}");
        site.finish().await;
    }
);

every_database!(
    async fn where_rows_have_bytes(server) {
        let mut site = place(server, "erase_bytes").await;
        let (key_type, bytes) = match server {
            Server::Postgres => ("BYTEA", "BYTEA"),
            Server::Mariadb => ("BINARY(16)", "BLOB"),
            Server::Sqlite => ("BLOB", "BLOB"),
        };
        let of = |digits: &str| match server {
            Server::Postgres => format!("'\\x{digits}'::bytea"),
            _ => format!("X'{digits}'"),
        };
        let (mine, other) = (of(&"ff80".repeat(8)), of(&"fe81".repeat(8)));
        let day = if server == Server::Sqlite { "TEXT" } else { "DATE" };
        let photo = of("89504e470d0a1a0aff00fe");
        let rows = format!(
            "INSERT INTO member VALUES ({mine}, {photo}, '2026-01-01'), ({other}, {photo}, '2026-01-01')"
        );
        let table = format!("CREATE TABLE member (id {key_type} NOT NULL PRIMARY KEY, photo {bytes}, joined_on {day})");
        site.scratch.exec(&format!("{table}; {rows};")).await;
        let rule = format!(
            "[[rules]]\nname = \"members\"\ntable = \"member\"\nthen = \"delete\"\nerasure = {{ with = [] }}\n  \
             [[rules.purposes]]\n  name = \"p\"\n  start = {}\n  keep = \"50 years\"\n",
            site.start("joined_on")
        );
        site.write(&(schedule(&site) + &rule));
        let erase = ["erase", "--rule", "members", "--key", "-", "--confirm", "1"];
        site.fed(&erase, &format!("{}\n", "ff80".repeat(8))).exits(0);
        assert_eq!(site.count("member").await, 1);
        // Put back without our tables: of the two that are there one is known again.
        for table in ours(server) {
            site.scratch.exec(&format!("DELETE FROM {table}")).await;
        }
        site.scratch.exec(&format!("DELETE FROM member; {rows}")).await;
        site.go(&["approve", "--all"]);
        site.go(&["run"]);
        site.go(&["run"]);
        assert_eq!(site.count("member").await, 1);
        assert_eq!(site.count(&format!("member WHERE id = {other}")).await, 1);
        site.finish().await;
    }
);
