//! Connections that the system does not hand over.
//!
//! Too many open files do not get fewer by asking at once: who listens pauses, and tells it once.

use std::time::Duration;

/// How long is paused after a connection that was not handed over.
pub const PAUSE: Duration = Duration::from_millis(200);

/// What is known of connections that were not handed over, at one place.
pub struct Refused {
    place: &'static str,
    /// So many, one after the other.
    count: u64,
}

impl Refused {
    /// None yet, at a place that is told by this name.
    pub fn at(place: &'static str) -> Self {
        Self { place, count: 0 }
    }

    /// One more: the first of them is told. Who listens pauses.
    pub fn because(&mut self, error: &std::io::Error) {
        if self.count == 0 {
            tracing::warn!(%error, place = self.place, "no connection is taken for now");
        }
        self.count = self.count.saturating_add(1);
    }

    /// One was handed over.
    pub fn over(&mut self) {
        if self.count > 0 {
            let refused = self.count;
            tracing::info!(place = self.place, refused, "connections are taken again");
        }
        self.count = 0;
    }
}
