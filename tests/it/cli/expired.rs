//! The end of old records and of old keys, and what is asked about them then.

use chrono::{DateTime, Utc};
use retentiond::audit::{Effect, Log, Record, Sizes};
use retentiond::catalog::Fingerprint;
use retentiond::state::{Store, Use};

use crate::support::{Server, every_database};

use super::site::{Ran, Site, go, ran};

fn long_ago(day: u32) -> DateTime<Utc> {
    format!("2020-01-{day:02}T00:00:00Z")
        .parse()
        .expect("a moment")
}

/// Files of a log that was begun long ago, before anything else is done there.
fn begin_long_ago(site: &Site) {
    begin_with(site, "gone");
}

/// The same, with receipts of a database.
fn begin_with(site: &Site, database: &str) {
    let sizes = Sizes {
        segment: 8192,
        reserve: 1024,
    };
    std::fs::create_dir(site.state()).expect("a directory");
    let mut log = Log::open(&site.state().join("log"), long_ago(1), sizes).expect("a log");
    let adopted = Record::Adopted {
        database: database.to_owned(),
        target: "target".to_owned(),
    };
    log.append(long_ago(2), &[adopted]).expect("appended");
    for epoch in 1..80 {
        let [begun, ended] = batch_of(database, &format!("old-{epoch}"), epoch);
        log.append(long_ago(2), &[Record::Boot { epoch }, begun, ended])
            .expect("appended");
    }
}

/// A batch on a database that is no more.
fn batch(name: &str, seq: i64) -> [Record; 2] {
    batch_of("gone", name, seq)
}

fn batch_of(database: &str, name: &str, seq: i64) -> [Record; 2] {
    let (run, database) = (name.to_owned(), database.to_owned());
    let (rule, step) = ("visits".to_owned(), "disposition".to_owned());
    let intent = Record::Intent {
        run: run.clone(),
        batch: name.to_owned(),
        database: database.clone(),
        rule: rule.clone(),
        step: step.clone(),
        epoch: seq,
        expected_seq: seq,
    };
    let done = Record::Done {
        run,
        batch: name.to_owned(),
        database,
        rule,
        step,
        seq,
        chain: "c".repeat(64),
        schedule: Fingerprint::of("schedule"),
        schema: Fingerprint::of("schema"),
        effects: vec![Effect {
            table: "visit".to_owned(),
            effect: "deleted".to_owned(),
            rows: 1,
            digest: "d".repeat(64),
            keys: Some("e".repeat(64)),
            contents: None,
        }],
        duration_ms: 1,
        recovered: false,
        assurance: None,
    };
    [intent, done]
}

fn segments(site: &Site) -> usize {
    let entries = std::fs::read_dir(site.state().join("log"))
        .expect("the log")
        .flatten();
    entries
        .filter(|one| one.path().extension().is_some_and(|end| end == "seg"))
        .count()
}

/// Both verifiers, which must say the same.
fn verified(site: &Site) -> Ran {
    let key = site.go(&["audit", "key"]).exits(0).out;
    let state = site.state();
    let state = state.to_str().expect("UTF-8");
    let arguments = ["audit", "verify", state, "--key", key.trim()];
    let ours = go(&[&["--output", "json"], &arguments[..]].concat(), &[]);
    let mut second = std::process::Command::new("python3");
    second.args(["tests/verifier/verify.py", state, "--key", key.trim()]);
    let theirs = ran(&second.output().expect("it runs"));
    assert_eq!(ours.json(), theirs.json(), "the verifiers disagree");
    go(&arguments, &[])
}

