//! Erasing one person on request: what goes, what stays and why, how it is confirmed, until when it has to be answered,
//! and that a restored backup does not bring it back.

use serde_json::Value;

use crate::support::{Server, every_database};

use super::evidence::{key, verify};
use super::site::{CANARY, Site};

pub(super) const NOW: [&str; 2] = ["--now", "2026-11-22"];

async fn fill(site: &mut Site) {
    let date = match site.scratch.server() {
        Server::Sqlite => "TEXT",
        _ => "DATE",
    };
    let tables = format!(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(60), joined_on {date});
         CREATE TABLE rental (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, returned_on {date},
             FOREIGN KEY (customer_id) REFERENCES customer (id));
         CREATE TABLE extra (id INTEGER PRIMARY KEY, rental_id INTEGER NOT NULL, body VARCHAR(60),
             FOREIGN KEY (rental_id) REFERENCES rental (id));
         CREATE TABLE invoice (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, made_on {date},
             FOREIGN KEY (customer_id) REFERENCES customer (id));
         CREATE TABLE message (id INTEGER PRIMARY KEY, sender INTEGER NOT NULL, recipient INTEGER NOT NULL, sent_on {date},
             FOREIGN KEY (sender) REFERENCES customer (id), FOREIGN KEY (recipient) REFERENCES customer (id));
         INSERT INTO customer VALUES (1, '{CANARY}', '2020-01-01'), (2, '{CANARY}', '2020-01-01'),
             (3, '{CANARY}', '2020-01-01');
         INSERT INTO rental VALUES (1, 1, '2026-01-01'), (2, 1, NULL), (3, 2, '2026-01-01'), (4, 3, '2026-01-01');
         INSERT INTO extra VALUES (1, 1, '{CANARY}'), (2, 1, '{CANARY}'), (3, 3, '{CANARY}'), (4, 4, '{CANARY}');
         INSERT INTO invoice VALUES (1, 1, '2001-05-01'), (2, 1, '2024-05-01'), (3, 2, '2001-05-01');
         INSERT INTO message VALUES (1, 1, 1, '2026-01-01'), (2, 1, 2, '2026-01-01');"
    );
    site.scratch.exec(&tables).await;
}

pub(super) fn schedule(site: &Site) -> String {
    let rule = |name: &str, table: &str, start: &str, keep: &str, rest: &str| {
        format!(
            "[[rules]]\nname = \"{name}\"\ntable = \"{table}\"\nthen = \"delete\"\n{rest}\n  [[rules.purposes]]\n  \
             name = \"p-{name}\"\n  ground = \"law\"\n  start = {}\n  keep = \"{keep}\"\n",
            site.start(start)
        )
    };
    let customers = "if-a-child-stays = { set = { name = \"ANON\" } }\n\
                     erasure = { with = [\"rentals\", \"invoices\", \"messages\"] }";
    format!(
        "version = 1\n[state]\ndirectory = \"state\"\n[limits]\nshare-per-run = \"100 %\"\n{}\n{}  [rules.children]\n  rental = \"own-rule\"\n  \
         invoice = \"own-rule\"\n  \"message.sender\" = \"own-rule\"\n  \"message.recipient\" = \"own-rule\"\n{}  \
         [rules.children]\n  extra = \"with-parent\"\n{}  at-least = true\n{}",
        site.parts().database,
        rule("customers", "customer", "joined_on", "20 years", customers),
        rule("rentals", "rental", "returned_on", "20 years", ""),
        rule("invoices", "invoice", "made_on", "7 years", ""),
        rule("messages", "message", "sent_on", "20 years", ""),
    )
}

pub(super) async fn place(server: Server, hint: &str) -> Site {
    let mut site = Site::new(server, hint).await;
    fill(&mut site).await;
    site.write(&schedule(&site));
    site.go(&["migrate"]).exits(0);
    site.go(&["check", "--connect"]).exits(0);
    site
}

pub(super) fn asked(site: &Site, who: &str, more: &[&str]) -> super::site::Ran {
    let base = [
        "--output",
        "json",
        "erase",
        "--rule",
        "customers",
        "--key",
        "-",
    ];
    let all: Vec<&str> = base.iter().chain(&NOW).chain(more).copied().collect();
    site.fed(&all, &format!("{who}\n"))
}

pub(super) fn of(list: &Value, table: &str) -> Value {
    let mut all = list.as_array().expect("a list").iter();
    let of_table = |one: &&Value| one["table"].as_str().expect("a table").ends_with(table);
    all.find(of_table).cloned().unwrap_or(Value::Null)
}

