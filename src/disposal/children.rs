//! The rows that refer to removed rows: found level by level, removed leaf first, each counted.

use std::collections::{HashMap, HashSet};

use crate::catalog::{Column, Relation, TableName};
use crate::db::{Session, Trouble};
use crate::plan::bound::keys_condition;
use crate::resolve::{BoundReference, Decision};
use crate::sql::{Dialect, Expr, Item, Lock, Target, Value, select};

/// Rows of one child table that go along, or lose their reference.
#[derive(Debug)]
pub struct Generation {
    pub reference: BoundReference,
    /// Which rows: those that refer to these values of the parent.
    pub condition: Expr,
    /// The keys of the rows, as the database returned them.
    pub keys: Vec<Vec<Value>>,
    /// Of rows that lose their reference: those that do not go along by another way. They alone are counted.
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
    references: &[BoundReference],
    columns: &[Column],
    rows: &[Vec<Value>],
    lock: Lock,
) -> Result<Vec<Generation>, Trouble> {
    let mut found = Vec::new();
    let mut level: Vec<(BoundReference, Vec<Column>, Vec<Vec<Value>>)> = references
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
        let (wide, keys) = children(session, &reference, &condition, lock).await?;
        if reference.decision != Decision::Detach {
            let columns = read_columns(&reference);
            for nested in &reference.nested {
                level.push((nested.clone(), columns.clone(), wide.clone()));
            }
        }
        found.push(Generation {
            reference,
            condition,
            keys,
            staying: Vec::new(),
        });
    }
    Ok(settled(found))
}

/// Rows that lose their reference come last, which is first when leaves go first: a row may be freed from one parent
/// and go along with another, and neither parent can go before.
fn settled(mut found: Vec<Generation>) -> Vec<Generation> {
    let frees = |one: &Generation| one.reference.decision == Decision::Detach;
    let mut going: HashMap<TableName, HashSet<Vec<Value>>> = HashMap::new();
    for one in found.iter().filter(|one| !frees(one)) {
        let table = one.reference.relation.child.clone();
        let keys = one.keys.iter().cloned();
        going.entry(table).or_default().extend(keys);
    }
    for one in found.iter_mut().filter(|one| frees(one)) {
        let gone = going.get(&one.reference.relation.child);
        let stays = |key: &&Vec<Value>| gone.is_none_or(|gone| !gone.contains(*key));
        one.staying = one.keys.iter().filter(stays).cloned().collect();
    }
    found.sort_by_key(frees);
    found
}

/// The child's key and what its own children refer to.
fn read_columns(reference: &BoundReference) -> Vec<Column> {
    let mut columns = reference.child_key.clone();
    for name in referred(&reference.nested, &reference.child_key) {
        columns.extend(reference.child.column(name).cloned());
    }
    columns
}

type Rows = Vec<Vec<Value>>;

async fn children(
    session: &mut Session,
    reference: &BoundReference,
    condition: &Expr,
    lock: Lock,
) -> Result<(Rows, Rows), Trouble> {
    let items: Vec<Item> = read_columns(reference)
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
    let child_columns: Option<Vec<Column>> = reference
        .relation
        .child_columns
        .iter()
        .map(|name| reference.child.column(name).cloned())
        .collect();
    let refers = keys_condition(&child_columns?, &values, dialect);
    let mine = reference.when.clone().unwrap_or(Expr::Truth(true));
    Some(Expr::all([refers, mine]))
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
