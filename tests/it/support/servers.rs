//! The servers that `tests/run` started, and how to reach them.

use std::fmt;
use std::path::PathBuf;

use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Postgres,
    Mariadb,
    Sqlite,
}

impl Server {
    /// The name of the engine in a schedule.
    pub fn engine(self) -> &'static str {
        match self {
            Server::Postgres => "postgresql",
            Server::Mariadb => "mariadb",
            Server::Sqlite => "sqlite",
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.engine())
    }
}

/// The certificate of the authority that signed both servers' certificates.
pub fn tls_ca() -> PathBuf {
    setting("RETENTIOND_TEST_TLS_CA").into()
}

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set, so there is no server to test against: run the tests with \
             `tests/run`, or start servers for a session with `eval \"$(tests/run --servers)\"`"
        )
    })
}

/// Where a server listens and whom it lets do everything.
#[derive(Clone, Debug)]
pub struct Address {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
}

impl Address {
    pub fn postgres() -> Address {
        Address::from_setting("RETENTIOND_TEST_POSTGRES")
    }

    pub fn mariadb() -> Address {
        Address::from_setting("RETENTIOND_TEST_MARIADB")
    }

    fn from_setting(name: &str) -> Address {
        let text = setting(name);
        let url = Url::parse(&text).unwrap_or_else(|error| panic!("{name} is no URL: {error}"));
        Address {
            host: url.host_str().expect(name).to_owned(),
            port: url.port().expect(name),
            user: url.username().to_owned(),
            password: url.password().unwrap_or_default().to_owned(),
        }
    }

    pub fn postgres_options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host(&self.host)
            .port(self.port)
            .username(&self.user)
            .password(&self.password)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }

    pub fn mariadb_options(&self) -> MySqlConnectOptions {
        MySqlConnectOptions::new()
            .host(&self.host)
            .port(self.port)
            .username(&self.user)
            .password(&self.password)
            .ssl_mode(MySqlSslMode::Disabled)
    }
}
