//! `audit expire`: the log's own retention.

use chrono::{DateTime, Months, NaiveDate, NaiveTime, Utc};

use crate::state::Unpublished;

use super::super::context::At;
use super::super::{Exit, Output, print, print_json, refuse};

/// A receipt is kept for a year at least.
const MONTHS_MIN: Months = Months::new(12);

/// Drop old records of the log: whole files of it, oldest first.
///
/// That they are gone is a record of the log, with the hashes that are needed to verify the rest. Receipts stay as long
/// as somebody may ask about their rows (`audit prove`: thirteen months after the end of their month), and nothing goes
/// before a place of `publish` has taken the checkpoint that vouches for it. Who the log is, where each database stands,
/// approvals in force, gaps and open batches are carried over.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Records that were written before this day, in UTC, may go. At least a year ago.
    #[arg(long, value_name = "DATE")]
    before: NaiveDate,
    /// Also where no other place vouches for what goes: nobody can tell then whether it was ever different.
    #[arg(long)]
    unsafe_unpublished: bool,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let now = Utc::now();
    let before: DateTime<Utc> = args.before.and_time(NaiveTime::MIN).and_utc();
    if now
        .checked_sub_months(MONTHS_MIN)
        .is_none_or(|latest| before > latest)
    {
        refuse(
            at.output,
            "receipts are kept for a year at least: name an earlier day",
        );
        return Ok(Exit::Usage);
    }
    let unpublished = if args.unsafe_unpublished {
        Unpublished::Dropped
    } else {
        Unpublished::Kept
    };
    let mut store = loaded.store().await?;
    let dropped = store.expire(before, now, unpublished).await?;
    match at.output {
        Output::Json => print_json(&dropped)?,
        Output::Text if dropped.segments == 0 => {
            print("nothing to drop: no whole file of the log is old enough, and may go\n");
        }
        Output::Text => print(&format!(
            "dropped {} records in {} files; the log begins with record {}\n",
            dropped.records, dropped.segments, dropped.first
        )),
    }
    Ok(Exit::Done)
}
