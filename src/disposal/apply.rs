//! The last step of a run: one transaction for each batch, between an intent and a receipt.
//!
//! The numbers are the steps of the protocol: 5 intent, 6 begin, 7 head, 8 locks, 9 remove, 10 check, 11 ledger,
//! 12 commit, 13 done.

mod witness;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use chrono::{DateTime, Utc};

use crate::catalog::{Fingerprint, TableName};
use crate::db::{Session, Trouble, TroubleKind};
use crate::fault::{self, Point};
use crate::ledger::Head;
use crate::plan::{Action, Bound, Step};
use crate::schedule::Limits;
use crate::sql::{Expr, Value};
use crate::state::{Assurance, Effect, Record, Store};

use super::digesting::Digesting;
use super::fence::Fence;
use super::remove::Outcome;
use super::{
    Authority, Failure, LastStep, Regression, Taken, Tally, contents, locking, overwrite,
    partition, remove, unledgered,
};

/// How often one batch is tried again after a lost race for locks.
const ATTEMPTS: u32 = 6;

/// Applies batches.
pub struct Apply<'s> {
    store: &'s mut Store,
    authority: Authority,
    head: Head,
    /// Makes the digests of the keys that went, for those who may ask later.
    digesting: Digesting,
    batches: u64,
    /// Of the rules with a table that cannot roll back, those of which this run has told it.
    weakened: BTreeSet<String>,
    /// The server was told to commit the batch in hand, and has not said that it did.
    committing: bool,
    /// The number that the server gave the transaction in hand, where there is no ledger.
    transaction: Option<String>,
    /// The receipt of the last batch, written with the next intent: one flush to disk instead of two.
    receipt: Option<(DateTime<Utc>, Record)>,
    regression: Option<Regression>,
    fence: Fence,
    clock: fn() -> DateTime<Utc>,
}

impl<'s> Apply<'s> {
    /// Takes hold of a target: a new epoch (0), the head raised (1), what earlier runs left open resolved (2).
    ///
    /// # Errors
    /// The target belongs to another log, or is ahead of this one.
    pub async fn begin(
        session: &mut Session,
        store: &'s mut Store,
        authority: Authority,
        clock: fn() -> DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let key = store.digest_key()?;
        let side = store.side_file(&key, &authority.run)?;
        let digesting = Digesting::begin(key, &authority.database, side)?;
        let (head, regression) = witness::take_hold(session, store, &authority, clock()).await?;
        let at = clock().timestamp_micros();
        let fence = Fence::raise(session, store, &authority, at).await?;
        Ok(Self {
            store,
            authority,
            head,
            digesting,
            batches: 0,
            weakened: BTreeSet::new(),
            committing: false,
            transaction: None,
            receipt: None,
            regression,
            fence,
            clock,
        })
    }

    /// What the target has lost since the last run: it was restored, or failed over.
    #[must_use]
    pub fn regression(&self) -> Option<&Regression> {
        self.regression.as_ref()
    }

    /// Writes the receipt of the last batch; called at the end of every run, however it ends.
    ///
    /// # Errors
    /// It could not be written; the next run finds it in the ledger.
    pub async fn finish(&mut self) -> anyhow::Result<()> {
        // The digests first: a receipt that is durable never names digests that a crash has taken.
        self.digesting.sync()?;
        if let Some((at, receipt)) = self.receipt.take() {
            self.store.append(at, &receipt).await?;
            fault::hit(Point::Receipted);
        }
        Ok(())
    }

    /// Told once, with the first intent of a rule that acts with less than the ledger's assurance.
    fn weaker(&mut self, step: &Step) -> Option<Record> {
        let assurance = match self.authority.weaker.contains(&step.rule) {
            true => Some(Assurance::CannotRollBack),
            false => unledgered::assurance(self.authority.witness),
        }?;
        let first = self.weakened.insert(step.rule.clone());
        first.then(|| Record::WeakerAssurance {
            run: self.authority.run.clone(),
            rule: step.rule.clone(),
            assurance,
        })
    }

