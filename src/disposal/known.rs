//! Rows that are known again: their key and their content are those of a row that a lost batch had removed.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};

use crate::audit::digests::{KeyDigest, root};
use crate::catalog::Column;
use crate::db::{Session, Trouble};
use crate::resolve::BoundRule;
use crate::sql::{Alias, Expr, Is, Lock, Op, Value, select};
use crate::state::{DigestKey, Store};

use super::returned::{KINDS, lost_ever};
use super::{Keyed, contents};

/// Rows of one rule that are known again by the same columns.
pub struct Known {
    key: Vec<Column>,
    columns: Vec<Column>,
    /// Keys, then the columns as text.
    rows: Vec<Vec<Value>>,
}

impl Known {
    /// The rows of a rule's table that are wanted, by their key and columns. Every row is read.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(
        session: &mut Session,
        rule: &BoundRule,
        columns: Vec<Column>,
        mut is_wanted: impl FnMut(&[Value]) -> bool,
    ) -> Result<Self, Trouble> {
        let items = contents::items(&rule.key, &columns);
        let (table, every) = (&rule.table.name, Expr::Truth(true));
        let sql = select(
            session.dialect(),
            table,
            &items,
            &every,
            None,
            None,
            Lock::None,
        );
        let mut rows = Vec::new();
        let each = |row: Vec<Value>| {
            if is_wanted(&row) {
                rows.push(row);
            }
        };
        session.each_row(&sql, each).await?;
        Ok(Self {
            key: rule.key.clone(),
            columns,
            rows,
        })
    }

    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True where there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Conditions about [`Alias::ROW`], each of a handful of the rows: they have the key and, still, the content. It
    /// stands in the removing statement, so a row that was changed or replaced meanwhile stays.
    #[must_use]
    pub fn conditions(&self, at_once: usize, dialect: crate::sql::Dialect) -> Vec<Expr> {
        let one = |row: &Vec<Value>| {
            let (key, content) = row.split_at(self.key.len());
            let keys = self.key.iter().zip(key).map(|(column, value)| {
                let value = Expr::Value(value.clone(), column.cast_for(dialect));
                Expr::column(Alias::ROW, &column.name).compare(Op::Equal, value)
            });
            let contents = self.columns.iter().zip(content).map(|(column, value)| {
                let exact = |one| Expr::Exact(Box::new(one));
                let here = Expr::column(Alias::ROW, &column.name);
                match value {
                    Value::Null => here.is(Is::Null),
                    text => exact(here).compare(Op::Equal, exact(Expr::Value(text.clone(), None))),
                }
            });
            Expr::all(keys.chain(contents))
        };
        let handfuls = self.rows.chunks(at_once.max(1));
        handfuls
            .map(|rows| Expr::any(rows.iter().map(one)))
            .collect()
    }
}

/// By what rows were told, under which key.
type Told = (Vec<String>, String);

/// The rows of a rule that came back with a database that was put back. Empty where the schedule did not say, when they
/// were removed, by what they are known again, where the digests are destroyed, or where a column is not there any more:
/// then nobody can tell whose rows they are. Every row of the table is read.
///
/// # Errors
/// The database's, or the digests cannot be read.
pub async fn known(
    session: &mut Session,
    store: &mut Store,
    database: &str,
    rule: &BoundRule,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<Known>> {
    let lost = lost_ever(store.records(&KINDS).await?, database);
    let table = &rule.table.name;
    let mut told: BTreeMap<Told, (DigestKey, HashSet<KeyDigest>)> = BTreeMap::new();
    for (run, batch, _, effects) in lost {
        let roots: Vec<String> = effects
            .into_iter()
            .filter(|effect| effect.effect == "deleted" && effect.table == table.to_string())
            .filter_map(|effect| effect.contents)
            .collect();
        if roots.is_empty() {
            continue;
        }
        let Some((key, blocks)) = store.digests_of(&run, now)? else {
            continue;
        };
        for (block, sorted) in blocks {
            let is_of_it = block.batch == batch
                && (block.schema.as_str(), block.table.as_str())
                    == (table.schema.as_str(), table.table.as_str())
                && !block.columns.is_empty()
                && roots.contains(&root(&sorted).to_string());
            if is_of_it {
                let place = (block.columns, key.window().to_owned());
                let (_, all) = told
                    .entry(place)
                    .or_insert_with(|| (key.clone(), HashSet::new()));
                all.extend(sorted);
            }
        }
    }
    let mut found = Vec::new();
    let mut seen: HashSet<Vec<Value>> = HashSet::new();
    for ((names, _), (key, digests)) in told {
        let columns: Option<Vec<Column>> = names
            .iter()
            .map(|name| rule.table.column(name).cloned())
            .collect();
        let Some(columns) = columns else { continue };
        let keyed = Keyed::new(&key, database, table);
        let of_lost = |row: &[Value]| {
            let content = contents::spelled(&columns, row.to_vec());
            content.is_some_and(|one| digests.contains(&keyed.digest(&one).bytes()))
                && seen.insert(row[..rule.key.len()].to_vec())
        };
        let rows = Known::read(session, rule, columns.clone(), of_lost).await?;
        if !rows.is_empty() {
            found.push(rows);
        }
    }
    Ok(found)
}
