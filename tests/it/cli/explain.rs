//! One record explained, on each database.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Server, every_database};

use super::site::{CANARY, Ran, Site, clean, program, ran};

const AS_OF: &str = "2026-03-20";

/// Applications to vacancies, with notes that go along, invoices that have a rule of their own, and a hold.
async fn site(server: Server, hint: &str) -> Site {
    let mut site = Site::new(server, hint).await;
    let (date, bytes) = match server {
        Server::Postgres => ("DATE", "BYTEA"),
        Server::Mariadb => ("DATE", "VARBINARY(4)"),
        Server::Sqlite => ("TEXT", "BLOB"),
    };
    let schema = format!(
        "CREATE TABLE vacancy (id INTEGER PRIMARY KEY, filled_on {date});
         CREATE TABLE application (id INTEGER PRIMARY KEY, vacancy_id INTEGER, name VARCHAR(60),
             status VARCHAR(20), consent {date}, legal INTEGER,
             CONSTRAINT app_vacancy FOREIGN KEY (vacancy_id) REFERENCES vacancy (id));
         CREATE INDEX app_consent ON application (consent);
         CREATE INDEX app_vacancy ON application (vacancy_id);
         CREATE TABLE remark (id INTEGER PRIMARY KEY, application_id INTEGER, body VARCHAR(60),
             CONSTRAINT remark_app FOREIGN KEY (application_id) REFERENCES application (id));
         CREATE INDEX remark_of ON remark (application_id);
         CREATE TABLE invoice (tenant INTEGER NOT NULL, code {bytes} NOT NULL, application_id INTEGER, paid_on {date},
             PRIMARY KEY (tenant, code),
             CONSTRAINT invoice_app FOREIGN KEY (application_id) REFERENCES application (id));
         CREATE INDEX invoice_paid ON invoice (paid_on);
         CREATE INDEX invoice_of ON invoice (application_id);
         CREATE TABLE login (name VARCHAR(60) NOT NULL PRIMARY KEY, seen_on {date});
         CREATE INDEX login_seen ON login (seen_on);
         CREATE TABLE export (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, months INTEGER, made_on {date});
         CREATE INDEX export_made ON export (owner, made_on);
         CREATE TABLE visitor (id INTEGER PRIMARY KEY);
         CREATE TABLE stay (id INTEGER PRIMARY KEY, visitor_id INTEGER, room_id INTEGER,
             CONSTRAINT stay_visitor FOREIGN KEY (visitor_id) REFERENCES visitor (id));
         CREATE TABLE room (id INTEGER PRIMARY KEY, left_on {date});"
    );
    site.scratch.exec(&schema).await;
    let code = |hex: &str| match server {
        Server::Postgres => format!("'\\x{hex}'"),
        _ => format!("x'{hex}'"),
    };
    let rows = format!(
        "INSERT INTO vacancy VALUES (1, '2026-02-01'), (2, '2026-03-01'), (3, NULL), (4, '9999-12-31');
         INSERT INTO application VALUES
             (1, 1, '{CANARY}', 'open', NULL, 0), (2, 2, '{CANARY}', 'open', NULL, 0),
             (3, 3, '{CANARY}', 'open', NULL, 0), (4, 4, '{CANARY}', 'open', NULL, 0),
             (5, NULL, '{CANARY}', 'open', NULL, 0), (6, 1, '{CANARY}', 'hired', NULL, 0),
             (7, 1, '{CANARY}', NULL, NULL, 0), (8, 1, '{CANARY}', 'open', '2025-12-01', 0),
             (9, 1, '{CANARY}', 'open', '1015-12-01', 0), (10, 1, '{CANARY}', 'open', NULL, 1),
             (11, 1, '{CANARY}', 'open', NULL, 0);
         INSERT INTO remark VALUES (1, 1, '{CANARY}'), (2, 1, '{CANARY}'), (3, 2, '{CANARY}');
         INSERT INTO invoice VALUES (1, {}, 11, '2025-01-01'), (1, {}, NULL, '2001-01-01');
         INSERT INTO export VALUES (1, 1, 2, '2025-01-01'), (2, 1, 2, '2025-02-01'), (3, 2, 99, '2025-01-01'),
             (4, 1, 12, '2026-01-01');
         INSERT INTO visitor VALUES (1), (2), (3);
         INSERT INTO room VALUES (1, '2025-01-01'), (2, '2026-03-01');
         INSERT INTO stay VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, NULL);
         INSERT INTO login VALUES ('a b', '2026-03-19'), ('', '2001-01-01');",
        code("00ff"),
        code("0aff")
    );
    site.scratch.exec(&rows).await;
    site.write(&schedule(&site));
    site
}

