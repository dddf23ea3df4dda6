//! A plan executed for real.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::{DateTime, Utc};

use crate::db::{self, Access, Session};
use crate::disposal::{
    self, Apply, Authority, Failure, Progress, Returned, UnknownHold, Walker, contact, hands,
    run_side_by_side, run_step,
};
use crate::ledger;
use crate::plan::Step;
use crate::resolve::Program;
use crate::schedule::{Database, Limits, Purpose, Witness};
use crate::state::{Basis, Ending, Entry, Record, RuleBasis, RunReason, Sign, Store};

use super::again::note_known;
use super::erase::{Resumed, resume};
use super::guard::{Approvals, Verdict};
use super::prepare::{Halt, Prepared, prepare};
use super::report::{DatabaseReport, Effects, HaltedBy, RuleReport};
use super::survey::{Depth, Survey, survey};
use super::{Order, holds};

/// Enforces the schedule on one database.
///
/// # Errors
/// The database cannot be reached, its ledger is missing, or our own records forbid it. What happened to single rules
/// is in the report.
pub async fn enforce(
    order: &Order<'_>,
    database: &Database,
    approvals: &Approvals,
    store: &mut Store,
    reason: RunReason,
    progress: &mut impl Progress,
) -> Result<DatabaseReport, Halt> {
    published(order, store).await?;
    let mut prepared = prepare(order, database, Access::Enforce).await?;
    let schema = prepared.catalog.default_schema.clone();
    has_ledger(&mut prepared.session, &schema, database.assurance).await?;
    let run = uuid::Uuid::now_v7().to_string();
    let authority = authority(order, &prepared, &run, schema);
    // Before anything is counted: what a run that died has left is part of what there is.
    let regression = contact(&mut prepared.session, store, &authority, Utc::now())
        .await
        .map_err(Halt::of)?;
    // Only here: what is destroyed on a clock that runs ahead cannot be brought back, and this one agrees with another.
    store.forget(Utc::now()).map_err(Halt::Records)?;
    let (came_back, erased_again) = match &regression {
        None => (Vec::new(), Vec::new()),
        Some(_) => put_back(order, database, &mut prepared, store, progress).await?,
    };
    let Survey { mut report, walks } =
        survey(order, &mut prepared, approvals, Depth::Run, progress).await?;
    report.regression = regression;
    report.returned = came_back;
    report.erased_again = erased_again;
    if over_limit(&report) {
        report.halted = Some(
            "a limit was exceeded, so nothing was touched: look at the plan, then raise the limit in the schedule"
                .to_owned(),
        );
        report.halted_by = Some(HaltedBy::Limit);
    }
    let runs = |rule: &RuleReport| rule.verdict == Verdict::Runs;
    if report.halted.is_some() || report.stopped || !report.rules.iter().any(runs) {
        still_there(&mut prepared, store, &mut report).await;
        sign(store).await?;
        return Ok(report);
    }
    report.run = Some(run.clone());
    see(order, store).await.map_err(Halt::Records)?;
    let started = started(order, &prepared.program, &run, prepared.now, reason);
    store
        .append(Utc::now(), &started)
        .await
        .map_err(Halt::Records)?;
    let result = all_steps(
        order,
        &mut prepared,
        &mut report,
        walks,
        store,
        authority,
        progress,
    )
    .await;
    if result.is_ok() {
        still_there(&mut prepared, store, &mut report).await;
        report.left_behind = left_behind(&mut prepared.session).await;
    }
    let ending = ending(&report, &result);
    let ended = Record::RunEnded {
        run,
        ending,
        rows: report.rows_done(),
    };
    let ended = match store.append(Utc::now(), &ended).await {
        Ok(()) => sign(store).await,
        Err(error) => Err(Halt::Records(error)),
    };
    if let Err(halt) = result.and(ended) {
        halted(&mut report, &halt);
    }
    Ok(report)
}

/// What came back with a database that went back in time, and what of it was erased again: by key and by what stood in
/// the row, for people who had asked for it. That counts in no limit of a rule.
async fn put_back(
    order: &Order<'_>,
    database: &Database,
    prepared: &mut Prepared,
    store: &mut Store,
    progress: &mut impl Progress,
) -> Result<(Vec<Returned>, Vec<Resumed>), Halt> {
    let session = &mut prepared.session;
    let back = disposal::returned(session, store, &database.name, Utc::now()).await;
    let back = back.map_err(Halt::of)?;
    let again = resume(order, database, store, progress).await;
    Ok((back, again.map_err(Halt::Records)?))
}

/// What came back and is still there: the schedule in force does not have it due. Where that cannot be asked any more the
/// run has ended well all the same.
async fn still_there(prepared: &mut Prepared, store: &mut Store, report: &mut DatabaseReport) {
    if report.returned.is_empty() {
        return;
    }
    let (database, all) = (report.database.clone(), &mut report.returned);
    let left = disposal::left(&mut prepared.session, store, &database, all, Utc::now()).await;
    let told = match left {
        Ok(()) => note_known(prepared, store, report).await,
        Err(error) => Err(Halt::of(error)),
    };
    if let Err(why) = told {
        tracing::warn!("what came back could not be looked for again: {why}");
    }
}

