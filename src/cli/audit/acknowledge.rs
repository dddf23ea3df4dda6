//! `audit acknowledge`: go on with a database whose history the log does not have.

use serde_json::json;

use crate::run::acknowledge;

use super::super::context::{At, complain, exit_of_halt};
use super::super::{Exit, Output, print, print_json, served};

/// Go on with a database that has batches which this log does not know, or that belongs to another log.
///
/// The state directory was lost, cut, or put back from an old copy. Put the right one back if it can be had: what
/// the log does not know of, nobody can account for. The gap stays in the log, and `audit verify` and `audit show`
/// tell it for ever. A run that is still at work with the database from elsewhere ends.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The database, by its name in the schedule.
    #[arg(value_name = "DATABASE")]
    database: String,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let databases = match loaded.databases(Some(&args.database)) {
        Ok(databases) => databases,
        Err(exit) => return Ok(exit),
    };
    let mut store = loaded.store().await?;
    for database in databases {
        let Ok(_turn) = served::turn(&database.name).await else {
            return Ok(Exit::Stopped);
        };
        let gap = match acknowledge(at.base(), database, &mut store).await {
            Ok(gap) => gap,
            Err(halt) => {
                complain(database, &halt);
                return Ok(exit_of_halt(&halt));
            }
        };
        match (at.output, gap) {
            (Output::Json, gap) => print_json(&json!({ "acknowledged": gap }))?,
            (Output::Text, None) => print("the log knows all of it: nothing to acknowledge\n"),
            (Output::Text, Some(gap)) => print(&format!(
                "acknowledged: {} stands at batch {}, this log knows of batch {}{}\n",
                gap.database,
                gap.seq,
                gap.known_seq,
                gap.log.map_or(String::new(), |log| format!(
                    "; taken over from the log {log}"
                ))
            )),
        }
    }
    Ok(Exit::Done)
}
