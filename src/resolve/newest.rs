//! The rows of each group that stay because they are the newest.

use crate::catalog::Table;
use crate::diagnostic::{Fault, Faults};
use crate::schedule::Rule;

use super::program::Dated;
use super::{Surroundings, safety, start};

/// The newest rows of each group always stay.
#[derive(Debug, Clone)]
pub struct BoundNewest {
    /// Rows that are equal in these columns are a group.
    pub per: Vec<String>,
    /// How many of each stay.
    pub count: u32,
    pub by: Dated,
}

/// Matches `keep-newest` with the rule's table. The outer `None` is a fault.
#[expect(
    clippy::option_option,
    reason = "a fault and a rule without it are two answers"
)]
pub(super) fn bind(
    around: &Surroundings<'_>,
    rule: &Rule,
    table: &Table,
    faults: &mut Faults,
) -> Option<Option<BoundNewest>> {
    let Some(keep) = &rule.keep_newest else {
        return Some(None);
    };
    let mut known = true;
    for name in keep
        .per
        .iter()
        .filter(|name| table.column(&name.value).is_none())
    {
        faults.push(start::unknown_column(table, name));
        known = false;
    }
    let by = start::dated(around, &keep.by, table, faults)?;
    if !known {
        return None;
    }
    let per: Vec<String> = keep.per.iter().map(|name| name.value.clone()).collect();
    let order = [per.as_slice(), std::slice::from_ref(&by.column.name)].concat();
    if !table.has_index_on(&order) {
        let sentence = format!(
            "no index begins with {}: finding the newest rows of a group searches the whole table",
            order.join(", ")
        );
        let hint = safety::create_index(around.dialect, table, &order);
        faults.push(Fault::warning(keep.by.column.at, sentence).hint(hint));
    }
    Some(Some(BoundNewest {
        per,
        count: keep.count.get(),
        by,
    }))
}
