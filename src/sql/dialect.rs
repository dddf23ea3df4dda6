//! What differs between the databases, as data.

use crate::catalog::TableName;

/// A way of writing SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    Postgres,
    /// MySQL 8: no RETURNING, no reading of the target table in a subquery of its own DELETE.
    Mysql,
    Mariadb,
    Sqlite,
}

impl Dialect {
    /// The character around identifiers; doubled inside them. SQLite takes any double-quoted word that is not a
    /// column for a string, so brackets cannot be used (they cannot be escaped) and every name comes from the
    /// catalogue.
    #[must_use]
    pub fn quote(self) -> char {
        match self {
            Self::Postgres | Self::Sqlite => '"',
            Self::Mysql | Self::Mariadb => '`',
        }
    }

    /// Where a table of ours lies in a target: in a schema of its own on PostgreSQL, beside the application's tables
    /// elsewhere.
    #[must_use]
    pub fn table_of_ours(self, schema: &str, name: &str) -> TableName {
        match self {
            Self::Postgres => TableName {
                schema: "retentiond".to_owned(),
                table: name.to_owned(),
            },
            Self::Mysql | Self::Mariadb | Self::Sqlite => TableName {
                schema: schema.to_owned(),
                table: format!("retentiond_{name}"),
            },
        }
    }

    /// A table's name as people write it: SQLite's own schema goes without saying.
    #[must_use]
    pub fn shown(self, table: &TableName) -> String {
        if self == Self::Sqlite && table.schema == "main" {
            table.table.clone()
        } else {
            table.to_string()
        }
    }

    /// True for MySQL and MariaDB.
    #[must_use]
    pub fn is_mysql_family(self) -> bool {
        matches!(self, Self::Mysql | Self::Mariadb)
    }

    /// True where DELETE answers with the keys of what it removed.
    #[must_use]
    pub fn delete_returns(self) -> bool {
        !matches!(self, Self::Mysql)
    }

    /// True where UPDATE answers with what is asked of the rows that it changed.
    #[must_use]
    pub fn update_returns(self) -> bool {
        matches!(self, Self::Postgres | Self::Sqlite)
    }

    /// The greatest number of values that one statement can bind.
    #[must_use]
    pub fn binds_max(self) -> usize {
        match self {
            Self::Postgres | Self::Mysql | Self::Mariadb => 65_535,
            Self::Sqlite => 32_766,
        }
    }
}