fn schedule(site: &Site) -> String {
    let start = |inner: &str| match site.scratch.server() {
        Server::Sqlite => format!("{{ {inner}, format = \"%Y-%m-%d\" }}"),
        _ => format!("{{ {inner} }}"),
    };
    let mut parts = site.parts();
    parts.database = parts.database.replace("\"UTC\"", "\"Europe/Amsterdam\"");
    parts.visits = format!(
        "[[rules]]\nname = \"applications\"\ntable = \"application\"\nthen = \"delete\"\n\
         holds = [{{ when = \"legal = 1\", because = \"court\" }}]\n\
         [[rules.purposes]]\nname = \"recruitment\"\nstart = {}\nkeep = \"4 weeks\"\n\
         unless = [{{ when = \"status = 'hired'\", because = \"personnel file\" }}]\n\
         [[rules.purposes.cases]]\nname = \"with consent\"\nwhen = \"consent IS NOT NULL\"\nstart = {}\nkeep = \"1 year\"\n\
         [rules.children]\nremark = \"with-parent\"\ninvoice = \"own-rule\"\n",
        start("column = \"vacancy.filled_on\", via = \"vacancy_id\", never = 9999-12-31").replace(
            "9999-12-31",
            if site.scratch.server() == Server::Sqlite {
                "\"9999-12-31\""
            } else {
                "9999-12-31"
            }
        ),
        start("column = \"consent\""),
    );
    parts.people = format!(
        "[[rules]]\nname = \"books\"\ntable = \"invoice\"\nthen = \"delete\"\n\
         [[rules.purposes]]\nname = \"tax\"\nstart = {}\nkeep = \"7 years\"\ncounted-from = \"end-of-year\"\n\
         [[rules]]\nname = \"logins\"\ntable = \"login\"\nmode = \"observe\"\nthen = \"delete\"\n\
         [[rules.purposes]]\nname = \"security\"\nstart = {}\nkeep = \"30 days\"\n",
        start("column = \"paid_on\""),
        start("column = \"seen_on\""),
    );
    parts.database.push_str(
        "[[databases.hr.relations]]\nchild = \"stay\"\ncolumns = [\"room_id\"]\nparent = \"room\"\nparent-columns = [\"id\"]\n",
    );
    parts.people.push_str(&format!(
        "[[rules]]\nname = \"exports\"\ntable = \"export\"\nthen = \"delete\"\n\
         keep-newest = {{ per = [\"owner\"], count = 1, by = {} }}\n\
         [[rules.purposes]]\nname = \"service\"\nstart = {}\n\
         keep = {{ column = \"months\", unit = \"months\", at-least = \"1 month\", at-most = \"12 months\" }}\n\
         [[rules]]\nname = \"visitors\"\ntable = \"visitor\"\nmode = \"observe\"\nthen = \"delete\"\n\
         [[rules.purposes]]\nname = \"house rules\"\nstart = {}\nkeep = \"1 month\"\n\
         [rules.children]\nstay = \"with-parent\"\n",
        start("column = \"made_on\""),
        start("column = \"made_on\""),
        start("latest = \"room.left_on\", via = [\"stay.visitor_id\", \"room_id\"]"),
    ));
    parts.text()
}

fn explained(site: &Site, subject: &str, key: &[&str]) -> Ran {
    let mut arguments = vec!["explain", subject, "--as-of", AS_OF];
    for one in key {
        arguments.extend(["--key", one]);
    }
    site.go(&arguments).exits(0)
}

fn document(site: &Site, subject: &str, key: &str) -> Value {
    site.json(&["explain", subject, "--as-of", AS_OF, "--key", key])[0].clone()
}

