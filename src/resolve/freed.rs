//! Which columns of a reference become NULL when a row is freed from its parent.
//!
//! One NULL breaks a reference of several columns. The others may say something of their own: a tenant, a branch, the
//! half of another reference.

use crate::catalog::Column;
use crate::diagnostic::{Fault, Faults, Located};
use crate::sql::Alias;

use super::Surroundings;
use super::found::{Found, keys_from};
use super::program::{BoundReference, BoundRule, Decision, HoldBy};

/// The column that the schedule names as "table.column"; else those that belong to no other reference; else all that
/// can be NULL.
pub(super) fn columns(
    around: &Surroundings<'_>,
    found: &Found<'_>,
    written: &Located<String>,
    faults: &mut Faults,
) -> Option<Vec<Column>> {
    let child = found.child;
    let can_be_null = nullable(found);
    if can_be_null.is_empty() {
        let sentence = format!("the reference from {} cannot be NULL", child.name);
        faults.push(
            Fault::error(written.at, sentence).hint(
                "decide \"with-parent\" or \"own-rule\"; or { detach-to = KEY }, with the key of a row that stands for \
                 those that were removed",
            ),
        );
        return None;
    }
    if let [one] = can_be_null.as_slice() {
        return Some(vec![(*one).clone()]);
    }
    let named = written.value.rsplit_once('.').map(|(_, column)| column);
    let is_table = around.catalog.table(&written.value).is_some();
    if let Some(name) = named.filter(|_| !is_table) {
        let one = can_be_null.iter().find(|column| column.name == name);
        if one.is_none() {
            let sentence = format!("{name} of {} cannot be NULL", child.name);
            let names: Vec<&str> = can_be_null.iter().map(|one| one.name.as_str()).collect();
            faults.push(
                Fault::error(written.at, sentence)
                    .hint(format!("name one that can: {}", names.join(" or "))),
            );
        }
        return one.map(|column| vec![(*column).clone()]);
    }
    let keys = keys_from(around, child);
    let elsewhere = |name: &String| {
        keys.iter()
            .any(|key| key.columns != found.key.columns && key.columns.contains(name))
    };
    let alone: Vec<&Column> = can_be_null
        .iter()
        .copied()
        .filter(|column| !elsewhere(&column.name))
        .collect();
    let chosen = if alone.is_empty() { can_be_null } else { alone };
    Some(chosen.into_iter().cloned().collect())
}

/// A column that becomes NULL where a row is freed, and by which a rule about these rows decides: its conditions, its
/// holds, its groups of newest rows.
pub(super) fn read_by<'a>(rule: &BoundRule, reference: &'a BoundReference) -> Option<&'a str> {
    if reference.decision != Decision::Detach || reference.child.name != rule.table.name {
        return None;
    }
    let mut read: Vec<String> = Vec::new();
    for purpose in &rule.purposes {
        let cases = purpose.cases.iter().map(|case| &case.when);
        for condition in purpose.when.iter().chain(&purpose.unless).chain(cases) {
            read.extend(condition.columns_read(Alias::ROW));
        }
    }
    for hold in &rule.holds {
        if let HoldBy::Row(condition) = &hold.by {
            read.extend(condition.columns_read(Alias::ROW));
        }
    }
    if let Some(newest) = &rule.keep_newest {
        read.extend(newest.per.iter().cloned());
    }
    let freed = reference.frees.iter().map(|column| column.name.as_str());
    freed
        .into_iter()
        .find(|name| read.iter().any(|one| one == name))
}

/// True where a row can lose this reference.
pub(super) fn can_be(found: &Found<'_>) -> bool {
    !nullable(found).is_empty()
}

fn nullable<'a>(found: &Found<'a>) -> Vec<&'a Column> {
    let child = found.child;
    found
        .key
        .columns
        .iter()
        .filter_map(|name| child.column(name))
        .filter(|column| column.nullable && !child.primary_key.contains(&column.name))
        .collect()
}
