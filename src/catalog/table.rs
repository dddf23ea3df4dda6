//! One table (or what looks like one) and what hangs from it.

use std::fmt;

use serde::Serialize;

use super::{Column, KeyText};

/// A table's name, always with its schema: the database in MySQL, "main" in SQLite.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct TableName {
    pub schema: String,
    pub table: String,
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

/// A table as the catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    pub name: TableName,
    pub relation: RelationKind,
    pub storage: Storage,
    /// In the table's own order.
    pub columns: Vec<Column>,
    /// Columns of the primary key in key order; empty where there is none. SQLite: a table without a declared
    /// primary key has none here, though it has a rowid.
    pub primary_key: Vec<String>,
    /// Sets of columns that are unique, the primary key among them; only full (not partial) indexes on plain columns.
    pub unique: Vec<Vec<String>>,
    /// Not part of the fingerprint: the index that `check` asks for does not change what is removed.
    #[serde(skip)]
    pub indexes: Vec<Index>,
    /// References from this table to others.
    pub foreign_keys: Vec<ForeignKey>,
    pub triggers: Vec<Trigger>,
    /// The text of each CHECK constraint, as the database gives it.
    pub checks: Vec<String>,
    /// PostgreSQL rewrite rules on UPDATE and DELETE by name; those on INSERT and SELECT change no removal.
    pub rewrite_rules: Vec<String>,
    /// Row-level security is switched on.
    pub row_security: bool,
    /// Tables that inherit from this one or are its partitions.
    pub children: Vec<TableName>,
    /// The partitioned or inherited table above this one.
    pub inherits: Option<TableName>,
    /// An identity that changes when the table is dropped and made again (oid, rootpage …): no part of its schema.
    pub identity: String,
    /// The database's own estimate; `None` where it has none. Not part of the schema, so of no fingerprint.
    #[serde(skip)]
    pub rows_estimate: Option<u64>,
    /// Pages of the heap (PostgreSQL); `None` elsewhere. Of no fingerprint either.
    #[serde(skip)]
    pub pages: Option<u64>,
}

impl Table {
    /// The column of this exact name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The existing column nearest to a misspelt one.
    #[must_use]
    pub fn nearest_column(&self, name: &str) -> Option<String> {
        super::nearest(name, self.columns.iter().map(|column| column.name.clone()))
    }

    /// True where an index begins with these columns (in any order among themselves).
    #[must_use]
    pub fn has_index_on(&self, columns: &[String]) -> bool {
        self.indexes.iter().any(|index| {
            index.columns.len() >= columns.len()
                && index.columns[..columns.len()]
                    .iter()
                    .all(|one| columns.contains(one))
        })
    }
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum RelationKind {
    Table,
    /// PostgreSQL's declarative partitioned table, or MySQL's.
    Partitioned,
    View,
    Foreign,
    /// A virtual table of SQLite (FTS, R-Tree).
    Virtual,
    /// MariaDB's system-versioned table: a delete keeps the row in its history.
    SystemVersioned,
    /// A table of Citus, or a shard of one: its rows lie on several servers.
    Distributed,
}

/// Where the rows lie, as far as removal is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Storage {
    /// PostgreSQL's heap.
    Heap,
    /// InnoDB: clustered on the primary key.
    InnoDb,
    /// SQLite with a rowid; the name of the integer primary key column if one is its alias.
    Rowid { alias: Option<String> },
    /// SQLite `WITHOUT ROWID`.
    WithoutRowid,
    /// An engine that cannot roll back, or one we do not know; by name.
    NotTransactional(String),
}

impl Storage {
    /// A rollback puts back what a statement removed.
    #[must_use]
    pub fn takes_back(&self) -> bool {
        !matches!(self, Self::NotTransactional(_))
    }
}

/// An index on plain columns, in its own order. An index on an expression or with a condition is not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Index {
    pub name: String,
    pub columns: Vec<String>,
}

/// A declared reference from one table's columns to another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForeignKey {
    pub name: String,
    pub columns: Vec<String>,
    pub parent: TableName,
    /// Resolved: where the declaration names none (SQLite), the parent's primary key.
    pub parent_columns: Vec<String>,
    pub on_delete: Deletion,
    pub deferred: bool,
    /// False where the database does not watch over it (PostgreSQL NOT VALID is still enforced; a relation that only
    /// the schedule declares is not).
    pub enforced: bool,
    /// Of a reference that only the schedule declares: the key is kept as text.
    #[serde(skip)]
    pub text: Option<Box<KeyText>>,
}

/// What the database does with a child when its parent goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Deletion {
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

/// A trigger as far as a count can be made untrue by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trigger {
    pub name: String,
    pub on_delete: bool,
    pub on_update: bool,
    pub before: bool,
    pub per_row: bool,
    /// The body or the function it calls, as text, for the fingerprint and for what it can be seen to write.
    pub definition: String,
}

/// What the name of every guard begins with. PostgreSQL fires triggers in the order of their names: the guard last, on
/// the row as the others leave it.
pub const GUARD: &str = "zz_retentiond_guard";

impl Trigger {
    /// True for the guard that `retentiond guard-sql` writes; its name begins so.
    #[must_use]
    pub fn is_guard(&self) -> bool {
        self.name.starts_with(GUARD)
    }
}

/// A reference seen from both ends: this table's columns point at that table's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    pub child: TableName,
    pub child_columns: Vec<String>,
    pub parent: TableName,
    pub parent_columns: Vec<String>,
    /// The parent's key is kept as text, in the one column of the child.
    pub text: Option<Box<KeyText>>,
}
