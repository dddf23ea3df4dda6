//! The verbs, and the one table of exit codes.
//!
//! Apart, because it alone writes to a terminal. It decides nothing about rows: it reads arguments, calls the rooms
//! of the corridor, and shows what they return. stdout holds results, stderr everything else.

mod approve;
mod audit;
mod check;
mod context;
mod daemon;
mod migrate;
mod plan;
mod progress;
mod report;
mod run;
mod schema;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// Exit codes, as the README has them. They are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    Done = 0,
    /// Something failed; the message says what.
    Failed = 1,
    /// The command line is not understood (clap's own).
    Usage = 2,
    /// The schedule has faults.
    Schedule = 3,
    /// A database cannot be reached, or refuses us.
    Database = 4,
    /// Some rules did their work and some did not.
    Partial = 5,
    /// A limit was exceeded or an approval is missing: nothing of that rule, or database, was touched.
    Guarded = 6,
    /// Stopped by a signal between two batches; run again to go on.
    Stopped = 8,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Turns a legal retention schedule into provable deletion.
#[derive(Debug, Parser)]
#[command(
    name = "retentiond",
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 faults in the schedule, 4 a database cannot be used, \
                  5 some rules did not do their work, 6 stopped by a limit or a missing approval, 8 stopped by a \
                  signal."
)]
pub struct Cli {
    /// The schedule.
    #[arg(
        long,
        short,
        global = true,
        value_name = "FILE",
        env = "RETENTIOND_SCHEDULE",
        default_value = "/etc/retentiond/retentiond.toml"
    )]
    pub schedule: PathBuf,

    /// How results are written.
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    pub output: Output,

    #[command(subcommand)]
    verb: Verb,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Tables for people.
    Text,
    /// One JSON document for machines.
    Json,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(check::Args),
    Plan(plan::Args),
    Run(run::Args),
    Approve(approve::Args),
    Audit(audit::Args),
    Migrate(migrate::Args),
    Daemon(daemon::Args),
    Schema(schema::Args),
}

/// Parses the command line and does what it says.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: failed to start: {error}");
            return Exit::Failed.into();
        }
    };
    let exit = runtime.block_on(dispatch(cli));
    exit.into()
}

async fn dispatch(cli: Cli) -> Exit {
    let Cli {
        schedule,
        output,
        verb,
    } = cli;
    let at = context::At { schedule, output };
    let result = match verb {
        Verb::Check(args) => check::run(&at, &args).await,
        Verb::Plan(args) => plan::run(&at, &args).await,
        Verb::Run(args) => run::run(&at, &args).await,
        Verb::Approve(args) => approve::run(&at, &args).await,
        Verb::Audit(args) => audit::run(&at, &args).await,
        Verb::Migrate(args) => migrate::run(&at, &args).await,
        Verb::Daemon(args) => daemon::run(&at, &args).await,
        Verb::Schema(args) => schema::run(&args),
    };
    match result {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("error: {error:#}");
            Exit::Failed
        }
    }
}

/// Logs go to stderr: lines on a terminal, JSON for a collector.
fn telemetry() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("RETENTIOND_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,tokio_cron_scheduler=warn,sqlx=error"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        lines.with_target(false).init();
    } else {
        lines.json().init();
    }
}

/// Writes a result to stdout. A reader that went away (`| head`) is not an error.
pub(crate) fn print(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().write_all(text.as_bytes());
}
