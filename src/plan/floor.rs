//! A floor under a rule, which a database can keep by itself: no row goes before the shortest of its rule's periods.
//!
//! Not the rule's condition said twice: a floor knows the row alone, and is loose by a day, so that it refuses nothing
//! that a run may do. What it refuses no run has meant.

use crate::calendar::Keep;
use crate::catalog::{Column, TableName};
use crate::resolve::{
    BoundDisposition, BoundLength, BoundPurpose, BoundRule, Encoding, HoldBy, Program,
};
use crate::schedule::Mode;
use crate::sql::{Alias, Expr, Is};

use super::shared::takers;

/// What a database can be asked to keep under one rule.
#[derive(Debug, Clone)]
pub struct Floor {
    pub table: TableName,
    /// Rows go; otherwise they are only overwritten.
    pub deletes: bool,
    /// The columns that are overwritten.
    pub overwrites: Vec<String>,
    /// One of these must be over: a column of the row, and how long after it.
    pub ended: Vec<(Column, Keep)>,
    /// All of these must be true of the row ([`Alias::ROW`]): nothing in it holds it.
    pub free: Vec<Expr>,
}

/// The floor of a rule, or why it has none. `erasable`: a request may erase its rows at any time.
///
/// # Errors
/// One sentence without its subject.
pub fn floor(program: &Program, rule: &BoundRule, erasable: bool) -> Result<Floor, &'static str> {
    if rule.mode == Mode::Observe {
        return Err("only observes: its user needs no right to change rows");
    }
    if erasable {
        return Err("has rows that may be erased on request before their period is over");
    }
    let table = &rule.table.name;
    let deletes = matches!(rule.disposition, BoundDisposition::Delete);
    if !takers(program, table).is_empty() {
        return Err("has rows that go along with others, whose period is not their own");
    }
    let mut ended: Vec<(Column, Keep)> = Vec::new();
    for period in rule.purposes.iter().flat_map(BoundPurpose::periods) {
        let Some(dated) = period.start.own_column() else {
            return Err("counts from what does not stand in the row");
        };
        let plain = matches!(
            dated.encoding,
            Encoding::Date | Encoding::DayInTimestamp | Encoding::Naive(_) | Encoding::Instant
        );
        if !plain {
            return Err("counts from a column that is no date to the database");
        }
        let keep = match &period.length {
            BoundLength::Fixed(term) => term.keep,
            BoundLength::InColumn(column) => column.least(),
        };
        let one = (dated.column.clone(), keep);
        if !ended.contains(&one) {
            ended.push(one);
        }
    }
    let free = rule.holds.iter().filter_map(|hold| match &hold.by {
        // A hold that somebody placed comes and goes; the guard stays.
        HoldBy::Row(condition) if hold.placed.is_none() => Some(condition.clone().is(Is::False)),
        HoldBy::Row(_) | HoldBy::Table(_) => None,
    });
    Ok(Floor {
        table: table.clone(),
        deletes,
        overwrites: overwritten(rule),
        ended,
        free: free.collect(),
    })
}

fn overwritten(rule: &BoundRule) -> Vec<String> {
    let own = match &rule.disposition {
        BoundDisposition::Anonymise(rewrite) => Some(rewrite),
        BoundDisposition::Delete => None,
    };
    let at_end = rule.purposes.iter().filter_map(|one| one.at_end.as_ref());
    let all = own.into_iter().chain(&rule.if_a_child_stays).chain(at_end);
    let mut names: Vec<String> = all.flat_map(|one| one.column_names()).collect();
    names.sort();
    names.dedup();
    names
}

impl Floor {
    /// The columns of the row that it reads.
    #[must_use]
    pub fn reads(&self) -> Vec<String> {
        let free = self
            .free
            .iter()
            .flat_map(|one| one.columns_read(Alias::ROW));
        let dated = self.ended.iter().map(|(column, _)| column.name.clone());
        dated.chain(free).collect()
    }
}
