//! The one renderer: an expression becomes text and values in a dialect.

use crate::catalog::TableName;

use super::expr::{Alias, Arithmetic, Expr, Function, Is, Op, ShapePart, Subquery};
use super::{Dialect, Sql, Value};

/// PostgreSQL plans an EXISTS that it cannot make a join twice, once for each row and once hashed, and does so again for
/// each EXISTS in it: planning takes twice as long with every level. An OFFSET says that it is asked row by row. What
/// stands so deep is asked of few rows.
const PLANNED_BOTH_WAYS: u32 = 2;

impl Sql {
    /// Adds a table's name, always with its schema.
    pub fn table(&mut self, name: &TableName) -> &mut Self {
        self.ident(&name.schema).push(".").ident(&name.table)
    }

    /// Adds an alias.
    pub fn alias(&mut self, alias: Alias) -> &mut Self {
        match self.target() {
            // MySQL and MariaDB before 11.6 know no alias for the target of a DELETE.
            Some(target) if alias == Alias::ROW => self.ident(&target),
            // A table may be called as an alias would be (`tests/cases/too-many-ways`): inside a subquery that alias
            // would stand for it.
            Some(target) if is_like_an_alias(&target) => self.push("u").number(u64::from(alias.0)),
            _ => self.push("t").number(u64::from(alias.0)),
        }
    }

    /// Adds a column with its alias.
    pub fn column(&mut self, alias: Alias, name: &str) -> &mut Self {
        self.alias(alias).push(".").ident(name)
    }

    /// Adds a list with a separator between its members.
    pub fn list<T>(
        &mut self,
        members: impl IntoIterator<Item = T>,
        separator: &'static str,
        mut each: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        for (index, member) in members.into_iter().enumerate() {
            if index > 0 {
                self.push(separator);
            }
            each(self, member);
        }
        self
    }

    /// Adds a condition or a scalar.
    pub fn expr(&mut self, expr: &Expr) -> &mut Self {
        match expr {
            Expr::Truth(true) => self.push("(1 = 1)"),
            Expr::Truth(false) => self.push("(1 = 0)"),
            Expr::And(terms) => self.joined(terms, " AND "),
            Expr::Or(terms) => self.joined(terms, " OR "),
            Expr::Not(inner) => self.push("(NOT ").expr(inner).push(")"),
            Expr::Is(inner, is) => self.push("(").expr(inner).push(is_text(*is)).push(")"),
            Expr::Compare(a, op, b) => self.binary(a, op_text(*op), b),
            Expr::Compute(a, op, b) => self.compute(a, *op, b),
            Expr::Like(a, b) => self.binary(a, " LIKE ", b),
            Expr::In(one, list) => {
                self.push("(").expr(one).push(" IN (");
                self.list(list, ", ", |sql, member| {
                    sql.expr(member);
                });
                self.push("))")
            }
            Expr::Call(function, list) => self.call(*function, list),
            Expr::Column(alias, name) => self.column(*alias, name),
            Expr::Value(value, cast) => self.cast_value(value, cast.as_deref()),
            Expr::Exists(query) => self.exists(query),
            Expr::Tree(tree) => self.tree(tree),
            Expr::AtLeast(count, query) => self.at_least(*count, query),
            Expr::InKeys(keys) => self.in_keys(keys),
            Expr::Shaped(inner, shape) => self.shaped(inner, shape),
            Expr::Pieces(inner, pieces) => self.pieces(inner, pieces),
            Expr::ByteWise(inner) => self.byte_wise(inner),
            Expr::Exact(inner) => self.exact(inner),
            Expr::Written(inner, writing) => self.written(inner, *writing),
            Expr::NumberIn {
                text,
                before,
                after,
            } => self.number_in(text, *before, *after),
            Expr::Network(inner, network) => self.network(inner, *network),
            Expr::Pages(alias, first, end) => self.pages(*alias, *first, *end),
            Expr::Unplanned(inner) if self.dialect() == Dialect::Postgres => {
                self.push("(SELECT ").expr(inner).push(")")
            }
            Expr::Unplanned(inner) => self.expr(inner),
        }
    }

    fn joined(&mut self, terms: &[Expr], separator: &'static str) -> &mut Self {
        self.push("(");
        self.list(terms, separator, |sql, term| {
            sql.expr(term);
        });
        self.push(")")
    }

    fn binary(&mut self, a: &Expr, between: &'static str, b: &Expr) -> &mut Self {
        self.push("(").expr(a).push(between).expr(b).push(")")
    }

    fn compute(&mut self, a: &Expr, op: Arithmetic, b: &Expr) -> &mut Self {
        match op {
            Arithmetic::Add => self.binary(a, " + ", b),
            Arithmetic::Subtract => self.binary(a, " - ", b),
            Arithmetic::Multiply => self.binary(a, " * ", b),
            // MySQL's || is OR unless the session says otherwise; CONCAT is the same everywhere it exists.
            Arithmetic::Concat if self.dialect().is_mysql_family() => {
                self.push("CONCAT(").expr(a).push(", ").expr(b).push(")")
            }
            Arithmetic::Concat => self.binary(a, " || ", b),
        }
    }

