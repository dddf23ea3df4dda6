//! The PostgreSQL database in which several hosts share the state store: reached as a database of the schedule is.

use crate::config::document::{DatabaseTable, Document, SharedTable};
use crate::schedule::{Connection, Engine};

use super::connection;
use super::reader::{Inside, Reader};

/// How it is reached. Inner `None`: the state store is the directory alone.
#[expect(
    clippy::option_option,
    reason = "a fault and a table left out are two answers"
)]
pub(super) fn state(document: &Document, reader: &mut Reader<'_>) -> Option<Option<Connection>> {
    let state = document.state.as_ref();
    let Some(written) = state.and_then(|state| state.value.postgres.as_ref()) else {
        return Some(None);
    };
    let inside = Inside {
        what: "database of the state store",
        at: written.at,
    };
    let table = as_of_a_database(&written.value);
    connection::server(Engine::Postgresql, &table, inside, reader).map(Some)
}

/// The same keys mean the same.
fn as_of_a_database(table: &SharedTable) -> DatabaseTable {
    DatabaseTable {
        host: table.host.clone(),
        port: table.port.clone(),
        socket: table.socket.clone(),
        database: table.database.clone(),
        user: table.user.clone(),
        password: table.password.clone(),
        tls: table.tls.clone(),
        tls_ca: table.tls_ca.clone(),
        tls_certificate: table.tls_certificate.clone(),
        tls_key: table.tls_key.clone(),
        ..DatabaseTable::default()
    }
}
