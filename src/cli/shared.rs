//! A state store that several hosts share, for the verbs of one of them.

use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use chrono::Utc;
use clap::Parser;

use crate::config;
use crate::daemon::StandingBy;
use crate::daemon::desk::{Caller, Question};
use crate::files;
use crate::mirror::{self, Claim, Owner, Seat, Trouble};
use crate::schedule::{Connection, Schedule};
use crate::state::{Busy, Store, Use, lock};

use super::context::Halted;
use super::{Cli, Exit, Output, Verb};

/// How long a verb waits for one of another host: five seconds.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(500);

/// The state store of a schedule, to write to it: where it is shared this process becomes its owner, as a daemon would.
///
/// # Errors
/// Another process or host is at work with it, or it cannot be written.
pub(super) async fn store(schedule: &Schedule) -> anyhow::Result<Store> {
    let directory = &schedule.state_directory;
    let shared = schedule.shared_state.as_ref();
    let Some(connection) = shared.filter(|_| !files::is_mirrored()) else {
        return Store::open(directory, Use::Append).await;
    };
    let lock = lock(directory)?;
    let seat = seat(connection).await?;
    let taken = seat.take_over(directory).await?;
    let mut store = Store::open_locked(directory, lock)?;
    taken.name_log(&store.log_id())?;
    let count = taken.brought.taken_up;
    let before = taken.before.as_ref().map(|owner| owner.host.as_str());
    store
        .served_by(&mirror::host(), before, count, Utc::now())
        .await?;
    if count > 0 {
        super::say(format_args!(
            "{} took the {count} files of {} up: it is the state store now, and the directory its copy",
            mirror::place(connection),
            directory.display()
        ));
    }
    Ok(store)
}

async fn seat(connection: &Connection) -> anyhow::Result<Seat> {
    let mut seat = Seat::connect(connection, Path::new(""))
        .await
        .map_err(explained)?;
    let mut owner = None;
    for _ in 0..TRIES {
        match seat.claim().await.map_err(explained)? {
            Claim::Ours => return Ok(seat),
            Claim::Anothers(found) => owner = found,
        }
        tokio::time::sleep(PAUSE).await;
    }
    match owner {
        Some(Owner { host, since }) => {
            bail!("{host} serves the shared state store since {since}: ask there")
        }
        None => bail!("another host serves the shared state store: ask there"),
    }
}

/// Whether the shared state store can be used; what is wrong is told.
pub(super) async fn look(connection: &Connection) -> Result<(), Halted> {
    let looked = match Seat::connect(connection, Path::new("")).await {
        Ok(seat) => seat.look().await,
        Err(trouble) => Err(trouble),
    };
    looked.map_err(|trouble| {
        let place = mirror::place(connection);
        super::say(format_args!("error: the state store in {place}: {trouble}"));
        super::say(format_args!("  = help: {}", trouble.advice()));
        Halted {
            database: "[state.postgres]".to_owned(),
            error: trouble.to_string(),
            hint: Some(trouble.advice().to_owned()),
        }
    })
}

fn explained(trouble: Trouble) -> anyhow::Error {
    let why = format!("{trouble}\n  = help: {}", trouble.advice());
    anyhow::Error::new(trouble).context(format!("the shared state store cannot be used: {why}"))
}

/// Makes this host's copy what the shared store has, where a verb is about to read it. A process of this host that writes
/// to it has it as it is.
///
/// # Errors
/// The directory is another store's, or cannot be written.
pub(super) async fn refresh(cli: &Cli) -> anyhow::Result<()> {
    if !cli.verb.reads_the_store() {
        return Ok(());
    }
    // A schedule with faults is for the verb itself to tell.
    let Ok((schedule, ..)) = config::load(&cli.schedule) else {
        return Ok(());
    };
    let Some(connection) = &schedule.shared_state else {
        return Ok(());
    };
    let mut tried = 0;
    let _lock = loop {
        match lock(&schedule.state_directory) {
            Ok(lock) => break lock,
            Err(error) if !error.is::<Busy>() => return Err(error),
            // Whoever only reads is done in a moment.
            Err(_) if tried < TRIES => tried += 1,
            Err(_) => return Ok(()),
        }
        tokio::time::sleep(PAUSE / 5).await;
    };
    let refreshed = mirror::refresh(connection, Path::new(""), &schedule.state_directory).await;
    match refreshed {
        Ok(_) => Ok(()),
        Err(error) => match error.downcast_ref::<Trouble>() {
            Some(trouble) => {
                super::say(format_args!(
                    "warning: the shared state store cannot be read ({trouble}); this is what this host has of it"
                ));
                Ok(())
            }
            None => Err(error),
        },
    }
}

/// What a daemon that stands by answers: who serves, and nothing else.
pub(super) fn refuse(question: Question, caller: Caller, now: StandingBy) -> u8 {
    let words = std::iter::once("retentiond".to_owned()).chain(question.arguments);
    let asked = Cli::try_parse_from(words);
    let output = asked.as_ref().map_or(Output::Text, |cli| cli.output);
    let is_status = asked.is_ok_and(|cli| matches!(cli.verb, Verb::Status(_)));
    let sentence = now.sentence();
    let document = |result, error| {
        let document = super::Document {
            result,
            error,
            ..super::Document::<Told>::EMPTY
        };
        serde_json::to_string_pretty(&document).unwrap_or_default()
    };
    if is_status {
        let exit = match now.trouble {
            None => Exit::Done,
            Some(_) => Exit::Partial,
        };
        match output {
            Output::Text => caller.out(&format!("{sentence}\n")),
            Output::Json => {
                let told = Told { standing_by: now };
                caller.out(&format!("{}\n", document(Some(&told), None)));
            }
        }
        return exit as u8;
    }
    let why = format!("this host does not serve ({sentence}): ask the host that does");
    caller.err(format!("error: {why}"));
    if output == Output::Json {
        caller.out(&format!("{}\n", document(None, Some(&why))));
    }
    Exit::Failed as u8
}

/// What `status` tells where this host stands by.
#[derive(serde::Serialize)]
#[serde(rename_all = "kebab-case")]
struct Told {
    standing_by: StandingBy,
}
