//! The daemon: on its cadence, one run at a time, and gone when asked.

use std::process::Child;
use std::time::{Duration, Instant};

use crate::support::Server;

use super::site::{Ran, Site, ran};

pub fn every_second(site: &Site) -> String {
    let text = site.parts().text();
    text.replace("time-zone = ", "cadence = \"* * * * * *\"\ntime-zone = ")
}

pub fn stop(child: Child) -> Ran {
    let kill = format!("kill -TERM {}", child.id());
    let status = std::process::Command::new("bash")
        .args(["-c", &kill])
        .status()
        .expect("kill runs");
    assert!(status.success());
    let began = Instant::now();
    let ran = ran(&child.wait_with_output().expect("it ends"))
        .exits(0)
        .says_nothing();
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    for line in ran.err.lines() {
        let json: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(json.is_ok(), "{line:?} is no JSON");
    }
    ran
}

pub async fn wait_for(site: &mut Site, query: &str, wanted: u64) {
    let began = Instant::now();
    while site.count(query).await != wanted {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{query} never is {wanted}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn runs_and_ends(server: Server) {
    let mut site = Site::migrated(server, "daemon").await;
    site.write(&every_second(&site));
    let child = site.start_process(&["daemon"]);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    // Nothing is approved: it waits, and says so.
    site.assert_untouched().await;
    let began = Instant::now();
    while site.go(&["approve", "--all"]).code != Some(0) {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "no approval can be given"
        );
    }
    wait_for(&mut site, "visit", 10).await;
    wait_for(&mut site, "person WHERE name = 'ANON'", 12).await;
    let told = stop(child);
    let told = told
        .warns("needs an approval: it never ran before")
        .warns("the rule ran")
        .warns("\"stopped\"");
    assert!(told.err.contains("\"rows\":45"), "{told}");
    site.assert_enforced().await;
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_runs_and_ends() {
    runs_and_ends(Server::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_runs_and_ends() {
    runs_and_ends(Server::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_daemon_is_refused() {
    let site = Site::approved(Server::Sqlite, "two_daemons").await;
    site.go(&["daemon"])
        .exits(1)
        .warns("no database of the schedule has a cadence");
    site.write(&every_second(&site));
    let first = site.start_process(&["daemon"]);
    let began = Instant::now();
    while !site.state().join("daemon.lock").exists() {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "the first does not begin"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    site.go(&["daemon"])
        .exits(1)
        .warns("another daemon serves the state directory");
    stop(first);
    site.finish().await;
}

/// One database is down; the other is served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_down_does_not_stop_others() {
    let mut site = Site::approved(Server::Sqlite, "down").await;
    let mut parts = site.parts();
    let gone = "[databases.gone]\nengine = \"sqlite\"\nfile = \"gone.db\"\ntime-zone = \"UTC\"\n";
    parts.database.push_str(gone);
    for rule in [&mut parts.visits, &mut parts.people] {
        *rule = rule.replace("then = ", "database = \"hr\"\nthen = ");
    }
    let elsewhere = "[[rules]]\nname = \"elsewhere\"\ndatabase = \"gone\"\ntable = \"t\"\nthen = \"delete\"\n  \
                     [[rules.purposes]]\n  name = \"p\"\n  start = { column = \"c\" }\n  keep = \"1 day\"\n";
    parts.people.push_str(elsewhere);
    let text = parts.text();
    site.write(&text.replace("time-zone = ", "cadence = \"* * * * * *\"\ntime-zone = "));
    let child = site.start_process(&["daemon"]);
    wait_for(&mut site, "visit", 10).await;
    wait_for(&mut site, "person WHERE name = 'ANON'", 12).await;
    let told = stop(child);
    told.warns("the run failed: opening ")
        .warns("it is never made");
    site.assert_enforced().await;
    site.finish().await;
}
