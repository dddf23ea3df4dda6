//! The row to which detached rows refer instead of the one that goes.

use crate::anonymise::fitting;
use crate::catalog::{Column, ColumnKind};
use crate::diagnostic::{Fault, Faults, Located};
use crate::schedule::Literal;
use crate::sql::{Alias, Expr, Is, Op, Value};

use super::Surroundings;
use super::found::{Found, keys_from};
use super::link::key_is;

/// A row that stands for all those that were removed: somebody who was deleted, a product that is sold no more.
#[derive(Debug, Clone)]
pub struct StandIn {
    /// What the referring column becomes.
    pub value: Value,
    /// True of that row ([`Alias::ROW`], in the table that is referred to).
    pub is: Expr,
    /// Its key, as the schedule writes it.
    pub written: String,
}

impl StandIn {
    /// A row of the same table is this one; never NULL.
    #[must_use]
    pub fn is_row(&self, row: Alias) -> Expr {
        self.is.realias(Alias::ROW, row).is(Is::True)
    }
}

/// The one column that changes, and the row to which it leads from then on.
pub(super) fn bind(
    around: &Surroundings<'_>,
    found: &Found<'_>,
    name: &Located<String>,
    to: &Located<Literal>,
    faults: &mut Faults,
) -> Option<(Column, StandIn)> {
    let child = found.child;
    let [column] = found.key.columns.as_slice() else {
        let sentence = format!("the reference from {} is of several columns", child.name);
        faults.push(Fault::error(name.at, sentence).hint(
            "only a reference of one column can be led to another row: decide \"detach\", which sets one of them to \
             NULL, or \"own-rule\"",
        ));
        return None;
    };
    let column = child.column(column)?;
    if let Some((sentence, hint)) = unchangeable(around, found, column) {
        faults.push(Fault::error(name.at, sentence).hint(hint));
        return None;
    }
    let dialect = around.dialect;
    let mut fit = |column, table| match fitting(to, column, table, dialect) {
        Ok(value) => Some(value),
        Err(fault) => {
            faults.push(*fault);
            None
        }
    };
    let value = fit(column, child)?;
    let is = match &found.key.text {
        Some(text) => key_is(text, &value, dialect),
        None => {
            let parent = around.catalog.get(&found.key.parent)?;
            let key = parent.column(found.key.parent_columns.first()?)?;
            has(key, fit(key, parent)?, dialect)
        }
    };
    let written = to.value.to_string();
    let stand_in = StandIn { value, is, written };
    Some((column.clone(), stand_in))
}

/// Why no removal may change a column that refers.
fn unchangeable(
    around: &Surroundings<'_>,
    found: &Found<'_>,
    column: &Column,
) -> Option<(String, &'static str)> {
    let (child, name) = (found.child, &column.name);
    if column.generated || column.on_update_now {
        return Some((
            format!("{name} of {} is written by the database itself", child.name),
            "decide \"with-parent\" or \"own-rule\"",
        ));
    }
    if child.primary_key.contains(name) {
        return Some((
            format!("{name} is part of the key of {}", child.name),
            "a row cannot be found again by a key that changes: decide \"with-parent\" or \"own-rule\"",
        ));
    }
    if child
        .unique
        .iter()
        .any(|one| one == std::slice::from_ref(name))
    {
        return Some((
            format!(
                "{name} of {} is unique: only one row could refer to another row instead",
                child.name
            ),
            "decide \"with-parent\" or \"own-rule\"",
        ));
    }
    let other = keys_from(around, child)
        .into_iter()
        .find(|key| key.parent != found.key.parent && key.columns.contains(name));
    other.map(|key| {
        (
            format!("{name} of {} refers to {} too", child.name, key.parent),
            "it would lead to another row there as well: decide \"with-parent\" or \"own-rule\"",
        )
    })
}

/// The column has this value, compared as its index does and, where that may be looser, character by character.
fn has(column: &Column, value: Value, dialect: crate::sql::Dialect) -> Expr {
    let stands = || Expr::column(Alias::ROW, &column.name);
    let value = || Expr::Value(value.clone(), column.cast_for(dialect));
    let equal = stands().compare(Op::Equal, value());
    if column.kind != ColumnKind::Text {
        return equal;
    }
    let exact = |one: Expr| Expr::Exact(Box::new(one));
    Expr::all([equal, exact(stands()).compare(Op::Equal, exact(value()))])
}
