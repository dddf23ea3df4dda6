//! A small place with data that is due, a schedule, and the program beside them.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use assert_cmd::Command;
use serde_json::Value;

pub use crate::support::CANARY;
use crate::support::{Scratch, Server, assert_no_canary_below};

/// Rows of the tables of a site.
pub const VISITS_DUE: u64 = 30;
pub const NOTES_DUE: u64 = 15;
pub const PEOPLE_DUE: u64 = 12;
const VISITS: u64 = 40;
const PEOPLE: u64 = 20;

/// The parts of the standard schedule, so that a test can change one of them.
#[derive(Clone, Debug)]
pub struct Parts {
    pub database: String,
    pub limits: String,
    pub visits: String,
    pub people: String,
}

impl Parts {
    pub fn text(&self) -> String {
        format!(
            "version = 1\n[state]\ndirectory = \"state\"\n\n[limits]\n{}\n\n{}\n{}\n{}\n",
            self.limits, self.database, self.visits, self.people
        )
    }
}

/// A scratch database with visits, their notes, and people; and a schedule for them.
pub struct Site {
    pub scratch: Scratch,
}

/// What one call of the program did.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Site {
    /// The database, filled, and the standard schedule beside it. The ledger is not there yet.
    pub async fn new(server: Server, hint: &str) -> Site {
        let mut scratch = Scratch::create(server, hint).await;
        fill(&mut scratch).await;
        let site = Site { scratch };
        site.write(&site.parts().text());
        site
    }

    /// The same with the ledger in place.
    pub async fn migrated(server: Server, hint: &str) -> Site {
        let site = Site::new(server, hint).await;
        site.go(&["migrate"]).exits(0);
        site
    }

    /// The same with every rule approved.
    pub async fn approved(server: Server, hint: &str) -> Site {
        let site = Site::migrated(server, hint).await;
        site.go(&["approve", "--all"]).exits(0);
        site
    }

    pub fn parts(&self) -> Parts {
        Parts {
            database: self.scratch.toml_database("hr"),
            limits: "share-per-run = \"100 %\"".to_owned(),
            visits: format!(
                "[[rules]]\nname = \"visits\"\ntable = \"visit\"\nthen = \"delete\"\n  \
                 [[rules.purposes]]\n  name = \"statistics\"\n  start = {}\n  keep = \"2 years\"\n  \
                 [rules.children]\n  note = \"with-parent\"\n",
                self.start("left_on")
            ),
            people: format!(
                "[[rules]]\nname = \"people\"\ntable = \"person\"\nthen = \"anonymise\"\n  \
                 [rules.anonymise]\n  set = {{ name = \"ANON\" }}\n  null = [\"phone\"]\n  \
                 [[rules.purposes]]\n  name = \"relation\"\n  start = {}\n  keep = \"1 year\"\n",
                self.start("gone_on")
            ),
        }
    }

    /// A start event in a column of days.
    pub fn start(&self, column: &str) -> String {
        match self.scratch.server() {
            Server::Sqlite => format!("{{ column = \"{column}\", format = \"%Y-%m-%d\" }}"),
            _ => format!("{{ column = \"{column}\" }}"),
        }
    }

    pub fn dir(&self) -> &Path {
        self.scratch.dir()
    }

    pub fn schedule(&self) -> PathBuf {
        self.dir().join("retentiond.toml")
    }

    pub fn state(&self) -> PathBuf {
        self.dir().join("state")
    }

    pub fn write(&self, schedule: &str) {
        std::fs::write(self.schedule(), schedule).expect("the schedule");
    }

    /// Runs the program on the site's schedule.
    pub fn go(&self, arguments: &[&str]) -> Ran {
        self.go_with(arguments, &[])
    }

    /// The same in an environment.
    pub fn go_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let schedule = self.schedule();
        let mut all = vec!["--schedule", schedule.to_str().expect("UTF-8")];
        all.extend(arguments);
        go(&all, environment)
    }

    /// Runs the program on the site's schedule with something on its standard input.
    pub fn fed(&self, arguments: &[&str], input: &str) -> Ran {
        self.fed_with(arguments, input, &[])
    }

    /// The same in an environment.
    pub fn fed_with(&self, arguments: &[&str], input: &str, environment: &[(&str, &str)]) -> Ran {
        let mut command = std::process::Command::new(program());
        clean(&mut command)
            .envs(environment.iter().copied())
            .arg("--schedule")
            .arg(self.schedule())
            .args(arguments);
        let output = Command::from_std(command)
            .timeout(std::time::Duration::from_secs(60))
            .write_stdin(input)
            .output()
            .expect("it runs");
        ran(&output)
    }

    /// The one JSON document of a verb.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--output", "json"];
        all.extend(arguments);
        self.go(&all).json()
    }

    /// Starts the program and does not wait.
    pub fn start_process(&self, arguments: &[&str]) -> Child {
        self.start_process_with(arguments, &[])
    }

    /// The same in an environment.
    pub fn start_process_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Child {
        let mut command = std::process::Command::new(program());
        clean(&mut command)
            .envs(environment.iter().copied())
            .arg("--schedule")
            .arg(self.schedule())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    }

    pub async fn count(&mut self, query: &str) -> u64 {
        let query = format!("SELECT COUNT(*) FROM {query}");
        let count = self.scratch.value(&query).await;
        count.and_then(|count| count.parse().ok()).expect("a count")
    }

    /// Asserts that every row is as it was made.
    pub async fn assert_untouched(&mut self) {
        assert_eq!(self.count("visit").await, VISITS);
        assert_eq!(self.count("note").await, VISITS / 2);
        let people = format!("person WHERE name = '{CANARY}' AND phone = '{CANARY}'");
        assert_eq!(self.count(&people).await, PEOPLE);
    }

    /// Asserts that what was due is gone and the rest is not.
    pub async fn assert_enforced(&mut self) {
        assert_eq!(self.count("visit").await, VISITS - VISITS_DUE);
        assert_eq!(self.count("note").await, VISITS / 2 - NOTES_DUE);
        let left = format!("person WHERE name = '{CANARY}'");
        assert_eq!(self.count(&left).await, PEOPLE - PEOPLE_DUE);
        assert_eq!(self.count("person").await, PEOPLE);
    }

    /// Looks for values of rows in everything that was left behind, and takes the site down.
    pub async fn finish(mut self) {
        let file =
            (self.scratch.server() == Server::Sqlite).then(|| self.scratch.file().to_owned());
        assert_no_canary_below(self.dir(), file.as_deref());
        let ledger = match self.scratch.server() {
            Server::Postgres => ["retentiond.head", "retentiond.ledger"],
            _ => ["retentiond_head", "retentiond_ledger"],
        };
        for table in ledger {
            let mut session = self.scratch.second().await;
            let rows = session.try_rows(&format!("SELECT * FROM {table}")).await;
            session.close().await;
            for cell in rows.iter().flatten().flatten().flatten() {
                assert!(!cell.contains(CANARY), "{table}: {cell}");
            }
        }
        self.scratch.exec("SELECT 1").await;
        self.scratch.finish().await;
    }
}

