//! A request, carried out: batch by batch, each with its receipt.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::Utc;

use crate::db::Access;
use crate::disposal::{
    Apply, Failure, Progress, Regression, UnknownHold, Walk, Walker, contact, measure, run_step,
};
use crate::plan::Step;
use crate::schedule::{Database, Limits};
use crate::state::{Ending, Erasure, Record, RunReason, Sign, Store, operator};

use super::super::enforce::{authority, has_ledger, left_behind, published, see, started};
use super::super::prepare::prepare;
use super::super::{Order, holds};
use super::{Asked, Erased, Halt, Left, Unerasable, ask_of, boxed, known, left, note};

/// How many rows may be touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// As somebody saw them.
    Exactly(u64),
    /// The same, and the row has other values than when the request was taken in: it is the same person's.
    ExactlyOfChangedRow(u64),
    /// What was left of an earlier confirmation, without what goes along with it.
    AtMost(u64),
    /// What a run that ended before its time has left of what was confirmed.
    Rest(u64),
}

impl Confirmed {
    fn permits(self, asked: &Asked) -> bool {
        match self {
            Self::Exactly(confirmed) | Self::ExactlyOfChangedRow(confirmed) => {
                asked.touched() == confirmed
            }
            Self::AtMost(confirmed) => asked.own <= confirmed,
            Self::Rest(confirmed) => asked.touched() <= confirmed,
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
    /// What keeps removed rows readable in the database's own files.
    pub left_behind: Option<String>,
    /// What the database had lost since the last run: it was restored, or failed over.
    pub regression: Option<Regression>,
}

/// Erases what is a person's.
///
/// # Errors
/// Another number of rows was confirmed than would be touched, or the row is not as it was; the database cannot be
/// reached; its ledger, or our own records, forbid it. What was done until then has its receipts, and the request stays
/// open.
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
    published(order, store).await?;
    let mut prepared = boxed(prepare(order, database, Access::Enforce)).await?;
    let schema = prepared.catalog.default_schema.clone();
    has_ledger(&mut prepared.session, &schema, database.assurance).await?;
    let run = uuid::Uuid::now_v7().to_string();
    let acts_as = authority(order, &prepared, &run, schema.clone());
    // Before anything is counted: what a run that died has left is part of what there is.
    let regression = contact(&mut prepared.session, store, &acts_as, Utc::now())
        .await
        .map_err(Halt::of)?;
    let mut asked = boxed(ask_of(order, prepared, &erasure.rule, &key)).await?;
    if !confirmed.permits(&asked) {
        return Err(Unerasable::NotConfirmed(asked.touched()));
    }
    recognised(&mut asked, erasure, confirmed, store).await?;
    begin(order, &asked, erasure, store, &run).await?;
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
    let left_behind = match &result {
        Ok(_) => left_behind(&mut asked.prepared.session).await,
        Err(_) => None,
    };
    let rows = erased.iter().map(|one| one.rows).sum();
    let ended = Record::RunEnded {
        run: run.clone(),
        ending: ending(&result),
        rows,
    };
    let ended = store.append(Utc::now(), &ended).await;
    let failure = match result {
        // What was done before a hold came is told, and so is that the rest was not.
        Err(halt @ Halt::Held(_)) if rows > 0 => Some(halt.to_string()),
        Err(halt) => {
            ended.and(sign(store).await).map_err(records)?;
            return Err(halt.into());
        }
        Ok(failure) => failure,
    };
    ended.map_err(records)?;
    let mut left = Vec::new();
    if failure.is_none() {
        left = left::left(&mut asked.prepared, left::Moment::After).await?;
        let stays = left.iter().map(|one| one.rows).sum();
        done(store, &mut asked, erasure, &run, (rows, stays)).await?;
    }
    sign(store).await.map_err(records)?;
    Ok(CarriedOut {
        run,
        asked,
        erased,
        left,
        failure,
        left_behind,
        regression,
    })
}

fn records(error: anyhow::Error) -> Unerasable {
    Unerasable::Halt(Halt::Records(error))
}

async fn sign(store: &mut Store) -> anyhow::Result<()> {
    store.checkpoint(Utc::now(), Sign::WhatIsNew).await?;
    store.intact()
}

fn ending(result: &Result<Option<String>, Halt>) -> Ending {
    match result {
        Ok(None) => Ending::Finished,
        Ok(Some(_)) => Ending::Partial,
        Err(Halt::Held(_)) => Ending::Held,
        Err(_) => Ending::Failed,
    }
}

/// The row is the one that was there when the request was taken in, or that an earlier run has left; and what its rules
/// mean is kept, by which what stays goes later.
async fn recognised(
    asked: &mut Asked,
    erasure: &mut Erasure,
    confirmed: Confirmed,
    store: &Store,
) -> Result<(), Unerasable> {
    if erasure.row_digest.is_none() {
        known::remember(asked, erasure).await?;
    }
    let now = known::now(asked, erasure).await?;
    if !erasure.knows(now.as_ref()) {
        if !matches!(confirmed, Confirmed::ExactlyOfChangedRow(_)) {
            return Err(Unerasable::Changed);
        }
        known::remember(asked, erasure).await?;
    }
    let by_hand = matches!(
        confirmed,
        Confirmed::Exactly(_) | Confirmed::ExactlyOfChangedRow(_)
    );
    if by_hand || erasure.meanings.is_none() {
        erasure.meanings = Some(meanings(asked));
    }
    store.keep(erasure).map_err(records)
}

/// What the rules of a request mean now, by their names.
pub(super) fn meanings(asked: &Asked) -> BTreeMap<String, serde_json::Value> {
    let program = &asked.prepared.program;
    let is_about = |rule: &str| {
        program
            .request
            .as_ref()
            .is_some_and(|one| one.is_about(rule))
    };
    let rules = program.rules.iter().filter(|rule| is_about(&rule.name));
    rules
        .map(|rule| (rule.name.clone(), rule.terms.clone()))
        .collect()
}

/// Ties the run to the request before its first batch: one that dies is known to have been for it.
async fn begin(
    order: &Order<'_>,
    asked: &Asked,
    erasure: &Erasure,
    store: &mut Store,
    run: &str,
) -> Result<(), Unerasable> {
    see(order, store).await.map_err(records)?;
    let (program, now) = (&asked.prepared.program, asked.prepared.now);
    let begun = [
        started(order, program, run, now, RunReason::Erasure),
        Record::ErasureBegun {
            erasure: erasure.erasure.clone(),
            database: program.database.clone(),
            run: run.to_owned(),
            rows: asked.touched(),
        },
    ];
    store.append_all(Utc::now(), &begun).await.map_err(records)
}

/// Writes down what was done: what the row is like that was left, then the record; the key is destroyed after it, where
/// nothing stays.
async fn done(
    store: &mut Store,
    asked: &mut Asked,
    erasure: &mut Erasure,
    run: &str,
    (rows, stays): (u64, u64),
) -> Result<(), Unerasable> {
    erasure.left_digest = known::now(asked, erasure).await?;
    store.keep(erasure).map_err(records)?;
    let carried_out = Record::ErasureCarriedOut {
        erasure: erasure.erasure.clone(),
        database: asked.prepared.program.database.clone(),
        run: run.to_owned(),
        rows,
        stays,
        by: operator(),
    };
    let told = store.append(Utc::now(), &carried_out).await;
    told.map_err(records)?;
    if stays == 0 {
        erasure.key = None;
        store.keep(erasure).map_err(records)?;
    }
    Ok(())
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
        Err(error) => {
            return Err(match error.downcast::<UnknownHold>() {
                Ok(unknown) => holds::in_the_way(&database, &unknown),
                Err(error) => Halt::of(error),
            });
        }
    };
    let mut failure = None;
    let mut stopped = false;
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
        stopped = outcome.stopped;
        match result {
            Ok(()) if !stopped => continue,
            Ok(()) => {}
            Err(Failure::Held(unknown)) => {
                last.finish().await.map_err(Halt::Records)?;
                return Err(holds::in_the_way(&database, &unknown));
            }
            Err(Failure::Records(error)) => return Err(Halt::Records(error)),
            Err(other) => failure = Some(other.to_string()),
        }
        break;
    }
    let finished = last.finish().await;
    finished
        .context("failed to write the last receipt")
        .map_err(Halt::Records)?;
    if stopped && touchable(asked).await? > 0 {
        failure = Some("it was stopped by a signal".to_owned());
    }
    Ok(failure)
}

/// Rows that are still to be touched.
async fn touchable(asked: &mut Asked) -> Result<u64, Halt> {
    let mut rows = 0;
    for step in &asked.steps {
        let measured = measure::step(&mut asked.prepared.session, step).await?;
        rows += measured.due + measured.along.iter().map(|(_, _, rows)| rows).sum::<u64>();
    }
    Ok(rows)
}

/// A person's rows are few and far apart.
fn walk(step: &Step) -> Walk {
    Walk::KeyLists(step.target.key.clone())
}
