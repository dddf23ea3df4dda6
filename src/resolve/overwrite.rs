//! Overwrites matched with their table.

use crate::anonymise::{self, Rewrite};
use crate::catalog::Table;
use crate::diagnostic::Faults;
use crate::schedule::{Disposition, Overwrite, Rule};

use super::Surroundings;
use super::program::BoundDisposition;

pub(super) fn bind(
    around: &Surroundings<'_>,
    rule: &Rule,
    overwrite: &Overwrite,
    table: &Table,
    faults: &mut Faults,
) -> Option<Rewrite> {
    let key: Vec<String> = rule.key.iter().map(|name| name.value.clone()).collect();
    match anonymise::bind_with_key(overwrite, table, &key, around.dialect) {
        Ok(rewrite) => Some(rewrite),
        Err(found) => {
            faults.extend(found.into_iter().map(|fault| fault.in_rule(&rule.name)));
            None
        }
    }
}

pub(super) fn disposition(
    around: &Surroundings<'_>,
    rule: &Rule,
    table: &Table,
    faults: &mut Faults,
) -> Option<BoundDisposition> {
    match &rule.disposition {
        Disposition::Delete => Some(BoundDisposition::Delete),
        Disposition::Anonymise(overwrite) => {
            bind(around, rule, overwrite, table, faults).map(BoundDisposition::Anonymise)
        }
    }
}
