//! What an earlier schedule had removed, and a restored backup brought back: known again by key and content, and removed
//! again under an approval of its own. With the tools of the servers.

use serde_json::Value;

use crate::network::accounts::{agree, records};
use crate::network::backup::Backup;
use crate::support::{Server, every_database};

use super::evidence::{key, verify};
use super::hold::placed;
use super::site::{CANARY, Site};

/// The usual place, with a rule that says by what its rows are known again: run, after a backup, then put back under a
/// schedule that keeps its rows for longer.
async fn put_back(server: Server, hint: &str, longer: &str) -> (Site, Backup) {
    let mut site = Site::migrated(server, hint).await;
    let text = site.parts().text().replace(
        "table = \"visit\"\n",
        "table = \"visit\"\nrecognised-by = [\"who\", \"left_on\"]\n",
    );
    site.write(&text);
    site.go(&["approve", "--all"]).exits(0);
    site.go(&["run", "--rule", "people"]).exits(0);
    let backup = Backup::of(&mut site).await;
    site.go(&["run"]).exits(0);
    site.assert_enforced().await;
    backup.put_back(&mut site).await;
    site.write(&text.replace("keep = \"2 years\"", longer));
    site.go(&["approve", "--all"]).exits(0);
    (site, backup)
}

fn returned(report: &Value, table: &str) -> Value {
    let all = report[0]["returned"].as_array().expect("what came back");
    let mine = |one: &&Value| {
        one["table"]
            .as_str()
            .is_some_and(|name| name.ends_with(table))
    };
    all.iter()
        .find(mine)
        .cloned()
        .unwrap_or_else(|| panic!("{report}"))
}

every_database!(
    async fn what_came_back_goes_again_once_somebody_approved_it(server) {
        let (mut site, backup) = put_back(server, "returned", "keep = \"50 years\"").await;
        // Meanwhile: the key of one was given to somebody else, one was changed, one is held.
        site.scratch.exec("DELETE FROM visit WHERE id = 1; INSERT INTO visit VALUES (1, 'somebody else', '2001-01-01')").await;
        site.scratch.exec("UPDATE visit SET left_on = NULL WHERE id = 2").await;
        let held = placed(&site, "visits", &["--key", "-"], "4\n");
        let report = site.json(&["run"]);
        let lost = &report[0]["regression"];
        assert!(lost["since"].is_string() && lost["until"].is_string(), "{report}");
        let visits = returned(&report, "visit");
        assert_eq!((&visits["removed"], &visits["there"], &visits["left"], &visits["known-again"]),
                   (&30.into(), &30.into(), &30.into(), &28.into()), "{report}");
        let notes = returned(&report, "note");
        assert_eq!((&notes["left"], &notes["known-again"]), (&15.into(), &Value::Null), "{report}");
        assert_eq!(site.count("visit").await, 40);
        // Nobody approved it: nothing goes, and the schedule's own approval is none.
        site.go(&["run"]).exits(0);
        let looked = site.json(&["approve", "--returned", "visits", "--dry-run"]);
        assert_eq!((&looked[0]["known"], &looked[0]["touched"], &looked[0]["stays"]),
                   (&28.into(), &40.into(), &1.into()), "{looked}");
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit").await, 40);
        site.go(&["approve", "--returned", "visits"]).exits(0).says("approved: 28 rows of the rule visits came back");
        // What is changed after the approval stays as well.
        site.scratch.exec("UPDATE visit SET who = 'another' WHERE id = 6").await;
        site.go(&["run"]).exits(0).warns("visits: 38 rows that came back with the restored database were removed again; 1 ");
        assert_eq!(site.count("visit WHERE id <= 30").await, 4);
        assert_eq!(site.count("visit WHERE id IN (1, 2, 4, 6)").await, 4);
        assert_eq!(site.count("note").await, 20 - 12);
        agree(&mut site).await;
        // The approval has ended: also what is free again waits for another one.
        site.go(&["hold", "lift", &held]).exits(0);
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit WHERE id = 4").await, 1);
        site.go(&["approve", "--returned", "--all"]).exits(0);
        // And an approval is for one regression.
        backup.put_back(&mut site).await;
        site.go(&["run"]).says("was put back to an earlier state").says("are known again");
        // A dump that was loaded may have other tables.
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit").await, 40);
        site.go(&["approve", "--returned", "--all"]).exits(0).says("approved: 30 rows");
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit").await, 10);
        assert_eq!(site.count("note").await, 5);
        agree(&mut site).await;
        let key = key(&site);
        verify(&site, &key).exits(0).says("a database was put back to an earlier state");
        site.go(&["audit", "show"]).exits(0).says("what came back was removed again: 45 rows");
        site.finish().await;
    }
);

