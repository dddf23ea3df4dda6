//! What an approval binds, and what it does not.

use crate::support::{Server, every_database};

use super::site::Site;

/// The standard schedule with one text replaced.
fn change(site: &Site, from: &str, to: &str) {
    let text = site.parts().text();
    assert!(text.contains(from), "{from:?} is not in the schedule");
    site.write(&text.replace(from, to));
}

every_database!(
    async fn what_may_change_without_a_new_approval(server) {
        let mut site = Site::approved(server, "may_change").await;
        let text = site.parts().text();
        let commented = text.replace("then = \"delete\"", "then = \"delete\"  # as the law has it");
        let reordered = text.replace(
            "name = \"visits\"\ntable = \"visit\"\nthen = \"delete\"",
            "then = \"delete\"\ntable = \"visit\"\nname = \"visits\"",
        );
        let limited = text.replace("share-per-run", "rows-per-batch = 7\nrows-per-run = 99\nshare-per-run");
        let owned = text.replace(
            "keep = \"2 years\"",
            "keep = \"2 years\"\n  owner = \"dpo@example.org\"\n  reviewed = 2026-11-01",
        );
        let rung = text.replace("time-zone", "cadence = \"0 3 * * *\"\ntime-zone");
        let longer = text.replace("2 years", "3 years");
        let minimum = text.replace("keep = \"2 years\"", "keep = \"2 years\"\n  at-least = true");
        let held = text.replace(
            "then = \"delete\"",
            "then = \"delete\"\nholds = [{ when = \"id = 3\", because = \"court\" }]",
        );
        let excepted = text.replace(
            "keep = \"2 years\"",
            "keep = \"2 years\"\n  unless = [{ when = \"id = 4\", because = \"books\" }]",
        );
        for changed in [commented, reordered, limited, owned, rung, longer, minimum, held, excepted] {
            assert_ne!(changed, text);
            site.write(&changed);
            site.go(&["run", "--dry-run"]).exits(0);
        }
        site.write(&text.replace("then = \"delete\"", "mode = \"observe\"\nthen = \"delete\""));
        site.go(&["run"]).exits(0).says("12 rows touched");
        site.go(&["approve", "visits"]).exits(0).warns("visits only observes");
        assert_eq!(site.count("visit").await, 40);
        site.finish().await;
    }
);

every_database!(
    async fn what_needs_a_new_approval(server) {
        let mut site = Site::approved(server, "must_ask").await;
        for (from, to) in [
            ("2 years", "1 year"),
            ("2 years", "730 days"),
            ("note = \"with-parent\"", "note = \"detach\""),
            ("table = \"visit\"\nthen = \"delete\"", "table = \"visit\"\nthen = \"anonymise\"\nanonymise = { null = [\"who\"] }\nlimits = {}"),
        ] {
            change(&site, from, to);
            if to.contains("anonymise") {
                let text = site.parts().text().replace(from, to).replace("[rules.children]\n  note = \"with-parent\"", "");
                site.write(&text);
            }
            site.go(&["run", "--rule", "visits"])
                .exits(6)
                .says("visits: needs an approval: its meaning changed since it was approved");
        }
        site.assert_untouched().await;
        change(&site, "2 years", "1 year");
        site.go(&["run"]).exits(6).says("12 rows touched").says("visits: needs an approval");
        site.go(&["approve", "--all"]).exits(0).says("approved: visits");
        // What was approved last counts: two years are milder than the one year that is approved now.
        change(&site, "2 years", "2 years");
        site.go(&["run"]).exits(0).says("45 rows touched");
        site.assert_enforced().await;
        site.finish().await;
    }
);

