//! The state directory: in use, unwritable, damaged, lost, copied, full.

use std::path::Path;

use retentiond::state::{Store, Use};

use crate::support::{Server, every_database};

use super::site::Site;

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("the state").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).expect("a copy");
        }
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
    std::fs::create_dir_all(digest_key(&site).parent().expect("a folder")).expect("a folder");
    std::fs::write(digest_key(&site), [1, 2, 3]).expect("a short key");
    for verb in [&["run"][..], &["run", "--dry-run"]] {
        let ran = site.go(verb).exits(1);
        let told = format!("{}{}", ran.out, ran.err);
        assert!(
            told.contains("digest.key has 3 bytes instead of 32"),
            "{ran}"
        );
    }
    std::fs::remove_file(digest_key(&site)).expect("removed");
    site.assert_untouched().await;
    let segment = site.state().join("log/00000000000000000000.seg");
    let mut bytes = std::fs::read(&segment).expect("the log");
    bytes[40] ^= 1;
    std::fs::write(&segment, bytes).expect("damage");
    for verb in [&["run"][..], &["plan"], &["audit", "show"]] {
        site.go(verb)
            .exits(1)
            .warns("failed to open the state store")
            .warns("damaged");
    }
    site.assert_untouched().await;
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_the_digests_is_missed_and_never_replaced() {
    let mut site = Site::approved(Server::Sqlite, "digests").await;
    site.go(&["run", "--rule", "people"]).exits(0);
    let key = digest_key(&site);
    let kept = std::fs::read(&key).expect("a key");
    std::fs::remove_file(&key).expect("removed");
    for verb in [&["run"][..], &["run", "--dry-run"]] {
        let ran = site.go(verb).exits(1);
        let told = format!("{}{}", ran.out, ran.err);
        assert!(told.contains("digest.key is gone"), "{ran}");
        std::fs::write(&key, [7; 32]).expect("another key");
        let ran = site.go(verb).exits(1);
        let told = format!("{}{}", ran.out, ran.err);
        assert!(told.contains("is not the key"), "{ran}");
        std::fs::remove_file(&key).expect("removed");
    }
    std::fs::write(&key, kept).expect("put back");
    assert_eq!(site.count("visit").await, 40);
    site.go(&["run"]).exits(0);
    site.assert_enforced().await;
    site.finish().await;
}

/// The key of this month.
fn digest_key(site: &Site) -> std::path::PathBuf {
    let month = chrono::Utc::now().format("digests/%Y-%m").to_string();
    site.state().join(month).join("digest.key")
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
        site.go(&["run"]).exits(1).warns("belongs to another log");
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run"]).exits(1).warns("belongs to another log");
        // Put back from an old backup.
        std::fs::remove_dir_all(&state).expect("removed");
        std::fs::rename(&old, &state).expect("the old one");
        site.go(&["run"]).exits(1).warns("has 1 batches that this log does not know").warns("put the right one back");
        std::fs::remove_dir_all(&state).expect("removed");
        std::fs::rename(&right, &state).expect("the right one");
        site.go(&["run"]).exits(0);
        site.finish().await;
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_batch_without_its_intent_when_the_disk_is_full() {
    let mut site = Site::approved(Server::Postgres, "full").await;
    let text = site.parts().text();
    site.write(&text.replace("share-per-run", "rows-per-batch = 2\nshare-per-run"));
    fill_the_segment(&site).await;
    // As a full disk would: the next segment cannot be made.
    let obstacle = site.state().join("log/spare.new");
    std::fs::create_dir(&obstacle).expect("an obstacle");
    let told = site.go(&["run"]).exits(1);
    told.says("failed to append to the state store")
        .says("nothing new is begun");
    let gone = 40 - site.count("visit").await;
    assert!(gone > 0 && gone < 30, "{gone} of 30 were removed");
    let told: u64 = told_by_the_ledger(&mut site).await;
    assert_eq!(told, gone);
    std::fs::remove_dir(&obstacle).expect("space again");
    site.go(&["run"]).exits(0);
    site.assert_enforced().await;
    assert_eq!(told_by_the_log(&site), 57);
    site.finish().await;
}

/// Leaves room in the segment for some batches and what ends them.
async fn fill_the_segment(site: &Site) {
    let mut store = Store::open(&site.state(), Use::Append)
        .await
        .expect("a store");
    let approval = store
        .records(&["approved"])
        .await
        .expect("the log")
        .remove(0);
    let segment = site.state().join("log/00000000000000000000.seg");
    let used = || {
        let bytes = std::fs::read(&segment).expect("the segment");
        bytes.iter().rposition(|byte| *byte != 0).expect("records")
    };
    while used() < (1 << 20) - (128 << 10) - 8_000 {
        let again = vec![approval.record.clone(); 2];
        store
            .append_all(approval.at, &again)
            .await
            .expect("appended");
        let _ = std::fs::remove_file(site.state().join("log/spare"));
    }
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
