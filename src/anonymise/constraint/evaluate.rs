//! What a condition says when only one column is known.

use sqlparser::ast::{self, BinaryOperator, UnaryOperator};

use super::pattern::{self, Cell};
use super::{Subject, Verdict, bare, is_column, membership, number_of, text_of};

/// Three-valued logic, and a fourth value for what cannot be known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    Null,
    Unknown,
}

impl Truth {
    fn of(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Null | Self::Unknown => self,
        }
    }

    fn not_if(self, negated: bool) -> Self {
        if negated { self.not() } else { self }
    }

    /// The first of them that is `strong` decides; then what is unknown, then NULL.
    fn fold(all: impl IntoIterator<Item = Self>, strong: Self) -> Self {
        let rank = |one: &Self| match one {
            one if *one == strong => 3,
            Self::Unknown => 2,
            Self::Null => 1,
            Self::True | Self::False => 0,
        };
        all.into_iter().max_by_key(rank).unwrap_or(strong.not())
    }
}

/// A CHECK is passed when it is true or NULL.
pub(super) fn verdict(expr: &ast::Expr, column: &str, subject: &Subject) -> Verdict {
    match (Reader { column, subject }).truth(expr) {
        Truth::True | Truth::Null => Verdict::Passes,
        Truth::False => Verdict::Fails,
        Truth::Unknown => Verdict::Unproven,
    }
}

struct Reader<'a> {
    column: &'a str,
    subject: &'a Subject,
}

/// One side of a comparison.
enum Term {
    Null,
    Characters(Vec<Cell>),
    Range(i128, i128),
    Unknown,
}

