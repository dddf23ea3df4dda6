//! What is to be done: tables with due rows, the statement that is replaced, and what the schedule says instead.

mod activity;
mod customers;
mod shape;

pub use activity::{Columns, activity, anonymised, partitioned};
pub use customers::customers;
pub use shape::{Layout, Shape};

use crate::server::Engine;

/// One task, written for one engine.
#[derive(Clone)]
pub struct Work {
    /// For people: how many rows, how many due, how they lie.
    pub title: String,
    /// The tables, parents first.
    pub tables: &'static [&'static str],
    /// The statements that make and fill them, in their order.
    pub build: Vec<String>,
    /// Counts the rows that are due, and reads them whole, so that all candidates find the same pages in memory.
    pub due: String,
    /// What is due of the first table, as a condition.
    pub condition: String,
    /// The statement that does it all at once.
    pub single: String,
    /// The rows go, and are not only overwritten.
    pub deletes: bool,
    /// The rules of the schedule.
    pub rules: String,
}

impl Work {
    /// The same, where the rule says more.
    pub fn with_rule_lines(&self, lines: &str) -> Self {
        let then = "then = \"delete\"";
        Self {
            rules: self.rules.replace(then, &format!("{then}\n{lines}")),
            ..self.clone()
        }
    }

    /// The textbook's batch: the next rows, in the order of the index on the start event.
    pub fn batch(&self, engine: Engine, rows: u64) -> String {
        let table = self.tables.first().copied().unwrap_or_default();
        let condition = &self.condition;
        let next = format!("FROM {table} WHERE {condition} ORDER BY occurred_at LIMIT {rows}");
        match engine {
            Engine::Postgres => {
                format!("DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid {next}))")
            }
            Engine::Mariadb => format!("DELETE {next}"),
            Engine::Sqlite => {
                format!("DELETE FROM {table} WHERE rowid IN (SELECT rowid {next})")
            }
        }
    }
}

/// What is due, as a condition on the start event.
fn is_due(engine: Engine, shape: &Shape) -> String {
    format!(
        "occurred_at <= {}",
        engine.moment(&shape.cutoff.to_string())
    )
}

/// The lines of a rule about one table, and its only purpose.
fn rule(engine: Engine, table: &str, then: &str, more: &str) -> String {
    let start = engine.start();
    let keep = shape::KEEP;
    format!(
        r#"
[[rules]]
name = "{table}"
table = "{table}"
then = "{then}"
{more}
  [[rules.purposes]]
  name = "operation"
  start = {start}
  keep = "{keep}"
"#
    )
}