    fn call(&mut self, function: Function, arguments: &[Expr]) -> &mut Self {
        let name = match (function, self.dialect()) {
            (Function::Coalesce, _) => "COALESCE(",
            (Function::Lower, _) => "LOWER(",
            (Function::Upper, _) => "UPPER(",
            (Function::Trim, _) => "TRIM(",
            (Function::Abs, _) => "ABS(",
            (Function::NullIf, _) => "NULLIF(",
            (Function::Substring, _) => "SUBSTR(",
            (Function::Length, Dialect::Sqlite) => "LENGTH(",
            (Function::Length, _) => "CHAR_LENGTH(",
            (Function::Month, _) => "MONTH(",
            (Function::DayOfMonth, _) => "DAYOFMONTH(",
        };
        self.push(name);
        self.list(arguments, ", ", |sql, argument| {
            sql.expr(argument);
        });
        self.push(")")
    }

    pub(super) fn cast_value(&mut self, value: &Value, cast: Option<&str>) -> &mut Self {
        match cast {
            // A bound NULL has a type of its own, which need not be the column's.
            _ if *value == Value::Null => self.push("NULL"),
            Some(sql_type) => {
                self.push("CAST(");
                self.bind_cast(value.clone(), sql_type);
                self.push(" AS ").catalogue_type(sql_type).push(")")
            }
            // PostgreSQL would take a bound NULL for a text.
            None if *value == Value::Null => self.push("NULL"),
            None => self.bind(value.clone()),
        }
    }

    fn exists(&mut self, query: &Subquery) -> &mut Self {
        let depth = self.enter();
        self.push("(EXISTS (").ones(query);
        if self.dialect() == Dialect::Postgres && depth > PLANNED_BOTH_WAYS {
            self.push(" OFFSET 0");
        }
        self.push("))");
        self.leave();
        self
    }

    /// The last of so many rows is there: a database need not look at more of them, as it would to count.
    fn at_least(&mut self, count: u32, query: &Subquery) -> &mut Self {
        let Some(before) = count.checked_sub(1) else {
            return self.expr(&Expr::Truth(true));
        };
        self.push("((").ones(query).push(" LIMIT 1 OFFSET ");
        self.number(u64::from(before)).push(") IS NOT NULL)")
    }

    /// One for each row of a subquery.
    fn ones(&mut self, query: &Subquery) -> &mut Self {
        self.push("SELECT 1 FROM ").table(&query.table);
        self.push(" AS ").alias(query.alias);
        for (table, alias, on) in &query.joins {
            self.push(" JOIN ").table(table).push(" AS ").alias(*alias);
            self.push(" ON ").expr(on);
        }
        self.push(" WHERE ").expr(&query.condition)
    }

    fn shaped(&mut self, inner: &Expr, shape: &[ShapePart]) -> &mut Self {
        match self.dialect() {
            Dialect::Postgres => {
                self.push("(CAST(").expr(inner).push(" AS text) ~ ");
                self.bind(Value::Text(regular_expression(shape)));
                self.push(")")
            }
            Dialect::Mysql | Dialect::Mariadb => {
                // MySQL does not search bytes for a text of another character set.
                self.push("(CONVERT(")
                    .expr(inner)
                    .push(" USING utf8mb4) REGEXP ");
                self.bind(Value::Text(regular_expression(shape)));
                self.push(")")
            }
            Dialect::Sqlite => self.globbed(inner, shape),
        }
    }

    /// SQLite has no regular expressions of its own. A value that is not stored as text has no shape.
    fn globbed(&mut self, inner: &Expr, shape: &[ShapePart]) -> &mut Self {
        let fraction = shape.contains(&ShapePart::Fraction);
        self.push("(typeof(").expr(inner).push(") = 'text'");
        self.calendar_guard(inner, shape);
        self.push(" AND (");
        self.expr(inner).push(" GLOB ");
        self.bind(Value::Text(glob(shape, "")));
        self.address_guard(inner, shape);
        if fraction {
            self.push(" OR (").expr(inner).push(" GLOB ");
            self.bind(Value::Text(glob(shape, ".[0-9]*")));
            self.push(" AND SUBSTR(").expr(inner).push(", ");
            self.number(glob_length(shape) + 2);
            self.push(") NOT GLOB '*[^0-9]*')");
        }
        self.push("))")
    }

    /// A glob knows no alternatives: two digits between two others are asked by themselves.
    fn calendar_guard(&mut self, inner: &Expr, shape: &[ShapePart]) {
        let mut at = 1;
        for part in shape {
            let last = match part {
                ShapePart::Month => Some("'12'"),
                ShapePart::Day => Some("'31'"),
                _ => None,
            };
            if let Some(last) = last {
                self.push(" AND SUBSTR(").expr(inner).push(", ");
                self.number(at).push(", 2) BETWEEN '01' AND ").push(last);
            }
            at += glob_length(std::slice::from_ref(part));
        }
    }

