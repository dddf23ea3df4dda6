//! Holds are deep, so a rule cannot act without the rules whose holds cover its rows.

use crate::diagnostic::Fault;
use crate::schedule::Rule;

use super::program::BoundRule;
use super::{Surroundings, found};

/// Leaves out every rule whose rows hang from those of a rule that is left out and has holds: nobody could tell which
/// of its rows are held. What hangs from them in turn follows.
pub(super) fn without_orphans(
    around: &Surroundings<'_>,
    mut rules: Vec<BoundRule>,
    broken: &[String],
) -> (Vec<BoundRule>, Vec<Fault>) {
    let mut unreadable: Vec<&Rule> = around
        .schedule
        .rules_of(&around.database.name.value)
        .filter(|rule| broken.contains(&rule.name.value) && !rule.holds.is_empty())
        .collect();
    let mut faults = Vec::new();
    while let Some(parent) = unreadable.pop() {
        let (orphans, others): (Vec<_>, Vec<_>) = rules
            .into_iter()
            .partition(|rule| hangs_from(around, rule, parent));
        rules = others;
        for orphan in orphans {
            let Some(rule) = around.schedule.rule(&orphan.name) else {
                continue;
            };
            let sentence = format!("the holds of the rule {} cover these rows too", parent.name);
            faults.push(
                Fault::error(rule.name.at, sentence)
                    .hint("mend that rule first: while its holds cannot be read, nothing that hangs from its rows may go")
                    .in_rule(&rule.name),
            );
            unreadable.push(rule);
        }
    }
    (rules, faults)
}

fn hangs_from(around: &Surroundings<'_>, rule: &BoundRule, parent: &Rule) -> bool {
    let Some(table) = around.catalog.table(&parent.table.value) else {
        // The table itself is unknown: whatever the parent's own decisions name hangs from it.
        return parent.children.iter().any(|(name, _)| {
            let named = around.catalog.table(&name.value);
            named.is_some_and(|found| found.name == rule.table.name)
        });
    };
    found::keys_from(around, &rule.table)
        .iter()
        .any(|key| key.parent == table.name)
}
