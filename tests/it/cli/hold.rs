//! Holds of the state store: by key and by condition, deep and shallow, while a run is at work, after a restore, and
//! where nobody can tell any more what is held.

use crate::support::{Server, every_database};

use super::evidence::{key, verify};
use super::site::Site;
use super::underway::{end, slow, wait_until_some_are_gone};

const WHY: [&str; 6] = [
    "--because",
    "KANARIENVOGEL/2026",
    "--reference",
    "2026/17",
    "--owner",
    "legal",
];

fn place<'a>(rule: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec![
        "--output",
        "json",
        "hold",
        "place",
        rule,
        "--review",
        "2020-01-31",
    ];
    all.extend(WHY.map(|word| {
        if word.starts_with("KAN") {
            "litigation"
        } else {
            word
        }
    }));
    all.extend(more);
    all
}

/// Places a hold and gives its name.
pub(super) fn placed(site: &Site, rule: &str, more: &[&str], keys: &str) -> String {
    let told = site.fed(&place(rule, more), keys).exits(0).json();
    told["hold"].as_str().expect("a name").to_owned()
}

fn names(server: Server) -> &'static str {
    match server {
        Server::Postgres => "retentiond.hold",
        _ => "retentiond_hold",
    }
}

every_database!(
    async fn a_hold_keeps_rows_and_what_hangs_from_them_until_it_is_lifted(server) {
        let mut site = Site::approved(server, "hold").await;
        let by_key = placed(&site, "visits", &["--key", "-"], "2\n3\n");
        let by_condition = placed(&site, "people", &["--when", "-"], "id <= 3 OR phone IS NULL");
        let plan = site.json(&["plan"]);
        assert_eq!(plan[0]["rules"][0]["held"], 2, "{plan}");
        assert_eq!(plan[0]["rules"][1]["held"], 3, "{plan}");
        assert_eq!(plan[0]["holds"][0]["hold"], by_key.as_str(), "{plan}");
        assert_eq!(plan[0]["holds"][0]["rows"], 2, "{plan}");
        assert_eq!(plan[0]["holds"][1]["rows"], 3, "{plan}");
        site.go(&["plan"]).exits(0).says(&by_key).says("TO BE REVIEWED since 2020-01-31");
        site.go(&["explain", "visits", "--key", "2"]).exits(0).says(&format!("The hold {by_key} keeps it as it is."));
        site.go(&["explain", "visits", "--key", "4"]).exits(0).says(": due\n");
        site.go(&["hold", "list"]).exits(0).says(&by_key).says("litigation; reference 2026/17, owner legal").says("2 keys of");
        let rehearsed = site.json(&["run", "--dry-run"]);
        let run = site.json(&["run"]);
        assert_eq!(rehearsed[0]["rules"][0]["steps"][0]["done"]["tables"], run[0]["rules"][0]["steps"][0]["done"]["tables"]);
        assert_eq!(site.count("visit WHERE id <= 30").await, 2);
        assert_eq!(site.count("visit WHERE id IN (2, 3)").await, 2);
        assert_eq!(site.count("note WHERE visit_id = 2").await, 1);
        assert_eq!(site.count("person WHERE name <> 'ANON' AND id <= 12").await, 3);
        // A row that meets the condition later is held too; and the log knows none of the reasons.
        site.go(&["hold", "lift", &by_key]).exits(0).says("is lifted");
        site.go(&["hold", "lift", &by_key]).exits(2).warns("no hold");
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit WHERE id <= 30").await, 0);
        assert_eq!(site.count("person WHERE name <> 'ANON' AND id <= 12").await, 3);
        site.go(&["audit", "show"]).exits(0).says(&format!("hold {by_key} placed by")).says(&format!("hold {by_key} lifted by"));
        let exported = site.go(&["audit", "export"]).exits(0).out;
        assert!(exported.contains("hold-placed") && !exported.contains("litigation") && !exported.contains("2026/17"));
        assert!(!site.state().join("holds").join(format!("{by_key}.json")).exists());
        site.go(&["hold", "lift", &by_condition]).exits(0);
        site.go(&["hold", "list"]).exits(0).says("no hold stands");
        verify(&site, &key(&site)).exits(0);
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        site.finish().await;
    }
);

every_database!(
    async fn a_hold_that_is_placed_while_a_run_is_at_work(server) {
        let mut site = Site::migrated(server, "hold_underway").await;
        slow(&mut site).await;
        let all = site.count("visit").await;
        let child = site.start_process(&["run"]);
        wait_until_some_are_gone(&mut site, all).await;
        let hold = placed(&site, "visits", &["--key", "-"], "30\n");
        assert_eq!(site.count("visit WHERE id = 30").await, 1, "it was there when the hold was acknowledged");
        end(child).exits(9).says("a hold was placed");
        site.go(&["audit", "show"]).exits(0).says("stopped by a hold that was placed meanwhile");
        verify(&site, &key(&site)).exits(0);
        site.write(&site.parts().text());
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit WHERE left_on < '2002-01-01'").await, 1);
        assert_eq!(site.count("visit WHERE id = 30").await, 1);
        assert_eq!(site.count("note WHERE visit_id = 30").await, 1);
        site.go(&["hold", "lift", &hold]).exits(0);
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        site.finish().await;
    }
);

