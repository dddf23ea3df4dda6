//! `status`: what the daemon is at, what it waits for, and what is wrong.

use crate::daemon::{JobStatus, Status};

use super::context::At;
use super::{Exit, Output, print, print_json, refuse, report, served};

/// Ask the daemon that runs what it is at, when it does what next, what it waits for and what is wrong.
///
/// Exit code 0: all is well; 5: something needs somebody; 1: no daemon runs.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) async fn run(at: &At) -> anyhow::Result<Exit> {
    let Some(host) = served::host() else {
        let Err(exit) = at.load() else {
            refuse(
                at.output,
                "no daemon serves the state directory of this schedule",
            );
            return Ok(Exit::Failed);
        };
        return Ok(exit);
    };
    let status = host.status()?;
    let wrong = wrong(&status);
    match at.output {
        Output::Json => print_json(&status)?,
        Output::Text => print(&report::status(&status, &wrong)),
    }
    Ok(if wrong.is_empty() {
        Exit::Done
    } else {
        Exit::Partial
    })
}

/// What needs somebody, in sentences.
fn wrong(status: &Status) -> Vec<String> {
    let mut all = Vec::new();
    if status.reload_refused {
        all.push(
            "the schedule's file was read again and refused, so an older schedule is in force: see `retentiond check`"
                .to_owned(),
        );
    }
    for database in &status.paused {
        all.push(format!(
            "runs on {database} are paused: `retentiond resume`"
        ));
    }
    for job in &status.jobs {
        let name = named(job);
        if let Some(why) = &job.failure {
            all.push(format!("{name} failed: {why}"));
        }
        if let (Some(reason), Some(hint)) = (job.throttled, job.hint) {
            all.push(format!("{name} waits ({reason}): {hint}"));
        }
    }
    for rule in &status.rules {
        if let Some(why) = &rule.failure {
            all.push(format!("the rule {} failed: {why}", rule.rule));
        } else if !matches!(rule.verdict.as_str(), "runs" | "only observes") {
            all.push(format!("the rule {} {}", rule.rule, rule.verdict));
        }
        if rule.undatable > 0 {
            all.push(format!(
                "{} rows of the rule {} cannot be dated",
                rule.undatable, rule.rule
            ));
        }
    }
    for place in status
        .published
        .iter()
        .filter(|place| place.waits && place.failures > 0)
    {
        let why = place.why.as_deref().unwrap_or("nobody knows why");
        all.push(format!("{} does not take checkpoints: {why}", place.place));
    }
    all
}

/// The job, as everything names it.
pub fn named(job: &JobStatus) -> String {
    match &job.rule {
        Some(rule) => format!("{}/{rule}", job.database),
        None => job.database.clone(),
    }
}