every_database!(
    async fn a_person_is_erased_and_told_what_stays(server) {
        let mut site = place(server, "erase").await;
        let told = asked(&site, "1", &["--dry-run"]).exits(0).json();
        assert_eq!(told["rows"], 7, "{told}");
        assert_eq!(of(&told["erased"], "rental")["rows"], 2, "{told}");
        assert_eq!(of(&told["erased"], "extra")["rows"], 2, "{told}");
        assert_eq!(of(&told["erased"], "invoice")["rows"], 1, "{told}");
        assert_eq!(of(&told["erased"], "message")["rows"], 1, "{told}");
        assert_eq!(of(&told["erased"], "customer")["effect"], "anonymised", "{told}");
        let minimum = of(&told["stays"], "invoice");
        assert_eq!(minimum["because"], "minimum", "{told}");
        assert_eq!(minimum["duties"][0]["until"], "2031-05-02", "{told}");
        assert_eq!(minimum["duties"][0]["ground"], "law", "{told}");
        assert_eq!(of(&told["stays"], "message")["because"], "others", "{told}");
        assert_eq!(of(&told["stays"], "customer")["because"], "needed", "{told}");
        assert_eq!(site.count("rental").await, 4);
        asked(&site, "1", &["--confirm", "6"]).exits(6).warns("7 rows would be touched");
        assert_eq!(site.count("rental").await, 4);
        let done = asked(&site, "1", &["--confirm", "7"]).exits(0).json();
        for table in ["rental", "extra", "invoice", "message", "customer"] {
            assert_eq!(of(&done["erased"], table), of(&told["erased"], table), "{done}");
        }
        for table in ["invoice", "message", "customer"] {
            assert_eq!(of(&done["stays"], table), of(&told["stays"], table), "{done}");
        }
        // Nobody else's rows were touched.
        assert_eq!(site.count("rental WHERE customer_id <> 1").await, 2);
        assert_eq!(site.count("rental").await, 2);
        assert_eq!(site.count("extra").await, 2);
        assert_eq!(site.count("invoice WHERE id IN (2, 3)").await, 2);
        assert_eq!(site.count("invoice").await, 2);
        assert_eq!(site.count("message WHERE id = 2").await, 1);
        assert_eq!(site.count("message").await, 1);
        assert_eq!(site.count("customer WHERE name = 'ANON'").await, 1);
        // A person of whom nothing has to stay.
        let gone = asked(&site, "3", &["--confirm", "3"]).exits(0).json();
        assert_eq!(gone["stays"].as_array().map(Vec::len), Some(0), "{gone}");
        assert_eq!(site.count("customer").await, 2);
        asked(&site, "3", &["--dry-run"]).exits(2).warns("the key is that of no row");
        let listed = site.json(&["erase", "list", "--all"]);
        assert_eq!(listed[0]["state"], "waits", "{listed}");
        assert_eq!(listed[1]["state"], "done", "{listed}");
        let of_done = site.state().join("erasures").join(format!("{}.json", listed[1]["erasure"].as_str().expect("a name")));
        assert!(std::fs::read_to_string(of_done).expect("it is there").contains("\"key\": null"));
        verify(&site, &key(&site)).exits(0);
        site.go(&["audit", "show"]).exits(0).says("to be erased, received on").says("carried out: 7 rows; 3 rows stay for now");
        // The minimum ends: the row that waited goes, and then nothing of it stays but what is somebody else's too.
        site.go(&["run", "--now", "2032-01-01"]).warns("rows were erased for the request");
        assert_eq!(site.count("invoice").await, 1);
        site.finish().await;
    }
);

