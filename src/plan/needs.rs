//! Whose start events the rows of a table carry.

use crate::catalog::{Relation, TableName};
use crate::resolve::{BoundPurpose, BoundRule, BoundStart, Dated, Hop, Program};
use crate::schedule::Aggregate;
use crate::sql::Expr;

/// Rows of a table that date the rows of a rule.
#[derive(Debug, Clone)]
pub struct Need<'a> {
    pub rule: &'a BoundRule,
    pub purpose: &'a BoundPurpose,
    pub aggregate: Aggregate,
    /// From the table to the rule's.
    pub relation: &'a Relation,
    /// From the table on to that of the event.
    pub hops: &'a [Hop],
    pub column: &'a Dated,
    pub only: Option<&'a Expr>,
    /// Without the last of these rows, the rule's row could not be dated any more.
    pub irreplaceable: bool,
}

impl Need<'_> {
    /// The columns of the table that say which row is dated, and when.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .relation
            .child_columns
            .iter()
            .map(String::as_str)
            .collect();
        match self.hops.first() {
            Some(hop) => names.extend(hop.columns.iter().map(String::as_str)),
            None => names.push(&self.column.column.name),
        }
        names
    }
}

/// Every start event that rows of this table carry.
#[must_use]
pub fn needs<'a>(program: &'a Program, table: &TableName) -> Vec<Need<'a>> {
    let mut found = Vec::new();
    for rule in &program.rules {
        for purpose in &rule.purposes {
            let periods = purpose
                .cases
                .iter()
                .map(|case| &case.period)
                .chain(purpose.otherwise.as_ref());
            for period in periods {
                in_start(rule, purpose, &period.start, table, &mut found);
            }
        }
    }
    found
}

fn in_start<'a>(
    rule: &'a BoundRule,
    purpose: &'a BoundPurpose,
    start: &'a BoundStart,
    table: &TableName,
    found: &mut Vec<Need<'a>>,
) {
    match start {
        BoundStart::Column { .. } | BoundStart::Unused(_) => {}
        BoundStart::Related {
            aggregate,
            relation,
            hops,
            column,
            only,
            otherwise,
            ..
        } => {
            if &relation.child == table {
                found.push(Need {
                    rule,
                    purpose,
                    aggregate: *aggregate,
                    relation,
                    hops,
                    column,
                    only: only.as_ref(),
                    irreplaceable: otherwise.is_none(),
                });
            }
            if let Some(start) = otherwise {
                in_start(rule, purpose, start, table, found);
            }
        }
        BoundStart::LatestOf(list) | BoundStart::EarliestOf(list) => {
            for one in list {
                in_start(rule, purpose, one, table, found);
            }
        }
    }
}
