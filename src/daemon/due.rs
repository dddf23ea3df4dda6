//! The cadences of a schedule.

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};

use crate::schedule::{Database, Schedule};

use super::Cadence;
use super::agenda::{Job, Name, Pace};
use super::memory::Memory;

/// A moment that is later than the cadence's next one after this was kept by a clock that was wrong.
const AHEAD_MAX: TimeDelta = TimeDelta::days(1);

/// A job for each database that has a cadence, and for each rule that has one of its own. What an earlier daemon waited
/// for with the same cadence is waited for still: it may be past. What had come due under another cadence is made up for.
///
/// # Errors
/// There is none, or a cadence is not understood or never comes.
pub(super) fn jobs(
    schedule: &Schedule,
    memory: &Memory,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<Job>> {
    let mut all = Vec::new();
    for database in schedule.databases.values() {
        let own: Vec<_> = schedule.rules_of(&database.name).collect();
        let needs_none = !own.is_empty() && own.iter().all(|rule| rule.cadence.is_some());
        match &database.cadence {
            Some(text) if !needs_none => {
                all.push(job(database, None, &text.value, memory, now)?);
            }
            Some(_) => {}
            None if needs_none => {}
            None => tracing::warn!(
                database = database.name.value,
                "has no cadence: the daemon never runs it"
            ),
        }
        for rule in own {
            if let Some(text) = &rule.cadence {
                let name = Some(rule.name.value.clone());
                all.push(job(database, name, &text.value, memory, now)?);
            }
        }
    }
    if all.is_empty() {
        bail!("no database of the schedule has a cadence; add one, as in cadence = \"30 2 * * *\"");
    }
    Ok(all)
}

fn job(
    database: &Database,
    rule: Option<String>,
    text: &str,
    memory: &Memory,
    now: DateTime<Utc>,
) -> anyhow::Result<Job> {
    let name = Name {
        database: database.name.value.clone(),
        rule,
    };
    let cadence = Cadence::parse(text, database.zone)
        .with_context(|| format!("the cadence of {name} is not understood"))?;
    let pace = Pace {
        zone: database.zone,
        window: database.service.window,
        jitter: database.service.jitter,
        cadence,
    };
    let chance = getrandom::u32().context("the system gives no random numbers")?;
    let written = pace.cadence.to_string();
    let latest = pace.cadence.next_after(now + AHEAD_MAX)?;
    let kept = memory.0.get(&name.to_string());
    let Some(kept) = kept.filter(|kept| kept.next <= latest) else {
        return Job::after(name, pace, now, chance);
    };
    if let Some(done) = kept.done.filter(|_| kept.cadence == written) {
        let job = Job::after(name, pace, done, chance)?;
        return Ok(match job.next() <= now {
            true => job.was_down(),
            false => job,
        });
    }
    let (is_past, is_same) = (kept.next <= now, kept.cadence == written);
    let from = match is_same {
        true => kept.next - TimeDelta::seconds(1),
        false => now,
    };
    let is_of_another = !is_same || pace.cadence.next_after(from)? != kept.next;
    let job = Job::after(name, pace, from, chance)?;
    Ok(match is_past {
        // An occurrence of a cadence that the schedule does not have any more had no run.
        true if is_of_another => job.owing(kept.next).was_down(),
        true => job.was_down(),
        false => job,
    })
}
