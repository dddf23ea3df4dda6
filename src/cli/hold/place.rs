//! `hold place`: from the answer on no batch touches what it is over.

use chrono::{NaiveDate, Utc};
use serde::Serialize;

use crate::disposal::Stop;
use crate::run::{Halt, Order, Placing, Unplaceable, placing};
use crate::schedule::Database;
use crate::state::{Hold, Over, Sign, operator, salt};

use super::super::context::{At, Loaded, complain, exit_of_halt};
use super::super::keys;
use super::super::served::Errand;
use super::super::{Exit, Output, print, print_json, refuse, say};

/// The most keys of one hold: they stand in every statement about the rule's rows.
const KEYS_MAX: usize = 500;

/// Place a hold on rows of a rule, by their keys or by a condition.
///
/// When this answers, the hold stands: no batch that does not know it goes on, also of a run that is under way. Keys and
/// conditions are read from standard input, so that they stand in no list of processes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The rule whose rows are held; what hangs from them is held too.
    #[arg(value_name = "RULE")]
    rule: String,
    /// The keys of the rows: only "-", from standard input, one record to a line, columns separated by tabs.
    #[arg(long, value_name = "-", value_parser = keys::only_from_standard_input, required_unless_present = "when")]
    key: Option<String>,
    /// Instead of keys: a condition as a schedule has it, over the rule's table; only "-", from standard input. Rows that
    /// meet it later are held too, and so are those for which it is NULL.
    #[arg(long, value_name = "-", conflicts_with = "key", value_parser = keys::condition_from_standard_input)]
    when: Option<String>,
    /// Why; without names of people. It stands in reports and not in the log.
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// The number of the case.
    #[arg(long, value_name = "TEXT")]
    reference: String,
    /// Who answers for it.
    #[arg(long, value_name = "TEXT")]
    owner: String,
    /// The day on which somebody should look whether it is still needed. Nothing ends by itself.
    #[arg(long, value_name = "DATE")]
    review: NaiveDate,
    /// The rows alone, and not what hangs from them.
    #[arg(long)]
    shallow: bool,
}

impl Args {
    pub(super) fn errand(&self) -> Errand {
        Errand::WithInput
    }
}

/// What was placed.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Placed<'a> {
    hold: &'a str,
    database: &'a str,
    rule: &'a str,
    rows: u64,
    review: NaiveDate,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    if let Err(exit) = loaded.known_rule(Some(&args.rule)) {
        return Ok(exit);
    }
    let Some(rule) = loaded.schedule.rule(&args.rule) else {
        return Ok(Exit::Usage);
    };
    let Some(database) = loaded.schedule.databases.get(&rule.database.value) else {
        anyhow::bail!("the schedule has no database {}", rule.database);
    };
    let mut hold = match asked(args, database)? {
        Ok(hold) => hold,
        Err(why) => {
            refuse(at.output, &why);
            return Ok(Exit::Usage);
        }
    };
    let stop = Stop::default();
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: None,
        only_rule: None,
        stop: &stop,
    };
    let mut placing = match placing(&order, database, &mut hold).await {
        Ok(placing) => placing,
        Err(Unplaceable::Halt(halt)) => return Ok(halted(database, &halt)),
        Err(Unplaceable::Unfit(why)) => {
            refuse(at.output, &why);
            return Ok(Exit::Usage);
        }
    };
    match placing.unknown().await {
        Ok(0) => {}
        Ok(unknown) => {
            let why = format!("{unknown} of the keys are those of no row; no hold was placed");
            refuse(at.output, &why);
            return Ok(Exit::Usage);
        }
        Err(halt) => return Ok(halted(database, &halt)),
    }
    let rows = match stand(&loaded, &hold, &mut placing).await? {
        Ok(rows) => rows,
        Err(halt) => return Ok(halted(database, &halt)),
    };
    if let Err(halt) = placing.close().await {
        complain(database, &halt);
    }
    show(at, &hold, rows)?;
    Ok(Exit::Done)
}

fn halted(database: &Database, halt: &Halt) -> Exit {
    complain(database, halt);
    exit_of_halt(halt)
}

/// The hold as it is asked for; the inner error is one of the command line.
fn asked(args: &Args, database: &Database) -> anyhow::Result<Result<Hold, String>> {
    let over = match &args.when {
        Some(_) => Over::Condition(keys::whole()?.trim().to_owned()),
        None => Over::Keys(keys::records()?),
    };
    if let Over::Keys(keys) = &over
        && (keys.is_empty() || keys.len() > KEYS_MAX)
    {
        return Ok(Err(format!(
            "{} keys were given, and a hold is over 1 to {KEYS_MAX}; where there are more, a condition says which rows \
             are meant: --when",
            keys.len()
        )));
    }
    for (text, name) in [
        (&args.because, "--because"),
        (&args.reference, "--reference"),
        (&args.owner, "--owner"),
    ] {
        if text.trim().is_empty() {
            return Ok(Err(format!(
                "{name} is empty: a hold has a reason, a case and an owner"
            )));
        }
    }
    Ok(Ok(Hold {
        hold: uuid::Uuid::now_v7().to_string(),
        database: database.name.value.clone(),
        rule: args.rule.clone(),
        schema: String::new(),
        table: String::new(),
        shallow: args.shallow,
        over,
        because: args.because.clone(),
        reference: args.reference.clone(),
        owner: args.owner.clone(),
        review: args.review,
        placed_at: Utc::now(),
        placed_by: operator(),
        salt: salt()?,
        target: None,
    }))
}

/// Places the hold: in the store, and named in the database; gives the rows that it is over then. Where another process
/// has the store it is named first: a run that does not know it ends, and lets go of the store.
async fn stand(
    loaded: &Loaded,
    hold: &Hold,
    placing: &mut Placing,
) -> anyhow::Result<Result<u64, Halt>> {
    let mut store = match loaded.store_at_once().await? {
        Some(store) => store,
        None => {
            // Whoever ends this process from here on has what lifts the hold again.
            say(format_args!("placing the hold {}", hold.hold));
            if let Err(halt) = placing.name(hold).await {
                let _ = placing.unname(hold).await;
                return Ok(Err(halt));
            }
            match loaded.store_in_time().await {
                Ok(store) => store,
                Err(error) => {
                    // It never stood: nobody was told that it does.
                    let _ = placing.unname(hold).await;
                    return Err(error.context("no hold was placed"));
                }
            }
        }
    };
    if let Err(error) = store.place_hold(hold).await {
        let _ = placing.unname(hold).await;
        return Err(error.context("no hold was placed"));
    }
    let named = match placing.name(hold).await {
        Ok(()) => placing.covered().await,
        Err(halt) => Err(halt),
    };
    if named.is_err() {
        say(format_args!(
            "error: the hold {} stands in the state store, and every run that begins from here on knows it; a run that \
             is under way may not, because the database could not be told",
            hold.hold
        ));
    }
    store.checkpoint(Utc::now(), Sign::WhatIsNew).await?;
    Ok(named)
}

fn show(at: &At, hold: &Hold, rows: u64) -> anyhow::Result<()> {
    match at.output {
        Output::Json => print_json(&Placed {
            hold: &hold.hold,
            database: &hold.database,
            rule: &hold.rule,
            rows,
            review: hold.review,
        }),
        Output::Text => {
            let deep = if hold.shallow {
                ""
            } else {
                ", and what hangs from them"
            };
            print(&format!(
                "hold {} stands: {rows} rows of {} now{deep}; to be reviewed on {}\n",
                hold.hold, hold.rule, hold.review
            ));
            Ok(())
        }
    }
}
