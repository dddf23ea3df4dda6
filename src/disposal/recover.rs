//! Steps 1 and 2: the target is taken hold of, and what an earlier run left open is resolved from the ledger, before
//! anything else.
//!
//! The epoch was raised before, which waits for a transaction that a killed predecessor left behind: what is not in
//! the ledger now will never be.

use anyhow::{Context, anyhow};
use chrono::{DateTime, Utc};

use crate::db::Session;
use crate::fault::{self, Point};
use crate::ledger;
use crate::state::{Record, Store};

use super::history::{History, Regression, Standing};
use super::{Authority, unledgered};

/// How often we wait for a transaction of a killed predecessor, each time as long as a statement waits for a lock.
const WAITS: u32 = 12;

/// What says which starts are this log's.
const STARTS: [&str; 3] = ["boot", "put-back", "adopted"];

/// Looks at a target before anything is counted: one that was put back is noticed even where nothing is due, and one
/// whose history is not ours ends the run. Nothing is written where all is as it was left; otherwise the target is
/// taken hold of (1, 2), and what it lost is given back.
///
/// # Errors
/// The target belongs to another log, has a history that this log does not know, or the database's.
pub async fn contact(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<Regression>> {
    if !authority.witness.is_ledger() {
        unledgered::contact(session, store, authority, now).await?;
        return Ok(None);
    }
    unledgered::settle(session, store, authority, now).await?;
    let Some(head) = ledger::read(session, &authority.schema).await? else {
        return Ok(None);
    };
    ours(store, authority, &head)?;
    let history = History::read(store, &head.target_id).await?;
    let known = history.names().get(&authority.database) == Some(&head.target_id);
    let known = known && !history.is_put_back();
    if history.open.is_empty() {
        let standing = history.compare(&head);
        refuse(authority, &head, &standing)?;
        if standing == Standing::Same && known {
            return Ok(None);
        }
    }
    raise(session, store, authority, now).await?;
    recover(session, store, authority, now).await
}

/// A target that another log has is not ours.
fn ours(store: &Store, authority: &Authority, head: &ledger::Head) -> anyhow::Result<()> {
    if head.log_id == store.log_id() {
        return Ok(());
    }
    Err(anyhow!(
        "the database {} belongs to another log ({}): it is served from another state directory, or was copied; use \
         that state directory, or go on without it: `retentiond audit acknowledge {}`",
        authority.database,
        head.log_id,
        authority.database
    ))
}

/// Raises the epoch (1). It waits for a transaction that a killed predecessor left behind: the server may still be at
/// work on its commit. A target that has seen a start which this log does not know of is left alone: another copy of
/// the state directory is at work with it.
///
/// # Errors
/// The predecessor's transaction does not end, the target is another log's or another copy's, or the database's.
pub async fn raise(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    for _ in 0..WAITS {
        let head = head(session, authority).await?;
        ours(store, authority, &head)?;
        let history = History::of(store.records(&STARTS).await?, &head.target_id);
        if !history.has_begun(head.epoch) {
            refuse(authority, &head, &Standing::Forked { known: head.seq })?;
        }
        let epoch = store.next_epoch(now, head.epoch).await?;
        match ledger::raise(session, &authority.schema, epoch).await {
            Ok(true) => {
                fault::hit(Point::HeadRaised);
                return Ok(());
            }
            // Somebody raised it meanwhile: it is looked at again, and seen for what it is.
            Ok(false) => {}
            Err(trouble) if trouble.is_retryable() => {
                tracing::info!("a batch of an earlier run has not ended yet; waiting for it");
            }
            Err(trouble) => return Err(trouble.into()),
        }
    }
    Err(anyhow!(
        "a batch of an earlier run on the database {} does not end: the server is still at work on it",
        authority.database
    ))
}

/// Resolves every intent for this database that has neither a receipt nor a denial, and compares the target with the
/// log; gives what the target lost when it went back in time.
///
/// # Errors
/// The target has a history that this log does not know.
pub async fn recover(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<Regression>> {
    let head = head(session, authority).await?;
    let mut history = History::read(store, &head.target_id).await?;
    let names = history.names();
    let known = names.get(&authority.database) == Some(&head.target_id);
    let twin = |other: &&String| names.get(*other) == Some(&head.target_id);
    if let Some(other) = authority.others.iter().find(twin) {
        return Err(anyhow!(
            "the databases {} and {other} are one database under two names, or one is a copy of the other: give it one \
             name; in a copy, drop the ledger's tables and run `retentiond migrate`",
            authority.database
        ));
    }
    let known = known && !history.is_put_back();
    let open = std::mem::take(&mut history.open);
    let nothing_open = open.is_empty();
    for resolved in resolved(session, authority, &history, open.into_values()).await? {
        if let Record::Done { run, .. } = &resolved {
            store.reaffirm_digests(run)?;
        }
        store.append(now, &resolved).await?;
        fault::hit(Point::IntentResolved);
    }
    if !nothing_open {
        history = History::read(store, &head.target_id).await?;
    }
    let standing = history.compare(&head);
    refuse(authority, &head, &standing)?;
    if !known {
        // The schedule calls it by a new name, and what was done under the old one is its history; or the state
        // directory was put back, and from here on a start that it does not know is another copy's.
        let adopted = Record::Adopted {
            database: authority.database.clone(),
            target: head.target_id.clone(),
        };
        store.append(now, &adopted).await?;
    }
    let Standing::Behind(lost) = standing else {
        fault::hit(Point::Recovered);
        return Ok(None);
    };
    let regressed = lost.record(&authority.database, &head.target_id);
    store.append(now, &regressed).await?;
    fault::hit(Point::Recovered);
    Ok(Some(lost))
}

/// A target whose history this log does not have is not touched until an operator says so.
fn refuse(authority: &Authority, head: &ledger::Head, standing: &Standing) -> anyhow::Result<()> {
    let database = &authority.database;
    match standing {
        Standing::Same | Standing::Behind(_) => Ok(()),
        Standing::Ahead { known } => Err(anyhow!(
            "the database {database} has {} batches that this log does not know: the state directory was lost, cut or \
             copied; put the right one back, or go on without it: `retentiond audit acknowledge {database}`",
            head.seq - known
        )),
        Standing::Older { oldest, .. } => Err(anyhow!(
            "the database {database} stands at batch {}, and this log has dropped its records of batches before {oldest}: \
             it was put back to a backup that is older than the log, or it has had another history, and nobody can tell \
             which; put a later backup back, or go on: `retentiond audit acknowledge {database}`",
            head.seq
        )),
        Standing::Elsewhere { .. } => Err(anyhow!(
            "the ledger of the database {database} tells of other batches than this log: one of the two was put back \
             from a copy that had gone on by itself; put the right one back, or go on without it: \
             `retentiond audit acknowledge {database}`"
        )),
        Standing::Forked { .. } => Err(anyhow!(
            "another copy of this state directory has been at work with the database {database}: one of the two was \
             copied, or put back from a backup; let one of them alone go on, or say that it is this one: \
             `retentiond audit acknowledge {database}`"
        )),
    }
}

async fn head(session: &mut Session, authority: &Authority) -> anyhow::Result<ledger::Head> {
    ledger::read(session, &authority.schema)
        .await?
        .context("the head row of the ledger is gone")
}

/// What intents come to, in the order of the ledger: a run may have had several under way.
async fn resolved(
    session: &mut Session,
    authority: &Authority,
    history: &History,
    open: impl Iterator<Item = Record>,
) -> anyhow::Result<Vec<Record>> {
    let mut all = Vec::new();
    for intent in open {
        all.push(resolve(session, authority, history, intent).await?);
    }
    all.sort_by_key(|one| match one {
        Record::Done { seq, .. } => *seq,
        _ => i64::MAX,
    });
    Ok(all)
}

async fn resolve(
    session: &mut Session,
    authority: &Authority,
    history: &History,
    intent: Record,
) -> anyhow::Result<Record> {
    if let Some(receipt) = receipt(session, &authority.schema, &intent).await? {
        return Ok(receipt);
    }
    match intent {
        Record::Intent {
            run, batch, rule, ..
        } => Ok(history.denied(run, batch, rule)),
        _ => Err(anyhow!("only an intent can be resolved")),
    }
}

/// The receipt of a batch that was committed, from its row in the ledger; `None`: the ledger does not have it.
///
/// # Errors
/// The database's, or the row is not one of ours.
pub async fn receipt(
    session: &mut Session,
    schema: &str,
    intent: &Record,
) -> anyhow::Result<Option<Record>> {
    let Record::Intent {
        run,
        batch,
        database,
        rule,
        step,
        ..
    } = intent.clone()
    else {
        return Ok(None);
    };
    let Some(found) = ledger::find(session, schema, &batch).await? else {
        return Ok(None);
    };
    Ok(Some(Record::Done {
        run,
        batch,
        database,
        rule,
        step,
        seq: found.seq,
        chain: found.chain,
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
        assurance: None,
    }))
}
