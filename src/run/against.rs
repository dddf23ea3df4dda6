//! What a changed schedule does to the rows that the old one covered, counted by the database.
//!
//! Both schedules are matched with the same catalogue and asked of the same rows at the same moment: the difference is
//! in the rules alone.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value as Json;

use crate::catalog::{Catalog, TableName};
use crate::db::{Access, Session, Trouble};
use crate::diagnostic::Faults;
use crate::plan::predicate::Predicates;
use crate::plan::{Plan, StepKind};
use crate::resolve::{BoundRule, Program, resolve};
use crate::schedule::{Database, Purpose, Rule, Schedule};
use crate::sql::{Alias, Expr, Is, Item, Lock, Value, select};

use super::prepare::{Halt, prepare};
use super::{Order, lengths, oldest};

/// Two schedules compared on one database.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Comparison {
    pub database: String,
    pub now: DateTime<Utc>,
    pub tables: Vec<Compared>,
    /// Why nothing could be compared.
    pub halted: Option<String>,
}

/// The rules of one table.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Compared {
    pub table: String,
    /// The rule of the old schedule.
    pub before: Option<String>,
    /// The rule of the new schedule.
    pub after: Option<String>,
    pub change: Change,
    /// What differs, as the schedule calls it.
    pub differs: Vec<String>,
    /// `None`: it cannot be counted, because one of the rules does not fit the database.
    pub rows: Option<Moved>,
}

/// What became of the rule of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    Same,
    Changed,
    Renamed,
    Added,
    Removed,
}

/// Rows that the change moves.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Moved {
    /// Due now, and not before.
    pub more_due: u64,
    /// Since when the first of these has been due.
    pub more_due_since: Option<DateTime<Utc>>,
    /// Due before, and not now.
    pub fewer_due: u64,
    /// When the first of these is due again.
    pub fewer_due_until: Option<DateTime<Utc>>,
    /// Certainly covered by a purpose before, and not now.
    pub covered_no_more: u64,
    /// Certainly covered now, and not before.
    pub newly_covered: u64,
}

impl Comparison {
    /// Of a database that could not be asked.
    #[must_use]
    pub fn halted(database: &str, now: DateTime<Utc>, why: &str) -> Self {
        Self {
            database: database.to_owned(),
            now,
            tables: Vec::new(),
            halted: Some(why.to_owned()),
        }
    }
}

/// One of the two schedules on this database.
struct Side<'a> {
    schedule: &'a Schedule,
    program: &'a Program,
    plan: &'a Plan,
}

/// Compares a schedule with an older one, on a connection on which the database refuses writes.
///
/// # Errors
/// The database cannot be reached or was lost.
pub async fn against(
    order: &Order<'_>,
    old: &Schedule,
    database: &Database,
) -> Result<(Comparison, Faults), Halt> {
    let mut prepared = prepare(order, database, Access::Rehearse).await?;
    let dialect = prepared.session.dialect();
    let mut before = match old.databases.get(&database.name.value) {
        Some(place) => resolve(old, place, &prepared.catalog, dialect).program,
        None => Program {
            database: database.name.value.clone(),
            dialect,
            rules: Vec::new(),
            request: None,
        },
    };
    lengths::learn(&mut prepared.session, &mut before).await?;
    let before_plan = Plan::of(&before, prepared.now);
    let sides = (
        Side {
            schedule: old,
            program: &before,
            plan: &before_plan,
        },
        Side {
            schedule: order.schedule,
            program: &prepared.program,
            plan: &prepared.plan,
        },
    );
    let mut tables = Vec::new();
    for name in tables_of(&sides, database, &prepared.catalog) {
        let session = &mut prepared.session;
        tables.push(one_table(session, &sides, database, &prepared.catalog, &name).await?);
    }
    let comparison = Comparison {
        database: database.name.value.clone(),
        now: prepared.now,
        tables,
        halted: None,
    };
    Ok((comparison, prepared.faults))
}

/// The tables of either schedule's rules, the new one's first; by the name that was written where the catalogue has
/// none.
fn tables_of(sides: &(Side<'_>, Side<'_>), database: &Database, catalog: &Catalog) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for side in [&sides.1, &sides.0] {
        for rule in side.schedule.rules_of(&database.name.value) {
            let name = written(catalog, rule);
            if !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

fn written(catalog: &Catalog, rule: &Rule) -> String {
    catalog.table(&rule.table.value).map_or_else(
        || rule.table.value.clone(),
        |table| catalog.written(&table.name),
    )
}

impl<'a> Side<'a> {
    fn rule(&self, database: &Database, catalog: &Catalog, table: &str) -> Option<&'a Rule> {
        let mut rules = self.schedule.rules.iter();
        rules.find(|rule| {
            rule.database.value == database.name.value && written(catalog, rule) == table
        })
    }

    /// `Err`: there is a rule and it does not fit the database.
    fn bound(&self, rule: Option<&Rule>) -> Result<Option<&'a BoundRule>, ()> {
        let Some(rule) = rule else {
            return Ok(None);
        };
        let mut rules = self.program.rules.iter();
        rules
            .find(|bound| bound.name == rule.name.value)
            .map(Some)
            .ok_or(())
    }

    /// The rows that the rule's disposition would touch.
    fn touched(&self, rule: Option<&BoundRule>) -> Expr {
        let step = rule.and_then(|rule| {
            let mut steps = self.plan.steps.iter();
            steps.find(|step| step.rule == rule.name && step.kind == StepKind::Disposition)
        });
        step.map_or(Expr::Truth(false), |step| step.preview.clone())
    }
}

