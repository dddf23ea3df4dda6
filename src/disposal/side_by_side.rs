//! One step by several hands: each on a connection of its own, with a batch of its own.
//!
//! While one has the database remove its rows, another digests the keys of its own, writes its intent, or waits for its
//! commit. How many the database sees removing at once is what the schedule says (`workers`); where that is one, a second
//! hand keeps it busy. Bounds are found one after the other, so that no two hands have the same rows.

use tokio::sync::{Mutex, Notify};

use crate::db::Session;
use crate::fault::{self, Point};
use crate::plan::{Action, Bound, Step};
use crate::sql::Dialect;

use super::apply::{Hand, Shared};
use super::{Apply, Failure, Progress, StepOutcome, Stop, Taken, Walker};

/// A step of fewer rows is over before a second connection has been of use.
const ROWS_MIN: u64 = 50_000;

/// How many hands a step of so many due rows gets.
#[must_use]
pub fn hands(step: &Step, workers: u32, due: u64, dialect: Dialect) -> usize {
    // MariaDB tells each key as it removes the row, so that nothing is left to overlap: two hands took half as long again.
    let overlaps = dialect == Dialect::Postgres && due >= ROWS_MIN;
    if !suits(step, dialect) || (workers == 1 && !overlaps) {
        return 1;
    }
    // More than the workers there need not be where the database sees two of them at once anyway.
    (workers as usize).max(2)
}

/// Rows about which others say something are left to one hand: two of them would wait for each other's rows. What cannot
/// be taken back is done by one hand as well, and so is overwriting, which goes over the same pages again.
fn suits(step: &Step, dialect: Dialect) -> bool {
    dialect != Dialect::Sqlite
        && matches!(step.action, Action::Delete)
        && step.table.storage.takes_back()
        && step.forgets.is_none()
        && !step.condition.reads_other_tables()
        && step.bundle.iter().all(|one| !one.is_tree())
}

/// Walks one step to its end, to a stop, or to the first failure; every batch that was begun until then is brought to
/// its end.
pub async fn run_side_by_side(
    (first, others): (&mut Session, &mut [Session]),
    step: &Step,
    walker: Walker,
    (apply, workers): (&mut Apply<'_>, u32),
    stop: &Stop,
    progress: &mut impl Progress,
) -> (StepOutcome, Result<(), Failure>) {
    let shared = apply.shared();
    shared.permit(workers as usize);
    let desk = Desk {
        state: Mutex::new(State {
            walker,
            outcome: StepOutcome::default(),
            progress,
            in_flight: 0,
            is_over: false,
        }),
        ended: Notify::new(),
        stop,
        step,
    };
    let sessions = std::iter::once(first).chain(others);
    let all = sessions.enumerate().map(|(number, session)| {
        let hand = apply.another(number);
        desk.serve(shared, hand, session)
    });
    let ends = futures_util::future::join_all(all).await;
    shared.permit(1);
    let outcome = desk.state.into_inner().outcome;
    (outcome, ends.into_iter().collect())
}

/// Where hands fetch bounds, and tell what became of them.
struct Desk<'d, P> {
    state: Mutex<State<'d, P>>,
    /// A batch has come to its end.
    ended: Notify,
    stop: &'d Stop,
    step: &'d Step,
}

struct State<'d, P> {
    walker: Walker,
    outcome: StepOutcome,
    progress: &'d mut P,
    in_flight: u32,
    /// Nothing more is begun.
    is_over: bool,
}

impl<P: Progress> Desk<'_, P> {
    async fn serve(
        &self,
        shared: &Shared,
        mut hand: Hand,
        session: &mut Session,
    ) -> Result<(), Failure> {
        loop {
            let fetched = self.fetch(shared, &mut hand, session).await;
            let (bound, batch) = match fetched {
                Ok(Some(fetched)) => fetched,
                Ok(None) => return Ok(()),
                Err(failure) => {
                    self.state.lock().await.is_over = true;
                    self.ended.notify_waiters();
                    return Err(failure);
                }
            };
            let taken = hand.carry_out(shared, session, self.step, &bound, &batch);
            let taken = taken.await;
            self.told(bound, taken).await?;
        }
    }

    /// The next batch, with its intent; `None` where there is none any more.
    async fn fetch(
        &self,
        shared: &Shared,
        hand: &mut Hand,
        session: &mut Session,
    ) -> Result<Option<(Bound, String)>, Failure> {
        loop {
            let mut state = self.state.lock().await;
            if !state.is_over {
                state.progress.between(self.stop).await;
            }
            if state.is_over || self.stop.requested() {
                state.outcome.stopped |= !state.is_over;
                state.is_over = true;
                return Ok(None);
            }
            let alone = state.in_flight == 0;
            if alone || !state.walker.waits_for_all() {
                let next = state.walker.next(session, self.step, &self.step.condition);
                if let Some(bound) = next.await? {
                    fault::hit(Point::Bounded);
                    let batch = hand.intend(shared, self.step).await?;
                    state.in_flight += 1;
                    return Ok(Some((bound, batch)));
                }
                if alone {
                    state.is_over = true;
                    self.ended.notify_waiters();
                    return Ok(None);
                }
            }
            // A batch that is still under way may turn out to be too large: then there is more to do.
            let ended = self.ended.notified();
            drop(state);
            ended.await;
        }
    }

    async fn told(&self, bound: Bound, taken: Result<Taken, Failure>) -> Result<(), Failure> {
        let state = &mut *self.state.lock().await;
        state.in_flight -= 1;
        let told = match taken {
            Ok(Taken::Done { tally, held_for }) => {
                state.walker.taken(tally.rows(), held_for);
                state.outcome.add(tally, held_for);
                let rows = state.outcome.tally.rows();
                state.progress.batch_done(self.step, rows);
                Ok(())
            }
            Ok(Taken::TooMany) => {
                state.walker.halve(bound, self.step);
                Ok(())
            }
            Ok(Taken::TooSlow(trouble)) => match state.walker.halve(bound, self.step) {
                true => Ok(()),
                false => Err(trouble.into()),
            },
            Err(failure) => Err(failure),
        };
        state.is_over |= told.is_err();
        self.ended.notify_waiters();
        told
    }
}
