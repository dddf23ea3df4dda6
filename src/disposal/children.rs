//! The rows that refer to removed rows: found level by level, removed leaf first, each counted.

use std::collections::HashSet;

use crate::catalog::{Column, Relation, TableName};
use crate::db::{Session, Trouble};
use crate::plan::bound::keys_condition;
use crate::plan::{Step, along};
use crate::resolve::{BoundReference, Decision};
use crate::sql::{Dialect, Expr, Item, Lock, Target, Value, select};

use super::by_text::text_condition;

/// Rows of one child table that go along, or lose their reference.
#[derive(Debug)]
pub struct Generation {
    pub reference: BoundReference,
    /// Which rows: those that refer to these values of the parent.
    pub condition: Expr,
    /// The keys of the rows, as the database returned them; none of those that need not be known before they go.
    pub keys: Vec<Vec<Value>>,
    /// Of rows that lose their reference: those that the step does not remove by another way. They alone are counted.
    pub staying: Vec<Vec<Value>>,
}

impl Generation {
    /// The keys that a rehearsal counts.
    #[must_use]
    pub fn counted(&self) -> &[Vec<Value>] {
        match self.reference.decision {
            Decision::Detach => &self.staying,
            Decision::WithParent | Decision::AtDue | Decision::OwnRule => &self.keys,
        }
    }

    /// The child table and its key.
    #[must_use]
    pub fn target(&self) -> Target {
        Target {
            table: self.reference.relation.child.clone(),
            key: self.reference.child_key.clone(),
        }
    }
}

/// The word for what happens to the rows of a child table.
#[must_use]
pub fn effect(decision: Decision) -> &'static str {
    match decision {
        Decision::Detach => "detached",
        Decision::WithParent | Decision::AtDue | Decision::OwnRule => "deleted",
    }
}

