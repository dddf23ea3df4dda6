//! What everything that the daemon does at the same time has in common.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::disposal::Stop;
use crate::schedule::Schedule;
use crate::state::Store;

use super::turns::Turns;

/// The daemon, for whoever works in it. A clone is another hand on the same.
#[derive(Clone)]
pub struct Host(Rc<Inside>);

struct Inside {
    store: Store,
    turns: Turns,
    base: PathBuf,
    schedule: RefCell<Rc<Schedule>>,
    stop: Stop,
}

impl Host {
    pub(super) fn new(schedule: Schedule, base: PathBuf, store: Store, stop: Stop) -> Self {
        Self(Rc::new(Inside {
            store,
            turns: Turns::default(),
            base,
            schedule: RefCell::new(Rc::new(schedule)),
            stop,
        }))
    }

    /// The one state store.
    #[must_use]
    pub fn store(&self) -> Store {
        let sinks = self.schedule().sinks.clone();
        self.0.store.clone().publishing_to(&sinks)
    }

    /// Whose turn it is on each database.
    #[must_use]
    pub fn turns(&self) -> &Turns {
        &self.0.turns
    }

    /// The schedule in force.
    #[must_use]
    pub fn schedule(&self) -> Rc<Schedule> {
        self.0.schedule.borrow().clone()
    }

    pub(super) fn replace(&self, schedule: Schedule) {
        *self.0.schedule.borrow_mut() = Rc::new(schedule);
    }

    pub(super) fn base(&self) -> &Path {
        &self.0.base
    }

    /// Requested when the daemon is to end.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }
}
