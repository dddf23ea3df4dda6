//! The privileges that a schedule needs in a database, and those that its user has.

use chrono::Utc;

use crate::catalog::{Catalog, TableName, Trigger};
use crate::db::{Access, Rights, Session};
use crate::diagnostic::Faults;
use crate::ledger;
use crate::plan::{Intent, Needs, Plan};
use crate::resolve::{Program, Request, resolve};
use crate::schedule::{Database, Schedule};
use crate::sql::{Dialect, Expr, Is, Permits, Privilege};

use super::Order;
use super::prepare::{Halt, Prepared, prepare};

/// What a role needs in one database.
#[derive(Debug)]
pub struct Needed {
    pub dialect: Dialect,
    pub intent: Intent,
    /// The tables, ours among them.
    pub tables: Vec<(TableName, Permits)>,
    /// PostgreSQL: the schemas in which they lie.
    pub schemas: Vec<String>,
    /// MySQL and MariaDB: the database whose tables must all be seen, since a reference from an unseen table would
    /// remain undecided.
    pub sees: Option<String>,
    /// Triggers that run with each change, with the role's own rights (PostgreSQL): what they do it must be permitted.
    pub triggers: Vec<(String, TableName)>,
}

/// A database whose privileges are asked for.
pub struct Surveyed {
    pub needed: Needed,
    /// What whoever is connected may do.
    pub rights: Rights,
    /// Whom the database takes that to be.
    pub user: String,
    pub faults: Faults,
    /// The rules that do not fit and for which nothing is printed.
    pub broken: Vec<String>,
}

/// What a role needs for this schedule in a database.
///
/// # Errors
/// The database cannot be reached or read.
pub async fn needed(
    order: &Order<'_>,
    database: &Database,
    intent: Intent,
) -> Result<Surveyed, Halt> {
    let Prepared {
        mut session,
        catalog,
        program,
        plan,
        faults,
        broken,
        ..
    } = prepare(order, database, Access::Rehearse).await?;
    let needed = of(order.schedule, &program, &plan, &catalog, intent);
    let user = session.facts().await?.user;
    Ok(Surveyed {
        needed,
        rights: session.rights().await?,
        user,
        faults,
        broken,
    })
}

/// The same of a program and its plan.
pub(super) fn of(
    schedule: &Schedule,
    program: &Program,
    plan: &Plan,
    catalog: &Catalog,
    intent: Intent,
) -> Needed {
    let requested = requests(schedule, program, plan);
    let requested = requested.iter().map(|(program, plan)| (program, plan));
    let plans: Vec<(&Program, &Plan)> = std::iter::once((program, plan)).chain(requested).collect();
    let mut needs = Needs::of(&plans, catalog, intent);
    let dialect = program.dialect;
    if intent == Intent::Enforce {
        let reports = program.rules.iter().any(|rule| !rule.reported().is_empty());
        for (table, permits) in ledger::privileges(dialect, &catalog.default_schema, reports) {
            needs.add(table, permits);
        }
    }
    if dialect.is_mysql_family() {
        see_triggers(&mut needs, catalog);
    }
    let mut schemas: Vec<String> = Vec::new();
    if dialect == Dialect::Postgres {
        schemas = needs
            .tables()
            .keys()
            .map(|one| one.schema.clone())
            .collect();
        schemas.dedup();
    }
    Needed {
        dialect,
        intent,
        triggers: triggers(&needs, catalog, dialect),
        tables: needs
            .tables()
            .iter()
            .map(|(table, permits)| (table.clone(), permits.clone()))
            .collect(),
        schemas,
        sees: dialect
            .is_mysql_family()
            .then(|| catalog.default_schema.clone()),
    }
}

/// A request to be erased reads and locks what says whose a row is.
fn requests(schedule: &Schedule, program: &Program, plan: &Plan) -> Vec<(Program, Plan)> {
    let mut found = Vec::new();
    for bound in &program.rules {
        let rule = schedule.rule(&bound.name);
        let Some(erasure) = rule.and_then(|rule| rule.erasure.as_ref()) else {
            continue;
        };
        let there = |name: &str| {
            let column = Expr::column(crate::sql::Alias::ROW, name);
            column.is(Is::NotNull)
        };
        let mut asked = program.clone();
        asked.request = Some(Request {
            rule: bound.name.clone(),
            row: Expr::all(bound.key.iter().map(|one| there(&one.name))),
            with: erasure.with.iter().map(|one| one.value.clone()).collect(),
        });
        let plan = Plan::of(&asked, plan.now);
        found.push((asked, plan));
    }
    found
}

