//! What only the database can say of a schedule: its statements tried on no row, its declared keys counted.

use crate::catalog::Catalog;
use crate::db::{self, Access, Session, Trouble};
use crate::diagnostic::{Fault, Faults};
use crate::disposal::{compiles, measure};
use crate::plan::{Intent, Plan, Step, why_here};
use crate::resolve::{BoundRule, resolve};
use crate::schedule::{Connection, Database, Rule};
use crate::sql::{Item, Lock, select};

use super::grants::difference;
use super::{Halt, Order, lengths};

/// What was found of a schedule in one database.
pub struct Probed {
    pub faults: Faults,
    /// The rules that fit, in the order in which they run.
    pub order: Vec<Turn>,
}

/// A rule in the order of a database's rules.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Turn {
    pub rule: String,
    /// What its place has to do with other rules and with what hangs from its rows.
    pub because: Vec<String>,
}

/// Looks a schedule up in one database and tries its statements on no row: a privilege that is missing, row-level
/// security that would hide rows, a comparison that the database refuses are found now and not at night.
///
/// # Errors
/// The database cannot be reached or was lost.
pub async fn probe(order: &Order<'_>, database: &Database) -> Result<Probed, Halt> {
    let mut session = db::open(database, order.base, Access::Rehearse).await?;
    let catalog = session.catalog().await?;
    let mut resolved = resolve(order.schedule, database, &catalog, session.dialect());
    let too_many = lengths::learn(&mut session, &mut resolved.program).await?;
    let mut faults = resolved.faults;
    for one in too_many {
        if let Some(rule) = order.schedule.rule(&one.rule) {
            faults.push(told_of_lengths(rule, &one.column));
        }
    }
    let now = order.supposed_now.unwrap_or_else(chrono::Utc::now);
    let plan = Plan::of(&resolved.program, now);
    for bound in &resolved.program.rules {
        let Some(rule) = order.schedule.rule(&bound.name) else {
            continue;
        };
        let steps = plan.steps.iter().filter(|step| step.rule == bound.name);
        for fault in probe_rule(&mut session, rule, bound, steps).await? {
            faults.push(fault.in_rule(&bound.name));
        }
    }
    for fault in privileges(&mut session, order, database, &catalog).await? {
        faults.push(fault);
    }
    let turns = resolved.program.rules.iter().map(|rule| Turn {
        rule: rule.name.clone(),
        because: why_here(&resolved.program, rule),
    });
    Ok(Probed {
        order: turns.collect(),
        faults,
    })
}

/// What the user lacks to rehearse, what more to enforce, and what it may do beyond that.
async fn privileges(
    session: &mut Session,
    order: &Order<'_>,
    database: &Database,
    catalog: &Catalog,
) -> Result<Vec<Fault>, Halt> {
    let Connection::Server { user, .. } = &database.connection else {
        return Ok(Vec::new());
    };
    let at = database.name.at;
    let print = "`retentiond grants` prints what it needs, and no more";
    let mut found = Vec::new();
    let reads = difference(session, order, database, catalog, Intent::Rehearse).await?;
    let acts = difference(session, order, database, catalog, Intent::Enforce).await?;
    if !reads.missing.is_empty() {
        let sentence = format!("the user {user} lacks {}", reads.missing.join("; "));
        found.push(Fault::error(at, sentence).hint(print));
    } else if !acts.missing.is_empty() {
        let sentence = format!(
            "the user {user} can rehearse and not enforce: it lacks {}",
            acts.missing.join("; ")
        );
        found.push(Fault::warning(at, sentence).hint(print));
    }
    if !acts.excessive.is_empty() {
        let sentence = format!(
            "the user {user} may do more than the schedule needs: {}",
            acts.excessive.join("; ")
        );
        found.push(Fault::warning(at, sentence).hint(
            "give retentiond a user of its own; `retentiond grants` prints what it needs, and no more",
        ));
    }
    Ok(found)
}

async fn probe_rule(
    session: &mut Session,
    rule: &Rule,
    bound: &BoundRule,
    steps: impl Iterator<Item = &Step>,
) -> Result<Vec<Fault>, Halt> {
    for step in steps {
        if let Err(trouble) = tried(session, step).await {
            return told(rule, trouble).map(|fault| vec![fault]);
        }
    }
    if bound.key_is_proven() {
        return Ok(Vec::new());
    }
    match measure::repeated_keys(session, bound).await {
        Ok(0) => Ok(Vec::new()),
        Ok(keys) => {
            let at = rule.key.first().map_or(rule.table.at, |key| key.at);
            let sentence =
                format!("{keys} values of this key stand for more than one row, or are NULL");
            let hint = "name columns that identify a row: a removal by this key would take rows that nobody asked about";
            Ok(vec![Fault::error(at, sentence).hint(hint)])
        }
        Err(trouble) => told(rule, trouble).map(|fault| vec![fault]),
    }
}

fn told_of_lengths(rule: &Rule, column: &str) -> Fault {
    let sentence = format!("the column {column} holds more than 400 different periods");
    Fault::warning(rule.table.at, sentence)
        .hint(
            "the shortest 400 are known: rows with a longer one stay and are counted as undatable",
        )
        .in_rule(&rule.name)
}

async fn tried(session: &mut Session, step: &Step) -> Result<(), Trouble> {
    let sql = select(
        session.dialect(),
        &step.target.table,
        &[Item::One],
        &step.preview,
        None,
        Some((0, 0)),
        Lock::None,
    );
    session.rows(&sql).await?;
    compiles(session, step).await
}

fn told(rule: &Rule, trouble: Trouble) -> Result<Fault, Halt> {
    if trouble.is_lost() {
        return Err(Halt::Trouble(trouble));
    }
    let at = rule.table.at;
    Ok(Fault::error(at, trouble.kind.sentence()).hint(trouble.advice()))
}
