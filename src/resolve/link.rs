//! Which rows a reference leads to: columns that equal each other, or a key that is kept as text.

use crate::catalog::{Compared, KeyPart, KeyText, Relation};
use crate::sql::{Alias, Arithmetic, Dialect, Expr, Op, Value, Writing};

use super::program::Hop;

/// At which end of a step the key is kept as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextEnd {
    /// Where the step begins: it leads up.
    Here(Box<KeyText>),
    /// Where it ends: it leads down.
    There(Box<KeyText>),
}

impl TextEnd {
    fn other(self) -> Self {
        match self {
            Self::Here(text) => Self::There(text),
            Self::There(text) => Self::Here(text),
        }
    }
}

impl Hop {
    /// A reference seen from the child.
    #[must_use]
    pub fn up(relation: &Relation) -> Self {
        Self {
            columns: relation.child_columns.clone(),
            parent: relation.parent.clone(),
            parent_columns: relation.parent_columns.clone(),
            when: None,
            text: relation.text.clone().map(TextEnd::Here),
        }
    }

    /// A reference seen from the parent.
    #[must_use]
    pub fn down(relation: &Relation) -> Self {
        Self {
            columns: relation.parent_columns.clone(),
            parent: relation.child.clone(),
            parent_columns: relation.child_columns.clone(),
            when: None,
            text: relation.text.clone().map(TextEnd::There),
        }
    }

    /// The same step walked from its end to a table where it begins, without its condition.
    #[must_use]
    pub fn back(self, to: &crate::catalog::TableName) -> Self {
        Self {
            columns: self.parent_columns,
            parent: to.clone(),
            parent_columns: self.columns,
            when: None,
            text: self.text.map(TextEnd::other),
        }
    }

    /// The row `there` is one to which the row `here` leads. `there` is looked for: an index of its table serves.
    #[must_use]
    pub fn link(&self, here: Alias, there: Alias) -> Expr {
        match &self.text {
            None => equal(there, &self.parent_columns, here, &self.columns),
            Some(TextEnd::There(text)) => refers_by_text(text, there, here),
            Some(TextEnd::Here(text)) => Expr::all([
                looked_up(text, here, there).unwrap_or(Expr::Truth(true)),
                refers_by_text(text, here, there),
            ]),
        }
    }
}

/// Columns of one occurrence equal those of another.
#[must_use]
pub fn equal(left: Alias, left_columns: &[String], right: Alias, right_columns: &[String]) -> Expr {
    Expr::all(
        left_columns
            .iter()
            .zip(right_columns)
            .map(|(a, b)| Expr::column(left, a).compare(Op::Equal, Expr::column(right, b))),
    )
}

/// The child's text is the parent's key, character by character. The key is written, never the text read: neither
/// "042" nor " 42" is 42. Where the column's own comparison is looser it is asked first, because an index serves it.
fn refers_by_text(text: &KeyText, child: Alias, parent: Alias) -> Expr {
    let stands = || Expr::column(child, &text.column.name);
    let mut terms = Vec::new();
    if text.compared != Compared::NotAtAll {
        terms.push(stands().compare(Op::Equal, written(text, parent)));
    }
    if text.compared != Compared::ByBytes {
        let exact = |one: Expr| Expr::Exact(Box::new(one));
        terms.push(exact(stands()).compare(Op::Equal, exact(written(text, parent))));
    }
    Expr::all(terms)
}

/// The key of [`Alias::ROW`] is written so.
pub(super) fn key_is(text: &KeyText, value: &Value, dialect: Dialect) -> Expr {
    let exact = |one: Expr| Expr::Exact(Box::new(one));
    let stands = || Expr::Value(value.clone(), text.column.cast_for(dialect));
    let written = exact(written(text, Alias::ROW)).compare(Op::Equal, exact(stands()));
    let found = number_in(text, stands(), Alias::ROW).unwrap_or(Expr::Truth(true));
    Expr::all([found, written])
}

/// The key of a row as it stands in such a text.
fn written(text: &KeyText, row: Alias) -> Expr {
    let part = |part: &KeyPart| match part {
        KeyPart::Literal(literal) => Expr::Written(
            Box::new(Expr::Value(Value::Text(literal.clone()), None)),
            Writing::Text,
        ),
        KeyPart::Column(column) => Expr::Written(
            Box::new(Expr::column(row, &column.name)),
            Writing::of(column.kind),
        ),
    };
    let mut parts = text.parts.iter().map(part);
    let first = parts.next().unwrap_or(Expr::Truth(false));
    parts.fold(first, |all, next| {
        Expr::Compute(Box::new(all), Arithmetic::Concat, Box::new(next))
    })
}

/// For the index of the parent's key: the number that the text would have to be about. It only narrows; what it lets
/// through is compared as text all the same.
fn looked_up(text: &KeyText, child: Alias, parent: Alias) -> Option<Expr> {
    number_in(text, Expr::column(child, &text.column.name), parent)
}

fn number_in(text: &KeyText, stands: Expr, parent: Alias) -> Option<Expr> {
    let (column, before, after) = text.only().filter(|_| text.looked_up)?;
    let number = Expr::NumberIn {
        text: Box::new(stands),
        before: u32::try_from(before).ok()?,
        after: u32::try_from(after).ok()?,
    };
    Some(Expr::column(parent, &column.name).compare(Op::Equal, number))
}
