//! One case as it lies on the disk.

use std::path::{Path, PathBuf};

use crate::support::Server;

/// The files that a case may have, without the name of a database in them.
const FILES: [&str; 6] = [
    "schema.sql",
    "rows.sql",
    "events.sql",
    "schedule.toml",
    "expected",
    "expected-error",
];

/// A folder of `tests/cases`.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(path: PathBuf) -> Folder {
        Folder(path)
    }

    pub fn name(&self) -> &str {
        self.0
            .file_name()
            .and_then(|name| name.to_str())
            .expect("the name of a case")
    }

    /// A case is played on the databases that it has a schema for.
    pub fn applies_to(&self, server: Server) -> bool {
        self.path("schema.sql", server).is_some()
    }

    /// A file's text; that of the database, as in `schema.sqlite.sql`, before the one of all.
    pub fn text(&self, file: &str, server: Server) -> Option<String> {
        let path = self.path(file, server)?;
        let read = std::fs::read_to_string(&path);
        Some(read.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// The schedule as it was written, and what its head says.
    pub fn schedule(&self, server: Server) -> Written {
        let text = self
            .text("schedule.toml", server)
            .unwrap_or_else(|| panic!("{} has no schedule", self.name()));
        Written(text)
    }

    /// What the product is given beside the rows: their values may not be repeated, these words may.
    pub fn given(&self, server: Server) -> String {
        let schema = self.text("schema.sql", server).unwrap_or_default();
        let is_made = |statement: &&str| !statement.to_uppercase().contains("INSERT INTO");
        let schema: Vec<&str> = schema.split(';').filter(is_made).collect();
        let schedule = self.text("schedule.toml", server).unwrap_or_default();
        format!("{schedule}\n{}", schema.join(";"))
    }

    /// What the case shows.
    pub fn why(&self) -> Option<String> {
        let schedules = [Server::Postgres, Server::Mariadb, Server::Sqlite]
            .into_iter()
            .filter_map(|server| self.text("schedule.toml", server));
        let mut whys = schedules.map(|text| Written(text).head("why").next().map(str::to_owned));
        whys.next().flatten()
    }

    /// Files that nobody would read.
    pub fn strangers(&self) -> Vec<String> {
        std::fs::read_dir(&self.0)
            .expect("a case can be read")
            .map(|entry| entry.expect("a file of a case").file_name())
            .filter_map(|name| name.into_string().ok())
            .filter(|name| !known(name))
            .map(|name| format!("{}: nobody reads {name}", self.name()))
            .collect()
    }

    fn path(&self, file: &str, server: Server) -> Option<PathBuf> {
        [of_database(file, word(server)), file.to_owned()]
            .iter()
            .map(|name| self.0.join(name))
            .find(|path| Path::is_file(path))
    }
}

fn known(name: &str) -> bool {
    let words = [Server::Postgres, Server::Mariadb, Server::Sqlite].map(word);
    FILES
        .iter()
        .any(|file| name == *file || words.iter().any(|word| name == of_database(file, word)))
}

fn of_database(file: &str, word: &str) -> String {
    match file.rsplit_once('.') {
        Some((stem, end)) => format!("{stem}.{word}.{end}"),
        None => format!("{file}.{word}"),
    }
}

/// The database's word in the names of files.
fn word(server: Server) -> &'static str {
    match server {
        Server::Postgres => "postgres",
        Server::Mariadb => "mariadb",
        Server::Sqlite => "sqlite",
    }
}

/// The text of a schedule. Its head says why the case is there, when it plays and what the database is like:
///
/// ```toml
/// # why: a row without a start event is never due
/// # now: 2026-03-01T12:00:00Z
/// # database: column-time-zone = "UTC"
/// ```
pub struct Written(String);

impl Written {
    /// The lines of the head that begin with a word.
    pub fn head<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .lines()
            .take_while(|line| line.starts_with('#'))
            .filter_map(move |line| {
                line.strip_prefix("# ")?
                    .strip_prefix(word)?
                    .strip_prefix(':')
            })
            .map(str::trim)
    }

    /// The schedule with its databases: `{{day}}` and `{{time}}` say how SQLite writes dates, where the types of the
    /// others say it.
    pub fn whole(&self, connection: &str, state: &Path, limits: &str, server: Server) -> String {
        let mut database: String = connection.to_owned();
        let lines: Vec<&str> = self.head("database").collect();
        if lines.iter().any(|line| line.starts_with("time-zone")) {
            database = database.replace("time-zone = \"UTC\"\n", "");
        }
        for line in lines {
            database.push_str(line);
            database.push('\n');
        }
        let (day, time) = match server {
            Server::Sqlite => (
                ", format = \"%Y-%m-%d\"",
                ", format = \"%Y-%m-%d %H:%M:%S\"",
            ),
            _ => ("", ""),
        };
        let body = self.0.replace("{{day}}", day).replace("{{time}}", time);
        let limits = if body.contains("[limits]") {
            ""
        } else {
            limits
        };
        format!(
            "version = 1\n[state]\ndirectory = \"{}\"\n{database}\n{limits}\n{body}",
            state.display()
        )
    }
}
