//! A request, carried out: batch by batch, each with its receipt.

use anyhow::Context;
use chrono::Utc;

use crate::db::Access;
use crate::disposal::{Apply, Failure, Progress, UnknownHold, Walk, Walker, run_step};
use crate::plan::Step;
use crate::resolve::BoundRule;
use crate::schedule::{Database, Limits};
use crate::state::{Ending, Erasure, Record, RunReason, Sign, Store, operator};

use super::super::enforce::{authority, has_ledger, see, started};
use super::super::{Order, holds};
use super::{Asked, Erased, Halt, Left, Unerasable, ask, bound_rule, boxed, left, note, texts};

/// How many rows may be touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// As somebody saw them.
    Exactly(u64),
    /// What was left of an earlier confirmation, without what goes along with it.
    AtMost(u64),
}

impl Confirmed {
    fn permits(self, asked: &Asked) -> bool {
        match self {
            Self::Exactly(confirmed) => asked.touched() == confirmed,
            Self::AtMost(confirmed) => asked.own <= confirmed,
        }
    }
}

/// What was done for a request, and what stays.
pub struct CarriedOut {
    pub run: String,
    pub asked: Asked,
    pub erased: Vec<Erased>,
    pub left: Vec<Left>,
    /// Why the rest was not done: the request stays open.
    pub failure: Option<String>,
}

/// Erases what is a person's.
///
/// # Errors
/// Another number of rows was confirmed than would be touched; the database cannot be reached; its ledger, or our own
/// records, forbid it. What was done until then has its receipts, and the request stays open.
pub async fn carry_out(
    order: &Order<'_>,
    database: &Database,
    erasure: &mut Erasure,
    confirmed: Confirmed,
    store: &mut Store,
    progress: &mut impl Progress,
) -> Result<CarriedOut, Unerasable> {
    let Some(key) = erasure.key.clone() else {
        return Err(Unerasable::Unfit("the request was carried out".to_owned()));
    };
    let mut asked = boxed(ask(order, database, Access::Enforce, &erasure.rule, &key)).await?;
    if !confirmed.permits(&asked) {
        return Err(Unerasable::NotConfirmed(asked.touched()));
    }
    let schema = asked.prepared.catalog.default_schema.clone();
    has_ledger(&mut asked.prepared.session, &schema, database.assurance).await?;
    remember(&mut asked, erasure, store).await?;
    let run = uuid::Uuid::now_v7().to_string();
    let records = |error| Unerasable::Halt(Halt::Records(error));
    see(order, store).await.map_err(records)?;
    let (program, now) = (&asked.prepared.program, asked.prepared.now);
    let begun = started(order, program, &run, now, RunReason::Erasure);
    store.append(Utc::now(), &begun).await.map_err(records)?;
    let mut erased = Vec::new();
    let result = boxed(all_steps(
        order,
        &mut asked,
        store,
        (&run, schema),
        &mut erased,
        progress,
    ))
    .await;
    let rows = erased.iter().map(|one| one.rows).sum();
    let ending = match &result {
        Ok(None) => Ending::Finished,
        Ok(Some(_)) => Ending::Partial,
        Err(Halt::Held(_)) => Ending::Held,
        Err(_) => Ending::Failed,
    };
    let ended = Record::RunEnded {
        run: run.clone(),
        ending,
        rows,
    };
    store.append(Utc::now(), &ended).await.map_err(records)?;
    let failure = result?;
    let left = left::left(&mut asked.prepared, left::Moment::After).await?;
    if failure.is_none() {
        let rule = bound_rule(&asked.prepared, &asked.rule)?.clone();
        erasure.left_digest = digest(&mut asked, erasure, &all_columns(&rule)).await?;
        let stays = left.iter().map(|one| one.rows).sum();
        done(store, erasure, &run, (rows, stays))
            .await
            .map_err(records)?;
    }
    let signed = store.checkpoint(Utc::now(), Sign::WhatIsNew).await;
    signed.map_err(records)?;
    Ok(CarriedOut {
        run,
        asked,
        erased,
        left,
        failure,
    })
}

