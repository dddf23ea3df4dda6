//! `audit show`: what was done.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::state::{Entry, Record, Store, Use};

use super::super::context::At;
use super::super::{Exit, Output, print, print_json, report, say};

/// List the receipts, one line for each batch, and the runs and approvals they belong to.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this run: its name, or the last part of it as the table shows it.
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// Only this rule.
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Sum the batches of each run, rule and table.
    #[arg(long)]
    summary: bool,
}

/// A record with its place and its time, for machines.
#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    at: String,
    #[serde(flatten)]
    record: &'a Record,
}

/// The receipts of one run, rule, table and effect.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sum {
    pub first_at: DateTime<Utc>,
    pub run: String,
    pub rule: String,
    pub table: String,
    pub effect: String,
    pub rows: u64,
    pub receipts: u64,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let Args { run, rule, summary } = args;
    let mut store = Store::open(&loaded.schedule.state_directory, Use::Read).await?;
    let kinds = [
        "adopted",
        "approved",
        "run-started",
        "done",
        "unknown",
        "weaker-assurance",
        "run-ended",
        "torn-tail",
        "key-rotated",
        "digest-key-destroyed",
        "expired",
        "regressed",
        "return-approved",
        "return-erased",
        "gap-acknowledged",
        "backed-up",
        "put-back",
        "served",
        "paused",
        "resumed",
        "runs-missed",
        "clock-jumped",
        "hold-placed",
        "hold-lifted",
        "erasure-received",
        "erasure-extended",
        "erasure-begun",
        "erasure-carried-out",
        "erasure-closed",
        "event-report",
        "event-written",
    ];
    let mut entries = store.records(&kinds).await?;
    entries.retain(|entry| {
        run.as_deref()
            .is_none_or(|run| is_of_run(&entry.record, run))
            && rule
                .as_deref()
                .is_none_or(|rule| is_of_rule(&entry.record, rule))
    });
    let sums = sums(&entries);
    match at.output {
        Output::Json if *summary => print_json(&sums)?,
        Output::Json => {
            let lines: Vec<Line<'_>> = entries.iter().map(line).collect();
            print_json(&lines)?;
        }
        Output::Text if *summary => print(&report::sums(&sums)),
        Output::Text => print(&report::audit(&entries)),
    }
    if entries.is_empty() || (*summary && sums.is_empty()) {
        say("no receipts match");
    }
    Ok(Exit::Done)
}

fn line(entry: &Entry) -> Line<'_> {
    Line {
        seq: entry.seq,
        at: entry.at.to_rfc3339(),
        record: &entry.record,
    }
}

/// A run is named by its whole name or by the end of it, which is what the table shows.
fn is_of_run(record: &Record, wanted: &str) -> bool {
    record
        .run()
        .is_some_and(|run| run == wanted || run.rsplit('-').next() == Some(wanted))
}

fn is_of_rule(record: &Record, wanted: &str) -> bool {
    match record {
        Record::Done { rule, .. } | Record::WeakerAssurance { rule, .. } => rule == wanted,
        Record::Approved(approval) => approval.rule == wanted,
        Record::HoldPlaced { rule, .. }
        | Record::ErasureReceived { rule, .. }
        | Record::EventReport { rule, .. } => rule == wanted,
        _ => false,
    }
}

/// In the order of the first receipt of each.
fn sums(entries: &[Entry]) -> Vec<Sum> {
    let mut sums: Vec<Sum> = Vec::new();
    for entry in entries {
        let Record::Done {
            run, rule, effects, ..
        } = &entry.record
        else {
            continue;
        };
        for effect in effects {
            let same = |sum: &&mut Sum| {
                sum.run == *run
                    && sum.rule == *rule
                    && sum.table == effect.table
                    && sum.effect == effect.effect
            };
            if let Some(sum) = sums.iter_mut().rev().find(same) {
                sum.rows += effect.rows;
                sum.receipts += 1;
            } else {
                sums.push(Sum {
                    first_at: entry.at,
                    run: run.clone(),
                    rule: rule.clone(),
                    table: effect.table.clone(),
                    effect: effect.effect.clone(),
                    rows: effect.rows,
                    receipts: 1,
                });
            }
        }
    }
    sums
}
