//! What the user of a session may do, as the database itself tells it.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::TableName;
use crate::sql::{Permits, Privilege};

/// The rights of a session's user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// An attribute that permits everything, such as "SUPERUSER": nothing else was asked then.
    pub unlimited: Option<&'static str>,
    /// What reaches beyond the rows of tables, each as the database names it.
    pub beyond: Vec<String>,
    /// It has a role as well, whose rights the database does not tell: more may be permitted than is listed here.
    pub by_roles: bool,
    /// PostgreSQL: the schemas that may be used.
    pub schemas: BTreeSet<String>,
    /// PostgreSQL: those that every role may use anyway.
    pub public_schemas: BTreeSet<String>,
    /// PostgreSQL: every role may connect to the database anyway.
    pub public_connects: bool,
    /// On every table of the database.
    pub everywhere: BTreeSet<Privilege>,
    pub tables: BTreeMap<TableName, Permits>,
}

impl Rights {
    /// On one table.
    #[must_use]
    pub fn on(&self, table: &TableName) -> Permits {
        let mut permits = self.tables.get(table).cloned().unwrap_or_default();
        permits.whole.extend(&self.everywhere);
        permits
    }

    pub(super) fn permit(&mut self, table: TableName, privilege: Privilege, column: Option<&str>) {
        let own = self.tables.entry(table).or_default();
        match column {
            Some(name) => own.column(privilege, name),
            None => drop(own.whole.insert(privilege)),
        }
    }
}