impl Ran {
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Asserts on stdout.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.out.contains(words), "no {words:?} on stdout of {self}");
        self
    }

    /// Asserts on stderr.
    #[track_caller]
    pub fn warns(self, words: &str) -> Self {
        assert!(self.err.contains(words), "no {words:?} on stderr of {self}");
        self
    }

    #[track_caller]
    pub fn says_nothing(self) -> Self {
        assert!(self.out.is_empty(), "something on stdout of {self}");
        self
    }

    /// The result on stdout, or the findings, or why there is neither: stdout must be one JSON document.
    #[track_caller]
    pub fn json(self) -> Value {
        let mut whole = self.document();
        for part in ["result", "findings"] {
            if whole.get(part).is_some_and(|part| !part.is_null()) {
                return whole[part].take();
            }
        }
        whole
    }

    /// stdout, which must be one JSON document and nothing else.
    #[track_caller]
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.out, self.err
        )
    }
}

pub fn program() -> &'static str {
    env!("CARGO_BIN_EXE_retentiond")
}

/// Without the settings of whoever runs the tests.
pub fn clean(command: &mut std::process::Command) -> &mut std::process::Command {
    for name in [
        "RETENTIOND_SCHEDULE",
        "RETENTIOND_LOG",
        "PGOPTIONS",
        "NO_COLOR",
    ] {
        command.env_remove(name);
    }
    command
}

/// Runs the program.
pub fn go(arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = std::process::Command::new(program());
    clean(&mut command).args(arguments);
    command.envs(environment.iter().copied());
    let output = Command::from_std(command)
        .timeout(std::time::Duration::from_secs(60))
        .output()
        .expect("it runs");
    ran(&output)
}

pub fn ran(output: &std::process::Output) -> Ran {
    let ran = Ran {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    assert!(!ran.out.contains(CANARY), "a value on stdout of {ran}");
    assert!(!ran.err.contains(CANARY), "a value on stderr of {ran}");
    assert!(!ran.err.contains("panicked"), "a panic: {ran}");
    ran
}

async fn fill(scratch: &mut Scratch) {
    let date = match scratch.server() {
        Server::Sqlite => "TEXT",
        _ => "DATE",
    };
    scratch
        .exec(&format!(
            "CREATE TABLE visit (id INTEGER PRIMARY KEY, who VARCHAR(60), left_on {date});
             CREATE INDEX visit_left ON visit (left_on);
             CREATE TABLE note (id INTEGER PRIMARY KEY, visit_id INTEGER, body VARCHAR(60),
                                CONSTRAINT note_visit FOREIGN KEY (visit_id) REFERENCES visit (id));
             CREATE INDEX note_of ON note (visit_id);
             CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(60) NOT NULL, phone VARCHAR(60),
                                  gone_on {date});
             CREATE INDEX person_gone ON person (gone_on);"
        ))
        .await;
    let day = |due: bool| if due { "'2001-01-01'" } else { "'9000-01-01'" };
    let visits = (1..=VISITS).map(|id| format!("({id}, '{CANARY}', {})", day(id <= VISITS_DUE)));
    insert(scratch, "visit", visits).await;
    let notes = (1..=VISITS / 2).map(|id| format!("({id}, {}, '{CANARY}')", 2 * id));
    insert(scratch, "note", notes).await;
    let people =
        (1..=PEOPLE).map(|id| format!("({id}, '{CANARY}', '{CANARY}', {})", day(id <= PEOPLE_DUE)));
    insert(scratch, "person", people).await;
}

async fn insert(scratch: &mut Scratch, table: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<String> = rows.collect();
    scratch
        .exec(&format!("INSERT INTO {table} VALUES {}", rows.join(", ")))
        .await;
}
