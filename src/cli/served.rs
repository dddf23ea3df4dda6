//! Verbs that write, and a daemon that has the log: it does what they ask for, by the same code.
//!
//! The verb sends its own command line over the daemon's socket and shows what comes back. In the daemon the command
//! line is read again and done with the daemon's store; what it would print goes to whoever asked.

use std::cell::RefCell;
use std::ffi::OsString;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;

use anyhow::Context;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::config;
use crate::daemon::desk::{self, Asking, Caller, Question, Told};
use crate::daemon::{Host, Turn};
use crate::disposal::Stop;
use crate::state::{Store, in_the_name_of, operator};

use super::{Cli, Exit, Output};

/// What of a verb a daemon has to do where one is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// Nothing: it only reads.
    None,
    /// All of it.
    Whole,
    /// All of it, and it reads standard input.
    WithInput,
}

tokio::task_local! {
    /// Set while a daemon does what somebody asked for.
    static SERVED: Rc<Served>;
}

struct Served {
    caller: Caller,
    host: Host,
    input: RefCell<Option<String>>,
    folder: PathBuf,
}

fn served() -> Option<Rc<Served>> {
    SERVED.try_with(Rc::clone).ok()
}

/// True where a daemon does this for somebody.
pub fn is_served() -> bool {
    served().is_some()
}

/// Sends what belongs on stdout to whoever asked; false where nobody did.
pub fn out(text: &str) -> bool {
    served().is_some_and(|served| {
        served.caller.out(text);
        true
    })
}

/// Sends a line for stderr to whoever asked; false where nobody did.
pub fn err(line: &dyn std::fmt::Display) -> bool {
    served().is_some_and(|served| {
        served.caller.err(line.to_string());
        true
    })
}

/// What stands on the standard input of whoever asked; `None`: nobody did, and it is this process's own.
pub fn input() -> Option<String> {
    served().map(|served| served.input.take().unwrap_or_default())
}

/// The stop of whoever asked.
pub fn stop() -> Option<Stop> {
    served().map(|served| served.caller.stop.clone())
}

/// The daemon's state store.
pub fn store() -> Option<Store> {
    served().map(|served| served.host.store())
}

/// The daemon itself.
pub fn host() -> Option<Host> {
    served().map(|served| served.host.clone())
}

/// Whoever asked was told to stop, or has gone, before it was its turn on a database.
#[derive(Debug)]
pub struct CalledOff;

/// The turn on a database: in a daemon one thing at a time works with it. `None`: no daemon does this.
///
/// # Errors
/// [`CalledOff`]: nothing was done.
pub async fn turn(database: &str) -> Result<Option<Turn>, CalledOff> {
    let Some(served) = served() else {
        return Ok(None);
    };
    let turns = served.host.turns();
    let turn = turns.ask_for(database, &served.caller.stop).await;
    turn.map(Some).ok_or_else(|| {
        err(&format_args!(
            "stopped while {database} was at work with something else: nothing was done there"
        ));
        CalledOff
    })
}

/// A path of the command line, as whoever wrote it means it.
pub fn path(written: &Path) -> PathBuf {
    match served() {
        Some(served) => served.folder.join(written),
        None => written.to_owned(),
    }
}

/// Does in the daemon what somebody asked for.
pub fn answer(question: Question, caller: Caller, host: Host) -> Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async move {
        let (operator, schedule) = (question.operator, question.schedule);
        let served = Rc::new(Served {
            caller,
            host,
            input: RefCell::new(question.input),
            folder: question.folder,
        });
        let words = std::iter::once("retentiond".to_owned()).chain(question.arguments);
        let act = async move {
            let cli = match Cli::try_parse_from(words) {
                Ok(cli) => Cli { schedule, ..cli },
                Err(error) => {
                    super::say(error.render());
                    return Exit::Usage;
                }
            };
            if cli.verb.errand() == Errand::None {
                super::say("error: that is nothing for a daemon to do");
                return Exit::Usage;
            }
            super::dispatch(cli).await
        };
        let act = SERVED.scope(served, in_the_name_of(operator, act));
        act.await as u8
    })
}

/// Has a daemon do the verb, where one serves the state directory; `None`: none does.
///
/// # Errors
/// A daemon is there and cannot be spoken to, or went away.
pub async fn forward(cli: &Cli, errand: Errand) -> anyhow::Result<Option<u8>> {
    if errand == Errand::None || is_served() {
        return Ok(None);
    }
    // A schedule with faults is for the verb itself to tell.
    let Ok((schedule, ..)) = config::load(&cli.schedule) else {
        return Ok(None);
    };
    let socket = schedule.socket();
    let reach = || desk::reach(&schedule.state_directory, &socket);
    let Some(stream) = reach().await? else {
        return Ok(None);
    };
    // Who types keys may take longer than a daemon waits for a question.
    drop(stream);
    let input = match errand {
        Errand::WithInput => Some(std::io::read_to_string(std::io::stdin())?),
        Errand::None | Errand::Whole => None,
    };
    let arguments = std::env::args_os().skip(1).map(OsString::into_string);
    let arguments: Result<Vec<String>, _> = arguments.collect();
    let arguments = arguments.map_err(|_| anyhow::anyhow!("the command line is not UTF-8"))?;
    let question = Question {
        version: desk::VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        arguments,
        schedule: std::path::absolute(&cli.schedule)?,
        folder: std::env::current_dir()?,
        input,
        operator: operator(),
    };
    let stream = reach().await?;
    let stream = stream.context("the daemon went away meanwhile; nothing was done, ask again")?;
    let asking = Asking::begin(stream, &question).await?;
    listen(asking, cli.output).await.map(Some)
}

/// Shows the answer as it comes; Ctrl-C and SIGTERM ask for a stop between two batches.
async fn listen(mut asking: Asking, output: Output) -> anyhow::Result<u8> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut ends = signal(SignalKind::terminate())?;
    loop {
        let told = tokio::select! {
            told = asking.next() => Some(told?),
            _ = interrupts.recv() => None,
            _ = ends.recv() => None,
        };
        match told {
            Some(Told::Out(text)) => super::print(&text),
            Some(Told::Err(line)) => super::say(line),
            Some(Told::Exit(code)) => return Ok(code),
            Some(Told::Refused(why)) => {
                super::refuse(output, &why);
                return Ok(Exit::Failed as u8);
            }
            None => asking.stop().await,
        }
    }
}
