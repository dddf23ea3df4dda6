//! What the daemon is at, for people.

use chrono::{DateTime, Utc};

use crate::daemon::{JobStatus, RuleStatus, Status};

use super::super::status::named;
use super::{bare, lines, right, second};

/// What the daemon says of itself, and what needs somebody.
#[must_use]
pub fn status(status: &Status, wrong: &[String]) -> String {
    let mut told = format!(
        "retentiond {} since {}, now {}; schedule {}, {} records in the log\n\n",
        status.version,
        second(status.since),
        second(status.now),
        status.schedule.get(..12).unwrap_or_default(),
        status.records
    );
    told.push_str(&jobs(&status.jobs));
    if !status.rules.is_empty() {
        told.push('\n');
        told.push_str(&rules(&status.rules));
    }
    told.push('\n');
    if wrong.is_empty() {
        told.push_str("all is well\n");
    }
    for one in wrong {
        told.push_str(&format!("! {one}\n"));
    }
    told
}

fn jobs(all: &[JobStatus]) -> String {
    let mut table = bare(&[
        "runs",
        "state",
        "next",
        "last end",
        "last success",
        "failures",
    ]);
    let moment = |at: Option<DateTime<Utc>>| at.map_or("-".to_owned(), second);
    for job in all {
        table.add_row([
            named(job),
            job.throttled
                .map_or(job.state.to_owned(), |why| format!("throttled: {why}")),
            moment(job.next),
            moment(job.last_end),
            moment(job.last_success),
            job.failures.to_string(),
        ]);
    }
    right(&mut table, 5..=5);
    lines(&table)
}

fn rules(all: &[RuleStatus]) -> String {
    let mut table = bare(&[
        "rule",
        "overdue",
        "since",
        "gone",
        "held",
        "waiting",
        "last success",
    ]);
    for rule in all {
        table.add_row([
            rule.rule.clone(),
            rule.due.to_string(),
            rule.overdue_since.map_or("-".to_owned(), second),
            rule.disposed.to_string(),
            rule.held.to_string(),
            rule.waiting.to_string(),
            rule.last_success.map_or("-".to_owned(), second),
        ]);
    }
    right(&mut table, 1..=1);
    right(&mut table, 3..=5);
    lines(&table)
}
