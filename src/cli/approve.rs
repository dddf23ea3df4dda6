//! `approve`: permit rules to act.

mod returned;

use anyhow::Context;
use chrono::{TimeDelta, Utc};
use serde::Serialize;

use crate::db::Access;
use crate::disposal::Stop;
use crate::run::{
    Approvals, DatabaseReport, Depth, Halt, Order, RuleReport, Verdict, prepare, survey,
};
use crate::schedule::Database;
use crate::state::{Approval, Record, Sign, Store, operator};

use super::context::{At, Loaded, complain, exit_of_halt};
use super::progress::Bar;
use super::{Exit, Output, served};

/// Permit rules to act as they are written now.
///
/// An approval binds a rule's meaning, the schema of the tables it touches, a number of rows that one run may touch
/// and a day on which it expires. It binds no cutoff and no rows: a daemon works night after night on one approval.
/// A change of the schedule that can only remove less (a longer period in the same unit, a hold, a minimum) needs no
/// new one. The last approval of a rule that fits it is the one that counts.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The rules, by name.
    #[arg(value_name = "RULE", required_unless_present = "all")]
    rules: Vec<String>,
    /// Every rule that needs an approval now, instead of named ones.
    #[arg(long, conflicts_with = "rules")]
    all: bool,
    /// Permits instead that rows of the rules are removed again, once, which came back with a database that was put back
    /// and are known again (`recognised-by`); an approval for one regression and so many rows as there are.
    #[arg(long)]
    returned: bool,
    /// With --returned: counts, and permits nothing.
    #[arg(long, requires = "returned")]
    dry_run: bool,
    /// The most rows that one run may touch under the rule; by default a fifth more than are due now, at least 100.
    #[arg(long, value_name = "ROWS")]
    rows_max: Option<u64>,
    /// For how many days it holds.
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    expires_in_days: u32,
    /// A test facility: the moment that counts as now.
    #[cfg(feature = "simulated-clock")]
    #[arg(long, value_name = "DATE", value_parser = super::plan::moment)]
    now: Option<chrono::DateTime<Utc>>,
}

impl Args {
    fn supposed_now(&self) -> Option<chrono::DateTime<Utc>> {
        #[cfg(feature = "simulated-clock")]
        return self.now;
        #[cfg(not(feature = "simulated-clock"))]
        None
    }

    /// True where the rule was named, or needs an approval and all are meant.
    fn means(&self, rule: &RuleReport) -> bool {
        let needs = matches!(rule.verdict, Verdict::NeedsApproval(_));
        let stopped = matches!(
            rule.verdict,
            Verdict::OverLimit(_) | Verdict::KeyNotUnique(_)
        );
        self.rules.contains(&rule.rule)
            || (self.all && (needs || stopped || rule.failure.is_some()))
    }

    fn names(&self, rule: &String) -> bool {
        self.all || self.rules.contains(rule)
    }
}

/// An approval with what is due under it now.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Given {
    #[serde(flatten)]
    approval: Approval,
    due_now: u64,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    for rule in &args.rules {
        if let Err(exit) = loaded.known_rule(Some(rule)) {
            return Ok(exit);
        }
    }
    let mut store = loaded.store().await?;
    if args.returned {
        return returned::run(at, args, &loaded, &mut store).await;
    }
    let approvals = Approvals::of(store.records(&["approved"]).await?);
    let mut given: Vec<Given> = Vec::new();
    let mut worst = Exit::Done;
    for database in loaded.schedule.databases.values() {
        // A run that removes rows while they are counted would make the counts lie.
        let Ok(_turn) = served::turn(&database.name).await else {
            worst = worst.max(Exit::Stopped);
            break;
        };
        let report = match look(at, args, &loaded, database, &approvals).await {
            Ok(report) => report,
            Err(halt) => {
                complain(database, &halt);
                worst = worst.max(exit_of_halt(&halt));
                continue;
            }
        };
        for broken in report.broken.iter().filter(|rule| args.names(rule)) {
            super::say(format_args!(
                "error: the rule {broken} does not fit its database; `check --connect` says why"
            ));
            worst = worst.max(Exit::Partial);
        }
        for rule in report.rules.iter().filter(|rule| args.means(rule)) {
            match refusal(rule) {
                Some((exit, why)) => {
                    super::say(format_args!("{why}"));
                    worst = worst.max(exit);
                }
                None => given.push(give(&mut store, args, &database.name, rule).await?),
            }
        }
    }
    store.checkpoint(Utc::now(), Sign::WhatIsNew).await?;
    show(at, &given, worst)?;
    Ok(worst)
}

