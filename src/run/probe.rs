//! What only the database can say of a schedule: its statements tried on no row, its declared keys counted.

use chrono::{DateTime, Utc};

use crate::catalog::Catalog;
use crate::db::{self, Access, Session, Trouble};
use crate::diagnostic::{Fault, Faults, Located};
use crate::disposal::{compiles, measure};
use crate::plan::{Intent, Plan, Step, unreached, why_here};
use crate::resolve::{BoundRule, Program, resolve};
use crate::schedule::{Connection, Database, Rule};
use crate::sql::{Item, Lock, select};

use super::erase::apart_from;
use super::grants::difference;
use super::uncounted::uncounted;
use super::{Halt, Order, lengths, stand_in};

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
        let told = probe_rule(&mut session, rule, bound, steps).await?;
        let unfit = unfit(&mut session, &resolved.program, rule, bound, now).await?;
        for fault in told.into_iter().chain(unfit) {
            faults.push(fault.in_rule(&bound.name));
        }
    }
    for rule in order.schedule.rules_of(&database.name.value) {
        faults.extend(apart(&resolved.program, rule));
    }
    for fault in uncounted(&mut session, order.schedule, database, &catalog).await? {
        faults.push(fault);
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

/// Rules whose rows the schedule calls a person's, and to which no way leads from the person's row.
fn apart<'a>(program: &'a Program, rule: &'a Rule) -> impl Iterator<Item = Fault> + 'a {
    let known = |name: &Located<String>| program.rule(&name.value).is_some();
    let with = rule.erasure.iter().flat_map(|erasure| &erasure.with);
    // Of a rule that does not fit its database nobody can tell.
    let with: Vec<&Located<String>> = with
        .filter(|name| known(name) && known(&rule.name))
        .collect();
    let names: Vec<String> = with.iter().map(|name| name.value.clone()).collect();
    let apart = unreached(program, &rule.name, &names);
    let named = with.into_iter();
    named
        .filter(move |name| apart.contains(&name.value))
        .map(|name| {
            Fault::error(name.at, apart_from(&rule.name, &name.value))
                .hint("name the rules between as well; or declare the reference (`relations`), if the schema does not")
                .in_rule(&rule.name)
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

/// A row to which children are to refer instead is missing, or goes itself.
async fn unfit(
    session: &mut Session,
    program: &Program,
    rule: &Rule,
    bound: &BoundRule,
    now: DateTime<Utc>,
) -> Result<Option<Fault>, Halt> {
    let Some((name, _)) = rule.detach_to.first() else {
        return Ok(None);
    };
    match stand_in::unfit(session, program, bound, now).await {
        Ok(why) => Ok(why.map(|why| Fault::error(name.at, why))),
        Err(trouble) => told(rule, trouble).map(Some),
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
