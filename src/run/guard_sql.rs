//! The guard that a database keeps by itself, worked out for a schedule.

use crate::calendar::{Keep, RetentionPeriod};
use crate::db::Access;
use crate::diagnostic::Faults;
use crate::plan::{Floor, floor};
use crate::schedule::{Database, Schedule};
use crate::sql::{Dialect, Guard, Span, guard};

use super::Order;
use super::prepare::{Halt, prepare};

/// The statements of a database's guards.
pub struct Guards {
    pub dialect: Dialect,
    /// The rules that have one, each with its statements.
    pub made: Vec<(String, Vec<String>)>,
    /// The rules that can have none, each with the reason.
    pub without: Vec<(String, &'static str)>,
    pub faults: Faults,
}

/// Works out the guards against one role.
///
/// # Errors
/// The database cannot be reached or read.
pub async fn guards(order: &Order<'_>, database: &Database, role: &str) -> Result<Guards, Halt> {
    let prepared = prepare(order, database, Access::Rehearse).await?;
    let dialect = prepared.program.dialect;
    let mut guards = Guards {
        dialect,
        made: Vec::new(),
        without: Vec::new(),
        faults: prepared.faults,
    };
    for rule in &prepared.program.rules {
        let name = rule.name.clone();
        let erasable = is_erasable(order.schedule, &name);
        match floor(&prepared.program, rule, erasable) {
            Ok(floor) => guards.made.push((name, statements(dialect, &floor, role))),
            Err(why) => guards.without.push((name, why)),
        }
    }
    Ok(guards)
}

fn is_erasable(schedule: &Schedule, name: &str) -> bool {
    schedule.rules.iter().any(|rule| {
        let Some(erasure) = &rule.erasure else {
            return false;
        };
        rule.name.value == name || erasure.with.iter().any(|one| one.value == name)
    })
}

fn statements(dialect: Dialect, floor: &Floor, role: &str) -> Vec<String> {
    let ended: Vec<_> = floor
        .ended
        .iter()
        .map(|(column, keep)| (column.clone(), span(*keep)))
        .collect();
    guard(
        dialect,
        &Guard {
            table: &floor.table,
            role,
            on_delete: floor.deletes,
            on_update: &floor.overwrites,
            ended: &ended,
            free: &floor.free,
        },
    )
}

fn span(keep: Keep) -> Span {
    let (count, unit) = match keep {
        Keep::None => (0, "day"),
        Keep::For(RetentionPeriod::Hours(count)) => (count.get(), "hour"),
        Keep::For(RetentionPeriod::Days(count)) => (count.get(), "day"),
        Keep::For(RetentionPeriod::Weeks(count)) => (count.get(), "week"),
        Keep::For(RetentionPeriod::Months(count)) => (count.get(), "month"),
        Keep::For(RetentionPeriod::Years(count)) => (count.get(), "year"),
    };
    Span {
        count: u64::from(count),
        unit,
    }
}
