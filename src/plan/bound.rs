//! What bounds one batch, beside the whole condition.

use crate::catalog::Column;
use crate::resolve::Partition;
use crate::sql::{Alias, Dialect, Expr, Is, KeyList, Op, Value};

/// The bound of one batch: found by reading, said again in the removing statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// Rows between two places in an order.
    Range(Range),
    /// PostgreSQL: rows on a run of pages of the heap; the end is exclusive.
    Pages { first: u64, end: u64 },
    /// PostgreSQL: row versions at these places of the heap.
    Places(Vec<Place>),
    /// PostgreSQL: all rows of a partition, if every one of them is due.
    Partition(Partition),
    /// Rows with these keys.
    Keys {
        columns: Vec<Column>,
        keys: Vec<Vec<Value>>,
    },
}

/// Where the version of a row lies in a heap of PostgreSQL, in that order. A version that somebody has changed lies
/// elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub page: u32,
    /// On the page, from 1.
    pub line: u16,
}

impl Place {
    /// Reads a place as PostgreSQL writes it, "(7,12)"; `None`: it is not one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let inner = text.strip_prefix('(')?.strip_suffix(')')?;
        let (page, line) = inner.split_once(',')?;
        Some(Self {
            page: page.parse().ok()?,
            line: line.parse().ok()?,
        })
    }

    fn value(self) -> Value {
        Value::Text(format!("({},{})", self.page, self.line))
    }
}

/// Rows from one place to another, in the order of some columns. What is `None` bounds nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Range {
    pub columns: Vec<Column>,
    /// The least value of the first column.
    pub from: Option<Value>,
    /// The first column is less.
    pub before: Option<Value>,
    /// Exclusive. A place may say less than all columns: then it stands for all rows that begin so.
    pub after: Option<Vec<Value>>,
    /// Inclusive.
    pub upto: Option<Vec<Value>>,
}

impl Bound {
    /// As a condition about the row.
    #[must_use]
    pub fn condition(&self, dialect: Dialect) -> Expr {
        match self {
            Self::Range(range) => range.condition(dialect),
            Self::Pages { first, end } => Expr::Pages(Alias::ROW, *first, *end),
            Self::Places(places) => places_condition(places),
            Self::Partition(one) => one.condition(Alias::ROW),
            Self::Keys { columns, keys } => keys_condition(columns, keys, dialect),
        }
    }

    /// The rows within it of which a condition is true.
    #[must_use]
    pub fn within(&self, condition: &Expr, dialect: Dialect) -> Expr {
        let condition = match self {
            // The same index serves both.
            Self::Range(_) => condition.clone(),
            Self::Pages { .. } | Self::Places(_) | Self::Partition(_) | Self::Keys { .. } => {
                asked(condition)
            }
        };
        Expr::all([self.condition(dialect), condition])
    }
}

/// A condition that is asked of rows which something else finds. Said so that no index serves it: a planner that takes
/// three comparisons of a start event for three rows goes through the index of all that is due, batch after batch.
#[must_use]
pub fn asked(condition: &Expr) -> Expr {
    let terms = match condition {
        Expr::And(terms) => terms.clone(),
        one => vec![one.clone()],
    };
    let asked = |term: Expr| match term.reads_other_tables() {
        true => term,
        false => term.is(Is::True),
    };
    Expr::all(terms.into_iter().map(asked))
}

fn places_condition(places: &[Place]) -> Expr {
    Expr::InKeys(KeyList {
        alias: Alias::ROW,
        columns: vec![("ctid".to_owned(), Some("tid".to_owned()))],
        keys: places.iter().map(|one| vec![one.value()]).collect(),
    })
}

/// Rows with these keys.
#[must_use]
pub fn keys_condition(columns: &[Column], keys: &[Vec<Value>], dialect: Dialect) -> Expr {
    Expr::InKeys(KeyList {
        alias: Alias::ROW,
        columns: columns
            .iter()
            .map(|column| (column.name.clone(), column.cast_for(dialect)))
            .collect(),
        keys: keys.to_vec(),
    })
}

impl Range {
    /// As a condition about the row. The first column is compared by itself as well: an index serves that, and not
    /// every planner sees it in the alternatives of a composite order.
    #[must_use]
    pub fn condition(&self, dialect: Dialect) -> Expr {
        let mut terms = Vec::new();
        let firsts = [(&self.from, Op::GreaterOrEqual), (&self.before, Op::Less)];
        for (value, op) in firsts {
            if let (Some(column), Some(value)) = (self.columns.first(), value) {
                terms.push(compare(column, op, value, dialect));
            }
        }
        if let Some(after) = &self.after {
            terms.extend(self.one_side(after, Op::Greater, Op::GreaterOrEqual, dialect));
        }
        if let Some(upto) = &self.upto {
            terms.extend(self.one_side(upto, Op::Less, Op::LessOrEqual, dialect));
        }
        Expr::all(terms)
    }

    fn one_side(&self, place: &[Value], strict: Op, loose: Op, dialect: Dialect) -> Vec<Expr> {
        // A range ends at its last row and begins after it.
        let last = if strict == Op::Less { loose } else { strict };
        if let ([column, ..], [value]) = (self.columns.as_slice(), place) {
            return vec![compare(column, last, value, dialect)];
        }
        let mut alternatives = Vec::new();
        for depth in 0..place.len() {
            let op = if depth + 1 == place.len() {
                last
            } else {
                strict
            };
            let equal =
                (0..depth).map(|one| compare(&self.columns[one], Op::Equal, &place[one], dialect));
            let beyond = compare(&self.columns[depth], op, &place[depth], dialect);
            alternatives.push(Expr::all(equal.chain([beyond])));
        }
        vec![
            compare(&self.columns[0], loose, &place[0], dialect),
            Expr::any(alternatives),
        ]
    }
}

fn compare(column: &Column, op: Op, value: &Value, dialect: Dialect) -> Expr {
    let cast = match value {
        Value::Text(_) => column.cast_for(dialect),
        _ => None,
    };
    Expr::column(Alias::ROW, &column.name).compare(op, Expr::Value(value.clone(), cast))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = Place {
            page: 4_294_967_294,
            line: 291,
        };
        let written = place.value();
        assert_eq!(written.as_text().and_then(Place::read), Some(place));
        for text in ["", "(1,2", "1,2", "(1)", "(-1,2)", "(1,70000)"] {
            assert_eq!(Place::read(text), None, "{text}");
        }
    }
}
