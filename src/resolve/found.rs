//! The references of a database: those that it declares, and those that the schedule declares.

use crate::catalog::{Catalog, Deletion, ForeignKey, Relation, Table, TableName};
use crate::diagnostic::{Faults, Located};
use crate::schedule::{DeclaredRelation, Rule};

use super::program::{BoundReference, Decision};
use super::{Surroundings, purposes, relations};

/// What hangs from a row that stays is followed no further than this many tables.
const HANGING_MAX: usize = 4;

/// Declared and undeclared references from a table.
pub(super) fn keys_from(around: &Surroundings<'_>, table: &Table) -> Vec<ForeignKey> {
    let mut keys = table.foreign_keys.clone();
    keys.extend(around.database.relations.iter().filter_map(|relation| {
        let child = around.catalog.table(&relation.child.value)?;
        let parent = around.catalog.table(&relation.parent.value)?;
        (child.name == table.name).then(|| as_key(around, relation, child, parent))
    }));
    keys
}

fn as_key(
    around: &Surroundings<'_>,
    relation: &DeclaredRelation,
    child: &Table,
    parent: &Table,
) -> ForeignKey {
    let values = |list: &[Located<String>]| list.iter().map(|one| one.value.clone()).collect();
    ForeignKey {
        name: String::new(),
        columns: values(&relation.columns),
        parent: parent.name.clone(),
        parent_columns: values(&relation.parent_columns),
        on_delete: Deletion::NoAction,
        deferred: false,
        enforced: false,
        // What is wrong with it stops every rule that has to do with it (`relations::check`).
        text: relations::text(around, relation, child, parent)
            .unwrap_or_default()
            .map(Box::new),
    }
}

/// A reference that was found, before it is decided.
pub(super) struct Found<'a> {
    pub child: &'a Table,
    pub key: ForeignKey,
    pub declared: Option<&'a DeclaredRelation>,
}

/// Every reference to a table.
pub(super) fn found_for<'a>(around: &Surroundings<'a>, parent: &Table) -> Vec<Found<'a>> {
    let catalog: &'a Catalog = around.catalog;
    let mut found: Vec<Found<'a>> = catalog
        .tables
        .iter()
        .flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)))
        .filter(|(_, key)| key.parent == parent.name)
        .filter(|(table, key)| !speaks_for_itself(catalog, table, key))
        .map(|(child, key)| Found {
            child,
            key: key.clone(),
            declared: None,
        })
        .collect();
    for relation in &around.database.relations {
        let ends = (
            catalog.table(&relation.child.value),
            catalog.table(&relation.parent.value),
        );
        if let (Some(child), Some(to)) = ends
            && to.name == parent.name
        {
            found.push(Found {
                child,
                key: as_key(around, relation, child, to),
                declared: Some(relation),
            });
        }
    }
    found
}

/// A partition or an inheriting table whose parent refers in the same way: what is decided for the parent's rows is
/// decided for its own, since statements about the parent include them.
fn speaks_for_itself(catalog: &Catalog, table: &Table, key: &ForeignKey) -> bool {
    table
        .inherits
        .as_ref()
        .and_then(|name| catalog.get(name))
        .is_some_and(|above| {
            above
                .foreign_keys
                .iter()
                .any(|other| other.parent == key.parent && other.columns == key.columns)
        })
}

impl Found<'_> {
    /// "table", or "table.column" where a table refers more than once.
    pub fn is_meant(&self, around: &Surroundings<'_>, written: &str) -> bool {
        let names = |text: &str| {
            around
                .catalog
                .table(text)
                .is_some_and(|table| table.name == self.child.name)
        };
        names(written)
            || written.rsplit_once('.').is_some_and(|(table, column)| {
                names(table) && self.key.columns.iter().any(|one| one == column)
            })
    }

    /// The reference as one that keeps the row to which it leads.
    pub fn keeping(
        &self,
        around: &Surroundings<'_>,
        faults: &mut Faults,
    ) -> Option<BoundReference> {
        let when = match self.declared.and_then(|one| one.when.as_ref()) {
            Some(text) => Some(purposes::condition(around, text, self.child, faults)?),
            None => None,
        };
        Some(BoundReference {
            relation: self.relation(),
            child: self.child.clone(),
            child_key: Vec::new(),
            decision: Decision::OwnRule,
            due_ones_go_along: false,
            enforced: self.key.enforced,
            when,
            frees: Vec::new(),
            stand_in: None,
            nested: Vec::new(),
        })
    }

    /// The reference, and those to the rows from which it leads, as far as nothing is decided about them: what hangs
    /// from a row that stays. `above` are the tables on the way.
    pub fn hanging(
        &self,
        around: &Surroundings<'_>,
        above: &mut Vec<TableName>,
        faults: &mut Faults,
    ) -> Option<BoundReference> {
        let mut reference = self.keeping(around, faults)?;
        let rules = || around.schedule.rules_of(&around.database.name.value);
        let of_child = |rule: &Rule| {
            let table = around.catalog.table(&rule.table.value);
            table.is_some_and(|table| table.name == self.child.name)
        };
        // A rule of the child's own says what hangs from its rows.
        if above.len() < HANGING_MAX && !rules().any(of_child) && !above.contains(&self.child.name)
        {
            above.push(self.child.name.clone());
            for below in found_for(around, self.child) {
                reference
                    .nested
                    .extend(below.hanging(around, above, faults));
            }
            above.pop();
        }
        Some(reference)
    }

    pub fn relation(&self) -> Relation {
        Relation {
            child: self.child.name.clone(),
            child_columns: self.key.columns.clone(),
            parent: self.key.parent.clone(),
            parent_columns: self.key.parent_columns.clone(),
            text: self.key.text.clone(),
        }
    }
}
