//! `hold list`: what stands, and what somebody should look at again.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::schedule::Database;
use crate::state::{Hold, Over, standing_holds};

use super::super::context::At;
use super::super::{Exit, Output, print, print_json, report};

/// List the holds that stand.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those whose day of review has come.
    #[arg(long)]
    to_be_reviewed: bool,
}

/// A hold as it is shown: without its keys.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Listed {
    pub hold: String,
    pub database: String,
    pub rule: String,
    pub table: String,
    /// How many keys it names; `None`: it has a condition.
    pub keys: Option<usize>,
    pub condition: Option<String>,
    pub shallow: bool,
    pub because: String,
    pub reference: String,
    pub owner: String,
    pub review: NaiveDate,
    pub to_be_reviewed: bool,
    pub placed_at: DateTime<Utc>,
    pub placed_by: String,
}

impl Listed {
    fn of(hold: Hold, databases: &BTreeMap<String, Database>, now: DateTime<Utc>) -> Self {
        // A database that has another name by now: the days are those of nowhere.
        let known = databases.get(&hold.database);
        let today = known.map_or_else(|| now.date_naive(), |database| database.day(now));
        let to_be_reviewed = hold.is_to_be_reviewed(today);
        let (keys, condition) = match hold.over {
            Over::Keys(keys) => (Some(keys.len()), None),
            Over::Condition(text) => (None, Some(text)),
        };
        Self {
            hold: hold.hold,
            database: hold.database,
            rule: hold.rule,
            table: format!("{}.{}", hold.schema, hold.table),
            keys,
            condition,
            shallow: hold.shallow,
            because: hold.because,
            reference: hold.reference,
            owner: hold.owner,
            review: hold.review,
            to_be_reviewed,
            placed_at: hold.placed_at,
            placed_by: hold.placed_by,
        }
    }
}

pub(super) fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let holds = standing_holds(&loaded.schedule.state_directory)?;
    let now = Utc::now();
    let mut listed: Vec<Listed> = holds
        .into_iter()
        .map(|hold| Listed::of(hold, &loaded.schedule.databases, now))
        .collect();
    listed.retain(|hold| hold.to_be_reviewed || !args.to_be_reviewed);
    match at.output {
        Output::Json => print_json(&listed)?,
        Output::Text if listed.is_empty() => print("no hold stands\n"),
        Output::Text => print(&report::holds(&listed)),
    }
    Ok(Exit::Done)
}
