//! Conditions as a tree: what is asked of a row, before any database's spelling.
//!
//! The constructors simplify where truth is constant, so that a rule with one purpose and no conditions becomes a
//! plain comparison that an index can serve.

use crate::catalog::TableName;

use super::{KeyList, Tree, Value, Writing};

/// Which occurrence of a table a column belongs to. The target of a statement is [`Alias::ROW`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Alias(pub u32);

impl Alias {
    /// The row that a statement is about.
    pub const ROW: Self = Self(0);
}

/// A test of three-valued logic whose answer is never NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    True,
    NotTrue,
    False,
    NotFalse,
    Null,
    NotNull,
}

/// A comparison; NULL on either side gives NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Arithmetic that a condition may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Concat,
}

/// The functions that a condition may use: deterministic, without side effects, the same in all databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Coalesce,
    Lower,
    Upper,
    Trim,
    Length,
    Abs,
    NullIf,
    /// (text, from, count), counted in characters from 1.
    Substring,
    /// Not for conditions of a schedule: whether a date of MySQL has a month and a day at all.
    Month,
    DayOfMonth,
}

/// The shape of a text: digits at fixed places, literals between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShapePart {
    /// That many digits.
    Digits(u8),
    /// A month, 01 to 12.
    Month,
    /// A day of a month, 01 to 31.
    Day,
    /// One character as it is.
    Literal(char),
    /// Nothing, or a point and digits, at the end.
    Fraction,
    /// That many hexadecimal digits, lowercase.
    Hex(u8),
    /// A number of an IPv4 address, 0 to 255, of one to three digits. Not in one shape with [`ShapePart::Hextet`];
    /// between octets stand points only.
    Octet,
    /// A group of an IPv6 address, of one to four hexadecimal digits; between groups stand colons only.
    Hextet,
}

/// What is asked of a network address of PostgreSQL ([`Expr::Network`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    pub v4_bits: u8,
    pub v6_bits: u8,
    pub part: NetworkPart,
}

/// Which part of a network address is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkPart {
    /// `inet`: the address is the first one of its network; a mask of its own is not looked at.
    Address,
    /// `cidr`: the mask is no longer than that many bits.
    Mask,
}

/// An expression over rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    Truth(bool),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Is(Box<Expr>, Is),
    Compare(Box<Expr>, Op, Box<Expr>),
    In(Box<Expr>, Vec<Expr>),
    Like(Box<Expr>, Box<Expr>),
    Compute(Box<Expr>, Arithmetic, Box<Expr>),
    Call(Function, Vec<Expr>),
    Column(Alias, String),
    /// A bound value, cast to a type of the catalogue where the database would not infer it.
    Value(Value, Option<String>),
    Exists(Box<Subquery>),
    /// The row is above, or below, certain rows of its own table.
    Tree(Box<Tree>),
    /// At least so many rows meet it; never NULL.
    AtLeast(u32, Box<Subquery>),
    /// The columns equal one of these tuples.
    InKeys(KeyList),
    /// A text has exactly this shape. NULL gives NULL or false.
    Shaped(Box<Expr>, Vec<ShapePart>),
    /// A text without its literals, put in another order: (from, count) pieces, counted in characters from 1.
    Pieces(Box<Expr>, Vec<(u32, u32)>),
    /// A text compared byte by byte, whatever its column's collation is.
    ByteWise(Box<Expr>),
    /// A part of a key as it is written in a text that refers to the row. NULL stays NULL.
    Written(Box<Expr>, Writing),
    /// The whole number in a text, after so many characters and before so many others. NULL where there is none: this
    /// narrows, and a comparison as text must stand beside it.
    NumberIn {
        text: Box<Expr>,
        before: u32,
        after: u32,
    },
    /// A value as text that is compared character by character, whatever its collation: not by letter case, not by
    /// accents, not by what pads it. For comparing only: its length may be in bytes.
    Exact(Box<Expr>),
    /// PostgreSQL: an `inet` or `cidr` says no more than its network does. An IPv4 address mapped into IPv6 is asked
    /// for its IPv4 network.
    Network(Box<Expr>, Network),
    /// PostgreSQL: the row lies on the pages from the first to before the second.
    Pages(Alias, u64, u64),
    /// A value that PostgreSQL's planner does not look at: at the end of an index it would pass every removed row.
    Unplanned(Box<Expr>),
}

/// A table that a condition reads beside the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subquery {
    pub table: TableName,
    pub alias: Alias,
    /// Further tables, each with the alias it has and the condition that joins it.
    pub joins: Vec<(TableName, Alias, Expr)>,
    pub condition: Expr,
}

