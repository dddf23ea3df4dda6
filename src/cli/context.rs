//! What every verb needs: the schedule, read and shown where it is wrong.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::config;
use crate::db::TroubleKind;
use crate::diagnostic::{Faults, Reached, Source, Style, render, render_after};
use crate::run::{DatabaseReport, Halt, Verdict};
use crate::schedule::{Database, Schedule};

use super::{Exit, Output};

/// Where the schedule lies and how results are written.
pub struct At {
    pub schedule: PathBuf,
    pub output: Output,
}

/// A schedule without faults, with the text it came from.
pub struct Loaded {
    pub schedule: Schedule,
    pub source: Source,
    pub warnings: Faults,
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
            }),
            Err((source, faults)) => {
                eprint!("{}", render(&source, &faults, style()));
                Err(Exit::Schedule)
            }
        }
    }

    /// The folder of the schedule's file.
    #[must_use]
    pub fn base(&self) -> &Path {
        match self.schedule.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
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
                    let known: Vec<&str> =
                        self.schedule.databases.keys().map(String::as_str).collect();
                    eprintln!(
                        "error: the schedule has no database {name}; it has {}",
                        known.join(", ")
                    );
                    Err(Exit::Usage)
                }
            },
        }
    }

    /// Refuses a rule that the schedule does not have.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn known_rule(&self, only: Option<&str>) -> Result<(), Exit> {
        match only {
            Some(name) if self.schedule.rule(name).is_none() => {
                let known: Vec<&str> = self
                    .schedule
                    .rules
                    .iter()
                    .map(|rule| rule.name.value.as_str())
                    .collect();
                eprintln!(
                    "error: the schedule has no rule {name}; it has {}",
                    known.join(", ")
                );
                Err(Exit::Usage)
            }
            _ => Ok(()),
        }
    }

    /// Shows what the catalogue found wrong.
    pub fn show(&self, faults: &Faults) {
        eprint!(
            "{}",
            render_after(&self.source, faults, style(), Reached::Catalogue)
        );
    }
}

/// Colour on a terminal, unless `NO_COLOR` is set.
#[must_use]
pub fn style() -> Style {
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        Style::Colour
    } else {
        Style::Plain
    }
}

/// The exit code of a database on which nothing could begin.
#[must_use]
pub fn exit_of_halt(halt: &Halt) -> Exit {
    match halt {
        Halt::Trouble(trouble) => match trouble.kind {
            TroubleKind::Misconfigured => Exit::Schedule,
            _ => Exit::Database,
        },
        Halt::Clocks { .. } | Halt::NoLedger => Exit::Database,
        Halt::Records(_) => Exit::Failed,
    }
}

/// The exit code of a database's report.
#[must_use]
pub fn exit_of_report(report: &DatabaseReport) -> Exit {
    let guarded =
        |verdict: &Verdict| matches!(verdict, Verdict::OverLimit(_) | Verdict::NeedsApproval(_));
    if report.stopped {
        Exit::Stopped
    } else if report.rules.iter().any(|rule| guarded(&rule.verdict)) {
        Exit::Guarded
    } else if report.is_whole() || only_not_asked(report) {
        Exit::Done
    } else {
        Exit::Partial
    }
}

fn only_not_asked(report: &DatabaseReport) -> bool {
    report.halted.is_none()
        && report.broken.is_empty()
        && report.rules.iter().all(|rule| {
            rule.failure.is_none()
                && matches!(
                    rule.verdict,
                    Verdict::Runs | Verdict::Observes | Verdict::NotAsked
                )
        })
}
