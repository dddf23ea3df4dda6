//! `pause` and `resume`: no run on a cadence begins, or goes on.

use chrono::Utc;
use serde_json::json;

use crate::state::operator;

use super::context::At;
use super::{Exit, Output, print, print_json};

/// Let no run on a cadence begin, or go on, until `resume`.
///
/// A run that is at work ends between two batches. It outlives the daemon, and is recorded. What is asked for by hand
/// (`run`, `erase`) is not held up. Runs that are missed meanwhile are made up for by one.
#[derive(Debug, clap::Args)]
pub struct PauseArgs {
    /// Only on this database. Default: on all of them.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
}

/// Let runs begin again after `pause`.
#[derive(Debug, clap::Args)]
pub struct ResumeArgs {
    /// Only on this database. Default: where all were paused.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
}

pub(super) async fn pause(at: &At, args: &PauseArgs) -> anyhow::Result<Exit> {
    set(at, args.database.as_deref(), true).await
}

pub(super) async fn resume(at: &At, args: &ResumeArgs) -> anyhow::Result<Exit> {
    set(at, args.database.as_deref(), false).await
}

async fn set(at: &At, database: Option<&str>, is_pause: bool) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    if let Some(name) = database
        && let Err(exit) = loaded.databases(Some(name))
    {
        return Ok(exit);
    }
    let mut store = loaded.store_in_time().await?;
    let changed = store
        .pause(database, is_pause, &operator(), Utc::now())
        .await?;
    let whose = database.map_or("all runs on cadences".to_owned(), |name| {
        format!("runs on cadences on {name}")
    });
    match at.output {
        Output::Json => {
            print_json(&json!({ "database": database, "paused": is_pause, "changed": changed }))?;
        }
        Output::Text => print(&match (is_pause, changed) {
            (true, true) => format!("{whose} are paused until `retentiond resume`\n"),
            (false, true) => format!("{whose} begin again\n"),
            (true, false) => format!("{whose} were paused already\n"),
            (false, false) => format!("{whose} were not paused\n"),
        }),
    }
    Ok(Exit::Done)
}
