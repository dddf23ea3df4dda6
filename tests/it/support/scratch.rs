//! A database of a test's own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, MySqlConnection, PgConnection};
use tempfile::TempDir;

use super::servers::{Address, Server};
use super::session::{Session, TextRow};

/// A fresh database, and one session in it as a user who may do everything. End a test with
/// `finish`: it drops the database. After a failed test a server's database stays, to be looked
/// at as long as the server runs.
#[derive(Debug)]
pub struct Scratch {
    server: Server,
    place: Place,
    session: Session,
    dir: TempDir,
    users: Vec<String>,
}

/// Where the database is.
#[derive(Clone, Debug)]
enum Place {
    Network { address: Address, database: String },
    File(PathBuf),
}

impl Scratch {
    /// Makes a database whose name contains `name_hint` (lower-case letters, digits and `_`).
    pub async fn create(server: Server, name_hint: &str) -> Scratch {
        let dir = TempDir::with_prefix("rtd_test_").expect("a temporary directory");
        let database = unique_name(name_hint);
        let place = match server {
            Server::Postgres => Place::Network {
                address: Address::postgres(),
                database,
            },
            Server::Mariadb => Place::Network {
                address: Address::mariadb(),
                database,
            },
            Server::Sqlite => Place::File(dir.path().join(format!("{database}.sqlite"))),
        };
        administer(server, &place, "CREATE").await;
        let session = open(server, &place).await;
        Scratch {
            server,
            place,
            session,
            dir,
            users: Vec::new(),
        }
    }

    /// Runs one or many statements.
    pub async fn exec(&mut self, sql: &str) {
        self.session.exec(sql).await;
    }

    /// As [`Session::try_exec`].
    pub async fn try_exec(&mut self, sql: &str) -> sqlx::Result<u64> {
        self.session.try_exec(sql).await
    }

    /// As [`Session::rows`].
    pub async fn rows(&mut self, sql: &str) -> Vec<TextRow> {
        self.session.rows(sql).await
    }

    /// As [`Session::value`].
    pub async fn value(&mut self, sql: &str) -> Option<String> {
        self.session.value(sql).await
    }

    /// One more connection to the same database, for tests of two at once. It may move into a
    /// task; close it, or at least end its transaction, before `finish`.
    pub async fn second(&self) -> Session {
        open(self.server, &self.place).await
    }

    pub fn server(&self) -> Server {
        self.server
    }

    /// A directory of this test's own; it goes with the database.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The name of the database; SQLite has none.
    pub fn database(&self) -> &str {
        self.network().1
    }

    pub fn host(&self) -> &str {
        &self.network().0.host
    }

    pub fn port(&self) -> u16 {
        self.network().0.port
    }

    pub fn user(&self) -> &str {
        &self.network().0.user
    }

    pub fn password(&self) -> &str {
        &self.network().0.password
    }

    /// The file of a SQLite database.
    pub fn file(&self) -> &Path {
        match &self.place {
            Place::File(file) => file,
            Place::Network { .. } => panic!("{} keeps no file that we may name", self.server),
        }
    }

    /// SQLite: puts another file in the place of the database's, as an administrator does who copies a backup back.
    pub async fn replace_file(&mut self, backup: &Path) {
        let aside = open(self.server, &Place::File(backup.to_owned())).await;
        std::mem::replace(&mut self.session, aside).close().await;
        let file = self.file().to_owned();
        for end in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
        std::fs::copy(backup, &file).expect("the backup");
        let there = open(self.server, &self.place).await;
        std::mem::replace(&mut self.session, there).close().await;
    }

    fn network(&self) -> (&Address, &str) {
        match &self.place {
            Place::Network { address, database } => (address, database),
            Place::File(_) => panic!("SQLite has no host, user or database name"),
        }
    }

    /// Makes a user who may log in with this password only, and may do nothing until the test
    /// grants it something. Returns the name, in MariaDB to be written 'NAME'@'127.0.0.1'.
    pub async fn create_user(&mut self, password: &str) -> String {
        let user = unique_name("user");
        let sql = match self.server {
            Server::Postgres => format!("CREATE ROLE {user} LOGIN PASSWORD '{password}'"),
            Server::Mariadb => {
                format!("CREATE USER '{user}'@'127.0.0.1' IDENTIFIED BY '{password}'")
            }
            Server::Sqlite => panic!("SQLite has no users"),
        };
        self.session.exec(&sql).await;
        self.users.push(user.clone());
        user
    }

