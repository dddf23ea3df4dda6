//! The state store of several hosts: a copy of the state directory in PostgreSQL, written through, and who serves.
//!
//! Apart from `state`, which knows a directory and its files alone: what is made durable there is durable here too before
//! an act returns (`files::mirror_into`), and a host that takes over makes its directory what PostgreSQL has and then
//! starts as after a crash. PostgreSQL decides who serves, with two of its own means: an advisory lock, which ends with
//! the connection that holds it, says when somebody may take over; the owner's epoch, which every write asks for in its
//! own transaction, says who may write. The second alone is what keeps the log one (`tests/model/hosts.rs`).
//!
//! Nothing here may know what the files are about, beyond that a log is more than a cache.

mod bring_up;
mod claim;
mod keeper;
mod shared;
mod tables;

pub use bring_up::Brought;
pub use claim::{Claim, Owner, Seat, TakenOver};
pub use tables::script;

pub use crate::db::Trouble;

use std::path::Path;

use crate::schedule::{Connection, Endpoint};

/// Where a shared state store is, for messages.
#[must_use]
pub fn place(connection: &Connection) -> String {
    match connection {
        Connection::Server {
            endpoint, database, ..
        } => match endpoint {
            Endpoint::Tcp { host, port } => format!("the database {database} at {host}:{port}"),
            Endpoint::Socket { path, port } => {
                format!("the database {database} at {} ({port})", path.display())
            }
        },
        Connection::File { path } => path.display().to_string(),
    }
}

/// The name of this host, as its system has it.
#[must_use]
pub fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "a host without a name".to_owned(),
        name => name.to_owned(),
    }
}

/// Makes a directory what the shared store has now, to read it. Another host may serve meanwhile.
///
/// # Errors
/// PostgreSQL's; the directory is another store's, or cannot be written.
pub async fn refresh(
    connection: &Connection,
    base: &Path,
    directory: &Path,
) -> anyhow::Result<Brought> {
    Seat::connect(connection, base)
        .await?
        .refresh(directory)
        .await
}
