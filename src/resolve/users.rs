//! Rows that are kept by those that refer to them: an address, a tag, a person of a register.

use crate::catalog::Table;
use crate::diagnostic::{Fault, Faults, Located};
use crate::schedule::{ChildDecision, Rule, Start};

use super::Surroundings;
use super::found::{Found, found_for};
use super::program::BoundReference;
use super::references::{among_themselves, goes_with};

/// The references that keep a row while they lead to it: those of the named tables, or all for which nothing else is
/// decided.
pub(super) fn users(
    around: &Surroundings<'_>,
    by: &Located<Vec<Located<String>>>,
    table: &Table,
    faults: &mut Faults,
) -> Option<Vec<BoundReference>> {
    let all: Vec<Found<'_>> = found_for(around, table)
        .into_iter()
        .filter(|found| found.child.name != table.name)
        .collect();
    let before = faults.errors();
    for name in &by.value {
        if !all.iter().any(|found| found.is_meant(around, &name.value)) {
            let sentence = format!("{name} does not refer to {}", table.name);
            faults.push(Fault::error(name.at, sentence).hint(
                "name a table that refers to it, or declare the reference in [[databases.<name>.relations]]",
            ));
        }
    }
    let decided = |found: &Found<'_>| {
        let rules = around.schedule.rules_of(&around.database.name.value);
        let own = |rule: &&Rule| {
            let its = around.catalog.table(&rule.table.value);
            its.is_some_and(|one| one.name == table.name)
        };
        let mut decisions = rules.filter(own).flat_map(|rule| &rule.children);
        decisions.any(|(name, decision)| {
            let keeps = matches!(
                decision.value,
                ChildDecision::OwnRule | ChildDecision::Stays
            );
            !keeps && found.is_meant(around, &name.value)
        })
    };
    for name in &by.value {
        if all
            .iter()
            .any(|found| found.is_meant(around, &name.value) && decided(found))
        {
            let sentence = format!("{name} keeps the row, and would go with it or lose it");
            faults.push(Fault::error(name.at, sentence).hint(
                "leave it out here or in [rules.children]: a row that keeps another goes first",
            ));
        }
    }
    let named = |found: &Found<'_>| {
        let mut names = by.value.iter();
        names.any(|name| found.is_meant(around, &name.value))
    };
    let meant = |found: &&Found<'_>| named(found) || (by.value.is_empty() && !decided(found));
    if by.value.is_empty() && !all.iter().any(|found| meant(&found)) {
        let sentence = format!("no table refers to {}", table.name);
        faults.push(Fault::error(by.at, sentence).hint(
            "every row would be unused: declare the references in [[databases.<name>.relations]]",
        ));
    }
    let own = around
        .schedule
        .rules_of(&around.database.name.value)
        .find(|rule| {
            let its = around.catalog.table(&rule.table.value);
            its.is_some_and(|one| one.name == table.name)
        });
    for found in all.iter().filter(meant) {
        if own.is_some_and(|rule| goes_with(around, rule, found.child)) {
            faults.push(among_themselves(found.child, by.at));
        }
    }
    let bound: Vec<Option<BoundReference>> = all
        .iter()
        .filter(meant)
        .map(|found| found.keeping(around, faults))
        .collect();
    (faults.errors() == before).then_some(())?;
    bound.into_iter().collect()
}

/// True where a purpose of the rule lasts as long as this reference leads to the row.
pub(super) fn is_user(around: &Surroundings<'_>, rule: &Rule, found: &Found<'_>) -> bool {
    fn in_start(around: &Surroundings<'_>, start: &Start, found: &Found<'_>) -> bool {
        match start {
            Start::Unused(by) => {
                by.value.is_empty()
                    || by
                        .value
                        .iter()
                        .any(|name| found.is_meant(around, &name.value))
            }
            Start::LatestOf(list) | Start::EarliestOf(list) => {
                list.iter().any(|one| in_start(around, one, found))
            }
            Start::Column(_)
            | Start::Related { .. }
            | Start::Reported(_)
            | Start::Chosen { .. } => false,
        }
    }
    rule.purposes.iter().any(|purpose| {
        let periods = purpose.cases.iter().map(|case| &case.period);
        periods
            .chain(purpose.otherwise.as_ref())
            .any(|period| in_start(around, &period.start, found))
    })
}
