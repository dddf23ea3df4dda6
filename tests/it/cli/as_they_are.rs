//! Databases as they are: what a plan says of copies, of engines and of triggers, and what is left in SQLite's files.

use crate::support::{Server, every_database};

use super::site::Site;

/// Stands in rows that are removed, and nowhere else.
const GONE: &str = "WEISSERRABE";

/// A trigger that copies what a statement removes, or overwrites, into a table.
fn trigger(server: Server, name: &str, event: &str, table: &str, statement: &str) -> String {
    match server {
        Server::Postgres => format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement}; RETURN NULL; END $$;
             CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}();"
        ),
        Server::Mariadb => {
            format!("CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {statement};")
        }
        Server::Sqlite => {
            format!("CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {statement}; END;")
        }
    }
}

every_database!(
    async fn copies_known(server) {
        let mut site = Site::new(server, "copies").await;
        site.scratch
            .exec("CREATE TABLE audit_trail (what VARCHAR(60)); CREATE TABLE counted (of_what VARCHAR(20), rows_gone INTEGER);")
            .await;
        for (name, event, table, statement) in [
            ("keep_note", "DELETE", "note", "INSERT INTO audit_trail VALUES (OLD.body)"),
            ("keep_name", "UPDATE", "person", "INSERT INTO audit_trail (what) VALUES (OLD.name)"),
            ("count_visit", "DELETE", "visit", "UPDATE counted SET rows_gone = rows_gone + 1"),
            ("keep_new", "INSERT", "visit", "INSERT INTO audit_trail VALUES ('new')"),
        ] {
            site.scratch.exec(&trigger(server, name, event, table, statement)).await;
        }
        site.go(&["plan"])
            .exits(0)
            .says("copies known: the trigger keep_note of note writes into audit_trail, which no rule covers")
            .says("copies known: the trigger keep_name of person writes into audit_trail, which no rule covers")
            .says("copies known: the trigger count_visit of visit writes into counted, which no rule covers");
        let plan = site.json(&["plan"]);
        let copies = plan[0]["rules"]
            .as_array()
            .expect("rules")
            .iter()
            .filter_map(|rule| rule["copies"].as_array())
            .map(Vec::len)
            .sum::<usize>();
        assert_eq!(copies, 3, "{plan}");
        site.go(&["check", "--connect"])
            .exits(0)
            .warns("the trigger keep_note of")
            .warns("writes into audit_trail with each removal");
        site.go(&["migrate"]).exits(0);
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        // The copies are there, as the plan said.
        assert_eq!(site.count("audit_trail").await, 15 + 12);
        site.finish().await;
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_cannot_roll_back_has_the_weakest_assurance() {
    let mut site = Site::new(Server::Mariadb, "engine").await;
    site.scratch
        .exec("DROP TABLE note; ALTER TABLE visit ENGINE = MyISAM;")
        .await;
    let text = site
        .parts()
        .text()
        .replace("[rules.children]\n  note = \"with-parent\"", "");
    site.write(&text);
    site.go(&["plan"])
        .exits(3)
        .warns("cannot roll back")
        .warns("unsafe-engine-that-cannot-roll-back = true");
    let visits = "table = \"visit\"\n";
    site.write(&text.replace(
        visits,
        &format!("{visits}unsafe-engine-that-cannot-roll-back = true\n"),
    ));
    let plan = site.go(&["plan"]).exits(0);
    assert_eq!(plan.out.matches("weakest assurance").count(), 1, "{plan}");
    site.scratch.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_that_calls_the_application_is_found_before_anything_runs() {
    let mut site = Site::approved(Server::Sqlite, "application").await;
    site.scratch
        .exec(
            "CREATE TABLE log (what TEXT);
             CREATE TRIGGER sealed AFTER DELETE ON note BEGIN INSERT INTO log VALUES (seal(old.id)); END;",
        )
        .await;
    site.go(&["check", "--connect"])
        .exits(3)
        .warns("the schema uses what only the application brings")
        .warns("uses seal, which only the application brings");
    site.go(&["plan"])
        .exits(5)
        .says("uses seal, which only the application brings");
    site.go(&["approve", "--all"]);
    site.go(&["run", "--unsafe-without-approval"])
        .exits(5)
        .says("12 rows touched")
        .says("uses seal");
    assert_eq!(site.count("visit").await, 40);
    site.finish().await;
}

/// The files of the database in which a mark stands. Another process reads them: to open and close them in this one
/// would release the locks that SQLite holds on them here.
fn in_files(site: &Site) -> Vec<String> {
    let file = site.scratch.file().to_string_lossy().into_owned();
    let beside = ["", "-wal", "-shm", "-journal"].map(|ending| format!("{file}{ending}"));
    let found = std::process::Command::new("grep")
        .args(["--files-with-matches", "--no-messages", "--text", GONE])
        .args(&beside)
        .output()
        .expect("grep runs");
    let found = String::from_utf8_lossy(&found.stdout);
    found.lines().map(str::to_owned).collect()
}

/// Marks what will be due, in a journal mode. Whoever writes the marks does not leave them elsewhere by itself: what an
/// application freed without `secure_delete`, only VACUUM takes away.
async fn marked(hint: &str, journal: &str) -> Site {
    let mut site = Site::approved(Server::Sqlite, hint).await;
    site.scratch
        .exec(&format!(
            "PRAGMA secure_delete = ON; PRAGMA journal_mode = {journal};
             UPDATE visit SET who = '{GONE}' WHERE id <= 30;
             UPDATE note SET body = '{GONE}' WHERE visit_id <= 30;
             UPDATE person SET name = '{GONE}', phone = '{GONE}' WHERE id <= 12;"
        ))
        .await;
    assert!(!in_files(&site).is_empty(), "the mark is in no file");
    site
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_removed_is_not_in_the_files_of_sqlite() {
    for journal in ["WAL", "DELETE", "TRUNCATE"] {
        let mut site = marked("leftovers", journal).await;
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit").await, 10);
        assert_eq!(in_files(&site), Vec::<String>::new(), "{journal}");
        site.scratch.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_keeps_removed_rows_readable_is_told_of() {
    let site = marked("reader", "WAL").await;
    let mut reader = site.scratch.second().await;
    reader.exec("BEGIN").await;
    assert!(reader.value("SELECT count(*) FROM visit").await.is_some());
    site.go(&["run"])
        .exits(0)
        .says("another connection reads an old state of the file");
    assert!(
        !in_files(&site).is_empty(),
        "nothing was left behind after all"
    );
    reader.exec("ROLLBACK").await;
    reader.close().await;
    // The next run finds nothing to remove, and cuts the log.
    let run = site.go(&["run"]).exits(0);
    assert!(!run.out.contains("another connection"), "{run}");
    assert_eq!(in_files(&site), Vec::<String>::new());
    site.scratch.finish().await;
}
