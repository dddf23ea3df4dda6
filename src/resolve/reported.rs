//! Events that somebody reports from outside: a table of ours in the target.

use crate::catalog::{Column, ColumnKind, Table, TableName};
use crate::diagnostic::{Fault, Faults, Located};
use crate::sql::{Alias, Expr, Op, Value};

use super::Surroundings;
use super::encoding::Encoding;
use super::program::Dated;

/// An event of a rule's rows that is reported from outside.
#[derive(Debug, Clone)]
pub struct Reported {
    /// The table of the reports.
    pub table: TableName,
    pub rule: String,
    pub event: String,
    /// The one column that identifies a row of the rule.
    pub key: Column,
    /// When it happened, in the table of the reports.
    pub at: Dated,
}

impl Reported {
    /// The report (whatever the event) is about this row.
    #[must_use]
    pub fn about(&self, report: Alias, row: Alias) -> Expr {
        let key = Expr::Exact(Box::new(Expr::column(row, &self.key.name)));
        Expr::all([
            text(report, "rule", &self.rule),
            Expr::column(report, "row_key").compare(Op::Equal, key),
        ])
    }

    /// The report is about this event.
    #[must_use]
    pub fn is_named(&self, report: Alias) -> Expr {
        text(report, "event", &self.event)
    }
}

fn text(report: Alias, column: &str, value: &str) -> Expr {
    let value = Expr::Value(Value::Text(value.to_owned()), None);
    Expr::column(report, column).compare(Op::Equal, value)
}

/// Matches an event that is reported with the rule of its table.
pub(super) fn bind(
    around: &Surroundings<'_>,
    event: &Located<String>,
    table: &Table,
    faults: &mut Faults,
) -> Option<Reported> {
    let is_its = |name: &Located<String>| {
        let found = around.catalog.table(&name.value);
        found.is_some_and(|found| found.name == table.name)
    };
    let mut rules = around.schedule.rules_of(&around.database.name.value);
    let rule = rules.find(|rule| is_its(&rule.table))?;
    let key: Vec<&str> = match rule.key.as_slice() {
        [] => table.primary_key.iter().map(String::as_str).collect(),
        named => named.iter().map(|one| one.value.as_str()).collect(),
    };
    let only = match key.as_slice() {
        [only] => table.column(only).filter(|column| can_be_named(column)),
        _ => None,
    };
    let Some(key) = only else {
        let sentence = format!(
            "an event can be reported where one number or text identifies a row, and a row of {} is identified by {}",
            table.name,
            key.join(", ")
        );
        faults.push(Fault::error(event.at, sentence).hint(
            "keep the events in a table of your own, and declare its reference in [[databases.<name>.relations]]",
        ));
        return None;
    };
    Some(Reported {
        table: around
            .dialect
            .table_of_ours(&around.catalog.default_schema, "event"),
        rule: rule.name.value.clone(),
        event: event.value.clone(),
        key: key.clone(),
        at: happened_at(),
    })
}

/// The same value has one text.
fn can_be_named(column: &Column) -> bool {
    matches!(
        column.kind,
        ColumnKind::Integer
            | ColumnKind::Unsigned
            | ColumnKind::Text
            | ColumnKind::Uuid
            | ColumnKind::Other
    )
}

/// Microseconds since 1970, in UTC; NULL where the event was taken back.
fn happened_at() -> Dated {
    Dated {
        column: Column {
            name: "happened_at".to_owned(),
            sql_type: "bigint".to_owned(),
            kind: ColumnKind::Integer,
            nullable: true,
            generated: false,
            has_default: false,
            length_max: None,
            enum_values: Vec::new(),
            collation: None,
            on_update_now: false,
        },
        encoding: Encoding::Epoch(1_000_000),
        never: Vec::new(),
        not_before: chrono::NaiveDate::from_ymd_opt(1980, 1, 1).unwrap_or(chrono::NaiveDate::MIN),
        not_after: None,
    }
}
