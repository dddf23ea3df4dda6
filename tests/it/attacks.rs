//! Attacks on the log, each judged by the program and by the second verifier, which must say the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Utc};
use retentiond::audit::note::SigningKey;
use retentiond::audit::{Ending, Log, Record, Sizes};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const SIZES: Sizes = Sizes {
    segment: 8192,
    reserve: 1024,
};

fn at() -> DateTime<Utc> {
    "2026-11-22T03:14:15.926535Z".parse().expect("a moment")
}

/// A log with some runs, each ended by a checkpoint.
struct Site {
    dir: TempDir,
    key: SigningKey,
    next: SigningKey,
    checkpoints: Vec<String>,
    runs: usize,
}

fn keys(log: &Log, seed: u8) -> SigningKey {
    SigningKey::new(&log.origin(), [seed; 32]).expect("a key")
}

impl Site {
    fn of(runs: usize) -> Site {
        let dir = tempfile::tempdir().expect("a folder");
        let mut log = Log::open(dir.path(), at(), SIZES).expect("a log");
        let key = keys(&log, 1);
        let made = Record::SigningKey {
            key: key.public().to_string(),
        };
        log.append(at(), &[made]).expect("appended");
        let next = keys(&log, 2);
        let mut site = Site {
            dir,
            key,
            next,
            checkpoints: Vec::new(),
            runs: 0,
        };
        for _ in 0..runs {
            site.run(&mut log);
        }
        site
    }

    fn folder(&self) -> &Path {
        self.dir.path()
    }

    fn open(&self) -> Log {
        Log::open(self.folder(), at(), SIZES).expect("a log")
    }

    fn run(&mut self, log: &mut Log) {
        self.runs += 1;
        for record in run(self.runs) {
            log.append(at(), &[record]).expect("appended");
        }
        let note = log.checkpoint(at(), &self.key).expect("a checkpoint");
        self.checkpoints.push(note);
    }

    /// Nobody keeps the last checkpoint beside the log.
    fn forget_the_last(&self) {
        let _ = std::fs::remove_file(self.folder().join("checkpoint"));
    }

    /// The judgement with a key and checkpoints that were kept elsewhere, which both verifiers give alike.
    fn judged_with(&self, key: &str, outside: &[&str]) -> Value {
        let kept = tempfile::tempdir().expect("a folder");
        let mut arguments = vec![self.folder().to_str().expect("UTF-8").to_owned()];
        arguments.extend(["--key".to_owned(), key.to_owned()]);
        for (n, note) in outside.iter().enumerate() {
            let path = kept.path().join(n.to_string());
            std::fs::write(&path, note).expect("written");
            arguments.push("--checkpoint".to_owned());
            arguments.push(path.to_str().expect("UTF-8").to_owned());
        }
        let mut ours = Command::new(env!("CARGO_BIN_EXE_retentiond"));
        let ours = judgement(
            ours.args(["--output", "json", "audit", "verify"])
                .args(&arguments),
        );
        let mut theirs = Command::new("python3");
        let theirs = judgement(theirs.arg("tests/verifier/verify.py").args(&arguments));
        assert_eq!(ours, theirs, "the verifiers disagree");
        ours
    }

    fn judged(&self, outside: &[&str]) -> Value {
        self.judged_with(&self.key.public().to_string(), outside)
    }

    #[track_caller]
    fn finds(&self, outside: &[&str], expected: &[&str]) {
        assert_eq!(faults(&self.judged(outside)), expected);
    }
}

/// What a run writes.
fn run(number: usize) -> [Record; 5] {
    let name = format!("run-{number}");
    let batch = format!("{name}-1");
    let epoch = i64::try_from(number).expect("few");
    [
        Record::Boot { epoch },
        Record::Intent {
            run: name.clone(),
            batch: batch.clone(),
            database: "hr".to_owned(),
            rule: "visits".to_owned(),
            step: "disposition".to_owned(),
            epoch,
            expected_seq: epoch,
        },
        Record::NotApplied {
            run: name.clone(),
            batch,
        },
        Record::Adopted {
            database: "hr".to_owned(),
            target: "é \"quoted\"\t".to_owned(),
        },
        Record::RunEnded {
            run: name,
            ending: Ending::Finished,
            rows: u64::MAX,
        },
    ]
}

