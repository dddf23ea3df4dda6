//! `audit verify`: whether a log tells the truth, for a stranger.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::audit::note::VerifierKey;
use crate::audit::verify::{Finding, Judgement, verify};

use super::super::context::At;
use super::super::{Exit, Output, print, print_json};

/// Verify a log with a public key: no database, no schedule, no secret.
///
/// It names the records that cannot be trusted. What was cut off at the end, or rewritten as a whole by somebody who
/// has the signing key, only a checkpoint from elsewhere can show. The format of the log is public.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the log, or the state directory that it lies in. Left out: that of the schedule, which is then read.
    #[arg(value_name = "LOG")]
    log: Option<PathBuf>,
    /// The verifier key, as `audit key` shows it, or a file with it. Any key that the log ever had will do.
    #[arg(long, value_name = "KEY")]
    key: String,
    /// A checkpoint that was kept elsewhere; may be given several times.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
}

impl Args {
    pub(super) fn is_given(&self) -> bool {
        self.log.is_some()
    }
}

pub(super) fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let given = match &args.log {
        Some(given) => given.clone(),
        None => match at.load() {
            Ok(loaded) => loaded.schedule.state_directory,
            Err(exit) => return Ok(exit),
        },
    };
    let folder = folder(&given)?;
    let mut outside = Vec::new();
    for path in &args.checkpoint {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        outside.push(text);
    }
    let judgement = verify(&folder, &key(&args.key)?, &outside)?;
    match at.output {
        Output::Json => print_json(&judgement)?,
        Output::Text => print(&told(&judgement)),
    }
    Ok(if judgement.is_sound() {
        Exit::Done
    } else {
        Exit::Unsound
    })
}

/// The folder that holds the segments.
fn folder(given: &Path) -> anyhow::Result<PathBuf> {
    let within = crate::state::log_folder(given);
    match (within.is_dir(), given.is_dir()) {
        (true, _) => Ok(within),
        (false, true) => Ok(given.to_owned()),
        (false, false) => bail!("there is no log in {}", given.display()),
    }
}

/// A key from the command line: itself, or the file that holds it.
fn key(given: &str) -> anyhow::Result<VerifierKey> {
    if let Ok(key) = given.trim().parse() {
        return Ok(key);
    }
    let text = std::fs::read_to_string(given)
        .with_context(|| format!("{given} is neither a verifier key nor a file with one"))?;
    let key = text.trim().parse();
    key.with_context(|| format!("the file {given} holds no verifier key"))
}

fn told(judgement: &Judgement) -> String {
    let mut out = format!(
        "log        {}\nrecords    {}\nroot       {}\nsigned     the first {}\n",
        judgement.log.as_deref().unwrap_or("without an identity"),
        judgement.records,
        judgement.root,
        judgement.signed
    );
    for key in &judgement.keys {
        out.push_str(&format!("key        {key}\n"));
    }
    for remark in &judgement.remarks {
        out.push_str(&format!("remark     {}\n", line(remark)));
    }
    for fault in &judgement.faults {
        out.push_str(&format!("FAULT      {}\n", line(fault)));
    }
    out.push_str(if judgement.is_sound() {
        "verified\n"
    } else {
        "NOT verified\n"
    });
    out
}

fn line(finding: &Finding) -> String {
    let records = match finding.to {
        None => format!("from record {} on", finding.from),
        Some(to) if to == finding.from => format!("record {to}"),
        Some(to) => format!("records {} to {to}", finding.from),
    };
    format!("{records}: {}", finding.code.sentence())
}
