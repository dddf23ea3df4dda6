//! Privileges, and the statements that grant them: written for a DBA, never run by us.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::TableName;

use super::{Dialect, Sql};

/// What a role may do with a table, or with columns of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Privilege {
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
    /// To make triggers on it; on MySQL and MariaDB also to see what they do.
    Trigger,
    /// To refer to it; on MySQL and MariaDB also to see that it is there.
    References,
}

impl Privilege {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Select,
        Self::Insert,
        Self::Update,
        Self::Delete,
        Self::Truncate,
        Self::Trigger,
        Self::References,
    ];

    /// As a statement writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Truncate => "TRUNCATE",
            Self::Trigger => "TRIGGER",
            Self::References => "REFERENCES",
        }
    }

    /// The privilege that a database calls so; `None`: one that we do not look at.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// What is permitted, or needed, on one table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permits {
    /// On the whole table.
    pub whole: BTreeSet<Privilege>,
    /// On single columns.
    pub columns: BTreeMap<Privilege, BTreeSet<String>>,
}

impl Permits {
    /// Adds a column.
    pub fn column(&mut self, privilege: Privilege, name: &str) {
        let columns = self.columns.entry(privilege).or_default();
        columns.insert(name.to_owned());
    }

    /// The columns of a privilege, where it is not one on the whole table.
    #[must_use]
    pub fn of(&self, privilege: Privilege) -> BTreeSet<String> {
        self.columns.get(&privilege).cloned().unwrap_or_default()
    }

    /// True where nothing is permitted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.columns.values().all(BTreeSet::is_empty)
    }

    /// What of this is not among those.
    #[must_use]
    pub fn without(&self, those: &Self) -> Self {
        let mut rest = Self {
            whole: self.whole.difference(&those.whole).copied().collect(),
            columns: BTreeMap::new(),
        };
        for (privilege, names) in &self.columns {
            if those.whole.contains(privilege) {
                continue;
            }
            let left: BTreeSet<String> = names.difference(&those.of(*privilege)).cloned().collect();
            if !left.is_empty() {
                rest.columns.insert(*privilege, left);
            }
        }
        rest
    }

    /// In words: `DELETE, SELECT (id, name)`.
    #[must_use]
    pub fn told(&self) -> String {
        let whole = self.whole.iter().map(|one| one.word().to_owned());
        let columns = self.columns.iter().map(|(privilege, names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("{} ({})", privilege.word(), names.join(", "))
        });
        whole.chain(columns).collect::<Vec<_>>().join(", ")
    }
}

/// Whom something is granted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grantee {
    pub name: String,
    /// MySQL and MariaDB: from which host, as their accounts have it ("%": any).
    pub host: String,
}

impl Sql {
    fn grantee(&mut self, to: &Grantee) -> &mut Self {
        self.ident(&to.name);
        if self.dialect().is_mysql_family() {
            self.push("@").ident(&to.host);
        }
        self
    }
}

/// `GRANT … ON table TO grantee`.
#[must_use]
pub fn grant(dialect: Dialect, table: &TableName, permits: &Permits, to: &Grantee) -> Sql {
    let mut sql = Sql::new(dialect);
    sql.push("GRANT ");
    let mut parts: Vec<(Privilege, Option<&BTreeSet<String>>)> =
        permits.whole.iter().map(|one| (*one, None)).collect();
    parts.extend(permits.columns.iter().map(|(one, of)| (*one, Some(of))));
    sql.list(parts, ", ", |sql, (privilege, columns)| {
        sql.push(privilege.word());
        if let Some(columns) = columns {
            sql.push(" (");
            sql.list(columns, ", ", |sql, name| {
                sql.ident(name);
            });
            sql.push(")");
        }
    });
    sql.push(" ON ").table(table).push(" TO ").grantee(to);
    sql
}

/// `GRANT USAGE ON SCHEMA schema TO grantee`: PostgreSQL.
#[must_use]
pub fn grant_schema(schema: &str, to: &Grantee) -> Sql {
    let mut sql = Sql::new(Dialect::Postgres);
    sql.push("GRANT USAGE ON SCHEMA ").ident(schema);
    sql.push(" TO ").grantee(to);
    sql
}

/// `GRANT CONNECT ON DATABASE database TO grantee`: PostgreSQL.
#[must_use]
pub fn grant_connect(database: &str, to: &Grantee) -> Sql {
    let mut sql = Sql::new(Dialect::Postgres);
    sql.push("GRANT CONNECT ON DATABASE ").ident(database);
    sql.push(" TO ").grantee(to);
    sql
}

/// ``GRANT REFERENCES ON `database`.* TO grantee``: MySQL and MariaDB, where whoever may do nothing with a table does
/// not see it. In a grant on a whole database `_` and `%` stand for other characters.
#[must_use]
pub fn grant_sight(dialect: Dialect, database: &str, to: &Grantee) -> Sql {
    let mut sql = Sql::new(dialect);
    let exact = database.replace('_', "\\_").replace('%', "\\%");
    sql.push("GRANT REFERENCES ON ").ident(&exact);
    sql.push(".* TO ").grantee(to);
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_columns_named() {
        let table = TableName {
            schema: "hr".to_owned(),
            table: "a\"b`c".to_owned(),
        };
        let mut permits = Permits::default();
        permits.whole.insert(Privilege::Delete);
        permits.column(Privilege::Select, "id");
        permits.column(Privilege::Select, "left on");
        let to = Grantee {
            name: "o'neill".to_owned(),
            host: "10.0.0.%".to_owned(),
        };
        assert_eq!(
            grant(Dialect::Postgres, &table, &permits, &to).text(),
            "GRANT DELETE, SELECT (\"id\", \"left on\") ON \"hr\".\"a\"\"b`c\" TO \"o'neill\""
        );
        assert_eq!(
            grant(Dialect::Mariadb, &table, &permits, &to).text(),
            "GRANT DELETE, SELECT (`id`, `left on`) ON `hr`.`a\"b``c` TO `o'neill`@`10.0.0.%`"
        );
        assert_eq!(
            grant_sight(Dialect::Mariadb, "my_db", &to).text(),
            "GRANT REFERENCES ON `my\\_db`.* TO `o'neill`@`10.0.0.%`"
        );
    }

    #[test]
    fn a_privilege_on_the_table_is_one_on_its_columns() {
        let mut needs = Permits::default();
        needs.column(Privilege::Select, "id");
        needs.column(Privilege::Update, "name");
        let mut held = Permits::default();
        held.whole.insert(Privilege::Select);
        let missing = needs.without(&held);
        assert_eq!(missing.told(), "UPDATE (name)");
        assert_eq!(held.without(&needs).told(), "SELECT");
    }
}
