//! Erasing what is a person's, because the person asks for it.
//!
//! The same steps, predicates, locks and batches as a run of the schedule, over a program in which only the person's rows
//! are due and only statutory minimums have to end (`plan/predicate/scope.rs`). Holds win. What it may touch is confirmed
//! by its number, row for row, before the first one.

mod carry_out;
mod left;
mod pending;

use std::future::Future;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::db::Access;
use crate::disposal::{compiles, measure};
use crate::plan::{Plan, Step};
use crate::resolve::{BoundRule, Request, row_key};
use crate::schedule::{Database, Mode};
use crate::sql::{Expr, Item, Lock, select};

use super::Order;
use super::prepare::{Halt, Prepared, prepare};

pub use carry_out::{CarriedOut, Confirmed, carry_out};
pub use left::{Left, LeftBecause};
pub use pending::{Resumed, resume};

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
/// row.
pub async fn ask(
    order: &Order<'_>,
    database: &Database,
    access: Access,
    rule: &str,
    key: &[String],
) -> Result<Asked, Unerasable> {
    let mut prepared = prepare(order, database, access).await?;
    requested(order, &mut prepared, rule, key)?;
    let bound = bound_rule(&prepared, rule)?.clone();
    if !is_there(&mut prepared, &bound).await? {
        return Err(Unerasable::NoRow);
    }
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
    prepared.program.request = Some(Request {
        rule: rule.to_owned(),
        row,
        with,
    });
    prepared.plan = Plan::of(&prepared.program, prepared.now);
    Ok(())
}

async fn is_there(prepared: &mut Prepared, rule: &BoundRule) -> Result<bool, Unerasable> {
    let Some(request) = &prepared.program.request else {
        return Ok(false);
    };
    let (row, table) = (request.row.clone(), &rule.table.name);
    Ok(measure::rows_that(&mut prepared.session, table, &row).await? > 0)
}

/// What hangs from the person's row before that row, which leads to it.
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
    first.extend(last);
    first
}

/// The values of rows as text, one after the other.
async fn texts(
    prepared: &mut Prepared,
    rule: &BoundRule,
    columns: &[String],
    condition: &Expr,
    mut each: impl FnMut(Vec<Option<String>>),
) -> Result<(), Halt> {
    let items: Vec<Item> = columns
        .iter()
        .map(|name| Item::Text(Expr::column(crate::sql::Alias::ROW, name)))
        .collect();
    let dialect = prepared.session.dialect();
    let sql = select(
        dialect,
        &rule.table.name,
        &items,
        condition,
        None,
        None,
        Lock::None,
    );
    let told = prepared.session.each_row(&sql, |row| {
        each(
            row.iter()
                .map(|value| value.as_text().map(str::to_owned))
                .collect(),
        );
    });
    told.await?;
    Ok(())
}

/// A future that is kept on the heap: what a batch needs is large.
fn boxed<'a, T>(
    future: impl Future<Output = T> + 'a,
) -> std::pin::Pin<Box<dyn Future<Output = T> + 'a>> {
    Box::pin(future)
}
