//! Start events: names become columns, paths become joins.

use chrono_tz::Tz;

use crate::catalog::{ColumnKind, Table};
use crate::diagnostic::{Fault, Faults, Located};
use crate::schedule::{Aggregate, IfNone, Literal, Start, StartColumn};
use crate::sql::{Expr, Value};

use super::encoding;
use super::path::{self, Related};
use super::program::{BoundStart, Dated};
use super::{Surroundings, chosen, purposes, reported, users};

pub(super) fn bind(
    around: &Surroundings<'_>,
    start: &Start,
    table: &Table,
    faults: &mut Faults,
) -> Option<BoundStart> {
    match start {
        Start::Column(column) => by_column(around, column, table, faults),
        Start::Related {
            aggregate,
            column,
            only,
            if_none,
        } => {
            let Related {
                before,
                last,
                child,
                hops,
                dated: there,
            } = path::related(around, column, table, faults)?;
            // Of the first event among rows that go one after the other, each batch would leave another.
            if *aggregate == Aggregate::Earliest && child.name == table.name {
                faults.push(earliest_of_its_own(column));
                return None;
            }
            let dated = dated(around, column, there, faults)?;
            let only = match only {
                Some(text) => Some(purposes::condition(around, text, child, faults)?),
                None => None,
            };
            let otherwise = match &if_none.value {
                IfNone::Keep => None,
                IfNone::Use(start) => Some(Box::new(bind(around, start, table, faults)?)),
            };
            Some(BoundStart::Related {
                aggregate: *aggregate,
                before,
                last,
                hops,
                column: Box::new(dated),
                only,
                otherwise,
            })
        }
        Start::Chosen { sql, read } => chosen::bind(around, sql, read, table, faults)
            .map(|one| BoundStart::Chosen(Box::new(one))),
        Start::Reported(event) => reported::bind(around, event, table, faults)
            .map(|one| BoundStart::Reported(Box::new(one))),
        Start::LatestOf(list) => all(around, list, table, faults).map(BoundStart::LatestOf),
        Start::EarliestOf(list) => all(around, list, table, faults).map(BoundStart::EarliestOf),
        Start::Unused(by) => users::users(around, by, table, faults).map(BoundStart::Unused),
    }
}

fn earliest_of_its_own(column: &StartColumn) -> Fault {
    let sentence = "the first event among the rule's own rows changes while they go";
    Fault::error(column.column.at, sentence)
        .hint("take the latest of them, or an event of the row that they share")
}

fn all(
    around: &Surroundings<'_>,
    list: &[Start],
    table: &Table,
    faults: &mut Faults,
) -> Option<Vec<BoundStart>> {
    // Every one is looked at, so that all faults are told at once.
    let bound: Vec<_> = list
        .iter()
        .map(|start| bind(around, start, table, faults))
        .collect();
    bound.into_iter().collect()
}

fn by_column(
    around: &Surroundings<'_>,
    column: &StartColumn,
    table: &Table,
    faults: &mut Faults,
) -> Option<BoundStart> {
    let named = column.table.as_ref();
    let (hops, here) = path::way(around, named, &column.via, table, faults)?;
    let column = dated(around, column, here, faults)?;
    Some(BoundStart::Column { hops, column })
}

pub(super) fn dated(
    around: &Surroundings<'_>,
    declared: &StartColumn,
    table: &Table,
    faults: &mut Faults,
) -> Option<Dated> {
    let Some(column) = table.column(&declared.column.value) else {
        faults.push(unknown_column(table, &declared.column));
        return None;
    };
    let zone: Option<Tz> = around.database.column_zone;
    let encoding = match encoding::decide(declared, column, zone, around.dialect) {
        Ok(encoding) => encoding,
        Err(why) => {
            faults.push(Fault::error(declared.column.at, why.sentence).hint(why.hint));
            return None;
        }
    };
    let never = declared
        .never
        .iter()
        .map(|literal| sentinel(literal, column, around))
        .collect();
    Some(Dated {
        column: column.clone(),
        encoding,
        never,
        not_before: declared.not_before,
        not_after: declared.not_after,
    })
}

fn sentinel(literal: &Literal, column: &crate::catalog::Column, around: &Surroundings<'_>) -> Expr {
    let value = match literal {
        Literal::Integer(int) if column.kind != ColumnKind::Text => Value::Int(*int),
        Literal::Integer(int) => Value::Text(int.to_string()),
        Literal::Text(text) | Literal::Decimal(text) | Literal::DateTime(text) => {
            Value::Text(text.clone())
        }
        Literal::Boolean(truth) => Value::Bool(*truth),
        Literal::Date(day) => Value::Text(day.to_string()),
    };
    let cast = match value {
        Value::Text(_) => column.cast_for(around.dialect),
        _ => None,
    };
    Expr::Value(value, cast)
}

/// A name that is no column of the table, with the nearest that is.
pub(super) fn unknown_column(table: &Table, name: &Located<String>) -> Fault {
    let fault = Fault::error(
        name.at,
        format!("the table {} has no column {name}", table.name),
    )
    .label("not in the catalogue");
    match table.nearest_column(&name.value) {
        Some(near) => fault.hint(format!("did you mean {near}?")),
        None => {
            let names: Vec<&str> = table.columns.iter().map(|one| one.name.as_str()).collect();
            fault.hint(format!("it has {}", names.join(", ")))
        }
    }
}
