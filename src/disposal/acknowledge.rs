//! Going on with a target whose history the log does not have, because an operator says so.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};

use crate::db::Session;
use crate::ledger;
use crate::state::{Record, Store};

use super::history::{History, Standing};
use super::recover;

/// What was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gap {
    pub database: String,
    /// The other log that the target belonged to.
    pub log: Option<String>,
    pub known_seq: i64,
    pub seq: i64,
}

/// Records that an operator accepts what the log cannot account for, and takes the target over where another log had
/// it. `None`: there is nothing to acknowledge.
///
/// # Errors
/// The target has no ledger, or somebody else works with it now.
pub async fn acknowledge(
    session: &mut Session,
    store: &mut Store,
    database: &str,
    schema: &str,
    (by, now): (&str, DateTime<Utc>),
) -> anyhow::Result<Option<Gap>> {
    let head = ledger::read(session, schema).await?.with_context(|| {
        format!("the database {database} was never worked on: there is nothing to acknowledge")
    })?;
    let mut history = known(store, &head).await?;
    // What a crash kept from the log is no gap.
    for intent in std::mem::take(&mut history.open).into_values() {
        if let Some(receipt) = recover::receipt(session, schema, &intent).await? {
            store.append(now, &receipt).await?;
        }
    }
    let history = known(store, &head).await?;
    let is_ours = head.log_id == store.log_id();
    let known_seq = match history.compare(&head) {
        Standing::Ahead { known }
        | Standing::Elsewhere { known }
        | Standing::Older { known, .. }
        | Standing::Forked { known } => known,
        Standing::Same | Standing::Behind(_) if is_ours => return Ok(None),
        Standing::Same | Standing::Behind(_) => head.seq,
    };
    let log = (!is_ours).then(|| head.log_id.clone());
    let acknowledged = Record::GapAcknowledged {
        database: database.to_owned(),
        target: head.target_id.clone(),
        log: log.clone(),
        known_seq,
        seq: head.seq,
        chain: head.chain.clone(),
        by: by.to_owned(),
    };
    let adopted = Record::Adopted {
        database: database.to_owned(),
        target: head.target_id.clone(),
    };
    // What the log knows to be lost is told as well: requests to be erased are looked after again.
    let lost = is_ours.then(|| history.lost(head.seq)).flatten();
    let regressed = lost.map(|lost| lost.record(database, &head.target_id));
    let records: Vec<Record> = [Some(adopted), regressed, Some(acknowledged)]
        .into_iter()
        .flatten()
        .collect();
    store.append_all(now, &records).await?;
    let epoch = store.next_epoch(now, head.epoch).await?;
    let taken = ledger::take_over(session, schema, &head, &store.log_id(), epoch).await?;
    if !taken {
        bail!("another run has worked with the database {database} meanwhile; look again");
    }
    Ok(Some(Gap {
        database: database.to_owned(),
        log,
        known_seq,
        seq: head.seq,
    }))
}

async fn known(store: &mut Store, head: &ledger::Head) -> anyhow::Result<History> {
    History::read(store, &head.target_id).await
}
