//! What happens during a run: signals, a killed process, a schema that changes, a trigger that refuses.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::support::{Server, every_database};

use super::site::{CANARY, Ran, Site, ran};
use super::state::told_by_the_log;

/// More visits that are due, one row in a batch, and a database that takes its time.
pub(super) async fn slow(site: &mut Site) {
    let sql = match site.scratch.server() {
        Server::Postgres => {
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN PERFORM pg_sleep(0.05); RETURN OLD; END';
             CREATE TRIGGER dawdle AFTER DELETE ON visit FOR EACH ROW EXECUTE FUNCTION dawdle();"
        }
        Server::Mariadb => "CREATE TRIGGER dawdle AFTER DELETE ON visit FOR EACH ROW DO SLEEP(0.05);",
        Server::Sqlite => {
            "INSERT INTO visit WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                 SELECT i, 'x', '2001-01-01' FROM n;"
        }
    };
    site.scratch.exec(sql).await;
    let text = site.parts().text();
    site.write(&text.replace("share-per-run", "rows-per-batch = 1\nshare-per-run"));
    site.go(&["approve", "--all"]).exits(0);
}

pub(super) async fn wait_until_some_are_gone(site: &mut Site, before: u64) {
    let began = Instant::now();
    while site.count("visit").await >= before {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "the run removes nothing"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(super) fn send(signal: &str, child: &Child) {
    let status = Command::new("bash")
        .args(["-c", &format!("kill -{signal} {}", child.id())])
        .status()
        .expect("kill runs");
    assert!(status.success());
}

pub(super) fn end(child: Child) -> Ran {
    ran(&child.wait_with_output().expect("it ends"))
}

every_database!(
    async fn a_signal_stops_between_two_batches(server) {
        let mut site = Site::migrated(server, "signal").await;
        slow(&mut site).await;
        let mut gone = 0;
        let all = site.count("visit").await;
        for signal in ["INT", "TERM"] {
            let before = site.count("visit").await;
            let child = site.start_process(&["run"]);
            wait_until_some_are_gone(&mut site, before).await;
            send(signal, &child);
            let began = Instant::now();
            let stopped = end(child).exits(8);
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
            stopped.says("run again to go on").warns("stopping after the batch in hand");
            gone = all - site.count("visit").await;
        }
        assert!(gone < all - 10, "all are gone");
        assert_eq!(site.count("person WHERE name = 'ANON'").await, 0);
        site.write(&site.parts().text());
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        assert_eq!(told_by_the_log(&site), all - 10 + 15 + 12);
        site.finish().await;
    }
);

every_database!(
    async fn a_killed_run_is_made_whole_by_the_next(server) {
        let mut site = Site::migrated(server, "killed").await;
        slow(&mut site).await;
        let all = site.count("visit").await;
        for _ in 0..3 {
            let before = site.count("visit").await;
            let mut child = site.start_process(&["run"]);
            wait_until_some_are_gone(&mut site, before).await;
            child.kill().expect("killed");
            child.wait().expect("reaped");
        }
        site.write(&site.parts().text());
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        assert_eq!(told_by_the_log(&site), all - 10 + 15 + 12);
        site.finish().await;
    }
);

every_database!(
    async fn a_table_that_changes_during_the_run(server) {
        if server == Server::Sqlite {
            // Another session cannot change a table between two batches that fast; see `one_broken_rule` of `faults`.
            return;
        }
        let mut site = Site::migrated(server, "changes").await;
        let mut parts = site.parts();
        let third = "[[rules]]\nname = \"third\"\ntable = \"third\"\nthen = \"delete\"\n  [[rules.purposes]]\n  \
                     name = \"p\"\n  start = { column = \"at\" }\n  keep = \"1 day\"\n";
        parts.people.push_str(third);
        let batches = parts.text().replace("share-per-run", "rows-per-batch = 1\nshare-per-run");
        site.scratch.exec("CREATE TABLE third (id INTEGER PRIMARY KEY, at DATE); INSERT INTO third VALUES (1, '2001-01-01')").await;
        slow(&mut site).await;
        site.write(&batches);
        site.go(&["approve", "--all"]).exits(0);
        let child = site.start_process(&["run"]);
        wait_until_some_are_gone(&mut site, 40).await;
        site.scratch.exec("ALTER TABLE person DROP COLUMN phone").await;
        let ran = end(child).exits(5);
        ran.says("people: failed: ")
            .says("a table, column or type is not there any more")
            .says("check the schedule against the changed schema");
        assert_eq!(site.count("visit").await, 10);
        assert_eq!(site.count("third").await, 0);
        assert_eq!(site.count("person WHERE name = 'ANON'").await, 0);
        site.finish().await;
    }
);

every_database!(
    async fn a_trigger_that_refuses(server) {
        let mut site = Site::approved(server, "trigger").await;
        let sql = match server {
            Server::Postgres => format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                     'BEGIN RAISE EXCEPTION ''not {CANARY}''; END';
                 CREATE TRIGGER refuse AFTER DELETE ON visit FOR EACH ROW WHEN (OLD.id = 20)
                     EXECUTE FUNCTION refuse();"
            ),
            Server::Mariadb => format!(
                "CREATE TRIGGER refuse AFTER DELETE ON visit FOR EACH ROW
                     IF OLD.id = 20 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not {CANARY}'; END IF;"
            ),
            Server::Sqlite => format!(
                "CREATE TRIGGER refuse AFTER DELETE ON visit WHEN OLD.id = 20
                     BEGIN SELECT RAISE(ABORT, 'not {CANARY}'); END;"
            ),
        };
        site.scratch.exec(&sql).await;
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["check", "--connect"]).exits(0).warns("the trigger refuse of ");
        let ran = site.go(&["run"]).exits(5);
        ran.says("visits: failed: ").says("a trigger").says("12 rows touched");
        assert_eq!(site.count("visit").await, 40);
        assert_eq!(site.count("note").await, 20);
        site.scratch
            .exec(match server {
                Server::Postgres => "DROP TRIGGER refuse ON visit",
                _ => "DROP TRIGGER refuse",
            })
            .await;
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        site.finish().await;
    }
);
