//! The thread that writes to the shared state store: with one connection, one thing after the other.
//!
//! A thread of its own, so that whoever makes a file durable waits for it as for a disk, and no future of the database is
//! dropped with theirs. After the first failure it takes nothing more: whether the last write was kept only PostgreSQL
//! knows, and what it has is the truth for whoever starts next.

use std::collections::BTreeSet;
use std::io::{Error, Result};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::db::{Session, Trouble};
use crate::files::{self, Deed, Mirror};

use super::tables;

/// How often an owner that has nothing to write looks whether it still is the owner.
const BEAT: Duration = Duration::from_secs(2);

enum Command {
    Keep(Vec<Deed>, Sender<Result<()>>),
    NameLog(String, Sender<Result<()>>),
}

/// A hand on the thread.
#[derive(Clone)]
pub struct Keeper(Sender<Command>);

impl Keeper {
    /// Begins the thread, for the owner of an epoch and the files that the store has.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn begin(session: Session, epoch: i64, known: BTreeSet<String>) -> Result<Self> {
        let (tell, told) = channel();
        let handle = Handle::current();
        let work = Work {
            session,
            epoch,
            known,
            failed: None,
        };
        std::thread::Builder::new()
            .name("shared-state".to_owned())
            .spawn(move || work.until_the_end(&handle, &told))?;
        Ok(Self(tell))
    }

    fn ask(&self, command: impl FnOnce(Sender<Result<()>>) -> Command) -> Receiver<Result<()>> {
        let (tell, told) = channel();
        // Where the thread is gone nobody answers, and that is an error too.
        let _ = self.0.send(command(tell));
        told
    }

    /// Notes which log lies in the store.
    ///
    /// # Errors
    /// It could not be written.
    pub fn name_log(&self, log: &str) -> Result<()> {
        let told = self.ask(|tell| Command::NameLog(log.to_owned(), tell));
        told.recv()
            .unwrap_or_else(|_| Err(Error::other("the thread of the shared state store ended")))
    }
}

impl Mirror for Keeper {
    fn hand_over(&self, deeds: Vec<Deed>) -> Receiver<Result<()>> {
        self.ask(|tell| Command::Keep(deeds, tell))
    }
}

struct Work {
    session: Session,
    epoch: i64,
    /// The files that the store has.
    known: BTreeSet<String>,
    /// Why nothing more is taken.
    failed: Option<String>,
}

/// Why a write was not kept.
enum Why {
    /// Somebody else is the owner.
    Stale,
    Trouble(Trouble),
}

impl From<Trouble> for Why {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stale => f.write_str("another host has taken the shared state store over"),
            Self::Trouble(trouble) => write!(f, "the shared state store took no write: {trouble}"),
        }
    }
}

impl Work {
    fn until_the_end(mut self, handle: &Handle, commands: &Receiver<Command>) {
        loop {
            let (done, tell) = match commands.recv_timeout(BEAT) {
                Ok(Command::Keep(deeds, tell)) => (handle.block_on(self.keep(&deeds)), Some(tell)),
                Ok(Command::NameLog(log, tell)) => {
                    (handle.block_on(self.name_log(&log)), Some(tell))
                }
                Err(RecvTimeoutError::Timeout) => (handle.block_on(self.beat()), None),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let answer = self.judge(done);
            if let Some(tell) = tell {
                let _ = tell.send(answer);
            }
        }
    }

    /// After the first failure this process writes nothing more, whoever asks.
    fn judge(&mut self, done: std::result::Result<(), Why>) -> Result<()> {
        if let (Err(why), None) = (done, &self.failed) {
            let why = why.to_string();
            tracing::error!(
                hint = "started again, this host stands by, or serves where no other does",
                "{why}: this process writes nothing more"
            );
            files::write_no_more();
            self.failed = Some(why);
        }
        match &self.failed {
            None => Ok(()),
            Some(why) => Err(Error::other(why.clone())),
        }
    }

    async fn keep(&mut self, deeds: &[Deed]) -> std::result::Result<(), Why> {
        if self.failed.is_some() || deeds.is_empty() {
            return Ok(());
        }
        // What a batch does: one write at the end of a file that is there.
        if let [Deed::Write { path, at, bytes }] = deeds
            && self.known.contains(path)
        {
            let piece = (path.as_str(), *at, bytes.as_slice());
            let is_kept = tables::append(&mut self.session, piece, self.epoch).await?;
            return is_kept.then_some(()).ok_or(Why::Stale);
        }
        self.session.begin().await?;
        if tables::epoch(&mut self.session).await? != Some(self.epoch) {
            self.session.rollback().await?;
            return Err(Why::Stale);
        }
        for deed in deeds {
            tables::carry_out(&mut self.session, deed).await?;
        }
        self.session.commit().await?;
        deeds.iter().for_each(|deed| self.note(deed));
        Ok(())
    }

    fn note(&mut self, deed: &Deed) {
        match deed {
            Deed::Put { path, .. } | Deed::Write { path, .. } => {
                self.known.insert(path.clone());
            }
            Deed::Remove { path } => {
                self.known.remove(path);
            }
            Deed::RemoveFolder { path } => {
                let within = format!("{path}/");
                self.known.retain(|one| !one.starts_with(&within));
            }
        }
    }

    async fn name_log(&mut self, log: &str) -> std::result::Result<(), Why> {
        if self.failed.is_none() {
            tables::name_log(&mut self.session, log, self.epoch).await?;
        }
        Ok(())
    }

    async fn beat(&mut self) -> std::result::Result<(), Why> {
        if self.failed.is_some() {
            return Ok(());
        }
        let owner = tables::owner(&mut self.session).await?;
        let is_ours = owner.is_some_and(|owner| owner.epoch == self.epoch);
        is_ours.then_some(()).ok_or(Why::Stale)
    }
}
