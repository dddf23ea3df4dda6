//! Values that must be seen nowhere: planted in text columns, and looked for in everything that the product wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Scratch, Server, TextRow};

/// Stands in every text column of a test's own tables. It must never be seen anywhere else.
pub const CANARY: &str = "KANARIENVOGEL";

/// Shorter values are found in every other word.
const LENGTH_MIN: usize = 8;

/// Asserts that a place does not hold the canary.
#[track_caller]
pub fn assert_no_canary_in(bytes: &[u8], place: &str) {
    let found = bytes
        .windows(CANARY.len())
        .any(|part| part == CANARY.as_bytes());
    assert!(!found, "a value in {place}");
}

/// Asserts the same of every file below a directory, the database's own apart.
#[track_caller]
pub fn assert_no_canary_below(directory: &Path, database: Option<&Path>) {
    each_file(directory, database, &mut |path, bytes| {
        assert_no_canary_in(bytes, &path.display().to_string());
    });
}

/// What a test itself puts beside its database: copies of it, whole or as a dump.
const COPIES: [&str; 3] = ["backup", "copy", "dump"];

/// Calls `each` with every file below a directory. A SQLite database holds its rows: it, what belongs to it and the
/// test's own copies are left out.
fn each_file(directory: &Path, database: Option<&Path>, each: &mut dyn FnMut(&Path, &[u8])) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    let database = database.map(|path| path.to_string_lossy().into_owned());
    for entry in entries.flatten() {
        let path = entry.path();
        let is_database = |file: &String| path.to_string_lossy().starts_with(file.as_str());
        let is_copy = |name: &str| path.file_stem().is_some_and(|stem| stem == name);
        if database.as_ref().is_some_and(is_database) || COPIES.into_iter().any(is_copy) {
            continue;
        }
        if path.is_dir() {
            each_file(&path, None, each);
        } else if let Ok(bytes) = std::fs::read(&path) {
            each(&path, &bytes);
        }
    }
}

/// What every user table holds, but for the ledger's.
pub async fn tables(scratch: &mut Scratch) -> BTreeMap<String, Vec<TextRow>> {
    let (names, quote) = match scratch.server() {
        Server::Postgres => (
            "SELECT schemaname, tablename FROM pg_tables \
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'retentiond')",
            '"',
        ),
        Server::Mariadb => (
            "SELECT table_schema, table_name FROM information_schema.tables \
             WHERE table_schema = database() AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'retentiond%'",
            '`',
        ),
        Server::Sqlite => (
            "SELECT 'main', name FROM sqlite_schema \
             WHERE type = 'table' AND name NOT LIKE 'retentiond%' AND name NOT LIKE 'sqlite%'",
            '"',
        ),
    };
    let quoted = |name: &str| {
        let doubled = name.replace(quote, &format!("{quote}{quote}"));
        format!("{quote}{doubled}{quote}")
    };
    let mut found = BTreeMap::new();
    for row in scratch.rows(names).await {
        let parts: Vec<String> = row
            .into_iter()
            .flatten()
            .map(|part| quoted(&part))
            .collect();
        let table = parts.join(".");
        let rows = scratch.rows(&format!("SELECT * FROM {table}")).await;
        found.insert(table, rows);
    }
    found
}

/// The values of a database that are in no text that the product was given: whoever finds one elsewhere has found a
/// leak.
pub struct Planted {
    values: BTreeSet<String>,
}

impl Planted {
    /// From what the tables hold; `given` is the schedule and whatever else may be repeated.
    pub fn of(tables: &BTreeMap<String, Vec<TextRow>>, given: &str) -> Self {
        let is_value = |cell: &String| {
            cell.len() >= LENGTH_MIN
                && cell.chars().filter(|one| one.is_alphabetic()).count() > LENGTH_MIN / 2
                && !given.contains(cell.as_str())
        };
        let cells = tables.values().flatten().flatten().flatten();
        Self {
            values: cells.filter(|cell| is_value(cell)).cloned().collect(),
        }
    }

    /// Looks for them in a text.
    pub fn missing_in(&self, bytes: &[u8], place: &str) -> Result<(), String> {
        let text = String::from_utf8_lossy(bytes);
        match self
            .values
            .iter()
            .find(|value| text.contains(value.as_str()))
        {
            None => Ok(()),
            Some(value) => Err(format!("{place} holds the value {value:?}")),
        }
    }

    /// Looks for them in every file below a directory.
    pub fn missing_below(&self, directory: &Path) -> Result<(), String> {
        let mut found = Ok(());
        each_file(directory, None, &mut |path, bytes| {
            if found.is_ok() {
                found = self.missing_in(bytes, &path.display().to_string());
            }
        });
        found
    }
}
