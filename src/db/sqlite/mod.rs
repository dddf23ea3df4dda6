//! SQLite.

mod catalog;
mod connect;
mod declared;
mod load;
mod read;
mod run;
mod tokens;
mod trouble;

use std::path::PathBuf;

use sqlx::{Connection as _, SqliteConnection};

use crate::sql::{Dialect, Sql};

use super::facts::{Facts, int, moment, only, text};
use super::trouble::Phase;
use super::{Access, Rights, Trouble, TroubleKind};

pub(super) use catalog::catalog;
pub(super) use connect::open;
pub(super) use load::{behind, load};
pub(super) use run::{each_row, execute, rows, run};

/// The connection, its file and the clock that ends long statements.
#[derive(Debug)]
pub(super) struct Link {
    connection: SqliteConnection,
    /// Canonical.
    file: PathBuf,
    clock: connect::Clock,
}

/// Taking the write lock at once: a transaction that reads first and writes later can fail in between and cannot
/// wait.
pub(super) async fn begin(link: &mut Link, access: Access) -> Result<(), Trouble> {
    let begin = match access {
        Access::Rehearse => "BEGIN",
        Access::Enforce => "BEGIN IMMEDIATE",
    };
    run(link, begin)
        .await
        .map_err(|trouble| trouble.doing("beginning a transaction"))
}

/// Some errors (a full disk, an interrupted write) have already rolled back, and then there is nothing to do.
/// Tables are locked by name here, or there is one writer: nothing more is needed.
pub(super) async fn serializable(_: &mut Link) -> Result<(), Trouble> {
    Ok(())
}

/// Nothing is planned for each row.
pub(super) async fn removing(_: &mut Link) -> Result<(), Trouble> {
    Ok(())
}

pub(super) async fn roll_back(link: &mut Link) -> Result<(), Trouble> {
    match run(link, "ROLLBACK").await {
        Err(trouble) if trouble.kind == TroubleKind::Other => Ok(()),
        outcome => outcome,
    }
}

/// A file has no users.
pub(super) async fn rights(_: &mut Link) -> Result<Rights, Trouble> {
    Ok(Rights::default())
}

/// In WAL mode what was removed stays in the log, and in the file as it was before, until the log is written back and
/// cut. False where another connection still reads the old state.
pub(super) async fn settle(link: &mut Link) -> Result<bool, Trouble> {
    let cut = Sql::literal(Dialect::Sqlite, "PRAGMA main.wal_checkpoint(TRUNCATE)");
    let row = only(rows(link, &cut).await?)?;
    Ok(int(&row, 0)? == 0)
}

pub(super) async fn close(link: Link) -> Result<(), Trouble> {
    link.connection
        .close()
        .await
        .map_err(|error| trouble::of(&error, Phase::Running))
}

const FACTS: &str =
    "SELECT sqlite_version(), CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)";

pub(super) async fn facts(link: &mut Link, access: Access) -> Result<Facts, Trouble> {
    let row = only(rows(link, &Sql::literal(Dialect::Sqlite, FACTS)).await?)?;
    Ok(Facts {
        version: text(&row, 0)?,
        dialect: Dialect::Sqlite,
        read_only: read_only(link, access),
        now: moment(&row, 1)?,
        identity: format!("sqlite {}", identity(&link.file)?),
        user: String::new(),
    })
}

/// The permission of the file. It must not be opened to find out: closing it would release the locks that SQLite
/// holds on it in this process. A rehearsal opens it for reading only, which says nothing.
fn read_only(link: &Link, _access: Access) -> bool {
    std::fs::metadata(&link.file).is_ok_and(|file| file.permissions().readonly())
}

#[cfg(unix)]
fn identity(file: &std::path::Path) -> Result<String, Trouble> {
    use std::os::unix::fs::MetadataExt;
    let data = std::fs::metadata(file)
        .map_err(|_| Trouble::new(TroubleKind::ConnectionLost, "looking at the file"))?;
    Ok(format!("{} {} {}", file.display(), data.dev(), data.ino()))
}

#[cfg(not(unix))]
fn identity(file: &std::path::Path) -> Result<String, Trouble> {
    Ok(file.display().to_string())
}
