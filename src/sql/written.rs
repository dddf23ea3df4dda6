//! Keys that are kept as text: how they are written, and the number that a text may be about.

use crate::catalog::ColumnKind;

use super::{Dialect, Expr, Sql, Value};

/// How a part of a key is written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// A whole number, in decimal digits and without leading zeros.
    Signed,
    Unsigned,
    /// As it is; a uuid in lower case.
    Text,
    Uuid,
}

impl Writing {
    /// Of a column of this kind.
    #[must_use]
    pub fn of(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Integer => Self::Signed,
            ColumnKind::Unsigned => Self::Unsigned,
            ColumnKind::Uuid => Self::Uuid,
            _ => Self::Text,
        }
    }
}

impl Sql {
    /// A part of a key as text. On MySQL and MariaDB it has the weakest claim to a collation, so that a column which
    /// is compared with it keeps its own, and its index; a column that is filled up with zeros is written without.
    pub(super) fn written(&mut self, inner: &Expr, writing: Writing) -> &mut Self {
        if !self.dialect().is_mysql_family() {
            return self.push("CAST(").expr(inner).push(" AS text)");
        }
        match writing {
            Writing::Signed => self.push("CONCAT(CAST(").expr(inner).push(" AS SIGNED))"),
            Writing::Unsigned => self.push("CONCAT(CAST(").expr(inner).push(" AS UNSIGNED))"),
            Writing::Uuid => self.push("CONCAT(").expr(inner).push(")"),
            Writing::Text => self.expr(inner),
        }
    }

    /// The whole number in a text.
    pub(super) fn number_in(&mut self, text: &Expr, before: u32, after: u32) -> &mut Self {
        match self.dialect() {
            Dialect::Postgres => {
                self.push("(CASE WHEN CAST(").digits(text, before, after);
                self.push(
                    " AS numeric) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(",
                );
                self.digits(text, before, after).push(" AS bigint) END)")
            }
            Dialect::Mysql | Dialect::Mariadb => {
                self.push("(CASE WHEN ").expr(text).push(" REGEXP ");
                self.bind(Value::Text(pattern(before, after, 20)));
                self.push(" THEN CAST(")
                    .middle(text, before, after, "CHAR_LENGTH(");
                self.push(" AS DECIMAL(20,0)) END)")
            }
            // No text is too strange for it, and none is an error.
            Dialect::Sqlite => {
                self.push("CAST(").middle(text, before, after, "LENGTH(");
                self.push(" AS INTEGER)")
            }
        }
    }

    fn digits(&mut self, text: &Expr, before: u32, after: u32) -> &mut Self {
        self.push("SUBSTRING(").expr(text).push(" FROM CAST(");
        self.bind(Value::Text(pattern(before, after, 19)));
        self.push(" AS text))")
    }

    fn middle(&mut self, text: &Expr, before: u32, after: u32, length: &'static str) -> &mut Self {
        self.push("SUBSTR(").expr(text).push(", ");
        self.number(u64::from(before) + 1).push(", ").push(length);
        self.expr(text).push(") - ");
        self.number(u64::from(before) + u64::from(after)).push(")")
    }
}

fn pattern(before: u32, after: u32, digits: u32) -> String {
    format!("^.{{{before}}}(-?[0-9]{{1,{digits}}}).{{{after}}}$")
}