/// The servers show what a trigger does to those only who may make and drop triggers: not where a guard stands, which
/// the role could then drop.
fn see_triggers(needs: &mut Needs, catalog: &Catalog) {
    for table in &catalog.tables {
        let changed = needs.tables().get(&table.name).is_some_and(changes);
        if changed && !table.triggers.iter().any(Trigger::is_guard) {
            let whole = [Privilege::Trigger].into_iter().collect();
            let permits = Permits {
                whole,
                ..Permits::default()
            };
            needs.add(table.name.clone(), permits);
        }
    }
}

fn changes(permits: &Permits) -> bool {
    permits.whole.contains(&Privilege::Delete)
        || permits.whole.contains(&Privilege::Update)
        || !permits.of(Privilege::Update).is_empty()
}

fn triggers(needs: &Needs, catalog: &Catalog, dialect: Dialect) -> Vec<(String, TableName)> {
    if dialect != Dialect::Postgres {
        return Vec::new();
    }
    let mut found = Vec::new();
    for table in &catalog.tables {
        let permits = needs.tables().get(&table.name);
        for trigger in &table.triggers {
            let removed = trigger.on_delete
                && permits.is_some_and(|one| one.whole.contains(&Privilege::Delete));
            let changed = trigger.on_update && permits.is_some_and(changes);
            if (removed || changed) && !trigger.is_guard() {
                found.push((trigger.name.clone(), table.name.clone()));
            }
        }
    }
    found
}

/// How what a user may do differs from what it needs.
#[derive(Debug, Default)]
pub struct Difference {
    /// Each as "DELETE on hr.visit".
    pub missing: Vec<String>,
    pub excessive: Vec<String>,
}

/// Compares what is needed with what a user may do.
pub(super) fn compare(needed: &Needed, rights: &Rights, catalog: &Catalog) -> Difference {
    let mut found = Difference::default();
    if let Some(attribute) = rights.unlimited {
        found.excessive.push(attribute.to_owned());
        return found;
    }
    let told = |permits: &Permits, table: &TableName| {
        format!("{} on {}", permits.told(), catalog.written(table))
    };
    for schema in &needed.schemas {
        if !rights.schemas.contains(schema) {
            found.missing.push(format!("USAGE on the schema {schema}"));
        }
    }
    if needed.sees.is_some() && !rights.everywhere.contains(&Privilege::References) {
        found.missing.push("REFERENCES on the database".to_owned());
    }
    for (table, permits) in &needed.tables {
        let missing = permits.without(&rights.on(table));
        if !missing.is_empty() {
            found.missing.push(told(&missing, table));
        }
    }
    if rights.by_roles {
        // What a role permits is not told: nobody can say that it is missing.
        found.missing.clear();
    }
    found.excessive.clone_from(&rights.beyond);
    for (table, held) in &rights.tables {
        let need = needed.tables.iter().find(|(one, _)| one == table);
        let need = need.map(|(_, need)| need.clone()).unwrap_or_default();
        let too_much = excess(held, &need, catalog, table);
        if !too_much.is_empty() {
            found.excessive.push(told(&too_much, table));
        }
    }
    let wide = rights.everywhere.iter();
    let wide = wide.filter(|one| **one != Privilege::References);
    for privilege in wide {
        let told = format!("{} on every table of the database", privilege.word());
        found.excessive.push(told);
    }
    found
}

/// What is held on a table and not needed. A privilege on a whole table permits each of its columns.
fn excess(held: &Permits, need: &Permits, catalog: &Catalog, table: &TableName) -> Permits {
    let mut rest = held.without(need);
    let whole: Vec<Privilege> = rest.whole.iter().copied().collect();
    for privilege in whole {
        let some = need.of(privilege);
        let Some(table) = catalog.get(table).filter(|_| !some.is_empty()) else {
            continue;
        };
        rest.whole.remove(&privilege);
        for column in &table.columns {
            if !some.contains(&column.name) {
                rest.column(privilege, &column.name);
            }
        }
    }
    rest
}

/// What a session's user lacks and has beyond, for the rules of a database that fit it.
///
/// # Errors
/// The database's.
pub(super) async fn difference(
    session: &mut Session,
    order: &Order<'_>,
    database: &Database,
    catalog: &Catalog,
    intent: Intent,
) -> Result<Difference, Halt> {
    let program = resolve(order.schedule, database, catalog, session.dialect()).program;
    let plan = Plan::of(&program, order.supposed_now.unwrap_or_else(Utc::now));
    let needed = of(order.schedule, &program, &plan, catalog, intent);
    let rights = session.rights().await?;
    Ok(compare(&needed, &rights, catalog))
}