fn show(at: &At, given: &[Given], worst: Exit) -> anyhow::Result<()> {
    if at.output == Output::Json {
        return super::print_json(given);
    }
    for Given { approval, due_now } in given {
        super::print(&format!(
            "approved: {} on {}, meaning {}, schema {}, at most {} rows a run ({due_now} are due now), until {}\n",
            approval.rule,
            approval.database,
            approval.meaning.short(),
            approval.schema.short(),
            approval.rows_max,
            approval.expires.date_naive()
        ));
    }
    if given.is_empty() && worst == Exit::Done {
        super::print("nothing needs an approval\n");
    }
    Ok(())
}

/// Why an approval would be of no use, or would be given blindly.
fn refusal(rule: &RuleReport) -> Option<(Exit, String)> {
    if let Some(failure) = &rule.failure {
        let why = format!(
            "error: the rule {} is not approved, since its rows could not be counted: {failure}",
            rule.rule
        );
        return Some((Exit::Partial, why));
    }
    match &rule.verdict {
        Verdict::Runs | Verdict::NeedsApproval(_) => None,
        Verdict::Observes | Verdict::NotAsked => {
            let why = format!("the rule {} only observes and needs no approval", rule.rule);
            Some((Exit::Done, why))
        }
        Verdict::OverLimit(_) => {
            let told = rule.verdict.sentence();
            let why = format!(
                "error: the rule {} is not approved: it {told}; an approval lifts no limit, the schedule does",
                rule.rule
            );
            Some((Exit::Guarded, why))
        }
        Verdict::KeyNotUnique(_) => {
            let told = rule.verdict.sentence();
            let why = format!("error: the rule {} is not approved: it {told}", rule.rule);
            Some((Exit::Partial, why))
        }
    }
}

async fn look(
    at: &At,
    args: &Args,
    loaded: &Loaded,
    database: &Database,
    approvals: &Approvals,
) -> Result<DatabaseReport, Halt> {
    let stop = Stop::default();
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: args.supposed_now(),
        only_rule: None,
        stop: &stop,
    };
    let mut prepared = prepare(&order, database, Access::Rehearse).await?;
    let mut bar = Bar::new();
    let survey = survey(&order, &mut prepared, approvals, Depth::Run, &mut bar).await;
    bar.clear();
    Ok(survey?.report)
}

async fn give(
    store: &mut Store,
    args: &Args,
    database: &str,
    rule: &RuleReport,
) -> anyhow::Result<Given> {
    let now = Utc::now();
    let from = args.supposed_now().unwrap_or(now);
    let expires = from
        .checked_add_signed(TimeDelta::days(i64::from(args.expires_in_days)))
        .context("the approval would expire beyond the calendar")?;
    let fifth_more = rule.touched.saturating_add(rule.touched.div_ceil(5));
    let approval = Approval {
        database: database.to_owned(),
        rule: rule.rule.clone(),
        meaning: rule.meaning,
        terms: rule.terms.clone(),
        schema: rule.schema,
        rows_max: args.rows_max.unwrap_or_else(|| fifth_more.max(100)),
        expires,
        by: operator(),
    };
    store
        .append(now, &Record::Approved(approval.clone()))
        .await?;
    Ok(Given {
        approval,
        due_now: rule.touched,
    })
}
