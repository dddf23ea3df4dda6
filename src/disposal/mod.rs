//! A plan, batch by batch, to its last step: applied, or rehearsed.
//!
//! Apart from `plan`, because deciding and doing are different things; apart from `db`, because the order of a
//! batch's acts is a protocol of ours. The rehearsal and the run walk the same steps with the same bounds; only the
//! last step differs, and nothing before it knows which it is.

mod acknowledge;
mod adopt;
mod apply;
mod authority;
mod by_index;
mod by_text;
mod children;
mod compile;
mod contents;
mod cut;
mod deleting;
mod digest;
mod digesting;
mod fence;
mod history;
mod in_place;
mod known;
mod last_step;
mod locking;
pub mod measure;
mod overwrite;
mod pace;
mod partition;
mod passes;
mod place;
mod prove;
mod recover;
mod rehearse;
mod remove;
mod returned;
mod rows_max;
mod side_by_side;
mod sight;
mod tally;
mod tree;
mod unledgered;
mod unmoved;
mod walk;
mod walker;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::db::{Session, Trouble};
use crate::fault::{self, Point};
use crate::plan::Step;

pub use acknowledge::{Gap, acknowledge};
pub use apply::Apply;
pub use authority::Authority;
pub use by_index::by_index;
pub use compile::compiles;
pub use digest::{KeyDigest, Keyed};
pub use fence::UnknownHold;
pub use history::Regression;
pub use known::{Known, known};
pub use last_step::{LastStep, Taken};
pub use prove::readings;
pub use recover::contact;
pub use rehearse::Rehearse;
pub use returned::{Returned, left, returned};
pub use side_by_side::{hands, run_side_by_side};
pub use tally::{TableTally, Tally};
pub use unledgered::acknowledge as acknowledge_without_ledger;
pub use walk::{Rest, Sweep, Walk, choose};
pub use walker::Walker;

/// Asked before each batch; once true it stays true.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    /// What this is a part of: where that stops, this does.
    whole: Option<Arc<Stop>>,
}

impl Stop {
    /// From now on no batch begins.
    pub fn request(&self) {
        self.asked.store(true, Ordering::SeqCst);
    }

    /// True once somebody asked.
    #[must_use]
    pub fn requested(&self) -> bool {
        self.asked.load(Ordering::SeqCst) || self.whole.as_ref().is_some_and(|one| one.requested())
    }

    /// A stop of a part alone, which stops also where the whole does.
    #[must_use]
    pub fn of_a_part(&self) -> Self {
        Self {
            asked: Arc::default(),
            whole: Some(Arc::new(self.clone())),
        }
    }
}

/// What one step did.
#[derive(Debug, Clone, Default)]
pub struct StepOutcome {
    pub tally: Tally,
    pub batches: u64,
    /// The longest that one batch held its locks.
    pub longest: Duration,
    pub stopped: bool,
}

impl StepOutcome {
    fn add(&mut self, tally: Tally, held_for: Duration) {
        self.tally.add(tally);
        self.batches += 1;
        self.longest = self.longest.max(held_for);
    }
}

/// Told after each batch.
pub trait Progress {
    /// The rows of a rule are being counted, before any is touched: statements of up to some minutes each.
    fn counting(&mut self, rule: &str);
    /// Rows so far in this step, its own and those that went along.
    fn batch_done(&mut self, step: &Step, rows: u64);
    /// Before each batch, outside of any transaction: it may take its time here, and may ask for a stop.
    fn between(&mut self, _stop: &Stop) -> impl Future<Output = ()> {
        std::future::ready(())
    }
}

/// Why a step ended before its end.
#[derive(Debug)]
pub enum Failure {
    /// The database's.
    Trouble(Trouble),
    /// What the transaction did was not what it should have done; it was rolled back.
    Untrue(String),
    /// A hold was placed that the run does not know; the batch was rolled back.
    Held(UnknownHold),
    /// Our own records could not be written, or say something else: nothing further may be done.
    Records(anyhow::Error),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Trouble(trouble) => write!(f, "{trouble}; {}", trouble.advice()),
            Self::Untrue(sentence) => f.write_str(sentence),
            Self::Held(unknown) => unknown.fmt(f),
            Self::Records(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for Failure {}

/// Walks one step to its end, to a stop, or to a failure; what was done until then is in the outcome.
pub async fn run_step<L: LastStep>(
    session: &mut Session,
    step: &Step,
    mut walker: Walker,
    last: &mut L,
    stop: &Stop,
    progress: &mut impl Progress,
) -> (StepOutcome, Result<(), Failure>) {
    let mut outcome = StepOutcome::default();
    loop {
        progress.between(stop).await;
        if stop.requested() {
            outcome.stopped = true;
            return (outcome, Ok(()));
        }
        let bound = match walker.next(session, step, last.condition(step)).await {
            Ok(Some(bound)) => {
                fault::hit(Point::Bounded);
                bound
            }
            Ok(None) => return (outcome, Ok(())),
            Err(trouble) => return (outcome, Err(trouble.into())),
        };
        match last.take(session, step, &bound).await {
            Ok(Taken::Done { tally, held_for }) => {
                walker.taken(tally.rows(), held_for);
                outcome.add(tally, held_for);
                progress.batch_done(step, outcome.tally.rows());
            }
            // A range of one row that has more in it by now is looked up anew.
            Ok(Taken::TooMany) => {
                walker.halve(bound, step);
            }
            Ok(Taken::TooSlow(trouble)) => {
                if !walker.halve(bound, step) {
                    return (outcome, Err(trouble.into()));
                }
            }
            Err(failure) => return (outcome, Err(failure)),
        }
    }
}
