//! The daemon under a service manager: what it tells, what a reload does, and the units that are shipped.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crate::support::Server;

use super::daemon::{every_second, stop, wait_for};
use super::site::{Site, program};

/// A service manager that only listens: always, since one that does not would block the daemon.
struct Manager {
    heard: Receiver<String>,
    path: PathBuf,
    told: Vec<String>,
}

impl Manager {
    fn listen(site: &Site) -> Self {
        let path = site.dir().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        let (tell, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length) = socket.recv(&mut bytes) {
                let message = String::from_utf8_lossy(&bytes[..length]).into_owned();
                if tell.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            heard,
            path,
            told: Vec::new(),
        }
    }

    fn start(&self, site: &Site) -> Child {
        let path = self.path.to_str().expect("UTF-8");
        site.start_process_with(&["daemon"], &[("NOTIFY_SOCKET", path)])
    }

    /// Listens until something is told of which this is true.
    fn hears(&mut self, what: &str, is: impl Fn(&str) -> bool) {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            if let Ok(message) = self.heard.recv_timeout(Duration::from_millis(100)) {
                let found = is(&message);
                self.told.push(message);
                if found {
                    return;
                }
            }
        }
        panic!("never heard {what}: {:?}", self.told);
    }

    fn hears_ready(&mut self) {
        self.hears("ready", |message| {
            message.contains("READY=1") && message.contains("STATUS=waiting; next run: hr at ")
        });
    }
}

fn hang_up(child: &Child) {
    let kill = format!("kill -HUP {}", child.id());
    let done = Command::new("bash").args(["-c", &kill]).status();
    assert!(done.expect("kill runs").success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_manager_is_told_of_each_turn() {
    let mut site = Site::approved(Server::Sqlite, "notify").await;
    site.write(&every_second(&site));
    let mut manager = Manager::listen(&site);
    let child = manager.start(&site);
    manager.hears_ready();
    manager.hears("a sign of life", |message| message == "WATCHDOG=1\n");
    manager.hears("the run", |message| message.contains("STATUS=running: hr"));
    wait_for(&mut site, "visit", 10).await;
    hang_up(&child);
    manager.hears("the reload", |message| {
        message.contains("RELOADING=1") && message.contains("MONOTONIC_USEC=")
    });
    manager.hears_ready();
    stop(child).warns("the schedule was reloaded");
    manager.hears("the end", |message| message.contains("STOPPING=1"));
    site.finish().await;
}

/// All or nothing: what is faulty changes nothing and is told with its place, what is right is in force at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_is_all_or_nothing() {
    let mut site = Site::approved(Server::Sqlite, "reload").await;
    let whole = every_second(&site);
    site.write(&whole.replace("then = ", "mode = \"observe\"\nthen = "));
    let mut manager = Manager::listen(&site);
    let child = manager.start(&site);
    manager.hears_ready();
    for faulty in [
        whole.replace("then = ", "thn = "),
        whole.replace("cadence", "kadence"),
        whole.replace("cadence = \"* * * * * *\"\n", ""),
        whole.replace("directory = \"state\"", "directory = \"elsewhere\""),
    ] {
        site.write(&faulty);
        hang_up(&child);
        manager.hears_ready();
    }
    site.assert_untouched().await;
    site.write(&whole);
    hang_up(&child);
    wait_for(&mut site, "visit", 10).await;
    wait_for(&mut site, "person WHERE name = 'ANON'", 12).await;
    let told = stop(child)
        .warns("the old one stays in force: it has faults")
        .warns("the old one stays in force: no database of the schedule has a cadence")
        .warns("the old one stays in force: another state directory takes a restart")
        .warns("thn")
        .warns("\"line\":")
        .warns("the schedule was reloaded");
    assert_eq!(told.err.matches("was reloaded").count(), 1, "{told}");
    site.assert_enforced().await;
    site.finish().await;
}

/// The units with this program in the place of the installed one.
fn units(directory: &Path) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd");
    let mut units = Vec::new();
    for file in std::fs::read_dir(folder).expect("the units").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("a unit");
        let copy = directory.join(file.file_name());
        std::fs::write(&copy, text.replace("/usr/bin/retentiond", program())).expect("a copy");
        if copy.extension().is_some_and(|end| end == "service") {
            units.push(copy);
        }
    }
    assert_eq!(units.len(), 2, "{units:?}");
    units
}

fn analyze(arguments: &[&str], unit: &Path) -> std::process::Output {
    let mut command = Command::new("systemd-analyze");
    command.args(arguments).arg(unit);
    command.output().expect("systemd-analyze runs")
}

#[test]
fn the_units_are_understood_and_hardened() {
    let directory = tempfile::tempdir().expect("a directory");
    for unit in units(directory.path()) {
        // What systemd does not know it ignores, with a warning and a good exit code.
        let read = analyze(&["verify", "--man=no", "--recursive-errors=no"], &unit);
        assert!(read.status.success() && read.stderr.is_empty(), "{read:?}");
        // Exposure in tenths, from 0 to 100.
        let limit = ["security", "--offline=true", "--threshold=15"];
        let exposed = analyze(&limit, &unit);
        assert!(exposed.status.success(), "{exposed:?}");
    }
}
