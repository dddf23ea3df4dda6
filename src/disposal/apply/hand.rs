//! One who applies batches, on a session of its own.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use tokio::sync::{MutexGuard, SemaphorePermit};

use crate::catalog::TableName;
use crate::db::{Session, Trouble, TroubleKind};
use crate::fault::{self, Point};
use crate::ledger::Head;
use crate::plan::{Action, Bound, Step};
use crate::sql::{Dialect, Value};
use crate::state::{Effect, Record, Store};

use super::super::digesting::{Durable, Told};
use super::super::remove::Outcome;
use super::super::{Failure, Taken, Tally, contents, locking, overwrite, partition, remove};
use super::Shared;

/// How often one batch is tried again after a lost race for locks.
const ATTEMPTS: u32 = 6;

/// What one of several who apply batches has to itself.
pub struct Hand {
    /// Which of them it is.
    pub(super) number: usize,
    pub(super) store: Store,
    /// The server was told to commit the batch in hand, and has not said that it did.
    pub(super) committing: bool,
    /// The number that the server gave the transaction in hand, where there is no ledger.
    pub(super) transaction: Option<String>,
}

/// A batch that is ready to be committed.
struct Ready<'t> {
    tally: Tally,
    /// `None`: no row was due any more.
    signed: Option<Signed<'t>>,
}

struct Signed<'t> {
    effects: Vec<Effect>,
    head: Head,
    digests: Option<Durable>,
    /// Kept until the answer to the commit has come.
    _turn: MutexGuard<'t, ()>,
}

enum Attempt {
    Committed(Tally, Duration),
    TooMany,
}

impl Hand {
    pub(super) fn new(number: usize, store: Store) -> Self {
        Self {
            number,
            store,
            committing: false,
            transaction: None,
        }
    }

    /// 5: the intent is durable before the target is touched.
    ///
    /// # Errors
    /// It could not be written.
    pub async fn intend(&mut self, shared: &Shared, step: &Step) -> Result<String, Failure> {
        let batch = shared.next_batch();
        let (epoch, expected_seq) = {
            let head = shared.head.borrow();
            (head.epoch, head.seq)
        };
        let intent = Record::Intent {
            run: shared.authority.run.clone(),
            batch: batch.clone(),
            database: shared.authority.database.clone(),
            rule: step.rule.clone(),
            step: step.kind.word().to_owned(),
            epoch,
            expected_seq,
        };
        let mut records = shared.due().await.map_err(Failure::Records)?;
        let receipts = records.len();
        records.extend(shared.weaker(step));
        records.push(intent);
        let now = (shared.clock)();
        let written = self.store.append_all(now, &records).await;
        written.map_err(Failure::Records)?;
        // Not before: where the log has no room to begin a batch, it has kept room for these receipts.
        shared.told(receipts);
        fault::hit(Point::Intended);
        Ok(batch)
    }

    /// 6 to 13, until the batch is done, or nothing of it is.
    ///
    /// # Errors
    /// Nothing of the batch was done, or what was done is recorded.
    pub async fn carry_out(
        &mut self,
        shared: &Shared,
        session: &mut Session,
        step: &Step,
        bound: &Bound,
        batch: &str,
    ) -> Result<Taken, Failure> {
        let mut tried = 1;
        loop {
            let attempted = self.attempt(shared, session, step, bound, batch).await;
            // What became of a commit whose answer never came is found in the ledger by the next run.
            if let Err(Failure::Trouble(trouble)) = &attempted
                && trouble.is_lost()
            {
                return Err(Failure::Trouble(trouble.clone()));
            }
            if attempted.is_err() {
                self.not_committed(shared, session, batch).await?;
            }
            match attempted {
                Ok(Attempt::Committed(tally, held_for)) => {
                    if tally.rows() == 0 {
                        let run = shared.authority.run.clone();
                        let batch = batch.to_owned();
                        self.close(shared, Record::NotApplied { run, batch })
                            .await?;
                    }
                    return Ok(Taken::Done { tally, held_for });
                }
                Ok(Attempt::TooMany) => {
                    self.failed(shared, step, batch).await?;
                    return Ok(Taken::TooMany);
                }
                // Others are at work on the partition: its rows go in batches, which wait for single rows alone.
                Err(Failure::Trouble(trouble))
                    if matches!(bound, Bound::Partition(_))
                        && trouble.kind == TroubleKind::LockTimeout =>
                {
                    tracing::info!(
                        rule = step.rule,
                        "others are at work on a partition that is due as a whole: its rows go in batches"
                    );
                    self.failed(shared, step, batch).await?;
                    return Ok(Taken::TooSlow(trouble));
                }
                // What cannot roll back has done a part already, which a second attempt would not count.
                Err(Failure::Trouble(trouble))
                    if again(&trouble, tried) && !shared.cannot_roll_back(step) =>
                {
                    // Outside the transaction: nobody waits for us while we wait.
                    tokio::time::sleep(Duration::from_millis(50 << tried)).await;
                    tried += 1;
                }
                Err(Failure::Trouble(trouble)) if trouble.kind == TroubleKind::StatementTimeout => {
                    self.failed(shared, step, batch).await?;
                    return Ok(Taken::TooSlow(trouble));
                }
                Err(failure) => {
                    self.failed(shared, step, batch).await?;
                    return Err(failure);
                }
            }
        }
    }

