//! The load of a PostgreSQL server and the lag of its standbys.

use crate::sql::{Dialect, Sql};

use super::super::Trouble;
use super::super::facts::{int, only};
use super::super::load::{Lag, Load};
use super::{Link, rows};

/// Whose query we are not shown, of him we do not know whether he is at work.
const AT_WORK: &str = "SELECT count(*) FILTER (WHERE state = 'active')::bigint,
            count(*) FILTER (WHERE query = '<insufficient privilege>')::bigint
     FROM pg_catalog.pg_stat_activity WHERE pid <> pg_catalog.pg_backend_pid() AND datid IS NOT NULL";

/// The greatest lag in milliseconds: NULL where there is no standby, -1 where one does not tell its own. One that has
/// replayed all there is has none, also where it told its last one long ago. A slot that nobody uses is a standby that is
/// away.
const LAG: &str =
    "SELECT pg_catalog.max(CASE WHEN state IS DISTINCT FROM 'streaming' THEN 9223372036854775807
                WHEN replay_lsn >= pg_catalog.pg_current_wal_lsn() THEN 0
                WHEN replay_lag IS NULL THEN 9223372036854775807
                ELSE pg_catalog.ceil(EXTRACT(epoch FROM replay_lag) * 1000)::bigint END)::bigint,
            (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots
             WHERE slot_type = 'physical' AND NOT active AND restart_lsn IS NOT NULL)::bigint
     FROM pg_catalog.pg_stat_replication WHERE state IS DISTINCT FROM 'backup'";

pub(in crate::db) async fn load(link: &mut Link) -> Result<Load, Trouble> {
    let busy = only(rows(link, &Sql::literal(Dialect::Postgres, AT_WORK)).await?)?;
    let at_work = match (int(&busy, 0)?, int(&busy, 1)?) {
        (at_work, 0) => u64::try_from(at_work).ok(),
        _ => None,
    };
    let lag = only(rows(link, &Sql::literal(Dialect::Postgres, LAG)).await?)?;
    let lag = match (int(&lag, 0), int(&lag, 1)?) {
        (Ok(milliseconds), 0) if milliseconds < i64::MAX => Lag::of_milliseconds(milliseconds),
        _ => Lag::Unknown,
    };
    Ok(Load { at_work, lag })
}

/// Only MySQL and MariaDB are asked on the replica.
pub(in crate::db) async fn behind(_: &mut Link) -> Result<Lag, Trouble> {
    Ok(Lag::Unknown)
}
