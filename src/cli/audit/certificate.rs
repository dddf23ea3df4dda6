//! `audit certificate`: what a run destroyed, for a file.

use clap::ValueEnum;

use crate::audit::certificate::{KINDS, certificate};
use crate::state::{Store, Use};

use super::super::context::At;
use super::super::{Exit, Output, print, print_json, refuse, report};

/// Certify what a run destroyed: classes of data, how many rows, under which rule, ground and citation, and when.
///
/// It is made from the log alone, holds no personal data, and bears the checkpoint under which `audit verify` proves it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run: its name, or the last part of it as `audit show` shows it.
    #[arg(value_name = "RUN")]
    run: String,
    /// How it is written; `--output json` writes it for machines.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How a certificate is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal or a letter.
    Text,
    /// One page, with nothing loaded from elsewhere.
    Html,
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let mut store = Store::open(&loaded.schedule.state_directory, Use::Read).await?;
    let entries = store.records(&KINDS).await?;
    let key = store
        .verifier_key()
        .map(|key| key.to_string())
        .unwrap_or_default();
    let first = store.first_record();
    let Some(made) = certificate(&entries, &args.run, &store.log_id(), &key) else {
        refuse(
            at.output,
            &format!("the log has no run {}; `audit show` lists them", args.run),
        );
        return Ok(Exit::Usage);
    };
    if made.record < first {
        refuse(
            at.output,
            &format!(
                "the receipts of the run {} have expired, all or some of them: nothing can be certified any more",
                made.run
            ),
        );
        return Ok(Exit::Usage);
    }
    match (at.output, args.format) {
        (Output::Json, _) => print_json(&made)?,
        (Output::Text, Format::Text) => print(&report::certificate::text(&made)),
        (Output::Text, Format::Html) => print(&report::certificate::html(&made)),
    }
    Ok(Exit::Done)
}
