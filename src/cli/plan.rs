//! `plan`: what a run would do, and why.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};

use crate::db::Access;
use crate::diagnostic::Faults;
use crate::disposal::Stop;
use crate::run::{
    Approvals, Comparison, DatabaseReport, Depth, Halt, Order, ReviewReport, against, cover,
    prepare, survey,
};
use crate::schedule::{Database, Schedule};
use crate::state::{Store, Use};

use super::context::{At, Loaded, complain, exit_of_halt};
use super::progress::Bar;
use super::{Exit, Output, report};

/// Show what a run would do, rule by rule, without doing it.
///
/// Counts the rows that are due, held, waiting and undatable, says why, and whether the rule would be allowed to act.
/// Nothing is written: the connection is one on which the database refuses it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Pretend that it is this day (YYYY-MM-DD, at midnight UTC) or moment (RFC 3339).
    #[arg(long, value_name = "DATE", value_parser = moment)]
    as_of: Option<DateTime<Utc>>,
    /// Only this database.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Show the statements too, with ? or $1 where values go.
    #[arg(long)]
    statements: bool,
    /// Count as well how many rows each purpose, case and exemption owns; this reads whole tables.
    #[arg(long, conflicts_with = "against")]
    coverage: bool,
    /// Compare with an older schedule instead: which rows are due, or covered, by one of the two and not by the other.
    #[arg(long, value_name = "OLD.toml", conflicts_with = "statements")]
    against: Option<PathBuf>,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let databases = match loaded.databases(args.database.as_deref()) {
        Ok(databases) => databases,
        Err(exit) => return Ok(exit),
    };
    let depth = if args.statements {
        Depth::PlanWithStatements
    } else {
        Depth::Plan
    };
    let stop = Stop::default();
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: args.as_of,
        only_rule: None,
        stop: &stop,
    };
    if let Some(old) = &args.against {
        return compare(at, &loaded, &order, old, databases, args.as_of).await;
    }
    let approvals = approvals(&loaded).await?;
    let mut worst = Exit::Done;
    let mut reports: Vec<DatabaseReport> = Vec::new();
    for database in databases {
        match planned(&order, database, &approvals, depth, args.coverage).await {
            Ok((one, faults)) => {
                if !faults.permit() {
                    loaded.show(&faults);
                    worst = worst.max(Exit::Schedule);
                }
                if one.rules.iter().any(|rule| rule.failure.is_some()) {
                    worst = worst.max(Exit::Partial);
                }
                reports.push(one);
            }
            Err(halt) => {
                complain(database, &halt);
                worst = worst.max(exit_of_halt(&halt));
                reports.push(DatabaseReport::halted(
                    &database.name.value,
                    args.as_of.unwrap_or_else(Utc::now),
                    loaded.schedule.fingerprint(),
                    &halt,
                ));
            }
        }
    }
    match at.output {
        Output::Json => super::print_json(&reports)?,
        Output::Text => reports
            .iter()
            .for_each(|one| super::print(&report::plan(one))),
    }
    Ok(worst)
}

async fn planned(
    order: &Order<'_>,
    database: &Database,
    approvals: &Approvals,
    depth: Depth,
    coverage: bool,
) -> Result<(DatabaseReport, Faults), Halt> {
    let mut prepared = prepare(order, database, Access::Rehearse).await?;
    let mut bar = Bar::new();
    let survey = survey(order, &mut prepared, approvals, depth, &mut bar).await;
    bar.clear();
    let mut report = survey?.report;
    reviews(order.schedule, &mut report);
    if coverage {
        cover(order, &mut prepared, &mut report).await?;
    }
    Ok((report, prepared.faults))
}

/// Whose review is overdue.
fn reviews(schedule: &Schedule, report: &mut DatabaseReport) {
    let (now, database) = (report.now, schedule.databases.get(&report.database));
    let today = database.map_or_else(|| now.date_naive(), |database| database.day(now));
    for told in &mut report.rules {
        let Some(rule) = schedule.rule(&told.rule) else {
            continue;
        };
        let overdue = rule.purposes.iter().filter_map(|purpose| {
            let (reviewed, due) = purpose.legal.overdue(today)?;
            Some(ReviewReport {
                purpose: purpose.name.value.clone(),
                reviewed: reviewed.value,
                due,
            })
        });
        told.reviews = overdue.collect();
    }
}

async fn compare(
    at: &At,
    loaded: &Loaded,
    order: &Order<'_>,
    old: &Path,
    databases: Vec<&Database>,
    as_of: Option<DateTime<Utc>>,
) -> anyhow::Result<Exit> {
    let older = At {
        schedule: old.to_owned(),
        output: at.output,
    };
    let older = match older.load() {
        Ok(older) => older,
        Err(exit) => return Ok(exit),
    };
    let mut worst = Exit::Done;
    let mut told = Vec::new();
    for database in databases {
        match against(order, &older.schedule, database).await {
            Ok((comparison, faults)) => {
                if !faults.permit() {
                    loaded.show(&faults);
                    worst = worst.max(Exit::Schedule);
                }
                told.push(comparison);
            }
            Err(halt) => {
                complain(database, &halt);
                worst = worst.max(exit_of_halt(&halt));
                let now = as_of.unwrap_or_else(Utc::now);
                let why = halt.to_string();
                told.push(Comparison::halted(&database.name.value, now, &why));
            }
        }
    }
    let kept = &loaded.schedule.databases;
    let gone = older.schedule.databases.keys();
    for name in gone.filter(|name| !kept.contains_key(*name)) {
        let why = "the new schedule does not have this database: nothing of it is covered any more";
        let now = as_of.unwrap_or_else(Utc::now);
        told.push(Comparison::halted(name, now, why));
    }
    match at.output {
        Output::Json => super::print_json(&told)?,
        Output::Text => told
            .iter()
            .for_each(|one| super::print(&report::comparison(one))),
    }
    Ok(worst)
}

/// The approvals on record; none where there is no state store yet.
pub(super) async fn approvals(loaded: &Loaded) -> anyhow::Result<Approvals> {
    let directory = &loaded.schedule.state_directory;
    if !crate::state::log_folder(directory).exists() {
        return Ok(Approvals::default());
    }
    let mut store = Store::open(directory, Use::Read).await?;
    Ok(Approvals::of(store.records(&["approved"]).await?))
}

/// A day or a moment from the command line.
pub(super) fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(day.and_time(chrono::NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.with_timezone(&Utc))
        .map_err(|_| "write a day (2027-01-01) or a moment (2027-01-01T00:00:00Z)".to_owned())
}
