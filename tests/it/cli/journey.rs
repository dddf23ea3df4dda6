//! From a new schedule to a second run that finds nothing: what a careful person does, on each database.

use serde_json::Value;

use crate::support::{Server, every_database};

use super::site::{NOTES_DUE, PEOPLE_DUE, Site, VISITS_DUE};

/// Rule, table, effect, rows and digest of everything that a run or a rehearsal did.
fn effects(reports: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for rule in reports[0]["rules"].as_array().expect("rules") {
        for step in rule["steps"].as_array().expect("steps") {
            for effect in step["done"]["tables"].as_array().into_iter().flatten() {
                found.push(format!("{} {effect}", rule["rule"]));
            }
        }
    }
    found.sort();
    found
}

every_database!(
    async fn the_usual_way(server) {
        let mut site = Site::new(server, "usual").await;
        site.go(&["check"]).exits(0).says("2 rules for 1 database, sound");
        site.go(&["check", "--connect"]).exits(0).says("2 rules fit their databases");
        site.go(&["plan"])
            .exits(0)
            .says("needs approval")
            .says("30 rows of ")
            .says("with them 15 rows of ");
        site.go(&["run"]).exits(4).warns("the ledger's tables are not there").warns("retentiond migrate");
        site.go(&["migrate"]).exits(0).says("hr: the ledger's tables are there");
        site.go(&["migrate"]).exits(0).says("hr: the ledger's tables are there");
        site.go(&["run", "--dry-run"]).exits(6).says("57 rows would be touched; nothing was");
        let rehearsed = site.json(&["run", "--dry-run"]);
        site.go(&["run"])
            .exits(6)
            .says("0 rows touched")
            .says("visits: needs an approval: it never ran before");
        site.assert_untouched().await;
        site.go(&["approve", "visits"]).exits(0).says("approved: visits on hr");
        site.go(&["approve", "--all"]).exits(0).says("approved: people on hr");
        site.go(&["approve", "--all"]).exits(0).says("nothing needs an approval");
        site.go(&["run", "--dry-run"]).exits(0);
        let run = site.go(&["--output", "json", "run"]).exits(0).json();
        site.assert_enforced().await;
        assert_eq!(effects(&rehearsed), effects(&run));
        assert_eq!(effects(&run).len(), 3);
        site.go(&["run"]).exits(0).says("0 rows touched");
        site.go(&["plan"]).exits(0).says("0 rows of ");
        site.assert_enforced().await;
        site.finish().await;
    }
);

every_database!(
    async fn what_was_done_can_be_read(server) {
        let site = Site::approved(server, "audit").await;
        let run = site.json(&["run"]);
        let id = run[0]["run"].as_str().expect("a run").to_owned();
        let last = id.rsplit('-').next().expect("its end");
        let text = site.go(&["audit", "show"]).exits(0);
        let text = text.says("approved by").says("run started by").says("database hr adopted");
        let text = text.says("run ended: finished, 57 rows").says(last);
        assert_eq!(text.out.matches("deleted").count(), 2, "{text}");
        let summary = site.json(&["audit", "show", "--summary"]);
        let rows: Vec<u64> = summary
            .as_array()
            .expect("sums")
            .iter()
            .filter_map(|sum| sum["rows"].as_u64())
            .collect();
        assert_eq!(rows.iter().sum::<u64>(), VISITS_DUE + NOTES_DUE + PEOPLE_DUE);
        for name in [id.as_str(), last] {
            let of_run = site.json(&["audit", "show", "--run", name]);
            let kinds: Vec<&str> = of_run
                .as_array()
                .expect("records")
                .iter()
                .filter_map(|record| record["kind"].as_str())
                .collect();
            assert_eq!(kinds, ["run-started", "done", "done", "run-ended"], "{of_run}");
        }
        let of_rule = site.json(&["audit", "show", "--rule", "people"]);
        assert_eq!(of_rule.as_array().map(Vec::len), Some(2), "{of_rule}");
        site.go(&["audit", "show", "--run", "nobody"]).exits(0).says_nothing().warns("no receipts match");
        site.go(&["audit", "show", "--rule", "people", "--summary"]).exits(0).says("anonymised");
        site.finish().await;
    }
);

every_database!(
    async fn every_verb_writes_one_document(server) {
        let site = Site::new(server, "json").await;
        for arguments in [
            &["check"][..],
            &["check", "--connect"],
            &["plan"],
            &["plan", "--statements"],
            &["plan", "--as-of", "2030-02-28"],
            &["run"],
            &["migrate", "--print"],
            &["migrate"],
            &["run", "--dry-run"],
            &["approve", "visits"],
            &["approve", "--all"],
            &["run"],
            &["run", "--rule", "visits"],
            &["audit", "show"],
            &["audit", "show", "--summary"],
            &["schema"],
            &["run", "--rule", "nobody"],
            &["run", "--database", "nobody"],
            &["approve", "nobody"],
        ] {
            let document = site.json(arguments);
            assert!(document.is_array() || document.is_object(), "{arguments:?}: {document}");
        }
        let keys = |arguments: &[&str]| {
            let document = site.go(&[&["--output", "json"], arguments].concat()).document();
            let mut keys: Vec<String> = document.as_object().expect("an object").keys().cloned().collect();
            keys.sort();
            keys
        };
        for arguments in [&["check"][..], &["plan"], &["audit", "show"], &["run", "--rule", "nobody"]] {
            assert_eq!(keys(arguments), ["error", "findings", "result"], "{arguments:?}");
        }
        let plan = site.json(&["plan", "--as-of", "2030-02-28"]);
        assert_eq!(plan[0]["now"], "2030-02-28T00:00:00Z");
        site.write("version = 1\n");
        let faults = site.go(&["--output", "json", "run"]).exits(3).json();
        assert!(faults["errors"].as_u64() > Some(0), "{faults}");
        assert!(faults["findings"][0]["sentence"].is_string(), "{faults}");
        site.finish().await;
    }
);

