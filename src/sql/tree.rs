//! Rows of a table that refers to itself: everything above, or below, some of them.

use crate::catalog::TableName;

use super::{Alias, Expr, Sql};

/// A row is in the set that begins with the seeds and goes on from row to row. The set does not depend on the row:
/// the database can work it out once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    pub table: TableName,
    /// The row that is asked about, and its columns that are looked up in the set.
    pub row: Alias,
    pub member: Vec<String>,
    /// A row of the set gives these on; the next ones are those whose `link` columns equal them.
    pub gives: Vec<String>,
    pub link: Vec<String>,
    pub seed: Alias,
    /// Which rows the set begins with, about `seed`.
    pub condition: Expr,
}

impl Tree {
    /// The same about another occurrence of the table.
    #[must_use]
    pub fn realias(&self, from: Alias, to: Alias) -> Self {
        Self {
            row: if self.row == from { to } else { self.row },
            condition: self.condition.realias(from, to),
            ..self.clone()
        }
    }
}

impl Sql {
    /// `(row.member) IN (WITH RECURSIVE … )`.
    pub(super) fn tree(&mut self, tree: &Tree) -> &mut Self {
        self.push("((");
        self.columns_of(tree.row, &tree.member);
        self.push(") IN (WITH RECURSIVE ").set_name(tree).push(" (");
        self.given(tree);
        self.push(") AS (SELECT ");
        self.columns_of(tree.seed, &tree.gives);
        self.push(" FROM ")
            .table(&tree.table)
            .push(" AS ")
            .alias(tree.seed);
        self.push(" WHERE ");
        self.there(tree.seed, &tree.gives);
        self.push(" AND ").expr(&tree.condition);
        // UNION forgets what it has seen: rows that refer to each other in a circle end it too.
        self.push(" UNION SELECT ");
        self.columns_of(tree.seed, &tree.gives);
        self.push(" FROM ").set_name(tree).push(" JOIN ");
        self.table(&tree.table).push(" AS ").alias(tree.seed);
        self.push(" ON ");
        self.list(
            tree.link.iter().enumerate(),
            " AND ",
            |sql, (index, name)| {
                sql.column(tree.seed, name).push(" = ").set_name(tree);
                sql.push(".c").number(index as u64);
            },
        );
        self.push(" WHERE ");
        self.there(tree.seed, &tree.gives);
        self.push(") SELECT ");
        self.given(tree);
        self.push(" FROM ").set_name(tree).push("))")
    }

    fn set_name(&mut self, tree: &Tree) -> &mut Self {
        self.push("k").number(u64::from(tree.seed.0))
    }

    fn given(&mut self, tree: &Tree) -> &mut Self {
        self.list(0..tree.gives.len(), ", ", |sql, index| {
            sql.push("c").number(index as u64);
        })
    }

    fn columns_of(&mut self, alias: Alias, names: &[String]) -> &mut Self {
        self.list(names, ", ", |sql, name| {
            sql.column(alias, name);
        })
    }

    fn there(&mut self, alias: Alias, names: &[String]) -> &mut Self {
        self.list(names, " AND ", |sql, name| {
            sql.column(alias, name).push(" IS NOT NULL");
        })
    }
}
