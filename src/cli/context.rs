//! What every verb needs: the schedule, read and shown where it is wrong.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::config;
use crate::diagnostic::{Faults, Finding, Reached, Source, Style, findings, render, render_after};
use crate::run::{DatabaseReport, Halt, HaltedBy, Verdict};
use crate::schedule::{Database, Schedule};
use crate::state::{Busy, Store};

use super::{Exit, Output, served, shared};

/// How long a verb that writes waits for another process: a minute.
const STORE_TRIES: u32 = 240;
const STORE_PAUSE: std::time::Duration = std::time::Duration::from_millis(250);

/// Where the schedule lies and how results are written.
#[derive(Clone)]
pub struct At {
    pub schedule: PathBuf,
    pub output: Output,
}

/// A schedule without faults, with the text it came from.
pub struct Loaded {
    pub schedule: Schedule,
    pub source: Source,
    pub warnings: Faults,
    output: Output,
}

/// What `check` found, and what every verb writes where the schedule has faults.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Findings {
    pub schedule: String,
    /// Whether the databases were asked as well.
    pub connected: bool,
    pub errors: usize,
    pub warnings: usize,
    pub findings: Vec<Finding>,
    pub databases: Vec<Halted>,
}

/// A database that could not be asked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Halted {
    pub database: String,
    pub error: String,
    pub hint: Option<String>,
}

impl Findings {
    /// Of a reading of the file.
    #[must_use]
    pub fn of(source: &Source, faults: &Faults) -> Self {
        Self {
            schedule: source.name.clone(),
            connected: false,
            errors: faults.errors(),
            warnings: faults.warnings(),
            findings: findings(source, faults),
            databases: Vec::new(),
        }
    }
}

impl At {
    /// Reads the schedule; shows its faults.
    ///
    /// # Errors
    /// The exit code, after everything was shown.
    pub fn load(&self) -> Result<Loaded, Exit> {
        match config::load(&self.schedule) {
            Ok((schedule, source, warnings)) => Ok(Loaded {
                schedule,
                source,
                warnings,
                output: self.output,
            }),
            Err((source, faults)) => {
                super::say(render(&source, &faults, style()).trim_end());
                if self.output == Output::Json {
                    let _ = super::print_findings(&Findings::of(&source, &faults));
                }
                Err(Exit::Schedule)
            }
        }
    }

    /// Where relative paths of a schedule that was read begin: nowhere, since its reader has placed them beside its file.
    /// A second time would look for `conf/conf/app.db`.
    #[must_use]
    pub fn base(&self) -> &'static Path {
        Path::new("")
    }
}

impl Loaded {
    /// The databases that a verb is about.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn databases(&self, only: Option<&str>) -> Result<Vec<&Database>, Exit> {
        match only {
            None => Ok(self.schedule.databases.values().collect()),
            Some(name) => match self.schedule.databases.get(name) {
                Some(database) => Ok(vec![database]),
                None => {
                    let known = self.schedule.databases.keys().map(String::as_str);
                    Err(self.unknown("database", name, known))
                }
            },
        }
    }

    /// The state store, to write to it.
    ///
    /// # Errors
    /// Another process writes to it, or it cannot be written.
    pub async fn store(&self) -> anyhow::Result<Store> {
        if let Some(store) = served::store() {
            // Each may have been told in its own way.
            let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
            if real(store.directory()) != real(&self.schedule.state_directory) {
                anyhow::bail!("the daemon serves another state directory");
            }
            return Ok(store);
        }
        let store = shared::store(&self.schedule).await?;
        Ok(store.publishing_to(&self.schedule.sinks))
    }

    /// The state store, to write to it; `None` where another process has it now.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn store_at_once(&self) -> anyhow::Result<Option<Store>> {
        match self.store().await {
            Ok(store) => Ok(Some(store)),
            Err(error) if error.is::<Busy>() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The state store, to write to it, waiting for a minute while another process has it.
    ///
    /// # Errors
    /// The other one does not let go of it, or it cannot be written.
    pub async fn store_in_time(&self) -> anyhow::Result<Store> {
        for _ in 0..STORE_TRIES {
            if let Some(store) = self.store_at_once().await? {
                return Ok(store);
            }
            tokio::time::sleep(STORE_PAUSE).await;
        }
        self.store().await
    }

    /// Refuses a rule that the schedule does not have.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn known_rule(&self, only: Option<&str>) -> Result<(), Exit> {
        match only {
            Some(name) if self.schedule.rule(name).is_none() => {
                let rules = self.schedule.rules.iter();
                let known = rules.map(|rule| rule.name.value.as_str());
                Err(self.unknown("rule", name, known))
            }
            _ => Ok(()),
        }
    }

    fn unknown<'a>(&self, what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Exit {
        let known: Vec<&str> = known.collect();
        let near = known
            .iter()
            .map(|one| (strsim::damerau_levenshtein(one, name), one))
            .filter(|(distance, one)| *distance <= one.len().max(3) / 3)
            .min();
        let hint = match near {
            Some((_, near)) => format!("did you mean {near}?"),
            None => format!("it has {}", known.join(", ")),
        };
        let why = format!("the schedule has no {what} {name}; {hint}");
        super::refuse(self.output, &why);
        Exit::Usage
    }

    /// Shows what the catalogue found wrong.
    pub fn show(&self, faults: &Faults) {
        let text = render_after(&self.source, faults, style(), Reached::Catalogue);
        if !text.is_empty() {
            super::say(text.trim_end());
        }
    }
}