fn judgement(command: &mut Command) -> Value {
    let output = command.output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut judged: Value = serde_json::from_str(&told)
        .unwrap_or_else(|_| panic!("{told}\n{}", String::from_utf8_lossy(&output.stderr)));
    // The program's documents have one shape for every verb.
    if judged.get("result").is_some() {
        judged = judged["result"].take();
    }
    let sound = judged["faults"].as_array().expect("faults").is_empty();
    assert_eq!(
        output.status.code(),
        Some(if sound { 0 } else { 7 }),
        "{told}"
    );
    judged
}

/// "code from-to" of each.
fn findings(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|one| {
        let to = one["to"]
            .as_u64()
            .map_or(String::new(), |to| to.to_string());
        format!(
            "{} {}-{to}",
            one["code"].as_str().expect("a code"),
            one["from"]
        )
    })
    .collect()
}

fn faults(judged: &Value) -> Vec<String> {
    findings(&judged["faults"])
}

/// The segments, oldest first.
fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the log")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "seg"))
        .collect();
    all.sort();
    all
}

fn lines(folder: &Path) -> Vec<Vec<u8>> {
    let all: Vec<u8> = segments(folder)
        .into_iter()
        .flat_map(|path| std::fs::read(path).expect("a segment"))
        .filter(|byte| *byte != 0)
        .collect();
    let mut lines: Vec<Vec<u8>> = all
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    lines.pop();
    lines
}

/// Puts lines in the place of the log, as one segment.
fn put(folder: &Path, lines: &[Vec<u8>]) {
    for path in segments(folder) {
        std::fs::remove_file(path).expect("removed");
    }
    let mut bytes = lines.join(&b'\n');
    bytes.extend([b'\n', 0, 0, 0]);
    std::fs::write(folder.join("00000000000000000000.seg"), bytes).expect("written");
}

/// Writes the numbers and the chain anew, as somebody would who hides a change.
fn rechain(lines: &mut [Vec<u8>]) {
    let mut prev = [0; 32];
    for (n, line) in lines.iter_mut().enumerate() {
        let mut value: Value = serde_json::from_slice(line).expect("a record");
        value["n"] = n.into();
        value["group"] = n.into();
        value["prev"] = hex::encode(prev).into();
        *line = serde_json::to_vec(&value).expect("a record");
        let mut digest = Sha256::new();
        digest.update([0]);
        digest.update(&*line);
        prev = digest.finalize().into();
    }
}

fn edit(line: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(line.clone()).expect("UTF-8");
    assert!(text.contains(from), "{text}");
    *line = text.replace(from, to).into_bytes();
}

#[test]
fn a_log_that_nobody_touched_is_verified() {
    let mut site = Site::of(12);
    assert!(segments(site.folder()).len() > 1);
    let all: Vec<String> = site.checkpoints.clone();
    let outside: Vec<&str> = all.iter().map(String::as_str).collect();
    let judged = site.judged(&outside);
    assert_eq!(faults(&judged), [""; 0]);
    assert_eq!(findings(&judged["remarks"]), [""; 0]);
    assert_eq!(
        (&judged["records"], &judged["signed"]),
        (&74.into(), &73.into())
    );
    let mut log = site.open();
    assert_eq!(judged["root"], log.root().to_string());
    // A run is under way.
    let started = run(13)[0].clone();
    log.append(at(), &[started]).expect("appended");
    let judged = site.judged(&outside);
    assert_eq!(faults(&judged), [""; 0]);
    assert_eq!(findings(&judged["remarks"]), ["unsigned 74-74"]);
    // A crash cut a write short.
    let last = segments(site.folder()).pop().expect("a segment");
    let mut bytes = std::fs::read(&last).expect("a segment");
    let end = bytes.iter().rposition(|byte| *byte != 0).expect("records");
    bytes[end - 20..].fill(0);
    std::fs::write(&last, bytes).expect("written");
    let judged = site.judged(&outside);
    assert_eq!(faults(&judged), [""; 0]);
    assert_eq!(findings(&judged["remarks"]), ["torn-tail 74-"]);
    drop(log);
    let mut log = site.open();
    site.run(&mut log);
    site.finds(&outside, &[]);
}

