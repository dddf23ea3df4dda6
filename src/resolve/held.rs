//! Holds are deep, so a rule cannot act without the rules whose holds cover its rows, nor without those over which the
//! way leads to them.

use crate::catalog::{Table, TableName};
use crate::diagnostic::Fault;
use crate::schedule::{HoldClause, Rule};

use super::program::BoundRule;
use super::{Surroundings, found};

/// Leaves out every rule from whose rows a way leads up, over whatever tables, to those of a rule that is left out and
/// that a hold covers: nobody knows the way through it, nor what it holds itself.
pub(super) fn without_orphans(
    around: &Surroundings<'_>,
    rules: Vec<BoundRule>,
    broken: &[String],
) -> (Vec<BoundRule>, Vec<Fault>) {
    let left_out: Vec<&Rule> = around
        .schedule
        .rules_of(&around.database.name.value)
        .filter(|rule| broken.contains(&rule.name.value))
        .collect();
    if left_out.is_empty() {
        return (rules, Vec::new());
    }
    let mut faults = Vec::new();
    let mut others = Vec::new();
    for rule in rules {
        match unreadable_above(around, &rule.table, &left_out) {
            None => others.push(rule),
            Some(why) => faults.extend(fault(around, &rule, why)),
        }
    }
    (others, faults)
}

/// Whose hold it is that cannot be followed to a row, and the rule that is in the way.
struct Unreadable<'a> {
    holder: String,
    through: &'a Rule,
}

fn fault(around: &Surroundings<'_>, orphan: &BoundRule, why: Unreadable<'_>) -> Option<Fault> {
    let rule = around.schedule.rule(&orphan.name)?;
    let mut sentence = format!("the holds of {} cover these rows too", why.holder);
    let (at, name) = (rule.name.at, &why.through.name);
    if why.holder != named(why.through) {
        sentence = format!("{sentence}, over those of the rule {name}, which is left out");
    }
    let fault = Fault::error(at, sentence).hint(
        "mend that rule first: while its holds cannot be read, nothing that hangs from its rows may go",
    );
    Some(fault.in_rule(&rule.name))
}

fn named(rule: &Rule) -> String {
    format!("the rule {}", rule.name)
}

/// The first rule that is left out on a way up from a table, where a hold lies on it or above it.
fn unreadable_above<'a>(
    around: &Surroundings<'_>,
    table: &Table,
    left_out: &[&'a Rule],
) -> Option<Unreadable<'a>> {
    let above = reached(around, table);
    for through in left_out.iter().copied() {
        let holder = match around.catalog.table(&through.table.value) {
            // The rule's own rows are nobody's below them.
            Some(own) if above.iter().skip(1).any(|name| **name == own.name) => {
                reached(around, own)
                    .into_iter()
                    .find_map(|name| holder_of(around, name))
            }
            Some(_) => None,
            None => lost_table(around, through, &above),
        };
        if let Some(holder) = holder {
            return Some(Unreadable { holder, through });
        }
    }
    None
}

/// A table and all to which its rows lead, each once; itself first.
fn reached<'a>(around: &Surroundings<'a>, table: &Table) -> Vec<&'a TableName> {
    let catalog = around.catalog;
    let mut found: Vec<&'a TableName> = catalog
        .get(&table.name)
        .map(|one| &one.name)
        .into_iter()
        .collect();
    let mut next = 0;
    while let Some(here) = found.get(next).and_then(|name| catalog.get(name)) {
        next += 1;
        for key in found::keys_from(around, here) {
            if let Some(parent) = catalog.get(&key.parent)
                && !found.contains(&&parent.name)
            {
                found.push(&parent.name);
            }
        }
    }
    found
}

/// Whose deep holds are over rows of a table: those of its rule, or placed ones.
fn holder_of(around: &Surroundings<'_>, table: &TableName) -> Option<String> {
    let mut rules = around.schedule.rules_of(&around.database.name.value);
    let holds = |rule: &&Rule| {
        has_deep_holds(rule)
            && around
                .catalog
                .table(&rule.table.value)
                .is_some_and(|found| &found.name == table)
    };
    match rules.find(holds) {
        Some(rule) => Some(named(rule)),
        None => around
            .held
            .contains(table)
            .then(|| format!("the state store on {table}")),
    }
}

/// The table itself is unknown: whatever the rule's own decisions name hangs from it, and what lies above it nobody
/// knows.
fn lost_table(around: &Surroundings<'_>, rule: &Rule, below: &[&TableName]) -> Option<String> {
    let hangs = rule.children.iter().any(|(name, _)| {
        let table = |name: &str| around.catalog.table(name).map(|found| &found.name);
        let meant = table(&name.value)
            .or_else(|| name.value.rsplit_once('.').and_then(|(one, _)| table(one)));
        meant.is_some_and(|meant| below.contains(&meant))
    });
    if !hangs {
        return None;
    }
    if has_deep_holds(rule) {
        return Some(named(rule));
    }
    let all = around.catalog.tables.iter();
    all.into_iter()
        .find_map(|table| holder_of(around, &table.name))
}

fn has_deep_holds(rule: &Rule) -> bool {
    let deep = |hold: &HoldClause| hold.depth.is_deep();
    rule.holds.iter().any(deep)
}
