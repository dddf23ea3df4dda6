//! Holds reach over rules that are left out: what hangs from a held row stays, whatever is wrong between the two.

use crate::support::{Server, every_database};

use super::site::Site;

/// A rule that deletes what is older than a year.
fn rule(site: &Site, name: &str, table: &str, start: &str, rest: &str) -> String {
    format!(
        "[[rules]]\nname = \"{name}\"\ntable = \"{table}\"\nthen = \"delete\"\n{rest}\n  [[rules.purposes]]\n  name = \
         \"p\"\n  start = {}\n  keep = \"1 year\"\n",
        site.start(start)
    )
}

fn children(all: &[(&str, &str)]) -> String {
    let lines = all.iter();
    let lines = lines.map(|(table, decision)| format!("  {table} = \"{decision}\"\n"));
    format!("  [rules.children]\n{}", lines.collect::<String>())
}

fn schedule(site: &Site, rules: &[String]) -> String {
    format!(
        "version = 1\n[state]\ndirectory = \"state\"\n[limits]\nshare-per-run = \"100 %\"\n{}\n{}",
        site.parts().database,
        rules.concat()
    )
}

const HELD: &str = "holds = [{ when = \"on_hold = 1\", because = \"litigation\" }]";

/// Customers with purchases with lines, all of them old; the first customer is held, where the schedule looks.
async fn shop(server: Server, holds: &str) -> Site {
    let mut site = Site::new(server, "left_out").await;
    let day = if server == Server::Sqlite {
        "TEXT"
    } else {
        "DATE"
    };
    let made = format!(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, left_on {day}, on_hold INTEGER);
         CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer_id INTEGER, bought_on {day},
             FOREIGN KEY (customer_id) REFERENCES customer (id));
         CREATE TABLE line (id INTEGER PRIMARY KEY, purchase_id INTEGER, made_on {day},
             FOREIGN KEY (purchase_id) REFERENCES purchase (id));
         INSERT INTO customer VALUES (1, '2001-01-01', 1), (2, '2001-01-01', 0);
         INSERT INTO purchase VALUES (1, 1, '2001-01-01'), (2, 2, '2001-01-01');
         INSERT INTO line VALUES (1, 1, '2001-01-01'), (2, 2, '2001-01-01'), (3, NULL, '2001-01-01');"
    );
    site.scratch.exec(&made).await;
    let rules = [
        rule(&site, "customers", "customer", "left_on", holds)
            + &children(&[("purchase", "own-rule")]),
        rule(&site, "purchases", "purchase", "bought_on", "") + &children(&[("line", "own-rule")]),
        rule(&site, "lines", "line", "made_on", ""),
    ];
    site.write(&schedule(&site, &rules));
    site.go(&["migrate"]).exits(0);
    site.go(&["approve", "--all"]).exits(0);
    site
}

every_database!(
    async fn a_rule_in_the_middle_that_has_no_holds(server) {
        let mut site = shop(server, HELD).await;
        site.scratch.exec("ALTER TABLE purchase RENAME COLUMN bought_on TO sold_on").await;
        site.go(&["run"]).says("lines: left out");
        site.go(&["check", "--connect"])
            .warns("the holds of the rule customers cover these rows too, over those of the rule purchases");
        assert_eq!(site.count("line").await, 3);
        site.scratch.exec("ALTER TABLE purchase RENAME COLUMN sold_on TO bought_on").await;
        site.go(&["run"]).exits(0);
        assert_eq!(site.count("line").await, 1);
        assert_eq!(site.count("purchase").await, 1);
        site.finish().await;
    }
);

every_database!(
    async fn where_nothing_is_held_the_others_go_on(server) {
        let mut site = shop(server, "").await;
        site.scratch.exec("ALTER TABLE purchase RENAME COLUMN bought_on TO sold_on").await;
        site.go(&["run"]);
        assert_eq!(site.count("line").await, 0);
        site.finish().await;
    }
);

