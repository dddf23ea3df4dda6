//! `hold lift`: the schedule goes on.

use chrono::Utc;
use serde_json::json;

use crate::run::unname_lifted;
use crate::state::{Sign, operator};

use super::super::context::{At, complain, exit_of_halt};
use super::super::{Exit, Output, print, print_json, refuse};

/// Lift a hold: its rows are due again as soon as the schedule says so.
///
/// What it said of people (its keys, its reason) is destroyed; the log keeps that it stood, from when to when.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The hold, as `hold list` names it.
    #[arg(value_name = "HOLD")]
    hold: uuid::Uuid,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let hold = args.hold.to_string();
    let mut store = loaded.store_in_time().await?;
    let stood = store.place_of_hold(&hold).await?;
    // Where placing it was interrupted it may be named in a database and nowhere else.
    let wanted = |name: &String| stood.as_ref().is_none_or(|only| only == name);
    let (mut exit, mut named) = (Exit::Done, None);
    if let Some(database) = &stood {
        store.lift_hold(&hold, database, &operator()).await?;
    }
    for database in loaded.schedule.databases.values() {
        if !wanted(&database.name.value) {
            continue;
        }
        match unname_lifted(at.base(), database, &hold).await {
            Ok(true) => named = Some(database.name.value.clone()),
            Ok(false) => {}
            Err(halt) => {
                complain(database, &halt);
                exit = exit.max(exit_of_halt(&halt));
            }
        }
    }
    if let (None, Some(database)) = (&stood, &named) {
        store.lift_hold(&hold, database, &operator()).await?;
    }
    store.checkpoint(Utc::now(), Sign::WhatIsNew).await?;
    let Some(database) = stood.or(named) else {
        if exit == Exit::Done {
            refuse(
                at.output,
                &format!("no hold {hold} stands; `hold list` shows those that do"),
            );
            return Ok(Exit::Usage);
        }
        return Ok(exit);
    };
    match at.output {
        Output::Json => print_json(&json!({ "lifted": hold, "database": database }))?,
        Output::Text => print(&format!("hold {hold} on {database} is lifted\n")),
    }
    Ok(exit)
}
