//! How the databases carry out the statements of a batch: by an index, or by the pages that a sweep names, and never
//! through a whole table. What is asked once, before the first batch, may read one. Which index serves which statement
//! stands in golden files.

mod golden;
mod read;

use std::sync::{Arc, Mutex};

use retentiond::db::{Access, Statements, recorded};
use retentiond::disposal::{Progress, Stop};
use retentiond::plan::Step;
use retentiond::run::{self, DatabaseReport};
use retentiond::schedule::Schedule;
use retentiond::sql::Sql;

use golden::Seen;

use crate::enforcing;
use crate::support::{Scratch, Server, every_database};

/// Rows of the tables that are looked at; a thirtieth of them is due, or a sixth. A small table is read whole by any server, and rightly.
const ROWS: usize = 60_000;

/// The tables of the rules.
const TABLES: [&str; 8] = [
    "visit", "entry", "person", "file", "note", "letter", "parcel", "page",
];

/// A rule of each sort: its own date, with due rows that lie apart and with due rows that lie together, a parent's date, the latest of related rows, children of every kind, holds in a
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
name = "entries"
table = "entry"
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
        table("entry", ""),
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
    for name in TABLES {
        insert(scratch, name, |_| true, |id| row(name, id)).await;
        let index = format!("CREATE INDEX {name}_ended ON {name} (ended_on)");
        scratch.exec(&index).await;
    }
    let hold = |id| format!("({id}, {id}, '2020-01-01', '{}')", "x".repeat(300));
    insert(scratch, "legal_hold", |_| true, hold).await;
    analyze(scratch).await;
}

/// The rows are due again that went: a plan is made for what is there, and after a run nothing is due.
async fn put_back(scratch: &mut Scratch) {
    for name in TABLES {
        let went = |id: &usize| {
            is_due(name, *id) || parent_of(name, *id).is_some_and(|parent| is_due("person", parent))
        };
        insert(scratch, name, went, |id| row(name, id)).await;
    }
    analyze(scratch).await;
}

async fn analyze(scratch: &mut Scratch) {
    scratch
        .exec(match scratch.server() {
            Server::Postgres => "VACUUM ANALYZE",
            Server::Mariadb => {
                "ANALYZE TABLE visit, entry, person, file, note, letter, parcel, page, legal_hold PERSISTENT FOR ALL"
            },
            Server::Sqlite => "ANALYZE",
        })
        .await;
}

fn parent_of(table: &str, id: usize) -> Option<usize> {
    let has_none = matches!(table, "visit" | "entry" | "person" | "file");
    (!has_none).then_some(id / 3 + 1)
}

/// The place of a row by its date: another one than that of its key, so that due rows lie apart. Entries lie together, and
/// many of them are due.
fn place(table: &str, id: usize) -> usize {
    match table {
        "entry" => id / 5,
        // All pages of a file are of one date.
        "page" => (id / 3 + 1) * 7_919 % ROWS,
        _ => id * 7_919 % ROWS,
    }
}

fn is_due(table: &str, id: usize) -> bool {
    place(table, id) < ROWS / 30
}

fn row(table: &str, id: usize) -> String {
    let place = place(table, id);
    let date = match is_due(table, id) {
        true => format!("2020-{:02}-{:02}", 1 + place % 12, 1 + place % 28),
        false => format!("9000-{:02}-{:02}", 1 + place % 12, 1 + place % 28),
    };
    let parent = parent_of(table, id).map_or_else(String::new, |parent| format!(", {parent}"));
    format!("({id}, '{date}', '{}'{parent})", "x".repeat(300))
}

/// Inserts those that are wanted and not there.
async fn insert(
    scratch: &mut Scratch,
    table: &str,
    wanted: impl Fn(&usize) -> bool,
    row: impl Fn(usize) -> String,
) {
    let (verb, end) = match scratch.server() {
        Server::Mariadb => ("INSERT IGNORE", ""),
        Server::Postgres | Server::Sqlite => ("INSERT", " ON CONFLICT DO NOTHING"),
    };
    let ids: Vec<usize> = (1..ROWS).filter(wanted).collect();
    for some in ids.chunks(2_000) {
        let rows: Vec<String> = some.iter().map(|id| row(*id)).collect();
        let rows = rows.join(", ");
        scratch
            .exec(&format!("{verb} INTO {table} VALUES {rows}{end}"))
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
    // Few keys of many rows: for many of few it is right to read them all. MariaDB judges by their number, too, whether
    // to gather the rows that refer to them.
    let batch = match scratch.server() {
        Server::Mariadb => "rows-per-batch = 32\n",
        Server::Postgres | Server::Sqlite => "rows-per-batch = 100\n",
    };
    let rules = RULES.replace("DAY", day);
    // No batch takes so long that its size would depend on how busy the machine is.
    let limits = "[limits]\nshare-per-run = \"100 %\"\nbatch-duration = \"10 s\"\n";
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
    async fn no_statement_of_a_batch_reads_a_whole_table_and_each_its_index(server) {
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
        put_back(&mut scratch).await;
        // A file has no name in its statements.
        let database = match server {
            Server::Sqlite => "main",
            Server::Postgres | Server::Mariadb => scratch.database(),
        };
        let mut seen = Seen::default();
        let mut faults = Vec::new();
        for sql in asked {
            let text = sql.text().to_owned();
            if !has_plan(&text) {
                continue;
            }
            let form = golden::form(&text, database);
            if seen.times(&form) > 3 {
                continue;
            }
            let plan = session.rows(&sql.planned_only()).await.expect("a plan");
            let steps = read::steps(server, &text, &plan);
            if steps.iter().any(|step| step.contains(read::WHOLE)) {
                let lines: Vec<String> = plan.iter().map(|line| format!("{line:?}")).collect();
                faults.push(format!("{text}\n{}", lines.join("\n")));
            }
            seen.add(form, &steps);
        }
        assert!(seen.forms() >= 15, "{} forms were seen", seen.forms());
        assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), seen.forms(), faults.join("\n\n"));
        golden::check(server, &seen);
        drop(session);
        scratch.finish().await;
    }
);
