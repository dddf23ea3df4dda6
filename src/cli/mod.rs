//! The verbs, and the one table of exit codes.
//!
//! Apart, because it alone writes to a terminal. It decides nothing about rows: it reads arguments, calls the rooms
//! of the corridor, and shows what they return. stdout holds results, stderr everything else.

mod approve;
mod audit;
mod check;
mod context;
mod daemon;
mod erase;
mod event;
mod explain;
mod grants;
mod guard_sql;
mod hold;
mod init;
mod keys;
mod manual;
mod migrate;
mod pause;
mod plan;
mod progress;
mod report;
mod run;
mod schema;
mod served;
mod state;
mod status;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use served::Errand;

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
    /// The audit log does not verify.
    Unsound = 7,
    /// Stopped by a signal between two batches; run again to go on.
    Stopped = 8,
    /// A hold was placed that the run did not know: it went no further; run again to go on.
    Held = 9,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The table of [`Exit`] in words; a test compares the two.
const EXIT_CODES: &str = "\
The usual way: init, check --connect, migrate, plan, run --dry-run, approve, run, audit show.

Exit codes, the same for every command; where several apply, the greatest:
  0  done
  1  failed; the message says what
  2  the command line is not understood
  3  the schedule has faults
  4  a database cannot be reached, or refuses
  5  some rules did their work and some did not
  6  stopped by a limit or a missing approval: nothing of that rule was touched
  7  the audit log does not verify: the message names the records
  8  stopped by a signal between two batches; run again to go on
  9  stopped by a hold that was placed meanwhile; run again to go on

Results go to stdout, everything else to stderr. RETENTIOND_LOG sets what is logged (error, warn, info, debug).";

/// Turns a legal retention schedule into provable deletion.
#[derive(Debug, Parser)]
#[command(
    name = "retentiond",
    version,
    after_help = "The usual way: init, check --connect, migrate, plan, run --dry-run, approve, run, audit show.",
    after_long_help = EXIT_CODES
)]
pub struct Cli {
    /// The file of the schedule.
    #[arg(
        long,
        short,
        global = true,
        help_heading = "Global options",
        value_name = "FILE",
        env = "RETENTIOND_SCHEDULE",
        default_value = "/etc/retentiond/retentiond.toml"
    )]
    pub schedule: PathBuf,

    /// How results are written.
    #[arg(long, global = true, help_heading = "Global options", value_enum, default_value_t = Output::Text)]
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
    Init(init::Args),
    Check(check::Args),
    Plan(plan::Args),
    Explain(explain::Args),
    Run(run::Args),
    Approve(approve::Args),
    Audit(audit::Args),
    Erase(erase::Args),
    Event(event::Args),
    Hold(hold::Args),
    Migrate(migrate::Args),
    Grants(grants::Args),
    GuardSql(guard_sql::Args),
    State(state::Args),
    Status(status::Args),
    Pause(pause::PauseArgs),
    Resume(pause::ResumeArgs),
    Daemon(daemon::Args),
    Schema(schema::Args),
    Manual(manual::Args),
}

impl Verb {
    /// What of it a daemon does, where one is at work: everything that writes to the log, and what needs the daemon's own
    /// credentials as much as its turn on a database.
    fn errand(&self) -> Errand {
        match self {
            Self::Run(args) => args.errand(),
            Self::Approve(_) => Errand::Whole,
            Self::Audit(args) => args.errand(),
            Self::Erase(args) => args.errand(),
            Self::Event(_) => Errand::WithInput,
            Self::Hold(args) => args.errand(),
            Self::State(args) => args.errand(),
            Self::Status(_) | Self::Pause(_) | Self::Resume(_) => Errand::Whole,
            Self::Init(_)
            | Self::Check(_)
            | Self::Plan(_)
            | Self::Explain(_)
            | Self::Migrate(_)
            | Self::Grants(_)
            | Self::GuardSql(_)
            | Self::Daemon(_)
            | Self::Schema(_)
            | Self::Manual(_) => Errand::None,
        }
    }
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
            say(format_args!("error: failed to start: {error}"));
            return Exit::Failed.into();
        }
    };
    runtime.block_on(begin(cli))
}

/// Has it done by the daemon that serves the state directory, or does it here.
async fn begin(cli: Cli) -> ExitCode {
    match served::forward(&cli, cli.verb.errand()).await {
        Ok(Some(code)) => code.into(),
        Ok(None) => dispatch(cli).await.into(),
        Err(error) => {
            refuse(cli.output, &format!("{error:#}"));
            Exit::Failed.into()
        }
    }
}

