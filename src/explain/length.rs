//! How long one record is kept: as the schedule says, or as a column does.

use crate::calendar::Term;
use crate::db::{Session, Trouble};
use crate::resolve::BoundLength;
use crate::sql::{Alias, Expr, Item, Lock, Value, select};

use super::Record;
use super::event::place;
use super::question::{at_the_end_of, steps};

/// A period as it holds for the record.
pub(super) struct Length {
    /// `None`: the column says nothing that the plan believes.
    pub term: Option<Term>,
    /// The column that says it, and the way to it.
    pub from: Option<String>,
}

/// Reads it, where a column says it.
pub(super) async fn of(
    session: &mut Session,
    one: &Record<'_>,
    length: &BoundLength,
) -> Result<Length, Trouble> {
    let column = match length {
        BoundLength::Fixed(term) => {
            return Ok(Length {
                term: Some(*term),
                from: None,
            });
        }
        BoundLength::InColumn(column) => column,
    };
    let from = &one.bound.table.name;
    let sql = select(
        session.dialect(),
        &column.table,
        &[Item::Text(Expr::column(Alias::ROW, &column.column.name))],
        &at_the_end_of(&steps(&column.hops), from, one.condition),
        None,
        Some((1, 0)),
        Lock::None,
    );
    let rows = session.rows(&sql).await?;
    let count = rows
        .first()
        .and_then(|row| row.first())
        .and_then(Value::as_int);
    let mut terms = column.terms();
    let term = terms.find(|(known, _)| Some(*known) == count);
    Ok(Length {
        term: term.map(|(_, term)| term),
        from: Some(place(one, &column.hops, &column.column.name)),
    })
}