impl Reader<'_> {
    fn truth(&self, expr: &ast::Expr) -> Truth {
        if let Some((one, list)) = membership(expr) {
            return self.any_equal(one, list);
        }
        match expr {
            ast::Expr::Nested(inner) => self.truth(inner),
            ast::Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => self.truth(expr).not(),
            ast::Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            ast::Expr::IsNull(inner) => self.is_null(inner),
            ast::Expr::IsNotNull(inner) => self.is_null(inner).not(),
            ast::Expr::InList { expr, list, .. } => self.any_equal(expr, list).not(),
            ast::Expr::Between {
                expr,
                negated,
                low,
                high,
            } => Truth::fold(
                [
                    self.compare(expr, &BinaryOperator::GtEq, low),
                    self.compare(expr, &BinaryOperator::LtEq, high),
                ],
                Truth::False,
            )
            .not_if(*negated),
            ast::Expr::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char: None,
            } => self.like(expr, pattern).not_if(*negated),
            ast::Expr::RLike {
                negated: false,
                expr,
                pattern,
                ..
            } => self.regular(expr, pattern),
            ast::Expr::Value(value) => match value.value {
                ast::Value::Boolean(truth) => Truth::of(truth),
                _ => Truth::Unknown,
            },
            _ => Truth::Unknown,
        }
    }

    fn binary(&self, left: &ast::Expr, op: &BinaryOperator, right: &ast::Expr) -> Truth {
        match op {
            BinaryOperator::And => Truth::fold([self.truth(left), self.truth(right)], Truth::False),
            BinaryOperator::Or => Truth::fold([self.truth(left), self.truth(right)], Truth::True),
            BinaryOperator::PGLikeMatch => self.like(left, right),
            BinaryOperator::PGNotLikeMatch => self.like(left, right).not(),
            BinaryOperator::PGRegexMatch | BinaryOperator::PGRegexIMatch => {
                self.regular(left, right)
            }
            other => self.compare(left, other, right),
        }
    }

    fn is_null(&self, inner: &ast::Expr) -> Truth {
        match self.term(inner) {
            Term::Null => Truth::True,
            Term::Characters(_) | Term::Range(..) => Truth::False,
            Term::Unknown if is_column(inner, self.column) => Truth::False,
            Term::Unknown => Truth::Unknown,
        }
    }

    fn any_equal(&self, one: &ast::Expr, list: &[ast::Expr]) -> Truth {
        let each = list
            .iter()
            .map(|member| self.compare(one, &BinaryOperator::Eq, member));
        Truth::fold(each, Truth::True)
    }

    fn like(&self, one: &ast::Expr, pattern: &ast::Expr) -> Truth {
        match (self.term(one), text_of(pattern)) {
            (Term::Null, _) => Truth::Null,
            (Term::Characters(cells), Some(pattern)) => pattern::like(&cells, &pattern),
            _ => Truth::Unknown,
        }
    }

    /// A regular expression is not decided, but for one: where it asks for an `@`, it is about e-mail addresses, and
    /// an ordinary address is taken to pass. The trial in the database has the last word.
    fn regular(&self, one: &ast::Expr, pattern: &ast::Expr) -> Truth {
        match (self.term(one), text_of(pattern)) {
            (Term::Null, _) => Truth::Null,
            (Term::Characters(cells), Some(pattern))
                if pattern.contains('@')
                    && cells.contains(&Cell::Is('@'))
                    && cells.iter().any(|cell| matches!(cell, Cell::OneOf(_))) =>
            {
                Truth::True
            }
            _ => Truth::Unknown,
        }
    }

    fn compare(&self, left: &ast::Expr, op: &BinaryOperator, right: &ast::Expr) -> Truth {
        match (self.term(left), self.term(right)) {
            (Term::Null, _) | (_, Term::Null) => Truth::Null,
            (Term::Range(low, high), Term::Range(from, to)) => ranges(low, high, op, from, to),
            (Term::Characters(one), Term::Characters(other)) => {
                let same = match (whole(&one), whole(&other)) {
                    (_, Some(text)) => pattern::equal(&one, &text),
                    (Some(text), None) => pattern::equal(&other, &text),
                    // The same column twice has the same text twice.
                    (None, None) if one == other => Truth::True,
                    (None, None) => Truth::Unknown,
                };
                match op {
                    BinaryOperator::Eq => same,
                    BinaryOperator::NotEq => same.not(),
                    _ => Truth::Unknown,
                }
            }
            _ => Truth::Unknown,
        }
    }

    fn term(&self, expr: &ast::Expr) -> Term {
        if is_column(expr, self.column) {
            return match self.subject {
                Subject::Null => Term::Null,
                Subject::Text(cells) => Term::Characters(cells.clone()),
                Subject::Number(low, high) => Term::Range(*low, *high),
                Subject::Opaque => Term::Unknown,
            };
        }
        if let Some(number) = number_of(expr) {
            return Term::Range(number, number);
        }
        if let Some(text) = text_of(expr) {
            return Term::Characters(text.chars().map(Cell::Is).collect());
        }
        match bare(expr) {
            ast::Expr::Function(call) => self.call(call),
            ast::Expr::Trim { expr, .. } => self.folded(self.term(expr)),
            _ => Term::Unknown,
        }
    }

    fn call(&self, call: &ast::Function) -> Term {
        let ast::FunctionArguments::List(list) = &call.args else {
            return Term::Unknown;
        };
        let [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(inner))] = &list.args[..] else {
            return Term::Unknown;
        };
        let inner = self.term(inner);
        match (call.name.to_string().to_lowercase().as_str(), inner) {
            (_, Term::Null) => Term::Null,
            ("length" | "char_length" | "character_length", Term::Characters(cells)) => {
                let count = cells.len() as i128;
                Term::Range(count, count)
            }
            ("lower" | "trim" | "btrim" | "rtrim" | "ltrim", inner) => self.folded(inner),
            _ => Term::Unknown,
        }
    }

    /// A text that neither lower-casing nor trimming changes.
    fn folded(&self, inner: Term) -> Term {
        match inner {
            Term::Characters(cells)
                if !cells.iter().any(|cell| {
                    matches!(cell, Cell::Is(one) if one.is_whitespace() || !one.to_lowercase().eq([*one]))
                }) =>
            {
                Term::Characters(cells)
            }
            Term::Null => Term::Null,
            Term::Characters(_) | Term::Range(..) | Term::Unknown => Term::Unknown,
        }
    }
}

/// The text, where every character of it is known.
fn whole(cells: &[Cell]) -> Option<String> {
    cells
        .iter()
        .map(|cell| match cell {
            Cell::Is(one) => Some(*one),
            Cell::OneOf(_) => None,
        })
        .collect()
}

/// A comparison of any number of the first range with any of the second.
fn ranges(low: i128, high: i128, op: &BinaryOperator, from: i128, to: i128) -> Truth {
    let decided = |always: bool, never: bool| match (always, never) {
        (true, _) => Truth::True,
        (_, true) => Truth::False,
        _ => Truth::Unknown,
    };
    let same = low == high && from == to && low == from;
    let apart = high < from || to < low;
    match op {
        BinaryOperator::Lt => decided(high < from, low >= to),
        BinaryOperator::LtEq => decided(high <= from, low > to),
        BinaryOperator::Gt => decided(low > to, high <= from),
        BinaryOperator::GtEq => decided(low >= to, high < from),
        BinaryOperator::Eq => decided(same, apart),
        BinaryOperator::NotEq => decided(apart, same),
        _ => Truth::Unknown,
    }
}
