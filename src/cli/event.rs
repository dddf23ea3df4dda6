//! `event`: report what happened outside of the database.

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::disposal::Stop;
use crate::run::{Order, Told, report_event};
use crate::schedule::Rule;
use crate::state::{EventAct, Record, Sign, Store, operator};

use super::context::{At, Loaded, complain, exit_of_halt};
use super::{Exit, Output};

/// Report an event from which a period begins and that no table of yours knows.
///
/// A purpose whose start is { event = "contract-ended" } begins when somebody says so: for the rows with these keys,
/// which are read from standard input, one to a line, so that they stand in no list of processes.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Say that the event happened; a later report of it replaces this one.
    Report {
        #[command(flatten)]
        whose: Whose,
        /// When: a day (at midnight UTC) or a moment (RFC 3339). Default: now.
        #[arg(long, value_name = "DATE", value_parser = super::plan::moment)]
        at: Option<DateTime<Utc>>,
    },
    /// Say that the event did not happen after all: the rows are not due by it any more.
    Undo {
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(Debug, clap::Args)]
struct Whose {
    /// The event, as the schedule names it.
    event: String,
    /// The keys of the rows: only "-", from standard input, one to a line.
    #[arg(long, value_name = "-", value_parser = only_from_standard_input)]
    key: String,
    /// The rule, where several know an event of this name.
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
}

fn only_from_standard_input(text: &str) -> Result<String, String> {
    if text == "-" {
        return Ok(text.to_owned());
    }
    Err("keys are read from standard input: write --key -".to_owned())
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Outcome<'a> {
    rule: &'a str,
    event: &'a str,
    reported: u64,
    unknown: u64,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let (whose, happened) = match &args.verb {
        Verb::Report { whose, at } => (whose, Some(at.unwrap_or_else(Utc::now))),
        Verb::Undo { whose } => (whose, None),
    };
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let rule = match rule_of(&loaded, whose, at.output) {
        Ok(rule) => rule,
        Err(exit) => return Ok(exit),
    };
    let Some(database) = loaded.schedule.databases.get(&rule.database.value) else {
        anyhow::bail!("the schedule has no database {}", rule.database);
    };
    let keys = super::keys::lines()?;
    let stop = Stop::default();
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: None,
        only_rule: None,
        stop: &stop,
    };
    let named = (rule.name.value.as_str(), whose.event.as_str());
    let report = uuid::Uuid::now_v7().to_string();
    let asked = Record::EventReport {
        report: report.clone(),
        database: database.name.value.clone(),
        rule: rule.name.value.clone(),
        event: whose.event.clone(),
        act: match happened {
            Some(_) => EventAct::Happened,
            None => EventAct::Undone,
        },
        keys: keys.len() as u64,
        by: operator(),
    };
    // A run that is under way has the log: what keeps rows must not wait for it.
    let mut store = loaded.store_at_once().await?;
    if let Some(store) = &mut store {
        store.append(Utc::now(), &asked).await?;
    }
    match report_event(&order, database, named, &keys, happened).await {
        Ok(Told::Written(outcome)) => {
            let written = Record::EventWritten {
                report,
                rows: outcome.reported,
                unknown: outcome.unknown,
            };
            record(&loaded, store, asked, written).await?;
            show(at, named, outcome)
        }
        Ok(Told::BrokenRule) => {
            let why = format!(
                "the rule {} does not fit its database; `check --connect` says why",
                rule.name
            );
            super::refuse(at.output, &why);
            Ok(Exit::Schedule)
        }
        Err(halt) => {
            complain(database, &halt);
            Ok(exit_of_halt(&halt))
        }
    }
}

/// Writes down what came of a report; where the log was not to be had before, also what was asked for.
async fn record(
    loaded: &Loaded,
    store: Option<Store>,
    asked: Record,
    written: Record,
) -> anyhow::Result<()> {
    let (mut store, records) = match store {
        Some(store) => (store, vec![written]),
        None => {
            let store = loaded.store_in_time().await.context(
                "the report stands in the database, and the log could not be told: say the same once more when the \
                 other process has ended",
            )?;
            (store, vec![asked, written])
        }
    };
    store.append_all(Utc::now(), &records).await?;
    store.checkpoint(Utc::now(), Sign::WhatIsNew).await?;
    Ok(())
}

fn show(
    at: &At,
    (rule, event): (&str, &str),
    outcome: crate::ledger::Outcome,
) -> anyhow::Result<Exit> {
    let (reported, unknown) = (outcome.reported, outcome.unknown);
    match at.output {
        Output::Json => super::print_json(&Outcome {
            rule,
            event,
            reported,
            unknown,
        })?,
        Output::Text => super::print(&format!("{rule}, {event}: {reported} reported\n")),
    }
    if unknown > 0 {
        super::say(format_args!(
            "error: {unknown} of the keys are those of no row; nothing was written for them"
        ));
        return Ok(Exit::Partial);
    }
    Ok(Exit::Done)
}

/// The one rule that knows the event.
fn rule_of<'a>(loaded: &'a Loaded, whose: &Whose, output: Output) -> Result<&'a Rule, Exit> {
    loaded.known_rule(whose.rule.as_deref())?;
    let knowing: Vec<&Rule> = loaded
        .schedule
        .rules
        .iter()
        .filter(|rule| {
            whose
                .rule
                .as_ref()
                .is_none_or(|name| name == &rule.name.value)
        })
        .filter(|rule| rule.events().contains(&whose.event.as_str()))
        .collect();
    let why = match knowing.as_slice() {
        [rule] => return Ok(rule),
        [] => {
            let rules = loaded.schedule.rules.iter();
            let mut known: Vec<&str> = rules.flat_map(Rule::events).collect();
            known.sort_unstable();
            known.dedup();
            let told = match known.as_slice() {
                [] => "no start of the schedule is an event".to_owned(),
                known => format!("the events are {}", known.join(", ")),
            };
            format!("no rule knows an event {}; {told}", whose.event)
        }
        rules => {
            let names: Vec<&str> = rules.iter().map(|rule| rule.name.value.as_str()).collect();
            format!(
                "the event {} is known to several rules; write --rule with one of {}",
                whose.event,
                names.join(", ")
            )
        }
    };
    super::refuse(output, &why);
    Err(Exit::Usage)
}