    /// The store, for records of the run itself.
    pub fn store(&mut self) -> &mut Store {
        self.store
    }

    fn limits(&self, step: &Step) -> Limits {
        self.authority
            .limits
            .get(&step.rule)
            .copied()
            .unwrap_or(Limits::STANDARD)
    }

    /// 5: the intent is durable before the target is touched.
    async fn intend(&mut self, step: &Step) -> Result<String, Failure> {
        self.batches += 1;
        let batch = format!("{}-{}", self.authority.run, self.batches);
        let intent = Record::Intent {
            run: self.authority.run.clone(),
            batch: batch.clone(),
            database: self.authority.database.clone(),
            rule: step.rule.clone(),
            step: step.kind.word().to_owned(),
            epoch: self.head.epoch,
            expected_seq: self.head.seq,
        };
        let mut records = Vec::new();
        records.extend(self.receipt.as_ref().map(|(_, receipt)| receipt.clone()));
        records.extend(self.weaker(step));
        records.push(intent);
        self.digesting.sync().map_err(Failure::Records)?;
        let now = (self.clock)();
        self.store
            .append_all(now, &records)
            .await
            .map_err(Failure::Records)?;
        // Not before: where the log has no room to begin a batch, it has kept room for this receipt.
        if self.receipt.take().is_some() {
            fault::hit(Point::Receipted);
        }
        fault::hit(Point::Intended);
        Ok(batch)
    }

    /// A batch that did not end well: nothing of it is in the target, where that can roll back.
    async fn failed(&mut self, step: &Step, batch: &str) -> Result<(), Failure> {
        let (run, batch) = (self.authority.run.clone(), batch.to_owned());
        self.close(if self.authority.weaker.contains(&step.rule) {
            Record::Unknown {
                run,
                batch,
                seen: None,
            }
        } else {
            Record::NotApplied { run, batch }
        })
        .await
    }

    async fn close(&mut self, record: Record) -> Result<(), Failure> {
        let now = (self.clock)();
        self.store
            .append(now, &record)
            .await
            .map_err(Failure::Records)?;
        fault::hit(Point::Denied);
        Ok(())
    }

