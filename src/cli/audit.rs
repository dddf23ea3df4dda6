//! `audit`: what was done.

use serde::Serialize;

use crate::state::{Entry, Record, Store, Use};

use super::context::At;
use super::{Exit, Output, report};

/// Show the receipts.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List the receipts, one line for each batch, and the runs and approvals they belong to.
    Show {
        /// Only this run.
        #[arg(long, value_name = "ID")]
        run: Option<String>,
        /// Only this rule.
        #[arg(long, value_name = "NAME")]
        rule: Option<String>,
        /// Sum the batches of each run, rule and table.
        #[arg(long)]
        summary: bool,
    },
}

#[derive(Serialize)]
struct Line<'a> {
    seq: i64,
    at: String,
    #[serde(flatten)]
    record: &'a Record,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let Verb::Show { run, rule, summary } = &args.verb;
    let mut store = Store::open(&loaded.schedule.state_directory, Use::Read).await?;
    let kinds = ["adopted", "approved", "run-started", "done", "run-ended"];
    let entries: Vec<Entry> = store
        .records(&kinds)
        .await?
        .into_iter()
        .filter(|entry| {
            run.as_deref()
                .is_none_or(|run| entry.record.run() == Some(run))
        })
        .filter(|entry| {
            rule.as_deref()
                .is_none_or(|rule| is_of(&entry.record, rule))
        })
        .collect();
    match at.output {
        Output::Json => {
            let lines: Vec<Line<'_>> = entries
                .iter()
                .map(|entry| Line {
                    seq: entry.seq,
                    at: entry.at.to_rfc3339(),
                    record: &entry.record,
                })
                .collect();
            super::print(&format!("{}\n", serde_json::to_string_pretty(&lines)?));
        }
        Output::Text => super::print(&report::audit(&entries, *summary)),
    }
    Ok(Exit::Done)
}

fn is_of(record: &Record, wanted: &str) -> bool {
    match record {
        Record::Done { rule, .. } => rule == wanted,
        Record::Approved(approval) => approval.rule == wanted,
        _ => false,
    }
}
