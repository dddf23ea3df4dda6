//! Overwrites of one rule that would undo each other.

use crate::diagnostic::{Fault, Located};
use crate::schedule::{Disposition, Overwrite, Replacement, Rule};

use super::reader::Reader;

/// Refuses a column that two parts of a rule set to different values: a row that both are done with would never be.
pub(super) fn conflicts(rule: &Rule, reader: &mut Reader<'_>) -> Option<()> {
    let mut seen: Vec<(String, &Located<String>, &Replacement)> = Vec::new();
    let mut sound = Some(());
    for (what, overwrite) in overwrites(rule) {
        for (column, replacement) in &overwrite.columns {
            let other = seen.iter().find(|(_, name, earlier)| {
                name.value == column.value && !agree(earlier, &replacement.value)
            });
            if let Some((other, ..)) = other {
                let sentence = format!("{what} sets {column} otherwise than {other}");
                reader.push(Fault::error(replacement.at, sentence).hint(
                    "one of them would undo the other, night after night: write the same replacement in both, or leave \
                     the column to that of them which comes first",
                ));
                sound = None;
            }
            seen.push((what.clone(), column, &replacement.value));
        }
    }
    sound
}

fn overwrites(rule: &Rule) -> Vec<(String, &Overwrite)> {
    let mut found = Vec::new();
    if let Disposition::Anonymise(overwrite) = &rule.disposition {
        found.push(("the disposition".to_owned(), overwrite));
    }
    if let Some(overwrite) = &rule.if_a_child_stays {
        found.push(("if-a-child-stays".to_owned(), overwrite));
    }
    for purpose in &rule.purposes {
        if let Some(overwrite) = &purpose.at_end {
            found.push((format!("at-end of {}", purpose.name), overwrite));
        }
    }
    found
}

/// One of them has nothing left to do when the other is done: a NULL is as coarse as a value can be.
fn agree(one: &Replacement, other: &Replacement) -> bool {
    use Replacement::{Generalise, Null};
    one == other || matches!((one, other), (Generalise(_), Null) | (Null, Generalise(_)))
}
