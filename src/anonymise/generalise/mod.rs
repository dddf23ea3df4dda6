//! A coarser form of the same value: the one strategy that derives the new value from the old one.
//!
//! NULL is nobody's value: it stays and counts as finished. A value that is not what its column is said to hold (a
//! text that is no date) has no coarser form and becomes NULL; where NULL is not allowed, the row is refused.

mod date;
mod ip;
mod iso;
mod text;

use crate::catalog::{Column, ColumnKind};
use crate::schedule::Generalisation;
use crate::sql::{Alias, Dialect, Expr, Is, Value};

use super::Complaint;
use date::Dates;
use ip::Addresses;

/// How a value becomes coarser, matched with its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Coarse {
    Date(Dates),
    Ip(Addresses),
    Text(u32),
}

/// The column must hold what is to be generalised.
pub(super) fn check(
    how: Generalisation,
    column: &Column,
    dialect: Dialect,
) -> Result<Coarse, Complaint> {
    match how {
        Generalisation::Year => Dates::check(date::Grain::Year, column, dialect).map(Coarse::Date),
        Generalisation::Month => {
            Dates::check(date::Grain::Month, column, dialect).map(Coarse::Date)
        }
        Generalisation::IpNetwork { v4_bits, v6_bits } => {
            Addresses::check(v4_bits, v6_bits, column, dialect).map(Coarse::Ip)
        }
        Generalisation::FirstCharacters(count) => {
            text::check(count, column, dialect).map(|()| Coarse::Text(count))
        }
    }
}

impl Coarse {
    /// The value is NULL or its own coarser form.
    pub(super) fn finished(&self, column: &Column, alias: Alias) -> Expr {
        let one = Expr::column(alias, &column.name);
        let coarse = match self {
            Self::Date(dates) => dates.is_coarse(&one, column),
            Self::Ip(addresses) => addresses.is_coarse(&one),
            Self::Text(count) => text::is_coarse(&one, *count),
        }
        .is(Is::True);
        match column.nullable {
            true => Expr::any([one.is(Is::Null), coarse]),
            false => coarse,
        }
    }

    /// The coarser form of a value that is not NULL; `None` where it has none.
    pub(super) fn replacement(&self, old: &Value, column: &Column) -> Option<Value> {
        let new = match self {
            Self::Date(dates) => dates.coarser(old.as_text()?)?,
            Self::Ip(addresses) => addresses.coarser(old.as_text()?)?,
            Self::Text(count) => text::coarser(old, *count)?,
        };
        let fits = column
            .length_max
            .is_none_or(|max| new.chars().count() <= max as usize);
        fits.then_some(Value::Text(new))
    }
}

/// True for a column that holds text, or in SQLite whatever was put into it.
fn holds_text(column: &Column, dialect: Dialect) -> bool {
    column.kind == ColumnKind::Text
        || (column.kind == ColumnKind::Other && dialect == Dialect::Sqlite)
}

fn wrong(column: &Column, what: &str, hint: &str) -> Complaint {
    let sentence = format!(
        "column {} ({}) holds no {what}",
        column.name, column.sql_type
    );
    Complaint::new(sentence, hint)
}
