//! CHECK constraints, as far as they can be decided without the database.
//!
//! A CHECK is read for one column and one new value (or a whole family of them); every other column is unknown. What
//! is not understood is not decided: the caller refuses, or leaves it to a trial in the database.

mod evaluate;
mod extract;
mod narrow;
mod pattern;

use sqlparser::ast;
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use crate::catalog::{Column, Table};
use crate::sql::Dialect;

pub(super) use narrow::{choices, range};
pub(super) use pattern::Cell;

/// What will stand in the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    Null,
    /// A text, character by character.
    Text(Vec<Cell>),
    /// Any number from the first to the second, both included.
    Number(i128, i128),
    /// Something that is not NULL.
    Opaque,
}

impl Subject {
    /// One text.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.chars().map(Cell::Is).collect())
    }
}

/// What the CHECKs of a table say of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Every CHECK that mentions the column is certain to be passed.
    Passes,
    /// One is certain to be failed.
    Fails,
    Unproven,
}

/// What the CHECKs of the table say of that value in that column.
pub(super) fn verdict(
    table: &Table,
    column: &Column,
    dialect: Dialect,
    subject: &Subject,
) -> Verdict {
    let mut all = Verdict::Passes;
    for text in mentioning(table, column) {
        let one = parse(text, dialect).map_or(Verdict::Unproven, |expr| {
            evaluate::verdict(&expr, &column.name, subject)
        });
        match one {
            Verdict::Fails => return Verdict::Fails,
            Verdict::Unproven => all = Verdict::Unproven,
            Verdict::Passes => {}
        }
    }
    all
}

/// The CHECKs in which the column's name occurs as a word.
pub(super) fn mentioning<'a>(table: &'a Table, column: &Column) -> impl Iterator<Item = &'a str> {
    let name = column.name.to_lowercase();
    table
        .checks
        .iter()
        .flat_map(|text| extract::conditions(text))
        .filter(move |text| has_word(&text.to_lowercase(), &name))
}

fn has_word(text: &str, word: &str) -> bool {
    let part = |one: char| one.is_alphanumeric() || one == '_';
    text.match_indices(word).any(|(from, _)| {
        let before = text[..from].chars().next_back();
        let after = text[from + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// The condition of a CHECK, from the whole constraint or from its condition alone.
fn parse(text: &str, dialect: Dialect) -> Option<ast::Expr> {
    let text = text.trim();
    let has_keyword = text
        .get(..5)
        .is_some_and(|word| word.eq_ignore_ascii_case("check"));
    let text = if has_keyword { &text[5..] } else { text };
    let text = ["NO INHERIT", "NOT VALID", "NOT ENFORCED"]
        .iter()
        .fold(text, |text, word| text.trim_end().trim_end_matches(word));
    // MySQL 8 gives its clauses with the quotation marks escaped.
    let text = match dialect {
        Dialect::Mysql => text.replace("\\'", "'"),
        Dialect::Postgres | Dialect::Mariadb | Dialect::Sqlite => text.to_owned(),
    };
    let grammar: &dyn Grammar = match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Mysql | Dialect::Mariadb => &MySqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
    };
    let mut parser = Parser::new(grammar).try_with_sql(&text).ok()?;
    let expr = parser.parse_expr().ok()?;
    (parser.peek_token().token == Token::EOF).then_some(expr)
}

/// The name of the column, where the expression is one; casts and parentheses do not matter.
fn is_column(expr: &ast::Expr, column: &str) -> bool {
    match bare(expr) {
        ast::Expr::Identifier(name) => name.value.eq_ignore_ascii_case(column),
        ast::Expr::CompoundIdentifier(parts) => parts
            .last()
            .is_some_and(|name| name.value.eq_ignore_ascii_case(column)),
        _ => false,
    }
}

/// The expression without parentheses, casts and the character sets of MySQL's literals.
fn bare(expr: &ast::Expr) -> &ast::Expr {
    match expr {
        ast::Expr::Nested(inner)
        | ast::Expr::Cast { expr: inner, .. }
        | ast::Expr::Prefixed { value: inner, .. } => bare(inner),
        other => other,
    }
}

/// The text of a literal.
fn text_of(expr: &ast::Expr) -> Option<String> {
    match bare(expr) {
        ast::Expr::Value(value) => match &value.value {
            ast::Value::SingleQuotedString(text)
            | ast::Value::EscapedStringLiteral(text)
            | ast::Value::DoubleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The number of a literal; whole numbers only.
fn number_of(expr: &ast::Expr) -> Option<i128> {
    match bare(expr) {
        ast::Expr::Value(value) => match &value.value {
            ast::Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        ast::Expr::UnaryOp {
            op: ast::UnaryOperator::Minus,
            expr,
        } => number_of(expr).map(|number| -number),
        _ => None,
    }
}

/// The members of `IN (…)` or of `= ANY (ARRAY[…])`, with what is looked for among them.
fn membership(expr: &ast::Expr) -> Option<(&ast::Expr, &[ast::Expr])> {
    match expr {
        ast::Expr::Nested(inner) => membership(inner),
        ast::Expr::InList {
            expr,
            list,
            negated: false,
        } => Some((expr, list)),
        ast::Expr::AnyOp {
            left,
            compare_op: ast::BinaryOperator::Eq,
            right,
            ..
        } => match bare(right) {
            ast::Expr::Array(array) => Some((left, &array.elem)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymise::testing::{table, varchar};

    #[test]
    fn every_database_has_its_own_spelling() {
        let column = varchar("a", 9);
        for (dialect, text) in [
            (
                Dialect::Postgres,
                "CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])))",
            ),
            (
                Dialect::Postgres,
                "CHECK ((a = ANY (ARRAY['x'::text, 'y'::text]))) NOT VALID",
            ),
            (Dialect::Mysql, "(`a` in (_utf8mb4\\'x\\',_utf8mb4\\'y\\'))"),
            (Dialect::Mariadb, "`a` in ('x','y')"),
            (Dialect::Sqlite, "check (\"a\" IN ('x', 'y'))"),
            (Dialect::Sqlite, "A IN ('x', 'y')"),
            (
                Dialect::Sqlite,
                "CREATE TABLE t (a TEXT CHECK (a IN ('x', 'y')), b INT CHECK (b > 0))",
            ),
        ] {
            let table = Table {
                checks: vec![text.into()],
                ..table(vec![column.clone()])
            };
            let of = |value: &str| verdict(&table, &column, dialect, &Subject::text(value));
            assert_eq!(of("x"), Verdict::Passes, "{text}");
            assert_eq!(of("z"), Verdict::Fails, "{text}");
            assert_eq!(choices(&table, &column, dialect), ["x", "y"], "{text}");
        }
    }

    #[test]
    fn a_check_of_other_columns_is_not_asked() {
        let column = varchar("a", 9);
        let table = Table {
            checks: vec!["CHECK ((aa > 3))".into(), "CHECK (b = 'a_a')".into()],
            ..table(vec![column.clone()])
        };
        assert_eq!(mentioning(&table, &column).count(), 0);
    }
}
