//! Values as literals, in statements that are shown to a DBA and never run by us.

use super::build::Bind;
use super::{Dialect, Sql, Value};

impl Sql {
    /// Adds a text as a literal, for a statement that is shown and not run. Backslashes mean different things under
    /// different settings of a server: a text that has one is written by its bytes there.
    pub fn shown_text(&mut self, text: &str) -> &mut Self {
        if self.dialect().is_mysql_family() && text.contains('\\') {
            return self.push("X'").shown(&hex::encode(text)).push("'");
        }
        self.push("'").shown(&text.replace('\'', "''")).push("'")
    }

    /// Adds what would be bound.
    pub(super) fn literal_of(&mut self, bind: &Bind) -> &mut Self {
        match bind {
            Bind::One(value) => self.shown_value(value),
            Bind::Cast(text, _) => self.shown_text(text),
            Bind::List(values) => {
                self.push("ARRAY[");
                self.list(values, ", ", |sql, value| {
                    sql.shown_value(value);
                });
                self.push("]")
            }
        }
    }

    fn shown_value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::Null => self.push("NULL"),
            Value::Bool(truth) => self.push(if *truth { "TRUE" } else { "FALSE" }),
            Value::Int(number) => self.shown(&number.to_string()),
            Value::Unsigned(number) => self.number(*number),
            Value::Text(text) => self.shown_text(text),
            Value::Bytes(bytes) if self.dialect() == Dialect::Postgres => {
                self.push("'\\x").shown(&hex::encode(bytes)).push("'")
            }
            Value::Bytes(bytes) => self.push("X'").shown(&hex::encode(bytes)).push("'"),
        }
    }
}
