//! Copies known: triggers that write what they see into another table.
//!
//! What a trigger writes elsewhere is not removed with the row, so the plan says so. Only what stands in the trigger's
//! own text is seen.

use crate::catalog::{Catalog, RelationKind, Table, TableName, Trigger};

use super::program::{BoundDisposition, BoundReference, BoundRule, Decision};

/// A trigger that writes elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCopy {
    pub trigger: String,
    pub of: TableName,
    pub into: TableName,
}

/// Of the rule's table and of every table whose rows go along.
#[must_use]
pub fn copies_known(rule: &BoundRule, catalog: &Catalog) -> Vec<KnownCopy> {
    let removes = matches!(rule.disposition, BoundDisposition::Delete);
    let overwrites = !removes
        || rule.if_a_child_stays.is_some()
        || rule.purposes.iter().any(|purpose| purpose.at_end.is_some());
    let mut found = Vec::new();
    see(&rule.table, removes, overwrites, catalog, &mut found);
    for reference in &rule.references {
        below(reference, catalog, &mut found);
    }
    found
}

fn below(reference: &BoundReference, catalog: &Catalog, found: &mut Vec<KnownCopy>) {
    let goes = match reference.decision {
        Decision::WithParent | Decision::AtDue => true,
        Decision::OwnRule => false,
        Decision::Detach => return see(&reference.child, false, true, catalog, found),
    };
    if goes {
        see(&reference.child, true, false, catalog, found);
        for nested in &reference.nested {
            below(nested, catalog, found);
        }
    }
}

fn see(
    table: &Table,
    removes: bool,
    overwrites: bool,
    catalog: &Catalog,
    found: &mut Vec<KnownCopy>,
) {
    let fires =
        |trigger: &&Trigger| (removes && trigger.on_delete) || (overwrites && trigger.on_update);
    for trigger in table.triggers.iter().filter(fires) {
        for into in written_by(trigger, table, catalog) {
            let copy = KnownCopy {
                trigger: trigger.name.clone(),
                of: table.name.clone(),
                into,
            };
            if !found.contains(&copy) {
                found.push(copy);
            }
        }
    }
}

/// The other tables that a trigger can be seen to write into. A virtual table is an index of its table's words, kept
/// in step and no copy.
pub(super) fn written_by(trigger: &Trigger, table: &Table, catalog: &Catalog) -> Vec<TableName> {
    let words = words(&trigger.definition);
    let is = |place: usize, word: &str| {
        words
            .get(place)
            .is_some_and(|one: &String| one.eq_ignore_ascii_case(word))
    };
    let mut found = Vec::new();
    for place in 0..words.len() {
        let named = if is(place, "into") {
            // Not SELECT … INTO, which fills a variable.
            let near = place.saturating_sub(3)..place;
            let writes = near
                .into_iter()
                .any(|before| is(before, "insert") || is(before, "replace") || is(before, "merge"));
            writes.then_some(place + 1)
        } else if is(place, "update") {
            Some(place + 1)
        } else {
            None
        };
        let named = named.and_then(|place| words.get(place));
        let other = named.and_then(|name| named_table(name, table, catalog));
        if let Some(other) = other
            && other.name != table.name
            && other.relation != RelationKind::Virtual
            && !found.contains(&other.name)
        {
            found.push(other.name.clone());
        }
    }
    found
}

/// A table by the name that a trigger gives it: without a schema it is looked for beside the trigger's own table.
fn named_table<'a>(name: &str, beside: &Table, catalog: &'a Catalog) -> Option<&'a Table> {
    let (schema, table) = name
        .split_once('.')
        .unwrap_or((beside.name.schema.as_str(), name));
    catalog.tables.iter().find(|one| {
        one.name.table.eq_ignore_ascii_case(table) && one.name.schema.eq_ignore_ascii_case(schema)
    })
}

/// The words of a text, names with their qualification, quotes taken off.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut letters = text.chars().peekable();
    while let Some(one) = letters.next() {
        match one {
            '"' | '`' => {
                for inner in letters.by_ref() {
                    if inner == one {
                        break;
                    }
                    word.push(inner);
                }
            }
            '\'' => {
                // A text is no name.
                for inner in letters.by_ref() {
                    if inner == '\'' {
                        break;
                    }
                }
            }
            '-' if letters.peek() == Some(&'-') => {
                for inner in letters.by_ref() {
                    if inner == '\n' {
                        break;
                    }
                }
            }
            _ if one.is_alphanumeric() || matches!(one, '_' | '$' | '.') => word.push(one),
            _ => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_names_without_their_quotes() {
        let text = "AFTER DELETE INSERT INTO \"app\".\"Old Notes\" VALUES (OLD.id, 'into x'); -- update y\nUPDATE `z` SET a = 1";
        let found = words(text);
        assert!(found.contains(&"app.Old Notes".to_owned()), "{found:?}");
        assert!(
            found.contains(&"z".to_owned()) && !found.contains(&"y".to_owned()),
            "{found:?}"
        );
    }
}
