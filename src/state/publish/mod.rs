//! Copying checkpoints to places that this host cannot change.
//!
//! A checkpoint covers all before it, so only the last one is worth sending: what could not be sent is made good by the
//! next. What each place has taken is kept beside the log ([`standing`]), so that the queue survives a restart: a place
//! waits for the last checkpoint as long as it has not taken it. Nothing here can hold a removal up for longer than
//! [`PATIENCE`]: each place is served by a thread of its own, and one that does not answer is left behind.

#[cfg(feature = "object-store")]
mod bucket;
mod directory;
mod http;
mod standing;
mod syslog;
mod webhook;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};

use crate::audit::note::{Checkpoint, open};
use crate::schedule::Sink;

use super::{Sign, Store};

pub use standing::Standing;
use standing::Standings;

/// How long all places together are waited for.
const PATIENCE: Duration = Duration::from_secs(12);

/// What a place is given: the note, and what it says.
#[derive(Debug, Clone)]
struct Sent {
    note: String,
    checkpoint: Checkpoint,
    /// The log's folder: another process may have gone on meanwhile.
    log: std::path::PathBuf,
}

impl Sent {
    /// The identity of the log.
    fn log_id(&self) -> &str {
        self.checkpoint
            .origin
            .rsplit('/')
            .next()
            .unwrap_or_default()
    }

    /// Sorts by the number of records.
    fn name(&self) -> String {
        format!("{}.{:020}.checkpoint", self.log_id(), self.checkpoint.size)
    }
}

/// Which places are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serve {
    /// Every one that has not taken the last checkpoint.
    All,
    /// Those of them whose pause after a failure is over.
    WhoseTimeHasCome,
}

/// How each place stands, without sending anything.
///
/// # Errors
/// What is kept of it cannot be read.
pub fn standings(state: &Path, sinks: &[Sink]) -> anyhow::Result<Vec<Standing>> {
    let Some(last) = last(state)? else {
        return Ok(Vec::new());
    };
    let kept = Standings::read(state, &last)?;
    Ok(sinks.iter().map(|sink| kept.of(sink, &last)).collect())
}

