//! One thing at a time on each database: runs on cadences, and what somebody asks for over the socket.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::disposal::Stop;

/// Whose turn it is on each database. A clone is another hand on the same.
#[derive(Clone, Default)]
pub struct Turns(Rc<RefCell<BTreeMap<String, Rc<Place>>>>);

#[derive(Default)]
struct Place {
    lock: Arc<Mutex<()>>,
    /// How who has the turn is asked to give it away between two batches; `None`: it need not.
    yields: RefCell<Option<Stop>>,
    /// How many ask for it now.
    asking: Cell<u32>,
}

/// A turn, until it is dropped.
pub struct Turn {
    _guard: OwnedMutexGuard<()>,
    place: Rc<Place>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.place.yields.borrow_mut() = None;
    }
}

impl Turns {
    fn place(&self, database: &str) -> Rc<Place> {
        let mut places = self.0.borrow_mut();
        places.entry(database.to_owned()).or_default().clone()
    }

    /// Waits for the turn on a database, for a run that gives it away to whoever asks: then `stop` is requested. `None`: it
    /// was called off before its turn came.
    pub async fn wait(
        &self,
        database: &str,
        stop: &Stop,
        is_called_off: &dyn Fn() -> bool,
    ) -> Option<Turn> {
        let place = self.place(database);
        let guard = unless(place.lock.clone().lock_owned(), is_called_off).await?;
        *place.yields.borrow_mut() = Some(stop.clone());
        // They asked while another had it.
        if place.asking.get() > 0 {
            stop.request();
        }
        Some(Turn {
            _guard: guard,
            place,
        })
    }

    /// Waits for the turn on a database, and asks a run on a cadence that has it to give it away; the run goes on after.
    /// `None`: whoever asks was told to stop, or has gone, before the turn came.
    pub async fn ask_for(&self, database: &str, stop: &Stop) -> Option<Turn> {
        let place = self.place(database);
        if let Some(running) = &*place.yields.borrow() {
            running.request();
        }
        place.asking.set(place.asking.get() + 1);
        let guard = unless(place.lock.clone().lock_owned(), &|| stop.requested()).await;
        place.asking.set(place.asking.get().saturating_sub(1));
        Some(Turn {
            _guard: guard?,
            place,
        })
    }
}

/// How often who waits looks whether it is called off.
const LOOK: Duration = Duration::from_millis(100);

/// Waits for something that may be let go of half-way, and keeps its place in the queue; `None`: it was called off. Never
/// for what is at work with a database.
pub(super) async fn unless<F: Future>(
    waiting: F,
    is_called_off: &dyn Fn() -> bool,
) -> Option<F::Output> {
    let mut waiting = pin!(waiting);
    loop {
        if is_called_off() {
            return None;
        }
        if let Ok(got) = tokio::time::timeout(LOOK, &mut waiting).await {
            // What ended whoever was before may have called this off as well.
            return (!is_called_off()).then_some(got);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever waits behind somebody can go, and leaves the queue as it was.
    #[tokio::test]
    async fn who_waits_can_be_called_off() {
        let (turns, never) = (Turns::default(), Stop::default());
        let first = turns.wait("hr", &never, &|| false).await.expect("a turn");
        let (gone, off) = (Stop::default(), Cell::new(false));
        let (other, is_off) = (Stop::default(), || off.get());
        let both = async {
            tokio::join!(
                turns.ask_for("hr", &gone),
                turns.wait("hr", &other, &is_off),
                async {
                    tokio::task::yield_now().await;
                    assert!(never.requested(), "who has the turn is asked for it");
                    gone.request();
                    off.set(true);
                }
            )
        };
        let waited = tokio::time::timeout(Duration::from_secs(5), both).await;
        let (asked, waited, ()) = waited.expect("they go");
        assert!(asked.is_none() && waited.is_none());
        drop(first);
        // Nobody asks any more: a run is not told to give the turn away.
        let next = Stop::default();
        let turn = turns.wait("hr", &next, &|| false).await;
        assert!(turn.is_some() && !next.requested());
    }
}
