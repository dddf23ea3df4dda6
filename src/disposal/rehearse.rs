//! The last step of a rehearsal: the rows that would be touched are read, counted and digested; nothing is locked.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use crate::catalog::TableName;
use crate::db::Session;
use crate::plan::bound::keys_condition;
use crate::plan::{Action, Bound, Plan, Step};
use crate::resolve::{BoundReference, Decision};
use crate::sql::{Expr, Item, Lock, Value, select};
use crate::state::DigestKey;

use super::children::{self, effect};
use super::{Failure, KeyDigest, Keyed, LastStep, Taken, Tally};

/// Rehearses on a session on which the database refuses writes.
pub struct Rehearse {
    key: DigestKey,
    database: String,
    keyed: BTreeMap<TableName, Keyed>,
    /// Tables from which rows go in more than one way: a row goes once, in the first of them. One key takes sixteen
    /// bytes while the rehearsal lasts.
    gone: BTreeMap<TableName, HashSet<u128>>,
    /// Of the same tables, the rows that lost a reference, by its columns: a row loses it once.
    freed: BTreeMap<(TableName, Vec<String>), HashSet<u128>>,
}

impl Rehearse {
    /// For one plan of one database.
    #[must_use]
    pub fn new(key: DigestKey, database: &str, plan: &Plan) -> Self {
        let mut once = BTreeSet::new();
        let mut gone = BTreeMap::new();
        for table in plan.steps.iter().flat_map(touched) {
            if !once.insert(table.clone()) {
                gone.insert(table, HashSet::new());
            }
        }
        // Below a row of a tree are others that are due by themselves: batch after batch finds them again.
        let tree = |step: &&Step| step.bundle.iter().any(BoundReference::is_tree);
        for table in plan.steps.iter().filter(tree).flat_map(touched) {
            gone.insert(table, HashSet::new());
        }
        Self {
            key,
            database: database.to_owned(),
            keyed: BTreeMap::new(),
            gone,
            freed: BTreeMap::new(),
        }
    }

    fn digest(&mut self, table: &TableName, key: &[Value]) -> KeyDigest {
        self.keyed
            .entry(table.clone())
            .or_insert_with(|| Keyed::new(&self.key, &self.database, table))
            .digest(key)
    }

    /// Counts rows, each once where rows go in several ways.
    fn count(
        &mut self,
        tally: &mut Tally,
        table: &TableName,
        effect: &'static str,
        freed: Option<&[String]>,
        keys: &[Vec<Value>],
    ) {
        for key in keys {
            let digest = self.digest(table, key);
            if let Some(gone) = self.gone.get_mut(table) {
                let new = match (effect, freed) {
                    ("deleted", _) => gone.insert(digest.short()),
                    (_, Some(columns)) => {
                        let reference = (table.clone(), columns.to_vec());
                        !gone.contains(&digest.short())
                            && self
                                .freed
                                .entry(reference)
                                .or_default()
                                .insert(digest.short())
                    }
                    (_, None) => !gone.contains(&digest.short()),
                };
                if !new {
                    continue;
                }
            }
            tally.count(table, effect, digest);
        }
    }
}

fn touched(step: &Step) -> Vec<TableName> {
    let mut tables = vec![step.target.table.clone()];
    tables.extend(children::tables(&step.bundle));
    tables
}

impl LastStep for Rehearse {
    fn condition<'a>(&self, step: &'a Step) -> &'a Expr {
        &step.preview
    }

    async fn take(
        &mut self,
        session: &mut Session,
        step: &Step,
        bound: &Bound,
    ) -> Result<Taken, Failure> {
        if matches!(bound, Bound::Partition(_)) {
            // Told with the others: the same rows, batch by batch.
            return Ok(Taken::TooMany);
        }
        let dialect = session.dialect();
        let mut columns = step.target.key.clone();
        for name in children::referred(&step.bundle, &step.target.key) {
            columns.extend(step.table.column(name).cloned());
        }
        let items: Vec<Item> = columns.iter().cloned().map(Item::Column).collect();
        // A list of keys was found by the very same condition; asking again keeps the two walks alike.
        let within = match bound {
            Bound::Keys { columns, keys } => keys_condition(columns, keys, dialect),
            _ => bound.condition(dialect),
        };
        let condition = Expr::all([within, step.preview.clone()]);
        let sql = select(
            dialect,
            &step.target.table,
            &items,
            &condition,
            None,
            None,
            Lock::None,
        );
        let rows = session.rows(&sql).await?;
        let width = step.target.key.len();
        let keys: Vec<Vec<Value>> = rows.iter().map(|row| row[..width].to_vec()).collect();
        let mut tally = Tally::default();
        let found = children::below(session, step, &columns, &rows, Lock::None).await?;
        for generation in found.iter().rev() {
            let word = effect(generation.reference.decision);
            let table = &generation.reference.relation.child;
            let freed = match generation.reference.decision {
                Decision::Detach => Some(generation.reference.relation.child_columns.as_slice()),
                Decision::WithParent | Decision::AtDue | Decision::OwnRule => None,
            };
            self.count(&mut tally, table, word, freed, generation.counted());
        }
        let word = match step.action {
            Action::Delete => "deleted",
            Action::Overwrite(_) => "anonymised",
        };
        self.count(&mut tally, &step.target.table, word, None, &keys);
        Ok(Taken::Done {
            tally,
            held_for: Duration::ZERO,
        })
    }
}
