//! A schedule that cannot be read, and one that does not fit its database.

use crate::support::{Server, every_database};

use super::site::{Site, go};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_that_cannot_be_read() {
    let mut site = Site::new(Server::Sqlite, "unreadable").await;
    let missing = site.dir().join("nowhere.toml");
    let ran = go(&["-s", missing.to_str().expect("UTF-8"), "run"], &[])
        .exits(3)
        .says_nothing();
    ran.warns("the schedule cannot be read")
        .warns("nowhere.toml")
        .warns("--schedule");
    let directory = site.dir().to_str().expect("UTF-8").to_owned();
    go(&["-s", &directory, "run"], &[])
        .exits(3)
        .warns("it is a directory, not a file");
    site.write("version = 1\n[[rules\nname = \"a\"\n");
    for verb in [
        &["check"][..],
        &["plan"],
        &["run"],
        &["approve", "--all"],
        &["migrate"],
        &["daemon"],
        &["audit", "show"],
    ] {
        site.go(verb)
            .exits(3)
            .says_nothing()
            .warns("retentiond.toml:2:")
            .warns("nothing was connected to, nothing was changed");
    }
    std::fs::write(site.schedule(), [0xff, 0xfe, 0x00]).expect("bytes");
    site.go(&["check"]).exits(3).warns("not text in UTF-8");
    site.write("");
    site.go(&["check"]).exits(3);
    assert!(
        !site.state().exists(),
        "a schedule with faults left a state directory"
    );
    site.assert_untouched().await;
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_file_at_once() {
    let mut site = Site::approved(Server::Sqlite, "faults").await;
    let text = site.parts().text();
    let wrong = text
        .replace("keep = \"2 years\"\n", "")
        .replace("keep = \"1 year\"", "kep = \"1 year\"")
        .replace("then = \"delete\"", "then = \"remove\"");
    site.write(&wrong);
    let ran = site.go(&["run"]).exits(3).says_nothing();
    let ran = ran
        .warns("a purpose without a period is refused")
        .warns("did you mean \"keep\"?")
        .warns("\"delete\"");
    let ran = ran.warns("= rule: visits").warns("= rule: people");
    assert!(ran.err.matches("error: ").count() >= 3, "{ran}");
    let found = site.json(&["check"]);
    assert_eq!(found["connected"], false);
    let findings = found["findings"].as_array().expect("findings");
    assert_eq!(Some(findings.len() as u64), found["errors"].as_u64());
    for finding in findings {
        assert!(finding["line"].as_u64() > Some(1), "{finding}");
    }
    site.assert_untouched().await;
    site.finish().await;
}

every_database!(
    async fn names_that_the_database_does_not_have(server) {
        let mut site = Site::approved(server, "names").await;
        let text = site.parts().text();
        site.write(&text.replace("table = \"visit\"", "table = \"visits\"").replace("gone_on", "gone_at"));
        let ran = site.go(&["check", "--connect"]).exits(3).says_nothing();
        ran.warns("the database has no table visits")
            .warns("did you mean ")
            .warns("no column gone_at")
            .warns("2 errors");
        site.go(&["plan"]).exits(3).says("visits: left out");
        site.go(&["run"]).exits(5).says("visits: left out, it does not fit its database");
        site.go(&["approve", "visits"]).exits(5).says_nothing().warns("the rule visits does not fit");
        site.assert_untouched().await;
        site.finish().await;
    }
);

every_database!(
    async fn one_broken_rule_does_not_stop_the_other(server) {
        let mut site = Site::approved(server, "broken").await;
        site.scratch.exec("ALTER TABLE person RENAME COLUMN phone TO telephone").await;
        site.go(&["run"])
            .exits(5)
            .says("people: left out, it does not fit its database")
            .says("45 rows touched");
        site.go(&["check", "--connect"]).exits(3).warns("it has id, name, telephone, gone_on");
        site.scratch.exec("DROP TABLE person").await;
        site.go(&["run"]).exits(5).says("people: left out");
        assert_eq!(site.count("visit").await, 10);
        site.finish().await;
    }
);
