//! A streaming standby of the test server, for as long as a test needs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

use super::servers::Address;
use super::session::Session;

/// A program of the newest PostgreSQL that is installed.
pub fn postgres_program(name: &str) -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is installed")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    versions.sort();
    let newest = versions.pop().expect("a version");
    newest.join("bin").join(name)
}

/// Runs as whoever may run a server: never as root.
fn unprivileged(program: &Path) -> Command {
    use std::os::unix::fs::MetadataExt;
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"])
        .arg(program);
    command
}

/// The standby.
pub struct Standby {
    data: PathBuf,
    port: u16,
}

impl Standby {
    /// A copy of the server at a port, following it.
    pub fn of_postgres(primary: u16) -> Standby {
        let root = std::env::temp_dir().join(format!("rtd_standby_{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir(&root).expect("a directory");
        open_to_all(&root);
        let data = root.join("data");
        let port = free_port();
        let copied = unprivileged(&postgres_program("pg_basebackup"))
            .current_dir(&root)
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &primary.to_string(),
                "-U",
                "postgres",
            ])
            .args([
                "--write-recovery-conf",
                "--no-sync",
                "--checkpoint=fast",
                "--wal-method=stream",
                "-D",
            ])
            .arg(&data)
            .output()
            .expect("pg_basebackup runs");
        assert!(
            copied.status.success(),
            "{}",
            String::from_utf8_lossy(&copied.stderr)
        );
        let standby = Standby { data, port };
        standby.control(&["start", "-w", "-l", "log", "-o", &format!("-p {port}")]);
        standby
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From here on it follows nobody.
    pub async fn sleep(&self) {
        let mut session = self.session("postgres").await;
        session.exec("ALTER SYSTEM SET primary_conninfo = ''").await;
        session.exec("SELECT pg_reload_conf()").await;
        let began = Instant::now();
        let following = "SELECT count(*) FROM pg_stat_wal_receiver";
        while session.value(following).await.as_deref() != Some("0") {
            assert!(began.elapsed() < Duration::from_secs(30));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        session.close().await;
    }

    /// It takes writes, from where it stands.
    pub async fn promote(&self) {
        self.control(&["promote", "-w"]);
    }

    pub async fn session(&self, database: &str) -> Session {
        let address = Address {
            port: self.port,
            ..Address::postgres()
        };
        PgConnection::connect_with(&address.postgres_options(database))
            .await
            .map(Session::Postgres)
            .expect("the standby answers")
    }

    pub fn stop(self) {
        drop(self);
    }

    fn control(&self, arguments: &[&str]) {
        let done = unprivileged(&postgres_program("pg_ctl"))
            .current_dir(self.data.parent().expect("a directory"))
            .arg("-D")
            .arg(&self.data)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("pg_ctl runs");
        assert!(done.success(), "pg_ctl {arguments:?}");
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        let _ = unprivileged(&postgres_program("pg_ctl"))
            .args(["stop", "-m", "immediate", "-D"])
            .arg(&self.data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let _ = std::fs::remove_dir_all(self.data.parent().expect("a directory"));
    }
}

fn open_to_all(directory: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let all = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(directory, all).expect("permissions");
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
