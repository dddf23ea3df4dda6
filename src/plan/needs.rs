//! Whose start events the rows of a table carry.

use crate::catalog::{Relation, TableName};
use crate::resolve::{BoundPurpose, BoundRule, BoundStart, Dated, Down, Hop, Leg, Program};
use crate::schedule::Aggregate;
use crate::sql::Expr;

/// Rows of a table that date the rows of a rule.
#[derive(Debug, Clone)]
pub struct Need<'a> {
    pub rule: &'a BoundRule,
    pub purpose: &'a BoundPurpose,
    pub aggregate: Aggregate,
    /// From the rule's rows to those to which the rows refer; none: the rule's own.
    pub before: &'a [Leg],
    pub last: &'a Down,
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
        let relation = &self.last.relation;
        let mut names: Vec<&str> = relation.child_columns.iter().map(String::as_str).collect();
        match self.hops.first() {
            Some(hop) => names.extend(hop.columns.iter().map(String::as_str)),
            None => names.push(&self.column.column.name),
        }
        names
    }

    /// True where the row that is dated is the one to which this relation leads.
    #[must_use]
    pub fn is_of(&self, relation: Option<&Relation>) -> bool {
        self.before.is_empty() && relation == Some(&self.last.relation)
    }

    /// True where rows of one table date each other.
    #[must_use]
    pub fn is_within_one_table(&self) -> bool {
        self.last.relation.child == self.rule.table.name
    }

    /// From a row of the table to the rows that it dates.
    #[must_use]
    pub fn way_to_the_dated(&self) -> Vec<Hop> {
        let mut way = vec![Hop {
            when: self.last.when.clone(),
            ..Hop::up(&self.last.relation)
        }];
        for (index, leg) in self.before.iter().enumerate().rev() {
            let from = match index.checked_sub(1).and_then(|one| self.before.get(one)) {
                Some(leg) => leg.to(),
                None => &self.rule.table.name,
            };
            way.push(Hop {
                when: match leg {
                    Leg::Up(_) => None,
                    Leg::Down(down) => down.when.clone(),
                },
                ..leg.hop().back(from)
            });
        }
        way
    }
}

/// Every start event that rows of this table carry.
#[must_use]
pub fn needs<'a>(program: &'a Program, table: &TableName) -> Vec<Need<'a>> {
    let mut found = Vec::new();
    for rule in &program.rules {
        for purpose in &rule.purposes {
            for period in purpose.periods() {
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
        BoundStart::Column { .. }
        | BoundStart::Unused(_)
        | BoundStart::Reported(_)
        | BoundStart::Chosen(_) => {}
        BoundStart::Related {
            aggregate,
            before,
            last,
            hops,
            column,
            only,
            otherwise,
        } => {
            if &last.relation.child == table {
                found.push(Need {
                    rule,
                    purpose,
                    aggregate: *aggregate,
                    before,
                    last,
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
