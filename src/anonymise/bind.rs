//! From the schedule's words to the table's columns; all faults at once.

use crate::catalog::{Column, Table};
use crate::diagnostic::{Fault, Located, Span};
use crate::schedule::{Overwrite, Replacement};
use crate::sql::{Alias, Dialect};

use super::{Complaint, Overwritten, Rewrite, Strategy, unique};

/// Matches an overwrite with a table.
///
/// # Errors
/// Every column that is not there, is part of a key or is written by the database itself; every replacement that its
/// column does not take; and an overwrite by which a finished row could not be told from one still to be done.
pub fn bind(overwrite: &Overwrite, table: &Table, dialect: Dialect) -> Result<Rewrite, Vec<Fault>> {
    bind_with_key(overwrite, table, &[], dialect)
}

/// Like [`bind`], for a table whose rows are identified by columns that the schedule declares.
///
/// # Errors
/// As [`bind`]; also for a column of the declared key.
pub fn bind_with_key(
    overwrite: &Overwrite,
    table: &Table,
    key: &[String],
    dialect: Dialect,
) -> Result<Rewrite, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut columns = Vec::new();
    let mut places = Vec::new();
    for (name, replacement) in &overwrite.columns {
        match one(name, replacement, table, key, dialect) {
            Err((place, complaint)) => faults.push(at(place, complaint)),
            Ok(one)
                if columns
                    .iter()
                    .any(|other: &Overwritten| other.column == one.column) =>
            {
                let sentence = format!("column {name} is overwritten twice");
                faults.push(Fault::error(name.at, sentence).hint("name each column once"));
            }
            Ok(one) => {
                columns.push(one);
                places.push((name.at, replacement.at));
            }
        }
    }
    for (index, complaint) in unique::complaints(&columns, table) {
        faults.push(at(places[index].1, complaint));
    }
    if faults.is_empty() {
        let named = places.first().map(|(name, _)| *name);
        faults.extend(unrecognisable(&columns, named, dialect));
    }
    match faults.is_empty() {
        true => Ok(Rewrite { dialect, columns }),
        false => Err(faults),
    }
}

fn one(
    name: &Located<String>,
    replacement: &Located<Replacement>,
    table: &Table,
    key: &[String],
    dialect: Dialect,
) -> Result<Overwritten, (Span, Complaint)> {
    let column = table.column(name).ok_or_else(|| {
        let sentence = format!("table {} has no column {name}", table.name);
        let hint = table.nearest_column(name).map_or_else(
            || {
                let names: Vec<&str> = table.columns.iter().map(|one| one.name.as_str()).collect();
                format!("it has {}", names.join(", "))
            },
            |near| format!("did you mean {near}?"),
        );
        (name.at, Complaint::new(sentence, hint))
    })?;
    overwritable(column, &replacement.value, table, key)
        .map_err(|complaint| (name.at, complaint))?;
    let strategy = Strategy::check(replacement, column, table, dialect)
        .map_err(|complaint| (replacement.at, complaint))?;
    Ok(Overwritten {
        column: column.clone(),
        strategy,
    })
}

/// What forbids overwriting a column whatever replaces its values.
fn overwritable(
    column: &Column,
    replacement: &Replacement,
    table: &Table,
    key: &[String],
) -> Result<(), Complaint> {
    let name = &column.name;
    let refuse = |sentence: String, hint: &str| Err(Complaint::new(sentence, hint));
    if column.generated {
        return refuse(
            format!("column {name} is computed by the database"),
            "overwrite the columns from which it is computed",
        );
    }
    if column.on_update_now {
        return refuse(
            format!("column {name} is set to the present time by every update"),
            "leave it out: it says when the row was anonymised",
        );
    }
    if table.primary_key.contains(name) || key.contains(name) {
        return refuse(
            format!("column {name} is part of the key that identifies the row"),
            "a row cannot be found again by a key that changes; delete the row, or keep this column",
        );
    }
    let refers = table
        .foreign_keys
        .iter()
        .find(|one| one.columns.contains(name));
    match refers {
        Some(reference) if *replacement != Replacement::Null || !column.nullable => refuse(
            format!("column {name} refers to {}", reference.parent),
            "a reference can only become null, where the column allows it; anonymise the row it refers to instead",
        ),
        _ => Ok(()),
    }
}

/// Complains where a finished row could not be told from one that is still to be done.
fn unrecognisable(columns: &[Overwritten], at: Option<Span>, dialect: Dialect) -> Option<Fault> {
    let recognised = columns
        .iter()
        .any(|one| one.finished(Alias::ROW, dialect).is_some());
    if recognised {
        return None;
    }
    let sentence = match columns {
        [] => "no column is overwritten",
        _ => "a row that is already anonymised could not be told from one that is not",
    };
    let fault = at.map_or_else(
        || Fault::nowhere(sentence),
        |at| Fault::error(at, sentence).label("every run would overwrite it again"),
    );
    Some(fault.hint(
        "add a column that becomes null or a fixed value, such as a marker of your own: anonymised = true",
    ))
}

fn at(place: Span, complaint: Complaint) -> Fault {
    Fault::error(place, complaint.sentence).hint(complaint.hint)
}

#[cfg(test)]
mod tests;
