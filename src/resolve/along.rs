//! Which rows go along with rows of another rule, as soon as they are due themselves: those that say when, and so
//! cannot go first.

use std::collections::BTreeSet;

use crate::catalog::TableName;

use super::program::{BoundReference, BoundRule, Decision};
use super::purposes;

/// Marks the references whose due rows go along, and gives them what their removal needs: what hangs from the rows
/// that go along, and what of that goes along in turn (a person's accounts, and the orders that date the person).
pub(super) fn take_along(rules: &mut [BoundRule]) {
    let unmarked = rules.to_vec();
    let dates = dating(&unmarked);
    let taking = Taking {
        rules: &unmarked,
        dates: &dates,
    };
    for (index, rule) in rules.iter_mut().enumerate() {
        taking.mark(&mut rule.references, index, &mut vec![index]);
    }
}

/// For each rule, the tables whose rows date its own, or those of a rule that takes its rows along: such rows cannot go
/// before the rule's either.
fn dating(rules: &[BoundRule]) -> Vec<BTreeSet<TableName>> {
    let mut dates: Vec<BTreeSet<TableName>> = rules
        .iter()
        .map(|rule| {
            let read = rule.purposes.iter().flat_map(purposes::tables_read);
            read.collect()
        })
        .collect();
    loop {
        let mut grown = false;
        for index in 0..rules.len() {
            let theirs = dates[index].clone();
            let mut taken = Vec::new();
            taken_by(rules, &rules[index].references, &theirs, &mut taken);
            for child in taken {
                let before = dates[child].len();
                dates[child].extend(theirs.iter().cloned());
                grown |= dates[child].len() > before;
            }
        }
        if !grown {
            return dates;
        }
    }
}

/// The rules whose due rows go along with the rows to which these references lead.
fn taken_by(
    rules: &[BoundRule],
    references: &[BoundReference],
    dates: &BTreeSet<TableName>,
    found: &mut Vec<usize>,
) {
    for reference in references {
        match reference.decision {
            Decision::OwnRule => found.extend(companion(rules, reference, dates)),
            Decision::WithParent => taken_by(rules, &reference.nested, dates, found),
            // What goes at once goes before its parent, which must still be dated.
            Decision::AtDue | Decision::Detach => {}
        }
    }
}

/// The rule of the rows that refer, where these say when their parent is due.
fn companion(
    rules: &[BoundRule],
    reference: &BoundReference,
    dates: &BTreeSet<TableName>,
) -> Option<usize> {
    let child = rules
        .iter()
        .position(|rule| rule.table.name == reference.child.name)?;
    // A tree goes as its own rows allow; it cannot be taken along row by row.
    let tree = rules[child].references.iter().any(BoundReference::is_tree);
    (dates.contains(&reference.child.name) && !tree).then_some(child)
}

struct Taking<'a> {
    /// As they were written.
    rules: &'a [BoundRule],
    dates: &'a [BTreeSet<TableName>],
}

impl Taking<'_> {
    /// Of a rule's references, or of those to rows that go along with its own. `above` are the rules on the way: rows
    /// whose going would rest on another of the same rule stay.
    fn mark(&self, references: &mut [BoundReference], rule: usize, above: &mut Vec<usize>) {
        for reference in references {
            match reference.decision {
                Decision::WithParent if !reference.is_tree() => {
                    self.mark(&mut reference.nested, rule, above);
                }
                Decision::OwnRule => {
                    let child = companion(self.rules, reference, &self.dates[rule]);
                    if let Some(child) = child.filter(|one| !above.contains(one)) {
                        reference.due_ones_go_along = true;
                        reference.child_key.clone_from(&self.rules[child].key);
                        reference.nested.clone_from(&self.rules[child].references);
                        above.push(child);
                        self.mark(&mut reference.nested, child, above);
                        above.pop();
                    }
                }
                Decision::WithParent | Decision::AtDue | Decision::Detach => {}
            }
        }
    }
}
