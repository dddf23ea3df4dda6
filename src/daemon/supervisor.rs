//! What the service manager is told: ready, waiting, reloading, stopping, and that we are alive.
//!
//! Where nobody asked (no `NOTIFY_SOCKET`, as in a container or by hand) it says nothing. The watchdog is fed by the
//! task that decides, between its rings, and only while every run that is at work gives signs of life: so a run that hangs
//! is noticed. Never by a task of its own.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// The daemon answers, and this is what it waits for.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// What `systemctl status` shows.
pub fn status(status: &str) {
    tell(&[NotifyState::Watchdog, NotifyState::Status(status)]);
}

/// Short batches are hundreds in a second, and a manager that is slow to listen blocks who tells it (`unix(7)`: ten
/// datagrams wait in a socket by default).
const BETWEEN_SIGNS_OF_LIFE: Duration = Duration::from_secs(1);

static LAST_SIGN_OF_LIFE: Mutex<Option<Instant>> = Mutex::new(None);

/// Feeds the watchdog, once a second at most.
pub fn alive() {
    let Ok(mut last) = LAST_SIGN_OF_LIFE.lock() else {
        return;
    };
    if last.is_none_or(|told| told.elapsed() >= BETWEEN_SIGNS_OF_LIFE) {
        *last = Some(Instant::now());
        tell(&[NotifyState::Watchdog]);
    }
}

/// The schedule is read again. systemd wants the time of it in the same message (`sd_notify(3)`).
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "the service manager was not told of the reload"),
    }
}

/// The daemon ends as soon as the batch in hand is done.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// A service manager that does not listen is no reason to stop enforcing.
fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager does not listen");
    }
}
