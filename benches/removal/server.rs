//! What the benchmark needs of an engine.

use std::time::Duration;

use crate::candidate::{Candidate, Target};
use crate::table::Shape;

/// An engine that can build the table, bring it back, and remove its due rows with one statement.
pub trait Server {
    fn name(&self) -> &'static str;

    /// Builds the original of a table, with the ledger's tables beside it.
    async fn build(&mut self, shape: &Shape, candidate: &Candidate) -> anyhow::Result<()>;

    /// Makes the working copy anew: written to disk, its statistics there.
    async fn restore(&mut self) -> anyhow::Result<()>;

    /// Counts the due rows of the working copy. It reads them whole, so that both candidates find the same pages in
    /// memory.
    async fn due(&mut self, shape: &Shape) -> anyhow::Result<u64>;

    /// Removes the due rows with one statement, and says how long it took and how many they were.
    async fn single(&mut self, shape: &Shape) -> anyhow::Result<(Duration, u64)>;

    /// Waits until the server has done what the removal left to be done later in the background; `None` where nothing
    /// of the kind can be told.
    async fn purged(&mut self) -> anyhow::Result<Option<()>> {
        Ok(None)
    }

    /// How long the server has had a processor since it was started.
    fn processor(&self) -> anyhow::Result<Duration>;

    /// The working copy, for a schedule.
    fn target(&self) -> Target;

    /// Removes the original and the copy.
    async fn discard(&mut self) -> anyhow::Result<()>;
}
