//! Which occurrence each cadence waits for, so that a start knows what was missed. A file beside the log and no part of
//! the truth: where it is lost, a start waits for the next occurrence.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::agenda::Agenda;

const FILE: &str = "daemon.json";

/// What one cadence waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// The cadence as it is written, and its zone.
    pub cadence: String,
    /// The first occurrence that had no run, or whose run did not come to its end.
    pub next: DateTime<Utc>,
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

    /// Of an agenda.
    #[must_use]
    pub fn of(agenda: &Agenda) -> Self {
        let waits = |job: &super::agenda::Job| {
            let waits = Waits {
                cadence: job.cadence().to_string(),
                next: job.first_without_end(),
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

fn path(state: &Path) -> PathBuf {
    state.join(FILE)
}
