//! The references that conditions follow from a row to those that refer to it: the way that needs an index.

use crate::catalog::Relation;

use super::program::{BoundHold, BoundPurpose, BoundReference, BoundStart, Leg, Program};

/// All of them, some perhaps more than once.
#[must_use]
pub fn followed(program: &Program) -> Vec<&Relation> {
    let mut found = Vec::new();
    for rule in &program.rules {
        below(&rule.references, &mut found);
        below(&rule.hanging, &mut found);
        let holds = rule.holds.iter().filter_map(BoundHold::rows);
        found.extend(holds.map(|rows| &rows.relation));
        for period in rule.purposes.iter().flat_map(BoundPurpose::periods) {
            of_start(&period.start, &mut found);
        }
    }
    found
}

fn below<'a>(references: &'a [BoundReference], found: &mut Vec<&'a Relation>) {
    for reference in references {
        found.push(&reference.relation);
        below(&reference.nested, found);
    }
}

fn of_start<'a>(start: &'a BoundStart, found: &mut Vec<&'a Relation>) {
    match start {
        BoundStart::Related {
            before,
            last,
            otherwise,
            ..
        } => {
            found.push(&last.relation);
            found.extend(before.iter().filter_map(|leg| match leg {
                Leg::Down(down) => Some(&down.relation),
                Leg::Up(_) => None,
            }));
            if let Some(start) = otherwise {
                of_start(start, found);
            }
        }
        BoundStart::LatestOf(list) | BoundStart::EarliestOf(list) => {
            list.iter().for_each(|one| of_start(one, found));
        }
        BoundStart::Unused(references) => below(references, found),
        BoundStart::Column { .. } | BoundStart::Chosen(_) | BoundStart::Reported(_) => {}
    }
}
