//! PostgreSQL: rows that are overwritten stay on their pages, so that no index grows. Counted by the server.

use std::time::Duration;

use serde_json::Value;

use crate::cli::site;
use crate::support::{Scratch, Server};

const ROWS: u32 = 6_000;
/// As `plan` says it.
const STAYS: &str = "a few rows of each page at a time, so that they stay on it and no index grows";

/// Pages that are full; every second row is due.
async fn fill(scratch: &mut Scratch, place: &str) {
    let sql = format!(
        "CREATE TABLE visit (id integer PRIMARY KEY, left_on date, name text, note text)
           WITH (autovacuum_enabled = false);
         INSERT INTO visit
         SELECT i, CASE WHEN {place} < {ROWS} / 2 THEN date '2001-01-01' + {place} / 10 ELSE date '9000-01-01' END,
                'name ' || i, repeat(md5(i::text), 7)
           FROM generate_series(1, {ROWS}) AS i;
         CREATE INDEX visit_left ON visit (left_on);"
    );
    scratch.exec(&sql).await;
    scratch.exec("VACUUM ANALYZE visit").await;
}

fn schedule(scratch: &Scratch) -> String {
    let text = format!(
        "version = 1\n[state]\ndirectory = \"state\"\n[defaults]\ntime-zone = \"UTC\"\n\
         [limits]\nshare-per-run = \"100 %\"\n{}\n\
         [[rules]]\nname = \"visits\"\ntable = \"visit\"\nthen = \"anonymise\"\n\
         [rules.anonymise]\nset = {{ name = \"ANON\" }}\nnull = [\"note\"]\n\
         [[rules.purposes]]\nname = \"statistics\"\nstart = {{ column = \"left_on\" }}\nkeep = \"2 years\"\n",
        scratch.toml_database("hr")
    );
    let file = scratch.dir().join("retentiond.toml");
    std::fs::write(&file, text).expect("the schedule");
    file.to_str().expect("UTF-8").to_owned()
}

/// Updates, and those of which no index learned, once the server has counted so many.
async fn counted(scratch: &mut Scratch, at_least: u32) -> (u32, u32) {
    let sql = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'visit'";
    for _ in 0..100 {
        let rows = scratch.rows(sql).await;
        let number = |at: usize| rows[0][at].as_deref().and_then(|text| text.parse().ok());
        if let (Some(updated), Some(hot)) = (number(0), number(1))
            && updated >= at_least
        {
            return (updated, hot);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server has not counted {at_least} updates");
}

/// Other tests have transactions open in the same server, which then keeps what they may see: not always.
async fn stays(place: &str) {
    let mut all = Vec::new();
    for _ in 0..5 {
        let (updated, hot) = overwritten(place).await;
        if hot * 100 >= updated * 99 {
            return;
        }
        all.push((updated, hot));
    }
    panic!("rows overwritten, and those that stayed on their pages: {all:?}");
}

async fn overwritten(place: &str) -> (u32, u32) {
    let mut scratch = Scratch::create(Server::Postgres, "overwriting").await;
    fill(&mut scratch, place).await;
    let file = schedule(&scratch);
    site::go(&["--schedule", &file, "migrate"], &[]).exits(0);
    let size = "SELECT pg_indexes_size('visit') || ' ' || pg_relation_size('visit')";
    let before = scratch.value(size).await;
    let run = [
        "--schedule",
        &file,
        "--output",
        "json",
        "run",
        "--unsafe-without-approval",
    ];
    let rehearsal = [&run[..4], &["run", "--dry-run"]].concat();
    let told = |report: &Value, what: &str| {
        let step = report.pointer("/0/rules/0/steps/0");
        step.and_then(|step| step.pointer(what)).cloned()
    };
    let rehearsed = site::go(&rehearsal, &[]).json();
    let done = site::go(&run, &[]).exits(0).json();
    for report in [&rehearsed, &done] {
        assert_eq!(told(report, "/walk"), Some(STAYS.into()), "{report}");
        assert_eq!(
            told(report, "/done/rows"),
            Some((ROWS / 2).into()),
            "{report}"
        );
    }
    let left = "SELECT count(*) FROM visit WHERE (left_on < '9000-01-01') = (note IS NOT NULL)";
    assert_eq!(scratch.value(left).await.as_deref(), Some("0"));
    let (updated, hot) = counted(&mut scratch, ROWS / 2).await;
    assert_eq!(updated, ROWS / 2);
    if hot == updated {
        assert_eq!(scratch.value(size).await, before, "nothing has grown");
    }
    scratch.finish().await;
    (updated, hot)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_lie_together_stay_on_their_pages() {
    stays("i - 1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_lie_apart_stay_on_their_pages() {
    stays(&format!("(i * 7919) % {ROWS}")).await;
}

/// What an index has in any way cannot change without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_on_what_is_overwritten_is_seen() {
    let mut scratch = Scratch::create(Server::Postgres, "overwriting").await;
    fill(&mut scratch, "i - 1").await;
    let file = schedule(&scratch);
    site::go(&["--schedule", &file, "migrate"], &[]).exits(0);
    for (index, expected) in [
        ("(name)", false),
        ("(id) INCLUDE (name)", false),
        ("(lower(name))", false),
        ("(id) WHERE note IS NOT NULL", false),
        ("USING hash (left_on)", true),
    ] {
        let sql = format!("CREATE INDEX one_more ON visit {index}");
        scratch.exec(&sql).await;
        let plan = ["--schedule", &file, "--output", "json", "plan"];
        let report = site::go(&plan, &[]).json();
        let walk = report.pointer("/0/rules/0/steps/0/walk");
        let walk = walk.and_then(Value::as_str).expect("a walk");
        assert_eq!(walk == STAYS, expected, "{index}: {walk}");
        scratch.exec("DROP INDEX one_more").await;
    }
    scratch.finish().await;
}
