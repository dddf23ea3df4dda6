//! What is erased is what somebody has looked at and confirmed: the same row, under the same schedule.

use crate::support::{Server, every_database};

use super::erase::{asked, of, place, schedule};
use super::site::CANARY;

every_database!(
    async fn a_row_that_changed_since_the_request_was_taken_in(server) {
        let mut site = place(server, "erase_changed").await;
        let told = asked(&site, "3", &[]).exits(0).json();
        let name = told["erasure"].as_str().expect("a name").to_owned();
        let changed = "UPDATE customer SET joined_on = '2021-01-01' WHERE id = 3";
        site.scratch.exec(changed).await;
        let carry_out = ["erase", "carry-out", name.as_str(), "--confirm", "3"];
        site.go(&carry_out).exits(6).warns("has other values than when the request was taken in");
        assert_eq!(site.count("customer WHERE id = 3").await, 1);
        let though = [&carry_out[..], &["--still-theirs"]].concat();
        site.go(&though).exits(0);
        assert_eq!(site.count("customer WHERE id = 3").await, 0);
        site.finish().await;
    }
);

every_database!(
    async fn a_request_whose_row_the_schedule_took(server) {
        let mut site = place(server, "erase_gone").await;
        asked(&site, "3", &[]).exits(0);
        site.scratch
            .exec("DELETE FROM extra WHERE id = 4; DELETE FROM rental WHERE id = 4; DELETE FROM customer WHERE id = 3")
            .await;
        site.go(&["run", "--now", "2026-11-22"]).exits(6);
        site.go(&["erase", "list"]).exits(0).says("no request is open");
        // Who gets the number is somebody else.
        site.scratch.exec(&format!("INSERT INTO customer VALUES (3, '{CANARY}', '2026-11-01')")).await;
        site.go(&["run", "--now", "2026-11-22"]).exits(6);
        assert_eq!(site.count("customer WHERE id = 3").await, 1);
        site.finish().await;
    }
);

every_database!(
    async fn a_schedule_that_would_take_more_than_was_confirmed(server) {
        let mut site = place(server, "erase_stricter").await;
        let told = asked(&site, "1", &["--confirm", "7"]).exits(0).json();
        let name = told["erasure"].as_str().expect("a name").to_owned();
        let minimum = "keep = \"7 years\"\n  at-least = true";
        let text = schedule(&site);
        assert!(text.contains(minimum), "{text}");
        site.write(&text.replace(minimum, "keep = \"7 years\""));
        site.go(&["run", "--now", "2026-11-22"]).warns("the schedule says something else of the rule invoices");
        assert_eq!(site.count("invoice").await, 2);
        // A longer minimum takes nothing more.
        site.write(&text.replace(minimum, "keep = \"9 years\"\n  at-least = true"));
        site.go(&["run", "--now", "2032-01-01"]);
        assert_eq!(site.count("invoice").await, 2);
        site.go(&["run", "--now", "2034-01-01"]).warns("rows were erased for the request");
        assert_eq!(site.count("invoice").await, 1);
        site.go(&["erase", "carry-out", &name, "--confirm", "1"]);
        site.finish().await;
    }
);

every_database!(
    async fn without_a_place_for_the_evidence_nothing_goes(server) {
        let mut site = place(server, "erase_unpublished").await;
        let published = "[state]\ndirectory = \"state\"\npublish = [{ directory = \"nowhere\" }]\nrequire-published = \"2 hours\"";
        site.write(&schedule(&site).replace("[state]\ndirectory = \"state\"", published));
        asked(&site, "3", &["--confirm", "3"]).exits(6).warns("`require-published` permits");
        assert_eq!(site.count("customer WHERE id = 3").await, 1);
        site.finish().await;
    }
);

every_database!(
    async fn rows_to_which_no_way_leads(server) {
        let mut site = place(server, "erase_apart").await;
        site.scratch.exec("CREATE TABLE apart (id INTEGER PRIMARY KEY, made_on DATE)").await;
        let rule = format!(
            "[[rules]]\nname = \"apart\"\ntable = \"apart\"\nthen = \"delete\"\n  [[rules.purposes]]\n  name = \"p\"\n  \
             start = {}\n  keep = \"50 years\"\n",
            site.start("made_on")
        );
        let named = schedule(&site).replace("\"messages\"] }", "\"messages\", \"apart\"] }");
        site.write(&(named + &rule));
        site.go(&["check", "--connect"]).exits(3).warns("rows of the rule apart do not hang from those of the rule customers");
        asked(&site, "3", &["--dry-run"]).exits(2).warns("rows of the rule apart do not hang");
        site.finish().await;
    }
);

