//! The engines: each can build tables, bring them back, and carry out statements that a stopwatch stands beside.

mod mariadb;
mod postgres;
mod sqlite;

use std::time::Duration;

use clap::ValueEnum;

pub use mariadb::Mariadb;
pub use postgres::Postgres;
pub use sqlite::Sqlite;

use crate::candidate::Candidate;
use crate::work::Work;

/// A loop that slows down as it goes is ended after so long.
pub const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Postgres,
    Mariadb,
    Sqlite,
}

impl Engine {
    /// A moment, given seconds of the epoch.
    pub fn moment(self, seconds: &str) -> String {
        match self {
            Self::Postgres => format!("to_timestamp({seconds})"),
            Self::Mariadb => format!("FROM_UNIXTIME({seconds})"),
            Self::Sqlite => format!("({seconds})"),
        }
    }

    /// The word for dividing whole numbers.
    pub fn divide(self) -> &'static str {
        match self {
            Self::Postgres | Self::Sqlite => "/",
            Self::Mariadb => "DIV",
        }
    }

    /// What a schedule says of the start event.
    pub fn start(self) -> &'static str {
        match self {
            Self::Postgres | Self::Mariadb => r#"{ column = "occurred_at" }"#,
            Self::Sqlite => {
                r#"{ column = "occurred_at", format = "epoch-seconds", holds = "instants" }"#
            }
        }
    }
}

/// One batch, from before its statement to after its commit.
#[derive(Debug, Clone, Copy)]
pub struct Batch {
    pub took: Duration,
    pub rows: u64,
}

/// What else goes on while rows are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Under {
    Nothing,
    /// Another session holds a snapshot from before.
    Snapshot,
    /// Each commit takes five milliseconds longer.
    SlowCommits,
}

/// What a server counts for itself, all of it since it was started or since the copy was made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gauge {
    /// What was written to the write-ahead log.
    pub wal_bytes: u64,
    pub updates: u64,
    /// Those of them that left every index as it was.
    pub hot_updates: u64,
    pub index_bytes: u64,
}

impl Gauge {
    pub fn since(self, before: Self) -> Self {
        Self {
            wal_bytes: self.wal_bytes.saturating_sub(before.wal_bytes),
            updates: self.updates.saturating_sub(before.updates),
            hot_updates: self.hot_updates.saturating_sub(before.hot_updates),
            index_bytes: self.index_bytes.saturating_sub(before.index_bytes),
        }
    }
}

/// An engine that can build the tables of a work, bring them back, and carry out statements on a working copy.
pub trait Server {
    fn engine(&self) -> Engine;

    fn name(&self) -> &'static str;

    /// Builds the original, with the ledger's tables beside it.
    async fn build(&mut self, work: &Work, candidate: &Candidate) -> anyhow::Result<()>;

    /// Makes the working copy anew: written to disk, its statistics there.
    async fn restore(&mut self, work: &Work) -> anyhow::Result<()>;

    /// Counts the due rows of the working copy.
    async fn due(&mut self, work: &Work) -> anyhow::Result<u64>;

    /// Carries a statement out in a session of its own: once, or, with a number of rows, again and again until fewer
    /// went, or until the patience is at its end.
    async fn remove(&mut self, statement: &str, again: Option<u64>) -> anyhow::Result<Vec<Batch>>;

    /// Brings about what else goes on, on the working copy, and ends it.
    async fn begin(&mut self, under: Under) -> anyhow::Result<()>;
    async fn end(&mut self, under: Under) -> anyhow::Result<()>;

    /// Waits until the server has done what the removal of so many rows left to be done later in the background;
    /// `None` where nothing of the kind can be told.
    async fn purged(&mut self) -> anyhow::Result<Option<()>> {
        Ok(None)
    }

    /// What the server counts, where it counts it.
    async fn gauge(&mut self) -> anyhow::Result<Option<Gauge>> {
        Ok(None)
    }

    /// How long the server has had a processor since it was started.
    fn processor(&self) -> anyhow::Result<Duration>;

    /// The lines of `[databases.bench]` for the working copy.
    fn connection(&self) -> String;

    /// How pt-archiver names the working copy.
    fn archiver_source(&self) -> Option<String> {
        None
    }

    /// Removes the original and the copy.
    async fn discard(&mut self) -> anyhow::Result<()>;
}

/// Carries out a statement once or again and again; `once` says how many rows went.
async fn repeat<F>(again: Option<u64>, mut once: F) -> anyhow::Result<Vec<Batch>>
where
    F: AsyncFnMut() -> anyhow::Result<u64>,
{
    let began = std::time::Instant::now();
    let mut batches = Vec::new();
    loop {
        let started = std::time::Instant::now();
        let rows = once().await?;
        batches.push(Batch {
            took: started.elapsed(),
            rows,
        });
        if again.is_none_or(|full| rows < full) || began.elapsed() > PATIENCE {
            return Ok(batches);
        }
    }
}
