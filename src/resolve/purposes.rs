//! Purposes, cases and conditions.

use crate::catalog::{Relation, Table, TableName};
use crate::condition;
use crate::diagnostic::{Fault, Faults};
use crate::schedule::{ConditionText, Period, Purpose, Rule, Start};
use crate::sql::Expr;

use super::program::{BoundCase, BoundPeriod, BoundPurpose, BoundRule, BoundStart};
use super::{Surroundings, length, overwrite, start};

/// A condition of the schedule, about the rows of a table.
pub(super) fn condition(
    around: &Surroundings<'_>,
    text: &ConditionText,
    table: &Table,
    faults: &mut Faults,
) -> Option<Expr> {
    let at = text.0.at;
    let bound = condition::parse(&text.0.value)
        .map_err(|complaint| vec![complaint])
        .and_then(|parsed| condition::bind(&parsed, table, around.dialect));
    match bound {
        Ok(expr) => Some(expr),
        Err(complaints) => {
            faults.extend(
                complaints
                    .into_iter()
                    .map(|one| Fault::error(at, one.sentence).hint(one.hint)),
            );
            None
        }
    }
}

pub(super) fn bind_all(
    around: &Surroundings<'_>,
    rule: &Rule,
    table: &Table,
    faults: &mut Faults,
) -> Vec<BoundPurpose> {
    rule.purposes
        .iter()
        .filter_map(|purpose| bind(around, rule, purpose, table, faults))
        .collect()
}

fn bind(
    around: &Surroundings<'_>,
    rule: &Rule,
    purpose: &Purpose,
    table: &Table,
    faults: &mut Faults,
) -> Option<BoundPurpose> {
    let before = faults.errors();
    let when = purpose
        .when
        .as_ref()
        .and_then(|text| condition(around, text, table, faults));
    let unless = purpose
        .unless
        .iter()
        .filter_map(|one| condition(around, &one.when, table, faults))
        .collect();
    let mut cases = Vec::new();
    for case in &purpose.cases {
        let when = condition(around, &case.when, table, faults);
        let period = period(around, &case.period, table, faults);
        if let (Some(when), Some(period)) = (when, period) {
            cases.push(BoundCase {
                name: case.name.value.clone(),
                when,
                period,
            });
        }
    }
    let otherwise = purpose
        .otherwise
        .as_ref()
        .and_then(|one| period(around, one, table, faults));
    let at_end = purpose
        .at_end
        .as_ref()
        .and_then(|one| overwrite::bind(around, rule, one, table, faults));
    (faults.errors() == before).then(|| BoundPurpose {
        name: purpose.name.value.clone(),
        when,
        unless,
        cases,
        otherwise,
        at_end,
    })
}

fn period(
    around: &Surroundings<'_>,
    period: &Period,
    table: &Table,
    faults: &mut Faults,
) -> Option<BoundPeriod> {
    let start = start::bind(around, &period.start, table, faults);
    if let Start::Unused(by) = &period.start {
        let sentence = "a row that is made before the first that refers to it is due at once";
        faults.push(Fault::warning(by.at, sentence).hint(
            "where that can be, let it last a while: start = { latest-of = [{ unused-by = \"all\" }, \
             { column = \"created_on\" }] } with keep = \"1 day\"",
        ));
    }
    let length = length::bind(around, period, table, faults);
    Some(BoundPeriod {
        start: start?,
        length: length?,
        period: period.clone(),
    })
}

/// Every period of a rule.
pub(super) fn periods(rule: &BoundRule) -> impl Iterator<Item = &BoundPeriod> {
    rule.purposes.iter().flat_map(BoundPurpose::periods)
}

/// Which of the tables that a start event reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    /// Those without whose rows there is no date: no `if-none` says what holds then.
    Needed,
}

/// The tables beside the rule's own that a purpose reads.
pub(super) fn tables_read(purpose: &BoundPurpose) -> Vec<TableName> {
    let read = tables(purpose, Which::All).into_iter();
    read.map(|one| one.table.clone()).collect()
}

/// Of these, the tables without whose rows nothing dates the purpose any more.
pub(super) fn tables_needed(purpose: &BoundPurpose) -> Vec<Read<'_>> {
    tables(purpose, Which::Needed)
}

/// A table that a start event reads.
pub(super) struct Read<'a> {
    pub table: &'a TableName,
    /// Its rows refer to the dated one itself, by this relation.
    pub by: Option<&'a Relation>,
}

impl<'a> Read<'a> {
    fn from_elsewhere(table: &'a TableName) -> Self {
        Self { table, by: None }
    }
}

fn tables(purpose: &BoundPurpose, which: Which) -> Vec<Read<'_>> {
    let mut found = Vec::new();
    for period in purpose.periods() {
        tables_of(&period.start, which, &mut found);
        let hops = period.length.hops().iter();
        found.extend(hops.map(|hop| Read::from_elsewhere(&hop.parent)));
    }
    found
}

fn tables_of<'a>(start: &'a BoundStart, which: Which, found: &mut Vec<Read<'a>>) {
    match start {
        BoundStart::Related {
            otherwise: Some(start),
            ..
        } if which == Which::Needed => tables_of(start, which, found),
        BoundStart::Column { hops, .. } => {
            found.extend(hops.iter().map(|hop| Read::from_elsewhere(&hop.parent)));
        }
        BoundStart::Related {
            before,
            last,
            hops,
            otherwise,
            ..
        } => {
            found.extend(before.iter().map(|leg| Read::from_elsewhere(leg.to())));
            found.push(Read {
                table: &last.relation.child,
                by: before.is_empty().then_some(&last.relation),
            });
            found.extend(hops.iter().map(|hop| Read::from_elsewhere(&hop.parent)));
            if let Some(start) = otherwise {
                tables_of(start, which, found);
            }
        }
        BoundStart::Reported(_) | BoundStart::Chosen(_) => {}
        BoundStart::LatestOf(list) | BoundStart::EarliestOf(list) => {
            list.iter().for_each(|start| tables_of(start, which, found));
        }
        // Rows that keep this one by being there carry no event.
        BoundStart::Unused(_) => {}
    }
}
