//! Whose rows stand for people, and which other rows are theirs.

use crate::config::document::{ErasureTable, RuleTable};
use crate::diagnostic::{Fault, Located};
use crate::schedule::Erasure;

use super::reader::Reader;

/// What the table of a rule says.
pub(super) fn erasure(table: &Located<ErasureTable>) -> Erasure {
    let with = table.value.with.as_ref();
    Erasure {
        with: with.map(|list| list.value.clone()).unwrap_or_default(),
    }
}

/// Refuses names of rules that are not there, not of this database, or the rule's own.
pub(super) fn refuse_unknown(rules: &[Located<RuleTable>], reader: &mut Reader<'_>) {
    for rule in rules {
        let Some(erasure) = &rule.value.erasure else {
            continue;
        };
        let named = erasure
            .value
            .with
            .as_ref()
            .map(|list| list.value.as_slice());
        let named = named.unwrap_or_default();
        reader.unique(
            named.iter(),
            |name| format!("the rule {name} is named twice"),
            "name each rule once",
        );
        for name in named {
            if let Some(why) = wrong(rule, name, rules) {
                let fault = Fault::error(name.at, why).hint(
                    "name other rules of the same database, whose rows are the person's where they hang from the \
                     person's row",
                );
                reader.push(match &rule.value.name {
                    Some(own) => fault.in_rule(&own.value),
                    None => fault,
                });
            }
        }
    }
}

fn wrong(
    rule: &Located<RuleTable>,
    name: &Located<String>,
    rules: &[Located<RuleTable>],
) -> Option<String> {
    let text = |one: &Option<Located<String>>| one.as_ref().map(|one| one.value.clone());
    if text(&rule.value.name).as_ref() == Some(&name.value) {
        return Some(format!("the rule {name} names itself"));
    }
    let known = |one: &&Located<RuleTable>| text(&one.value.name).as_ref() == Some(&name.value);
    match rules.iter().find(known) {
        None => Some(format!("there is no rule {name}")),
        Some(other) if text(&other.value.database) != text(&rule.value.database) => {
            Some(format!("the rule {name} is about another database"))
        }
        Some(_) => None,
    }
}
