//! How a database is reached: a file, or a server over TCP or a socket.

use std::net::IpAddr;

use crate::config::document::DatabaseTable;
use crate::diagnostic::{Fault, Located, Span};
use crate::schedule::{Connection, Endpoint, Engine};

use super::reader::{Inside, Reader};
use super::{secret, tls};

/// The connection that a database's table describes.
pub(super) fn connection(
    table: &DatabaseTable,
    inside: Inside,
    reader: &mut Reader<'_>,
) -> Option<Connection> {
    let hint = "write \"postgresql\", \"mysql\", \"mariadb\" or \"sqlite\"";
    let engine = reader.required(table.engine.as_ref(), "engine", inside, hint)?;
    match reader.word(engine)? {
        Engine::Sqlite => file(table, inside, reader),
        engine @ (Engine::Postgresql | Engine::Mysql | Engine::Mariadb) => {
            server(engine, table, inside, reader)
        }
    }
}

fn file(table: &DatabaseTable, inside: Inside, reader: &mut Reader<'_>) -> Option<Connection> {
    let mut fits = true;
    for (key, at) in server_keys(table) {
        if let Some(at) = at {
            let sentence = format!("`{key}` means nothing to SQLite, which is a file");
            reader.push(Fault::error(at, sentence).hint("remove it"));
            fits = false;
        }
    }
    let hint = "name the database file: file = \"app.db\"";
    let file = reader.required(table.file.as_ref(), "file", inside, hint)?;
    let path = reader.path(file)?;
    fits.then_some(Connection::File { path })
}

fn server_keys(table: &DatabaseTable) -> [(&'static str, Option<Span>); 10] {
    let at = |text: &Option<Located<String>>| text.as_ref().map(|one| one.at);
    [
        ("host", at(&table.host)),
        ("port", table.port.as_ref().map(|one| one.at)),
        ("socket", at(&table.socket)),
        ("database", at(&table.database)),
        ("user", at(&table.user)),
        ("password", table.password.as_ref().map(|one| one.at)),
        ("tls", at(&table.tls)),
        ("tls-ca", at(&table.tls_ca)),
        ("tls-certificate", at(&table.tls_certificate)),
        ("tls-key", at(&table.tls_key)),
    ]
}

/// The connection to a server that a table describes.
pub(super) fn server(
    engine: Engine,
    table: &DatabaseTable,
    inside: Inside,
    reader: &mut Reader<'_>,
) -> Option<Connection> {
    let no_file = table.file.as_ref().is_none_or(|file| {
        let fault = Fault::error(file.at, "`file` is for SQLite; this engine is a server");
        reader.push(fault.hint("remove it, or write engine = \"sqlite\""));
        false
    });
    let endpoint = endpoint(engine, table, inside, reader);
    let database_hint = "name the database on the server: database = \"hr\"";
    let database = reader
        .required(table.database.as_ref(), "database", inside, database_hint)
        .and_then(|text| reader.filled(text, "this database name"));
    let user_hint = "name the account: user = \"retentiond\"";
    let user = reader
        .required(table.user.as_ref(), "user", inside, user_hint)
        .and_then(|text| reader.filled(text, "this account name"));
    let password = match &table.password {
        None => Some(None),
        Some(password) => secret::secret(password, &secret::PASSWORD, reader).map(Some),
    };
    let endpoint = endpoint?;
    let tls = tls::tls(table, &endpoint, reader);
    no_file.then_some(())?;
    Some(Connection::Server {
        engine,
        tls: tls?,
        endpoint,
        database: database?.value,
        user: user?.value,
        password: password?,
    })
}

fn endpoint(
    engine: Engine,
    table: &DatabaseTable,
    inside: Inside,
    reader: &mut Reader<'_>,
) -> Option<Endpoint> {
    let default = match engine {
        Engine::Postgresql => 5432,
        Engine::Mysql | Engine::Mariadb | Engine::Sqlite => 3306,
    };
    let port = match &table.port {
        None => Some(default),
        Some(port) => port_number(port, reader),
    };
    match (&table.host, &table.socket) {
        (Some(_), Some(socket)) => {
            let fault = Fault::error(socket.at, "both `host` and `socket` are given");
            reader.push(fault.hint("a server is reached by one of them: remove the other"));
            None
        }
        (Some(host), None) => Some(Endpoint::Tcp {
            host: host_name(host, reader)?,
            port: port?,
        }),
        (None, Some(socket)) => Some(Endpoint::Socket {
            path: reader.path(socket)?,
            port: port?,
        }),
        (None, None) => {
            let fault = Fault::error(
                inside.at,
                format!("this {} has neither `host` nor `socket`", inside.what),
            )
            .hint("write host = \"db.example.com\" or socket = \"/run/postgresql\"");
            reader.missing(inside.at, &["host", "socket"], fault);
            None
        }
    }
}

/// A host's name or address, without brackets. The fault does not repeat the text: it may be a URL with a password.
fn host_name(host: &Located<String>, reader: &mut Reader<'_>) -> Option<String> {
    let bare = host.value.trim_matches(['[', ']']);
    let is_name = |c: char| c.is_alphanumeric() || "-._".contains(c);
    let is_host = !bare.is_empty() && bare.chars().all(is_name) || bare.parse::<IpAddr>().is_ok();
    if !is_host {
        let fault = Fault::error(host.at, "this is not a host's name or address").hint(
            "write the name alone, such as \"db.example.com\"; port, database and user have keys of \
             their own",
        );
        reader.push(fault);
        return None;
    }
    Some(bare.to_owned())
}

fn port_number(port: &Located<i64>, reader: &mut Reader<'_>) -> Option<u16> {
    let number = u16::try_from(port.value).ok().filter(|number| *number > 0);
    if number.is_none() {
        let fault = Fault::error(port.at, format!("{} is not a port", port.value));
        reader.push(fault.hint("write a number from 1 to 65535"));
    }
    number
}

/// True for addresses that never leave this host.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn loopback_is_this_host_and_nothing_else() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.example.com",
            "128.0.0.1",
            "::2",
            "0.0.0.0",
            "db",
            "127.1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
