//! References by a key that is kept as text.

use super::{Column, ColumnKind};

/// How the key of a row is written where another row refers to it by text: `42`, `invoice:42`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyText {
    /// The child's column that holds the text.
    pub column: Column,
    /// What is written in it, one part after the other.
    pub parts: Vec<KeyPart>,
    /// How the column compares it, as far as that is known.
    pub compared: Compared,
    /// A key of one whole number can be looked up by an index of its own: the database itself sees to it that the
    /// column holds nothing else.
    pub looked_up: bool,
}

/// A part of a key written as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPart {
    /// The same in every row.
    Literal(String),
    /// A column of the row that is referred to.
    Column(Column),
}

/// What the column's own comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Texts are equal where their bytes are.
    ByBytes,
    /// Texts that are equal are found by it, and others perhaps too (letter case, accents, padding).
    Loosely,
    /// The two columns have collations that do not go together.
    NotAtAll,
}

impl KeyText {
    /// The columns of the parent, in the order in which they are written.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.parts.iter().filter_map(|part| match part {
            KeyPart::Literal(_) => None,
            KeyPart::Column(column) => Some(column),
        })
    }

    /// The one column of a key of one column, with what is written before and after it in characters.
    #[must_use]
    pub fn only(&self) -> Option<(&Column, usize, usize)> {
        let count = |parts: &[KeyPart]| {
            let length = |part: &KeyPart| match part {
                KeyPart::Literal(text) => text.chars().count(),
                KeyPart::Column(_) => 0,
            };
            parts.iter().map(length).sum()
        };
        let is_column = |part: &KeyPart| matches!(part, KeyPart::Column(_));
        let at = self.parts.iter().position(is_column)?;
        let (before, rest) = self.parts.split_at(at);
        let [KeyPart::Column(column), after @ ..] = rest else {
            return None;
        };
        (!after.iter().any(is_column)).then(|| (column, count(before), count(after)))
    }

    /// True where the same row has the same text everywhere.
    #[must_use]
    pub fn can_be_written(kind: ColumnKind) -> bool {
        matches!(
            kind,
            ColumnKind::Integer | ColumnKind::Unsigned | ColumnKind::Uuid | ColumnKind::Text
        )
    }
}