/// Sends the last checkpoint to the places that have not taken it; gives how each stands then. What failed is told in
/// the log of the program.
///
/// # Errors
/// There is no checkpoint that can be read, or what is kept of the places cannot be written.
fn publish(
    state: &Path,
    sinks: &[Sink],
    serve: Serve,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<Standing>> {
    // What each place has taken is read, and written back.
    let _alone = PUBLISHING.lock();
    let Some(last) = last(state)? else {
        return Ok(Vec::new());
    };
    if sinks.is_empty() {
        return Ok(Vec::new());
    }
    // Another process that sends is waited for: what it was told is not asked for twice.
    let _only = only_publisher(state)?;
    let mut kept = Standings::read(state, &last)?;
    let waits = |sink: &&Sink| {
        kept.waits(sink, &last) && (serve == Serve::All || kept.time_has_come(sink, now))
    };
    let served: Vec<Sink> = sinks.iter().filter(waits).cloned().collect();
    if !served.is_empty() {
        for (sink, result) in send_all(served, &last) {
            if let Err(why) = &result {
                tracing::error!("the checkpoint was not published to {sink}: {why}");
            }
            kept.note(&sink, &last, result, now);
        }
        kept.keep_only(sinks);
        kept.write(state)?;
    }
    Ok(sinks.iter().map(|sink| kept.of(sink, &last)).collect())
}

/// Held by the process that sends; given back when it is dropped.
fn only_publisher(state: &Path) -> anyhow::Result<std::fs::File> {
    let path = state.join("publishing");
    let doing = || format!("failed to lock {}", path.display());
    let lock = super::private(&path).with_context(doing)?;
    lock.lock().with_context(doing)?;
    Ok(lock)
}

/// True where a place has taken a checkpoint within a time before now.
fn is_recent(standings: &[Standing], within: TimeDelta, now: DateTime<Utc>) -> bool {
    standings
        .iter()
        .filter_map(|one| one.published)
        .any(|at| (now - at) <= within && at <= now)
}

/// Sends the last checkpoint of a state directory to the places that have not taken it; gives how each stands then.
/// It needs no lock: what is sent is signed already.
///
/// # Errors
/// There is no checkpoint that can be read, or what is kept of the places cannot be written.
pub async fn published(
    directory: &Path,
    sinks: &[Sink],
    serve: Serve,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<Standing>> {
    let (directory, sinks) = (directory.to_owned(), sinks.to_vec());
    tokio::task::spawn_blocking(move || publish(&directory, &sinks, serve, now))
        .await
        .context("the thread that publishes ended")?
}

impl Store {
    /// Sends the last checkpoint to the places that have not taken it. That it could not be sent, or noted, is told
    /// and holds nothing up.
    pub(super) async fn publish(&self, at: DateTime<Utc>) -> Vec<Standing> {
        match published(&self.directory, &self.sinks, Serve::All, at).await {
            Ok(standings) => standings,
            Err(error) => {
                tracing::error!("the checkpoint was not published: {error:#}");
                Vec::new()
            }
        }
    }

    /// Sees to it that a checkpoint was published within a time before now: where none was, the log is signed and
    /// published now. False where that failed.
    ///
    /// # Errors
    /// As for [`Store::append`].
    pub async fn is_published_within(
        &mut self,
        within: TimeDelta,
        now: DateTime<Utc>,
    ) -> anyhow::Result<bool> {
        let before = standings(&self.directory, &self.sinks)?;
        if is_recent(&before, within, now) {
            return Ok(true);
        }
        self.checkpoint(now, Sign::Anyway).await?;
        let after = standings(&self.directory, &self.sinks)?;
        Ok(is_recent(&after, within, now))
    }
}

/// The last checkpoint of the log; `None`: there is none yet.
fn last(state: &Path) -> anyhow::Result<Option<Sent>> {
    let log = super::log_folder(state);
    let Some(note) = crate::audit::last_note(&log)? else {
        return Ok(None);
    };
    let checkpoint = Checkpoint::read(open(&note)?.text)?;
    Ok(Some(Sent {
        note,
        checkpoint,
        log,
    }))
}

/// Held while places are served: several runs end at once.
static PUBLISHING: Mutex<()> = Mutex::new(());

/// Places that a thread is still waiting for.
static UNDERWAY: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// A place that is waited for, as long as this lives: also where its thread never begins, or panics.
struct Asked(String);

impl Asked {
    /// `None` where it is waited for already.
    fn begin(id: String) -> Option<Self> {
        let mut underway = UNDERWAY.lock().unwrap_or_else(PoisonError::into_inner);
        underway.insert(id.clone()).then_some(Self(id))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let mut underway = UNDERWAY.lock().unwrap_or_else(PoisonError::into_inner);
        underway.remove(&self.0);
    }
}

/// Each place in a thread of its own: one that hangs, as a directory of a host that is gone does, holds nobody up.
fn send_all(sinks: Vec<Sink>, what: &Sent) -> Vec<(Sink, Result<(), String>)> {
    let (tell, told) = mpsc::channel();
    for (place, sink) in sinks.iter().enumerate() {
        let id = standing::id(sink);
        let Some(asked) = Asked::begin(id) else {
            let why = "it has not answered the last time yet".to_owned();
            let _ = tell.send((place, Err(why)));
            continue;
        };
        let (sink, what, theirs) = (sink.clone(), what.clone(), tell.clone());
        let begun = std::thread::Builder::new().spawn(move || {
            let result = send(&sink, &what).map_err(|error| format!("{error:#}"));
            drop(asked);
            let _ = theirs.send((place, result));
        });
        if let Err(error) = begun {
            let _ = tell.send((place, Err(format!("no thread could be begun: {error}"))));
        }
    }
    drop(tell);
    let until = Instant::now() + PATIENCE;
    let mut results: Vec<Option<Result<(), String>>> = vec![None; sinks.len()];
    while let Ok((place, result)) =
        told.recv_timeout(until.saturating_duration_since(Instant::now()))
    {
        results[place] = Some(result);
    }
    let silent = match Instant::now() < until {
        true => "the thread that publishes ended".to_owned(),
        false => format!("no answer within {} seconds", PATIENCE.as_secs()),
    };
    sinks
        .into_iter()
        .zip(results)
        .map(|(sink, result)| (sink, result.unwrap_or_else(|| Err(silent.clone()))))
        .collect()
}

fn send(sink: &Sink, what: &Sent) -> anyhow::Result<()> {
    match sink {
        Sink::Directory(folder) => directory::put(folder, what),
        Sink::Syslog(place) => syslog::tell(place, what),
        Sink::Webhook(hook) => webhook::post(hook, what),
        #[cfg(feature = "object-store")]
        Sink::Bucket(bucket) => bucket::put(bucket, what),
        #[cfg(not(feature = "object-store"))]
        Sink::Bucket(_) => anyhow::bail!("this build publishes to no object store"),
    }
}