impl Expr {
    /// A column of the row.
    #[must_use]
    pub fn column(alias: Alias, name: &str) -> Self {
        Self::Column(alias, name.to_owned())
    }

    /// All of them; nothing is true, one false is false.
    #[must_use]
    pub fn all(terms: impl IntoIterator<Item = Expr>) -> Self {
        let mut kept = Vec::new();
        for term in terms {
            match term {
                Self::Truth(true) => {}
                Self::Truth(false) => return Self::Truth(false),
                Self::And(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::Truth(true),
            1 => kept.remove(0),
            _ => Self::And(kept),
        }
    }

    /// Any of them; nothing is false, one true is true.
    #[must_use]
    pub fn any(terms: impl IntoIterator<Item = Expr>) -> Self {
        let mut kept = Vec::new();
        for term in terms {
            match term {
                Self::Truth(false) => {}
                Self::Truth(true) => return Self::Truth(true),
                Self::Or(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::Truth(false),
            1 => kept.remove(0),
            _ => Self::Or(kept),
        }
    }

    /// Not this, for a condition that is never NULL or where NULL may stay NULL.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Truth(truth) => Self::Truth(!truth),
            Self::Not(inner) => *inner,
            Self::Is(inner, is) => Self::Is(inner, is.opposite()),
            other => Self::Not(Box::new(other)),
        }
    }

    /// A test whose answer is never NULL.
    #[must_use]
    pub fn is(self, is: Is) -> Self {
        match (&self, is) {
            (Self::Truth(truth), Is::True | Is::NotFalse) => Self::Truth(*truth),
            (Self::Truth(truth), Is::False | Is::NotTrue) => Self::Truth(!*truth),
            // EXISTS and IS are never NULL.
            (Self::Exists(_) | Self::AtLeast(..) | Self::Is(..), Is::True | Is::NotFalse) => self,
            (Self::Exists(_) | Self::AtLeast(..) | Self::Is(..), Is::False | Is::NotTrue) => {
                self.negated()
            }
            _ => Self::Is(Box::new(self), is),
        }
    }

    /// A comparison.
    #[must_use]
    pub fn compare(self, op: Op, other: Expr) -> Self {
        Self::Compare(Box::new(self), op, Box::new(other))
    }

    /// The same condition about another occurrence of the table: each column of `from` becomes one of `to`.
    #[must_use]
    pub fn realias(&self, from: Alias, to: Alias) -> Self {
        let again = |inner: &Expr| Box::new(inner.realias(from, to));
        let each = |list: &[Expr]| list.iter().map(|one| one.realias(from, to)).collect();
        let swap = |alias: Alias| if alias == from { to } else { alias };
        match self {
            Self::Truth(_) | Self::Value(..) => self.clone(),
            Self::And(list) => Self::And(each(list)),
            Self::Or(list) => Self::Or(each(list)),
            Self::Not(inner) => Self::Not(again(inner)),
            Self::Is(inner, is) => Self::Is(again(inner), *is),
            Self::Compare(a, op, b) => Self::Compare(again(a), *op, again(b)),
            Self::In(a, list) => Self::In(again(a), each(list)),
            Self::Like(a, b) => Self::Like(again(a), again(b)),
            Self::Compute(a, op, b) => Self::Compute(again(a), *op, again(b)),
            Self::Call(function, list) => Self::Call(*function, each(list)),
            Self::Column(alias, name) => Self::Column(swap(*alias), name.clone()),
            Self::Exists(query) => Self::Exists(Box::new(query.realias(from, to))),
            Self::AtLeast(count, query) => Self::AtLeast(*count, Box::new(query.realias(from, to))),
            Self::Tree(tree) => Self::Tree(Box::new(tree.realias(from, to))),
            Self::InKeys(list) => Self::InKeys(KeyList {
                alias: swap(list.alias),
                ..list.clone()
            }),
            Self::Shaped(inner, shape) => Self::Shaped(again(inner), shape.clone()),
            Self::Pieces(inner, pieces) => Self::Pieces(again(inner), pieces.clone()),
            Self::ByteWise(inner) => Self::ByteWise(again(inner)),
            Self::Exact(inner) => Self::Exact(again(inner)),
            Self::Written(inner, writing) => Self::Written(again(inner), *writing),
            Self::NumberIn {
                text,
                before,
                after,
            } => Self::NumberIn {
                text: again(text),
                before: *before,
                after: *after,
            },
            Self::Network(inner, network) => Self::Network(again(inner), *network),
            Self::Pages(alias, first, end) => Self::Pages(swap(*alias), *first, *end),
            Self::Unplanned(inner) => Self::Unplanned(again(inner)),
        }
    }

    /// True where the condition reads a table beside the row.
    #[must_use]
    pub fn reads_other_tables(&self) -> bool {
        !self.tables_read().is_empty()
    }

    /// The tables that the condition reads beside the row.
    #[must_use]
    pub fn tables_read(&self) -> Vec<TableName> {
        let mut found = Vec::new();
        self.visit(&mut |one| {
            if let Self::Exists(query) | Self::AtLeast(_, query) = one {
                found.push(query.table.clone());
                found.extend(query.joins.iter().map(|(table, ..)| table.clone()));
            }
            if let Self::Tree(tree) = one {
                found.push(tree.table.clone());
            }
        });
        found
    }

    /// The columns of one occurrence that the condition reads.
    #[must_use]
    pub fn columns_read(&self, of: Alias) -> Vec<String> {
        let mut found = Vec::new();
        self.visit(&mut |one| {
            if let Self::Column(alias, name) = one
                && *alias == of
                && !found.contains(name)
            {
                found.push(name.clone());
            }
        });
        found
    }

    /// Calls `see` for this expression and everything inside it.
    pub fn visit(&self, see: &mut impl FnMut(&Expr)) {
        see(self);
        match self {
            Self::Truth(_)
            | Self::Value(..)
            | Self::Column(..)
            | Self::InKeys(_)
            | Self::Pages(..) => {}
            Self::And(list) | Self::Or(list) | Self::Call(_, list) => {
                list.iter().for_each(|one| one.visit(see));
            }
            Self::Not(inner)
            | Self::Is(inner, _)
            | Self::ByteWise(inner)
            | Self::Shaped(inner, _)
            | Self::Exact(inner)
            | Self::Written(inner, _)
            | Self::NumberIn { text: inner, .. }
            | Self::Network(inner, _)
            | Self::Unplanned(inner)
            | Self::Pieces(inner, _) => inner.visit(see),
            Self::Compare(a, _, b) | Self::Like(a, b) | Self::Compute(a, _, b) => {
                a.visit(see);
                b.visit(see);
            }
            Self::In(a, list) => {
                a.visit(see);
                list.iter().for_each(|one| one.visit(see));
            }
            Self::Tree(tree) => tree.condition.visit(see),
            Self::Exists(query) | Self::AtLeast(_, query) => {
                query.joins.iter().for_each(|(.., on)| on.visit(see));
                query.condition.visit(see);
            }
        }
    }
}

impl Subquery {
    fn realias(&self, from: Alias, to: Alias) -> Self {
        let join = |(table, alias, on): &(TableName, Alias, Expr)| {
            (table.clone(), *alias, on.realias(from, to))
        };
        Self {
            joins: self.joins.iter().map(join).collect(),
            condition: self.condition.realias(from, to),
            ..self.clone()
        }
    }
}

impl Is {
    fn opposite(self) -> Self {
        match self {
            Self::True => Self::NotTrue,
            Self::NotTrue => Self::True,
            Self::False => Self::NotFalse,
            Self::NotFalse => Self::False,
            Self::Null => Self::NotNull,
            Self::NotNull => Self::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_truth_is_simplified_away() {
        let column = Expr::column(Alias::ROW, "a");
        assert_eq!(
            Expr::all([Expr::Truth(true), column.clone()]),
            column.clone()
        );
        assert_eq!(
            Expr::all([Expr::Truth(false), column.clone()]),
            Expr::Truth(false)
        );
        assert_eq!(
            Expr::any([Expr::Truth(false), column.clone()]),
            column.clone()
        );
        assert_eq!(Expr::any([]), Expr::Truth(false));
        assert_eq!(Expr::all([]), Expr::Truth(true));
        assert_eq!(Expr::Truth(true).is(Is::False), Expr::Truth(false));
        assert_eq!(column.clone().negated().negated(), column);
    }

    #[test]
    fn another_alias_reaches_every_place() {
        let inner = Expr::column(Alias::ROW, "a").compare(Op::Equal, Expr::column(Alias(7), "b"));
        let outer = Expr::Exists(Box::new(Subquery {
            table: TableName {
                schema: "s".into(),
                table: "t".into(),
            },
            alias: Alias(7),
            joins: vec![],
            condition: inner,
        }));
        let moved = outer.realias(Alias::ROW, Alias(3));
        assert!(moved.columns_read(Alias::ROW).is_empty());
        assert_eq!(moved.columns_read(Alias(3)), vec!["a".to_owned()]);
        assert!(moved.reads_other_tables());
    }
}
