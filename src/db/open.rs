//! Opening a session: which server it is, and how long it is waited for.

use std::path::Path;
use std::time::Duration;

use crate::schedule::{Connection, Database};
use crate::sql::Dialect;

use super::{
    Access, Link, Opening, Session, SessionLimits, Trouble, TroubleKind, mysql, patience, postgres,
    sqlite,
};

/// Opens a session with the usual limits. `base` is the directory of the schedule's file.
pub async fn open(database: &Database, base: &Path, access: Access) -> Result<Session, Trouble> {
    open_within(database, base, access, SessionLimits::default()).await
}

/// Opens a session with limits of one's own. Its settings are pinned and read back: a session that is not as it
/// should be is an error.
pub async fn open_within(
    database: &Database,
    base: &Path,
    access: Access,
    limits: SessionLimits,
) -> Result<Session, Trouble> {
    open_at(&database.connection, base, access, limits).await
}

/// The same for a database that is no target.
pub async fn open_at(
    connection: &Connection,
    base: &Path,
    access: Access,
    limits: SessionLimits,
) -> Result<Session, Trouble> {
    let (connection, base) = (connection.clone(), base.to_owned());
    let patience = match &connection {
        // A file answers as soon as it can, and has no server that would end what takes long.
        Connection::File { .. } => Duration::MAX,
        Connection::Server { .. } => limits.patience(),
    };
    let (_, link) = patience::answer(
        (),
        patience,
        move |()| Box::pin(async move { link(&connection, &base, access, limits).await }),
        || {},
    )
    .await;
    let link = link?;
    let dialect = match &link {
        Link::Postgres(_) => Dialect::Postgres,
        Link::Mysql(link) => link.dialect,
        Link::Sqlite(_) => Dialect::Sqlite,
    };
    Ok(Session {
        link: Some(link),
        dialect,
        patience,
        access,
        in_transaction: false,
        spoiled: false,
    })
}

async fn link(
    connection: &Connection,
    base: &Path,
    access: Access,
    limits: SessionLimits,
) -> Result<Link, Trouble> {
    use crate::schedule::Engine;
    let opening = Opening {
        base,
        access,
        limits,
    };
    match (connection.engine(), connection) {
        (Engine::Postgresql, Connection::Server { .. }) => {
            Ok(Link::Postgres(postgres::open(connection, &opening).await?))
        }
        (Engine::Mysql | Engine::Mariadb, Connection::Server { .. }) => {
            Ok(Link::Mysql(mysql::open(connection, &opening).await?))
        }
        (_, Connection::File { path }) => Ok(Link::Sqlite(sqlite::open(path, &opening).await?)),
        (Engine::Sqlite, Connection::Server { .. }) => Err(Trouble::new(
            TroubleKind::Misconfigured,
            "connecting to SQLite over a network",
        )),
    }
}
