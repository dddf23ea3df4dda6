//! What tells what became of a batch: the ledger in the target, or, where there is none, the log alone.

use anyhow::{Context, anyhow};
use chrono::{DateTime, SecondsFormat, Utc};

use crate::catalog::Fingerprint;
use crate::db::Session;
use crate::ledger::{self, Entry, Fate, Head};
use crate::plan::Step;
use crate::schedule::Witness;
use crate::state::{Effect, Record, Store};

use super::super::digesting::Durable;
use super::super::{Authority, Failure, Regression, adopt, recover, unledgered};
use super::{Hand, Shared};

/// Steps 0 to 2.
pub(super) async fn take_hold(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
    now: DateTime<Utc>,
) -> anyhow::Result<(Head, Option<Regression>)> {
    if !authority.witness.is_ledger() {
        let head = unledgered::begin(session, store, authority, now).await?;
        return Ok((head, None));
    }
    match ledger::read(session, &authority.schema).await? {
        None => {
            let epoch = store.next_epoch(now, 0).await?;
            adopt::adopt(session, store, authority, epoch, now).await?;
        }
        Some(_) => recover::raise(session, store, authority, now).await?,
    }
    let regression = recover::recover(session, store, authority, now).await?;
    let head = ledger::read(session, &authority.schema)
        .await?
        .context("the head row of the ledger is gone")?;
    Ok((head, regression))
}

impl Hand {
    /// 7: nobody else has taken the target over; the head row, or the session, is locked.
    pub(super) async fn is_ours(
        &self,
        shared: &Shared,
        session: &mut Session,
    ) -> Result<bool, Failure> {
        if !shared.authority.witness.is_ledger() {
            return Ok(ledger::holds_session(session).await?);
        }
        let found = ledger::lock(session, &shared.authority.schema).await?;
        Ok(found.as_ref() == Some(&*shared.head.borrow()))
    }

    /// A batch whose COMMIT failed was not applied if the ledger, asked after its end, does not have it. Where it has
    /// it, or cannot be asked, the intent stays open for the next run to resolve, and this one ends.
    pub(super) async fn not_committed(
        &mut self,
        shared: &Shared,
        session: &mut Session,
        batch: &str,
    ) -> Result<(), Failure> {
        if !self.committing {
            return Ok(());
        }
        if !self.was_rolled_back(shared, session, batch).await? {
            return Err(Failure::Records(anyhow!(
                "the database {} said that a commit had failed, and it is there, or nobody can tell; the next run takes it \
                 into account",
                shared.authority.database
            )));
        }
        self.committing = false;
        Ok(())
    }

    /// What the ledger, or the server, says of a commit that failed; where nobody can tell, false.
    async fn was_rolled_back(
        &self,
        shared: &Shared,
        session: &mut Session,
        batch: &str,
    ) -> Result<bool, Failure> {
        let authority = &shared.authority;
        match (authority.witness, &self.transaction) {
            (Witness::Ledger, _) => {
                let found = ledger::find(session, &authority.schema, batch).await?;
                Ok(found.is_none())
            }
            (Witness::TransactionStatus, Some(number)) => {
                Ok(ledger::fate(session, number).await? == Fate::Aborted)
            }
            (Witness::TransactionStatus | Witness::Inferred, _) => Ok(false),
        }
    }

    /// 11, where there is no ledger: what is about to be committed is durable in the log before COMMIT is sent.
    async fn announce(
        &mut self,
        shared: &Shared,
        session: &mut Session,
        head: &Head,
        entry: Entry,
        effects: &[Effect],
    ) -> Result<(), Failure> {
        let authority = &shared.authority;
        self.transaction = unledgered::transaction(session, authority.witness).await?;
        let schema = authority.schemas.get(&entry.rule).copied();
        let about = Record::Committing {
            run: entry.run_id,
            batch: entry.batch_id,
            database: authority.database.clone(),
            rule: entry.rule,
            step: entry.step,
            seq: head.seq,
            chain: head.chain.clone(),
            schedule: authority.schedule,
            schema: schema.unwrap_or(Fingerprint::of("")),
            effects: effects.to_vec(),
            transaction: self.transaction.clone(),
            place: head.target_id.clone(),
        };
        let written = self.store.append((shared.clock)(), &about).await;
        written.map_err(Failure::Records)
    }

    /// 11: the ledger row and the new head. Gives back what is still to be waited for until the digests are durable.
    pub(super) async fn sign(
        &mut self,
        shared: &Shared,
        session: &mut Session,
        step: &Step,
        batch: &str,
        (done, digests): (&[Effect], Durable),
    ) -> Result<(Head, Option<Durable>), Failure> {
        let at = (shared.clock)().to_rfc3339_opts(SecondsFormat::Micros, true);
        let effects =
            serde_json::to_string(done).map_err(|error| Failure::Records(error.into()))?;
        let authority = &shared.authority;
        let entry = Entry {
            batch_id: batch.to_owned(),
            run_id: authority.run.clone(),
            rule: step.rule.clone(),
            step: step.kind.word().to_owned(),
            schedule: authority.schedule.to_string(),
            schema_seen: shared.schema_of(step).to_string(),
            effects,
            applied_at: at,
        };
        let mut head = shared.head.borrow().clone();
        head.seq += 1;
        head.chain = ledger::chain(&head.chain, &entry);
        if authority.witness.is_ledger() {
            ledger::record(session, &authority.schema, &head, &entry).await?;
            return Ok((head, Some(digests)));
        }
        // The digests first: by them the rows are looked for.
        let durable = shared.digesting.durable(digests).await;
        durable.map_err(Failure::Records)?;
        self.announce(shared, session, &head, entry, done).await?;
        Ok((head, None))
    }
}
