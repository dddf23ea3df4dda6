//! `approve`: permit rules to act.

use anyhow::{Context, bail};
use chrono::{TimeDelta, Utc};

use crate::db::Access;
use crate::disposal::Stop;
use crate::run::{Approvals, Depth, Order, RuleReport, Verdict, prepare, survey};
use crate::schedule::Database;
use crate::state::{Approval, Record, Store, Use, operator};

use super::Exit;
use super::context::{At, Loaded, exit_of_halt};

/// Permit rules to act as they are written now.
///
/// An approval binds a rule's meaning, the schema of the tables it touches, a number of rows that one run may touch
/// and a day on which it expires. It binds no cutoff and no rows: a daemon works night after night on one approval.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The rules.
    #[arg(value_name = "RULE", required_unless_present = "all")]
    rules: Vec<String>,
    /// Every rule that needs an approval.
    #[arg(long, conflicts_with = "rules")]
    all: bool,
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

    fn wants(&self, rule: &RuleReport) -> bool {
        let needs = matches!(rule.verdict, Verdict::NeedsApproval(_));
        (self.all && needs) || self.rules.contains(&rule.rule)
    }
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
    let mut store = Store::open(&loaded.schedule.state_directory, Use::Append).await?;
    let approvals = Approvals::of(store.records(&["approved"]).await?);
    let mut given = 0;
    let mut worst = Exit::Done;
    for database in loaded.schedule.databases.values() {
        match look(at, args, &loaded, database, &approvals).await {
            Ok(rules) => {
                for rule in rules {
                    given += give(&mut store, args, &database.name.value, &rule).await?;
                }
            }
            Err(halt) => {
                eprintln!("error: database {}: {halt}", database.name);
                worst = worst.max(exit_of_halt(&halt));
            }
        }
    }
    if given == 0 && worst == Exit::Done {
        super::print("nothing needs an approval\n");
    }
    Ok(worst)
}

async fn look(
    at: &At,
    args: &Args,
    loaded: &Loaded,
    database: &Database,
    approvals: &Approvals,
) -> Result<Vec<RuleReport>, crate::run::Halt> {
    let stop = Stop::default();
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: args.supposed_now(),
        only_rule: None,
        stop: &stop,
    };
    let mut prepared = prepare(&order, database, Access::Rehearse).await?;
    let report = survey(&order, &mut prepared, approvals, Depth::Run)
        .await?
        .report;
    for broken in report.broken.iter().filter(|one| args.rules.contains(one)) {
        eprintln!("error: the rule {broken} does not fit its database; `check --connect` says why");
    }
    Ok(report
        .rules
        .into_iter()
        .filter(|rule| args.wants(rule))
        .collect())
}

async fn give(
    store: &mut Store,
    args: &Args,
    database: &str,
    rule: &RuleReport,
) -> anyhow::Result<u32> {
    if let Some(failure) = &rule.failure {
        bail!("the rule {} could not be counted: {failure}", rule.rule);
    }
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
        schema: rule.schema,
        rows_max: args.rows_max.unwrap_or_else(|| fifth_more.max(100)),
        expires,
        by: operator(),
    };
    store
        .append(now, &Record::Approved(approval.clone()))
        .await?;
    super::print(&format!(
        "approved: {} on {database}, meaning {}, schema {}, at most {} rows a run ({} are due now), until {}\n",
        approval.rule,
        approval.meaning.short(),
        approval.schema.short(),
        approval.rows_max,
        rule.touched,
        approval.expires.date_naive()
    ));
    Ok(1)
}
