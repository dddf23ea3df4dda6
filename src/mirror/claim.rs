//! Who serves: the lock, the owner's epoch, and what a takeover does, in its order.

use std::path::Path;

use anyhow::{Context, bail};

use crate::db::{self, Access, Session, SessionLimits, Trouble};
use crate::files;
use crate::schedule::Connection;

use super::bring_up::{self, Brought};
use super::keeper::Keeper;
use super::shared::{self, Is};
use super::tables::{self, OwnerRow};

/// How long a write to the store may take: whoever waits for it waits as for a disk.
const LIMITS: SessionLimits = SessionLimits {
    lock_wait_ms: 10_000,
    statement_ms: 20_000,
    grace_ms: 5_000,
};

/// A connection to a shared store.
pub struct Seat {
    session: Session,
    place: String,
}

/// Who serves, as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub host: String,
    /// When it became the owner, in UTC.
    pub since: String,
}

impl From<OwnerRow> for Owner {
    fn from(row: OwnerRow) -> Self {
        Self {
            host: row.host,
            since: row.since,
        }
    }
}

/// What came of asking for the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// This connection has it.
    Ours,
    /// Somebody else has it; `None`: nobody knows its name yet.
    Anothers(Option<Owner>),
}

/// A store that this process owns from here on.
pub struct TakenOver {
    /// Who owned it before.
    pub before: Option<Owner>,
    pub brought: Brought,
    keeper: Keeper,
}

impl TakenOver {
    /// Notes in the store which log lies in it.
    ///
    /// # Errors
    /// It could not be written.
    pub fn name_log(&self, log: &str) -> std::io::Result<()> {
        self.keeper.name_log(log)
    }
}

impl Seat {
    /// Connects. `base` is the directory of the schedule's file.
    ///
    /// # Errors
    /// PostgreSQL's.
    pub async fn connect(connection: &Connection, base: &Path) -> Result<Self, Trouble> {
        let mut session = db::open_at(connection, base, Access::Enforce, LIMITS).await?;
        tables::watch_closely(&mut session).await?;
        Ok(Self {
            session,
            place: super::place(connection),
        })
    }

    /// Asks for the lock, without waiting for it.
    ///
    /// # Errors
    /// PostgreSQL's.
    pub async fn claim(&mut self) -> Result<Claim, Trouble> {
        if tables::try_lock(&mut self.session).await? {
            return Ok(Claim::Ours);
        }
        let owner = tables::owner(&mut self.session).await?;
        Ok(Claim::Anothers(owner.map(Owner::from)))
    }

    /// Whether this user may do what an owner has to. Nothing is changed, and nobody's lock is asked for.
    ///
    /// # Errors
    /// PostgreSQL's; a right is missing.
    pub async fn look(mut self) -> Result<(), Trouble> {
        tables::rights(&mut self.session).await?;
        self.session.close().await
    }

    /// Becomes the owner, and makes the directory what the store has; whoever owned it before writes nothing more from the
    /// first of these acts on. From here on what is made durable in the directory is durable in the store. Only for who
    /// has the lock.
    ///
    /// # Errors
    /// PostgreSQL's; the directory is another store's, or cannot be written.
    pub async fn take_over(self, directory: &Path) -> anyhow::Result<TakenOver> {
        let Self { mut session, place } = self;
        let told = || format!("failed to take over the state store in {place}");
        let explained = |trouble: Trouble| explained(trouble, &told());
        tables::make_tables(&mut session).await.map_err(explained)?;
        files::make_folder(directory).with_context(|| {
            format!("failed to make the state directory {}", directory.display())
        })?;
        let before = tables::owner(&mut session).await.map_err(explained)?;
        let is_empty = !tables::has_files(&mut session).await.map_err(explained)?;
        let is = shared::judge(directory, before.as_ref(), is_empty, &place)?;
        let new = uuid::Uuid::new_v4().to_string();
        // Before anything is read: what is read then nobody else adds to.
        let owner = tables::raise(&mut session, &new, &super::host()).await;
        let owner = owner.map_err(explained)?;
        shared::mark(directory, &owner.store)?;
        let brought = match is {
            Is::Ours => bring_up::bring_up(&mut session, directory).await,
            Is::New => bring_up::take_up(&mut session, directory, owner.epoch).await,
        };
        let (brought, known) = brought.with_context(told)?;
        let keeper =
            Keeper::begin(session, owner.epoch, known).context("no thread could be begun")?;
        files::mirror_into(directory, Box::new(keeper.clone()))
            .with_context(|| format!("failed to look up {}", directory.display()))?;
        Ok(TakenOver {
            before: before.map(Owner::from),
            brought,
            keeper,
        })
    }

    /// Makes the directory what the store has, to read it.
    ///
    /// # Errors
    /// PostgreSQL's; the store is empty, the directory is another store's, or cannot be written.
    pub(super) async fn refresh(mut self, directory: &Path) -> anyhow::Result<Brought> {
        let told = || format!("failed to read the state store in {}", self.place);
        let owner = tables::owner(&mut self.session).await;
        let owner = owner.map_err(|trouble| explained(trouble, &told()))?;
        let is_empty = owner.is_none() || !tables::has_files(&mut self.session).await?;
        let (Some(owner), false) = (owner, is_empty) else {
            // Nothing was shared yet: what is there is this host's.
            return Ok(Brought::default());
        };
        files::make_folder(directory).with_context(|| {
            format!("failed to make the state directory {}", directory.display())
        })?;
        match shared::judge(directory, Some(&owner), is_empty, &self.place)? {
            Is::Ours => shared::mark(directory, &owner.store)?,
            Is::New => bail!("the state store in {} is empty", self.place),
        }
        let brought = bring_up::bring_up(&mut self.session, directory).await;
        let (brought, _) = brought.with_context(told)?;
        let _ = self.session.close().await;
        Ok(brought)
    }
}

/// With what would be right.
fn explained(trouble: Trouble, told: &str) -> anyhow::Error {
    let told = format!("{told} (help: {})", trouble.advice());
    anyhow::Error::new(trouble).context(told)
}
