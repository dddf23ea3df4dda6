//! Which database runs when.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::schedule::{Database, Schedule};

use super::Cadence;

/// A database of the schedule and when it runs next.
#[derive(Debug)]
pub struct Due {
    pub database: String,
    cadence: Cadence,
    /// The cadence as it is written, and its time zone: the same after a reload, it keeps its next run.
    written: (String, Tz),
    pub next: DateTime<Utc>,
    /// It runs now: a ring that comes meanwhile is the same ring.
    pub is_running: bool,
}

impl Due {
    fn of(database: &Database, now: DateTime<Utc>) -> anyhow::Result<Option<Self>> {
        let Some(text) = &database.cadence else {
            tracing::warn!(
                database = database.name.value,
                "has no cadence: the daemon never runs it"
            );
            return Ok(None);
        };
        let cadence = Cadence::parse(&text.value, database.zone)
            .with_context(|| format!("the cadence of {} is not understood", database.name))?;
        Ok(Some(Self {
            database: database.name.value.clone(),
            next: cadence.next_after(now)?,
            is_running: false,
            cadence,
            written: (text.value.clone(), database.zone),
        }))
    }

    /// Rings that were missed while a run was under way are one ring.
    ///
    /// # Errors
    /// The cadence never comes again.
    pub fn advance(&mut self, now: DateTime<Utc>) -> anyhow::Result<()> {
        self.next = self.cadence.next_after(now)?;
        Ok(())
    }
}

/// The databases of a schedule that have a cadence. What `before` waited for and has the same cadence still waits for
/// the same moment: a reload never skips a run that has come due.
///
/// # Errors
/// There is none, or a cadence is not understood or never comes.
pub fn of_schedule(
    schedule: &Schedule,
    before: &[Due],
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<Due>> {
    let mut all = Vec::new();
    for database in schedule.databases.values() {
        let Some(mut due) = Due::of(database, now)? else {
            continue;
        };
        let same = |old: &&Due| old.database == due.database && old.written == due.written;
        if let Some(old) = before.iter().find(same) {
            due.next = old.next;
            due.is_running = old.is_running;
        }
        all.push(due);
    }
    if all.is_empty() {
        bail!("no database of the schedule has a cadence; add one, as in cadence = \"30 2 * * *\"");
    }
    Ok(all)
}