/// A run ends with a checkpoint over what it has told.
async fn sign(store: &mut Store) -> Result<(), Halt> {
    let signed = store.checkpoint(Utc::now(), Sign::WhatIsNew).await;
    signed.map_err(Halt::Records)?;
    // Also where only a file beside the log was not made durable: this process may not go on as if all were well.
    store.intact().map_err(Halt::Records)
}

/// Where the schedule wants the evidence elsewhere before more is done, it must be there.
pub(super) async fn published(order: &Order<'_>, store: &mut Store) -> Result<(), Halt> {
    let Some(within) = order.schedule.require_published else {
        return Ok(());
    };
    match store.is_published_within(within, Utc::now()).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Halt::Unpublished),
        Err(error) => Err(Halt::Records(error)),
    }
}

pub(super) async fn has_ledger(
    session: &mut Session,
    schema: &str,
    witness: Witness,
) -> Result<(), Halt> {
    if !witness.is_ledger() {
        return Ok(());
    }
    let applied = ledger::applied(session, schema)
        .await
        .map_err(|trouble| trouble.doing_in("reading the ledger's tables"))?;
    if applied { Ok(()) } else { Err(Halt::NoLedger) }
}

/// What was done until then is in the report, and has its receipts.
fn halted(report: &mut DatabaseReport, halt: &Halt) {
    report.halted = Some(match halt.advice() {
        Some(advice) => format!("{halt}; {advice}"),
        None => halt.to_string(),
    });
    report.halted_by = Some(halt.kind());
}

/// What keeps removed rows readable in the database's own files.
pub(super) async fn left_behind(session: &mut Session) -> Option<String> {
    match session.settle().await {
        Ok(true) => None,
        Ok(false) => Some(
            "another connection reads an old state of the file, so removed rows stay in its write-ahead log until a \
             later run finds it free"
                .to_owned(),
        ),
        Err(trouble) => Some(format!("{trouble}; removed rows may stay in it")),
    }
}

fn over_limit(report: &DatabaseReport) -> bool {
    report
        .rules
        .iter()
        .any(|rule| matches!(rule.verdict, Verdict::OverLimit(_)))
}

/// Writes down what this version of the schedule says of its rules, once.
pub(super) async fn see(order: &Order<'_>, store: &mut Store) -> anyhow::Result<()> {
    let fingerprint = order.schedule.fingerprint();
    let seen = store.records(&["schedule-seen"]).await?;
    let is_this = |entry: &Entry| matches!(&entry.record, Record::ScheduleSeen { schedule, .. } if *schedule == fingerprint);
    if seen.iter().any(is_this) {
        return Ok(());
    }
    let rules = order.schedule.rules.iter().map(|rule| RuleBasis {
        rule: rule.name.value.clone(),
        purposes: rule.purposes.iter().map(basis).collect(),
    });
    let record = Record::ScheduleSeen {
        schedule: fingerprint,
        rules: rules.collect(),
    };
    store.append(Utc::now(), &record).await
}

fn basis(purpose: &Purpose) -> Basis {
    Basis {
        name: purpose.name.value.clone(),
        ground: purpose.legal.ground.clone(),
        citation: purpose.legal.citation.clone(),
    }
}

