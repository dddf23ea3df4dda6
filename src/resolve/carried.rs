//! Rows that carry a start event are not removed while the rule that counts from it cannot be read: nobody could tell
//! which of them it still needs.

use crate::catalog::TableName;
use crate::diagnostic::Fault;
use crate::schedule::{IfNone, Rule, Start, StartColumn};

use super::Surroundings;
use super::program::{BoundReference, BoundRule, Decision};

/// Leaves out every rule that removes rows which date those of a rule that is left out. What they date in turn
/// follows.
pub(super) fn without_carriers(
    around: &Surroundings<'_>,
    mut rules: Vec<BoundRule>,
    broken: &[String],
) -> (Vec<BoundRule>, Vec<Fault>) {
    let mut unreadable: Vec<&Rule> = around
        .schedule
        .rules_of(&around.database.name.value)
        .filter(|rule| broken.contains(&rule.name.value))
        .collect();
    let mut faults = Vec::new();
    while let Some(counting) = unreadable.pop() {
        let read = tables_read(around, counting);
        let (carriers, others): (Vec<_>, Vec<_>) =
            rules.into_iter().partition(|rule| removes_of(rule, &read));
        rules = others;
        for carrier in carriers {
            let Some(rule) = around.schedule.rule(&carrier.name) else {
                continue;
            };
            let sentence = format!(
                "the rule {} counts from rows that go by this one",
                counting.name
            );
            faults.push(
                Fault::error(rule.name.at, sentence)
                    .hint("mend that rule first: while it cannot be read, nobody knows which of them it still needs")
                    .in_rule(&rule.name),
            );
            unreadable.push(rule);
        }
    }
    (rules, faults)
}

/// The tables whose rows date the rows of a rule, as far as their names are known.
fn tables_read(around: &Surroundings<'_>, rule: &Rule) -> Vec<TableName> {
    let mut written = Vec::new();
    for purpose in &rule.purposes {
        let periods = purpose.cases.iter().map(|case| &case.period);
        for period in periods.chain(purpose.otherwise.as_ref()) {
            related(&period.start, &mut written);
        }
    }
    written
        .iter()
        .filter_map(|name| around.catalog.table(name))
        .map(|table| table.name.clone())
        .collect()
}

fn related(start: &Start, found: &mut Vec<String>) {
    match start {
        Start::Column(_) | Start::Unused(_) | Start::Reported(_) | Start::Chosen { .. } => {}
        Start::Related {
            column, if_none, ..
        } => {
            found.push(related_table(column));
            if let IfNone::Use(other) = &if_none.value {
                related(other, found);
            }
        }
        Start::LatestOf(list) | Start::EarliestOf(list) => {
            list.iter().for_each(|one| related(one, found));
        }
    }
}

/// The table between, where the event lies further on.
fn related_table(column: &StartColumn) -> String {
    let first = match column.via.as_slice() {
        [first, _, ..] => first.first(),
        _ => None,
    };
    let between = first.and_then(|step| step.value.rsplit_once('.'));
    match (between, &column.table) {
        (Some((table, _)), _) => table.to_owned(),
        (None, Some(table)) => table.value.clone(),
        (None, None) => String::new(),
    }
}

fn removes_of(rule: &BoundRule, tables: &[TableName]) -> bool {
    tables.contains(&rule.table.name) || go_along(&rule.references, tables)
}

fn go_along(references: &[BoundReference], tables: &[TableName]) -> bool {
    references.iter().any(|reference| {
        let goes = matches!(reference.decision, Decision::WithParent | Decision::AtDue);
        (goes && tables.contains(&reference.child.name)) || go_along(&reference.nested, tables)
    })
}
