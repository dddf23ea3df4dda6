//! The state directory backed up and put back: no fork where it is put back, and a fork where two of them go on.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Server, every_database};

use super::daemon::stop;
use super::desk::waiting;
use super::evidence::{key, verify};
use super::site::Site;
use super::state::copy;

fn path(site: &Site, name: &str) -> String {
    site.dir().join(name).to_str().expect("UTF-8").to_owned()
}

fn swap(site: &Site, with: &Path) {
    let aside = site.dir().join("aside");
    std::fs::rename(site.state(), &aside).expect("away");
    std::fs::rename(with, site.state()).expect("in its place");
    std::fs::rename(&aside, with).expect("kept");
}

every_database!(
    async fn a_backup_that_is_put_back_is_no_fork_and_two_that_go_on_are_one(server) {
        let mut site = Site::approved(server, "backup").await;
        site.go(&["run"]).exits(0);
        let (backup, kept) = (path(&site, "backup"), site.dir().join("kept"));
        let child = waiting(&site);
        let told = site.json(&["state", "backup", &backup]);
        assert!(told["records"].as_u64().is_some_and(|records| records > 5), "{told}");
        // Nothing is due, and the database sees another start.
        site.go(&["run"]).exits(0);
        stop(child);
        let modes = |path: &Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
        assert_eq!(modes(Path::new(&backup)), 0o700);
        assert_eq!(modes(&Path::new(&backup).join("signing.key")), 0o600);
        site.go(&["state", "restore", &backup]).exits(1).warns("there is a log in");
        // Copied back by hand, it is taken for another copy, as it always was.
        std::fs::rename(site.state(), &kept).expect("away");
        copy(Path::new(&backup), &site.state());
        site.go(&["run"]).exits(1).warns("another copy of this state directory");
        std::fs::remove_dir_all(site.state()).expect("removed");
        // Put back, it goes on.
        site.go(&["state", "restore", &backup]).exits(0).says("put back: ");
        assert!(!site.state().join("backup.json").exists());
        site.go(&["run"]).exits(0);
        site.go(&["run"]).exits(0);
        site.go(&["audit", "show"]).exits(0).says("was backed up by").says("PUT BACK by");
        verify(&site, &key(&site)).exits(0);
        // The one that was lost turns up, and goes on: it is found out. And put back once more, the other is as well.
        swap(&site, &kept);
        site.go(&["run"]).exits(1).warns("another copy of this state directory");
        site.go(&["audit", "acknowledge", "hr"]).exits(0).says("acknowledged: hr");
        swap(&site, &kept);
        site.go(&["run"]).exits(1).warns("another copy of this state directory");
        site.assert_enforced().await;
        site.finish().await;
    }
);

every_database!(
    async fn what_was_removed_since_a_backup_is_a_gap_until_it_is_acknowledged(server) {
        let mut site = Site::approved(server, "backup_gap").await;
        site.go(&["run", "--rule", "people"]).exits(0);
        let backup = path(&site, "backup");
        site.go(&["state", "backup", &backup]).exits(0).says("backed up: ");
        site.go(&["run"]).exits(0);
        std::fs::remove_dir_all(site.state()).expect("lost");
        site.go(&["state", "restore", &backup]).exits(0);
        site.go(&["run"]).exits(1).warns("batches that this log does not know");
        site.go(&["audit", "acknowledge", "hr"]).exits(0).says("acknowledged: hr");
        site.go(&["run"]).exits(0);
        verify(&site, &key(&site)).exits(0);
        site.assert_enforced().await;
        site.finish().await;
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_backup_and_where_none_can_be_made() {
    let mut site = Site::approved(Server::Sqlite, "backup_wrong").await;
    let full = path(&site, "full");
    std::fs::create_dir(&full).expect("a folder");
    site.go(&["state", "restore", &full])
        .exits(1)
        .warns("is no backup of a state directory");
    std::fs::write(site.dir().join("full/file"), "mine").expect("a file");
    site.go(&["state", "backup", &full])
        .exits(1)
        .warns("is not empty");
    site.go(&["state", "backup", "/proc/nowhere/backup"])
        .exits(1)
        .warns("failed to make");
    // A hold and a request that stand go along, and come back.
    let hold = super::hold::placed(&site, "visits", &["--when", "-"], "id = 7");
    let backup = path(&site, "backup");
    site.go(&["state", "backup", &backup]).exits(0);
    std::fs::remove_dir_all(site.state()).expect("lost");
    site.go(&["state", "restore", &backup]).exits(0);
    site.go(&["hold", "list"]).exits(0).says(&hold);
    site.go(&["run"]).exits(0);
    assert_eq!(site.count("visit WHERE id <= 30").await, 1);
    // One that was placed after the backup is still named in the database, so nothing goes without it.
    let later = super::hold::placed(&site, "visits", &["--when", "-"], "id = 31");
    std::fs::remove_dir_all(site.state()).expect("lost");
    std::fs::write(site.dir().join("backup/backup.json"), "{}").expect("damaged");
    site.go(&["state", "restore", &backup])
        .exits(1)
        .warns("is damaged");
    let _ = later;
    site.finish().await;
}
