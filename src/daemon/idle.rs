//! The log, signed while nothing happens: silence is worth a signature too.

use anyhow::bail;
use chrono::{DateTime, TimeDelta, Utc};

use crate::disposal::Stop;
use crate::state::{Sign, Store};

/// When the log is signed next, if no run signs it before.
pub(super) struct Idle {
    every: TimeDelta,
    next: DateTime<Utc>,
}

impl Idle {
    pub(super) fn begin(every: TimeDelta) -> Self {
        let next = Utc::now() + every;
        Self { every, next }
    }

    /// Signs, where it is time.
    pub(super) async fn look(&mut self, mut store: Store, stop: &Stop) {
        let now = Utc::now();
        // A clock that was put back must not silence it.
        let is_early = self.next > now && self.next <= now + self.every;
        if stop.requested() || is_early {
            return;
        }
        self.next = Utc::now() + self.every;
        if let Err(error) = store.checkpoint(Utc::now(), Sign::Anyway).await {
            tracing::error!("the log was not signed: {error:#}");
        }
    }
}

/// What is on the disk is not known any more: only a new start can find out.
///
/// # Errors
/// The log could not be written.
pub(super) fn end_if_broken(store: &Store) -> anyhow::Result<()> {
    if store.is_broken() {
        bail!("the log could not be written; what is on the disk only the next start can tell");
    }
    Ok(())
}
