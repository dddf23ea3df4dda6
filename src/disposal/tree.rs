//! Rows of a table that refers to itself, removed from the leaves up.
//!
//! Databases differ in when they look at a reference: after each row, or after each statement. Leaf first is right for
//! all of them, and no ON DELETE action finds a row to act on.

use std::collections::HashMap;

use crate::catalog::Column;
use crate::db::{Session, Trouble};
use crate::plan::Step;
use crate::plan::bound::keys_condition;
use crate::resolve::BoundReference;
use crate::sql::{Item, Lock, Value, select, update};

use super::children::Generation;

/// The keys of the rows below the targets, in the targets' own table.
pub fn below_targets(found: &[Generation]) -> Vec<Vec<Value>> {
    found
        .iter()
        .filter(|one| one.reference.is_tree())
        .flat_map(|one| one.keys.iter().cloned())
        .collect()
}

/// Orders rows so that each comes after those below it: level by level, and at the end what is left of circles.
///
/// # Errors
/// The database's.
pub async fn leaf_first(
    session: &mut Session,
    step: &Step,
    keys: Vec<Vec<Value>>,
) -> Result<(Vec<Vec<Vec<Value>>>, Vec<Vec<Value>>), Trouble> {
    let trees: Vec<&BoundReference> = step.bundle.iter().filter(|one| one.is_tree()).collect();
    if trees.is_empty() {
        return Ok((vec![keys], Vec::new()));
    }
    let width = step.target.key.len();
    let mut columns: Vec<Column> = step.target.key.clone();
    for tree in &trees {
        let relation = &tree.relation;
        for name in relation
            .parent_columns
            .iter()
            .chain(&relation.child_columns)
        {
            columns.extend(step.table.column(name).cloned());
        }
    }
    let items: Vec<Item> = columns.into_iter().map(Item::Column).collect();
    let dialect = session.dialect();
    let these = keys_condition(&step.target.key, &keys, dialect);
    let sql = select(
        dialect,
        &step.target.table,
        &items,
        &these,
        None,
        None,
        Lock::None,
    );
    let rows = session.rows(&sql).await?;
    let places = trees.iter().map(|tree| tree.relation.parent_columns.len());
    Ok(levels(&rows, width, &places.collect::<Vec<usize>>()))
}

/// A row is its key, then for each reference what it is referred to by and what it refers to.
fn levels(
    rows: &[Vec<Value>],
    width: usize,
    places: &[usize],
) -> (Vec<Vec<Vec<Value>>>, Vec<Vec<Value>>) {
    let mut above: Vec<Vec<usize>> = vec![Vec::new(); rows.len()];
    let mut below: Vec<usize> = vec![0; rows.len()];
    let mut at = width;
    for count in places {
        let own = at..at + count;
        let refers = at + count..at + 2 * count;
        let by: HashMap<&[Value], usize> = rows
            .iter()
            .enumerate()
            .map(|(index, row)| (&row[own.clone()], index))
            .collect();
        for (index, row) in rows.iter().enumerate() {
            // A row that refers to itself is a circle of one.
            if let Some(parent) = by.get(&row[refers.clone()]) {
                above[index].push(*parent);
                below[*parent] += 1;
            }
        }
        at += 2 * count;
    }
    let key = |index: usize| rows[index][..width].to_vec();
    let mut found = Vec::new();
    let mut left = rows.len();
    let mut level: Vec<usize> = (0..rows.len()).filter(|index| below[*index] == 0).collect();
    let mut done = vec![false; rows.len()];
    while !level.is_empty() {
        left -= level.len();
        found.push(level.iter().map(|index| key(*index)).collect());
        let mut next = Vec::new();
        for index in level {
            done[index] = true;
            for parent in &above[index] {
                below[*parent] -= 1;
                if below[*parent] == 0 {
                    next.push(*parent);
                }
            }
        }
        level = next;
    }
    let circles = if left == 0 {
        Vec::new()
    } else {
        (0..rows.len())
            .filter(|index| !done[*index])
            .map(key)
            .collect()
    };
    (found, circles)
}

/// Opens circles: their references become NULL, where they can, so that the rows can go in any order.
///
/// # Errors
/// The database's.
pub async fn open_circles(
    session: &mut Session,
    step: &Step,
    keys: &[Vec<Value>],
) -> Result<(), Trouble> {
    let dialect = session.dialect();
    for tree in step.bundle.iter().filter(|one| one.is_tree()) {
        let freed: Vec<(Column, Value)> = tree
            .relation
            .child_columns
            .iter()
            .filter_map(|name| step.table.column(name))
            .filter(|column| column.nullable)
            .filter(|column| !step.target.key.iter().any(|key| key.name == column.name))
            .map(|column| (column.clone(), Value::Null))
            .collect();
        if freed.is_empty() {
            continue;
        }
        let these = keys_condition(&step.target.key, keys, dialect);
        session
            .execute(&update(dialect, &step.target, &freed, &these))
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key, what it is referred to by (the same), what it refers to.
    fn row(id: i64, parent: Option<i64>) -> Vec<Value> {
        let parent = parent.map_or(Value::Null, Value::Int);
        vec![Value::Int(id), Value::Int(id), parent]
    }

    fn ids(keys: &[Vec<Value>]) -> Vec<i64> {
        let mut ids: Vec<i64> = keys.iter().filter_map(|key| key[0].as_int()).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn leaves_come_first_and_circles_last() {
        let rows = [
            row(1, None),
            row(2, Some(1)),
            row(3, Some(2)),
            row(4, Some(1)),
            row(5, Some(99)),
            row(6, Some(7)),
            row(7, Some(6)),
            row(8, Some(7)),
            row(9, Some(9)),
        ];
        let (levels, circles) = levels(&rows, 1, &[1]);
        let levels: Vec<Vec<i64>> = levels.iter().map(|one| ids(one)).collect();
        assert_eq!(levels, [vec![3, 4, 5, 8], vec![2], vec![1]]);
        assert_eq!(ids(&circles), [6, 7, 9]);
    }

    #[test]
    fn two_references_of_one_table_are_both_seen() {
        let row = |id: i64, one: i64, two: i64| [id, id, one, id, two].map(Value::Int).to_vec();
        let rows = [row(1, 0, 0), row(2, 1, 0), row(3, 0, 2)];
        let (levels, circles) = levels(&rows, 1, &[1, 1]);
        let levels: Vec<Vec<i64>> = levels.iter().map(|one| ids(one)).collect();
        assert_eq!(levels, [vec![3], vec![2], vec![1]]);
        assert!(circles.is_empty());
    }
}
