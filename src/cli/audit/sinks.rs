//! `audit sinks`: where checkpoints go, and how far each place is behind.

use anyhow::bail;
use chrono::Utc;

use crate::state::{Serve, log_folder, published, standings};

use super::super::context::At;
use super::super::{Exit, Output, print, print_json, report, say};

/// Show the places that checkpoints of the log are published to, and how far each is behind.
///
/// The exit code is 5 where a place has not taken the last checkpoint. The daemon goes on trying by itself; --send
/// tries now.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Send the last checkpoint now to the places that have not taken it.
    #[arg(long)]
    send: bool,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let (state, sinks) = (&loaded.schedule.state_directory, &loaded.schedule.sinks);
    if !log_folder(state).exists() {
        bail!(
            "there is no state store in {}: nothing has run yet, or the schedule names another directory",
            state.display()
        );
    }
    let found = if args.send {
        published(state, sinks, Serve::All, Utc::now()).await?
    } else {
        standings(state, sinks)?
    };
    match at.output {
        Output::Json => print_json(&found)?,
        Output::Text => print(&report::sinks(&found)),
    }
    if sinks.is_empty() {
        say(
            "the schedule publishes nowhere: whoever is root on this host can write another log, and nobody can tell",
        );
    } else if found.is_empty() {
        say("nothing was signed yet");
    }
    Ok(if found.iter().any(|one| one.waits) {
        Exit::Partial
    } else {
        Exit::Done
    })
}
