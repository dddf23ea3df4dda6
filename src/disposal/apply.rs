//! The last step of a run: one transaction for each batch, between an intent and a receipt.
//!
//! The numbers are the steps of the protocol: 5 intent, 6 begin, 8 locks, 9 remove, 10 check, 7 head, 11 ledger,
//! 12 commit, 13 done. The head comes late, so that others of the same run may remove rows meanwhile; what was removed in
//! vain, because another run has taken the target over, is rolled back.

mod hand;
mod shared;
mod witness;

use chrono::{DateTime, Utc};

use crate::db::Session;
use crate::plan::{Bound, Step};
use crate::sql::Expr;
use crate::state::Store;

use super::digesting::Digesting;
use super::fence::Fence;
use super::{Authority, Failure, LastStep, Regression, Taken};

pub(super) use hand::Hand;
pub(super) use shared::Shared;

/// Applies batches.
pub struct Apply<'s> {
    store: &'s mut Store,
    shared: Shared,
    /// Who applies them where nobody does so beside it.
    hand: Hand,
    regression: Option<Regression>,
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
            hand: Hand::new(0, store.clone()),
            store,
            shared: Shared::new(authority, head, digesting, fence, clock),
            regression,
        })
    }

    /// What the target has lost since the last run: it was restored, or failed over.
    #[must_use]
    pub fn regression(&self) -> Option<&Regression> {
        self.regression.as_ref()
    }

    /// Writes the receipts that are due; called at the end of every run, however it ends.
    ///
    /// # Errors
    /// They could not be written; the next run finds them in the ledger.
    pub async fn finish(&mut self) -> anyhow::Result<()> {
        self.shared.finish(self.store).await
    }

    /// The store, for records of the run itself.
    pub fn store(&mut self) -> &mut Store {
        self.store
    }

    /// What all hands of the run have in common.
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Another hand on the same run.
    pub(super) fn another(&self, number: usize) -> Hand {
        Hand::new(number, self.store.clone())
    }
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
        let batch = self.hand.intend(&self.shared, step).await?;
        self.hand
            .carry_out(&self.shared, session, step, bound, &batch)
            .await
    }
}