every_database!(
    async fn a_record_says_why_it_is_still_here(server) {
        let site = site(server, "explain").await;
        explained(&site, "applications", &["1"])
            .says("application 1 (rule applications, database hr) as of 2026-03-20T00:00:00Z: due")
            .says("The purpose recruitment ended on 2026-03-02 00:00 Europe/Amsterdam time: 4 weeks after vacancy.filled_on, over vacancy_id (2026-02-01).")
            .says("the next run deletes it")
            .says("With it, in the same transaction: 2 rows of remark.")
            .says("no row of invoice (own-rule)");
        explained(&site, "applications", &["2"])
            .says(": kept\n")
            .says("The purpose recruitment keeps it until 2026-03-30 00:00 Europe/Amsterdam time: 4 weeks after vacancy.filled_on, over vacancy_id (2026-03-01).")
            .says("The first run after that deletes it.");
        explained(&site, "applications", &["3"])
            .says("its start event (vacancy.filled_on, over vacancy_id) has not happened");
        explained(&site, "applications", &["4"])
            .says("9999-12-31, which means \"has not happened\"");
        explained(&site, "applications", &["5"]).says("there is no row from which its start event");
        explained(&site, "applications", &["6"])
            .says(": covered by no purpose")
            .says("does not cover it; exempt where \"status = 'hired'\", which is true (personnel file)")
            .says("never touched");
        explained(&site, "applications", &["7"])
            .says("may cover it, which counts as the longer answer; exempt where \"status = 'hired'\", which is unknown (NULL)");
        explained(&site, "applications", &["8"])
            .says("case with consent: \"consent IS NOT NULL\" is true")
            .says("1 year after consent (2025-12-01)")
            .says("start event consent: 2025-12-01");
        explained(&site, "applications", &["9"])
            .says("kept, it cannot be dated")
            .says("consent is no plausible date");
        explained(&site, "applications", &["10"])
            .says(": held")
            .says("A hold keeps it as it is (court): \"legal = 1\" is true.")
            .says("Nothing while it is held; then a run deletes it.");
        explained(&site, "applications", &["11"])
            .says(": due, and waits")
            .says("Rows of invoice refer to it and must stay (own-rule).")
            .says("It waits for 1 row of invoice, which go by another rule.");
        explained(&site, "applications", &["12"]).says("no such record");
        let two = document(&site, "applications", "2");
        assert_eq!(two["verdict"], "kept", "{two}");
        assert_eq!(two["due"], "2026-03-29T22:00:00Z", "{two}");
        let start = &two["purposes"][0]["periods"][0]["start"];
        assert_eq!(start["value"], "2026-03-01", "{two}");
        assert_eq!(document(&site, "applications", "10")["holds"][0]["holds"], "true");
        site.finish().await;
    }
);

every_database!(
    async fn periods_in_columns_newest_rows_and_ways_up_and_down(server) {
        let site = site(server, "explain_more").await;
        explained(&site, "exports", &["1"])
            .says(": due\n")
            .says("2 months (as months says) after made_on (2025-01-01)");
        explained(&site, "exports", &["4"])
            .says(": kept\n")
            .says("until 2027-01-02 00:00")
            .says("12 months (as months says) after made_on (2026-01-01)");
        explained(&site, "exports", &["3"])
            .says("kept, it cannot be dated")
            .says("what stands in months is NULL, not a period that is believed");
        site.scratch.second().await.exec("DELETE FROM export WHERE id IN (1, 4)").await;
        explained(&site, "exports", &["2"])
            .says("kept, one of the newest")
            .says("It is one of the newest 1 of its group, which always stay.");
        explained(&site, "visitors", &["1"])
            .says("the last room.left_on, over stay.visitor_id and room_id (of 2 rows): 2026-03-01");
        explained(&site, "visitors", &["2"]).says("there is no row from which its start event");
        explained(&site, "visitors", &["3"]).says("(of 0 rows): no row");
        site.finish().await;
    }
);

every_database!(
    async fn keys_of_every_kind(server) {
        let site = site(server, "explain_keys").await;
        explained(&site, "books", &["1", "0x00ff"])
            .says("invoice 1 0x00ff (rule books")
            .says("7 years after end of year of paid_on (2025-01-01)")
            .says("until 2033-01-01 00:00");
        explained(&site, "invoice", &["1", "0aff"]).says(": due\n");
        explained(&site, "logins", &["a b"]).says(": kept\n").says("Nothing: the rule only observes.");
        explained(&site, "logins", &[""]).says(": due\n");
        let ask = |key: &[&str]| {
            let mut arguments = vec!["explain", "books"];
            key.iter().for_each(|one| arguments.extend(["--key", one]));
            site.go(&arguments)
        };
        ask(&["1"]).exits(2).warns("the key has 2 columns (tenant, code), and one value was given");
        if server != Server::Sqlite {
            ask(&["one", "00"]).exits(2).warns("column tenant").warns("write a whole number");
            ask(&["1", "xyz"]).exits(2).warns("hexadecimal digits");
        }
        // A child without a rule goes with its parent; a table that no rule mentions stays as it is.
        explained(&site, "remark", &["1"])
            .says("covered by no rule")
            .says("It hangs from a row of application (rule applications, with-parent), which is due.")
            .says("It goes with what it hangs from.");
        explained(&site, "vacancy", &["1"]).says("never touched");
        site.go(&["explain", "nothing", "--key", "1"]).exits(2).warns("no rule and no table is called nothing");
        site.go(&["explain", "books"]).exits(2).warns("--key");
        site.finish().await;
    }
);

