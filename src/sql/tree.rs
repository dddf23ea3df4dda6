//! Rows of a table that refers to itself: everything above, or below, some of them.

use crate::catalog::TableName;

use super::{Alias, Dialect, Expr, Sql};

/// A row is in the set that begins with the seeds and goes on from row to row. The set does not depend on the row:
/// the database can work it out once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    pub table: TableName,
    /// The row that is asked about.
    pub row: Alias,
    /// What identifies a row.
    pub key: Vec<String>,
    /// The ways from a row of the set to the next ones.
    pub links: Vec<Link>,
    pub seed: Alias,
    /// Which rows the set begins with, about `seed`.
    pub condition: Expr,
    pub begins: Begins,
}

/// One way from row to row: a row of the set gives these columns on; the next ones are those whose `meets` equal them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub gives: Vec<String>,
    pub meets: Vec<String>,
}

/// Whether the seeds are in the set themselves, without a way that leads back to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    WithTheSeeds,
    BesideTheSeeds,
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

/// An occurrence of the table inside the set.
#[derive(Clone, Copy)]
enum Inside {
    Seed,
    Next,
}

impl Sql {
    /// `(row.key) IN (WITH RECURSIVE … )`.
    pub(super) fn tree(&mut self, tree: &Tree) -> &mut Self {
        self.push("((");
        self.list(&tree.key, ", ", |sql, name| {
            sql.column(tree.row, name);
        });
        self.push(") IN (WITH RECURSIVE ").set_name(tree).push(" (");
        self.given(tree.key.len() + tree.links.iter().map(|one| one.gives.len()).sum::<usize>());
        self.push(") AS (");
        self.first_of(tree);
        // UNION forgets what it has seen: rows that refer to each other in a circle end it too.
        self.further(tree);
        self.push(") SELECT ");
        self.given(tree.key.len());
        self.push(" FROM ").set_name(tree).push("))")
    }

    fn first_of(&mut self, tree: &Tree) {
        match tree.begins {
            Begins::WithTheSeeds => {
                self.carried(tree, Inside::Seed).push(" FROM ");
                self.occurrence(tree, Inside::Seed);
            }
            Begins::BesideTheSeeds => {
                self.carried(tree, Inside::Next).push(" FROM ");
                self.occurrence(tree, Inside::Seed).push(" JOIN ");
                self.occurrence(tree, Inside::Next).push(" ON (");
                self.list(&tree.links, " OR ", |sql, link| {
                    let pairs = link.gives.iter().zip(&link.meets);
                    sql.list(pairs, " AND ", |sql, (gives, meets)| {
                        sql.inside(tree, Inside::Next, meets).push(" = ");
                        sql.inside(tree, Inside::Seed, gives);
                    });
                });
                self.push(")");
            }
        }
        self.push(" WHERE ").expr(&tree.condition);
    }

    /// PostgreSQL takes one recursive member; the others look each way up in its own index.
    fn further(&mut self, tree: &Tree) {
        let at_once = self.dialect() == Dialect::Postgres;
        let members: Vec<Vec<usize>> = if at_once {
            vec![(0..tree.links.len()).collect()]
        } else {
            (0..tree.links.len()).map(|one| vec![one]).collect()
        };
        for links in members {
            self.push(" UNION ");
            self.carried(tree, Inside::Next)
                .push(" FROM ")
                .set_name(tree);
            self.push(" JOIN ");
            self.occurrence(tree, Inside::Next).push(" ON (");
            self.list(links, " OR ", |sql, index| {
                let before = tree.links[..index].iter().map(|one| one.gives.len());
                let first = tree.key.len() + before.sum::<usize>();
                let meets = tree.links[index].meets.iter().enumerate();
                sql.list(meets, " AND ", |sql, (place, name)| {
                    sql.inside(tree, Inside::Next, name).push(" = ");
                    sql.set_name(tree).push(".c").number((first + place) as u64);
                });
            });
            self.push(")");
        }
    }

    /// What is known of each row of the set: its key, and what it gives on.
    fn carried(&mut self, tree: &Tree, inside: Inside) -> &mut Self {
        let given = tree.links.iter().flat_map(|one| &one.gives);
        self.push("SELECT ");
        self.list(tree.key.iter().chain(given), ", ", |sql, name| {
            sql.inside(tree, inside, name);
        })
    }

    fn occurrence(&mut self, tree: &Tree, inside: Inside) -> &mut Self {
        self.table(&tree.table).push(" AS ");
        match inside {
            Inside::Seed => self.alias(tree.seed),
            Inside::Next => self.next_name(tree),
        }
    }

    fn inside(&mut self, tree: &Tree, inside: Inside, name: &str) -> &mut Self {
        match inside {
            Inside::Seed => self.column(tree.seed, name),
            Inside::Next => self.next_name(tree).push(".").ident(name),
        }
    }

    fn next_name(&mut self, tree: &Tree) -> &mut Self {
        self.push("n").number(u64::from(tree.seed.0))
    }

    fn set_name(&mut self, tree: &Tree) -> &mut Self {
        self.push("k").number(u64::from(tree.seed.0))
    }

    fn given(&mut self, count: usize) -> &mut Self {
        self.list(0..count, ", ", |sql, index| {
            sql.push("c").number(index as u64);
        })
    }
}