pub(super) fn started(
    order: &Order<'_>,
    program: &Program,
    run: &str,
    now: DateTime<Utc>,
    reason: RunReason,
) -> Record {
    Record::RunStarted {
        run: run.to_owned(),
        database: program.database.clone(),
        reason,
        by: crate::state::operator(),
        now,
        schedule: order.schedule.fingerprint(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

pub(super) fn authority(
    order: &Order<'_>,
    prepared: &Prepared,
    run: &str,
    schema: String,
) -> Authority {
    let program = &prepared.program;
    let by_rule = |rule: &crate::resolve::BoundRule| (rule.name.clone(), rule.schema);
    let limits: BTreeMap<String, Limits> = program
        .rules
        .iter()
        .map(|rule| (rule.name.clone(), rule.limits))
        .collect();
    Authority {
        run: run.to_owned(),
        database: program.database.clone(),
        others: order
            .schedule
            .databases
            .keys()
            .filter(|name| **name != program.database)
            .cloned()
            .collect(),
        schema,
        schedule: order.schedule.fingerprint(),
        schemas: program.rules.iter().map(by_rule).collect(),
        limits,
        weaker: program
            .rules
            .iter()
            .filter(|rule| rule.cannot_roll_back())
            .map(|rule| rule.name.clone())
            .collect(),
        holds: prepared.holds.iter().map(|one| one.hold.clone()).collect(),
        witness: order
            .schedule
            .databases
            .get(&program.database)
            .map_or(Witness::Ledger, |database| database.assurance),
    }
}

async fn all_steps(
    order: &Order<'_>,
    prepared: &mut Prepared,
    report: &mut DatabaseReport,
    walks: Vec<crate::disposal::Walk>,
    store: &mut Store,
    authority: Authority,
    progress: &mut impl Progress,
) -> Result<(), Halt> {
    let limits = authority.limits.clone();
    let session: &mut Session = &mut prepared.session;
    let mut last = match Apply::begin(session, store, authority, Utc::now).await {
        Ok(last) => last,
        Err(error) => {
            return Err(match error.downcast::<UnknownHold>() {
                Ok(unknown) => holds::in_the_way(&report.database, &unknown),
                Err(error) => Halt::of(error),
            });
        }
    };
    if let Some(lost) = last.regression() {
        report.regression = Some(lost.clone());
    }
    let dialect = session.dialect();
    let mut others = Vec::new();
    let mut fatal = None;
    for (step, walk) in prepared.plan.steps.iter().zip(walks) {
        if !acts(report, step) {
            continue;
        }
        let limit = limits.get(&step.rule).copied().unwrap_or(Limits::STANDARD);
        let walker = Walker::new(walk, step, limit, dialect);
        let more = hands(step, limit.workers, due(report, step), dialect) - 1;
        connect(order, &report.database, &mut others, more).await;
        let more = more.min(others.len());
        let (outcome, result) = if more > 0 {
            let all = (&mut *session, &mut others[..more]);
            let apply = (&mut last, limit.workers);
            run_side_by_side(all, step, walker, apply, order.stop, progress).await
        } else {
            run_step(session, step, walker, &mut last, order.stop, progress).await
        };
        note(report, step, &outcome, session.dialect());
        if let Err(failure) = result {
            fatal = fail(report, step, failure);
        }
        if outcome.stopped {
            report.stopped = true;
        }
        if outcome.stopped || fatal.is_some() {
            break;
        }
    }
    let finished = last
        .finish()
        .await
        .context("failed to write the last receipt");
    match (fatal, finished) {
        (Some(halt), _) => Err(halt),
        (None, Err(error)) => Err(Halt::Records(error)),
        (None, Ok(())) => Ok(()),
    }
}

/// Opens connections until there are so many. A server that gives none is no reason not to run: it is slower.
async fn connect(order: &Order<'_>, name: &str, others: &mut Vec<Session>, wanted: usize) {
    let Some(database) = order.schedule.databases.get(name) else {
        return;
    };
    while others.len() < wanted {
        match db::open(database, order.base, Access::Enforce).await {
            Ok(session) => others.push(session),
            Err(trouble) => {
                tracing::info!(
                    database = name,
                    "the run goes on with fewer connections: {trouble}"
                );
                return;
            }
        }
    }
}

/// The rows of a step that were due when they were counted.
fn due(report: &DatabaseReport, step: &Step) -> u64 {
    let rules = report.rules.iter().filter(|rule| rule.rule == step.rule);
    let steps = rules.flat_map(|rule| &rule.steps);
    let mut open = steps.filter(|one| one.done.is_none() && one.kind == step.kind);
    open.next().map_or(0, |one| one.due)
}

fn acts(report: &DatabaseReport, step: &Step) -> bool {
    report.rules.iter().any(|rule| {
        rule.rule == step.rule && rule.verdict == Verdict::Runs && rule.failure.is_none()
    })
}

fn note(
    report: &mut DatabaseReport,
    step: &Step,
    outcome: &crate::disposal::StepOutcome,
    dialect: crate::sql::Dialect,
) {
    let place = report
        .rules
        .iter_mut()
        .filter(|rule| rule.rule == step.rule)
        .flat_map(|rule| &mut rule.steps)
        .find(|one| one.done.is_none() && one.kind == step.kind);
    if let Some(place) = place {
        place.done = Some(Effects::of(outcome, dialect));
    }
}

/// Notes a rule's failure; gives back what ends the whole run, which is nobody's failure in particular.
fn fail(report: &mut DatabaseReport, step: &Step, failure: Failure) -> Option<Halt> {
    let told = failure.to_string();
    match failure {
        Failure::Records(error) => return Some(Halt::Records(error)),
        Failure::Trouble(trouble) if trouble.is_lost() => return Some(Halt::Trouble(trouble)),
        Failure::Held(unknown) => {
            return Some(holds::in_the_way(&report.database, &unknown));
        }
        Failure::Trouble(_) | Failure::Untrue(_) => {}
    }
    let mine = |rule: &&mut RuleReport| rule.rule == step.rule;
    for rule in report.rules.iter_mut().filter(mine) {
        rule.failure = Some(told.clone());
    }
    None
}

fn ending(report: &DatabaseReport, result: &Result<(), Halt>) -> Ending {
    if matches!(result, Err(Halt::Held(_))) {
        Ending::Held
    } else if result.is_err() {
        Ending::Failed
    } else if report.stopped {
        Ending::Stopped
    } else if report.is_whole() {
        Ending::Finished
    } else {
        Ending::Partial
    }
}