every_database!(
    async fn a_changed_table_needs_a_new_approval(server) {
        let mut site = Site::approved(server, "schema").await;
        site.scratch.exec("ALTER TABLE visit ADD COLUMN passport VARCHAR(20)").await;
        site.go(&["run"])
            .exits(6)
            .says("visits: needs an approval: its tables changed since it was approved")
            .says("12 rows touched");
        site.go(&["approve", "visits"]).exits(0);
        site.scratch.exec("ALTER TABLE note ADD COLUMN extra VARCHAR(20)").await;
        site.go(&["run"]).exits(6).says("its tables changed");
        site.go(&["approve", "visits"]).exits(0);
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        site.finish().await;
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_has_a_band_and_an_end() {
    let mut site = Site::migrated(Server::Sqlite, "band").await;
    site.go(&["run", "--dry-run"]).exits(6);
    site.go(&["run", "--dry-run", "--unsafe-without-approval"])
        .exits(0)
        .says("57 rows would be touched");
    site.assert_untouched().await;
    site.go(&["approve", "visits", "--rows-max", "44"])
        .exits(0)
        .says("at most 44 rows a run (45 are due now)");
    site.go(&["run"])
        .exits(6)
        .says("visits: needs an approval: 45 rows would be touched and 44 are approved");
    site.assert_untouched().await;
    site.go(&["approve", "visits", "--rows-max", "45"]).exits(0);
    site.go(&[
        "approve",
        "people",
        "--expires-in-days",
        "30",
        "--now",
        "2020-01-01",
    ])
    .exits(0)
    .says("until 2020-01-31");
    site.go(&["run"])
        .exits(6)
        .says("45 rows touched")
        .says("people: needs an approval: the approval expired on 2020-01-31");
    site.go(&["run", "--now", "2020-01-30"]).exits(0);
    site.assert_enforced().await;
    for days in ["0", "4000", "-1", "soon"] {
        site.go(&["approve", "people", "--expires-in-days", days])
            .exits(2);
    }
    site.go(&["approve"]).exits(2).warns("required");
    site.go(&["approve", "--all", "people"]).exits(2);
    site.finish().await;
}

/// An approval lifts no limit; the whole database waits, before the first row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_stops_everything_before_the_first_row() {
    let mut site = Site::approved(Server::Sqlite, "limit").await;
    let text = site.parts().text();
    site.write(&text.replace(
        "share-per-run = \"100 %\"",
        "share-per-run = \"100 %\"\nrows-per-run = 44",
    ));
    for verb in [&["run"][..], &["run", "--unsafe-without-approval"]] {
        site.go(verb)
            .exits(6)
            .says("a limit was exceeded, so nothing was touched")
            .says("visits: is stopped by a limit: 45 rows would be touched and rows-per-run is 44");
    }
    site.go(&["plan"]).exits(0).says("over a limit");
    site.go(&["approve", "visits"])
        .exits(6)
        .warns("an approval lifts no limit");
    site.write(&text.replace("100 %", "74.9 %"));
    site.go(&["run"])
        .exits(6)
        .says("30 of 40 rows would be touched and share-per-run is 74.90 %");
    site.assert_untouched().await;
    site.write(&text.replace("100 %", "75 %"));
    site.go(&["run"]).exits(0);
    site.assert_enforced().await;
    site.finish().await;
}

/// A review is good for a year: afterwards whoever checks or plans is reminded, and nothing else changes (UX-1).
#[tokio::test]
async fn a_review_that_is_a_year_old_is_told() {
    let site = Site::migrated(Server::Sqlite, "reviews").await;
    let reviewed = |day: &str| {
        let keep = format!("keep = \"2 years\"\n  owner = \"dpo@example.org\"\n  reviewed = {day}");
        site.write(&site.parts().text().replace("keep = \"2 years\"", &keep));
    };
    reviewed("2020-01-01");
    site.go(&["check"])
        .exits(0)
        .warns("the purpose statistics was last reviewed on 2020-01-01; the next review was due by 2021-01-01")
        .warns("ask dpo@example.org");
    let plan = site.json(&["plan"]);
    let told = &plan[0]["rules"][0]["reviews"][0];
    assert_eq!(told["purpose"], "statistics", "{plan}");
    reviewed("2099-01-01");
    let silent = site.go(&["check"]).exits(0);
    assert!(!silent.err.contains("reviewed"), "{}", silent.err);
    site.finish().await;
}