    /// This database as the `[databases.NAME]` table of a schedule.
    pub fn toml_database(&self, name: &str) -> String {
        match &self.place {
            Place::Network { address, .. } => {
                self.toml_database_as(name, &address.user, &address.password)
            }
            Place::File(file) => format!(
                "[databases.{name}]\nengine = \"sqlite\"\nfile = {}\ntime-zone = \"UTC\"\n",
                toml_string(&file.to_string_lossy())
            ),
        }
    }

    /// As `toml_database`, for another user of a server, or for a wrong password.
    pub fn toml_database_as(&self, name: &str, user: &str, password: &str) -> String {
        let (address, database) = self.network();
        let secret = self.dir.path().join(unique_name("password"));
        write_secret(&secret, password);
        format!(
            "[databases.{name}]\n\
             engine = \"{}\"\n\
             host = \"{}\"\n\
             port = {}\n\
             database = \"{database}\"\n\
             user = {}\n\
             password = {{ file = {} }}\n\
             tls = \"disable-on-loopback\"\n\
             time-zone = \"UTC\"\n",
            self.server,
            address.host,
            address.port,
            toml_string(user),
            toml_string(&secret.to_string_lossy()),
        )
    }

    /// Drops the database and the users.
    pub async fn finish(mut self) {
        if self.server == Server::Postgres {
            for user in &self.users {
                self.session.exec(&format!("DROP OWNED BY {user}")).await;
            }
        }
        self.session.close().await;
        administer(self.server, &self.place, "DROP").await;
        drop_users(self.server, &self.place, &self.users).await;
    }
}

fn unique_name(hint: &str) -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    assert!(
        hint.chars().all(plain) && hint.len() <= 30,
        "the name hint `{hint}` must be short and of lower-case letters, digits and _"
    );
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("rtd_test_{}_{counter}_{hint}", std::process::id())
}

async fn open(server: Server, place: &Place) -> Session {
    let opened = match (server, place) {
        (Server::Postgres, Place::Network { address, database }) => {
            PgConnection::connect_with(&address.postgres_options(database))
                .await
                .map(Session::Postgres)
        }
        (_, Place::Network { address, database }) => {
            MySqlConnection::connect_with(&address.mariadb_options().database(database))
                .await
                .map(Session::Mariadb)
        }
        (_, Place::File(file)) => SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .connect()
            .await
            .map(Session::Sqlite),
    };
    opened.unwrap_or_else(|error| panic!("no connection to {server}: {error}"))
}

/// A session outside of the scratch database, since nobody may be inside when it is dropped.
async fn open_outside(server: Server, address: &Address) -> Session {
    let outside = Place::Network {
        address: address.clone(),
        database: match server {
            Server::Postgres => "postgres".to_owned(),
            _ => "mysql".to_owned(),
        },
    };
    open(server, &outside).await
}

/// Creates or drops the database.
async fn administer(server: Server, place: &Place, verb: &str) {
    let Place::Network { address, database } = place else {
        return;
    };
    let how = match (server, verb) {
        (Server::Postgres, "CREATE") => "TEMPLATE template0",
        (Server::Postgres, "DROP") => "WITH (FORCE)",
        _ => "",
    };
    let mut session = open_outside(server, address).await;
    session
        .exec(&format!("{verb} DATABASE {database} {how}"))
        .await;
    session.close().await;
}

async fn drop_users(server: Server, place: &Place, users: &[String]) {
    let Place::Network { address, .. } = place else {
        return;
    };
    if users.is_empty() {
        return;
    }
    let mut session = open_outside(server, address).await;
    for user in users {
        let drop = match server {
            Server::Postgres => format!("DROP ROLE {user}"),
            _ => format!("DROP USER '{user}'@'127.0.0.1'"),
        };
        session.exec(&drop).await;
    }
    session.close().await;
}

fn toml_string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn write_secret(path: &Path, secret: &str) {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path).expect("a file for the password");
    file.write_all(secret.as_bytes())
        .expect("the password is written");
}