    /// 6 to 12, once.
    async fn attempt(
        &mut self,
        session: &mut Session,
        step: &Step,
        bound: &Bound,
        batch: &str,
    ) -> Result<Attempt, Failure> {
        session.begin_at(locking::isolation(step)).await?;
        fault::hit(Point::Begun);
        let began = Instant::now();
        let inside = self.inside(session, step, bound, batch).await;
        match inside {
            Ok(Some((tally, effects, head))) => {
                self.committing = true;
                session.commit().await?;
                fault::hit(Point::Committed);
                self.committing = false;
                self.head = head;
                Ok(Attempt::Committed(tally, effects, began.elapsed()))
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
    async fn inside(
        &mut self,
        session: &mut Session,
        step: &Step,
        bound: &Bound,
        batch: &str,
    ) -> Result<Option<(Tally, Vec<Effect>, Head)>, Failure> {
        if !self.is_ours(session).await? {
            return Err(Failure::Records(anyhow!(
                "another run took the database {} over; this one ends",
                self.authority.database
            )));
        }
        fault::hit(Point::HeadLocked);
        let (store, authority) = (&mut *self.store, &self.authority);
        if let Some(unknown) = self.fence.unknown(session, store, authority).await? {
            return Err(Failure::Held(unknown));
        }
        let limits = self.limits(step);
        let told = self.digesting.batch(contents::names(step));
        let told = told.map_err(Failure::Records)?;
        let digest = |table: &TableName, effect: &'static str, key: &[Value]| {
            told.tell(table, effect, key);
        };
        let outcome = match &step.action {
            _ if let Bound::Partition(one) = bound => {
                partition::empty(session, step, one, &digest).await?
            }
            Action::Delete => remove::remove(session, step, bound, limits, &digest).await?,
            Action::Overwrite(rewrite) => {
                overwrite::overwrite(session, step, rewrite, bound, limits, &digest).await?
            }
        };
        let Outcome::Removed(mut tally) = outcome else {
            return Ok(None);
        };
        fault::hit(Point::Removed);
        if tally.rows() == 0 {
            return Ok(Some((tally, Vec::new(), self.head.clone())));
        }
        // Before the commit: a killed process leaves them for whoever finds the batch in the ledger.
        let effects = told.end(batch, &mut tally).map_err(Failure::Records)?;
        fault::hit(Point::DigestsKept);
        let head = self.sign(session, step, batch, &effects).await?;
        fault::hit(Point::Signed);
        Ok(Some((tally, effects, head)))
    }

    fn schema_of(&self, step: &Step) -> Fingerprint {
        self.authority
            .schemas
            .get(&step.rule)
            .copied()
            .unwrap_or(Fingerprint::of(""))
    }

    /// 13, kept until the next intent or the end.
    fn done(&mut self, step: &Step, batch: &str, effects: Vec<Effect>, held_for: Duration) {
        let receipt = Record::Done {
            run: self.authority.run.clone(),
            batch: batch.to_owned(),
            database: self.authority.database.clone(),
            rule: step.rule.clone(),
            step: step.kind.word().to_owned(),
            seq: self.head.seq,
            chain: self.head.chain.clone(),
            schedule: self.authority.schedule,
            schema: self.schema_of(step),
            effects,
            duration_ms: u64::try_from(held_for.as_millis()).unwrap_or(u64::MAX),
            recovered: false,
            assurance: unledgered::assurance(self.authority.witness),
        };
        self.receipt = Some(((self.clock)(), receipt));
    }
}

enum Attempt {
    Committed(Tally, Vec<Effect>, Duration),
    TooMany,
}

impl LastStep for Apply<'_> {
    fn condition<'a>(&self, step: &'a Step) -> &'a Expr {
        &step.condition
    }

    async fn take(
        &mut self,
        session: &mut Session,
        step: &Step,
        bound: &Bound,
    ) -> Result<Taken, Failure> {
        let batch = self.intend(step).await?;
        let mut tried = 1;
        loop {
            let attempted = self.attempt(session, step, bound, &batch).await;
            // What became of a commit whose answer never came is found in the ledger by the next run.
            if let Err(Failure::Trouble(trouble)) = &attempted
                && trouble.is_lost()
            {
                return Err(Failure::Trouble(trouble.clone()));
            }
            if attempted.is_err() {
                self.not_committed(session, &batch).await?;
            }
            match attempted {
                Ok(Attempt::Committed(tally, effects, held_for)) => {
                    if tally.rows() == 0 {
                        let run = self.authority.run.clone();
                        self.close(Record::NotApplied { run, batch }).await?;
                    } else {
                        self.done(step, &batch, effects, held_for);
                    }
                    return Ok(Taken::Done { tally, held_for });
                }
                Ok(Attempt::TooMany) => {
                    self.failed(step, &batch).await?;
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
                    self.failed(step, &batch).await?;
                    return Ok(Taken::TooSlow(trouble));
                }
                // What cannot roll back has done a part already, which a second attempt would not count.
                Err(Failure::Trouble(trouble))
                    if again(&trouble, tried) && !self.authority.weaker.contains(&step.rule) =>
                {
                    // Outside the transaction: nobody waits for us while we wait.
                    tokio::time::sleep(Duration::from_millis(50 << tried)).await;
                    tried += 1;
                }
                Err(Failure::Trouble(trouble)) if trouble.kind == TroubleKind::StatementTimeout => {
                    self.failed(step, &batch).await?;
                    return Ok(Taken::TooSlow(trouble));
                }
                Err(failure) => {
                    self.failed(step, &batch).await?;
                    return Err(failure);
                }
            }
        }
    }
}

fn again(trouble: &Trouble, tried: u32) -> bool {
    trouble.is_retryable() && tried < ATTEMPTS
}
