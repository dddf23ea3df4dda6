//! PostgreSQL.

mod catalog;
mod connect;
mod kinds;
mod load;
mod moment;
mod read;
mod rights;
mod run;
mod trouble;

use sqlx::{Connection as _, PgConnection};

use crate::sql::{Dialect, Sql};

use super::facts::{Facts, int, moment, only, text};
use super::trouble::Phase;
use super::{Access, Trouble};

pub(super) use catalog::catalog;
pub(super) use connect::open;
pub(super) use load::{behind, load};
pub(super) use rights::rights;
pub(super) use run::{each_row, execute, rows, run};

/// The connection.
#[derive(Debug)]
pub(super) struct Link {
    connection: PgConnection,
    /// Until the transaction ends plans are kept, so a statement of ours is prepared anew each time: a plan for "any
    /// key" scans the table.
    removing: bool,
}

/// In a rehearsal the transaction says for itself that it is read-only. Otherwise it says nothing, so that a role
/// that its administrator made read-only stays so.
pub(super) async fn begin(link: &mut Link, access: Access) -> Result<(), Trouble> {
    let begin = match access {
        Access::Rehearse => "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
        Access::Enforce => "BEGIN ISOLATION LEVEL READ COMMITTED",
    };
    run(link, begin)
        .await
        .map_err(|trouble| trouble.doing("beginning a transaction"))
}

/// Tables are locked by name here, or there is one writer: nothing more is needed.
pub(super) async fn serializable(_: &mut Link) -> Result<(), Trouble> {
    Ok(())
}

/// The checks of foreign keys are statements of the server's own, which it plans like ours.
pub(super) async fn removing(link: &mut Link) -> Result<(), Trouble> {
    if !link.removing {
        run(link, "SET LOCAL plan_cache_mode = 'auto'").await?;
        link.removing = true;
    }
    Ok(())
}

pub(super) async fn roll_back(link: &mut Link) -> Result<(), Trouble> {
    run(link, "ROLLBACK").await
}

/// Servers see to it themselves.
pub(super) async fn settle(_: &mut Link) -> Result<bool, Trouble> {
    Ok(true)
}

pub(super) async fn close(link: Link) -> Result<(), Trouble> {
    link.connection
        .close()
        .await
        .map_err(|error| trouble::of(&error, Phase::Running))
}

/// `reset_val` is what the server, the database or the role sets, whatever this session has pinned.
const FACTS: &str = "SELECT current_setting('server_version'),
       pg_is_in_recovery() OR (SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only'),
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
       oid::bigint, datname::text, current_user::text,
       has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
  FROM pg_database WHERE datname = current_database()";

pub(super) async fn facts(link: &mut Link, _access: Access) -> Result<Facts, Trouble> {
    let row = only(rows(link, &Sql::literal(Dialect::Postgres, FACTS)).await?)?;
    let database = format!("{} {}", int(&row, 3)?, text(&row, 4)?);
    let identity = match int(&row, 6)? {
        0 => format!("postgresql {database}"),
        _ => format!("postgresql {} {database}", system(link).await?),
    };
    Ok(Facts {
        version: text(&row, 0)?,
        dialect: Dialect::Postgres,
        read_only: int(&row, 1)? != 0,
        now: moment(&row, 2)?,
        identity,
        user: text(&row, 5)?,
    })
}

/// The number of the cluster, the same on its standbys. A statement of its own: the privilege is checked before the
/// statement runs, and a refusal would spoil an open transaction.
async fn system(link: &mut Link) -> Result<String, Trouble> {
    let sql = "SELECT system_identifier::text FROM pg_control_system()";
    text(
        &only(rows(link, &Sql::literal(Dialect::Postgres, sql)).await?)?,
        0,
    )
}