every_database!(
    async fn a_declared_key_that_is_that_of_two_rows(server) {
        let mut site = place(server, "erase_twice").await;
        let day = if server == Server::Sqlite { "TEXT" } else { "DATE" };
        let made = format!(
            "CREATE TABLE member (number INTEGER, joined_on {day});
             INSERT INTO member VALUES (1, '2026-01-01'), (1, '2026-01-02'), (2, '2026-01-01');"
        );
        site.scratch.exec(&made).await;
        let rule = format!(
            "[[rules]]\nname = \"members\"\ntable = \"member\"\nkey = [\"number\"]\nthen = \"delete\"\nerasure = {{ with = [] \
             }}\n  [[rules.purposes]]\n  name = \"p\"\n  start = {}\n  keep = \"50 years\"\n",
            site.start("joined_on")
        );
        site.write(&(schedule(&site) + &rule));
        let erase = ["erase", "--rule", "members", "--key", "-", "--confirm", "2"];
        site.fed(&erase, "1\n").exits(2).warns("nobody can tell which of them is meant");
        site.fed(&erase, "2\n").exits(2).warns("is not unique");
        assert_eq!(site.count("member").await, 3);
        site.finish().await;
    }
);

every_database!(
    async fn rows_that_would_be_cut_off_are_found_and_wait_for(server) {
        let mut site = place(server, "erase_detach").await;
        let day = if server == Server::Sqlite { "TEXT" } else { "DATE" };
        let made = format!(
            "CREATE TABLE member (id INTEGER PRIMARY KEY, name VARCHAR(20), joined_on {day});
             CREATE TABLE parcel (id INTEGER PRIMARY KEY, member_id INTEGER, sent_on {day},
                 FOREIGN KEY (member_id) REFERENCES member (id));
             CREATE TABLE item (id INTEGER PRIMARY KEY, parcel_id INTEGER, made_on {day},
                 FOREIGN KEY (parcel_id) REFERENCES parcel (id));
             INSERT INTO member VALUES (1, 'x', '2026-01-01'), (2, 'x', '2026-01-01');
             INSERT INTO parcel VALUES (1, 1, '2026-01-01'), (2, 1, '2026-01-01'), (3, 2, '2026-01-01');
             INSERT INTO item VALUES (1, 1, '2024-01-01'), (2, 2, '2001-01-01'), (3, 3, '2001-01-01');"
        );
        site.scratch.exec(&made).await;
        let rule = |name: &str, table: &str, start: &str, rest: &str, end: &str| {
            format!(
                "[[rules]]\nname = \"{name}\"\ntable = \"{table}\"\nthen = \"delete\"\n{rest}\n  [[rules.purposes]]\n  name = \
                 \"p\"\n  start = {}\n  keep = \"7 years\"\n{end}",
                site.start(start)
            )
        };
        let detach = |child: &str| format!("  [rules.children]\n  {child} = \"detach\"\n");
        let members = "if-a-child-stays = { set = { name = \"ANON\" } }\nerasure = { with = [\"parcels\", \"items\"] }";
        let rules = [
            rule("members", "member", "joined_on", members, &detach("parcel")),
            rule("parcels", "parcel", "sent_on", "", &detach("item")),
            rule("items", "item", "made_on", "", "  at-least = true\n"),
        ];
        site.write(&(schedule(&site) + &rules.concat()));
        let erase = |more: &[&str]| {
            let base = ["--output", "json", "erase", "--rule", "members", "--key", "-", "--now", "2026-11-22"];
            site.fed(&[&base[..], more].concat(), "1\n")
        };
        // Item 1 stays by its minimum, so parcel 1 does, so the member does, without a name.
        let told = erase(&["--dry-run"]).exits(0).json();
        assert_eq!(of(&told["stays"], "item")["because"], "minimum", "{told}");
        assert_eq!(of(&told["stays"], "parcel")["because"], "needed", "{told}");
        assert_eq!(of(&told["erased"], "member")["effect"], "anonymised", "{told}");
        let rows = told["rows"].to_string();
        let done = erase(&["--confirm", &rows]).exits(0).json();
        for part in ["erased", "stays"] {
            for table in ["item", "parcel", "member"] {
                assert_eq!(of(&done[part], table), of(&told[part], table), "{done}");
            }
        }
        assert_eq!(site.count("item WHERE id = 1 AND parcel_id = 1").await, 1);
        assert_eq!(site.count("item").await, 2);
        assert_eq!(site.count("parcel WHERE id = 1 AND member_id = 1").await, 1);
        assert_eq!(site.count("parcel").await, 2);
        assert_eq!(site.count("member WHERE name = 'ANON'").await, 1);
        // When the minimum has ended all of it goes.
        site.go(&["run", "--now", "2032-01-01"]).warns("rows were erased for the request");
        assert_eq!(site.count("member WHERE id = 1").await, 0);
        assert_eq!(site.count("item WHERE id = 1").await, 0);
        site.finish().await;
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_are_those_of_the_people() {
    let site = place(Server::Postgres, "erase_days").await;
    site.write(&schedule(&site).replace("time-zone = \"UTC\"", "time-zone = \"Europe/Amsterdam\""));
    let told = asked(&site, "1", &["--dry-run"]).exits(0).json();
    let minimum = of(&told["stays"], "invoice");
    assert_eq!(minimum["duties"][0]["until"], "2031-05-02", "{told}");
    site.finish().await;
}
