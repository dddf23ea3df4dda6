//! `state`: a copy of the state directory, and the way back.

use std::path::PathBuf;

use chrono::Utc;

use crate::state::Store;

use super::context::At;
use super::served::{self, Errand};
use super::{Exit, Output, print, print_json};

/// Back the state directory up, and put a backup back.
///
/// It has the log, the keys that sign it and under which records are proven, holds and requests to be erased: a backup is
/// as secret as they are.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Copy the state directory into a folder that is empty or not there; also while a daemon runs.
    Backup {
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Put a backup back, into a state directory that has no log.
    ///
    /// That it was put back is a record of the log: databases that were worked with since are then not taken for those of
    /// another copy. One that has batches which the log does not know any more is still refused until `audit acknowledge`.
    Restore {
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
}

impl Args {
    /// Where a daemon is at work there is nothing to put back.
    pub(super) fn errand(&self) -> Errand {
        match &self.verb {
            Verb::Backup { .. } => Errand::Whole,
            Verb::Restore { .. } => Errand::None,
        }
    }
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let now = Utc::now();
    let (told, done) = match &args.verb {
        Verb::Backup { folder } => {
            let mut store = loaded.store_in_time().await?;
            let told = store.back_up(&served::path(folder), now).await?;
            (told, "backed up")
        }
        Verb::Restore { folder } => {
            let state = &loaded.schedule.state_directory;
            (Store::put_back(state, folder, now).await?, "put back")
        }
    };
    match at.output {
        Output::Json => print_json(&told)?,
        Output::Text => print(&format!(
            "{done}: {} records of the log {}, as of {} (backup {})\n",
            told.records,
            told.log,
            told.taken.format("%Y-%m-%d %H:%M:%S UTC"),
            told.backup
        )),
    }
    Ok(Exit::Done)
}
