//! A plan executed on a connection on which the database refuses writes.

use crate::db::Access;
use crate::disposal::{Progress, Rehearse, Walker, run_step};
use crate::schedule::Database;
use crate::state::DigestKey;

use super::Order;
use super::guard::{Approvals, Verdict};
use super::prepare::{Halt, prepare};
use super::report::{DatabaseReport, Effects};
use super::survey::{Depth, Survey, survey};

/// Rehearses one database: the run's path to its last step, which reads.
///
/// # Errors
/// The database cannot be reached or was lost.
pub async fn rehearse(
    order: &Order<'_>,
    database: &Database,
    approvals: &Approvals,
    key: DigestKey,
    progress: &mut impl Progress,
) -> Result<DatabaseReport, Halt> {
    let mut prepared = prepare(order, database, Access::Rehearse).await?;
    let Survey { mut report, walks } =
        survey(order, &mut prepared, approvals, Depth::Run, progress).await?;
    let mut last = Rehearse::new(key, &prepared.program.database, &prepared.plan);
    let dialect = prepared.session.dialect();
    for (step, walk) in prepared.plan.steps.iter().zip(walks) {
        let Some(rule) = report.rules.iter_mut().find(|rule| rule.rule == step.rule) else {
            continue;
        };
        // A rehearsal shows what an approval would permit; what a limit or a key forbids, it shows as forbidden.
        let shown = matches!(
            rule.verdict,
            Verdict::Runs | Verdict::NeedsApproval(_) | Verdict::OverLimit(_)
        );
        if !shown || rule.failure.is_some() {
            continue;
        }
        let limits = prepared
            .program
            .rules
            .iter()
            .find(|one| one.name == step.rule)
            .map_or(crate::schedule::Limits::STANDARD, |one| one.limits);
        let walker = Walker::new(walk.without_passes(), step, limits, dialect);
        let (outcome, result) = run_step(
            &mut prepared.session,
            step,
            walker,
            &mut last,
            order.stop,
            progress,
        )
        .await;
        let place = rule
            .steps
            .iter_mut()
            .find(|one| one.done.is_none() && one.kind == step.kind);
        if let Some(place) = place {
            place.done = Some(Effects::of(&outcome, dialect));
        }
        if let Err(failure) = result {
            rule.failure = Some(failure.to_string());
        }
        if outcome.stopped {
            report.stopped = true;
            break;
        }
    }
    Ok(report)
}
