//! Erasing what is a person's, because the person asks for it.
//!
//! The same steps, predicates, locks and batches as a run of the schedule, over a program in which only the person's rows
//! are due and only statutory minimums have to end (`plan/predicate/scope.rs`). Holds win. What it may touch is confirmed
//! by its number, row for row, before the first one.

mod carry_out;
mod known;
mod left;
mod pending;

use std::future::Future;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::db::Access;
use crate::disposal::{compiles, measure};
use crate::plan::predicate::ways_within;
use crate::plan::{Plan, Step, unreached};
use crate::resolve::{BoundRule, Request, row_key};
use crate::schedule::{Database, Mode};

use super::Order;
use super::prepare::{Halt, Prepared, prepare};

pub use carry_out::{CarriedOut, Confirmed, carry_out};
pub use known::remember;
pub use left::{Left, LeftBecause};
pub use pending::{Resumed, end_of_begun, resume, resume_after};

/// Why nobody can be erased so.
#[derive(Debug)]
pub enum Unerasable {
    Halt(Halt),
    /// What was asked for does not fit; in one sentence.
    Unfit(String),
    /// The key is that of no row.
    NoRow,
    /// So many rows would be touched, and another number was confirmed.
    NotConfirmed(u64),
    /// The row with the key has other values than when the request was taken in.
    Changed,
}

impl<E: Into<Halt>> From<E> for Unerasable {
    fn from(error: E) -> Self {
        Self::Halt(error.into())
    }
}

/// Rows of one table that are erased, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Erased {
    pub table: String,
    /// "deleted", "anonymised", "detached".
    pub effect: String,
    pub rows: u64,
}

/// A person's rows in a database, found and counted.
pub struct Asked {
    /// With a program and a plan that know the request.
    pub prepared: Prepared,
    /// The rule whose row stands for the person.
    pub rule: String,
    /// In the order in which they run.
    pub steps: Vec<Step>,
    pub erased: Vec<Erased>,
    /// Rows of the rules themselves, without what goes along with them.
    pub own: u64,
    pub left: Vec<Left>,
}

impl Asked {
    /// All rows that would be touched.
    #[must_use]
    pub fn touched(&self) -> u64 {
        self.erased.iter().map(|one| one.rows).sum()
    }

    /// The moment that counts as now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.prepared.now
    }
}

/// Finds and counts what is a person's, and what of it stays.
///
/// # Errors
/// The database cannot be reached, or a rule does not fit it; the rule's rows stand for nobody, or the key is that of no
/// row, or of several.
pub async fn ask(
    order: &Order<'_>,
    database: &Database,
    access: Access,
    rule: &str,
    key: &[String],
) -> Result<Asked, Unerasable> {
    let prepared = prepare(order, database, access).await?;
    ask_of(order, prepared, rule, key).await
}

/// The same of a database that is prepared already.
async fn ask_of(
    order: &Order<'_>,
    mut prepared: Prepared,
    rule: &str,
    key: &[String],
) -> Result<Asked, Unerasable> {
    requested(order, &mut prepared, rule, key)?;
    let bound = bound_rule(&prepared, rule)?.clone();
    match rows_of(&mut prepared, &bound).await? {
        0 => return Err(Unerasable::NoRow),
        1 => {}
        several => {
            let why = format!(
                "the key is that of {several} rows: nobody can tell which of them is meant"
            );
            return Err(Unerasable::Unfit(why));
        }
    }
    whose_keys(&mut prepared).await?;
    let steps = steps(&prepared, rule);
    let (mut erased, mut own) = (Vec::new(), 0);
    for step in &steps {
        compiles(&mut prepared.session, step).await?;
        let measured = measure::step(&mut prepared.session, step).await?;
        let dialect = prepared.session.dialect();
        let table = dialect.shown(&step.target.table);
        note(&mut erased, &table, step.action.word(), measured.due);
        own += measured.due;
        for (table, effect, rows) in &measured.along {
            note(&mut erased, table, effect, *rows);
        }
    }
    let left = left::left(&mut prepared, left::Moment::Before).await?;
    Ok(Asked {
        prepared,
        rule: rule.to_owned(),
        steps,
        erased,
        own,
        left,
    })
}

fn note(erased: &mut Vec<Erased>, table: &str, effect: &str, rows: u64) {
    if rows == 0 {
        return;
    }
    let same = |one: &&mut Erased| one.table == table && one.effect == effect;
    match erased.iter_mut().find(same) {
        Some(one) => one.rows += rows,
        None => erased.push(Erased {
            table: table.to_owned(),
            effect: effect.to_owned(),
            rows,
        }),
    }
}

