//! A first schedule from a database: it is read back by `check`, and observes.

use crate::support::{Server, every_database};

use super::site::{CANARY, Ran, Site, go};

async fn site(server: Server, hint: &str) -> Site {
    let mut site = Site::new(server, hint).await;
    let (date, ip) = match server {
        Server::Postgres => ("DATE", "INET"),
        Server::Mariadb => ("DATE", "VARCHAR(40)"),
        Server::Sqlite => ("TEXT", "TEXT"),
    };
    let schema = format!(
        "CREATE TABLE klant (id INTEGER PRIMARY KEY, achternaam VARCHAR(40), geboortedatum {date},
             last_ip {ip}, created_on {date}, closed_on {date});
         CREATE TABLE bestelling (id INTEGER PRIMARY KEY, klant_id INTEGER, besteld_op {date},
             CONSTRAINT best_klant FOREIGN KEY (klant_id) REFERENCES klant (id));
         CREATE TABLE regel (id INTEGER PRIMARY KEY, bestelling_id INTEGER, aantal INTEGER,
             CONSTRAINT regel_best FOREIGN KEY (bestelling_id) REFERENCES bestelling (id));
         CREATE TABLE heap (what VARCHAR(20), made_on {date});
         CREATE VIEW klanten AS SELECT * FROM klant;
         INSERT INTO klant VALUES (1, '{CANARY}', '1970-07-07', NULL, '2020-02-03', '2021-04-05');"
    );
    site.scratch.exec(&schema).await;
    site
}

/// The program on the site's database, with an address instead of a schedule.
fn init(site: &Site, to: &str, more: &[&str]) -> Ran {
    let mut arguments = vec!["init".to_owned()];
    match site.scratch.server() {
        Server::Sqlite => arguments.push(site.scratch.file().to_string_lossy().into_owned()),
        server => {
            let secret = site.dir().join("init-password");
            std::fs::write(&secret, site.scratch.password()).expect("a password");
            let scheme = match server {
                Server::Postgres => "postgresql",
                _ => "mariadb",
            };
            arguments.push(format!(
                "{scheme}://{}@{}:{}/{}",
                site.scratch.user(),
                site.scratch.host(),
                site.scratch.port(),
                site.scratch.database()
            ));
            arguments.push("--password-file".to_owned());
            arguments.push(secret.to_string_lossy().into_owned());
        }
    }
    arguments.extend([
        "--to".to_owned(),
        site.dir().join(to).to_string_lossy().into_owned(),
    ]);
    arguments.extend(more.iter().map(|&one| one.to_owned()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    go(&arguments, &[])
}

every_database!(
    async fn a_first_schedule_is_read_back(server) {
        let mut site = site(server, "init").await;
        init(&site, "first.toml", &["--time-zone", "Europe/Amsterdam"])
            .exits(0)
            .says("that observe; fill in every keep")
            .says("check");
        let file = site.dir().join("first.toml");
        let text = std::fs::read_to_string(&file).expect("a schedule");
        for words in [
            "#:schema ./schedule.schema.json",
            "table = \"klant\"",
            "mode = \"observe\"",
            "achternaam (by its name)",
            "last_ip (",
            "column = \"closed_on\"",
            "bestelling = \"own-rule\"",
            "regel = \"with-parent\"",
            "note = \"with-parent\"",
            "2021-04-05 to 2021-04-05",
            "klanten: a view",
            "heap: no key",
            "time-zone = \"Europe/Amsterdam\"",
        ] {
            assert!(text.contains(words), "no {words:?} in\n{text}");
        }
        // What is personal is not shown, and a birthday starts nothing.
        for words in [CANARY, "1970-07-07", "column = \"geboortedatum\"", "retentiond_head"] {
            assert!(!text.contains(words), "{words:?} in\n{text}");
        }
        let file = file.to_str().expect("UTF-8");
        let check = |arguments: &[&str]| {
            let mut all = vec!["--schedule", file];
            all.extend(arguments);
            go(&all, &[])
        };
        // Only the periods are missing.
        let faults = check(&["--output", "json", "check"]).exits(3).json();
        let findings = faults["findings"].as_array().expect("findings");
        let rules = text.matches("[[rules]]").count();
        assert_eq!(findings.len(), rules, "{faults}");
        std::fs::write(file, text.replace("keep = \"\"", "keep = \"7 years\"")).expect("filled in");
        check(&["check"]).exits(0).says("sound as far as the file tells");
        check(&["check", "--connect"]).exits(0);
        check(&["plan"]).exits(0).says("observes");
        init(&site, "first.toml", &[]).exits(1).warns("is there already, and is not overwritten");
        site.assert_untouched().await;
        site.finish().await;
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_address() {
    let site = site(Server::Sqlite, "init_address").await;
    let refused = |from: &str, words: &str| {
        go(&["init", from, "--to", "-"], &[]).exits(2).warns(words);
    };
    refused(
        "postgresql://me:hunter2@localhost/hr",
        "leave it out, and give --password-file",
    );
    refused("postgresql://localhost/hr", "no account, or no database");
    refused("mysql://me@localhost", "no account, or no database");
    refused("mysql://me@localhost/hr?ssl=0", "--tls-ca");
    refused("oracle://me@localhost/hr", "must begin with postgresql://");
    let ran = go(&["init", "postgresql://me:hunter2@localhost:x/hr"], &[]).exits(2);
    assert!(!ran.err.contains("hunter2"), "{ran}");
    go(&["init", "nothing.db", "--to", "-"], &[])
        .exits(4)
        .warns("there is no such database");
    let file = site.scratch.file().to_string_lossy().into_owned();
    go(
        &["init", &file, "--to", "-", "--time-zone", "Europe/Amsterdm"],
        &[],
    )
    .exits(2)
    .warns("Europe/Amsterdm");
    go(&["init", &file, "--to", "-"], &[])
        .exits(0)
        .says("[[rules]]");
    site.finish().await;
}
