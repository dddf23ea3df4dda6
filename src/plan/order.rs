//! Why the rules run in their order, in words: what each waits for, takes along and leaves.

use crate::catalog::TableName;
use crate::resolve::{BoundReference, BoundRule, Decision, Program};

use super::needs::needs;
use super::shared::others;

/// What a rule's place in the order means for its rows and those that hang from them; one sentence for each.
#[must_use]
pub fn why_here(program: &Program, rule: &BoundRule) -> Vec<String> {
    let name = |table: &TableName| program.dialect.shown(table);
    let mut said = Vec::new();
    for reference in &rule.references {
        said.extend(of_reference(program, reference));
    }
    along_below(program, &rule.references, &mut said);
    shared_below(program, &rule.references, &mut said);
    for need in needs(program, &rule.table.name) {
        if !need.is_within_one_table() {
            said.push(format!(
                "runs after {}: the row that dates one of {} stays as long as that needs it",
                need.rule.name,
                name(&need.rule.table.name)
            ));
        }
    }
    said.dedup();
    said
}

fn of_reference(program: &Program, reference: &BoundReference) -> Option<String> {
    let table = program.dialect.shown(&reference.relation.child);
    if reference.is_tree() {
        return Some(match reference.decision {
            Decision::WithParent => {
                "rows that refer to each other go as a whole, when all of them may".to_owned()
            }
            _ => "rows that refer to each other go leaf first".to_owned(),
        });
    }
    match (
        reference.decision,
        program.rule_of(&reference.relation.child),
    ) {
        (Decision::OwnRule, Some(_)) if reference.due_ones_go_along => Some(format!(
            "takes due rows of {table} along, because they say when it is due"
        )),
        (Decision::OwnRule, Some(child)) => Some(format!(
            "runs after {}: waits for rows of {table}",
            child.name
        )),
        (Decision::OwnRule, None) => Some(format!("stays while rows of {table} refer to it")),
        (Decision::WithParent | Decision::AtDue | Decision::Detach, _) => None,
    }
}

/// What goes along with rows that go along.
fn along_below(program: &Program, references: &[BoundReference], said: &mut Vec<String>) {
    for reference in references.iter().filter(|one| !one.is_tree()) {
        for nested in &reference.nested {
            if reference.goes_along() && nested.decision == Decision::OwnRule {
                said.extend(of_reference(program, nested));
            }
        }
        along_below(program, &reference.nested, said);
    }
}

fn shared_below(program: &Program, references: &[BoundReference], said: &mut Vec<String>) {
    for reference in references {
        if reference.is_tree()
            || !matches!(reference.decision, Decision::WithParent | Decision::AtDue)
        {
            continue;
        }
        let mut rules: Vec<&str> = others(program, &reference.relation)
            .iter()
            .map(|other| other.rule.name.as_str())
            .collect();
        rules.dedup();
        if !rules.is_empty() {
            said.push(format!(
                "rows of {} stay while they hang from a row of {} that is not due",
                program.dialect.shown(&reference.relation.child),
                rules.join(", ")
            ));
        }
        shared_below(program, &reference.nested, said);
    }
}
