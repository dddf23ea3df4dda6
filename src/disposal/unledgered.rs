//! Steps 0 to 2 and 11 on a target that has no ledger: where it is, who is at work with it, and what an intent without an
//! end comes to. What nobody can tell is called unknown.

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, Utc};
use std::time::Duration;

use crate::db::Session;
use crate::fault::{self, Point};
use crate::ledger::{self, Fate, Head, Place};
use crate::schedule::Witness;
use crate::state::{Assurance, Entry, Record, Store};

use super::history::{self, History};
use super::{Authority, Gap, sight};

/// How often the lock is tried, and how long we sleep in between at most: a minute.
const TRIES: u32 = 60;

/// What is read of the log.
const KINDS: [&str; 12] = [
    "adopted",
    "expired",
    "boot",
    "unknown",
    "weaker-assurance",
    "intent",
    "committing",
    "done",
    "not-applied",
    "regressed",
    "gap-acknowledged",
    "checkpoint",
];

/// An intent without an end.
struct Left {
    intent: Record,
    /// What was about to be committed; without it COMMIT was never sent.
    committing: Option<Record>,
    /// It was begun on a target that had a ledger.
    had_ledger: bool,
}

/// Looks at a target before anything is counted; resolves what was left open.
///
/// # Errors
/// It has a ledger after all, is another one than before, or went back in time; the database's.
pub async fn contact(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let place = here(session, store, authority).await?;
    if !left_open(store.records(&KINDS).await?, &authority.database).is_empty() {
        hold(session, &authority.database).await?;
        resolve_all(session, store, authority, Some(&place), now).await?;
    }
    Ok(())
}

/// Takes hold of a target: a start that is durable (0), the lock (1), what earlier runs left open (2).
///
/// # Errors
/// As for [`contact`]; another run is at work with it.
pub async fn begin(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
    now: DateTime<Utc>,
) -> anyhow::Result<Head> {
    let epoch = store.next_epoch(now, 0).await?;
    hold(session, &authority.database).await?;
    fault::hit(Point::HeadRaised);
    let place = here(session, store, authority).await?;
    resolve_all(session, store, authority, Some(&place), now).await?;
    let entries = store.records(&KINDS).await?;
    if history::names(&entries).get(&authority.database) != Some(&place.name) {
        let adopted = Record::Adopted {
            database: authority.database.clone(),
            target: place.name.clone(),
        };
        store.append(now, &adopted).await?;
        fault::hit(Point::Claimed);
    }
    let history = History::of(entries, &place.name);
    let last = history.batches.last();
    let head = Head {
        log_id: store.log_id().to_owned(),
        epoch,
        seq: last.map_or(0, |batch| batch.seq),
        chain: last.map(|batch| batch.chain.clone()).unwrap_or_default(),
        target_id: place.name,
    };
    fault::hit(Point::Recovered);
    Ok(head)
}

/// Resolves what was left open while the target had no ledger, where it has one now.
///
/// # Errors
/// The database's.
pub async fn settle(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let left = left_open(store.records(&KINDS).await?, &authority.database);
    if left.iter().any(|one| !one.had_ledger) {
        hold(session, &authority.database).await?;
        let place = ledger::place(session).await?;
        resolve_some(session, store, authority, Some(&place), (false, now)).await?;
    }
    Ok(())
}

/// The record that says what is about to be committed.
///
/// # Errors
/// The database's.
pub async fn transaction(
    session: &mut Session,
    witness: Witness,
) -> Result<Option<String>, crate::db::Trouble> {
    match witness {
        Witness::TransactionStatus => ledger::transaction(session).await.map(Some),
        Witness::Inferred | Witness::Ledger => Ok(None),
    }
}

/// As the log calls it; `None`: a ledger.
pub fn assurance(witness: Witness) -> Option<Assurance> {
    match witness {
        Witness::Ledger => None,
        Witness::TransactionStatus => Some(Assurance::TransactionStatus),
        Witness::Inferred => Some(Assurance::Inferred),
    }
}

