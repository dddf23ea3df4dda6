//! How the databases carry out the statements of a batch: by an index, or by the pages that a sweep names, and never
//! through a whole table. What is asked once, before the first batch, may read one.

use std::sync::{Arc, Mutex};

use retentiond::db::{Access, Statements, recorded};
use retentiond::disposal::{Progress, Stop};
use retentiond::plan::Step;
use retentiond::run::{self, DatabaseReport};
use retentiond::schedule::Schedule;
use retentiond::sql::{Sql, Value};

use crate::enforcing;
use crate::support::{Scratch, Server, every_database};

/// Rows of the tables that are looked at; a thirtieth of them is due. A small table is read whole by any server, and rightly.
const ROWS: usize = 60_000;

/// A rule of each sort: its own date, a parent's date, the latest of related rows, children of every kind, holds in a
/// table, an overwriting.
const RULES: &str = r#"
[[rules]]
name = "visits"
table = "visit"
then = "delete"
  [[rules.purposes]]
  name = "p"
  start = { column = "ended_on"DAY }
  keep = "1 year"

[[rules]]
name = "people"
table = "person"
then = "delete"
holds = [{ table = "legal_hold", columns = ["person_id"], when = "lifted_on IS NULL", because = "a claim" }]
  [[rules.purposes]]
  name = "p"
  start = { column = "ended_on"DAY }
  keep = "1 year"
  [rules.children]
  note = "with-parent"
  letter = "own-rule"
  parcel = "detach"

[[rules]]
name = "letters"
table = "letter"
then = "delete"
  [[rules.purposes]]
  name = "p"
  start = { column = "person.ended_on", via = "person_id"DAY }
  keep = "1 year"

[[rules]]
name = "parcels"
table = "parcel"
then = "anonymise"
  [rules.anonymise]
  set = { name = "ANON" }
  [[rules.purposes]]
  name = "p"
  start = { column = "ended_on"DAY }
  keep = "1 year"

[[rules]]
name = "files"
table = "file"
then = "delete"
  [[rules.purposes]]
  name = "p"
  start = { latest = "page.ended_on", if-none = "keep"DAY }
  keep = "1 year"
  [rules.children]
  page = "with-parent"
"#;

async fn fill(scratch: &mut Scratch) {
    let day = match scratch.server() {
        Server::Sqlite => "text",
        Server::Postgres | Server::Mariadb => "date",
    };
    let table = |name: &str, more: &str| {
        format!(
            "CREATE TABLE {name} (id integer PRIMARY KEY, ended_on {day}, name varchar(400){more});"
        )
    };
    let child = |name: &str, parent: &str| {
        let key =
            format!(", {parent}_id integer, FOREIGN KEY ({parent}_id) REFERENCES {parent} (id)");
        format!(
            "{}CREATE INDEX {name}_{parent} ON {name} ({parent}_id);",
            table(name, &key)
        )
    };
    let tables = [
        table("visit", ""),
        table("person", ""),
        table("file", ""),
        child("note", "person"),
        child("letter", "person"),
        child("parcel", "person"),
        child("page", "file"),
        format!(
            "CREATE TABLE legal_hold (id integer PRIMARY KEY, person_id integer, lifted_on {day}, name varchar(400));
             CREATE INDEX legal_hold_person ON legal_hold (person_id);"
        ),
    ];
    scratch.exec(&tables.concat()).await;
    for name in [
        "visit", "person", "file", "note", "letter", "parcel", "page",
    ] {
        insert(scratch, name, |id| row(name, id)).await;
        let index = format!("CREATE INDEX {name}_ended ON {name} (ended_on)");
        scratch.exec(&index).await;
    }
    insert(scratch, "legal_hold", |id| {
        format!("({id}, {id}, '2020-01-01', '{}')", "x".repeat(300))
    })
    .await;
    scratch
        .exec(match scratch.server() {
            Server::Postgres => "VACUUM ANALYZE",
            Server::Mariadb => "ANALYZE TABLE visit, person, file, note, letter, parcel, page, legal_hold PERSISTENT FOR ALL",
            Server::Sqlite => "ANALYZE",
        })
        .await;
}

/// In another order than that of the keys, so that due rows lie apart.
fn row(table: &str, id: usize) -> String {
    let parent = id / 3 + 1;
    // All pages of a file are of one date.
    let place = if table == "page" { parent } else { id } * 7_919 % ROWS;
    let date = match place < ROWS / 30 {
        true => format!("2020-{:02}-{:02}", 1 + place % 12, 1 + place % 28),
        false => format!("9000-{:02}-{:02}", 1 + place % 12, 1 + place % 28),
    };
    let parent = match table {
        "visit" | "person" | "file" => String::new(),
        _ => format!(", {parent}"),
    };
    format!("({id}, '{date}', '{}'{parent})", "x".repeat(300))
}

