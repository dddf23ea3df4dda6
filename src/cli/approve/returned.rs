//! `approve --returned`: permit that what a restored backup brought back goes again.

use chrono::{TimeDelta, Utc};
use serde::Serialize;

use crate::disposal::Stop;
use crate::run::Order;
use crate::run::again::{Came, look};
use crate::state::{Record, Sign, Store};

use super::super::context::{At, Loaded, complain, exit_of_halt};
use super::super::{Exit, Output, report, served};
use super::Args;

/// What came back of a rule, and whether it was permitted to go.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Given {
    #[serde(flatten)]
    came: Came,
    rows_max: u64,
    expires: chrono::DateTime<Utc>,
}

pub(super) async fn run(
    at: &At,
    args: &Args,
    loaded: &Loaded,
    store: &mut Store,
) -> anyhow::Result<Exit> {
    let mut given = Vec::new();
    let mut worst = Exit::Done;
    for database in loaded.schedule.databases.values() {
        let mut rules = loaded.schedule.rules_of(&database.name.value);
        if !rules.any(|rule| args.names(&rule.name.value)) {
            continue;
        }
        let _turn = served::turn(&database.name).await;
        let stop = Stop::default();
        let order = Order {
            schedule: &loaded.schedule,
            base: at.base(),
            supposed_now: args.supposed_now(),
            only_rule: None,
            stop: &stop,
        };
        let came = match Box::pin(look(&order, database, store)).await {
            Ok(Some(came)) => came,
            Ok(None) => {
                super::super::say(format_args!(
                    "{}: no run has found that it was put back",
                    database.name
                ));
                continue;
            }
            Err(halt) => {
                complain(database, &halt);
                worst = worst.max(exit_of_halt(&halt));
                continue;
            }
        };
        for one in came.into_iter().filter(|one| args.names(&one.rule)) {
            if one.touched > 0 {
                given.push(give(store, args, one).await?);
            } else {
                super::super::say(format_args!(
                    "{}: {} are known again, and all of them stay: a statutory minimum, a hold or a child keeps them",
                    one.rule,
                    report::rows(one.known)
                ));
            }
        }
    }
    store.checkpoint(Utc::now(), Sign::WhatIsNew).await?;
    show(at, args, &given, worst)?;
    Ok(worst)
}

async fn give(store: &mut Store, args: &Args, came: Came) -> anyhow::Result<Given> {
    let now = Utc::now();
    let from = args.supposed_now().unwrap_or(now);
    let days = TimeDelta::days(i64::from(args.expires_in_days));
    let mut approval = came.approval.clone();
    approval.expires = from
        .checked_add_signed(days)
        .ok_or_else(|| anyhow::anyhow!("the approval would expire beyond the calendar"))?;
    approval.rows_max = args.rows_max.unwrap_or(approval.rows_max);
    let given = Given {
        rows_max: approval.rows_max,
        expires: approval.expires,
        came,
    };
    if !args.dry_run {
        store.append(now, &Record::ReturnApproved(approval)).await?;
    }
    Ok(given)
}

fn show(at: &At, args: &Args, given: &[Given], worst: Exit) -> anyhow::Result<()> {
    if at.output == Output::Json {
        return super::super::print_json(given);
    }
    for one in given {
        super::super::print(&format!(
            "{}: {} of the rule {} came back with {}, which was found to be put back on {}, and are known again; \
             at most {} go again, once, until {}; {} stay\n",
            if args.dry_run {
                "not approved"
            } else {
                "approved"
            },
            report::rows(one.came.known),
            one.came.rule,
            one.came.database,
            one.came.found_at.date_naive(),
            report::rows(one.rows_max),
            one.expires.date_naive(),
            one.came.stays
        ));
    }
    if given.is_empty() && worst == Exit::Done {
        super::super::print("nothing that came back is known again\n");
    }
    Ok(())
}