every_database!(
    async fn a_request_is_taken_in_put_off_and_carried_out(server) {
        let mut site = place(server, "erase_taken_in").await;
        let today = chrono::Utc::now().date_naive();
        let ago = |days| (today - chrono::TimeDelta::days(days)).to_string();
        let told = asked(&site, "3", &["--received", &ago(40)]).exits(0).json();
        let late = told["erasure"].as_str().expect("a name");
        let listed = site.json(&["erase", "list"]);
        assert!(listed[0]["days-left"].as_i64().expect("days") < 0, "{listed}");
        site.go(&["erase", "list"]).exits(0).says("LATE");
        // Nobody was told within the first month; an extension does not make that good.
        site.go(&["erase", "extend", late]).exits(2).warns("the first month is over");
        site.go(&["erase", "close", late]).exits(0);
        let told = asked(&site, "3", &["--received", &ago(20)]).exits(0).json();
        let name = told["erasure"].as_str().expect("a name").to_owned();
        site.go(&["erase", "extend", &name]).exits(0).says("days left").says("put off");
        site.go(&["erase", "extend", &name]).exits(2);
        let hold = site.fed(
            &["--output", "json", "hold", "place", "rentals", "--key", "-", "--because", "b", "--reference", "r",
              "--owner", "o", "--review", "2030-01-01"], "4\n").exits(0).json();
        let hold = hold["hold"].as_str().expect("a name");
        site.go(&["erase", "carry-out", &name, "--confirm", "3"]).exits(6).warns("1 rows would be touched");
        let done = site.json(&["erase", "carry-out", &name, "--confirm", "1"]);
        assert_eq!(of(&done["stays"], "rental")["because"], "hold", "{done}");
        assert_eq!(of(&done["stays"], "rental")["holds"][0], hold, "{done}");
        assert_eq!(site.count("rental WHERE id = 4").await, 1);
        assert_eq!(site.count("extra WHERE id = 4").await, 1);
        assert_eq!(site.count("customer WHERE id = 3 AND name = 'ANON'").await, 1);
        // The hold is lifted: the next run goes on with the request.
        site.go(&["hold", "lift", hold]).exits(0);
        site.go(&["run"]).warns("rows were erased for the request");
        assert_eq!(site.count("rental WHERE id = 4").await, 0);
        assert_eq!(site.count("customer WHERE id = 3").await, 0);
        site.go(&["erase", "list"]).exits(0).says("no request is open");
        site.go(&["erase", "carry-out", &name, "--confirm", "1"]).exits(2).warns("is done or closed");
        // What is known of the person is needed if a backup brings them back.
        site.go(&["erase", "close", &name]).exits(2).warns("the request is done");
        let told = asked(&site, "2", &[]).exits(0).json();
        let other = told["erasure"].as_str().expect("a name");
        site.go(&["erase", "close", other]).exits(0).says("closed");
        assert!(!site.state().join("erasures").join(format!("{other}.json")).exists());
        verify(&site, &key(&site)).exits(0);
        site.finish().await;
    }
);

every_database!(
    async fn what_a_restored_backup_brings_back_is_erased_again(server) {
        let mut site = place(server, "erase_restored").await;
        // A first batch, so that the backup is of a database that is known.
        asked(&site, "1", &["--confirm", "7"]).exits(0);
        let (head, ledger) = match server {
            Server::Postgres => ("retentiond.head", "retentiond.ledger"),
            _ => ("retentiond_head", "retentiond_ledger"),
        };
        let seq = site.scratch.value(&format!("SELECT seq FROM {head}")).await.expect("a number");
        let chain = site.scratch.value(&format!("SELECT chain FROM {head}")).await.expect("a chain");
        asked(&site, "3", &["--confirm", "3"]).exits(0);
        asked(&site, "2", &["--confirm", "4"]).exits(0);
        // The backup is put back: 3 as it was; and in the place of 2 somebody else has got the number.
        let back = format!(
            "UPDATE {head} SET seq = {seq}, chain = '{chain}'; DELETE FROM {ledger} WHERE seq > {seq};
             INSERT INTO customer VALUES (3, '{CANARY}', '2020-01-01');
             INSERT INTO rental VALUES (4, 3, '2026-01-01'); INSERT INTO extra VALUES (4, 4, '{CANARY}');
             DELETE FROM message; DELETE FROM customer WHERE id = 2;
             INSERT INTO customer VALUES (2, 'somebody else', '2026-11-01');"
        );
        site.scratch.exec(&back).await;
        site.go(&["approve", "--all"]);
        let ran = site.go(&["run"]);
        ran.warns("rows were erased for the request").warns("it may be somebody else's");
        assert_eq!(site.count("customer WHERE id = 3").await, 0);
        assert_eq!(site.count("rental WHERE id = 4").await, 0);
        assert_eq!(site.count("customer WHERE name = 'somebody else'").await, 1);
        verify(&site, &key(&site)).exits(0);
        site.finish().await;
    }
);

#[tokio::test]
async fn who_cannot_be_erased() {
    let site = Site::migrated(Server::Sqlite, "erase_words").await;
    let asked = |input: &str, more: &[&str]| {
        let base = ["erase", "--rule", "people", "--key", "-"];
        site.fed(&[&base[..], more].concat(), input).exits(2)
    };
    asked("1\n", &["--dry-run"])
        .warns("does not say that rows of the rule people stand for people");
    asked("1\n2\n", &["--dry-run"]).warns("one key is needed");
    asked("1\n", &["--received", "2999-01-01"]).warns("a day to come");
    site.fed(&["erase", "--rule", "people", "--key", "1"], "")
        .exits(2)
        .warns("write --key -");
    site.fed(&["erase"], "").exits(2).warns("--rule");
    site.go(&["erase", "list"])
        .exits(0)
        .says("no request is open");
    site.finish().await;
}
