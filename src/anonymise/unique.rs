//! Sets of columns that must differ from row to row.

use crate::catalog::Table;

use super::{Complaint, Overwritten};

/// Complains where overwriting would give two rows the same values in a unique set. A set stays unique when one of
/// its overwritten columns differs for each row (random with enough bits; NULL, which equals nothing), or when the
/// columns that are kept are unique among themselves. Each complaint comes with the index of the column it is about.
pub(super) fn complaints(columns: &[Overwritten], table: &Table) -> Vec<(usize, Complaint)> {
    let mut found: Vec<(usize, Complaint)> = Vec::new();
    for set in &table.unique {
        let touched: Vec<usize> = (0..columns.len())
            .filter(|index| set.contains(&columns[*index].column.name))
            .collect();
        let Some(first) = touched.first().copied() else {
            continue;
        };
        let distinct = touched.iter().any(|index| columns[*index].is_distinct());
        if distinct || kept_is_unique(set, columns, table) {
            continue;
        }
        if !found.iter().any(|(index, _)| *index == first) {
            found.push((first, complaint(&columns[first], set)));
        }
    }
    found
}

fn kept_is_unique(set: &[String], columns: &[Overwritten], table: &Table) -> bool {
    let is_kept =
        |name: &String| set.contains(name) && !columns.iter().any(|one| one.column.name == *name);
    let key = Some(&table.primary_key).filter(|key| !key.is_empty());
    table
        .unique
        .iter()
        .chain(key)
        .any(|other| other.iter().all(is_kept))
}

fn complaint(one: &Overwritten, set: &[String]) -> Complaint {
    let name = &one.column.name;
    let unique = match set {
        [_] => format!("column {name} is UNIQUE"),
        _ => format!("the columns {} are UNIQUE together", set.join(", ")),
    };
    if matches!(one.strategy, super::Strategy::Random(_)) {
        return Complaint::new(
            format!("{unique}, and {name} is too short for random values that never meet"),
            "use null where the column allows it, or make the column longer",
        );
    }
    Complaint::new(
        format!("{unique}, and two rows would get the same value"),
        "use \"random\", which differs for each row, or null where the column allows it",
    )
}
