//! What a Prometheus reads: names of the schedule, numbers and moments; no value of a row.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use crate::run::Verdict;
use crate::state::standings;

use super::board::RuleTold;
use super::brake::Reason;
use super::host::Host;

/// Metrics, as they are written.
struct Page(String);

/// The labels of a sample.
type Labels<'a> = &'a [(&'a str, &'a str)];

impl Page {
    /// Begins a metric.
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: Labels<'_>, value: f64) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        let _ = match labels.as_slice() {
            [] => writeln!(self.0, "{name} {value}"),
            labels => writeln!(self.0, "{name}{{{}}} {value}", labels.join(",")),
        };
    }

    /// One metric with one sample.
    fn single(&mut self, (name, kind, help): (&str, &str, &str), value: f64) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn moment(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}

fn truth(is: bool) -> f64 {
    f64::from(u8::from(is))
}

const SERVING: (&str, &str, &str) = (
    "retentiond_serving",
    "gauge",
    "1 on the host that serves, 0 on one that stands by.",
);
const REACHED: (&str, &str, &str) = (
    "retentiond_shared_state_reached",
    "gauge",
    "1 while a host that stands by reaches the shared state store.",
);

fn page(is_serving: bool) -> Page {
    let mut page = Page(String::new());
    page.family("retentiond_build_info", "gauge", "The version that runs.");
    let version = env!("CARGO_PKG_VERSION");
    page.sample("retentiond_build_info", &[("version", version)], 1.0);
    page.single(SERVING, truth(is_serving));
    page
}

/// What a host tells that stands by.
pub fn standing_by(is_reached: bool) -> String {
    let mut page = page(false);
    page.single(REACHED, truth(is_reached));
    page.0
}

/// Everything, in the text format.
pub fn text(host: &Host) -> String {
    let mut page = page(true);
    of_daemon(&mut page, host);
    of_rules(&mut page, host);
    of_jobs(&mut page, host);
    of_batches(&mut page, host);
    of_certificates(&mut page, host);
    of_log(&mut page, host);
    page.0
}

fn of_daemon(page: &mut Page, host: &Host) {
    let board = host.board();
    let (jumps, refused) = (board.jumps, board.reloads_refused);
    let is_refused = board.is_reload_refused;
    drop(board);
    page.single(
        (
            "retentiond_start_timestamp_seconds",
            "gauge",
            "When the daemon began.",
        ),
        moment(host.since()),
    );
    page.single(
        (
            "retentiond_reload_refused",
            "gauge",
            "1 while an older schedule is in force, because the file was read again and refused.",
        ),
        truth(is_refused),
    );
    page.single(
        (
            "retentiond_reloads_refused_total",
            "counter",
            "How often the file was read again and refused.",
        ),
        refused as f64,
    );
    page.single(
        (
            "retentiond_clock_jumps_total",
            "counter",
            "How often the clock of the host jumped, or the host was suspended.",
        ),
        jumps as f64,
    );
    let name = "retentiond_paused";
    page.family(
        name,
        "gauge",
        "1 while no run on a cadence begins on the database.",
    );
    for database in host.schedule().databases.keys() {
        let is = truth(host.is_paused(database));
        page.sample(name, &[("database", database)], is);
    }
}

/// A number of a rule; `None`: nothing is told of it yet.
type OfRule = fn(&RuleTold, DateTime<Utc>) -> Option<f64>;

const RULES: [(&str, &str, &str, OfRule); 10] = [
    (
        "retentiond_rule_overdue_rows",
        "gauge",
        "Rows that are past their date and still there, as of the last run.",
        |told, _| Some(told.overdue() as f64),
    ),
    (
        "retentiond_rule_oldest_overdue_age_seconds",
        "gauge",
        "For how long the row has been due that has been due for longest, as of the last run; 0 where none is left.",
        |told, now| {
            let oldest = told.last.oldest_due.filter(|_| told.overdue() > 0);
            Some(oldest.map_or(0.0, |at| (now - at).num_seconds().max(0) as f64))
        },
    ),
    (
        "retentiond_rule_last_success_timestamp_seconds",
        "gauge",
        "When a run last did what the rule says.",
        |told, _| told.succeeded.map(moment),
    ),
    (
        "retentiond_rule_rows_disposed_total",
        "counter",
        "Rows that were removed or overwritten under the rule since the daemon began.",
        |told, _| Some(told.disposed as f64),
    ),
    (
        "retentiond_rule_waiting_rows",
        "gauge",
        "Rows past their date that wait for other rows.",
        |told, _| Some(told.last.waiting as f64),
    ),
    (
        "retentiond_rule_held_rows",
        "gauge",
        "Rows past their date that a hold keeps.",
        |told, _| Some(told.last.held as f64),
    ),
    (
        "retentiond_rule_undatable_rows",
        "gauge",
        "Rows that cannot be dated: they stay until somebody corrects them.",
        |told, _| Some(told.last.undatable as f64),
    ),
    (
        "retentiond_rule_failed",
        "gauge",
        "1 where the rule failed in the last run.",
        |told, _| Some(truth(told.last.failure.is_some())),
    ),
    (
        "retentiond_rule_needs_approval",
        "gauge",
        "1 where the rule waits for an approval.",
        |told, _| {
            Some(truth(matches!(
                told.last.verdict,
                Verdict::NeedsApproval(_)
            )))
        },
    ),
    (
        "retentiond_rule_over_limit",
        "gauge",
        "1 where a limit stopped the rule.",
        |told, _| Some(truth(matches!(told.last.verdict, Verdict::OverLimit(_)))),
    ),
];

