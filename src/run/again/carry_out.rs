//! An approval, carried out: in a run of its own, batch by batch, each with its receipt.

use anyhow::Context;
use chrono::Utc;

use crate::db::Access;
use crate::disposal::{
    Apply, Failure, Progress, UnknownHold, Walk, Walker, contact, measure, run_step,
};
use crate::plan::Step;
use crate::resolve::BoundRule;
use crate::schedule::{Database, Limits, Mode};
use crate::state::{Ending, Record, RunReason, Sign, Store};

use super::super::enforce::{authority, has_ledger, published, see, started};
use super::super::prepare::{Halt, Prepared, prepare};
use super::super::report::{DatabaseReport, HaltedBy};
use super::super::{Order, holds};
use super::standing::{Open, Standing};
use super::{Again, count, of_rule, rows, steps};

/// After a run of the schedule, told in its report: what somebody has approved goes again. Where the run was halted,
/// whatever halted it forbids this too.
pub async fn again_after(
    order: &Order<'_>,
    database: &Database,
    report: &mut DatabaseReport,
    store: &mut Store,
    progress: &mut impl Progress,
) {
    if report.halted.is_some() || order.stop.requested() {
        return;
    }
    match Box::pin(all(order, database, store, progress)).await {
        Ok(done) => report.again = done,
        Err(halt) => {
            report.halted = Some(halt.to_string());
            report.halted_by = Some(match halt.kind() {
                HaltedBy::Schedule => HaltedBy::Database,
                kind => kind,
            });
        }
    }
}

async fn all(
    order: &Order<'_>,
    database: &Database,
    store: &mut Store,
    progress: &mut impl Progress,
) -> Result<Vec<Again>, Halt> {
    let name = &database.name.value;
    let asked = |rule: &String| order.only_rule.is_none_or(|only| only.contains(rule));
    let mut open = Standing::of(store, name).await?.open;
    open.retain(|rule, _| asked(rule));
    if open.is_empty() {
        return Ok(Vec::new());
    }
    published(order, store).await?;
    let mut prepared = prepare(order, database, Access::Enforce).await?;
    let schema = prepared.catalog.default_schema.clone();
    has_ledger(&mut prepared.session, &schema, database.assurance).await?;
    let acts_as = authority(order, &prepared, "", schema);
    // It may have been put back again since the run of the schedule: then what was approved is void.
    let regression = contact(&mut prepared.session, store, &acts_as, Utc::now()).await;
    regression.map_err(Halt::of)?;
    let mut done = Vec::new();
    for rule in open.into_keys() {
        if order.stop.requested() {
            break;
        }
        // Read again: contact may have found receipts of a run that died.
        let Some(one) = Standing::of(store, name).await?.open.remove(&rule) else {
            continue;
        };
        done.push(under(order, &mut prepared, store, &one, progress).await?);
    }
    Ok(done)
}

fn nothing(rule: &str, why: String) -> Again {
    Again {
        rule: rule.to_owned(),
        run: None,
        rows: 0,
        stays: 0,
        trouble: Some(why),
    }
}

/// Why an approval does not permit what is there.
fn refused(prepared: &Prepared, one: &Open) -> Result<BoundRule, String> {
    let approval = &one.approval;
    let mut rules = prepared.program.rules.iter();
    let Some(rule) = rules.find(|rule| rule.name == approval.rule) else {
        return Err("it does not fit its database, or is not in the schedule any more".to_owned());
    };
    if rule.mode == Mode::Observe {
        return Err("it only observes".to_owned());
    }
    if rule.meaning != approval.meaning {
        return Err("its meaning changed since it was approved".to_owned());
    }
    if rule.schema != approval.schema {
        return Err("its tables changed since it was approved".to_owned());
    }
    if approval.expires <= prepared.now {
        return Err(format!(
            "the approval expired on {}",
            approval.expires.date_naive()
        ));
    }
    Ok(rule.clone())
}

async fn under(
    order: &Order<'_>,
    prepared: &mut Prepared,
    store: &mut Store,
    one: &Open,
    progress: &mut impl Progress,
) -> Result<Again, Halt> {
    let name = &one.approval.rule;
    let rule = match refused(prepared, one) {
        Ok(rule) => rule,
        Err(why) => return Ok(nothing(name, why)),
    };
    if !rule.key_is_proven() {
        let repeated = measure::repeated_keys(&mut prepared.session, &rule).await?;
        if repeated > 0 {
            return Ok(nothing(
                name,
                format!("its declared key stands for more than one row in {repeated} cases"),
            ));
        }
    }
    progress.counting(name);
    let known = of_rule(prepared, store, &rule).await?;
    let steps = steps(prepared, &rule, &known);
    let (own, along) = count(prepared, &steps).await?;
    if own + along > one.left() {
        return Ok(nothing(
            name,
            format!(
                "{} rows would go and {} are approved still: look at it, and approve it anew",
                own + along,
                one.left()
            ),
        ));
    }
    in_a_run(order, prepared, store, (one, &rule, &steps), progress).await
}

