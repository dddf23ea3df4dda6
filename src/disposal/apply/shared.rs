//! What all hands of a run have in common: in whose name they act, where the target stands, what is still to be told.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, Semaphore};

use crate::catalog::Fingerprint;
use crate::fault::{self, Point};
use crate::ledger::Head;
use crate::plan::Step;
use crate::schedule::Limits;
use crate::state::{Assurance, Effect, Record, Store};

use super::super::digesting::{Digesting, Durable};
use super::super::fence::Fence;
use super::super::{Authority, unledgered};

/// One for each run. Its hands take turns on one thread: what is borrowed here is never borrowed across an await.
pub struct Shared {
    pub(super) authority: Authority,
    /// Where the target stands by the answers that have come; whoever has the turn changes it.
    pub(super) head: RefCell<Head>,
    /// Makes the digests of the keys that went, for those who may ask later.
    pub(super) digesting: Digesting,
    pub(super) fence: Fence,
    pub(super) clock: fn() -> DateTime<Utc>,
    /// One hand alone is between the head and the answer to its commit: only then it knows where the head should be.
    pub(super) turn: Mutex<()>,
    /// How many hands the database may see removing rows at once.
    pub(super) removing: Semaphore,
    batches: Cell<u64>,
    /// Of the rules with a table that cannot roll back, those of which this run has told it.
    weakened: RefCell<BTreeSet<String>>,
    /// The receipts of the last batches, in the order of their commits, written with the next intent: one flush to disk
    /// instead of two.
    receipts: RefCell<Vec<Receipt>>,
}

/// What is still to be told of a batch.
struct Receipt {
    at: DateTime<Utc>,
    record: Record,
    /// A receipt that is durable never names digests that a crash has taken.
    digests: Option<Durable>,
}

impl Shared {
    pub(super) fn new(
        authority: Authority,
        head: Head,
        digesting: Digesting,
        fence: Fence,
        clock: fn() -> DateTime<Utc>,
    ) -> Self {
        Self {
            authority,
            head: RefCell::new(head),
            digesting,
            fence,
            clock,
            turn: Mutex::new(()),
            removing: Semaphore::new(1),
            batches: Cell::new(0),
            weakened: RefCell::default(),
            receipts: RefCell::default(),
        }
    }

    /// From here on so many hands may remove rows at once.
    pub fn permit(&self, workers: usize) {
        self.removing.forget_permits(Semaphore::MAX_PERMITS);
        self.removing.add_permits(workers);
    }

    pub(super) fn next_batch(&self) -> String {
        self.batches.set(self.batches.get() + 1);
        format!("{}-{}", self.authority.run, self.batches.get())
    }

    pub(super) fn limits(&self, step: &Step) -> Limits {
        let known = self.authority.limits.get(&step.rule).copied();
        known.unwrap_or(Limits::STANDARD)
    }

    /// True where what was done to the rows of a rule cannot be taken back.
    pub(super) fn cannot_roll_back(&self, step: &Step) -> bool {
        self.authority.weaker.contains(&step.rule)
    }

    /// Told once, with the first intent of a rule that acts with less than the ledger's assurance.
    pub(super) fn weaker(&self, step: &Step) -> Option<Record> {
        let assurance = match self.cannot_roll_back(step) {
            true => Some(Assurance::CannotRollBack),
            false => unledgered::assurance(self.authority.witness),
        }?;
        let first = self.weakened.borrow_mut().insert(step.rule.clone());
        first.then(|| Record::WeakerAssurance {
            run: self.authority.run.clone(),
            rule: step.rule.clone(),
            assurance,
        })
    }

    pub(super) fn schema_of(&self, step: &Step) -> Fingerprint {
        let schemas = &self.authority.schemas;
        schemas
            .get(&step.rule)
            .copied()
            .unwrap_or(Fingerprint::of(""))
    }

    /// 13, kept until the next intent or the end.
    pub(super) fn done(
        &self,
        step: &Step,
        batch: &str,
        effects: Vec<Effect>,
        held_for: Duration,
        digests: Option<Durable>,
    ) {
        let head = self.head.borrow();
        let record = Record::Done {
            run: self.authority.run.clone(),
            batch: batch.to_owned(),
            database: self.authority.database.clone(),
            rule: step.rule.clone(),
            step: step.kind.word().to_owned(),
            seq: head.seq,
            chain: head.chain.clone(),
            schedule: self.authority.schedule,
            schema: self.schema_of(step),
            effects,
            duration_ms: u64::try_from(held_for.as_millis()).unwrap_or(u64::MAX),
            recovered: false,
            assurance: unledgered::assurance(self.authority.witness),
        };
        self.receipts.borrow_mut().push(Receipt {
            at: (self.clock)(),
            record,
            digests,
        });
    }

    /// The receipts that are due, as they may be written now: their digests are durable.
    pub(super) async fn due(&self) -> anyhow::Result<Vec<Record>> {
        while let Some(digests) = self.not_durable() {
            // After an error nothing is written any more, here or elsewhere (`files`).
            self.digesting.durable(digests).await?;
        }
        let receipts = self.receipts.borrow();
        Ok(receipts.iter().map(|one| one.record.clone()).collect())
    }

    fn not_durable(&self) -> Option<Durable> {
        let mut receipts = self.receipts.borrow_mut();
        receipts.iter_mut().find_map(|one| one.digests.take())
    }

    /// So many of the receipts that were due are durable.
    pub(super) fn told(&self, receipts: usize) {
        if receipts > 0 {
            self.receipts.borrow_mut().drain(..receipts);
            fault::hit(Point::Receipted);
        }
    }

    /// Writes the receipts that are due.
    pub(super) async fn finish(&self, store: &mut Store) -> anyhow::Result<()> {
        while !self.due().await?.is_empty() {
            let first = {
                let receipts = self.receipts.borrow();
                receipts.first().map(|one| (one.at, one.record.clone()))
            };
            let Some((at, record)) = first else { break };
            store.append(at, &record).await?;
            self.told(1);
        }
        Ok(())
    }
}
