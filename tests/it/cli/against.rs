//! What a changed schedule does to the rows that the old one covered.

use serde_json::Value;

use crate::support::every_database;

use super::site::Site;

fn compared(site: &Site, old: &str, new: &str) -> Value {
    let path = site.dir().join("old.toml");
    std::fs::write(&path, old).expect("the old schedule");
    site.write(new);
    let path = path.to_str().expect("UTF-8").to_owned();
    site.json(&["plan", "--as-of", "2003-06-01", "--against", &path])[0].clone()
}

fn of<'a>(told: &'a Value, table: &str) -> &'a Value {
    let tables = told["tables"]
        .as_array()
        .unwrap_or_else(|| panic!("no tables: {told}"));
    tables
        .iter()
        .find(|one| {
            one["table"]
                .as_str()
                .is_some_and(|name| name.ends_with(table))
        })
        .unwrap_or_else(|| panic!("no {table} in {told}"))
}

every_database!(
    async fn what_a_changed_rule_does(server) {
        let site = Site::new(server, "against").await;
        let old = site.parts().text();
        let told = compared(&site, &old, &old);
        assert_eq!(of(&told, "visit")["change"], "same", "{told}");
        assert_eq!(of(&told, "visit")["rows"]["more-due"], 0, "{told}");
        // 30 visits ended on 1 January 2001: due since 2 January 2003.
        let longer = old.replace("2 years", "3 years");
        let told = compared(&site, &old, &longer);
        let visit = of(&told, "visit");
        assert_eq!(visit["change"], "changed", "{told}");
        assert_eq!(visit["differs"][0], "purpose statistics", "{told}");
        assert_eq!(visit["rows"]["fewer-due"], 30, "{told}");
        assert_eq!(visit["rows"]["fewer-due-until"], "2004-01-02T00:00:00Z", "{told}");
        assert_eq!(of(&told, "person")["change"], "same", "{told}");
        let told = compared(&site, &longer, &old);
        let visit = of(&told, "visit");
        assert_eq!(visit["rows"]["more-due"], 30, "{told}");
        assert_eq!(visit["rows"]["more-due-since"], "2003-01-02T00:00:00Z", "{told}");
        // Rows that the new condition leaves to nobody.
        let some = old.replace("name = \"statistics\"", "name = \"statistics\"\n  when = \"id > 10\"");
        let told = compared(&site, &old, &some);
        let rows = &of(&told, "visit")["rows"];
        assert_eq!(rows["covered-no-more"], 10, "{told}");
        assert_eq!(rows["fewer-due"], 10, "{told}");
        let renamed = old.replace("name = \"visits\"", "name = \"every-visit\"");
        let told = compared(&site, &old, &renamed);
        assert_eq!(of(&told, "visit")["change"], "renamed", "{told}");
        assert_eq!(of(&told, "visit")["before"], "visits", "{told}");
        site.finish().await;
    }
);

every_database!(
    async fn what_a_removed_rule_leaves_behind(server) {
        let site = Site::new(server, "against_gone").await;
        let old = site.parts().text();
        let mut parts = site.parts();
        parts.people = String::new();
        let told = compared(&site, &old, &parts.text());
        let person = of(&told, "person");
        assert_eq!(person["change"], "removed", "{told}");
        assert_eq!(person["rows"]["fewer-due"], 12, "{told}");
        assert_eq!(person["rows"]["covered-no-more"], 20, "{told}");
        let told = compared(&site, &parts.text(), &old);
        assert_eq!(of(&told, "person")["change"], "added", "{told}");
        assert_eq!(of(&told, "person")["rows"]["newly-covered"], 20, "{told}");
        let path = site.dir().join("old.toml");
        let path = path.to_str().expect("UTF-8");
        site.go(&["plan", "--as-of", "2003-06-01", "--against", path])
            .exits(0)
            .says("(table person): new")
            .says("12 rows due now and not before; the first since 2002-01-02T00:00:00Z");
        // A rule that does not fit says so, and the others are compared.
        let broken = old.replace("\"gone_on\"", "\"gone\"");
        std::fs::write(path, &old).expect("the old schedule");
        site.write(&broken);
        site.go(&["plan", "--against", path])
            .exits(3)
            .says("cannot be compared")
            .says("visits (table visit): as it was")
            .warns("no column gone");
        std::fs::write(path, "version = 1\n").expect("a schedule with faults");
        site.go(&["plan", "--against", path]).exits(3).warns("old.toml");
        site.go(&["plan", "--against", "nowhere.toml"]).exits(3).warns("there is no such file");
        site.finish().await;
    }
);