#[test]
fn the_record_of_a_changed_byte_is_named() {
    let site = Site::of(3);
    let path = segments(site.folder()).remove(0);
    let whole = std::fs::read(&path).expect("a segment");
    // Nothing tells of the last checkpoint when it was written; what it says is signed.
    let last = lines(site.folder()).pop().expect("a record").len() + 1;
    let used = whole.iter().rposition(|byte| *byte != 0).expect("records") + 1 - last;
    let mut seen = 0;
    for place in (0..used).step_by(139) {
        let record = whole[..place].iter().filter(|byte| **byte == b'\n').count();
        for changed in [whole[place] ^ 0x01, whole[place] ^ 0x80] {
            let mut bytes = whole.clone();
            bytes[place] = changed;
            std::fs::write(&path, bytes).expect("written");
            let found = faults(&site.judged(&[]));
            let named = format!("altered {record}-{record}");
            assert!(
                found.contains(&named),
                "byte {place} of record {record}: {found:?}"
            );
            seen += 1;
        }
    }
    println!("{seen} changed bytes were named");
}

#[test]
fn a_lost_line_end_or_byte_is_named() {
    let site = Site::of(3);
    let all = lines(site.folder());
    let mut bytes = all.join(&b'\n');
    bytes.push(b'\n');
    let path = segments(site.folder()).remove(0);
    let end_of = |n: usize| all[..=n].iter().map(|line| line.len() + 1).sum::<usize>() - 1;
    let mut joined = bytes.clone();
    joined[end_of(5)] = b' ';
    std::fs::write(&path, &joined).expect("written");
    site.finds(
        &[],
        &["unsigned 0-", "altered 5-5", "missing 6-", "cut 6-18"],
    );
    let mut zeroed = bytes.clone();
    zeroed[end_of(5) - 9] = 0;
    std::fs::write(&path, &zeroed).expect("written");
    site.finds(&[], &["unsigned 0-", "broken 5-", "cut 5-18"]);
    bytes.remove(end_of(9) - 30);
    std::fs::write(&path, &bytes).expect("written");
    site.finds(&[], &["altered 9-9"]);
}

#[test]
fn a_cut_tail_is_found_by_a_checkpoint_from_elsewhere() {
    let site = Site::of(4);
    let all = lines(site.folder());
    let kept: Vec<&str> = site.checkpoints.iter().map(String::as_str).collect();
    put(site.folder(), &all[..14]);
    // The last checkpoint lies beside the log still.
    site.finds(&[], &["cut 14-24"]);
    site.forget_the_last();
    site.finds(&[], &[]);
    site.finds(&kept[..2], &[]);
    site.finds(&kept[3..], &["cut 14-24"]);
    // An old copy of the whole folder, with its own last checkpoint.
    std::fs::write(site.folder().join("checkpoint"), kept[1]).expect("written");
    site.finds(&[], &[]);
    site.finds(&kept, &["cut 14-18", "cut 14-24"]);
    // Nothing is left.
    put(site.folder(), &[]);
    let found = faults(&site.judged(&kept[3..]));
    assert!(found.contains(&"unsigned 0-".to_owned()), "{found:?}");
}

#[test]
fn a_changed_and_rechained_log_does_not_fit_its_checkpoints() {
    let site = Site::of(3);
    site.forget_the_last();
    let all = lines(site.folder());
    let mut edited = all.clone();
    edit(&mut edited[5], "\"hr\"", "\"hs\"");
    rechain(&mut edited);
    put(site.folder(), &edited);
    site.finds(&[], &["root 0-6", "root 0-12", "root 0-18", "unsigned 0-"]);
    // From the second run on.
    let mut edited = all.clone();
    edit(&mut edited[11], "\"hr\"", "\"hs\"");
    rechain(&mut edited);
    put(site.folder(), &edited);
    site.finds(&[], &["root 8-12", "root 8-18"]);
    // One record less, and one more.
    let mut edited = all.clone();
    edited.remove(10);
    rechain(&mut edited);
    put(site.folder(), &edited);
    site.finds(&[], &["signature 12-12", "signature 18-18"]);
    let mut edited = all.clone();
    edited.swap(10, 11);
    put(site.folder(), &edited);
    site.finds(&[], &["missing 10-"]);
    // A checkpoint says something else.
    let mut edited = all;
    edit(&mut edited[13], "\\n13\\n", "\\n12\\n");
    rechain(&mut edited);
    put(site.folder(), &edited);
    site.finds(&[], &["root 8-18", "signature 13-13"]);
}

