//! SQLite: files that are not there, are something else, or are in use.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::support::Server;

use super::site::{Ran, Site, clean, program, ran};

fn with_file(site: &Site, file: &str) -> Ran {
    let mut parts = site.parts();
    parts.database =
        format!("[databases.hr]\nengine = \"sqlite\"\nfile = {file:?}\ntime-zone = \"UTC\"\n");
    site.write(&parts.text());
    let ran = site.go(&["run"]);
    site.write(&site.parts().text());
    ran
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_a_database() {
    let mut site = Site::approved(Server::Sqlite, "files").await;
    with_file(&site, "none.db")
        .exits(4)
        .warns("/none.db: there is no such database")
        .warns("it is never made");
    assert!(!site.dir().join("none.db").exists());
    with_file(&site, ".").exits(4).warns("it is not a file");
    std::fs::write(
        site.dir().join("text.db"),
        "this is a letter, not a database\n".repeat(99),
    )
    .expect("a file");
    with_file(&site, "text.db")
        .exits(4)
        .warns("/text.db: ")
        .warns("not a database");
    std::fs::write(site.dir().join("empty.db"), "").expect("a file");
    with_file(&site, "empty.db")
        .exits(4)
        .warns("the ledger's tables are not there");
    site.assert_untouched().await;
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_writer_is_at_work() {
    let mut site = Site::approved(Server::Sqlite, "busy").await;
    let mut other = site.scratch.second().await;
    other.exec("BEGIN IMMEDIATE").await;
    // The first batch of all does not wait for long.
    site.go(&["run"])
        .exits(4)
        .says("another session held a lock for too long")
        .says("it can be tried again");
    other.exec("ROLLBACK").await;
    site.go(&["run", "--rule", "people"]).exits(0);
    other.exec("BEGIN IMMEDIATE").await;
    let writing = tokio::spawn(async move {
        // Longer than one statement waits for a lock.
        tokio::time::sleep(std::time::Duration::from_secs(6)).await;
        other.exec("ROLLBACK").await;
        other.close().await;
    });
    site.go(&["plan"]).exits(0);
    site.go(&["run"]).exits(0).warns("waiting for it");
    writing.await.expect("the other writer ends");
    site.assert_enforced().await;
    site.finish().await;
}

/// As somebody who may not do everything: root reads and writes whatever the permissions say.
struct Nobody {
    program: std::path::PathBuf,
    is_root: bool,
}

impl Nobody {
    fn beside(site: &Site) -> Nobody {
        let copy = site.dir().join("program");
        std::fs::copy(program(), &copy).expect("a copy that nobody may run");
        let is_root = std::fs::metadata("/proc/self")
            .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        Nobody {
            program: copy,
            is_root,
        }
    }

    fn go(&self, site: &Site, arguments: &[&str]) -> Ran {
        let mut command = Command::new(&self.program);
        clean(&mut command)
            .arg("--schedule")
            .arg(site.schedule())
            .args(arguments);
        if self.is_root {
            command.uid(65_534).gid(65_534);
        }
        ran(&command.output().expect("it runs"))
    }
}

fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_read_or_written() {
    let mut site = Site::approved(Server::Sqlite, "permission").await;
    let nobody = Nobody::beside(&site);
    let file = site.scratch.file().to_owned();
    permit(site.dir(), 0o755);
    // The state directory is its owner's.
    let own = site.state();
    permit(&own, if nobody.is_root { 0o700 } else { 0o500 });
    let denied = nobody.go(&site, &["run"]).exits(1);
    denied.warns("state").warns("ermission denied");
    // With a state of its own, the file of the database may not be written, then not read.
    permit(&own, 0o700);
    let mut parts = site.parts();
    let state = site.dir().join("theirs");
    std::fs::create_dir(&state).expect("a directory");
    permit(&state, 0o777);
    parts.limits = parts.limits.clone();
    let text = parts
        .text()
        .replace("directory = \"state\"", "directory = \"theirs\"");
    site.write(&text);
    permit(&file, 0o444);
    nobody.go(&site, &["plan"]).exits(0);
    nobody
        .go(&site, &["run", "--unsafe-without-approval"])
        .exits(4)
        .warns("the database takes no writes");
    permit(&file, 0o000);
    nobody
        .go(&site, &["plan"])
        .exits(4)
        .warns("error: database hr: opening ");
    permit(&site.schedule(), 0o000);
    nobody
        .go(&site, &["plan"])
        .exits(3)
        .warns("the schedule cannot be read");
    permit(&site.schedule(), 0o644);
    permit(&file, 0o644);
    site.assert_untouched().await;
    site.finish().await;
}
