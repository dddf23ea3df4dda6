//! The example schedules are enforced: what is left of some rows for each clause was written down by hand.
//!
//! `tests/examples/NAME/rows.sql` fills the schema of the example; `expected`, or `expected.DATABASE` where it has
//! several, begins with the moment and holds queries with their rows, clause by clause.

use std::path::Path;

use retentiond::db::{self, Access};
use retentiond::disposal::Stop;
use retentiond::run::{self, Approvals, Order, Unwatched};
use retentiond::schedule::{Database, Schedule};
use retentiond::state::{RunReason, Store, Use, rehearsal_key};
use retentiond::{config, ledger};

use super::{dialect, examples, read, redirected, repository, told};
use crate::cases::expected::Expected;
use crate::support::{Scratch, Server, every_database};

every_database!(
    async fn every_example_is_enforced(server) {
        let mut played = 0;
        for name in examples() {
            for file in expectations(&name) {
                let database = file.extension().map(|one| one.to_string_lossy().into_owned());
                enforce_one(&name, database.as_deref(), &read(&file), server).await;
                played += 1;
            }
        }
        assert!(played >= 6, "each example has expectations");
    }
);

/// What is expected of an example, once for each of its databases.
fn expectations(name: &str) -> Vec<std::path::PathBuf> {
    let folder = repository().join("tests/examples").join(name);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_stem().is_some_and(|stem| stem == "expected"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{name} has no expectations");
    files
}

async fn enforce_one(name: &str, database: Option<&str>, expected: &str, server: Server) {
    let folder = repository().join("config/examples");
    let mut scratch = Scratch::create(server, name).await;
    match server {
        Server::Postgres => scratch.exec("SET TIME ZONE 'UTC'").await,
        Server::Mariadb => scratch.exec("SET time_zone = '+00:00'").await,
        Server::Sqlite => {}
    }
    let schema = folder.join(format!("schema/{name}.{}.sql", dialect(server)));
    scratch.exec(&read(&schema)).await;
    let rows = repository().join(format!("tests/examples/{name}/rows.sql"));
    scratch.exec(&read(&rows)).await;
    let here = scratch.dir().join(format!("{name}.toml"));
    let text = redirected(&folder.join(format!("{name}.toml")), &scratch);
    std::fs::write(&here, whole(&text, &scratch)).expect("the schedule can be written");
    let (schedule, ..) =
        config::load(&here).unwrap_or_else(|(source, faults)| panic!("{}", told(&source, &faults)));
    let database = match database {
        Some(database) => &schedule.databases[database],
        None => schedule.databases.values().next().expect("a database"),
    };
    let now = expected
        .lines()
        .find_map(|line| line.strip_prefix("-- now: "))
        .expect("the moment");
    play(&schedule, database, scratch.dir(), now).await;
    compare(&mut scratch, name, expected).await;
    scratch.finish().await;
}

/// A few rows stand for many: a run may take each of them.
fn whole(text: &str, scratch: &Scratch) -> String {
    let mut document: toml::Table = text.parse().expect("it is TOML");
    let state = scratch.dir().join("state").display().to_string();
    document.insert(
        "state".to_owned(),
        toml::Table::from_iter([("directory".to_owned(), state.into())]).into(),
    );
    document.insert(
        "limits".to_owned(),
        toml::Table::from_iter([("share-per-run".to_owned(), "100 %".into())]).into(),
    );
    document.to_string()
}

/// Rehearses, runs, and runs again: the rehearsal is the run, and the second run finds nothing.
async fn play(schedule: &Schedule, database: &Database, base: &Path, now: &str) {
    let mut session = db::open(database, base, Access::Enforce)
        .await
        .expect("a session");
    ledger::migrate(&mut session).await.expect("the ledger");
    session.close().await.expect("it closes");
    let stop = Stop::default();
    let order = Order {
        schedule,
        base,
        supposed_now: Some(now.parse().expect("a moment")),
        only_rule: None,
        stop: &stop,
    };
    let approvals = Approvals::waived();
    let key = rehearsal_key(&schedule.state_directory).expect("a key");
    let rehearsal = run::rehearse(&order, database, &approvals, key, &mut Unwatched)
        .await
        .unwrap_or_else(|halt| panic!("{halt}"));
    let mut store = Store::open(&schedule.state_directory, Use::Append)
        .await
        .expect("the state");
    let mut rows = Vec::new();
    for _ in 0..2 {
        let report = run::enforce(
            &order,
            database,
            &approvals,
            &mut store,
            RunReason::Command,
            &mut Unwatched,
        )
        .await
        .unwrap_or_else(|halt| panic!("{halt}"));
        assert!(report.is_whole(), "{report:#?}");
        rows.push(report.rows_done());
    }
    assert_eq!(rows, [rehearsal.rows_done(), 0], "rehearsed, then nothing");
}

async fn compare(scratch: &mut Scratch, name: &str, expected: &str) {
    for query in Expected::parse(expected).queries {
        let rows: Vec<String> = scratch
            .rows(&query.sql)
            .await
            .into_iter()
            .map(|row| {
                let cells = row
                    .into_iter()
                    .map(|cell| cell.unwrap_or("NULL".to_owned()));
                cells.collect::<Vec<_>>().join(" | ")
            })
            .collect();
        assert_eq!(rows, query.rows, "{name}: {}", query.sql);
    }
}
