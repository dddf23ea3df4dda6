//! `plan --coverage`: how many rows each purpose, case and exemption owns.

use crate::support::every_database;

use super::site::Site;

every_database!(
    async fn every_row_has_one_owner(server) {
        let mut site = Site::migrated(server, "coverage").await;
        let mut parts = site.parts();
        let start = format!("start = {}", site.start("left_on"));
        let cases = format!(
            "when = \"id < 40\"\n  unless = [{{ when = \"id > 35\", because = \"kept as a sample\" }}]\n  {start}\n  \
             keep = \"2 years\"\n    [[rules.purposes.cases]]\n    name = \"early\"\n    when = \"id <= 10\"\n    \
             keep = \"1 year\"\n    [[rules.purposes.cases]]\n    name = \"guests\"\n    when = \"who = 'guest'\"\n    \
             keep = \"1 day\"\n"
        );
        let plain = format!("{start}\n  keep = \"2 years\"\n");
        assert!(parts.visits.contains(&plain), "{}", parts.visits);
        parts.visits = parts.visits.replace(&plain, &cases);
        site.write(&parts.text());
        site.scratch.exec("UPDATE visit SET who = NULL WHERE id = 20").await;
        site.go(&["plan", "--coverage"])
            .exits(0)
            .says("5 rows certainly covered by no purpose: never touched")
            .says("statistics, exempt (kept as a sample): 4 rows")
            .says("statistics, the case early: 10 rows")
            .says("statistics, the case guests: 0 rows")
            .says("statistics, its own period: 24 rows")
            .says("statistics, a condition that is NULL: 1 row")
            .says("relation, its own period: 20 rows");
        let plan = site.json(&["plan", "--coverage"]);
        let shares = plan[0]["rules"][0]["coverage"].as_array().expect("shares");
        let rows: u64 = shares.iter().filter_map(|share| share["rows"].as_u64()).sum();
        assert_eq!(rows, 39, "{plan}");
        let plan = site.json(&["plan"]);
        assert!(plan[0]["rules"][0].get("coverage").is_none(), "{plan}");
        site.finish().await;
    }
);