fn of_rules(page: &mut Page, host: &Host) {
    let now = Utc::now();
    let board = host.board();
    for (name, kind, help, value) in RULES {
        page.family(name, kind, help);
        for (rule, told) in &board.rules {
            if let Some(value) = value(told, now) {
                page.sample(name, &[("database", &told.database), ("rule", rule)], value);
            }
        }
    }
}

fn of_jobs(page: &mut Page, host: &Host) {
    let now = Utc::now();
    let Ok(status) = host.status() else {
        return;
    };
    let each = |page: &mut Page,
                (name, kind, help): (&str, &str, &str),
                value: &dyn Fn(&super::JobStatus) -> Option<f64>| {
        page.family(name, kind, help);
        for job in &status.jobs {
            if let Some(value) = value(job) {
                let rule = job.rule.as_deref().unwrap_or_default();
                page.sample(name, &[("database", &job.database), ("rule", rule)], value);
            }
        }
    };
    each(
        page,
        (
            "retentiond_job_next_run_timestamp_seconds",
            "gauge",
            "When the next run begins; none while one is at work.",
        ),
        &|job| job.next.map(moment),
    );
    each(
        page,
        (
            "retentiond_job_running_seconds",
            "gauge",
            "For how long the run has been at work; 0 where none is.",
        ),
        &|job| {
            let since = job
                .running_since
                .map(|at| (now - at).num_seconds().max(0) as f64);
            Some(since.unwrap_or(0.0))
        },
    );
    each(
        page,
        (
            "retentiond_job_last_success_timestamp_seconds",
            "gauge",
            "When a run last did all that it should.",
        ),
        &|job| job.last_success.map(moment),
    );
    each(
        page,
        (
            "retentiond_job_failures",
            "gauge",
            "How often the run has failed since it last did not.",
        ),
        &|job| Some(f64::from(job.failures)),
    );
    of_throttles(page, &status);
}

fn of_throttles(page: &mut Page, status: &super::Status) {
    let name = "retentiond_job_throttled";
    page.family(name, "gauge", "1 while the run waits for this reason.");
    for job in &status.jobs {
        let rule = job.rule.as_deref().unwrap_or_default();
        for reason in Reason::ALL.map(Reason::word) {
            let labels = [
                ("database", job.database.as_str()),
                ("reason", reason),
                ("rule", rule),
            ];
            page.sample(name, &labels, truth(job.throttled == Some(reason)));
        }
    }
}

fn of_batches(page: &mut Page, host: &Host) {
    let board = host.board();
    let labels =
        |name: &super::agenda::Name| (name.database.clone(), name.rule.clone().unwrap_or_default());
    let name = "retentiond_job_runs_total";
    page.family(
        name,
        "counter",
        "Runs that have ended since the daemon began.",
    );
    for (job, told) in &board.jobs {
        let (database, rule) = labels(job);
        for (outcome, count) in [("ended", told.runs_ok), ("failed", told.runs_failed)] {
            let labels = [
                ("database", &*database),
                ("outcome", outcome),
                ("rule", &*rule),
            ];
            page.sample(name, &labels, count as f64);
        }
    }
    let name = "retentiond_job_missed_runs_total";
    page.family(
        name,
        "counter",
        "Occurrences of the cadence that had no run at their time.",
    );
    for (job, told) in &board.jobs {
        let (database, rule) = labels(job);
        let labels = [("database", &*database), ("rule", &*rule)];
        page.sample(name, &labels, told.missed as f64);
    }
    let name = "retentiond_batch_duration_seconds";
    page.family(name, "summary", "How long batches were at work.");
    for (job, told) in &board.jobs {
        let (database, rule) = labels(job);
        let labels = [("database", &*database), ("rule", &*rule)];
        page.sample(
            &format!("{name}_sum"),
            &labels,
            told.batches_took.as_secs_f64(),
        );
        page.sample(&format!("{name}_count"), &labels, told.batches as f64);
    }
    let name = "retentiond_batch_longest_seconds";
    page.family(name, "gauge", "How long the longest batch was at work.");
    for (job, told) in &board.jobs {
        let (database, rule) = labels(job);
        let labels = [("database", &*database), ("rule", &*rule)];
        page.sample(name, &labels, told.longest.as_secs_f64());
    }
}

fn of_certificates(page: &mut Page, host: &Host) {
    let schedule = host.schedule();
    let name = "retentiond_certificate_expiry_timestamp_seconds";
    page.family(
        name,
        "gauge",
        "When a certificate ends: that of the database's server, or ours for it.",
    );
    let board = host.board();
    let known = board.certificates.iter();
    for (database, ends) in known.filter(|(name, _)| schedule.databases.contains_key(*name)) {
        for (of, end) in [("client", ends.client), ("server", ends.server)] {
            if let Some(end) = end {
                page.sample(name, &[("database", database), ("of", of)], moment(end));
            }
        }
    }
}

fn of_log(page: &mut Page, host: &Host) {
    let store = host.store();
    page.single(
        (
            "retentiond_log_records",
            "gauge",
            "Records of the audit log, dropped ones included.",
        ),
        store.size() as f64,
    );
    page.single(
        (
            "retentiond_log_size_bytes",
            "gauge",
            "What the audit log takes on the disk.",
        ),
        store.bytes() as f64,
    );
    let schedule = host.schedule();
    let all = standings(&schedule.state_directory, &schedule.sinks).unwrap_or_default();
    let name = "retentiond_log_published_timestamp_seconds";
    page.family(
        name,
        "gauge",
        "When a place last took a checkpoint of the log.",
    );
    for one in &all {
        if let Some(at) = one.published {
            page.sample(name, &[("place", &one.place)], moment(at));
        }
    }
    let name = "retentiond_log_unpublished_records";
    page.family(
        name,
        "gauge",
        "Signed records of the log that a place has not taken.",
    );
    for one in &all {
        page.sample(name, &[("place", &one.place)], one.behind as f64);
    }
}
