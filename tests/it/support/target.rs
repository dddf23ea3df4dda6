//! A scratch database as the schedule has it.

use std::path::{Path, PathBuf};

use retentiond::db::{self, Access, Session, SessionLimits, Trouble};
use retentiond::diagnostic::Located;
use retentiond::schedule::{Connection, Database, Endpoint, Engine, SecretSource, Tls, TlsMode};

use super::scratch::Scratch;
use super::servers::Server;

/// A database of a schedule, and the directory that its files are relative to.
#[derive(Clone, Debug)]
pub struct Target {
    pub database: Database,
    pub base: PathBuf,
}

impl Target {
    /// The scratch database, as the user who may do everything.
    pub fn of(scratch: &Scratch) -> Target {
        let connection = match scratch.server() {
            Server::Sqlite => Connection::File {
                path: scratch.file().to_path_buf(),
            },
            server => network(scratch, server),
        };
        let target = Target {
            database: Database {
                name: Located::new("scratch".to_owned(), 0..0),
                connection,
                zone: chrono_tz::UTC,
                column_zone: None,
                cadence: None,
                assurance: retentiond::schedule::Witness::Ledger,
                service: retentiond::schedule::Service::default(),
                keys: Vec::new(),
                relations: Vec::new(),
            },
            base: scratch.dir().to_path_buf(),
        };
        match scratch.server() {
            Server::Sqlite => target,
            _ => target.login(scratch.user(), scratch.password()),
        }
    }

    /// The same as another user, or with another password.
    pub fn login(mut self, name: &str, secret: &str) -> Target {
        std::fs::write(self.base.join("password"), format!("{secret}\n")).expect("the password");
        if let Connection::Server { user, password, .. } = &mut self.database.connection {
            name.clone_into(user);
            *password = Some(SecretSource::File("password".into()));
        }
        self
    }

    /// The same elsewhere.
    pub fn at(mut self, host: &str, port: u16) -> Target {
        if let Connection::Server { endpoint, .. } = &mut self.database.connection {
            *endpoint = Endpoint::Tcp {
                host: host.to_owned(),
                port,
            };
        }
        self
    }

    /// The same with another database, or another file.
    pub fn named(mut self, name: &str) -> Target {
        match &mut self.database.connection {
            Connection::Server { database, .. } => name.clone_into(database),
            Connection::File { path } => *path = name.into(),
        }
        self
    }

    /// The same, protected.
    pub fn tls(mut self, mode: TlsMode, ca: Option<&Path>) -> Target {
        if let Connection::Server { tls, .. } = &mut self.database.connection {
            tls.mode = mode;
            tls.ca = ca.map(Path::to_path_buf);
        }
        self
    }

    pub async fn open(&self, access: Access) -> Result<Session, Trouble> {
        db::open(&self.database, &self.base, access).await
    }

    pub async fn open_within(&self, access: Access, limits: SessionLimits) -> Session {
        db::open_within(&self.database, &self.base, access, limits)
            .await
            .unwrap_or_else(|trouble| panic!("{trouble}; {}", trouble.advice()))
    }
}

fn network(scratch: &Scratch, server: Server) -> Connection {
    Connection::Server {
        engine: match server {
            Server::Postgres => Engine::Postgresql,
            _ => Engine::Mariadb,
        },
        endpoint: Endpoint::Tcp {
            host: scratch.host().to_owned(),
            port: scratch.port(),
        },
        database: scratch.database().to_owned(),
        user: String::new(),
        password: None,
        tls: Tls {
            mode: TlsMode::DisableOnLoopback,
            ca: None,
            certificate: None,
            key: None,
        },
    }
}
