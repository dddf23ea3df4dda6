//! Checkpoints that a place did not take are sent again, after a pause that grows.

use chrono::{DateTime, TimeDelta, Utc};

use crate::disposal::Stop;
use crate::schedule::Schedule;
use crate::state::{Serve, published};

use super::idle::has_come;

/// How often it is looked whose pause is over.
const EVERY: TimeDelta = TimeDelta::seconds(5);

/// When it is looked next.
pub(super) struct Publishing {
    next: DateTime<Utc>,
}

impl Publishing {
    pub(super) fn begin() -> Self {
        Self { next: Utc::now() }
    }

    /// Sends what waits, where it is time; what fails is told.
    pub(super) async fn look(&mut self, schedule: &Schedule, stop: &Stop) {
        let now = Utc::now();
        // A clock that was put back must not silence it.
        let is_early = !has_come(self.next, EVERY, now);
        if stop.requested() || schedule.sinks.is_empty() || is_early {
            return;
        }
        self.next = now + EVERY;
        let (state, sinks) = (&schedule.state_directory, &schedule.sinks);
        if let Err(error) = published(state, sinks, Serve::WhoseTimeHasCome, now).await {
            tracing::error!("nothing was published: {error:#}");
        }
    }
}
