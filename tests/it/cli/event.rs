//! Events that are reported from outside: by keys on standard input, taken back, gone with their rows.

use crate::support::{Server, every_database};

use super::evidence::{key, verify};
use super::site::Site;

/// The standard schedule, where a visit's period begins with a report.
fn schedule(site: &Site) -> String {
    let mut parts = site.parts();
    parts.visits = parts
        .visits
        .replace(&site.start("left_on"), "{ event = \"left\" }");
    parts.text()
}

async fn reports(site: &mut Site) -> Option<String> {
    let table = match site.scratch.server() {
        Server::Postgres => "retentiond.event",
        _ => "retentiond_event",
    };
    let sql = format!("SELECT count(*) FROM {table} WHERE happened_at IS NOT NULL");
    site.scratch.value(&sql).await
}

every_database!(
    async fn an_event_is_reported_taken_back_and_goes_with_its_row(server) {
        let mut site = Site::new(server, "event").await;
        site.write(&schedule(&site));
        let report = ["event", "report", "left", "--key", "-", "--at", "2020-01-01"];
        site.fed(&report, "1\n").exits(4).warns("retentiond migrate");
        site.go(&["migrate"]).exits(0);
        site.go(&["check", "--connect"]).exits(0);
        site.fed(&report, "1\n2\n\n2\n3\n").exits(0).says("visits, left: 3 reported");
        site.fed(&report, "4\n999999\nKANARIENVOGEL\n")
            .exits(5)
            .says("visits, left: 1 reported")
            .warns("2 of the keys are those of no row");
        assert_eq!(reports(&mut site).await.as_deref(), Some("4"));
        let told = site.fed(&["--output", "json", "event", "undo", "left", "--key", "-"], "2\n").exits(0).json();
        assert_eq!(told["reported"], 1);
        assert_eq!(reports(&mut site).await.as_deref(), Some("3"));
        site.fed(&["event", "report", "left", "--key", "-"], "3\n").exits(0);
        let plan = site.json(&["plan"]);
        assert_eq!(plan[0]["rules"][0]["due"], 2, "{plan}");
        // Who said what of how many rows is in the log, by a name and without a key.
        let log = site.go(&["audit", "show", "--rule", "visits"]).exits(0);
        log.says("event left reported by").says("event left undone by").says("for 3 rows");
        let told = site.go(&["audit", "export"]).exits(0).out;
        assert_eq!(told.matches("\"kind\":\"event-report\"").count(), 5, "{told}");
        assert_eq!(told.matches("\"kind\":\"event-written\"").count(), 4, "one met no table: {told}");
        verify(&site, &key(&site)).exits(0);
        // What a record waits for is told of reported events too.
        let explained = |key: &str| site.go(&["explain", "visits", "--key", key]).exits(0);
        explained("1")
            .says(": due\n")
            .says("2 years after the event \"left\", reported from outside (2020-01-01T00:00:00Z)");
        explained("2").says("the event \"left\", reported from outside");
        explained("5").says(": kept\n").says("there is no row from which its start event");
        site.go(&["approve", "visits"]).exits(0);
        let run = site.json(&["run", "--rule", "visits"]);
        assert_eq!(run[0]["rules"][0]["due"], 2, "{run}");
        assert_eq!(site.scratch.value("SELECT count(*) FROM visit WHERE id IN (1, 4)").await.as_deref(), Some("0"));
        assert_eq!(site.scratch.value("SELECT count(*) FROM visit WHERE id IN (2, 3)").await.as_deref(), Some("2"));
        assert_eq!(reports(&mut site).await.as_deref(), Some("1"), "the report about 3");
        site.finish().await;
    }
);

