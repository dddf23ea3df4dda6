//! The state directory: in use, unwritable, damaged, lost, copied, full.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Server, every_database};

use super::site::{Ran, Site, clean, program, ran};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("the state").flatten() {
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_directory_that_cannot_be_used() {
    let mut site = Site::approved(Server::Sqlite, "state").await;
    let text = site.parts().text();
    for (directory, told) in [
        ("retentiond.toml", "failed to make the state directory"),
        ("/proc/nowhere/state", "failed to make the state directory"),
    ] {
        site.write(&text.replace(
            "directory = \"state\"",
            &format!("directory = {directory:?}"),
        ));
        site.go(&["run"])
            .exits(1)
            .says_nothing()
            .warns(told)
            .warns(directory);
        site.go(&["approve", "--all"]).exits(1).warns(told);
    }
    site.write(&text.replace("directory = \"state\"", "directory = \"other\""));
    site.go(&["audit", "show"])
        .exits(1)
        .warns("there is no state store in ")
        .warns("nothing has run yet");
    site.write(&text);
    let lock = std::fs::File::options()
        .write(true)
        .open(site.state().join("lock"))
        .expect("the lock");
    lock.lock().expect("it is free");
    for verb in [&["run"][..], &["approve", "--all"]] {
        site.go(verb)
            .exits(1)
            .warns("another retentiond is at work with the state directory");
    }
    site.go(&["audit", "show"]).exits(0);
    site.go(&["plan"]).exits(0);
    drop(lock);
    std::fs::write(site.state().join("digest.key"), [1, 2, 3]).expect("a short key");
    for verb in [&["run"][..], &["run", "--dry-run"]] {
        let ran = site.go(verb).exits(1);
        let told = format!("{}{}", ran.out, ran.err);
        assert!(
            told.contains("digest.key has 3 bytes instead of 32"),
            "{ran}"
        );
    }
    std::fs::remove_file(site.state().join("digest.key")).expect("removed");
    site.assert_untouched().await;
    std::fs::write(site.state().join("state.db"), "no database".repeat(500)).expect("damage");
    for end in ["state.db-wal", "state.db-shm"] {
        let _ = std::fs::remove_file(site.state().join(end));
    }
    for verb in [&["run"][..], &["plan"], &["audit", "show"]] {
        site.go(verb)
            .exits(1)
            .warns("failed to open the state store")
            .warns("damaged");
    }
    site.assert_untouched().await;
    site.finish().await;
}

every_database!(
    async fn a_lost_or_an_old_state_is_noticed(server) {
        let mut site = Site::approved(server, "lost").await;
        let old = site.dir().join("old");
        site.go(&["run", "--rule", "people"]).exits(0);
        copy(&site.state(), &old);
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        let (state, right) = (site.state(), site.dir().join("right"));
        std::fs::rename(&state, &right).expect("away");
        // Lost.
        site.go(&["run"]).exits(6);
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(1).says("belongs to another log");
        // Put back from an old backup.
        std::fs::remove_dir_all(&state).expect("removed");
        std::fs::rename(&old, &state).expect("the old one");
        site.go(&["run"]).exits(1).says("has 1 batches that this log does not know").says("put the right one back");
        std::fs::remove_dir_all(&state).expect("removed");
        std::fs::rename(&right, &state).expect("the right one");
        site.go(&["run"]).exits(0);
        site.finish().await;
    }
);

/// The program with files that may not grow beyond a size; what it writes beyond fails as on a full disk.
fn go_with_files_up_to(site: &Site, kilobytes: u64) -> Ran {
    let mut command = Command::new("bash");
    clean(&mut command)
        .arg("-c")
        .arg(format!(
            "trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" --schedule \"$1\" run"
        ))
        .arg(program())
        .arg(site.schedule())
        .stdin(Stdio::null());
    ran(&command.output().expect("it runs"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_batch_without_its_intent_when_the_disk_is_full() {
    let mut site = Site::approved(Server::Postgres, "full").await;
    let text = site.parts().text();
    site.write(&text.replace("share-per-run", "rows-per-batch = 2\nshare-per-run"));
    let size = std::fs::metadata(site.state().join("state.db"))
        .expect("the store")
        .len();
    let told = go_with_files_up_to(&site, size / 1024 + 250).exits(1);
    told.says("failed to append to the state store")
        .says("no space is left on the disk");
    let gone = 40 - site.count("visit").await;
    assert!(gone > 0 && gone < 30, "{gone} of 30 were removed");
    let told: u64 = told_by_the_ledger(&mut site).await;
    assert_eq!(told, gone);
    site.go(&["run"]).exits(0);
    site.assert_enforced().await;
    assert_eq!(told_by_the_log(&site), 57);
    site.finish().await;
}

/// Visits that the ledger says are removed.
async fn told_by_the_ledger(site: &mut Site) -> u64 {
    let rows = site
        .scratch
        .rows("SELECT effects FROM retentiond.ledger")
        .await;
    let mut sum = 0;
    for effects in rows.iter().flatten().flatten() {
        let effects: serde_json::Value = serde_json::from_str(effects).expect("effects");
        for effect in effects.as_array().expect("a list") {
            if effect["table"]
                .as_str()
                .is_some_and(|table| table.ends_with("visit"))
            {
                sum += effect["rows"].as_u64().expect("a count");
            }
        }
    }
    sum
}

/// Rows of all receipts.
pub fn told_by_the_log(site: &Site) -> u64 {
    let sums = site.json(&["audit", "show", "--summary"]);
    let rows = sums.as_array().expect("sums").iter();
    rows.filter_map(|sum| sum["rows"].as_u64()).sum()
}
