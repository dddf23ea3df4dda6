//! Whether the rows of a batch are still there, by the digests of their keys: what is seen, and no proof of who did it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::audit::digests::{KeyDigest, root};
use crate::catalog::{Catalog, TableName};
use crate::db::Session;
use crate::sql::{Expr, Item, Lock, select};
use crate::state::{DigestKey, Record, Seen, Store};

use super::Keyed;

/// Looks for the rows that a batch was about to delete; `None` where their digests are not to be had, or it deleted
/// none. Every key of their tables is read.
///
/// # Errors
/// The database's, or the digests cannot be read.
pub async fn look(
    session: &mut Session,
    store: &Store,
    about: &Record,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<Seen>> {
    let Record::Committing {
        run,
        batch: wanted,
        database,
        effects,
        ..
    } = about
    else {
        return Ok(None);
    };
    let Some((key, blocks)) = store.digests_of(run, now)? else {
        return Ok(None);
    };
    let catalog = session.catalog().await?;
    let mut seen: Option<Seen> = None;
    for (block, digests) in blocks {
        let table = TableName {
            schema: block.schema.clone(),
            table: block.table.clone(),
        };
        let named = root(&digests).to_string();
        let is_deleted = effects.iter().any(|effect| {
            effect.table == table.to_string()
                && effect.effect == "deleted"
                && effect.keys.as_ref() == Some(&named)
        });
        if block.batch != *wanted || !is_deleted {
            continue;
        }
        let all: HashSet<KeyDigest> = digests.into_iter().collect();
        let Some(there) = still_there(session, &catalog, (database, &key), &table, &all).await?
        else {
            continue;
        };
        let sum = seen.get_or_insert(Seen { gone: 0, there: 0 });
        sum.there += there;
        sum.gone += (all.len() as u64).saturating_sub(there);
    }
    Ok(seen)
}

/// How many rows of a table have one of these digests; `None` where it has no primary key.
pub(super) async fn still_there(
    session: &mut Session,
    catalog: &Catalog,
    (database, key): (&str, &DigestKey),
    table: &TableName,
    wanted: &HashSet<KeyDigest>,
) -> anyhow::Result<Option<u64>> {
    let Some(known) = catalog.get(table) else {
        return Ok(None);
    };
    let columns: Option<Vec<Item>> = known
        .primary_key
        .iter()
        .map(|name| known.column(name).cloned().map(Item::Column))
        .collect();
    let Some(items) = columns.filter(|items| !items.is_empty()) else {
        return Ok(None);
    };
    let keyed = Keyed::new(key, database, table);
    let every = Expr::Truth(true);
    let sql = select(
        session.dialect(),
        table,
        &items,
        &every,
        None,
        None,
        Lock::None,
    );
    let mut there = 0;
    let count = |row: Vec<crate::sql::Value>| {
        there += u64::from(wanted.contains(&keyed.digest(&row).bytes()));
    };
    session.each_row(&sql, count).await?;
    Ok(Some(there))
}
