//! A start that an SQL expression chooses between columns of the row.

use crate::catalog::{Column, Table};
use crate::condition::{self, Moment};
use crate::diagnostic::{Fault, Faults, Located};
use crate::schedule::{ConditionText, StartColumn};

use super::program::Dated;
use super::{Surroundings, start};

/// Matches the expression with the rule's table; each of its columns must hold dates.
pub(super) fn bind(
    around: &Surroundings<'_>,
    sql: &ConditionText,
    read: &StartColumn,
    table: &Table,
    faults: &mut Faults,
) -> Option<Moment<Dated>> {
    let at = sql.0.at;
    let found = condition::parse(&sql.0.value)
        .map_err(|complaint| vec![complaint])
        .and_then(|parsed| condition::moment(&parsed, table, around.dialect));
    let found = match found {
        Ok(found) => found,
        Err(complaints) => {
            let told = complaints
                .into_iter()
                .map(|one| Fault::error(at, one.sentence).hint(one.hint));
            faults.extend(told);
            return None;
        }
    };
    faults.push(
        Fault::warning(
            at,
            "no index serves an expression: finding due rows searches the whole table",
        )
        .hint("where cases say it as well, give each its own start = { column = \"…\" }"),
    );
    found.map(&mut |column: &Column| {
        let declared = StartColumn {
            column: Located::new(column.name.clone(), at),
            ..read.clone()
        };
        start::dated(around, &declared, table, faults)
    })
}
