//! Which occurrence each cadence waits for, so that a start knows what was missed. A file beside the log and no part of
//! the truth: where it is lost, a start waits for the next occurrence; where a daemon was killed between the end of a run
//! and this file, the log tells that the run has been.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::schedule::Schedule;
use crate::state::{Ending, Entry, Record, RunReason, Store};

use super::agenda::Agenda;

const FILE: &str = "daemon.json";

/// What one cadence waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// The cadence as it is written, and its zone.
    pub cadence: String,
    /// The first occurrence that had no run, or whose run did not come to its end.
    pub next: DateTime<Utc>,
    /// When a run began that the log knows of, and that came to its end: what had come due until then is done. Never kept.
    #[serde(skip)]
    pub done: Option<DateTime<Utc>>,
}

/// What all cadences wait for, by the names of their jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory(pub BTreeMap<String, Waits>);

impl Memory {
    /// What was kept; nothing where there is no such file, or nobody understands it.
    #[must_use]
    pub fn read(state: &Path) -> Self {
        let held = std::fs::read(path(state)).unwrap_or_default();
        serde_json::from_slice(&held).unwrap_or_default()
    }

    /// What the log knows better: of a database whose rules all run at once, runs that came to their end since.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn corrected(
        mut self,
        schedule: &Schedule,
        store: &mut Store,
    ) -> anyhow::Result<Self> {
        let has_own = |database: &str| {
            let mut rules = schedule.rules.iter();
            rules.any(|rule| rule.database.value == database && rule.cadence.is_some())
        };
        let mut begun = BTreeMap::new();
        let each = |entry: Entry| {
            let ended = ended(&mut begun, entry).filter(|(database, _)| !has_own(database));
            if let Some((database, at)) = ended {
                self.has_run(&database, at);
            }
        };
        store
            .each_record(&["run-started", "run-ended"], each)
            .await?;
        Ok(self)
    }

    /// A run that began then has done what had come due.
    fn has_run(&mut self, database: &str, at: DateTime<Utc>) {
        if let Some(waits) = self.0.get_mut(database)
            && waits.next <= at
        {
            waits.done = Some(at);
        }
    }

    /// Of an agenda.
    #[must_use]
    pub fn of(agenda: &Agenda) -> Self {
        let waits = |job: &super::agenda::Job| {
            let waits = Waits {
                cadence: job.cadence().to_string(),
                next: job.first_without_end(),
                done: None,
            };
            (job.name.to_string(), waits)
        };
        Self(agenda.jobs().iter().map(waits).collect())
    }

    /// Keeps it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, state: &Path) -> anyhow::Result<()> {
        let bytes = serde_json::to_vec_pretty(self)?;
        crate::files::replace(state, FILE, &bytes)
            .with_context(|| format!("failed to write {}", path(state).display()))
    }
}

/// The database and the beginning of a run on a cadence that has come to its end with this record.
fn ended(
    begun: &mut BTreeMap<String, (String, DateTime<Utc>)>,
    entry: Entry,
) -> Option<(String, DateTime<Utc>)> {
    match entry.record {
        Record::RunStarted {
            run,
            database,
            reason: RunReason::Cadence,
            ..
        } => {
            begun.insert(run, (database, entry.at));
            None
        }
        Record::RunEnded { run, ending, .. } => {
            let of = begun.remove(&run);
            of.filter(|_| ending == Ending::Finished)
        }
        _ => None,
    }
}

fn path(state: &Path) -> PathBuf {
    state.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u32) -> DateTime<Utc> {
        let text = format!("2026-11-22T02:{minute:02}:00Z");
        text.parse().expect("a moment")
    }

    fn entry(minute: u32, record: Record) -> Entry {
        Entry {
            seq: 0,
            at: at(minute),
            record,
        }
    }

    fn started(reason: RunReason) -> Record {
        Record::RunStarted {
            run: "r".to_owned(),
            database: "hr".to_owned(),
            reason,
            by: String::new(),
            now: at(0),
            schedule: crate::catalog::Fingerprint::of(""),
            version: String::new(),
        }
    }

    fn came_to(reason: RunReason, ending: Ending, next: u32) -> Option<DateTime<Utc>> {
        let waits = Waits {
            cadence: "30 2 * * *".to_owned(),
            next: at(next),
            done: None,
        };
        let mut memory = Memory([("hr".to_owned(), waits)].into());
        let run_ended = Record::RunEnded {
            run: "r".to_owned(),
            ending,
            rows: 1,
        };
        let mut begun = BTreeMap::new();
        for one in [entry(30, started(reason)), entry(31, run_ended)] {
            if let Some((database, at)) = ended(&mut begun, one) {
                memory.has_run(&database, at);
            }
        }
        memory.0["hr"].done
    }

    #[test]
    fn a_run_that_the_log_knows_of_is_not_missed() {
        let (cadence, finished) = (RunReason::Cadence, Ending::Finished);
        assert_eq!(came_to(cadence, finished, 30), Some(at(30)));
        assert_eq!(came_to(cadence, finished, 29), Some(at(30)));
        assert_eq!(came_to(cadence, finished, 32), None, "it was kept already");
        assert_eq!(came_to(cadence, Ending::Stopped, 30), None, "it is owed");
        assert_eq!(came_to(RunReason::Command, finished, 30), None);
    }
}