async fn insert(scratch: &mut Scratch, table: &str, row: impl Fn(usize) -> String) {
    let ids: Vec<usize> = (1..ROWS).collect();
    for some in ids.chunks(2_000) {
        let rows: Vec<String> = some.iter().map(|id| row(*id)).collect();
        scratch
            .exec(&format!("INSERT INTO {table} VALUES {}", rows.join(", ")))
            .await;
    }
}

/// Forgets what was asked before the first batch.
struct FromTheFirstBatch {
    statements: Statements,
    begun: bool,
}

impl Progress for FromTheFirstBatch {
    fn counting(&mut self, _rule: &str) {}
    fn batch_done(&mut self, _step: &Step, _rows: u64) {}

    async fn between(&mut self, _stop: &Stop) {
        if !std::mem::replace(&mut self.begun, true) {
            self.statements.lock().expect("a lock").clear();
        }
    }
}

async fn asked(scratch: &mut Scratch) -> (Schedule, DatabaseReport, Vec<Sql>) {
    let day = match scratch.server() {
        Server::Sqlite => ", format = \"%Y-%m-%d\"",
        Server::Postgres | Server::Mariadb => "",
    };
    // MariaDB judges anew for each number of keys whether to gather the rows that refer to them by reading them all.
    let batch = match scratch.server() {
        Server::Mariadb => "rows-per-batch = 32\n",
        Server::Postgres | Server::Sqlite => "",
    };
    let rules = RULES.replace("DAY", day);
    let limits = "[limits]\nshare-per-run = \"100 %\"\n";
    let schedule = enforcing::write(scratch, &format!("{limits}{batch}{rules}"));
    let statements: Statements = Arc::default();
    let mut progress = FromTheFirstBatch {
        statements: Arc::clone(&statements),
        begun: false,
    };
    let run = enforcing::enforce(scratch, &schedule, &mut progress);
    let report = recorded(Arc::clone(&statements), run).await;
    let asked = Mutex::lock(&statements).expect("a lock").clone();
    (schedule, report, asked)
}

/// A line of a plan in which a whole table is read, or a whole index. A walk in the order of the key is none: it reads as
/// far as its limit, and goes on from there.
fn whole(server: Server, statement: &str, line: &[Value]) -> bool {
    let text = |place: usize| line.get(place).and_then(Value::as_text).unwrap_or_default();
    match server {
        Server::Postgres => text(0).contains("Seq Scan on"),
        // id, select_type, table, type; what was gathered on the way is no table
        Server::Mariadb if text(2).starts_with('<') => false,
        Server::Mariadb => text(3) == "ALL" || text(3) == "index" && !statement.contains(" LIMIT "),
        // id, parent, notused, detail
        Server::Sqlite => text(3).starts_with("SCAN t") && !statement.contains(" LIMIT "),
    }
}

fn has_plan(text: &str) -> bool {
    let plain = ["SELECT", "DELETE", "UPDATE", "WITH"];
    let own = text.contains("retentiond");
    let settings = text.contains("set_config") || text.contains("pg_");
    !own && !settings
        && text.contains(" FROM ") | text.starts_with("UPDATE")
        && plain.iter().any(|word| text.starts_with(word))
        // A list of no keys: nothing is read for it.
        && !text.contains("(1 = 0)")
}

every_database!(
    async fn no_statement_of_a_batch_reads_a_whole_table(server) {
        let mut scratch = Scratch::create(server, "plans").await;
        fill(&mut scratch).await;
        let (schedule, report, asked) = asked(&mut scratch).await;
        for rule in &report.rules {
            assert_eq!(rule.failure, None, "{}", rule.rule);
            assert!(rule.due > 100, "{} has {} due", rule.rule, rule.due);
        }
        let stop = Stop::default();
        // A session with the settings of a run.
        let order = enforcing::order(&schedule, &scratch, &stop);
        let prepared = run::prepare(&order, &schedule.databases["case"], Access::Enforce).await;
        let mut session = prepared.unwrap_or_else(|halt| panic!("{halt}")).session;
        let mut seen: Vec<String> = Vec::new();
        let mut faults = Vec::new();
        for sql in asked {
            let text = sql.text().to_owned();
            let form: String = text.chars().filter(|one| !one.is_ascii_digit()).collect();
            if !has_plan(&text) || seen.contains(&form) {
                continue;
            }
            seen.push(form);
            let plan = session.rows(&sql.planned_only()).await.expect("a plan");
            if plan.iter().any(|line| whole(server, &text, line)) {
                let lines: Vec<String> = plan.iter().map(|line| format!("{line:?}")).collect();
                faults.push(format!("{text}\n{}", lines.join("\n")));
            }
        }
        assert!(seen.len() >= 15, "{} forms were seen: {seen:#?}", seen.len());
        assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), seen.len(), faults.join("\n\n"));
        drop(session);
        scratch.finish().await;
    }
);
