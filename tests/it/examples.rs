//! The example schedules fit the schemas that stand beside them, on every database: newcomers copy them.

mod enforced;

use std::fs;
use std::path::{Path, PathBuf};

use retentiond::config;
use retentiond::db::{self, Access};
use retentiond::diagnostic::{Faults, Source, Style, render};
use retentiond::resolve::resolve;
use toml::{Table, Value};

use crate::support::{Scratch, Server, every_database};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The database's word in the names of the schemas.
fn dialect(server: Server) -> &'static str {
    match server {
        Server::Postgres => "postgres",
        Server::Mariadb => "mysql",
        Server::Sqlite => "sqlite",
    }
}

/// The names of the example schedules.
fn examples() -> Vec<String> {
    let folder = repository().join("config/examples");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| {
            let name = path.file_stem().expect("a file");
            name.to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    names
}

/// The schedule, reaching this server instead of the one that it names.
fn redirected(schedule: &Path, scratch: &Scratch) -> String {
    let mut document: Table = read(schedule).parse().expect("the example is TOML");
    let databases = document["databases"].as_table_mut().expect("databases");
    for (name, database) in databases.iter_mut() {
        let database = database.as_table_mut().expect("a database");
        database.retain(|key, _| {
            ["time-zone", "column-time-zone", "cadence", "relations"].contains(&key)
        });
        let reached: Table = scratch.toml_database(name).parse().expect("it is TOML");
        for (key, value) in reached["databases"][name].as_table().expect("a database") {
            if key != "time-zone" {
                database.insert(key.clone(), value.clone());
            }
        }
    }
    if scratch.server() == Server::Sqlite {
        say_formats(&mut document);
    }
    document.to_string()
}

/// SQLite has no type for dates, so each start says how its column writes them. The schemas keep to one rule: what
/// ends in _on is a day, what ends in _at a moment.
fn say_formats(table: &mut Table) {
    // A column that counts how long, and holds no date.
    if table.contains_key("unit") {
        return;
    }
    let event = ["column", "latest", "earliest"]
        .iter()
        .find_map(|kind| table.get(*kind)?.as_str().map(str::to_owned));
    if let Some(column) = event {
        let format = match column.rsplit_once('_') {
            Some((_, "on")) => "%Y-%m-%d",
            Some((_, "at")) => "%Y-%m-%d %H:%M:%S",
            _ => panic!("{column} ends neither in _on nor in _at"),
        };
        table.insert("format".to_owned(), Value::String(format.to_owned()));
    }
    for (_, value) in table.iter_mut() {
        say_formats_within(value);
    }
}

fn say_formats_within(value: &mut Value) {
    match value {
        Value::Table(table) => say_formats(table),
        Value::Array(list) => list.iter_mut().for_each(say_formats_within),
        _ => {}
    }
}

/// Reads a schedule and matches it with its databases; faults and warnings alike are a failure.
async fn fits(schedule: &Path) {
    let (meaning, source, warnings) = match config::load(schedule) {
        Ok(read) => read,
        Err((source, faults)) => panic!("{}", told(&source, &faults)),
    };
    assert!(nothing(&warnings), "{}", told(&source, &warnings));
    let base = schedule.parent().expect("a folder");
    for database in meaning.databases.values() {
        let mut session = db::open(database, base, Access::Rehearse)
            .await
            .expect("the database answers");
        let catalog = session.catalog().await.expect("it has a catalogue");
        let resolved = resolve(&meaning, database, &catalog, session.dialect());
        let found = &resolved.faults;
        assert!(nothing(found), "{}", told(&source, found));
        let rules = meaning.rules_of(&database.name.value).count();
        assert_eq!(resolved.program.rules.len(), rules, "{}", source.name);
        session.close().await.expect("it closes");
    }
}

fn nothing(faults: &Faults) -> bool {
    faults.errors() + faults.warnings() == 0
}

fn told(source: &Source, faults: &Faults) -> String {
    render(source, faults, Style::Plain)
}

every_database!(
    async fn every_example_fits_its_schema(server) {
        let folder = repository().join("config/examples");
        let names = examples();
        assert!(names.len() >= 5, "an example for each policy");
        let dialect = dialect(server);
        for name in names {
            let mut scratch = Scratch::create(server, &name).await;
            let schema = folder.join(format!("schema/{name}.{dialect}.sql"));
            scratch.exec(&read(&schema)).await;
            let here = scratch.dir().join(format!("{name}.toml"));
            let text = redirected(&folder.join(format!("{name}.toml")), &scratch);
            fs::write(&here, text).expect("the schedule can be written");
            fits(&here).await;
            scratch.finish().await;
        }
    }
);

#[tokio::test]
async fn the_schedule_of_the_demo_fits_its_sample_database() {
    let demo: PathBuf = repository().join("examples/demo");
    let mut scratch = Scratch::create(Server::Sqlite, "demo").await;
    scratch.exec(&read(&demo.join("schema.sql"))).await;
    scratch.exec(&read(&demo.join("data.sql"))).await;
    let orphans = scratch.rows("PRAGMA foreign_key_check").await;
    assert!(orphans.is_empty(), "{orphans:?}");
    let here = scratch.dir().join("schedule.toml");
    let text = redirected(&demo.join("schedule.toml"), &scratch);
    fs::write(&here, text).expect("the schedule can be written");
    fits(&here).await;
    scratch.finish().await;
}