every_database!(
    async fn what_came_back_has_limits_of_its_own(server) {
        let (mut site, _) = put_back(server, "returned_limit", "keep = \"50 years\"").await;
        site.go(&["approve", "--returned", "--all"]).exits(0).says("nothing that came back is known again")
            .warns("no run has found that it was put back");
        site.go(&["run"]).exits(0).says("30 are known again by key and content");
        site.go(&["approve", "--returned", "visits", "--rows-max", "44"]).exits(0);
        site.go(&["run"]).exits(5).warns("45 rows would go and 44 are approved still");
        assert_eq!(site.count("visit").await, 40);
        site.go(&["approve", "--returned", "visits"]).exits(0);
        // Under another meaning of the rule it is asked for anew.
        let text = std::fs::read_to_string(site.schedule()).expect("the schedule");
        site.write(&text.replace("50 years", "60 years"));
        site.go(&["run", "--rule", "visits"]).exits(5).warns("its meaning changed since it was approved");
        site.write(&text);
        site.go(&["run"]).exits(0).warns("45 rows that came back");
        assert_eq!(site.count("visit").await, 10);
        let all = records(&site);
        let started = all.iter().find(|one| one["reason"] == "returned").expect("its run");
        let run = started["run"].as_str().expect("a run");
        site.go(&["audit", "certificate", run]).exits(0).says("had been removed before").says("to an earlier state");
        site.finish().await;
    }
);

every_database!(
    async fn minimums_and_rules_without_a_mark_keep_what_came_back(server) {
        let (mut site, _) = put_back(server, "returned_kept", "at-least = true\n  keep = \"50 years\"").await;
        site.go(&["run"]).exits(0).says("30 are known again");
        site.go(&["approve", "--returned", "--all"]).exits(0).warns("30 rows are known again, and all of them stay");
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit").await, 40);
        site.finish().await;

        let mut site = Site::approved(server, "returned_untold").await;
        site.go(&["run", "--rule", "people"]).exits(0);
        let backup = Backup::of(&mut site).await;
        site.go(&["run"]).exits(0);
        backup.put_back(&mut site).await;
        let text = site.parts().text();
        site.write(&text.replace("2 years", "50 years"));
        site.go(&["approve", "--all"]).exits(0);
        let report = site.json(&["run"]);
        assert_eq!(returned(&report, "visit")["known-again"], 0, "{report}");
        site.go(&["approve", "--returned", "--all"]).exits(0).says("nothing that came back is known again");
        assert_eq!(site.count(&format!("visit WHERE who = '{CANARY}'")).await, 40);
        site.finish().await;
    }
);

every_database!(
    async fn a_backup_from_before_our_tables_is_looked_through_as_well(server) {
        let mut site = Site::migrated(server, "returned_first").await;
        let text = site.parts().text();
        let text = text.replace("table = \"visit\"\n", "table = \"visit\"\nrecognised-by = [\"who\", \"left_on\"]\n");
        site.write(&text);
        site.go(&["approve", "--all"]).exits(0);
        let backup = Backup::of(&mut site).await;
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        backup.put_back(&mut site).await;
        site.write(&text.replace("2 years", "50 years"));
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit").await, 40);
        site.go(&["approve", "--returned", "visits"]).exits(0).says("approved: 30 rows");
        site.go(&["run"]).exits(0).warns("45 rows that came back");
        assert_eq!(site.count("visit").await, 10);
        let key = key(&site);
        verify(&site, &key).exits(0);
        site.finish().await;
    }
);
