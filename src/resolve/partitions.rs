//! Which partitions may be emptied at once, and why not.
//!
//! TRUNCATE fires no DELETE trigger and asks about no row: it may stand only where the rows alone decide, nothing refers
//! to them, and nothing watches over their removal. That every row is due is asked in the transaction that empties it.

use crate::catalog::{Catalog, RelationKind, Storage, Table};
use crate::diagnostic::{Fault, Faults};
use crate::schedule::{Partitions, Rule};
use crate::sql::Dialect;

use super::Surroundings;
use super::program::Partition;

/// The partitions of a rule's table that may be emptied at once; none where the rule does not say so.
pub(super) fn bind(
    around: &Surroundings<'_>,
    rule: &Rule,
    table: &Table,
    faults: &mut Faults,
) -> Vec<Partition> {
    if rule.partitions == Partitions::RowByRow {
        return Vec::new();
    }
    if let Some((sentence, hint)) = unfit(around, rule, table) {
        faults.push(Fault::error(rule.table.at, sentence).hint(hint));
        return Vec::new();
    }
    // Those that hold rows themselves.
    whole(around.catalog, table)
        .into_iter()
        .filter(|leaf| leaf.relation == RelationKind::Table && leaf.storage == Storage::Heap)
        .filter_map(|leaf| {
            Some(Partition {
                name: leaf.name.clone(),
                oid: leaf.identity.parse().ok()?,
            })
        })
        .collect()
}

/// Why no partition of the table can be emptied at once, and what would be right.
fn unfit(around: &Surroundings<'_>, rule: &Rule, table: &Table) -> Option<(String, String)> {
    let name = &table.name;
    let row_by_row = "remove partitions = \"truncate\": the rows go in batches";
    if around.dialect != Dialect::Postgres {
        let sentence = "partitions can be emptied at once on PostgreSQL alone: elsewhere nothing takes it back";
        return Some((sentence.to_owned(), row_by_row.to_owned()));
    }
    if table.relation != RelationKind::Partitioned {
        let sentence = format!("{name} is not a partitioned table");
        return Some((sentence, row_by_row.to_owned()));
    }
    if !rule.recognised_by.is_empty() {
        let sentence =
            "rows that are to be known again after a restore are looked at before they go"
                .to_owned();
        let hint = format!("remove recognised-by, or {row_by_row}");
        return Some((sentence, hint));
    }
    let own = whole(around.catalog, table);
    let refers = around.catalog.tables.iter().find(|other| {
        let mut keys = other.foreign_keys.iter();
        keys.any(|key| own.iter().any(|one| one.name == key.parent))
    });
    if let Some(other) = refers {
        let sentence = format!(
            "{} refers to {name}, and PostgreSQL empties no such table",
            other.name
        );
        return Some((sentence, row_by_row.to_owned()));
    }
    if !rule.children.is_empty() {
        let sentence = format!("rows that go along with those of {name} would not be found");
        return Some((sentence, row_by_row.to_owned()));
    }
    let triggers = own.iter().flat_map(|one| &one.triggers);
    if let Some(trigger) = triggers.into_iter().find(|trigger| trigger.on_delete) {
        let sentence = format!("the trigger {} of {name} would not run", trigger.name);
        return Some((sentence, row_by_row.to_owned()));
    }
    None
}

/// The table and its partitions, on every level.
fn whole<'a>(catalog: &'a Catalog, table: &'a Table) -> Vec<&'a Table> {
    let parts = table.children.iter().filter_map(|name| catalog.get(name));
    std::iter::once(table)
        .chain(parts.flat_map(|part| whole(catalog, part)))
        .collect()
}