async fn dispatch(cli: Cli) -> Exit {
    let Cli {
        schedule,
        output,
        verb,
    } = cli;
    let at = context::At { schedule, output };
    let result = match verb {
        Verb::Init(args) => init::run(&at, &args).await,
        Verb::Check(args) => check::run(&at, &args).await,
        Verb::Plan(args) => plan::run(&at, &args).await,
        Verb::Explain(args) => explain::run(&at, &args).await,
        Verb::Run(args) => run::run(&at, &args).await,
        Verb::Approve(args) => approve::run(&at, &args).await,
        Verb::Audit(args) => audit::run(&at, &args).await,
        Verb::Erase(args) => erase::run(&at, &args).await,
        Verb::Event(args) => event::run(&at, &args).await,
        Verb::Hold(args) => hold::run(&at, &args).await,
        Verb::Migrate(args) => migrate::run(&at, &args).await,
        Verb::Grants(args) => grants::run(&at, &args).await,
        Verb::GuardSql(args) => guard_sql::run(&at, &args).await,
        Verb::State(args) => state::run(&at, &args).await,
        Verb::Status(_) => status::run(&at).await,
        Verb::Pause(args) => pause::pause(&at, &args).await,
        Verb::Resume(args) => pause::resume(&at, &args).await,
        Verb::Daemon(args) => daemon::run(&at, &args).await,
        Verb::Schema(args) => schema::run(&args),
        Verb::Manual(args) => manual::run(&args),
    };
    match result {
        Ok(exit) => exit,
        Err(error) => {
            refuse(output, &format!("{error:#}"));
            Exit::Failed
        }
    }
}

/// Says why a verb could not begin, or could not end.
pub(crate) fn refuse(output: Output, why: &str) {
    say(format_args!("error: {why}"));
    refuse_json(output, why);
}

/// The one document of a verb that could not begin, for a machine.
pub(crate) fn refuse_json(output: Output, why: &str) {
    if output == Output::Json {
        let _ = print_document(&Document::<()> {
            error: Some(why),
            ..Document::EMPTY
        });
    }
}

/// What every verb writes with `--output json`: one object with these three keys.
#[derive(serde::Serialize)]
struct Document<'a, T: serde::Serialize + ?Sized> {
    /// What the verb found or did; null where it could not begin.
    result: Option<&'a T>,
    /// Why it could not begin, or null.
    error: Option<&'a str>,
    /// What is wrong with the schedule: of `check` always, of other verbs where it is refused.
    findings: Option<&'a context::Findings>,
}

impl<T: serde::Serialize + ?Sized> Document<'_, T> {
    const EMPTY: Self = Self {
        result: None,
        error: None,
        findings: None,
    };
}

/// Logs go to stderr: lines on a terminal, JSON for a collector; and where stderr is the journal's, to it, with each
/// field as one of its own.
fn telemetry() {
    use tracing_subscriber::EnvFilter;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    // Values of fields are compared and no patterns: what patterns mean depends on how the program was built.
    let filter = || EnvFilter::builder().with_regex(false);
    let filter = std::env::var("RETENTIOND_LOG")
        .ok()
        .and_then(|wished| filter().parse(wished).ok())
        .unwrap_or_else(|| filter().parse_lossy("info,tokio_cron_scheduler=warn,sqlx=error"));
    if is_the_journal_s()
        && let Ok(journal) = tracing_journald::layer()
    {
        let all = tracing_subscriber::registry().with(filter).with(journal);
        return all.init();
    }
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        lines.with_target(false).init();
    } else {
        lines.json().init();
    }
}

/// True where systemd has connected stderr to its journal (`systemd.exec(5)`, JOURNAL_STREAM).
fn is_the_journal_s() -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(told) = std::env::var("JOURNAL_STREAM") else {
        return false;
    };
    let own = std::fs::metadata("/proc/self/fd/2");
    own.is_ok_and(|own| told == format!("{}:{}", own.dev(), own.ino()))
}

/// Writes a result to stdout. A reader that went away (`| head`) is not an error.
pub(crate) fn print(text: &str) {
    use std::io::Write;
    if served::out(text) {
        return;
    }
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes the result of a verb to stdout, as its one document.
///
/// # Errors
/// The result cannot be written as JSON.
pub(crate) fn print_json<T: serde::Serialize + ?Sized>(result: &T) -> anyhow::Result<()> {
    print_document(&Document {
        result: Some(result),
        error: None,
        findings: None,
    })
}

/// Writes what is wrong with a schedule to stdout, as the one document of a verb.
///
/// # Errors
/// The findings cannot be written as JSON.
pub(crate) fn print_findings(findings: &context::Findings) -> anyhow::Result<()> {
    print_document(&Document::<()> {
        error: (findings.errors > 0).then_some("the schedule has faults"),
        findings: Some(findings),
        ..Document::EMPTY
    })
}

fn print_document<T: serde::Serialize + ?Sized>(document: &Document<'_, T>) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(document)?));
    Ok(())
}

/// Writes a line for the operator to stderr. Nobody there to read it is not an error.
pub(crate) fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    if served::err(&line) {
        return;
    }
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A count with its noun: "1 rule", "2 rules".
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