async fn one_table(
    session: &mut Session,
    (before, after): &(Side<'_>, Side<'_>),
    database: &Database,
    catalog: &Catalog,
    name: &str,
) -> Result<Compared, Trouble> {
    let old = before.rule(database, catalog, name);
    let new = after.rule(database, catalog, name);
    let differs = differences(old, new);
    let change = match (old, new) {
        (None, _) => Change::Added,
        (_, None) => Change::Removed,
        (Some(old), Some(new)) if old.name.value != new.name.value => Change::Renamed,
        _ if differs.is_empty() => Change::Same,
        _ => Change::Changed,
    };
    let rows = match (before.bound(old), after.bound(new), catalog.table(name)) {
        (Ok(was), Ok(is), Some(table)) => {
            let touched = (before.touched(was), after.touched(is));
            Some(moved(session, &table.name, (was, is), touched).await?)
        }
        _ => None,
    };
    Ok(Compared {
        table: name.to_owned(),
        before: old.map(|rule| rule.name.value.clone()),
        after: new.map(|rule| rule.name.value.clone()),
        change,
        differs,
        rows,
    })
}

async fn moved(
    session: &mut Session,
    table: &TableName,
    (was, is): (Option<&BoundRule>, Option<&BoundRule>),
    (due_before, due_now): (Expr, Expr),
) -> Result<Moved, Trouble> {
    let covered = |rule: Option<&BoundRule>| {
        rule.map_or(Expr::Truth(false), |rule| {
            Predicates::covered(rule, Alias::ROW)
        })
    };
    let but_not = |one: &Expr, other: &Expr| {
        Expr::all([one.clone().is(Is::True), other.clone().is(Is::NotTrue)])
    };
    let start = is.and_then(start_column);
    let more = but_not(&due_now, &due_before);
    let fewer = but_not(&due_before, &due_now);
    let (covered_before, covered_now) = (covered(was), covered(is));
    let (more_due, first_more) = count(session, table, &more, start.as_deref()).await?;
    let (fewer_due, first_fewer) = count(session, table, &fewer, start.as_deref()).await?;
    let lost = but_not(&covered_before, &covered_now);
    let gained = but_not(&covered_now, &covered_before);
    let due =
        |start: Option<String>| is.and_then(|rule| oldest::oldest_due(rule, start.as_deref()));
    Ok(Moved {
        more_due,
        more_due_since: due(first_more),
        fewer_due,
        fewer_due_until: due(first_fewer),
        covered_no_more: count(session, table, &lost, None).await?.0,
        newly_covered: count(session, table, &gained, None).await?.0,
    })
}

/// The column from which every period of the rule starts, where it is one of the row's own.
fn start_column(rule: &BoundRule) -> Option<String> {
    let mut columns = rule.purposes.iter().flat_map(|purpose| {
        let cases = purpose.cases.iter().map(|case| &case.period);
        let periods = cases.chain(purpose.otherwise.as_ref());
        periods.map(|period| {
            let dated = period.start.own_column();
            // Texts out of order have no least one.
            let ordered = dated.filter(|dated| dated.encoding.is_sargable());
            ordered.map(|dated| &dated.column.name)
        })
    });
    let first = columns.next()??;
    columns
        .all(|column| column == Some(first))
        .then(|| first.clone())
}

/// Counts rows, and gives the least start event among them.
async fn count(
    session: &mut Session,
    table: &TableName,
    condition: &Expr,
    start: Option<&str>,
) -> Result<(u64, Option<String>), Trouble> {
    if *condition == Expr::Truth(false) {
        return Ok((0, None));
    }
    let mut items = vec![Item::Count];
    items.extend(start.map(|name| Item::Least(Expr::column(Alias::ROW, name))));
    let sql = select(
        session.dialect(),
        table,
        &items,
        condition,
        None,
        None,
        Lock::None,
    );
    let rows = session.rows(&sql).await?;
    let row = rows.into_iter().next().unwrap_or_default();
    let count = row.first().and_then(Value::as_int).unwrap_or(0);
    let least = row.get(1).and_then(Value::as_text).map(str::to_owned);
    Ok((u64::try_from(count).unwrap_or(0), least))
}

/// What differs between two rules, as the schedule calls it. Legal fields and limits change no row.
fn differences(old: Option<&Rule>, new: Option<&Rule>) -> Vec<String> {
    let (Some(old), Some(new)) = (old, new) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut differ = |what: &str, a: Json, b: Json| {
        if a != b {
            found.push(what.to_owned());
        }
    };
    differ("key", json(&old.key), json(&new.key));
    differ("mode", json(&old.mode), json(&new.mode));
    differ("then", json(&old.disposition), json(&new.disposition));
    differ(
        "keep-newest",
        json(&old.keep_newest),
        json(&new.keep_newest),
    );
    differ("partitions", json(&old.partitions), json(&new.partitions));
    differ("holds", json(&old.holds), json(&new.holds));
    differ("children", json(&old.children), json(&new.children));
    differ(
        "if-a-child-stays",
        json(&old.if_a_child_stays),
        json(&new.if_a_child_stays),
    );
    let named = |rule: &Rule, name: &str| {
        let mut purposes = rule.purposes.iter();
        purposes
            .find(|purpose| purpose.name.value == name)
            .map_or(Json::Null, bare)
    };
    for purpose in new.purposes.iter().chain(&old.purposes) {
        let name = &purpose.name.value;
        let what = format!("purpose {name}");
        differ(&what, named(old, name), named(new, name));
    }
    found.dedup();
    found.sort_unstable();
    found.dedup();
    found
}

fn bare(purpose: &Purpose) -> Json {
    json(&Purpose {
        legal: crate::schedule::Legal::default(),
        ..purpose.clone()
    })
}

fn json<T: Serialize>(thing: &T) -> Json {
    serde_json::to_value(thing).unwrap_or_default()
}
