//! What was done, per table: counts of keys that the database returned, and a digest over them.

use std::collections::BTreeMap;

use crate::catalog::TableName;
use crate::state::Effect;

use super::KeyDigest;

/// Rows of one table under one effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableTally {
    pub rows: u64,
    pub digest: KeyDigest,
}

impl TableTally {
    /// Counts one row.
    pub fn count(&mut self, digest: KeyDigest) {
        self.rows += 1;
        self.digest.add(digest);
    }
}

/// Rows by table and effect ("deleted", "anonymised", "detached").
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally(BTreeMap<(TableName, &'static str), TableTally>);

impl Tally {
    /// Counts one row.
    pub fn count(&mut self, table: &TableName, effect: &'static str, digest: KeyDigest) {
        let one = self.0.entry((table.clone(), effect)).or_default();
        one.count(digest);
    }

    /// Counts rows whose digest comes later.
    pub fn count_rows(&mut self, table: &TableName, effect: &'static str, rows: u64) {
        if rows > 0 {
            self.0.entry((table.clone(), effect)).or_default().rows += rows;
        }
    }

    /// The digests of rows that were counted before.
    pub fn digested(&mut self, sums: BTreeMap<(TableName, &'static str), KeyDigest>) {
        for (place, sum) in sums {
            if let Some(one) = self.0.get_mut(&place) {
                one.digest.add(sum);
            }
        }
    }

    /// Adds what another batch did.
    pub fn add(&mut self, other: Self) {
        for (place, theirs) in other.0 {
            let mine = self.0.entry(place).or_default();
            mine.rows += theirs.rows;
            mine.digest.add(theirs.digest);
        }
    }

    /// All rows, of every table and effect.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.0.values().map(|one| one.rows).sum()
    }

    /// Table by table.
    pub fn iter(&self) -> impl Iterator<Item = (&TableName, &'static str, &TableTally)> {
        self.0
            .iter()
            .map(|((table, effect), tally)| (table, *effect, tally))
    }

    /// As a receipt has it.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.iter()
            .map(|(table, effect, tally)| Effect {
                table: table.to_string(),
                effect: effect.to_owned(),
                rows: tally.rows,
                digest: tally.digest.to_string(),
                keys: None,
                contents: None,
            })
            .collect()
    }
}