    /// A batch that did not end well: nothing of it is in the target, where that can roll back.
    async fn failed(&mut self, shared: &Shared, step: &Step, batch: &str) -> Result<(), Failure> {
        let (run, batch) = (shared.authority.run.clone(), batch.to_owned());
        let record = match shared.cannot_roll_back(step) {
            true => Record::Unknown {
                run,
                batch,
                seen: None,
            },
            false => Record::NotApplied { run, batch },
        };
        self.close(shared, record).await
    }

    async fn close(&mut self, shared: &Shared, record: Record) -> Result<(), Failure> {
        let written = self.store.append((shared.clock)(), &record).await;
        written.map_err(Failure::Records)?;
        fault::hit(Point::Denied);
        Ok(())
    }

    /// 6 to 12, once.
    async fn attempt(
        &mut self,
        shared: &Shared,
        session: &mut Session,
        step: &Step,
        bound: &Bound,
        batch: &str,
    ) -> Result<Attempt, Failure> {
        // Before the transaction: nobody waits for a row while we wait for another hand.
        let permit = shared.removing.acquire().await.ok();
        session.begin_at(locking::isolation(step)).await?;
        fault::hit(Point::Begun);
        let began = Instant::now();
        let inside = self
            .inside(shared, session, step, bound, batch, permit)
            .await;
        match inside {
            Ok(Some(ready)) => {
                self.committing = true;
                session.commit().await?;
                fault::hit(Point::Committed);
                self.committing = false;
                let held_for = began.elapsed();
                if let Some(signed) = ready.signed {
                    shared.head.replace(signed.head);
                    shared.done(step, batch, signed.effects, held_for, signed.digests);
                }
                Ok(Attempt::Committed(ready.tally, held_for))
            }
            Ok(None) => {
                session.rollback().await?;
                Ok(Attempt::TooMany)
            }
            Err(failure) => {
                // A lost connection has rolled back by itself; another trouble must not hide the first.
                if session.in_transaction() {
                    let _ = session.rollback().await;
                }
                Err(failure)
            }
        }
    }

    /// 7 to 11; `None`: too many rows.
    async fn inside<'t>(
        &mut self,
        shared: &'t Shared,
        session: &mut Session,
        step: &Step,
        bound: &Bound,
        batch: &str,
        permit: Option<SemaphorePermit<'_>>,
    ) -> Result<Option<Ready<'t>>, Failure> {
        // What cannot be taken back is not done before it is known that it may be.
        let early = match shared.cannot_roll_back(step) {
            true => Some(self.take_turn(shared, session).await?),
            false => None,
        };
        let told = shared.digesting.batch(self.number, contents::names(step));
        let told = told.map_err(Failure::Records)?;
        let outcome = remove_within(shared, session, step, bound, &told, permit).await?;
        let Outcome::Removed(mut tally) = outcome else {
            return Ok(None);
        };
        fault::hit(Point::Removed);
        if tally.rows() == 0 {
            return Ok(Some(Ready {
                tally,
                signed: None,
            }));
        }
        // Before the commit: a killed process leaves them for whoever finds the batch in the ledger.
        let ended = told.end(batch, &mut tally).await;
        let (effects, digests) = ended.map_err(Failure::Records)?;
        fault::hit(Point::DigestsKept);
        let turn = match early {
            Some(turn) => turn,
            None => self.take_turn(shared, session).await?,
        };
        let (head, digests) = self
            .sign(shared, session, step, batch, (&effects, digests))
            .await?;
        fault::hit(Point::Signed);
        let signed = Some(Signed {
            effects,
            head,
            digests,
            _turn: turn,
        });
        Ok(Some(Ready { tally, signed }))
    }

    /// 7: the head is locked and ours, and no hold stands that the run does not know.
    async fn take_turn<'t>(
        &mut self,
        shared: &'t Shared,
        session: &mut Session,
    ) -> Result<MutexGuard<'t, ()>, Failure> {
        let turn = shared.turn.lock().await;
        if !self.is_ours(shared, session).await? {
            return Err(Failure::Records(anyhow!(
                "another run took the database {} over; this one ends",
                shared.authority.database
            )));
        }
        fault::hit(Point::HeadLocked);
        let (store, authority) = (&mut self.store, &shared.authority);
        match shared.fence.unknown(session, store, authority).await? {
            Some(unknown) => Err(Failure::Held(unknown)),
            None => Ok(turn),
        }
    }
}

/// 8 to 10. Others may remove rows as soon as the server is through with this.
async fn remove_within(
    shared: &Shared,
    session: &mut Session,
    step: &Step,
    bound: &Bound,
    told: &Told<'_>,
    permit: Option<SemaphorePermit<'_>>,
) -> Result<Outcome, Failure> {
    // PostgreSQL hands over the first row when it has removed the last one.
    let over_at_first = session.dialect() == Dialect::Postgres && step.stands_alone();
    let permit = RefCell::new(permit);
    let digest = |table: &TableName, effect: &'static str, key: &[Value]| {
        if over_at_first {
            drop(permit.take());
        }
        told.tell(table, effect, key);
    };
    let limits = shared.limits(step);
    match &step.action {
        _ if let Bound::Partition(one) = bound => {
            partition::empty(session, step, one, &digest).await
        }
        Action::Delete => remove::remove(session, step, bound, limits, &digest).await,
        Action::Overwrite(rewrite) => {
            overwrite::overwrite(session, step, rewrite, bound, limits, &digest).await
        }
    }
}

fn again(trouble: &Trouble, tried: u32) -> bool {
    trouble.is_retryable() && tried < ATTEMPTS
}
