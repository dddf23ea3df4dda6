//! One thing at a time on each database: runs on cadences, and what somebody asks for over the socket.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

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

    /// Waits for the turn on a database, for a run that gives it away to whoever asks: then `stop` is requested.
    pub async fn wait(&self, database: &str, stop: &Stop) -> Turn {
        let place = self.place(database);
        let guard = place.lock.clone().lock_owned().await;
        *place.yields.borrow_mut() = Some(stop.clone());
        // They asked while another had it.
        if place.asking.get() > 0 {
            stop.request();
        }
        Turn {
            _guard: guard,
            place,
        }
    }

    /// Waits for the turn on a database, and asks a run on a cadence that has it to give it away; the run goes on after.
    pub async fn ask_for(&self, database: &str) -> Turn {
        let place = self.place(database);
        if let Some(stop) = &*place.yields.borrow() {
            stop.request();
        }
        place.asking.set(place.asking.get() + 1);
        let guard = place.lock.clone().lock_owned().await;
        place.asking.set(place.asking.get().saturating_sub(1));
        Turn {
            _guard: guard,
            place,
        }
    }
}