#[test]
fn a_log_made_anew_is_found_by_its_key_or_by_a_checkpoint() {
    let site = Site::of(3);
    let kept: Vec<&str> = site.checkpoints.iter().map(String::as_str).collect();
    // By somebody without the key.
    let mut forged = lines(site.folder());
    let stranger = SigningKey::new(&site.open().origin(), [9; 32]).expect("a key");
    edit(
        &mut forged[1],
        &site.key.public().to_string(),
        &stranger.public().to_string(),
    );
    rechain(&mut forged);
    put(site.folder(), &forged);
    site.forget_the_last();
    let found = faults(&site.judged(&[]));
    assert!(found.contains(&"key 0-".to_owned()), "{found:?}");
    // By somebody with the key: the whole history again, with one run less.
    let mut other = Site::of(0);
    put(other.folder(), &lines(site.folder())[..1]);
    let mut log = other.open();
    let made = Record::SigningKey {
        key: site.key.public().to_string(),
    };
    log.append(at(), &[made]).expect("appended");
    other.key = SigningKey::new(&log.origin(), [1; 32]).expect("a key");
    other.runs = 5;
    other.run(&mut log);
    other.run(&mut log);
    drop(log);
    other.finds(&[], &[]);
    other.finds(&kept[..1], &["fork 0-6"]);
    other.finds(&kept, &["fork 0-6", "fork 0-12", "cut 14-18"]);
    // A checkpoint of another log.
    let elsewhere = Site::of(1);
    other.finds(&[&elsewhere.checkpoints[0]], &["foreign 0-"]);
    other.finds(&["no note"], &["foreign 0-"]);
}

#[test]
fn a_fork_is_found() {
    let mut site = Site::of(2);
    let before = lines(site.folder());
    let mut log = site.open();
    site.run(&mut log);
    drop(log);
    let seen = site.checkpoints[2].clone();
    put(site.folder(), &before);
    site.forget_the_last();
    let mut log = site.open();
    site.runs = 7;
    site.run(&mut log);
    drop(log);
    site.finds(&[], &[]);
    site.finds(&[&seen], &["fork 0-18"]);
}

#[test]
fn a_missing_segment_is_found() {
    let site = Site::of(20);
    let all = segments(site.folder());
    assert!(all.len() > 2);
    std::fs::remove_file(&all[1]).expect("removed");
    let judged = site.judged(&[]);
    let n = judged["records"].as_u64().expect("a count");
    assert_eq!(
        faults(&judged),
        [format!("broken {n}-"), format!("cut {n}-120")]
    );
    assert!(
        judged["signed"]
            .as_u64()
            .is_some_and(|signed| signed > 0 && signed < n)
    );
}

#[test]
fn a_rotated_key_is_followed_and_a_forged_one_is_not() {
    let mut site = Site::of(2);
    let old = site.key.public().to_string();
    let mut log = site.open();
    log.rotate(at(), &site.key, &site.next).expect("rotated");
    site.key = SigningKey::read(&site.next.secret_text()).expect("a key");
    site.run(&mut log);
    let new = site.key.public().to_string();
    let kept = site.checkpoints.clone();
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    for key in [&old, &new] {
        let judged = site.judged_with(key, &kept);
        assert_eq!(faults(&judged), [""; 0]);
        assert_eq!(judged["keys"], serde_json::json!([old, new]));
    }
    let stranger = SigningKey::new(&log.origin(), [9; 32]).expect("a key");
    let judged = site.judged_with(&stranger.public().to_string(), &[]);
    assert_eq!(faults(&judged), ["key 0-", "unsigned 0-"]);
    // The old key signs again.
    log.checkpoint(
        at(),
        &SigningKey::new(&log.origin(), [1; 32]).expect("a key"),
    )
    .expect("signed");
    drop(log);
    site.forget_the_last();
    site.finds(&[], &["signature 21-21"]);
    // A key that the old one never agreed to.
    let mut log = site.open();
    log.rotate(at(), &stranger, &stranger).expect("written");
    site.key = SigningKey::new(&log.origin(), [9; 32]).expect("a key");
    site.run(&mut log);
    drop(log);
    site.forget_the_last();
    let judged = site.judged_with(&new, &[]);
    assert_eq!(
        faults(&judged),
        ["signature 21-21", "key 22-22", "signature 28-28"]
    );
    assert_eq!(
        faults(&site.judged(&[])).first().map(String::as_str),
        Some("key 0-")
    );
}

#[test]
fn receipts_that_contradict_each_other_are_found_under_a_right_signature() {
    let site = Site::of(2);
    let mut log = site.open();
    let twice = run(2)[2].clone();
    log.append(at(), &[twice, Record::Boot { epoch: 1 }])
        .expect("appended");
    log.checkpoint(at(), &site.key).expect("signed");
    drop(log);
    site.finds(&[], &["order 14-14", "order 15-15"]);
}