    fn pieces(&mut self, inner: &Expr, pieces: &[(u32, u32)]) -> &mut Self {
        let mysql = self.dialect().is_mysql_family();
        self.push(if mysql { "CONCAT(" } else { "(" });
        let separator = if mysql { ", " } else { " || " };
        self.list(pieces, separator, |sql, (from, count)| {
            sql.push("SUBSTR(").expr(inner).push(", ");
            sql.number(u64::from(*from)).push(", ");
            sql.number(u64::from(*count)).push(")");
        });
        self.push(")")
    }

    /// A linguistic collation may order digits and marks otherwise than their bytes. MySQL's and SQLite's do not
    /// for the characters of a date.
    fn byte_wise(&mut self, inner: &Expr) -> &mut Self {
        match self.dialect() {
            Dialect::Postgres => self.push("(").expr(inner).push(" COLLATE \"C\")"),
            Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => self.expr(inner),
        }
    }

    fn exact(&mut self, inner: &Expr) -> &mut Self {
        match self.dialect() {
            Dialect::Postgres => {
                self.push("(CAST(").expr(inner);
                self.push(" AS text) COLLATE \"C\")")
            }
            // Through utf8mb4, because the same text has other bytes in another character set.
            Dialect::Mysql | Dialect::Mariadb => {
                self.push("CAST(CONVERT(").expr(inner);
                self.push(" USING utf8mb4) AS BINARY)")
            }
            Dialect::Sqlite => {
                self.push("(CAST(").expr(inner);
                self.push(" AS text) COLLATE BINARY)")
            }
        }
    }

    fn pages(&mut self, alias: Alias, first: u64, end: u64) -> &mut Self {
        let place = |page: u64| Value::Text(format!("({page},0)"));
        self.push("(").alias(alias).push(".ctid >= CAST(");
        self.bind(place(first)).push(" AS tid) AND ").alias(alias);
        self.push(".ctid < CAST(")
            .bind(place(end))
            .push(" AS tid))")
    }
}

/// "t1", "T12".
fn is_like_an_alias(table: &str) -> bool {
    let digits = table.strip_prefix(['t', 'T']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|one| one.is_ascii_digit())
}

fn is_text(is: Is) -> &'static str {
    match is {
        Is::True => " IS TRUE",
        Is::NotTrue => " IS NOT TRUE",
        Is::False => " IS FALSE",
        Is::NotFalse => " IS NOT FALSE",
        Is::Null => " IS NULL",
        Is::NotNull => " IS NOT NULL",
    }
}

fn op_text(op: Op) -> &'static str {
    match op {
        Op::Equal => " = ",
        Op::NotEqual => " <> ",
        Op::Less => " < ",
        Op::LessOrEqual => " <= ",
        Op::Greater => " > ",
        Op::GreaterOrEqual => " >= ",
    }
}

fn regular_expression(shape: &[ShapePart]) -> String {
    let mut text = String::from("^");
    for part in shape {
        match part {
            ShapePart::Digits(count) => text.push_str(&format!("[0-9]{{{count}}}")),
            ShapePart::Month => text.push_str("(0[1-9]|1[0-2])"),
            ShapePart::Day => text.push_str("(0[1-9]|[12][0-9]|3[01])"),
            ShapePart::Literal(one) if one.is_alphanumeric() || *one == ' ' => text.push(*one),
            ShapePart::Literal(one) => text.push_str(&format!("[{one}]")),
            ShapePart::Fraction => text.push_str("([.][0-9]+)?"),
            ShapePart::Hex(count) => text.push_str(&format!("[0-9a-f]{{{count}}}")),
            ShapePart::Octet => {
                text.push_str("(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])");
            }
            ShapePart::Hextet => text.push_str("[0-9a-f]{1,4}"),
        }
    }
    text.push('$');
    text
}

fn glob(shape: &[ShapePart], fraction: &str) -> String {
    let mut text = String::new();
    for part in shape {
        match part {
            ShapePart::Digits(count) => text.push_str(&"[0-9]".repeat(usize::from(*count))),
            ShapePart::Month => text.push_str("[01][0-9]"),
            ShapePart::Day => text.push_str("[0-3][0-9]"),
            ShapePart::Literal(one @ ('*' | '?' | '[')) => text.push_str(&format!("[{one}]")),
            ShapePart::Literal(one) => text.push(*one),
            ShapePart::Fraction => text.push_str(fraction),
            ShapePart::Hex(count) => text.push_str(&"[0-9a-f]".repeat(usize::from(*count))),
            // Of any length here; the guard of addresses says the rest.
            ShapePart::Octet => text.push_str("[0-9]*"),
            ShapePart::Hextet => text.push_str("[0-9a-f]*"),
        }
    }
    text
}

fn glob_length(shape: &[ShapePart]) -> u64 {
    shape
        .iter()
        .map(|part| match part {
            ShapePart::Digits(count) | ShapePart::Hex(count) => u64::from(*count),
            ShapePart::Month | ShapePart::Day => 2,
            ShapePart::Literal(_) => 1,
            // Not together with a fraction.
            ShapePart::Fraction | ShapePart::Octet | ShapePart::Hextet => 0,
        })
        .sum()
}
