//! Standing by: another host has the shared state store and serves.
//!
//! Nothing runs and nothing is written. Every few seconds it is asked whether the store is free; who gets it becomes its
//! owner, makes the directory what the store has, and then begins as after a crash: recovery, cadences, what was missed.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context;
use chrono::Utc;
use serde::Serialize;
use tokio::signal::unix::Signal;
use tokio::task::JoinSet;

use crate::disposal::Stop;
use crate::mirror::{Claim, Owner, Seat, TakenOver, Trouble, host};
use crate::schedule::{Connection, Schedule};
use crate::state::{Busy, Lock, Store, lock};

use super::desk::Desk;
use super::{Source, attend, http, metrics, supervisor};

/// How often it is asked whether the store is free.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked whether the daemon is to end meanwhile.
const LOOK: Duration = Duration::from_millis(100);

/// What a daemon that does not serve tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StandingBy {
    /// The host that serves, where one is known.
    pub serves: Option<String>,
    /// Since when it does, in UTC.
    pub since: Option<String>,
    /// Why nobody can be asked.
    pub trouble: Option<String>,
    /// This host is about to serve.
    pub takes_over: bool,
}

impl StandingBy {
    /// In a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match (&self.trouble, self.takes_over, &self.serves) {
            (Some(why), ..) => format!("waits for the shared state store: {why}"),
            (None, true, _) => "takes the shared state store over".to_owned(),
            (None, false, Some(host)) => format!("standing by; {host} serves"),
            (None, false, None) => "standing by; another host serves".to_owned(),
        }
    }

    fn of(owner: Option<Owner>) -> Self {
        let (serves, since) = owner.map(|owner| (owner.host, owner.since)).unzip();
        Self {
            serves,
            since,
            ..Self::default()
        }
    }
}

/// Where a daemon is spoken to.
pub(super) struct Doors {
    pub desk: Rc<Desk>,
    pub door: Option<Rc<http::Door>>,
}

impl Doors {
    /// Opens them.
    ///
    /// # Errors
    /// The socket cannot be made, or the address is taken.
    pub async fn open(schedule: &Schedule) -> anyhow::Result<Self> {
        let desk = Rc::new(Desk::open(&schedule.socket())?);
        let door = match &schedule.listen {
            Some(listen) => Some(Rc::new(http::Door::open(listen).await?)),
            None => None,
        };
        Ok(Self { desk, door })
    }
}

/// A store that this daemon may write to, and the schedule as it is now.
pub(super) struct Taken {
    pub schedule: Schedule,
    pub store: Store,
    /// Where they are open already.
    pub doors: Option<Doors>,
}

impl Taken {
    /// Of a store that no other host has.
    pub fn alone(schedule: Schedule, store: Store) -> Self {
        Self {
            schedule,
            store,
            doors: None,
        }
    }
}

/// Stands by until the store is this host's; `None`: told to stop before.
///
/// # Errors
/// The store refuses this host, or the directory is another store's.
pub(super) async fn until_it_serves(
    schedule: Schedule,
    source: &Source,
    stop: &Stop,
    hangups: &mut Signal,
) -> anyhow::Result<Option<Taken>> {
    let mut waiting = Waiting {
        schedule,
        seat: None,
        was_connected: false,
        board: Rc::default(),
        doors: None,
        over: stop.of_a_part(),
        answering: JoinSet::new(),
    };
    let outcome = waiting.wait(source, stop, hangups).await;
    waiting.over.request();
    while waiting.answering.join_next().await.is_some() {}
    let store = match outcome? {
        Some(store) => store,
        None => {
            supervisor::stopping();
            tracing::info!("stopped");
            return Ok(None);
        }
    };
    Ok(Some(Taken {
        schedule: waiting.schedule,
        store,
        doors: waiting.doors,
    }))
}

struct Waiting {
    schedule: Schedule,
    seat: Option<Seat>,
    /// It has been connected once: what goes wrong since then may pass.
    was_connected: bool,
    board: Rc<RefCell<StandingBy>>,
    doors: Option<Doors>,
    /// Ends what answers while it stands by.
    over: Stop,
    answering: JoinSet<()>,
}

impl Waiting {
    async fn wait(
        &mut self,
        source: &Source,
        stop: &Stop,
        hangups: &mut Signal,
    ) -> anyhow::Result<Option<Store>> {
        while !stop.requested() {
            if let Some(seat) = self.claim(&source.base).await? {
                match self.take(seat).await {
                    Ok(store) => return Ok(Some(store)),
                    // As long as somebody gives an approval, or reads the log.
                    Err(error) if error.is::<Busy>() => {}
                    Err(error) => match lost(&error) {
                        Some(trouble) => self.tell_trouble(trouble),
                        None => return Err(error.context("the daemon cannot begin")),
                    },
                }
            }
            self.show(source).await?;
            self.rest(source, stop, hangups).await;
        }
        Ok(None)
    }

    fn connection(&self) -> anyhow::Result<Connection> {
        let shared = self.schedule.shared_state.clone();
        shared.context("the schedule names no shared state store")
    }

    /// Asks for the lock; gives the connection that has it.
    async fn claim(&mut self, base: &Path) -> anyhow::Result<Option<Seat>> {
        let connection = self.connection()?;
        match ask(&mut self.seat, &connection, base).await {
            Ok(Claim::Ours) => {
                self.was_connected = true;
                Ok(self.seat.take())
            }
            Ok(Claim::Anothers(owner)) => {
                self.was_connected = true;
                self.tell(StandingBy::of(owner));
                Ok(None)
            }
            Err(trouble) => {
                self.seat = None;
                if !self.was_connected && !trouble.is_lost() {
                    let hint = trouble.advice().to_owned();
                    let error = anyhow::Error::new(trouble).context(hint);
                    return Err(error.context("the shared state store cannot be used"));
                }
                self.tell_trouble(trouble);
                Ok(None)
            }
        }
    }

