//! What a role must be permitted so that a plan can be rehearsed, or enforced: read off the plan's own conditions,
//! steps and locks, so that it is neither more nor less than its statements ask for.
//!
//! The tests play every case with a role that has exactly this.

mod reads;
mod writes;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Table, TableName};
use crate::resolve::Program;
use crate::sql::{Dialect, Permits, Privilege};

use super::Plan;

/// What somebody wants to do with a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    Rehearse,
    Enforce,
}

/// What is needed, table by table.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    tables: BTreeMap<TableName, Permits>,
    /// Some column must be permitted, whichever: to count rows, or to lock them.
    any: BTreeSet<(TableName, Privilege)>,
    /// Tables that are closed to new rows (PostgreSQL), which takes a privilege to change the whole table.
    closed: BTreeSet<TableName>,
    dialect: Option<Dialect>,
}

impl Needs {
    /// Of all plans together: that of the schedule, and those of requests to be erased.
    #[must_use]
    pub fn of(plans: &[(&Program, &Plan)], catalog: &Catalog, intent: Intent) -> Self {
        let mut needs = Self::default();
        for (program, plan) in plans {
            needs.dialect = Some(program.dialect);
            needs.read_rules(program, plan.now);
            for step in &plan.steps {
                needs.read_step(step);
                if intent == Intent::Enforce && step.mode == crate::schedule::Mode::Enforce {
                    needs.write_step(step);
                }
            }
        }
        needs.settle(catalog);
        needs
    }

    /// The tables, each with what is needed on it.
    #[must_use]
    pub fn tables(&self) -> &BTreeMap<TableName, Permits> {
        &self.tables
    }

    /// Adds what is needed on a table of our own.
    pub fn add(&mut self, table: TableName, permits: Permits) {
        let own = self.tables.entry(table).or_default();
        own.whole.extend(permits.whole);
        for (privilege, names) in permits.columns {
            own.columns.entry(privilege).or_default().extend(names);
        }
        simplify(own);
    }

    fn on(&mut self, table: &TableName) -> &mut Permits {
        self.tables.entry(table.clone()).or_default()
    }

    fn select(&mut self, table: &TableName, column: &str) {
        self.on(table).column(Privilege::Select, column);
    }

    /// Rows are counted, or found to be there.
    fn look(&mut self, table: &TableName) {
        self.any.insert((table.clone(), Privilege::Select));
    }

    /// Rows are locked: PostgreSQL and MySQL ask for a privilege to change them, MariaDB for none.
    fn lock(&mut self, table: &TableName) {
        self.look(table);
        if self.dialect != Some(Dialect::Mariadb) {
            self.any.insert((table.clone(), Privilege::Update));
        }
    }

    fn settle(&mut self, catalog: &Catalog) {
        for table in std::mem::take(&mut self.closed) {
            let own = self.on(&table);
            if !own.whole.contains(&Privilege::Delete) {
                own.whole.insert(Privilege::Update);
            }
        }
        for (table, privilege) in std::mem::take(&mut self.any) {
            let least = catalog.get(&table).and_then(least_telling);
            let own = self.on(&table);
            if own.whole.contains(&privilege) || !own.of(privilege).is_empty() {
                continue;
            }
            match least {
                Some(column) => own.column(privilege, &column),
                // One of our own tables.
                None => drop(own.whole.insert(privilege)),
            }
        }
        self.tables.values_mut().for_each(simplify);
        self.tables.retain(|_, permits| !permits.is_empty());
    }
}

/// A column of the key tells the least, and is the hardest to change.
fn least_telling(table: &Table) -> Option<String> {
    let first = table.columns.first().map(|one| &one.name);
    table.primary_key.first().or(first).cloned()
}

fn simplify(permits: &mut Permits) {
    let whole = permits.whole.clone();
    permits
        .columns
        .retain(|privilege, names| !whole.contains(privilege) && !names.is_empty());
}