/// A run of its own, and the end of the approval.
async fn in_a_run(
    order: &Order<'_>,
    prepared: &mut Prepared,
    store: &mut Store,
    (one, rule, steps): (&Open, &BoundRule, &[Step]),
    progress: &mut impl Progress,
) -> Result<Again, Halt> {
    let run = uuid::Uuid::now_v7().to_string();
    see(order, store).await.map_err(Halt::Records)?;
    let begun = started(
        order,
        &prepared.program,
        &run,
        prepared.now,
        RunReason::Returned,
    );
    store
        .append(Utc::now(), &begun)
        .await
        .map_err(Halt::Records)?;
    let mut done = Again {
        rule: rule.name.clone(),
        run: Some(run.clone()),
        rows: 0,
        stays: 0,
        trouble: None,
    };
    let result = apply(order, prepared, store, steps, &mut done, progress).await;
    let stays = match &result {
        Ok(()) if done.trouble.is_none() => Some(rows(&of_rule(prepared, store, rule).await?)),
        _ => None,
    };
    let mut ends = vec![Record::RunEnded {
        run: run.clone(),
        ending: ending(&result, &done),
        rows: done.rows,
    }];
    if let Some(stays) = stays {
        done.stays = stays;
        ends.push(Record::ReturnErased {
            database: prepared.program.database.clone(),
            rule: rule.name.clone(),
            regression: one.approval.regression,
            run,
            rows: one.done + done.rows,
            stays,
        });
    }
    let now = Utc::now();
    store.append_all(now, &ends).await.map_err(Halt::Records)?;
    store
        .checkpoint(now, Sign::WhatIsNew)
        .await
        .map_err(Halt::Records)?;
    store.intact().map_err(Halt::Records)?;
    result.map(|()| done)
}

fn ending(result: &Result<(), Halt>, done: &Again) -> Ending {
    match result {
        Ok(()) if done.trouble.is_none() => Ending::Finished,
        Ok(()) => Ending::Partial,
        Err(Halt::Held(_)) => Ending::Held,
        Err(_) => Ending::Failed,
    }
}

/// Each handful to its end; once more where rows waited for others of them, as in a tree.
async fn apply(
    order: &Order<'_>,
    prepared: &mut Prepared,
    store: &mut Store,
    steps: &[Step],
    done: &mut Again,
    progress: &mut impl Progress,
) -> Result<(), Halt> {
    let run = done.run.clone().unwrap_or_default();
    let schema = prepared.catalog.default_schema.clone();
    let authority = authority(order, prepared, &run, schema);
    let database = authority.database.clone();
    let limits = authority.limits.clone();
    let session = &mut prepared.session;
    let mut last = match Apply::begin(session, store, authority, Utc::now).await {
        Ok(last) => last,
        Err(error) => {
            return Err(match error.downcast::<UnknownHold>() {
                Ok(unknown) => holds::in_the_way(&database, &unknown),
                Err(error) => Halt::of(error),
            });
        }
    };
    // Put back between the count and here: nothing of what was counted is permitted any more.
    if last.regression().is_some() {
        done.trouble = Some("the database was put back again meanwhile".to_owned());
        return last.finish().await.map_err(Halt::Records);
    }
    let dialect = session.dialect();
    let mut fatal = None;
    'passes: loop {
        let before = done.rows;
        for step in steps {
            let limit = limits.get(&step.rule).copied().unwrap_or(Limits::STANDARD);
            let walk = Walk::KeyLists(step.target.key.clone());
            let walker = Walker::new(walk, step, limit, dialect);
            let (outcome, result) =
                run_step(session, step, walker, &mut last, order.stop, progress).await;
            done.rows += outcome.tally.rows();
            match result {
                Ok(()) if !outcome.stopped => continue,
                Ok(()) => done.trouble = Some("it was stopped by a signal".to_owned()),
                Err(Failure::Held(unknown)) => {
                    fatal = Some(holds::in_the_way(&database, &unknown));
                }
                Err(Failure::Records(error)) => return Err(Halt::Records(error)),
                Err(other) => done.trouble = Some(other.to_string()),
            }
            break 'passes;
        }
        if done.rows == before {
            break;
        }
    }
    let finished = last.finish().await;
    finished
        .context("failed to write the last receipt")
        .map_err(Halt::Records)?;
    fatal.map_or(Ok(()), Err)
}
