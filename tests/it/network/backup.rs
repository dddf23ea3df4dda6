//! Backups as administrators make them, with the servers' own tools, and put back with them.

use std::path::Path;
use std::process::Command;

use crate::cli::site::Site;
use crate::support::Server;

/// A copy of a database, as a backup has it: of `pg_dump`, of `mariadb-dump`, or of the file.
pub struct Backup(String);

impl Backup {
    pub async fn of(site: &mut Site) -> Backup {
        match site.scratch.server() {
            Server::Sqlite => {
                let file = site.dir().join("backup.sqlite");
                let into = format!("VACUUM INTO '{}'", file.display());
                site.scratch.exec(&into).await;
                Backup(file.display().to_string())
            }
            server => Backup(dump(site, server)),
        }
    }

    pub async fn put_back(&self, site: &mut Site) {
        match site.scratch.server() {
            Server::Sqlite => site.scratch.replace_file(Path::new(&self.0)).await,
            server => restore(site, server, &self.0),
        }
    }
}

fn dump(site: &Site, server: Server) -> String {
    let mut command = client(site, server, "pg_dump", "mariadb-dump");
    if server == Server::Postgres {
        command.args(["--clean", "--if-exists"]);
    }
    let output = finished(command.arg(site.scratch.database()));
    let file = site.dir().join("dump.sql");
    std::fs::write(&file, output).expect("the dump");
    file.display().to_string()
}

fn restore(site: &Site, server: Server, file: &str) {
    let mut command = client(site, server, "psql", "mariadb");
    if server == Server::Postgres {
        command.args(["--no-psqlrc", "-q", "-v", "ON_ERROR_STOP=1"]);
    }
    command.stdin(std::fs::File::open(file).expect("the dump"));
    finished(command.arg(site.scratch.database()));
}

/// A program of the server's, on its way to it.
fn client(site: &Site, server: Server, postgres: &str, mariadb: &str) -> Command {
    let (port, user) = (site.scratch.port().to_string(), site.scratch.user());
    if server == Server::Postgres {
        let mut command = Command::new(crate::support::postgres_program(postgres));
        command.args(["-h", "127.0.0.1", "-p", &port, "-U", user]);
        return command;
    }
    let mut command = Command::new(mariadb);
    command.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1"]);
    command.args(["--port", &port, "--user", user]);
    command.env("MYSQL_PWD", site.scratch.password());
    command
}

fn finished(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("it runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}
