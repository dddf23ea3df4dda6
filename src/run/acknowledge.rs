//! Going on with a database whose history the log does not have.

use std::path::Path;

use chrono::Utc;

use crate::db::{self, Access};
use crate::disposal::{self, Gap};
use crate::ledger;
use crate::schedule::Database;
use crate::state::{Sign, Store, operator};

use super::Halt;

/// Records that an operator accepts what the log cannot account for; `None`: there is nothing to acknowledge.
///
/// # Errors
/// The database cannot be reached, or somebody else works with it.
pub async fn acknowledge(
    base: &Path,
    database: &Database,
    store: &mut Store,
) -> Result<Option<Gap>, Halt> {
    let mut session = db::open(database, base, Access::Enforce).await?;
    let schema = session.catalog().await?.default_schema;
    if !database.assurance.is_ledger() {
        let (by, now) = (operator(), Utc::now());
        let gap =
            disposal::acknowledge_without_ledger(&mut session, store, &database.name, (&by, now))
                .await
                .map_err(Halt::of)?;
        let signed = store.checkpoint(now, Sign::WhatIsNew).await;
        signed.map_err(Halt::Records)?;
        return Ok(gap);
    }
    let applied = ledger::applied(&mut session, &schema).await;
    if !applied.map_err(|trouble| trouble.doing_in("reading the ledger's tables"))? {
        return Err(Halt::NoLedger);
    }
    let (by, now) = (operator(), Utc::now());
    let gap = disposal::acknowledge(&mut session, store, &database.name, &schema, (&by, now))
        .await
        .map_err(Halt::of)?;
    let signed = store.checkpoint(now, Sign::WhatIsNew).await;
    signed.map_err(Halt::Records)?;
    Ok(gap)
}