/// The lock: whoever has it knows that no session of a predecessor is left.
async fn hold(session: &mut Session, database: &str) -> anyhow::Result<()> {
    let mut pause = Duration::from_millis(50);
    for _ in 0..TRIES {
        if ledger::hold_session(session).await? {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
    bail!(
        "another session has the database {database}, which has no ledger, and does not end: another run is at work with \
         it, or the server still keeps the session of one that was cut off"
    )
}

/// Where the target is; it must be where the log has last seen it.
async fn here(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
) -> anyhow::Result<Place> {
    let database = &authority.database;
    if ledger::applied(session, &authority.schema)
        .await
        .unwrap_or(false)
    {
        bail!(
            "the database {database} has the ledger's tables, and the schedule says that it has none: remove `assurance` \
             from [databases.{database}], or have a DBA drop them"
        );
    }
    let place = ledger::place(session).await?;
    let entries = store.records(&KINDS).await?;
    match standing(&entries, database, &place) {
        Standing::Same => Ok(place),
        Standing::Elsewhere => Err(anyhow!(
            "the database {database} is on another server than before, or was put back from a backup, or a standby took \
             over; it has no ledger, so nobody can tell which batches it lost: look at it, and go on with \
             `retentiond audit acknowledge {database}`"
        )),
        Standing::Earlier => Err(anyhow!(
            "the database {database} went back in time: it has not begun transactions yet of which this log tells; it has \
             no ledger, so nobody can tell which batches it lost: look at it, and go on with `retentiond audit acknowledge \
             {database}`"
        )),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Same,
    Elsewhere,
    Earlier,
}

fn standing(entries: &[Entry], database: &str, place: &Place) -> Standing {
    match history::names(entries).get(database) {
        Some(known) if ledger::is_without(known) && *known != place.name => Standing::Elsewhere,
        _ if went_back(entries, place) => Standing::Earlier,
        _ => Standing::Same,
    }
}

/// True where a transaction of which the log tells has a number that the server has not given yet.
fn went_back(entries: &[Entry], place: &Place) -> bool {
    let mut last = None;
    for entry in entries {
        match &entry.record {
            Record::Committing {
                transaction: Some(number),
                place: of,
                ..
            } if *of == place.name => last = last.max(number.parse::<u64>().ok()),
            Record::GapAcknowledged { target, .. } if *target == place.name => last = None,
            _ => {}
        }
    }
    matches!((last, place.next), (Some(last), Some(next)) if next <= last)
}

fn left_open(entries: Vec<Entry>, wanted: &str) -> Vec<Left> {
    let mut open: Vec<(String, Left)> = Vec::new();
    let mut had_ledger = false;
    for entry in entries {
        match entry.record {
            Record::Adopted { database, target } if database == wanted => {
                had_ledger = !ledger::is_without(&target);
            }
            Record::Intent {
                ref batch,
                ref database,
                ..
            } if database == wanted => {
                let left = Left {
                    committing: None,
                    had_ledger,
                    intent: entry.record.clone(),
                };
                open.push((batch.clone(), left));
            }
            Record::Committing { ref batch, .. } => {
                for (_, left) in open.iter_mut().filter(|(one, _)| one == batch) {
                    left.committing = Some(entry.record.clone());
                }
            }
            Record::Done { batch, .. }
            | Record::NotApplied { batch, .. }
            | Record::Unknown { batch, .. } => open.retain(|(one, _)| *one != batch),
            _ => {}
        }
    }
    open.into_iter().map(|(_, left)| left).collect()
}

async fn resolve_all(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
    place: Option<&Place>,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    resolve_some(session, store, authority, place, (true, now)).await
}

async fn resolve_some(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
    place: Option<&Place>,
    (of_ledgers_too, now): (bool, DateTime<Utc>),
) -> anyhow::Result<()> {
    let entries = store.records(&KINDS).await?;
    // Of a server that went back nothing is asked about what it has forgotten.
    let place = place.filter(|place| !went_back(&entries, place));
    let history = History::of(entries.clone(), "");
    for left in left_open(entries, &authority.database) {
        if left.had_ledger && !of_ledgers_too {
            continue;
        }
        let resolved = resolve(session, store, &history, &left, (place, now)).await?;
        if let Record::Done { run, .. } = &resolved {
            store.reaffirm_digests(run)?;
        }
        store.append(now, &resolved).await?;
        fault::hit(Point::IntentResolved);
    }
    Ok(())
}

async fn resolve(
    session: &mut Session,
    store: &Store,
    history: &History,
    left: &Left,
    (place, now): (Option<&Place>, DateTime<Utc>),
) -> anyhow::Result<Record> {
    let Record::Intent {
        run, batch, rule, ..
    } = left.intent.clone()
    else {
        bail!("only an intent can be resolved");
    };
    let Some(about) = &left.committing else {
        return Ok(match left.had_ledger {
            true => unknown(run, batch, None),
            // COMMIT was never sent.
            false => history.denied(run, batch, rule),
        });
    };
    let Record::Committing {
        transaction,
        place: of,
        ..
    } = about
    else {
        bail!("this says nothing of what was about to be committed");
    };
    let number = transaction
        .as_ref()
        .filter(|_| place.is_some_and(|place| place.name == *of));
    let fate = match number {
        Some(number) => ended(session, number).await?,
        None => Fate::Forgotten,
    };
    Ok(match fate {
        Fate::Committed => found(about)?,
        Fate::Aborted => history.denied(run, batch, rule),
        Fate::Open | Fate::Forgotten => {
            let seen = sight::look(session, store, about, now).await;
            unknown(
                run,
                batch,
                seen.context("failed to look for the rows of a batch")?,
            )
        }
    })
}

fn unknown(run: String, batch: String, seen: Option<crate::state::Seen>) -> Record {
    Record::Unknown { run, batch, seen }
}

/// Asks until the transaction has ended: the session that had it has ended before.
async fn ended(session: &mut Session, number: &str) -> anyhow::Result<Fate> {
    for _ in 0..TRIES {
        match ledger::fate(session, number).await? {
            Fate::Open => tokio::time::sleep(Duration::from_secs(1)).await,
            fate => return Ok(fate),
        }
    }
    bail!("a transaction of an earlier run does not end: the server is still at work on it")
}

/// The receipt of a batch that was committed.
fn found(about: &Record) -> anyhow::Result<Record> {
    let Record::Committing {
        run,
        batch,
        database,
        rule,
        step,
        seq,
        chain,
        schedule,
        schema,
        effects,
        ..
    } = about.clone()
    else {
        bail!("this says nothing of what was about to be committed");
    };
    Ok(Record::Done {
        run,
        batch,
        database,
        rule,
        step,
        seq,
        chain,
        schedule,
        schema,
        effects,
        duration_ms: 0,
        recovered: true,
        assurance: Some(Assurance::TransactionStatus),
    })
}

/// Records that an operator goes on with a target of which nobody can tell what it lost; `None`: it is where it was.
///
/// # Errors
/// The database's, or our own records'.
pub async fn acknowledge(
    session: &mut Session,
    store: &mut Store,
    database: &str,
    (by, now): (&str, DateTime<Utc>),
) -> anyhow::Result<Option<Gap>> {
    let place = ledger::place(session).await?;
    let entries = store.records(&KINDS).await?;
    if standing(&entries, database, &place) == Standing::Same {
        return Ok(None);
    }
    hold(session, database).await?;
    let before = history::names(&entries).get(database).cloned();
    let history = History::of(entries, before.as_deref().unwrap_or_default());
    let last = history.batches.last();
    let (seq, chain) = last.map_or((0, String::new()), |one| (one.seq, one.chain.clone()));
    let acknowledged = Record::GapAcknowledged {
        database: database.to_owned(),
        target: place.name.clone(),
        log: None,
        known_seq: seq,
        seq,
        chain,
        by: by.to_owned(),
    };
    let adopted = Record::Adopted {
        database: database.to_owned(),
        target: place.name,
    };
    store.append_all(now, &[adopted, acknowledged]).await?;
    Ok(Some(Gap {
        database: database.to_owned(),
        log: None,
        known_seq: seq,
        seq,
    }))
}
