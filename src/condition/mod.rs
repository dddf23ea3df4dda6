//! Free conditions: a fragment of SQL from the schedule becomes an expression over the rule's table.
//!
//! Apart, because it is the only place where text written by somebody else turns into SQL: parsed by a real parser,
//! refused unless it is one boolean expression of the closed grammar of [`crate::sql::Expr`], every name matched with
//! the catalogue, every literal bound. No function of time, chance or session is in that grammar: a condition means
//! the same in the rehearsal, in the run and in the removing statement.

mod bind;
mod grammar;
mod literal;
mod moment;
mod names;
mod parse;
mod truth;

use crate::catalog::Table;
use crate::sql::{Alias, Dialect, Expr};

pub use grammar::foreign_parts;
pub use moment::{Moment, moment};
pub use parse::{Parsed, parse};

/// Why a condition cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    pub sentence: String,
    /// What would be right.
    pub hint: String,
}

impl Complaint {
    fn new(sentence: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            hint: hint.into(),
        }
    }
}

/// Matches a parsed condition with a table; the result is about [`Alias::ROW`].
///
/// # Errors
/// Every name that is not a column of the table, every comparison between values that do not compare, and a
/// condition that no row can change.
pub fn bind(parsed: &Parsed, table: &Table, dialect: Dialect) -> Result<Expr, Vec<Complaint>> {
    let mut binder = bind::Binder::new(table, dialect);
    let expr = binder.boolean(&parsed.0);
    let mut complaints = binder.complaints;
    if complaints.is_empty()
        && let Some(complaint) = truth::constant(&expr, Alias::ROW)
    {
        complaints.push(complaint);
    }
    if complaints.is_empty() {
        Ok(expr)
    } else {
        Err(complaints)
    }
}

#[cfg(test)]
mod tests;
