//! A hold goes with its database, whatever the schedule calls it.

use crate::support::{Server, every_database};

use super::site::Site;

fn placed(site: &Site) -> String {
    let place = [
        "--output",
        "json",
        "hold",
        "place",
        "visits",
        "--key",
        "-",
        "--because",
        "litigation",
        "--reference",
        "1",
        "--owner",
        "legal",
        "--review",
        "2030-01-31",
    ];
    let told = site.fed(&place, "2\n3\n").exits(0).json();
    told["hold"].as_str().expect("a name").to_owned()
}

every_database!(
    async fn a_database_that_has_got_another_name(server) {
        let mut site = Site::approved(server, "hold_renamed").await;
        // A run has met the database.
        site.go(&["run", "--rule", "people"]).exits(0);
        let hold = placed(&site);
        site.write(&site.parts().text().replace("[databases.hr]", "[databases.people]"));
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit WHERE id IN (2, 3)").await, 2);
        assert_eq!(site.count("visit WHERE id <= 30").await, 2);
        assert_eq!(site.json(&["hold", "list"])[0]["database"], "people");
        site.go(&["run"]).exits(0);
        // One call lifts it, in the log and in the database.
        site.go(&["hold", "lift", &hold]).exits(0).says("people");
        let names = match server {
            Server::Postgres => "retentiond.hold",
            _ => "retentiond_hold",
        };
        assert_eq!(site.count(names).await, 0);
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("visit WHERE id <= 30").await, 0);
        site.finish().await;
    }
);

every_database!(
    async fn a_database_that_was_moved_without_our_tables(server) {
        let mut site = Site::approved(server, "hold_lost").await;
        site.go(&["run", "--rule", "people"]).exits(0);
        let hold = placed(&site);
        let ours = match server {
            Server::Postgres => ["retentiond.head", "retentiond.ledger", "retentiond.hold"],
            _ => ["retentiond_head", "retentiond_ledger", "retentiond_hold"],
        };
        for table in ours {
            site.scratch.exec(&format!("DELETE FROM {table}")).await;
        }
        // Under another name nobody can tell whether it is the one on which the hold stands.
        site.write(&site.parts().text().replace("[databases.hr]", "[databases.people]"));
        site.go(&["run", "--unsafe-without-approval"]).exits(1).warns(&hold).warns("which the schedule does not have any more");
        assert_eq!(site.count("visit WHERE id <= 30").await, 30);
        // Under its own it is.
        site.write(&site.parts().text());
        site.go(&["run", "--unsafe-without-approval"]).exits(0);
        assert_eq!(site.count("visit WHERE id <= 30").await, 2);
        site.go(&["run", "--unsafe-without-approval"]).exits(0);
        assert_eq!(site.count("visit WHERE id <= 30").await, 2);
        site.finish().await;
    }
);
