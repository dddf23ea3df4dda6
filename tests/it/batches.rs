//! Where a batch ends: between two start events, and between two keys where a start event has too many rows.

use serde_json::Value;

use crate::cli::site;
use crate::support::{Scratch, Server, every_database};

/// Start events that hundreds of rows share, start events of one row each, and what is not due.
async fn fill(scratch: &mut Scratch) {
    let date = match scratch.server() {
        Server::Sqlite => "TEXT",
        _ => "DATE",
    };
    let table = format!("CREATE TABLE visit (id INTEGER PRIMARY KEY, left_on {date})");
    scratch.exec(&table).await;
    scratch
        .exec("CREATE INDEX visit_left ON visit (left_on)")
        .await;
    let day = |id: u32| match id {
        1..=300 => "2001-01-01".to_owned(),
        301..=360 => format!("2002-{:02}-{:02}", 1 + id % 6, 1 + (id - 301) / 6),
        361..=600 => "2003-01-01".to_owned(),
        _ => "9000-01-01".to_owned(),
    };
    let rows: Vec<String> = (1..=700)
        .map(|id| format!("({id}, '{}')", day(id)))
        .collect();
    scratch
        .exec(&format!("INSERT INTO visit VALUES {}", rows.join(", ")))
        .await;
    if scratch.server() == Server::Postgres {
        scratch.exec("ANALYZE visit").await;
    }
}

fn schedule(scratch: &Scratch) -> String {
    let start = match scratch.server() {
        Server::Sqlite => r#"{ column = "left_on", format = "%Y-%m-%d" }"#,
        _ => r#"{ column = "left_on" }"#,
    };
    format!(
        "version = 1\n[state]\ndirectory = \"state\"\n[defaults]\ntime-zone = \"UTC\"\n\
         [limits]\nshare-per-run = \"100 %\"\nrows-per-batch = 50\n{}\n\
         [[rules]]\nname = \"visits\"\ntable = \"visit\"\nthen = \"delete\"\n\
         [[rules.purposes]]\nname = \"statistics\"\nstart = {start}\nkeep = \"2 years\"\n",
        scratch.toml_database("hr")
    )
}

every_database!(
    async fn a_start_event_with_more_rows_than_a_batch(server) {
        let mut scratch = Scratch::create(server, "ties").await;
        fill(&mut scratch).await;
        let file = scratch.dir().join("retentiond.toml");
        std::fs::write(&file, schedule(&scratch)).expect("the schedule");
        let file = file.to_str().expect("UTF-8");
        site::go(&["--schedule", file, "migrate"], &[]).exits(0);
        let run = ["--schedule", file, "--output", "json", "run", "--unsafe-without-approval"];
        let report = site::go(&run, &[]).exits(0).json();
        let done = |name: &str| {
            let at = format!("/0/rules/0/steps/0/done/{name}");
            report.pointer(&at).and_then(Value::as_u64)
        };
        assert_eq!(done("rows"), Some(600), "{report}");
        assert!(done("batches") >= Some(600 / 50), "{report}");
        let left = scratch.value("SELECT COUNT(*) FROM visit").await;
        assert_eq!(left.as_deref(), Some("100"));
        scratch.finish().await;
    }
);