every_database!(
    async fn keys_from_standard_input(server) {
        let site = site(server, "explain_stdin").await;
        let mut child = clean(&mut Command::new(program()))
            .arg("--schedule")
            .arg(site.schedule())
            .args(["--output", "json", "explain", "invoice", "--as-of", AS_OF, "--key", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(b"1\t00ff\n\n1\t0aff\r\n9\t00\n").expect("it reads");
        drop(input);
        let told = ran(&child.wait_with_output().expect("it ends")).exits(0).json();
        let verdicts: Vec<&str> = told
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|one| one["verdict"].as_str())
            .collect();
        assert_eq!(verdicts, ["kept", "due", "no-such-record"]);
        site.finish().await;
    }
);

every_database!(
    async fn a_rule_that_does_not_fit_explains_nothing(server) {
        let site = Site::new(server, "explain_broken").await;
        let text = site.parts().text();
        site.write(&text.replace("column = \"left_on\"", "column = \"left\""));
        site.go(&["explain", "visits", "--key", "1"])
            .exits(3)
            .warns("no column left")
            .warns("the rule visits does not fit the database hr");
        site.write(&text);
        site.go(&["explain", "people", "--key", "1"])
            .exits(0)
            .says("person 1 (rule people")
            .says("makes it anonymous (name, phone)");
        // Whether the rule may act is told of the rule, where the record would go.
        site.go(&["migrate"]).exits(0);
        let explained = || site.go(&["explain", "visits", "--key", "1"]).exits(0);
        explained().says("If the rule may act, the next run deletes it").says(
            "Not yet: the rule visits needs an approval: it never ran before.",
        );
        site.go(&["approve", "--all"]).exits(0);
        explained().says("The rule visits may act.");
        let mut few = site.parts();
        few.limits = "share-per-run = \"100 %\"\nrows-per-run = 1".to_owned();
        site.write(&few.text());
        explained().says("Not yet: the rule visits is stopped by a limit: ").says("rows-per-run is 1");
        let told = site.go(&["--output", "json", "explain", "visits", "--key", "1"]).exits(0).json();
        assert!(told[0]["next"].to_string().contains("rows-per-run is 1"), "{told}");
        site.write(&text.replace("2 years", "1 year"));
        explained().says("needs an approval: its meaning changed since it was approved");
        site.write(&text);
        site.go(&["run"]).exits(0);
        site.go(&["explain", "people", "--key", "1"]).exits(0).says(": done").says("made anonymous already");
        site.go(&["explain", "visits", "--key", "1"]).exits(0).says("no such record");
        site.finish().await;
    }
);

every_database!(
    async fn a_row_that_dates_another_says_whose(server) {
        let mut site = Site::new(server, "explain_dates").await;
        let date = match server {
            Server::Sqlite => "TEXT",
            _ => "DATE",
        };
        let schema = format!(
            "CREATE TABLE customer (id INTEGER PRIMARY KEY);
             CREATE TABLE rental (id INTEGER PRIMARY KEY, customer_id INTEGER, returned_on {date},
                 CONSTRAINT rental_customer FOREIGN KEY (customer_id) REFERENCES customer (id));
             INSERT INTO customer VALUES (1);
             INSERT INTO rental VALUES (1, 1, '2020-01-01'), (2, 1, '2021-01-01');"
        );
        site.scratch.exec(&schema).await;
        let format = if server == Server::Sqlite { ", format = \"%Y-%m-%d\"" } else { "" };
        let mut parts = site.parts();
        parts.visits = format!(
            "[[rules]]\nname = \"customers\"\ntable = \"customer\"\nthen = \"delete\"\n\
             [[rules.purposes]]\nname = \"tax\"\nstart = {{ latest = \"rental.returned_on\"{format} }}\nkeep = \"7 years\"\n\
             [rules.children]\nrental = \"own-rule\"\n"
        );
        parts.people = format!(
            "[[rules]]\nname = \"rentals\"\ntable = \"rental\"\nthen = \"delete\"\n\
             [[rules.purposes]]\nname = \"service\"\nstart = {{ column = \"returned_on\"{format} }}\nkeep = \"2 years\"\n"
        );
        site.write(&parts.text());
        explained(&site, "rentals", &["2"])
            .says("A row of the rule customers is dated by it, and could not be without it")
            .says("When that row needs no date any more, a run deletes it.");
        explained(&site, "rentals", &["1"]).says(": due\n");
        let told = document(&site, "rentals", "2");
        assert_eq!(told["needed-by"][0], "customers");
        site.finish().await;
    }
);