/// Columns of a row beside its key that are referred to from elsewhere.
#[must_use]
pub fn referred<'a>(references: &'a [BoundReference], key: &[Column]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for reference in references {
        for name in &reference.relation.parent_columns {
            let known = key.iter().any(|column| &column.name == name);
            if !known && !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    names
}

/// Finds the rows below some parents, parents before children. `rows` holds the parents' values in the order of
/// `columns`. With a lock nobody else can change them before they go.
///
/// # Errors
/// The database's.
pub async fn below(
    session: &mut Session,
    step: &Step,
    columns: &[Column],
    rows: &[Vec<Value>],
    lock: Lock,
) -> Result<Vec<Generation>, Trouble> {
    let mut found = Vec::new();
    let width = step.target.key.len();
    let mut seen: HashSet<Vec<Value>> = rows.iter().map(|row| row[..width].to_vec()).collect();
    let mut level: Vec<(BoundReference, Vec<Column>, Vec<Vec<Value>>)> = step
        .bundle
        .iter()
        .map(|one| (one.clone(), columns.to_vec(), rows.to_vec()))
        .collect();
    while let Some((reference, columns, rows)) = level.pop() {
        if !reference.goes_along() {
            continue;
        }
        let Some(condition) = referring(&reference, &columns, &rows, session.dialect()) else {
            continue;
        };
        let nested = nested_of(step, &reference);
        if lock == Lock::Update && step.removes_unseen(&reference, nested) {
            found.push(Generation {
                reference,
                condition,
                keys: Vec::new(),
                staying: Vec::new(),
            });
            continue;
        }
        let (mut wide, mut keys) = children(session, &reference, nested, &condition, lock).await?;
        let mut condition = condition;
        if reference.is_tree() {
            // Rows of the same table, each once: a target may be below another, and a circle has no end.
            wide.retain(|row| seen.insert(row[..reference.child_key.len()].to_vec()));
            keys.retain(|key| wide.iter().any(|row| row.starts_with(key)));
            condition = keys_condition(&reference.child_key, &keys, session.dialect());
            if keys.is_empty() {
                continue;
            }
        }
        if reference.decision != Decision::Detach {
            let columns = read_columns(&reference, nested);
            for one in nested {
                level.push((one.clone(), columns.clone(), wide.clone()));
            }
        }
        found.push(Generation {
            reference,
            condition,
            keys,
            staying: Vec::new(),
        });
    }
    settled(session, step, found).await
}

/// The references to the rows of a child. In a tree they are those to the rows above.
fn nested_of<'a>(step: &'a Step, reference: &'a BoundReference) -> &'a [BoundReference] {
    if reference.is_tree() {
        &step.bundle
    } else {
        &reference.nested
    }
}

/// Rows that lose their reference come last, which is first when leaves go first: a row may be freed from one parent
/// and go along with another, and neither parent can go before. Only those that stay are counted, however the rows
/// are cut into batches.
async fn settled(
    session: &mut Session,
    step: &Step,
    mut found: Vec<Generation>,
) -> Result<Vec<Generation>, Trouble> {
    let frees = |one: &Generation| one.reference.decision == Decision::Detach;
    for one in found.iter_mut().filter(|one| frees(one)) {
        let going = going(session, step, one).await?;
        let stays = |key: &&Vec<Value>| !going.contains(*key);
        one.staying = one.keys.iter().filter(stays).cloned().collect();
    }
    found.sort_by_key(frees);
    Ok(found)
}

/// The keys of those rows of a generation that the step removes in this batch or another.
async fn going(
    session: &mut Session,
    step: &Step,
    freed: &Generation,
) -> Result<HashSet<Vec<Value>>, Trouble> {
    let table = &freed.reference.relation.child;
    let mut ways: Vec<Expr> = along(step)
        .into_iter()
        .filter(|one| one.reference.decision != Decision::Detach)
        .filter(|one| &one.reference.relation.child == table)
        .map(|one| one.condition)
        .collect();
    if table == &step.target.table {
        ways.push(step.preview.clone());
    }
    if ways.is_empty() || freed.keys.is_empty() {
        return Ok(HashSet::new());
    }
    let dialect = session.dialect();
    let target = freed.target();
    let these = keys_condition(&target.key, &freed.keys, dialect);
    let condition = Expr::all([these, Expr::any(ways)]);
    let items = target.key_items();
    let sql = select(dialect, table, &items, &condition, None, None, Lock::None);
    Ok(session.rows(&sql).await?.into_iter().collect())
}

/// The child's key and what its own children refer to.
fn read_columns(reference: &BoundReference, nested: &[BoundReference]) -> Vec<Column> {
    let mut columns = reference.child_key.clone();
    for name in referred(nested, &reference.child_key) {
        columns.extend(reference.child.column(name).cloned());
    }
    columns
}

type Rows = Vec<Vec<Value>>;

async fn children(
    session: &mut Session,
    reference: &BoundReference,
    nested: &[BoundReference],
    condition: &Expr,
    lock: Lock,
) -> Result<(Rows, Rows), Trouble> {
    let items: Vec<Item> = read_columns(reference, nested)
        .into_iter()
        .map(Item::Column)
        .collect();
    let sql = select(
        session.dialect(),
        &reference.relation.child,
        &items,
        condition,
        None,
        None,
        lock,
    );
    let wide = session.rows(&sql).await.map_err(|trouble| {
        trouble.doing_in(&format!("reading rows of {}", reference.relation.child))
    })?;
    let width = reference.child_key.len();
    let keys = wide.iter().map(|row| row[..width].to_vec()).collect();
    Ok((wide, keys))
}

/// The rows of the child that refer to these parents; `None` where there is none to refer to.
fn referring(
    reference: &BoundReference,
    columns: &[Column],
    rows: &[Vec<Value>],
    dialect: Dialect,
) -> Option<Expr> {
    let places = places(&reference.relation, columns)?;
    let values: Vec<Vec<Value>> = rows
        .iter()
        .map(|row| places.iter().map(|place| row[*place].clone()).collect())
        .filter(|values: &Vec<Value>| !values.contains(&Value::Null))
        .collect();
    if values.is_empty() {
        return None;
    }
    if let Some(text) = &reference.relation.text {
        let refers = text_condition(text, columns, rows, dialect);
        return Some(Expr::all([refers, mine(reference)]));
    }
    let child_columns: Option<Vec<Column>> = reference
        .relation
        .child_columns
        .iter()
        .map(|name| reference.child.column(name).cloned())
        .collect();
    let refers = keys_condition(&child_columns?, &values, dialect);
    Some(Expr::all([refers, mine(reference)]))
}

fn mine(reference: &BoundReference) -> Expr {
    reference.when.clone().unwrap_or(Expr::Truth(true))
}

fn places(relation: &Relation, columns: &[Column]) -> Option<Vec<usize>> {
    relation
        .parent_columns
        .iter()
        .map(|name| columns.iter().position(|column| &column.name == name))
        .collect()
}

/// The tables of a bundle, each once.
#[must_use]
pub fn tables(references: &[BoundReference]) -> Vec<TableName> {
    let mut found = Vec::new();
    for reference in references {
        if !reference.goes_along() {
            continue;
        }
        found.push(reference.relation.child.clone());
        found.extend(tables(&reference.nested));
    }
    found
}