fn bound_rule<'a>(prepared: &'a Prepared, rule: &str) -> Result<&'a BoundRule, Unerasable> {
    let mut rules = prepared.program.rules.iter();
    rules.find(|one| one.name == rule).ok_or_else(|| {
        Unerasable::Unfit(format!(
            "the rule {rule} does not fit its database; `check --connect` says why"
        ))
    })
}

/// Makes the program one in which only the person's rows are due.
fn requested(
    order: &Order<'_>,
    prepared: &mut Prepared,
    rule: &str,
    key: &[String],
) -> Result<(), Unerasable> {
    let erasure = order
        .schedule
        .rule(rule)
        .and_then(|rule| rule.erasure.as_ref());
    let Some(erasure) = erasure else {
        return Err(Unerasable::Unfit(format!(
            "the schedule does not say that rows of the rule {rule} stand for people; write erasure = {{ with = [\"…\"] }} \
             there, with the rules whose rows are theirs"
        )));
    };
    let bound = bound_rule(prepared, rule)?;
    if bound.mode == Mode::Observe {
        return Err(Unerasable::Unfit(format!("the rule {rule} only observes")));
    }
    let row = row_key::condition(&bound.key, key, prepared.program.dialect)
        .map_err(|fault| Unerasable::Unfit(fault.sentence))?;
    let with: Vec<String> = erasure.with.iter().map(|one| one.value.clone()).collect();
    for other in &with {
        bound_rule(prepared, other)?;
    }
    if let Some(apart) = unreached(&prepared.program, rule, &with).first() {
        return Err(Unerasable::Unfit(apart_from(rule, apart)));
    }
    prepared.program.request = Some(Request {
        rule: rule.to_owned(),
        row,
        with,
    });
    prepared.plan = Plan::of(&prepared.program, prepared.now);
    Ok(())
}

/// What is said of a rule whose rows hang from nobody's.
pub(super) fn apart_from(root: &str, rule: &str) -> String {
    format!(
        "rows of the rule {rule} do not hang from those of the rule {root}: no reference leads there over the rules that \
         `with` names, so none of them would ever be erased"
    )
}

/// How many rows have the person's key.
async fn rows_of(prepared: &mut Prepared, rule: &BoundRule) -> Result<u64, Unerasable> {
    let Some(request) = &prepared.program.request else {
        return Ok(0);
    };
    let (row, table) = (request.row.clone(), &rule.table.name);
    Ok(measure::rows_that(&mut prepared.session, table, &row).await?)
}

/// A declared key names one row each, as a run asks for it too: else rows of others could go, or some could not.
async fn whose_keys(prepared: &mut Prepared) -> Result<(), Unerasable> {
    let Some(request) = prepared.program.request.clone() else {
        return Ok(());
    };
    for rule in &prepared.program.rules {
        if !request.is_about(&rule.name) || rule.key_is_proven() {
            continue;
        }
        let repeated = measure::repeated_keys(&mut prepared.session, rule).await?;
        if repeated > 0 {
            return Err(Unerasable::Unfit(format!(
                "the key that the schedule declares for the rule {} is not unique, or NULL, in {repeated} places: a row \
                 that is erased must have one of its own",
                rule.name
            )));
        }
    }
    Ok(())
}

/// What hangs from the person's row before that row, which leads to it; what a step would cut off comes before it.
fn steps(prepared: &Prepared, root: &str) -> Vec<Step> {
    let Some(request) = &prepared.program.request else {
        return Vec::new();
    };
    let acts = |step: &&Step| request.is_about(&step.rule) && step.mode == Mode::Enforce;
    let (last, mut first): (Vec<Step>, Vec<Step>) = prepared
        .plan
        .steps
        .iter()
        .filter(acts)
        .cloned()
        .partition(|step| step.rule == root);
    let mut sorted = Vec::new();
    while !first.is_empty() {
        let waits = |step: &Step| {
            let mut others = first.iter();
            others.any(|other| other.rule != step.rule && leads_to(prepared, step, other))
        };
        let next = first.iter().position(|step| !waits(step)).unwrap_or(0);
        sorted.push(first.remove(next));
    }
    sorted.extend(last);
    sorted
}

/// Rows of the one rule are found by way of those of the other.
fn leads_to(prepared: &Prepared, above: &Step, below: &Step) -> bool {
    let rules = &prepared.program;
    let (Some(above), Some(below)) = (rules.rule(&above.rule), rules.rule(&below.rule)) else {
        return false;
    };
    let mut ways = ways_within(rules, below).into_iter();
    ways.any(|way| way.parent.name == above.name)
}

/// A future that is kept on the heap: what a batch needs is large.
fn boxed<'a, T>(
    future: impl Future<Output = T> + 'a,
) -> std::pin::Pin<Box<dyn Future<Output = T> + 'a>> {
    Box::pin(future)
}