every_database!(
    async fn statements_and_scripts_are_shown(server) {
        let site = Site::new(server, "statements").await;
        site.go(&["plan", "--statements"]).exits(0).says("SELECT").says("DELETE FROM");
        let script = site.go(&["migrate", "--print"]).exits(0).says("-- database hr");
        let script = script.says("CREATE TABLE IF NOT EXISTS");
        // A DBA applies it as it stands.
        let mut scratch = site.scratch.second().await;
        scratch.exec(&script.out).await;
        scratch.close().await;
        site.go(&["migrate"]).exits(0);
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(0);
        site.finish().await;
    }
);

/// One database answers and one does not: the first is served, and the exit code tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_database_of_two_is_down() {
    let mut site = Site::approved(Server::Sqlite, "two").await;
    let mut parts = site.parts();
    let gone = "[databases.gone]\nengine = \"sqlite\"\nfile = \"gone.db\"\ntime-zone = \"UTC\"\n";
    parts.database.push_str(gone);
    for rule in [&mut parts.visits, &mut parts.people] {
        *rule = rule.replace("then = ", "database = \"hr\"\nthen = ");
    }
    let elsewhere = "[[rules]]\nname = \"elsewhere\"\ndatabase = \"gone\"\ntable = \"t\"\nthen = \"delete\"\n  \
                     [[rules.purposes]]\n  name = \"p\"\n  start = { column = \"c\" }\n  keep = \"1 day\"\n";
    parts.people.push_str(elsewhere);
    site.write(&parts.text());
    for verb in [
        &["plan"][..],
        &["check", "--connect"],
        &["run", "--dry-run"],
        &["run"],
    ] {
        let ran = site.go(verb).exits(4);
        ran.warns("error: database gone: opening ")
            .warns("there is no such file");
    }
    site.assert_enforced().await;
    let reports = site.go(&["--output", "json", "run"]).exits(4).json();
    let why = reports[0]["halted"].as_str().expect("a reason");
    assert!(
        why.ends_with("/gone.db: there is no such database"),
        "{why}"
    );
    assert_eq!(reports[0]["halted-by"], "database");
    assert_eq!(reports[1]["halted"], Value::Null);
    site.go(&["run", "--database", "hr"]).exits(0);
    site.go(&["approve", "--all"])
        .exits(4)
        .warns("database gone");
    site.finish().await;
}

/// `run --rule` leaves every other rule alone, whatever would forbid it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_rule_is_asked_for() {
    let mut site = Site::migrated(Server::Sqlite, "one_rule").await;
    site.go(&["approve", "visits"]).exits(0);
    site.go(&["run", "--rule", "visits"])
        .exits(0)
        .says("45 rows touched");
    assert_eq!(site.count("visit").await, 10);
    assert_eq!(site.count("person WHERE name = 'ANON'").await, 0);
    site.go(&["run", "--rule", "people"])
        .exits(6)
        .says("people: needs an approval");
    site.go(&["run", "--rule", "visit"])
        .exits(2)
        .warns("did you mean visits?");
    site.go(&["run", "--rule", "people", "--unsafe-without-approval"])
        .exits(0);
    site.assert_enforced().await;
    site.finish().await;
}

every_database!(
    async fn no_value_shows_however_much_is_logged(server) {
        let mut site = Site::migrated(server, "trace").await;
        let trace = [("RETENTIOND_LOG", "trace")];
        for verb in [&["check", "--connect"][..], &["plan"], &["approve", "--all"], &["run", "--dry-run"], &["run"]] {
            site.go_with(verb, &trace).exits(0);
        }
        site.assert_enforced().await;
        site.finish().await;
    }
);

/// A database that the schedule calls by another name is the same database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_gets_another_name() {
    let mut site = Site::approved(Server::Sqlite, "rename").await;
    site.go(&["run", "--rule", "visits"]).exits(0);
    let text = site.parts().text();
    site.write(&text.replace("[databases.hr]", "[databases.personnel]"));
    site.go(&["run"]).exits(6).says("it never ran before");
    site.go(&["approve", "--all"]).exits(0).says("on personnel");
    site.go(&["run"]).exits(0).says("12 rows touched");
    site.assert_enforced().await;
    site.write(&text);
    site.go(&["approve", "--all"]).exits(0);
    site.go(&["run"]).exits(0);
    let show = site.go(&["audit", "show"]).exits(0);
    show.says("database hr adopted")
        .says("database personnel adopted");
    // Under two names at once it is refused, and so is a copy.
    let copy = site.dir().join("copy.db");
    std::fs::copy(site.scratch.file(), &copy).expect("a copy");
    let file = site.scratch.file().display().to_string();
    for other in [file, copy.display().to_string()] {
        let mut parts = site.parts();
        parts.visits = parts
            .visits
            .replace("then = ", "database = \"hr\"\nthen = ");
        parts.people = parts
            .people
            .replace("then = ", "database = \"twin\"\nthen = ");
        let twin = format!(
            "[databases.twin]\nengine = \"sqlite\"\nfile = {other:?}\ntime-zone = \"UTC\"\n"
        );
        parts.database.push_str(&twin);
        site.write(&parts.text());
        site.go(&["approve", "--all"]).exits(0);
        let ran = site.go(&["run", "--database", "twin"]).exits(1);
        ran.warns("the databases twin and hr are one database under two names, or one is a copy of the other");
    }
    site.finish().await;
}
