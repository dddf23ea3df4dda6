//! What came back with a database that was put back, and that the schedule in force does not have due: known again by key
//! and content, and removed again once somebody has approved it.
//!
//! Apart from the run of the schedule, because the schedule does not ask for it; apart from `erase`, because no person
//! does. It takes the same way as a request: only these rows are due, statutory minimums must have ended, holds win, and
//! children are decided as the schedule in force says (`plan/predicate/scope.rs`). Each approval is for one regression and
//! a number of rows, and ends when it was carried out.

mod carry_out;
mod standing;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::db::Access;
use crate::disposal::{Known, compiles, known, measure};
use crate::plan::{Step, StepKind, steps_of};
use crate::resolve::{BoundRule, Request};
use crate::schedule::{Database, Mode};
use crate::state::{ReturnApproval, Store};

use super::prepare::{Halt, Prepared, prepare};
use super::{DatabaseReport, Order};

pub use carry_out::again_after;
use standing::Standing;

/// So many rows are one condition, and at most one batch: it names the values of each.
const ROWS_AT_ONCE: usize = 50;

/// What was done under an approval.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Again {
    pub rule: String,
    pub run: Option<String>,
    /// Rows that went, children included.
    pub rows: u64,
    /// Rows that are known again and stay.
    pub stays: u64,
    /// Why not more; in one sentence.
    pub trouble: Option<String>,
}

/// What there is of one rule.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Came {
    pub database: String,
    pub rule: String,
    pub table: String,
    /// The number of the record that tells of the regression, and when it was found.
    pub regression: u64,
    pub found_at: DateTime<Utc>,
    /// Rows that are known again.
    pub known: u64,
    /// Rows that would go, children included.
    pub touched: u64,
    /// Rows that are known again and would stay: a minimum, a hold or a child keeps them.
    pub stays: u64,
    #[serde(skip)]
    pub approval: ReturnApproval,
}

/// What came back with a database and is known again, rule by rule; `None`: the database was never put back.
///
/// # Errors
/// The database cannot be reached, or our own records cannot be read.
pub async fn look(
    order: &Order<'_>,
    database: &Database,
    store: &mut Store,
) -> Result<Option<Vec<Came>>, Halt> {
    let standing = Standing::of(store, &database.name.value).await?;
    let Some((regression, found_at)) = standing.regression else {
        return Ok(None);
    };
    let mut prepared = prepare(order, database, Access::Rehearse).await?;
    let rules = prepared.program.rules.clone();
    let mut all = Vec::new();
    for rule in &rules {
        let known = of_rule(&mut prepared, store, rule).await?;
        if known.is_empty() {
            continue;
        }
        let steps = steps(&mut prepared, rule, &known);
        let (own, along) = count(&mut prepared, &steps).await?;
        let rows = rows(&known);
        all.push(Came {
            database: database.name.value.clone(),
            rule: rule.name.clone(),
            table: prepared.session.dialect().shown(&rule.table.name),
            regression,
            found_at,
            known: rows,
            touched: own + along,
            stays: rows.saturating_sub(own),
            approval: ReturnApproval {
                database: database.name.value.clone(),
                rule: rule.name.clone(),
                regression,
                meaning: rule.meaning,
                schema: rule.schema,
                rows_max: own + along,
                expires: found_at,
                by: crate::state::operator(),
            },
        });
    }
    Ok(Some(all))
}

/// Tells in the report of the first run after a restore how much of what is left is known again.
pub(super) async fn note_known(
    prepared: &mut Prepared,
    store: &mut Store,
    report: &mut DatabaseReport,
) -> Result<(), Halt> {
    for one in &mut report.returned {
        let rules = &prepared.program.rules;
        let of_table = |rule: &&BoundRule| rule.table.name.to_string() == one.table;
        let Some(rule) = rules.iter().find(of_table).cloned() else {
            continue;
        };
        if one.left.is_some_and(|left| left > 0) {
            let known = of_rule(prepared, store, &rule).await?;
            one.known_again = Some(rows(&known));
        }
    }
    Ok(())
}

async fn of_rule(
    prepared: &mut Prepared,
    store: &mut Store,
    rule: &BoundRule,
) -> Result<Vec<Known>, Halt> {
    if rule.mode == Mode::Observe {
        return Ok(Vec::new());
    }
    let database = prepared.program.database.clone();
    let found = known(&mut prepared.session, store, &database, rule, Utc::now()).await;
    found.map_err(Halt::of)
}

fn rows(known: &[Known]) -> u64 {
    known.iter().map(|one| one.len() as u64).sum()
}

/// The rule's own step over these rows, a handful at a time.
pub fn steps(prepared: &mut Prepared, rule: &BoundRule, known: &[Known]) -> Vec<Step> {
    let dialect = prepared.session.dialect();
    let mut all = Vec::new();
    for row in known
        .iter()
        .flat_map(|one| one.conditions(ROWS_AT_ONCE, dialect))
    {
        prepared.program.request = Some(Request {
            rule: rule.name.clone(),
            row,
            with: Vec::new(),
        });
        let steps = steps_of(&prepared.program, rule, prepared.now).into_iter();
        let own = steps.filter(|step| step.kind == StepKind::Disposition);
        all.extend(own.map(|step| Step {
            kind: StepKind::Returned,
            // Nothing else goes in this run.
            preview: step.condition.clone(),
            ..step
        }));
    }
    prepared.program.request = None;
    all
}

/// How many rows would go, and how many along with them.
async fn count(prepared: &mut Prepared, steps: &[Step]) -> Result<(u64, u64), Halt> {
    let (mut own, mut along) = (0, 0);
    for step in steps {
        compiles(&mut prepared.session, step).await?;
        let measured = measure::step(&mut prepared.session, step).await?;
        own += measured.due;
        along += measured.touched() - measured.due;
    }
    Ok((own, along))
}
