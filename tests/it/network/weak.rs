//! A table that cannot roll back: what became of a batch that failed is not guessed.

use super::accounts::records;
use super::cuts::wired;
use super::proxy::{Fault, Then};
use crate::cli::evidence::{key, verify};
use crate::support::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lost_batch_did_to_myisam_is_unknown() {
    let (mut site, proxy) = wired(Server::Mariadb, "weak").await;
    site.scratch
        .exec("DROP TABLE note; ALTER TABLE visit ENGINE = MyISAM")
        .await;
    let text = std::fs::read_to_string(site.schedule()).expect("the schedule");
    let text = text
        .replace("  [rules.children]\n  note = \"with-parent\"\n", "")
        .replacen(
            "then = \"delete\"",
            "then = \"delete\"\nunsafe-engine-that-cannot-roll-back = true",
            1,
        );
    site.write(&text);
    site.go(&["approve", "--all"]).exits(0);
    site.go(&["plan"]).exits(0).says("weakest assurance");
    site.go(&["run", "--rule", "people"]).exits(0);
    // The server gets the removal, and no COMMIT.
    let mut which = 0;
    while site.count("visit").await == 40 {
        which += 1;
        proxy.arm(Fault::AtCommit(which, Then::CutBefore));
        site.go(&["run"]).exits(4);
    }
    proxy.arm(Fault::None);
    assert_eq!(site.count("visit").await, 30, "MyISAM has removed them");
    site.go(&["run"]).exits(0);
    assert_eq!(site.count("visit").await, 10);
    let all = records(&site);
    let of = |kind: &str| all.iter().filter(|record| record["kind"] == kind).count();
    assert_eq!(of("unknown"), 1);
    assert!(of("weaker-assurance") >= 2);
    let visits: u64 = all
        .iter()
        .filter(|record| record["kind"] == "done" && record["rule"] == "visits")
        .map(|record| super::accounts::rows_of(&record["effects"]))
        .sum();
    // Ten rows have no receipt, and the log says so.
    assert_eq!(visits, 20);
    let shown = site.go(&["audit", "show"]).exits(0);
    shown.says("UNKNOWN").says("WEAKEST ASSURANCE");
    let told = verify(&site, &key(&site)).exits(0);
    told.says("a batch failed on a table that cannot roll back");
    let run = all
        .iter()
        .find(|record| record["kind"] == "unknown")
        .and_then(|record| record["run"].as_str())
        .expect("a run")
        .to_owned();
    let certificate = site.go(&["audit", "certificate", &run]).exits(0);
    certificate
        .says("nobody can tell")
        .says("weakest, for visits");
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_erase_lost_in_myisam_is_unknown() {
    let (mut site, proxy) = wired(Server::Mariadb, "weak_erase").await;
    site.scratch
        .exec("DROP TABLE note; ALTER TABLE visit ENGINE = MyISAM")
        .await;
    let text = std::fs::read_to_string(site.schedule()).expect("the schedule");
    let text = text
        .replace("  [rules.children]\n  note = \"with-parent\"\n", "")
        .replacen(
            "then = \"delete\"",
            "then = \"delete\"\nunsafe-engine-that-cannot-roll-back = true\nerasure = { with = [] }",
            1,
        );
    site.write(&text);
    let mut which = 0;
    while site.count("visit WHERE id = 1").await == 1 {
        which += 1;
        proxy.arm(Fault::AtCommit(which, Then::CutBefore));
        let erase = ["erase", "--rule", "visits", "--key", "-", "--confirm", "1"];
        // Before its first batch it could not begin; after that not all of it was done.
        let ran = site.fed(&erase, "1\n");
        assert!([Some(4), Some(5)].contains(&ran.code), "{ran}");
    }
    proxy.arm(Fault::None);
    site.go(&["run"]);
    let all = records(&site);
    let of = |kind: &str| all.iter().filter(|record| record["kind"] == kind).count();
    assert_eq!(of("unknown"), 1);
    assert!(of("weaker-assurance") >= 1);
    verify(&site, &key(&site)).exits(0);
    site.finish().await;
}
