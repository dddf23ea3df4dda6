//! By what a person's row is known again: keyed digests of its key and of its values. Keys are given anew; a row that
//! has the key and other values may be somebody else's.

use crate::catalog::Column;
use crate::resolve::BoundRule;
use crate::sql::{Expr, Item, Lock, select};
use crate::state::Erasure;

use super::super::prepare::{Halt, Prepared};
use super::{Asked, Unerasable, bound_rule};

/// The row of a person who asked, as it is now: by its digests it is known again, at any later time.
///
/// # Errors
/// The database's.
pub async fn remember(asked: &mut Asked, erasure: &mut Erasure) -> Result<(), Unerasable> {
    let rule = bound_rule(&asked.prepared, &asked.rule)?.clone();
    let all = every_column(&rule);
    erasure.columns = Some(all.iter().map(|column| column.name.clone()).collect());
    erasure.key_digest = digest(&mut asked.prepared, &rule, erasure, &rule.key).await?;
    erasure.row_digest = digest(&mut asked.prepared, &rule, erasure, &all).await?;
    Ok(())
}

/// The digest of the person's row as it is now; `None` where there is no such row.
pub(super) async fn now(
    asked: &mut Asked,
    erasure: &Erasure,
) -> Result<Option<String>, Unerasable> {
    let rule = bound_rule(&asked.prepared, &asked.rule)?.clone();
    let columns = columns_of(&rule, erasure);
    Ok(digest(&mut asked.prepared, &rule, erasure, &columns).await?)
}

async fn digest(
    prepared: &mut Prepared,
    rule: &BoundRule,
    erasure: &Erasure,
    columns: &[Column],
) -> Result<Option<String>, Halt> {
    let Some(request) = prepared.program.request.clone() else {
        return Ok(None);
    };
    let mut found = Vec::new();
    let each = |row| found.push(row);
    texts(prepared, rule, columns, &request.row, each).await?;
    Ok(match found.as_slice() {
        [only] => Some(erasure.digest(only)),
        _ => None,
    })
}

/// In the order of their names: a column that was added and put elsewhere changes nothing by its place.
fn every_column(rule: &BoundRule) -> Vec<Column> {
    let mut all = rule.table.columns.clone();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

/// Those that are in the digests of a request: what was added to the table since says nothing of the person.
fn columns_of(rule: &BoundRule, erasure: &Erasure) -> Vec<Column> {
    let mut all = every_column(rule);
    if let Some(known) = &erasure.columns {
        all.retain(|column| known.contains(&column.name));
    }
    all
}

/// What a search for a person's row has found.
pub(super) enum Found {
    /// The row is as it was when it was erased or left; its key.
    Same(Vec<String>),
    /// A row has the key, and other values.
    Another,
    Nothing,
}

/// Looks for the row of a person of whom only digests are known.
pub(super) async fn find(
    prepared: &mut Prepared,
    rule: &BoundRule,
    erasure: &Erasure,
) -> Result<Found, Halt> {
    let columns = columns_of(rule, erasure);
    let all: Vec<Column> = rule.key.iter().chain(&columns).cloned().collect();
    let mut found = Found::Nothing;
    let each = |row: Vec<Option<String>>| {
        let (key, values) = row.split_at(rule.key.len());
        if matches!(found, Found::Same(_)) || Some(erasure.digest(key)) != erasure.key_digest {
            return;
        }
        let key: Option<Vec<String>> = key.iter().cloned().collect();
        found = match key {
            Some(key) if erasure.knows(Some(&erasure.digest(values))) => Found::Same(key),
            _ => Found::Another,
        };
    };
    texts(prepared, rule, &all, &Expr::Truth(true), each).await?;
    Ok(found)
}

/// The values of rows as text, one after the other.
async fn texts(
    prepared: &mut Prepared,
    rule: &BoundRule,
    columns: &[Column],
    condition: &Expr,
    mut each: impl FnMut(Vec<Option<String>>),
) -> Result<(), Halt> {
    let items: Vec<Item> = columns.iter().cloned().map(Item::Exact).collect();
    let dialect = prepared.session.dialect();
    let sql = select(
        dialect,
        &rule.table.name,
        &items,
        condition,
        None,
        None,
        Lock::None,
    );
    let told = prepared.session.each_row(&sql, |row| {
        each(
            row.iter()
                .map(|value| value.as_text().map(str::to_owned))
                .collect(),
        );
    });
    told.await?;
    Ok(())
}