every_database!(
    async fn a_database_that_forgot_its_holds_is_told_again(server) {
        let mut site = Site::approved(server, "hold_restored").await;
        let hold = placed(&site, "visits", &["--when", "-"], "id = 7");
        let names = names(server);
        site.scratch.exec(&format!("DELETE FROM {names}")).await;
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit WHERE id <= 30").await, 1);
        assert_eq!(site.count(names).await, 1);
        // One that the log lifted comes back with a backup, and is taken away again.
        site.go(&["hold", "lift", &hold]).exits(0);
        assert_eq!(site.count(names).await, 0);
        site.scratch.exec(&format!("INSERT INTO {names} (hold_id, placed_at) VALUES ('{hold}', 1)")).await;
        site.go(&["run"]).exits(0);
        assert_eq!(site.count(names).await, 0);
        site.assert_enforced().await;
        site.finish().await;
    }
);

every_database!(
    async fn where_nobody_can_tell_what_is_held_nothing_goes(server) {
        let mut site = Site::approved(server, "hold_unknown").await;
        // Placing was interrupted: it stands in the database and nowhere else.
        let names = names(server);
        let stray = "01890000-0000-7000-8000-000000000000";
        site.scratch.exec(&format!("INSERT INTO {names} (hold_id, placed_at) VALUES ('{stray}', 1)")).await;
        site.go(&["run"]).exits(9).says("a hold was placed").says("hold lift").says(stray);
        site.assert_untouched().await;
        site.go(&["hold", "lift", stray]).exits(0);
        // Its file is gone, or another one.
        let hold = placed(&site, "visits", &["--key", "-"], "1\n");
        let file = site.state().join("holds").join(format!("{hold}.json"));
        let text = std::fs::read_to_string(&file).expect("the hold");
        std::fs::write(&file, text.replace("2026/17", "2026/18")).expect("written");
        for verb in [&["run"][..], &["plan"], &["run", "--dry-run"]] {
            site.go(verb).exits(1).warns(&hold).warns("is not what was written");
        }
        std::fs::remove_file(&file).expect("removed");
        site.go(&["run"]).exits(1).warns("put it back from a backup");
        std::fs::write(&file, &text).expect("put back");
        // The rule of its table is gone from the schedule.
        let parts = site.parts();
        let people_only = parts.text().replace(&parts.visits, "");
        site.write(&people_only);
        site.go(&["run"]).exits(1).warns("nobody can tell what the hold").warns("no rule that fits the database");
        site.assert_untouched().await;
        site.write(&parts.text());
        site.go(&["hold", "lift", &hold]).exits(0);
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        site.finish().await;
    }
);

every_database!(
    async fn a_deep_hold_covers_rules_below_and_a_shallow_one_does_not(server) {
        let mut site = Site::migrated(server, "hold_deep").await;
        let dated = match server {
            Server::Sqlite => "TEXT",
            _ => "DATE",
        };
        site.scratch.exec(&format!("ALTER TABLE note ADD COLUMN made_on {dated}; UPDATE note SET made_on = '2001-01-01'")).await;
        let mut parts = site.parts();
        parts.visits = parts.visits.replace("with-parent", "own-rule");
        parts.people = parts.people + &format!(
            "[[rules]]\nname = \"notes\"\ntable = \"note\"\nthen = \"delete\"\n  [[rules.purposes]]\n  name = \"p\"\n  \
             start = {}\n  keep = \"1 year\"\n", site.start("made_on"));
        site.write(&parts.text());
        site.go(&["approve", "--all"]).exits(0);
        let deep = placed(&site, "visits", &["--key", "-"], "2\n");
        let shallow = placed(&site, "visits", &["--key", "-", "--shallow"], "4\n");
        site.go(&["explain", "notes", "--key", "1"]).exits(0).says("hangs holds it too");
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("note").await, 1, "the note of the visit that is held deeply");
        assert_eq!(site.count("visit WHERE id IN (2, 4)").await, 2);
        assert_eq!(site.count("visit WHERE id <= 30").await, 2);
        for hold in [deep, shallow] {
            site.go(&["hold", "lift", &hold]).exits(0);
        }
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("note").await, 0);
        assert_eq!(site.count("visit WHERE id <= 30").await, 0);
        site.finish().await;
    }
);

#[tokio::test]
async fn what_cannot_be_held() {
    let mut site = Site::new(Server::Sqlite, "hold_words").await;
    let refused = |more: &[&str], keys: &str| site.fed(&place("visits", more), keys);
    refused(&["--key", "-"], "1\n")
        .exits(4)
        .warns("retentiond migrate");
    site.go(&["migrate"]).exits(0);
    let refused = |more: &[&str], keys: &str| site.fed(&place("visits", more), keys).exits(2);
    refused(&["--key", "7"], "").warns("keys are read from standard input: write --key -");
    refused(&["--key", "-"], "").warns("0 keys were given");
    refused(&["--key", "-"], "1\n4711\n")
        .warns("1 of the keys are those of no row; no hold was placed");
    refused(&["--key", "-"], "1\t2\n").warns("the key has 1 column (id), and 2 values were given");
    refused(&["--when", "id = 7"], "")
        .warns("a condition is read from standard input: write --when -");
    refused(&["--when", "-"], "").warns("the condition");
    refused(&["--when", "-"], "colour = 1").warns("has no column colour");
    refused(&["--when", "-"], "left_on < now()").warns("the condition");
    refused(&["--when", "-"], "1 = 1").warns("the condition");
    refused(&[], "").warns("--key");
    site.go(&["hold", "list"]).exits(0).says("no hold stands");
    site.go(&["hold", "lift", "7"]).exits(2);
    assert_eq!(site.count("retentiond_hold").await, 0);
    site.finish().await;
}
