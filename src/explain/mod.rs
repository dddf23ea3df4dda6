//! Why one record is still here, what it waits for, and what will happen to it next.
//!
//! Apart from `plan` and `run`, which speak of all rows of a table: this room asks the same predicates about one row.
//! `question` phrases (pure), `ask` and `event` read, `judge` and `words` conclude (pure). There must never be a second
//! definition of "due" in it, nor a value of a row beyond its start events: a record is named by the key that the
//! caller gave.

mod ask;
mod chosen;
mod event;
mod hanging;
mod judge;
mod length;
mod model;
mod question;
mod words;

use chrono::{DateTime, Utc};

use crate::catalog::{Catalog, Table};
use crate::db::{Session, Trouble};
use crate::plan::{Plan, Step};
use crate::resolve::{BoundRule, Program, row_key as key};
use crate::schedule::Rule;
use crate::sql::Expr;

pub use crate::resolve::KeyFault;
pub use model::{
    Child, Coverage, Event, Explanation, Hold, Parent, Period, Purpose, State, Truth, Verdict,
};

/// What every record of one question is explained with.
pub struct Surroundings<'a> {
    pub program: &'a Program,
    pub plan: &'a Plan,
    pub catalog: &'a Catalog,
    pub now: DateTime<Utc>,
}

/// Whose record it is.
pub enum Subject<'a> {
    /// Of a rule: what was written, and what became of it in this database.
    Rule(&'a Rule, &'a BoundRule),
    /// Of a table that has no rule.
    Table(&'a Table),
}

/// Why a record could not be explained.
#[derive(Debug)]
pub enum Failure {
    Key(KeyFault),
    Trouble(Trouble),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Explains the record with this key, one text per column of the key. The session should be one that reads only.
///
/// # Errors
/// The key does not fit the table's, or the database's trouble.
pub async fn explain(
    session: &mut Session,
    around: &Surroundings<'_>,
    subject: &Subject<'_>,
    key: &[String],
) -> Result<Explanation, Failure> {
    let (table, columns) = match subject {
        Subject::Rule(_, bound) => (&bound.table, bound.key.clone()),
        Subject::Table(table) => (*table, key::natural(table)),
    };
    let record = key::condition(&columns, key, session.dialect()).map_err(Failure::Key)?;
    let blank = Explanation::blank(around, table, subject.name(), key);
    let told = match subject {
        Subject::Rule(rule, bound) => {
            let steps: Vec<&Step> = around
                .plan
                .steps
                .iter()
                .filter(|step| step.rule == bound.name)
                .collect();
            let one = Record {
                around,
                rule,
                bound,
                steps: &steps,
                condition: &record,
            };
            ask::about(session, &one, blank).await?
        }
        Subject::Table(table) => ask::without_rule(session, around, table, &record, blank).await?,
    };
    Ok(told)
}

impl Subject<'_> {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Rule(rule, _) => Some(&rule.name.value),
            Self::Table(_) => None,
        }
    }
}

/// One record of a rule.
struct Record<'a> {
    around: &'a Surroundings<'a>,
    rule: &'a Rule,
    bound: &'a BoundRule,
    steps: &'a [&'a Step],
    /// Which row it is.
    condition: &'a Expr,
}