every_database!(
    async fn a_report_from_which_no_period_counts_is_told(server) {
        let site = Site::migrated(server, "event_lost").await;
        site.go(&["check", "--connect"]).exits(0);
        site.write(&schedule(&site));
        site.fed(&["event", "report", "left", "--key", "-"], "1\n2\n").exits(0);
        site.fed(&["event", "report", "left", "--key", "-"], "3\n").exits(0);
        site.fed(&["event", "undo", "left", "--key", "-"], "3\n").exits(0);
        let silent = site.go(&["check", "--connect"]).exits(0);
        assert!(!silent.err.contains("no period counts"), "{}", silent.err);
        // The event gets another name, and what was said of it counts for nothing.
        site.write(&schedule(&site).replace("\"left\"", "\"gone\""));
        site.go(&["check", "--connect"])
            .exits(0)
            .warns("the event left of the rule visits is reported for 2 rows, and no period counts from it");
        site.write(&site.parts().text());
        site.go(&["check", "--connect"]).exits(0).warns("reported for 2 rows");
        site.finish().await;
    }
);

/// Who may not read or write the reports is told so, and which statement helps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_report_is_told_what_is_missing() {
    for server in [Server::Postgres, Server::Mariadb] {
        let mut site = Site::migrated(server, "event_denied").await;
        site.write(&schedule(&site));
        let user = site.scratch.create_user("secret").await;
        let (name, event) = match server {
            Server::Postgres => (user.clone(), "retentiond.event"),
            _ => (format!("'{user}'@'127.0.0.1'"), "retentiond_event"),
        };
        for table in ["visit", "note", "person"] {
            site.scratch
                .exec(&format!("GRANT SELECT ON {table} TO {name}"))
                .await;
        }
        if server == Server::Postgres {
            site.scratch
                .exec(&format!("GRANT USAGE ON SCHEMA retentiond TO {name}"))
                .await;
        }
        let mut parts = site.parts();
        parts.visits = parts
            .visits
            .replace(&site.start("left_on"), "{ event = \"left\" }");
        let owner = parts.text();
        parts.database = site.scratch.toml_database_as("hr", &user, "secret");
        site.write(&parts.text());
        site.fed(&["event", "report", "left", "--key", "-"], "1\n")
            .exits(4)
            .warns("lacks a privilege")
            .warns("SELECT, INSERT and DELETE on")
            .warns("`retentiond grants`");
        site.go(&["check", "--connect"])
            .exits(3)
            .warns(&format!("on {event}"));
        site.go(&["plan"])
            .exits(5)
            .says("visits")
            .says("lacks a privilege")
            .says("`retentiond grants`");
        // What `grants` prints is enough.
        site.write(&owner);
        let host = ["--to", &user, "--host", "127.0.0.1"];
        let printed = site
            .go(&[&["grants"], host.as_slice()].concat())
            .exits(0)
            .out;
        assert!(printed.contains("event"), "{printed}");
        for statement in printed.lines().filter(|line| line.starts_with("GRANT")) {
            site.scratch.exec(statement).await;
        }
        site.write(&parts.text());
        site.fed(&["event", "report", "left", "--key", "-"], "1\n")
            .exits(0);
        site.go(&["plan"]).exits(0);
        site.write(&owner);
        site.finish().await;
    }
}

#[tokio::test]
async fn what_cannot_be_reported() {
    let site = Site::new(Server::Sqlite, "event_words").await;
    site.fed(&["event", "report", "left", "--key", "-"], "1\n")
        .exits(2)
        .warns("no rule knows an event left; no start of the schedule is an event");
    site.write(&schedule(&site));
    site.fed(&["event", "report", "lost", "--key", "-"], "1\n")
        .exits(2)
        .warns("the events are left");
    site.fed(
        &["event", "report", "left", "--key", "-", "--rule", "people"],
        "1\n",
    )
    .exits(2)
    .warns("no rule knows an event left");
    site.fed(&["event", "report", "left", "--key", "7"], "")
        .exits(2)
        .warns("keys are read from standard input: write --key -");
    site.fed(&["event", "report", "left"], "")
        .exits(2)
        .warns("--key");
    site.finish().await;
}