    /// What is new is told.
    fn tell(&self, now: StandingBy) {
        if *self.board.borrow() == now {
            return;
        }
        let sentence = now.sentence();
        match &now.trouble {
            None => tracing::info!(serves = now.serves, since = now.since, "{sentence}"),
            Some(_) => tracing::warn!("{sentence}"),
        }
        supervisor::status(&sentence);
        *self.board.borrow_mut() = now;
    }

    fn tell_trouble(&self, trouble: Trouble) {
        self.tell(StandingBy {
            trouble: Some(trouble.to_string()),
            ..StandingBy::default()
        });
    }

    /// Becomes the owner, and opens the store.
    async fn take(&mut self, seat: Seat) -> anyhow::Result<Store> {
        let directory = self.schedule.state_directory.clone();
        let lock = lock(&directory)?;
        self.tell(StandingBy {
            takes_over: true,
            ..StandingBy::default()
        });
        let folder = directory.clone();
        let taking = tokio::task::spawn_local(async move { seat.take_over(&folder).await });
        // It takes as long as there is much to fetch, and is not ended half-way.
        while !taking.is_finished() {
            supervisor::alive();
            tokio::time::sleep(LOOK).await;
        }
        let taken = taking.await.context("what takes the store over ended")??;
        open(&directory, lock, &taken).await
    }

    /// Lets itself be spoken to, from the first time that another host serves.
    async fn show(&mut self, source: &Source) -> anyhow::Result<()> {
        if self.doors.is_some() {
            return Ok(());
        }
        let doors = Doors::open(&self.schedule).await?;
        let (board, refuse) = (self.board.clone(), source.refuse.clone());
        let answer = move |question, caller| {
            let code = refuse(question, caller, board.borrow().clone());
            std::future::ready(code)
        };
        let over = self.over.clone();
        let attending = attend(doors.desk.clone(), over.clone(), answer);
        self.answering.spawn_local(attending);
        if let Some(door) = doors.door.clone() {
            let pages = pages(self.board.clone());
            self.answering.spawn_local(http::serve(door, over, pages));
        }
        self.doors = Some(doors);
        supervisor::ready(&self.board.borrow().sentence());
        Ok(())
    }

    /// Until it is asked again.
    async fn rest(&mut self, source: &Source, stop: &Stop, hangups: &mut Signal) {
        let mut rested = Duration::ZERO;
        while rested < ASK_EVERY && !stop.requested() {
            supervisor::alive();
            // No future of a database stands here.
            tokio::select! {
                () = tokio::time::sleep(LOOK) => rested += LOOK,
                _ = hangups.recv() => self.reload(source),
            }
        }
    }

    fn reload(&mut self, source: &Source) {
        supervisor::reloading();
        let old = &self.schedule;
        match (source.read)() {
            Some(new)
                if new.state_directory == old.state_directory
                    && new.shared_state == old.shared_state
                    && new.socket() == old.socket()
                    && new.listen == old.listen =>
            {
                self.schedule = new;
                tracing::info!("the schedule was reloaded");
            }
            Some(_) => tracing::error!(
                "the schedule was not reloaded: another place for the state store, the socket or metrics takes a restart"
            ),
            None => tracing::error!("the schedule was not reloaded: it has faults"),
        }
        supervisor::ready(&self.board.borrow().sentence());
    }
}

async fn ask(
    seat: &mut Option<Seat>,
    connection: &Connection,
    base: &Path,
) -> Result<Claim, Trouble> {
    let held = match seat.take() {
        Some(held) => held,
        None => Seat::connect(connection, base).await?,
    };
    seat.insert(held).claim().await
}

/// The trouble behind an error, where it is one that passes.
fn lost(error: &anyhow::Error) -> Option<Trouble> {
    let trouble = error.downcast_ref::<Trouble>()?;
    (trouble.is_lost() || trouble.is_retryable()).then(|| trouble.clone())
}

/// Opens the store of a directory that was just taken over, and tells what that took.
///
/// # Errors
/// The store is damaged, or could not be written.
async fn open(directory: &Path, lock: Lock, taken: &TakenOver) -> anyhow::Result<Store> {
    let mut store = Store::open_locked(directory, lock)?;
    taken
        .name_log(&store.log_id())
        .context("failed to write to the shared state store")?;
    let brought = &taken.brought;
    let before = taken.before.as_ref().map(|owner| owner.host.as_str());
    store
        .served_by(&host(), before, brought.taken_up, Utc::now())
        .await?;
    tracing::info!(
        before,
        fetched = brought.fetched,
        removed = brought.removed,
        taken_up = brought.taken_up,
        "this host serves the shared state store"
    );
    Ok(store)
}

/// What a daemon that stands by tells over HTTP: it is ready to take over, and that is what it is for.
fn pages(board: Rc<RefCell<StandingBy>>) -> http::Pages {
    Rc::new(move |path| {
        let now = board.borrow();
        let trouble = now.trouble.is_some().then(|| now.sentence());
        match path {
            "/metrics" => Some(http::metrics(metrics::standing_by(now.trouble.is_none()))),
            "/healthz" => Some(http::told(None, "healthy")),
            "/readyz" => Some(http::told(trouble.as_deref(), &now.sentence())),
            _ => None,
        }
    })
}