every_database!(
    async fn a_placed_hold_over_a_rule_that_is_left_out(server) {
        let mut site = shop(server, "").await;
        let place = [
            "--output", "json", "hold", "place", "customers", "--key", "-", "--because", "litigation", "--reference", "1",
            "--owner", "legal", "--review", "2030-01-31",
        ];
        site.fed(&place, "1\n").exits(0);
        site.scratch.exec("ALTER TABLE purchase RENAME COLUMN bought_on TO sold_on").await;
        site.go(&["run"]);
        assert_eq!(site.count("line").await, 3);
        site.finish().await;
    }
);

every_database!(
    async fn rules_that_wait_for_each_other(server) {
        let mut site = Site::new(server, "left_out").await;
        let day = if server == Server::Sqlite { "TEXT" } else { "DATE" };
        let made = format!(
            "CREATE TABLE shop (id INTEGER PRIMARY KEY, closed_on {day}, manager INTEGER, on_hold INTEGER);
             CREATE TABLE staff (id INTEGER PRIMARY KEY, shop_id INTEGER, left_on {day},
                 FOREIGN KEY (shop_id) REFERENCES shop (id));
             CREATE TABLE call (id INTEGER PRIMARY KEY, shop_id INTEGER, made_on {day},
                 FOREIGN KEY (shop_id) REFERENCES shop (id));
             INSERT INTO shop VALUES (1, '2001-01-01', 1, 1);
             INSERT INTO staff VALUES (1, 1, '2001-01-01');
             INSERT INTO call VALUES (1, 1, '2001-01-01');"
        )
        .replace(" call ", " phone_call ");
        site.scratch.exec(&made).await;
        let relation = "[[databases.hr.relations]]\nchild = \"shop\"\ncolumns = [\"manager\"]\nparent = \"staff\"\n\
                        parent-columns = [\"id\"]\n";
        let shops = rule(&site, "shops", "shop", "closed_on", HELD);
        let rules = [
            relation.to_owned(),
            shops + &children(&[("staff", "own-rule"), ("phone_call", "own-rule")]),
            rule(&site, "staff", "staff", "left_on", "") + &children(&[("shop", "own-rule")]),
            rule(&site, "calls", "phone_call", "made_on", ""),
        ];
        site.write(&schedule(&site, &rules));
        site.go(&["migrate"]).exits(0);
        site.go(&["approve", "--rule", "calls"]);
        site.go(&["run"]).says("calls: left out");
        site.go(&["check", "--connect"]).warns("the holds of the rule shops cover these rows too");
        assert_eq!(site.count("phone_call").await, 1);
        site.finish().await;
    }
);

every_database!(
    async fn a_table_without_a_rule_between(server) {
        let mut site = Site::new(server, "left_out").await;
        let day = if server == Server::Sqlite { "TEXT" } else { "DATE" };
        let made = format!(
            "CREATE TABLE customer (id INTEGER PRIMARY KEY, left_on {day}, on_hold INTEGER);
             CREATE TABLE folder (id INTEGER PRIMARY KEY, customer_id INTEGER,
                 FOREIGN KEY (customer_id) REFERENCES customer (id));
             CREATE TABLE paper (id INTEGER PRIMARY KEY, folder_id INTEGER, made_on {day},
                 FOREIGN KEY (folder_id) REFERENCES folder (id));
             INSERT INTO customer VALUES (1, '2001-01-01', 1);
             INSERT INTO folder VALUES (1, 1);
             INSERT INTO paper VALUES (1, 1, '2001-01-01');"
        );
        site.scratch.exec(&made).await;
        let customers = rule(&site, "customers", "customer", "left_on", HELD);
        let rules = [
            customers + &children(&[("folder", "with-parent"), ("paper", "own-rule")]),
            rule(&site, "papers", "paper", "made_on", ""),
        ];
        site.write(&schedule(&site, &rules));
        site.go(&["migrate"]).exits(0);
        site.go(&["approve", "--all"]).exits(0);
        site.scratch.exec("ALTER TABLE customer RENAME COLUMN left_on TO gone_on").await;
        site.go(&["run"]).says("papers: left out");
        site.go(&["check", "--connect"]).warns("the holds of the rule customers cover these rows too");
        assert_eq!(site.count("paper").await, 1);
        site.finish().await;
    }
);
