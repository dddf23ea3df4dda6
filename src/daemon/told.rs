//! What a run did, in the log.

use chrono::{DateTime, Utc};

use crate::run::again::Again;
use crate::run::erase::Resumed;
use crate::run::{DatabaseReport, RuleReport, Verdict};
use crate::schedule::Database;
use crate::state::Requested;

use super::agenda::{Missed, MissedBecause, Name};

/// From so many days before a request has to be answered on, it is told of after every run.
const SOON: i64 = 10;

/// Occurrences of a cadence that had no run at their time.
pub fn missed(missed: &Missed) {
    let Name { database, rule } = &missed.name;
    let (first, last, count) = (missed.first, missed.last, missed.count);
    let (because, made_up) = (missed.because, missed.is_made_up);
    if because == MissedBecause::Window {
        tracing::info!(database, rule, first = %first, last = %last, count, made_up,
            "what came due while the window was closed is done by one run");
        return;
    }
    tracing::warn!(database, rule, because = ?because, first = %first, last = %last, count, made_up, "runs were missed");
}

/// A run that could not begin.
pub fn failed(database: &Database, error: &anyhow::Error, hint: Option<&str>) {
    tracing::error!(
        database = database.name.value,
        hint = hint.unwrap_or_default(),
        "the run failed: {error:#}"
    );
}

/// A run that ended, rule by rule.
pub fn ended(report: &DatabaseReport) {
    for rule in &report.rules {
        of_rule(&report.database, rule);
        if rule.undatable > 0 {
            tracing::warn!(
                database = report.database,
                rule = rule.rule,
                rows = rule.undatable,
                "rows cannot be dated: they stay until somebody corrects them"
            );
        }
    }
    for hold in report.holds.iter().filter(|hold| hold.to_be_reviewed) {
        tracing::warn!(
            database = report.database,
            rule = hold.rule,
            hold = hold.hold,
            review = %hold.review,
            "a hold is to be reviewed; it stands until somebody lifts it"
        );
    }
    if let Some(lost) = &report.regression {
        tracing::warn!(
            database = report.database,
            batches = lost.batches,
            rows = lost.rows,
            until = %lost.until,
            "the database was put back to an earlier state; what came back is due again"
        );
    }
    for one in &report.returned {
        tracing::warn!(
            database = report.database,
            rule = one.rule,
            table = one.table,
            removed = one.removed,
            there = one.there,
            left = one.left,
            known_again = one.known_again,
            "rows that lost batches had removed came back"
        );
    }
    resumed(&report.database, &report.erased_again);
    for rule in &report.broken {
        tracing::error!(
            database = report.database,
            rule,
            "the rule does not fit its database; `check --connect` says why"
        );
    }
    if let Some(why) = &report.halted {
        tracing::error!(database = report.database, "{why}");
    }
    tracing::info!(
        database = report.database,
        run = report.run.as_deref().unwrap_or_default(),
        rows = report.rows_done(),
        stopped = report.stopped,
        "run ends"
    );
}

/// What went again as somebody approved.
pub fn again(database: &str, all: &[Again]) {
    for one in all {
        let rule = &one.rule;
        match &one.trouble {
            Some(why) => tracing::error!(
                database,
                rule,
                "what came back was approved to go again: {why}"
            ),
            None => tracing::info!(
                database,
                rule,
                rows = one.rows,
                stays = one.stays,
                "what came back with the restored database went again"
            ),
        }
    }
}

/// What was done for people who had asked to be erased before.
pub fn resumed(database: &str, all: &[Resumed]) {
    for one in all {
        let request = &one.erasure;
        match &one.trouble {
            Some(why) => tracing::error!(database, request, "a request to be erased: {why}"),
            None => tracing::info!(
                database,
                request,
                rows = one.rows,
                "rows were erased for a request that was carried out before"
            ),
        }
    }
}

/// Requests to be erased that have to be answered soon, or should have been.
pub fn requested(database: &Database, all: &[Requested], now: DateTime<Utc>) {
    // The day that it is where the people are.
    let today = database.day(now);
    let database = &database.name.value;
    for one in all.iter().filter(|one| one.database == *database) {
        if let Some(days) = one.days_left(today).filter(|days| *days <= SOON) {
            tracing::warn!(
                database,
                request = one.erasure,
                answer_by = %one.answer_by,
                days_left = days,
                "a request to be erased is to be answered"
            );
        }
    }
}

fn of_rule(database: &str, rule: &RuleReport) {
    let done = rule.steps.iter().filter_map(|step| step.done.as_ref());
    let rows: u64 = done.map(|done| done.rows).sum();
    let name = &rule.rule;
    let verdict = rule.verdict.sentence();
    match (&rule.failure, &rule.verdict) {
        (Some(failure), _) => {
            tracing::error!(database, rule = name, rows, failure, "the rule failed");
        }
        (None, Verdict::Runs) => tracing::info!(database, rule = name, rows, "the rule ran"),
        (None, Verdict::Observes | Verdict::NotAsked) => {
            let due = rule.touched;
            tracing::info!(database, rule = name, due, "the rule {verdict}");
        }
        (None, Verdict::NeedsApproval(_) | Verdict::OverLimit(_) | Verdict::KeyNotUnique(_)) => {
            let due = rule.touched;
            tracing::warn!(database, rule = name, due, "the rule {verdict}");
        }
    }
}
