//! Taking a target into a log's care for the first time.

use anyhow::anyhow;
use chrono::{DateTime, SecondsFormat, Utc};

use crate::db::Session;
use crate::fault::{self, Point};
use crate::ledger::{self, Head};
use crate::state::{Record, Store};

use super::Authority;

/// Records it, and writes the head row.
///
/// # Errors
/// Somebody else did it at the same moment, or the database's.
pub async fn adopt(
    session: &mut Session,
    store: &mut Store,
    authority: &Authority,
    epoch: i64,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let head = Head {
        target_id: uuid::Uuid::new_v4().to_string(),
        log_id: store.log_id(),
        epoch,
        seq: 0,
        chain: String::new(),
    };
    let adopted = Record::Adopted {
        database: authority.database.clone(),
        target: head.target_id.clone(),
    };
    store.append(now, &adopted).await?;
    let at = now.to_rfc3339_opts(SecondsFormat::Micros, true);
    let claimed = ledger::claim(session, &authority.schema, &head, &at).await?;
    fault::hit(Point::Claimed);
    if claimed {
        return Ok(());
    }
    Err(anyhow!(
        "another program took hold of the database {} at the same moment; look which of the two is to serve it",
        authority.database
    ))
}