/// The digests of the person's row, from before it is touched: by them it is known again after a restore.
async fn remember(
    asked: &mut Asked,
    erasure: &mut Erasure,
    store: &Store,
) -> Result<(), Unerasable> {
    if erasure.row_digest.is_some() {
        return Ok(());
    }
    let rule = bound_rule(&asked.prepared, &asked.rule)?.clone();
    erasure.key_digest = digest(asked, erasure, &key_columns(&rule)).await?;
    erasure.row_digest = digest(asked, erasure, &all_columns(&rule)).await?;
    store
        .keep(erasure)
        .map_err(|error| Unerasable::Halt(Halt::Records(error)))
}

/// The keyed digest of some columns of the person's row; `None` where there is no row, or a declared key is that of
/// several: then nobody can tell which it was.
pub(super) async fn digest(
    asked: &mut Asked,
    erasure: &Erasure,
    columns: &[String],
) -> Result<Option<String>, Unerasable> {
    let rule = bound_rule(&asked.prepared, &asked.rule)?.clone();
    let Some(request) = asked.prepared.program.request.clone() else {
        return Ok(None);
    };
    let mut found = Vec::new();
    let each = |row| found.push(row);
    texts(&mut asked.prepared, &rule, columns, &request.row, each).await?;
    Ok(match found.as_slice() {
        [only] => Some(erasure.digest(only)),
        _ => None,
    })
}

pub(super) fn key_columns(rule: &BoundRule) -> Vec<String> {
    rule.key.iter().map(|column| column.name.clone()).collect()
}

/// In the order of their names: a column that was added and put elsewhere changes nothing by its place.
pub(super) fn all_columns(rule: &BoundRule) -> Vec<String> {
    let columns = rule.table.columns.iter();
    let mut names: Vec<String> = columns.map(|column| column.name.clone()).collect();
    names.sort();
    names
}

/// Writes down what was done; the key is kept only where something stays.
async fn done(
    store: &mut Store,
    erasure: &mut Erasure,
    run: &str,
    (rows, stays): (u64, u64),
) -> anyhow::Result<()> {
    let carried_out = Record::ErasureCarriedOut {
        erasure: erasure.erasure.clone(),
        database: erasure.database.clone(),
        run: run.to_owned(),
        rows,
        stays,
        by: operator(),
    };
    store.append(Utc::now(), &carried_out).await?;
    if stays == 0 {
        erasure.key = None;
    }
    store.keep(erasure)
}

/// Each step to its end; gives why one was not.
async fn all_steps(
    order: &Order<'_>,
    asked: &mut Asked,
    store: &mut Store,
    (run, schema): (&str, String),
    erased: &mut Vec<Erased>,
    progress: &mut impl Progress,
) -> Result<Option<String>, Halt> {
    let prepared = &mut asked.prepared;
    let authority = authority(order, prepared, run, schema);
    let limits = authority.limits.clone();
    let database = authority.database.clone();
    let mut last = match Apply::begin(&mut prepared.session, store, authority, Utc::now).await {
        Ok(last) => last,
        Err(error) if error.is::<UnknownHold>() => return Err(holds::in_the_way(&database)),
        Err(error) => return Err(Halt::of(error)),
    };
    let mut failure = None;
    let dialect = prepared.session.dialect();
    for step in &asked.steps {
        let limit = limits.get(&step.rule).copied().unwrap_or(Limits::STANDARD);
        let walker = Walker::new(walk(step), step, limit, dialect);
        let session = &mut prepared.session;
        let (outcome, result) =
            run_step(session, step, walker, &mut last, order.stop, progress).await;
        for (table, effect, tally) in outcome.tally.iter() {
            note(erased, &dialect.shown(table), effect, tally.rows);
        }
        failure = match result {
            Ok(()) if outcome.stopped => Some("it was stopped by a signal".to_owned()),
            Ok(()) => continue,
            Err(Failure::Held) => {
                last.finish().await.map_err(Halt::Records)?;
                return Err(holds::in_the_way(&database));
            }
            Err(Failure::Records(error)) => return Err(Halt::Records(error)),
            Err(other) => Some(other.to_string()),
        };
        break;
    }
    let finished = last.finish().await;
    finished
        .context("failed to write the last receipt")
        .map_err(Halt::Records)?;
    Ok(failure)
}

/// A person's rows are few and far apart.
fn walk(step: &Step) -> Walk {
    Walk::KeyLists(step.target.key.clone())
}
