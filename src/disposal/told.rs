//! The digests of the keys that a batch removed, kept for those who may ask later.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::audit::digests::{Block, KeyDigest, root};
use crate::catalog::TableName;
use crate::state::{Effect, SideFile};

/// Digests by table, as the database tells the keys.
#[derive(Debug, Default)]
pub struct Told(RefCell<BTreeMap<TableName, Vec<KeyDigest>>>);

impl Told {
    /// Keeps one.
    pub fn keep(&self, table: &TableName, digest: KeyDigest) {
        let mut all = self.0.borrow_mut();
        match all.get_mut(table) {
            Some(digests) => digests.push(digest),
            None => {
                all.insert(table.clone(), vec![digest]);
            }
        }
    }

    /// Writes them beside the log, and their roots into the effects.
    ///
    /// # Errors
    /// They could not be written.
    pub fn write(
        self,
        side: &mut SideFile,
        batch: &str,
        effects: &mut [Effect],
    ) -> anyhow::Result<()> {
        for (table, mut digests) in self.0.into_inner() {
            // A row that lost two references was told twice.
            digests.sort_unstable();
            digests.dedup();
            let block = Block {
                batch: batch.to_owned(),
                schema: table.schema.clone(),
                table: table.table.clone(),
                count: digests.len(),
            };
            side.write(&block, &digests)?;
            let (name, root) = (table.to_string(), root(&digests).to_string());
            for effect in effects.iter_mut().filter(|effect| effect.table == name) {
                effect.keys = Some(root.clone());
            }
        }
        Ok(())
    }
}
