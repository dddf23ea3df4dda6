//! Asking a server how busy it is, on connections of its own: the run's has something else to do.

use std::path::PathBuf;

use crate::db::{self, Access, Lag, Load, Session, Trouble};
use crate::schedule::{Connection, Database, Endpoint, Engine};

/// What asks one database's server, and its replicas.
pub struct Gauge {
    base: PathBuf,
    database: Database,
    session: Option<Session>,
    replicas: Vec<(Database, Option<Session>)>,
}

impl Gauge {
    /// Of a database; nothing is connected to yet.
    #[must_use]
    pub fn of(database: &Database, base: PathBuf) -> Self {
        let replicas = database.service.throttle.replicas.iter();
        Self {
            replicas: replicas
                .map(|(host, port)| (at(database, host, *port), None))
                .collect(),
            database: database.clone(),
            base,
            session: None,
        }
    }

    /// What the server says now. A replica that cannot be asked is one whose lag nobody knows.
    ///
    /// # Errors
    /// The server's.
    pub async fn read(&mut self) -> Result<Load, Trouble> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => db::open(&self.database, &self.base, Access::Rehearse).await?,
        };
        let mut load = session.load().await?;
        self.session = Some(session);
        let is_mysql = matches!(
            self.database.connection.engine(),
            Engine::Mysql | Engine::Mariadb
        );
        if is_mysql && self.database.service.throttle.replication_lag.is_some() {
            load.lag = self.worst().await;
        }
        Ok(load)
    }

    async fn worst(&mut self) -> Lag {
        let mut worst: Option<Lag> = None;
        for (replica, session) in &mut self.replicas {
            let lag = behind(replica, &self.base, session).await;
            let lag = lag.unwrap_or_else(|trouble| {
                tracing::debug!(%trouble, "a replica does not say how far it is");
                Lag::Unknown
            });
            worst = Some(worst.map_or(lag, |known| known.or_worse(lag)));
        }
        worst.unwrap_or(Lag::Unknown)
    }

    /// Ends the connections.
    pub async fn close(self) {
        let sessions = self.replicas.into_iter().filter_map(|(_, session)| session);
        for session in self.session.into_iter().chain(sessions) {
            let _ = session.close().await;
        }
    }
}

async fn behind(
    replica: &Database,
    base: &std::path::Path,
    kept: &mut Option<Session>,
) -> Result<Lag, Trouble> {
    let mut session = match kept.take() {
        Some(session) => session,
        None => db::open(replica, base, Access::Rehearse).await?,
    };
    let lag = session.behind().await?;
    *kept = Some(session);
    Ok(lag)
}

/// The same database elsewhere.
fn at(database: &Database, elsewhere: &str, at_port: u16) -> Database {
    let mut replica = database.clone();
    if let Connection::Server { endpoint, .. } = &mut replica.connection {
        *endpoint = Endpoint::Tcp {
            host: elsewhere.to_owned(),
            port: at_port,
        };
    }
    replica
}
