//! What keeps the log in order: silence is worth a signature too, and old records go.

use chrono::{DateTime, Months, TimeDelta, Utc};

use crate::disposal::Stop;
use crate::state::{Sign, Store, Unpublished};

/// How often old records are looked for.
pub(super) const EXPIRE_EVERY: TimeDelta = TimeDelta::days(1);

/// When the log is signed next, if no run signs it before.
pub(super) struct Idle {
    every: TimeDelta,
    next: DateTime<Utc>,
}

/// A clock that was put back must not silence what is done every so often.
pub(super) fn has_come(next: DateTime<Utc>, every: TimeDelta, now: DateTime<Utc>) -> bool {
    next <= now || next > now + every
}

impl Idle {
    pub(super) fn begin(every: TimeDelta) -> Self {
        let next = Utc::now() + every;
        Self { every, next }
    }

    /// Signs, where it is time. What fails is told.
    pub(super) async fn look(&mut self, mut store: Store, stop: &Stop) {
        let now = Utc::now();
        if stop.requested() || !has_come(self.next, self.every, now) {
            return;
        }
        self.next = now + self.every;
        if let Err(error) = store.checkpoint(now, Sign::Anyway).await {
            tracing::error!("the log was not signed: {error:#}");
        }
    }
}

/// Drops what the schedule keeps no longer; only where a run has just found the clock of this host to be a database's too:
/// what has gone nobody brings back. What fails is told.
pub(super) async fn expire(store: &mut Store, months: u32, now: DateTime<Utc>) {
    let Some(before) = now.checked_sub_months(Months::new(months)) else {
        return;
    };
    match store.expire(before, now, Unpublished::Kept).await {
        Ok(dropped) if dropped.segments == 0 => {}
        Ok(dropped) => tracing::info!(
            records = dropped.records,
            first = dropped.first,
            "old records of the log were dropped"
        ),
        Err(error) => tracing::error!("old records of the log stay: {error:#}"),
    }
}

/// What is on the disk is not known any more: only a new start can find out.
///
/// # Errors
/// The log could not be written.
pub(super) fn end_if_broken(store: &Store) -> anyhow::Result<()> {
    if store.is_broken() {
        anyhow::bail!(
            "the log could not be written; what is on the disk only the next start can tell"
        );
    }
    Ok(())
}
