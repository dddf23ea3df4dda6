//! Step 2: what an earlier run left open is resolved from the ledger, before anything else.
//!
//! The epoch was raised before, which waits for a transaction that a killed predecessor left behind: what is not in
//! the ledger now will never be.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow};
use chrono::{DateTime, Utc};

use crate::db::Session;
use crate::ledger;
use crate::state::{Entry, Record, Store};

use super::Authority;

/// How often we wait for a transaction of a killed predecessor, each time as long as a statement waits for a lock.
const WAITS: u32 = 12;

/// Raises the epoch (1). It waits for a transaction that a killed predecessor left behind: the server may still be at
/// work on its commit.
///
/// # Errors
/// The predecessor's transaction does not end, or a later start of the same log has the target.
pub async fn raise(session: &mut Session, authority: &Authority, epoch: i64) -> anyhow::Result<()> {
    let mut waited = 1;
    let raised = loop {
        match ledger::raise(session, &authority.schema, epoch).await {
            Err(trouble) if trouble.is_retryable() && waited < WAITS => {
                tracing::info!("a batch of an earlier run has not ended yet; waiting for it");
                waited += 1;
            }
            ended => {
                break ended.context("failed to wait for the last batch of an earlier run")?;
            }
        }
    };
    if raised {
        return Ok(());
    }
    Err(anyhow!(
        "the database {} was served by a later start of this log than the state directory knows of: the directory was \
         copied or restored; use the one that is in service",
        authority.database
    ))
}

/// Resolves every intent for this database that has neither a receipt nor a denial.
///
/// # Errors
/// The target holds a batch that this log never announced.
pub async fn recover(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let head = head(session, authority).await?;
    let kinds = ["adopted", "intent", "done", "not-applied"];
    let entries = store.records(&kinds).await?;
    let names = names(&entries);
    let known = names.get(&authority.database) == Some(&head.target_id);
    let twin = |other: &&String| names.get(*other) == Some(&head.target_id);
    if let Some(other) = authority.others.iter().find(twin) {
        return Err(anyhow!(
            "the databases {} and {other} are one database under two names, or one is a copy of the other: give it one \
             name; in a copy, drop the ledger's tables and run `retentiond migrate`",
            authority.database
        ));
    }
    let (open, last_seq) = open_intents(entries, &head.target_id);
    let mut seen = last_seq;
    for intent in open.into_values() {
        let resolved = resolve(session, authority, intent).await?;
        if let Record::Done { seq, .. } = &resolved {
            seen = seen.max(*seq);
        }
        store.append(now, &resolved).await?;
    }
    if head.seq > seen {
        return Err(anyhow!(
            "the database {} has {} batches that this log does not know: the state directory was lost, cut or copied; \
             put the right one back",
            authority.database,
            head.seq - seen
        ));
    }
    if !known {
        // The schedule calls it by a new name; what was done under the old one is its history.
        let adopted = Record::Adopted {
            database: authority.database.clone(),
            target: head.target_id,
        };
        store.append(now, &adopted).await?;
    }
    if head.seq < seen {
        tracing::warn!(
            database = authority.database,
            batches = seen - head.seq,
            "the database is behind the log: it was restored or failed over; rows that came back are due again"
        );
    }
    Ok(())
}

async fn head(session: &mut Session, authority: &Authority) -> anyhow::Result<ledger::Head> {
    ledger::read(session, &authority.schema)
        .await?
        .context("the head row of the ledger is gone")
}

/// Which target each name of the schedule stood for last.
fn names(entries: &[Entry]) -> BTreeMap<String, String> {
    let adopted = entries.iter().filter_map(|entry| match &entry.record {
        Record::Adopted { database, target } => Some((database.clone(), target.clone())),
        _ => None,
    });
    adopted.collect()
}

/// The intents without an end, and the last sequence, of a target under all the names that it had.
fn open_intents(entries: Vec<Entry>, wanted: &str) -> (BTreeMap<String, Record>, i64) {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut open = BTreeMap::new();
    let mut last_seq = 0;
    for entry in entries {
        let is_wanted = |names: &BTreeMap<String, String>, database: &String| {
            names.get(database).is_some_and(|target| target == wanted)
        };
        match &entry.record {
            Record::Adopted { database, target } => {
                names.insert(database.clone(), target.clone());
            }
            Record::Intent {
                batch, database, ..
            } if is_wanted(&names, database) => {
                open.insert(batch.clone(), entry.record.clone());
            }
            Record::Done {
                batch,
                database,
                seq,
                ..
            } => {
                open.remove(batch);
                if is_wanted(&names, database) {
                    last_seq = last_seq.max(*seq);
                }
            }
            Record::NotApplied { batch, .. } => {
                open.remove(batch);
            }
            _ => {}
        }
    }
    (open, last_seq)
}

async fn resolve(
    session: &mut Session,
    authority: &Authority,
    intent: Record,
) -> anyhow::Result<Record> {
    let Record::Intent {
        run,
        batch,
        database,
        rule,
        step,
        ..
    } = intent
    else {
        return Err(anyhow!("only an intent can be resolved"));
    };
    let Some(found) = ledger::find(session, &authority.schema, &batch).await? else {
        return Ok(Record::NotApplied { run, batch });
    };
    Ok(Record::Done {
        run,
        batch,
        database,
        rule,
        step,
        seq: found.seq,
        schedule: found
            .schedule
            .parse()
            .map_err(|()| anyhow!("a ledger row has no schedule"))?,
        schema: found
            .schema_seen
            .parse()
            .map_err(|()| anyhow!("a ledger row has no schema"))?,
        effects: serde_json::from_str(&found.effects).context("a ledger row has no effects")?,
        duration_ms: 0,
        recovered: true,
    })
}
