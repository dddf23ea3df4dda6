//! Tables that refer to themselves.

use super::{Decision, Run};

impl Run<'_> {
    /// How the rows below a row of this table fare; `None` where it does not refer to itself.
    fn tree(&self, table: usize) -> Option<(usize, Decision)> {
        let by = self.world.tables[table].tree(table)?;
        Some((by, self.world.tables[table].refs[by].decision?))
    }

    /// A row below this one stays, and keeps it.
    pub(super) fn tree_stays(&self, table: usize, row: usize) -> bool {
        let Some((by, Decision::OwnRule | Decision::WithParent)) = self.tree(table) else {
            return false;
        };
        let mut below = Vec::new();
        let mut next = self.children(table, row, table, by);
        while let Some(one) = next.pop() {
            if !below.contains(&one) {
                below.push(one);
                next.extend(self.children(table, one, table, by));
            }
        }
        below.into_iter().any(|one| {
            !self.due(table, one)
                || self.another_table_keeps(table, one)
                || self.is_needed(table, one, None)
        })
    }

    /// The row goes with the one above it.
    pub(super) fn follows(&self, table: usize, row: usize) -> bool {
        match self.tree(table) {
            Some((by, Decision::WithParent)) => self.certain_parent(table, by, row).is_some(),
            _ => false,
        }
    }
}
