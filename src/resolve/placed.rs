//! Holds that somebody placed: they stand beside those of the schedule, and are no part of a rule's meaning.

use crate::catalog::TableName;
use crate::condition;
use crate::schedule::HoldDepth;
use crate::sql::{Dialect, Expr};

use super::program::{BoundHold, BoundRule, HoldBy, Program};
use super::row_key;

/// A hold as it was placed, by names and texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedHold {
    /// Its name in the log.
    pub id: String,
    pub table: TableName,
    pub depth: HoldDepth,
    pub by: PlacedBy,
}

/// Which rows a placed hold is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacedBy {
    /// The rows with these keys, a text for each column.
    Keys(Vec<Vec<String>>),
    /// An SQL condition over the rule's table; NULL holds.
    Condition(String),
}

/// Matches a placed hold with the rule of its table.
///
/// # Errors
/// In one sentence, which does not repeat a key: what is not of this table.
pub fn hold_of(rule: &BoundRule, hold: &PlacedHold, dialect: Dialect) -> Result<BoundHold, String> {
    let condition = match &hold.by {
        PlacedBy::Keys(keys) => keyed(rule, keys, dialect)?,
        PlacedBy::Condition(text) => conditional(rule, text, dialect)?,
    };
    Ok(BoundHold {
        placed: Some(hold.id.clone()),
        depth: hold.depth,
        by: HoldBy::Row(condition),
    })
}

fn keyed(rule: &BoundRule, keys: &[Vec<String>], dialect: Dialect) -> Result<Expr, String> {
    let each: Result<Vec<Expr>, String> = keys
        .iter()
        .map(|key| row_key::condition(&rule.key, key, dialect).map_err(|fault| fault.sentence))
        .collect();
    match each? {
        none if none.is_empty() => Err("no key was given".to_owned()),
        each => Ok(Expr::any(each)),
    }
}

fn conditional(rule: &BoundRule, text: &str, dialect: Dialect) -> Result<Expr, String> {
    let told = |complaint: &condition::Complaint| {
        format!("the condition: {}; {}", complaint.sentence, complaint.hint)
    };
    let parsed = condition::parse(text).map_err(|complaint| told(&complaint))?;
    condition::bind(&parsed, &rule.table, dialect).map_err(|complaints| {
        let all: Vec<String> = complaints.iter().map(told).collect();
        all.join("; ")
    })
}

/// Adds placed holds to the rules of a program.
///
/// # Errors
/// In one sentence: one of them cannot be read here (its table has no rule any more, or a rule that does not fit, or its
/// condition names what is gone). Then nobody can tell what is held, and nothing may go in the database.
pub fn place(program: &mut Program, holds: &[PlacedHold]) -> Result<(), String> {
    let dialect = program.dialect;
    for hold in holds {
        let mut rules = program.rules.iter_mut();
        let bound = match rules.find(|rule| rule.table.name == hold.table) {
            Some(rule) => hold_of(rule, hold, dialect).map(|bound| rule.holds.push(bound)),
            None => Err(format!(
                "no rule that fits the database is about {}",
                hold.table
            )),
        };
        bound.map_err(|why| {
            format!(
                "nobody can tell what the hold {} covers, so nothing goes in this database: {why}; mend the rule of its \
                 table, or lift the hold (`retentiond hold lift`)",
                hold.id
            )
        })?;
    }
    Ok(())
}