/// Says why nothing could begin on a database, and what would be right.
pub fn complain(database: &Database, halt: &Halt) {
    super::say(format_args!("error: database {}: {halt}", database.name));
    if let Some(hint) = halt.advice() {
        super::say(format_args!("  = help: {hint}"));
    }
}

/// The same for a machine.
#[must_use]
pub fn halted(database: &Database, halt: &Halt) -> Halted {
    Halted {
        database: database.name.value.clone(),
        error: halt.to_string(),
        hint: halt.advice().map(str::to_owned),
    }
}

/// Colour on a terminal, unless `NO_COLOR` is set.
#[must_use]
pub fn style() -> Style {
    if std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
    {
        Style::Colour
    } else {
        Style::Plain
    }
}

/// The exit code of a database on which nothing could begin.
#[must_use]
pub fn exit_of_halt(halt: &Halt) -> Exit {
    exit_of(halt.kind())
}

fn exit_of(kind: HaltedBy) -> Exit {
    match kind {
        HaltedBy::Schedule => Exit::Schedule,
        HaltedBy::Database | HaltedBy::Clocks | HaltedBy::NoLedger => Exit::Database,
        HaltedBy::Records => Exit::Failed,
        HaltedBy::Limit | HaltedBy::Unpublished => Exit::Guarded,
        HaltedBy::Hold => Exit::Held,
    }
}

/// The exit code of a database's report.
#[must_use]
pub fn exit_of_report(report: &DatabaseReport) -> Exit {
    let guarded =
        |verdict: &Verdict| matches!(verdict, Verdict::OverLimit(_) | Verdict::NeedsApproval(_));
    let fine = |verdict: &Verdict| {
        matches!(
            verdict,
            Verdict::Runs | Verdict::Observes | Verdict::NotAsked
        )
    };
    let halted = report.halted_by.map_or(Exit::Done, exit_of);
    let rules = report.rules.iter().map(|rule| match &rule.verdict {
        verdict if guarded(verdict) => Exit::Guarded,
        verdict if fine(verdict) && rule.failure.is_none() => Exit::Done,
        _ => Exit::Partial,
    });
    let whole = match (report.stopped, report.broken.is_empty()) {
        (true, _) => Exit::Stopped,
        (false, false) => Exit::Partial,
        (false, true) => Exit::Done,
    };
    let people = report.resumed.iter().map(|one| one.trouble.is_some());
    let again = report.again.iter().map(|one| one.trouble.is_some());
    let beside = people.chain(again).map(|trouble| match trouble {
        true => Exit::Partial,
        false => Exit::Done,
    });
    rules.chain(beside).fold(halted.max(whole), Exit::max)
}
