//! The statement under construction: literals of ours, identifiers, values; nothing else can get in.

use super::{Dialect, Value};

/// What is bound to a place in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bind {
    One(Value),
    /// A text that the statement casts to a type. PostgreSQL only.
    Cast(String, String),
    /// A list as one value: PostgreSQL's `bigint[]` where all are integers, `bytea[]` where all are bytes, else
    /// `text[]`.
    List(Vec<Value>),
}

/// A statement for one dialect. It grows from text that is part of the program, from quoted identifiers and from
/// bound values: there is no way to put a run-time string into its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql {
    dialect: Dialect,
    text: String,
    binds: Vec<Bind>,
    /// What stands for the target where the dialect allows it no alias.
    target: Option<String>,
    /// How many EXISTS are open.
    depth: u32,
    /// It is shown to somebody and not run: values stand in its text.
    shown: bool,
}

impl Sql {
    /// An empty statement.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            text: String::new(),
            binds: Vec::new(),
            target: None,
            depth: 0,
            shown: false,
        }
    }

    /// An empty statement that is shown to a DBA and never run: its values become literals.
    #[must_use]
    pub fn shown_only(dialect: Dialect) -> Self {
        Self {
            shown: true,
            ..Self::new(dialect)
        }
    }

    /// A statement that is a literal of the program.
    #[must_use]
    pub fn literal(dialect: Dialect, text: &'static str) -> Self {
        let mut sql = Self::new(dialect);
        sql.push(text);
        sql
    }

    /// Adds text of the program.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a quoted identifier.
    pub fn ident(&mut self, name: &str) -> &mut Self {
        let quote = self.dialect.quote();
        self.text.push(quote);
        for one in name.chars() {
            if one == quote {
                self.text.push(quote);
            }
            self.text.push(one);
        }
        self.text.push(quote);
        self
    }

    /// Adds a number of the program's own making (a limit, an alias, a page), never one from outside.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.text.push_str(&number.to_string());
        self
    }

    /// Adds the name of a type as the catalogue gave it, for a CAST. Types are not identifiers and cannot be quoted
    /// as a whole; the catalogue's own spelling (`format_type`) is quoted where it must be.
    pub fn catalogue_type(&mut self, sql_type: &str) -> &mut Self {
        self.text.push_str(sql_type);
        self
    }

    /// Adds what a statement that is only shown has in the place of a bound value.
    pub(super) fn shown(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a place for a value and binds it.
    pub fn bind(&mut self, value: Value) -> &mut Self {
        self.place(Bind::One(value))
    }

    /// Adds a place for a value that is cast to a type, and binds it.
    pub fn bind_cast(&mut self, value: Value, sql_type: &str) -> &mut Self {
        match value {
            Value::Text(text) if self.dialect == Dialect::Postgres => {
                self.place(Bind::Cast(text, sql_type.to_owned()))
            }
            value => self.bind(value),
        }
    }

    /// Adds a place for a list and binds it as one value. PostgreSQL only.
    pub fn bind_list(&mut self, values: Vec<Value>) -> &mut Self {
        self.place(Bind::List(values))
    }

    fn place(&mut self, bind: Bind) -> &mut Self {
        if self.shown {
            return self.literal_of(&bind);
        }
        self.binds.push(bind);
        match self.dialect {
            Dialect::Postgres => {
                self.text.push('$');
                self.text.push_str(&self.binds.len().to_string());
            }
            Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => self.text.push('?'),
        }
        self
    }

    /// From here on the target of the statement goes by its own name instead of an alias.
    pub(super) fn name_target(&mut self, table: &str) -> &mut Self {
        self.target = Some(table.to_owned());
        self
    }

    pub(super) fn target(&self) -> Option<String> {
        self.target.clone()
    }

    /// The same statement to be compiled and not run. For SQLite, which compiles a table's triggers along. A plain
    /// EXPLAIN does so too, and answers with a row for each of some thousand instructions.
    #[must_use]
    pub fn compiled_only(mut self) -> Self {
        self.text.insert_str(0, "EXPLAIN QUERY PLAN ");
        self
    }

    /// The same statement to be planned and not run; answers with the database's plan.
    #[must_use]
    pub fn planned_only(mut self) -> Self {
        let explain = match self.dialect {
            Dialect::Postgres => "EXPLAIN (COSTS OFF) ",
            Dialect::Mysql | Dialect::Mariadb => "EXPLAIN ",
            Dialect::Sqlite => "EXPLAIN QUERY PLAN ",
        };
        self.text.insert_str(0, explain);
        self
    }

    /// Opens an EXISTS; how deep it stands, from 1.
    pub(super) fn enter(&mut self) -> u32 {
        self.depth += 1;
        self.depth
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// The dialect in which it is written.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The text, with places for the values.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The values, in the order of their places.
    #[must_use]
    pub fn binds(&self) -> &[Bind] {
        &self.binds
    }
}
