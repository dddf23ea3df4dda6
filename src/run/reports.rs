//! Events that somebody reports from outside, for the rows of a rule.

use chrono::{DateTime, Utc};

use crate::db::{self, Access};
use crate::ledger::{self, About, Outcome};
use crate::resolve::resolve;
use crate::schedule::Database;

use super::{Halt, Order};

/// A report that was written, or why it could not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Written(Outcome),
    /// The rule does not fit its database.
    BrokenRule,
}

/// Reports that an event of a rule's rows happened at a moment, or (`None`) that it did not happen after all.
///
/// # Errors
/// The database cannot be reached, refuses, or has no table of the reports; nothing was written.
pub async fn report_event(
    order: &Order<'_>,
    database: &Database,
    (rule, event): (&str, &str),
    keys: &[String],
    happened: Option<DateTime<Utc>>,
) -> Result<Told, Halt> {
    let mut session = db::open(database, order.base, Access::Enforce).await?;
    let catalog = session.catalog().await?;
    let resolved = resolve(order.schedule, database, &catalog, session.dialect());
    let mut rules = resolved.program.rules.iter();
    let Some(bound) = rules.find(|one| one.name == rule) else {
        return Ok(Told::BrokenRule);
    };
    let all = bound.reported();
    let Some(reported) = all.iter().find(|one| one.event == event) else {
        return Ok(Told::BrokenRule);
    };
    let about = About {
        reports: &reported.table,
        rule,
        event,
        target: &bound.target(),
    };
    let now = order.supposed_now.unwrap_or_else(Utc::now);
    let outcome = ledger::report(&mut session, about, keys, happened, now).await?;
    session.close().await?;
    Ok(Told::Written(outcome))
}