every_database!(
    async fn old_records_are_dropped_and_the_rest_is_verified(server) {
        let mut site = Site::new(server, "expired").await;
        begin_long_ago(&site);
        site.go(&["migrate"]).exits(0);
        site.go(&["approve", "--all"]).exits(0);
        site.go(&["run", "--rule", "people"]).exits(0);
        let before = segments(&site);
        assert!(before > 3, "{before}");
        verified(&site).exits(0);
        let expire = ["audit", "expire", "--before", "2021-01-01"];
        // Nobody else vouches for it.
        site.go(&expire).exits(1).warns("the schedule publishes nowhere");
        site.write(&site.parts().text().replace("[state]\n", "[state]\npublish = [{ directory = \"evidence\" }]\n"));
        site.go(&expire).exits(1).warns("no place took the checkpoint");
        assert_eq!(segments(&site), before);
        std::fs::create_dir(site.dir().join("evidence")).expect("a directory");
        // Receipts are kept for a year.
        let yesterday = (Utc::now() - chrono::TimeDelta::days(1)).format("%Y-%m-%d").to_string();
        site.go(&["audit", "expire", "--before", &yesterday]).exits(2).warns("for a year at least");
        site.go(&["audit", "expire", "--before", "2019-01-01"]).exits(0).says("nothing to drop");
        let dropped = site.json(&expire);
        assert!(dropped["records"].as_u64().is_some_and(|records| records > 100), "{dropped}");
        assert!(segments(&site) < before);
        verified(&site).exits(0).says("they have expired and were dropped");
        site.go(&expire).exits(0).says("nothing to drop");
        site.go(&["audit", "show"]).exits(0).says("expired, and were dropped by");
        let exported = site.go(&["audit", "export"]).exits(0).out;
        let first: serde_json::Value = serde_json::from_str(exported.lines().next().expect("a record")).expect("JSON");
        assert_eq!(first["n"], dropped["first"]);
        // It goes on: who it is, where the databases stand and what is approved is known still.
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        verified(&site).exits(0);
        let certified = site.go(&["audit", "certificate", "old-3"]).exits(2);
        certified.warns("the log has no run old-3");
        site.finish().await;
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_a_month_that_has_ended_is_destroyed_and_prove_says_so() {
    let site = Site::approved(Server::Sqlite, "month").await;
    let old = site.state().join("digests/2020-01");
    std::fs::create_dir_all(&old).expect("a folder");
    std::fs::write(old.join("digest.key"), [7; 32]).expect("a key");
    std::fs::write(old.join("old.keys"), "").expect("digests");
    let mut store = Store::open(&site.state(), Use::Append)
        .await
        .expect("a store");
    let key = Record::DigestKey {
        name: "0".repeat(32),
        window: "2020-01".to_owned(),
    };
    let records = [&[key], &batch("old", 1)[..]].concat();
    store
        .append_all(long_ago(3), &records)
        .await
        .expect("appended");
    drop(store);
    // One that the log does not know goes as well.
    std::fs::create_dir_all(site.state().join("digests/2019-12")).expect("a folder");
    site.go(&["run"]).exits(0);
    assert!(!old.exists() && !site.state().join("digests/2019-12").exists());
    site.go(&["audit", "show"])
        .exits(0)
        .says("the key of the digests of 2020-01 was destroyed");
    let told = site
        .fed(
            &["audit", "prove", "--rule", "visits", "--key", "-"],
            "31\n7\n",
        )
        .exits(0);
    told.says("line 1: no receipt that can be asked tells of it")
        .says("1 receipts are of months whose key was destroyed (2020-01)");
    // Somebody puts it back from a backup: nobody is answered, and the next run destroys it again.
    std::fs::create_dir_all(&old).expect("a folder");
    std::fs::write(old.join("digest.key"), [7; 32]).expect("a key");
    site.go(&["run"]).exits(0);
    verified(&site).exits(0);
    site.go(&["approve", "--all"]).exits(0);
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_digests_and_another_key_are_not_taken_for_an_answer() {
    let site = Site::approved(Server::Sqlite, "sidefile").await;
    site.go(&["run"]).exits(0);
    let month = site
        .state()
        .join(Utc::now().format("digests/%Y-%m").to_string());
    let prove =
        |input: &str| site.fed(&["audit", "prove", "--rule", "visits", "--key", "-"], input);
    prove("7\n").exits(0).says("line 1: ").says("deleted on ");
    // Another key: every answer would be "no".
    let key = month.join("digest.key");
    let right = std::fs::read(&key).expect("a key");
    std::fs::write(&key, [9; 32]).expect("another key");
    prove("7\n")
        .exits(1)
        .says_nothing()
        .warns("with it every answer would be \"no\"");
    std::fs::remove_file(&key).expect("removed");
    prove("7\n")
        .exits(1)
        .says_nothing()
        .warns("the log does not say that it was destroyed");
    std::fs::write(&key, right).expect("put back");
    // Other digests than the receipts tell of.
    let file = std::fs::read_dir(&month)
        .expect("the month")
        .flatten()
        .map(|one| one.path())
        .find(|path| path.extension().is_some_and(|end| end == "keys"))
        .expect("digests");
    let whole = std::fs::read(&file).expect("digests");
    let mut changed = whole.clone();
    let place = changed.len() - 5;
    changed[place] ^= 1;
    std::fs::write(&file, changed).expect("changed");
    let told = site
        .fed(&["audit", "prove", "--rule", "people", "--key", "-"], "1\n")
        .exits(0);
    told.says("no receipt that can be asked tells of it")
        .says("have no digests, or other ones than they tell of");
    // One that was made up cannot be slipped in either.
    std::fs::write(&file, [whole.as_slice(), whole.as_slice()].concat()).expect("doubled");
    prove("7\n").exits(0).says("deleted on ");
    std::fs::write(&file, whole).expect("put back");
    site.finish().await;
}

/// `keep` of the schedule: the daemon drops what is older by itself, and the log goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_daemon_drops_what_is_older_than_the_schedule_keeps() {
    let site = Site::migrated(Server::Sqlite, "log_keep").await;
    let elsewhere = site.dir().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a directory");
    begin_long_ago(&site);
    let text = site.parts().text();
    let kept = format!(
        "directory = \"state\"\npublish = [{{ directory = {elsewhere:?} }}]\nkeep = \"2 years\""
    );
    let text = text.replace("directory = \"state\"", &kept);
    site.write(&text.replace("time-zone = ", "cadence = \"* * * * * *\"\ntime-zone = "));
    let child = super::desk::serving(&site);
    let began = std::time::Instant::now();
    let first = site.state().join("log/00000000000000000000.seg");
    while first.exists() {
        assert!(
            began.elapsed() < std::time::Duration::from_secs(20),
            "nothing is dropped"
        );
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    super::daemon::stop(child).warns("old records of the log were dropped");
    site.go(&["audit", "show"])
        .exits(0)
        .says("expired, and were dropped by");
    super::evidence::verify(&site, &super::evidence::key(&site)).exits(0);
    site.finish().await;
}

every_database!(
    async fn a_backup_that_is_older_than_the_log_is_called_that(server) {
        let mut site = Site::new(server, "older").await;
        begin_with(&site, "hr");
        site.write(&site.parts().text().replace("[state]\n", "[state]\npublish = [{ directory = \"evidence\" }]\n"));
        std::fs::create_dir(site.dir().join("evidence")).expect("a directory");
        site.go(&["migrate"]).exits(0);
        site.go(&["approve", "--all"]).exits(0);
        let key = site.go(&["audit", "key"]).exits(0).out;
        let log = key.trim().split('+').next().and_then(|name| name.split_once('/')).expect("a name").1.to_owned();
        let head = if server == Server::Postgres { "retentiond.head" } else { "retentiond_head" };
        let at = |seq: u32| format!(
            "DELETE FROM {head}; INSERT INTO {head} (target_id, log_id, epoch, seq, chain, last_time)
             VALUES ('target', '{log}', 79, {seq}, '{}', '2020-01-02 00:00:00');", "c".repeat(64));
        site.go(&["audit", "expire", "--before", "2021-01-01"]).exits(0);
        // The last receipt is carried over: where it stands is known still.
        site.scratch.exec(&at(79)).await;
        site.go(&["run", "--rule", "people"]).exits(0);
        site.scratch.exec(&at(5)).await;
        site.go(&["run"]).exits(1).warns("it was put back to a backup that is older than the log")
            .warns("audit acknowledge hr");
        assert_eq!(site.count("visit").await, 40);
        site.go(&["audit", "acknowledge", "hr"]).exits(0);
        site.go(&["run"]).exits(0);
        site.assert_enforced().await;
        verified(&site).exits(0);
        site.finish().await;
    }
);
