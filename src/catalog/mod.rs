//! What a database says of itself: tables, columns, keys, references, triggers. Plain data.
//!
//! Apart, because everything that decides (resolve, plan) reads it and must be testable without a server. Reading it
//! from a server is `db`'s work. Nothing here may run a query.

mod canonical;
mod column;
mod fingerprint;
mod key_text;
mod table;

pub use canonical::fingerprint;
pub use column::{Column, ColumnKind};
pub use fingerprint::Fingerprint;
pub use key_text::{Compared, KeyPart, KeyText};
pub use table::{
    Deletion, ForeignKey, GUARD, Index, Relation, RelationKind, Storage, Table, TableName, Trigger,
};

/// The tables of one database that a schedule can name, as the catalogue had them at one moment.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// The schema in which an unqualified name is looked up ("public", the MySQL database, "main").
    pub default_schema: String,
    pub tables: Vec<Table>,
}

impl Catalog {
    /// The table of this name. An unqualified name is looked up in the default schema. Names are compared exactly;
    /// where exactly one table differs only in letter case, it is not taken silently: see [`Catalog::nearest`].
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        let (schema, table) = name
            .split_once('.')
            .unwrap_or((self.default_schema.as_str(), name));
        self.tables
            .iter()
            .find(|one| one.name.schema == schema && one.name.table == table)
            .or_else(|| {
                // A table name that contains a dot, unqualified.
                self.tables
                    .iter()
                    .find(|one| one.name.schema == self.default_schema && one.name.table == name)
            })
    }

    /// The table with this exact qualified name.
    #[must_use]
    pub fn get(&self, name: &TableName) -> Option<&Table> {
        self.tables.iter().find(|one| &one.name == name)
    }

    /// The existing table whose name is nearest to a misspelt one, as the schedule would write it.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<String> {
        nearest(
            name,
            self.tables.iter().map(|table| self.written(&table.name)),
        )
    }

    /// A table's name as the schedule would write it: unqualified in the default schema.
    #[must_use]
    pub fn written(&self, name: &TableName) -> String {
        if name.schema == self.default_schema {
            name.table.clone()
        } else {
            name.to_string()
        }
    }

    /// Every declared reference to a table, with the table it stands in.
    pub fn references_to<'a>(
        &'a self,
        parent: &'a TableName,
    ) -> impl Iterator<Item = (&'a Table, &'a ForeignKey)> {
        self.tables.iter().flat_map(move |table| {
            table
                .foreign_keys
                .iter()
                .filter(move |key| &key.parent == parent)
                .map(move |key| (table, key))
        })
    }
}

/// The candidate nearest to a word, if one is near enough to be what was meant.
pub fn nearest(word: &str, candidates: impl IntoIterator<Item = String>) -> Option<String> {
    candidates
        .into_iter()
        .map(|one| {
            let alike = strsim::jaro_winkler(&word.to_lowercase(), &one.to_lowercase());
            (alike, one)
        })
        .filter(|(alike, _)| *alike > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, one)| one)
}
