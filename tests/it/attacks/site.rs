//! A log with some runs, and its two verifiers.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Utc};
use retentiond::audit::note::SigningKey;
use retentiond::audit::{Ending, Log, Record, Sizes};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub const SIZES: Sizes = Sizes {
    segment: 8192,
    reserve: 1024,
};

pub fn at() -> DateTime<Utc> {
    "2026-11-22T03:14:15.926535Z".parse().expect("a moment")
}

/// A log with some runs, each ended by a checkpoint.
pub struct Site {
    pub dir: TempDir,
    pub key: SigningKey,
    pub next: SigningKey,
    pub checkpoints: Vec<String>,
    pub runs: usize,
}

pub fn keys(log: &Log, seed: u8) -> SigningKey {
    SigningKey::new(&log.origin(), [seed; 32]).expect("a key")
}

impl Site {
    pub fn of(runs: usize) -> Site {
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

    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    pub fn open(&self) -> Log {
        Log::open(self.folder(), at(), SIZES).expect("a log")
    }

    pub fn run(&mut self, log: &mut Log) {
        self.runs += 1;
        for record in run(self.runs) {
            log.append(at(), &[record]).expect("appended");
        }
        let note = log.checkpoint(at(), &self.key).expect("a checkpoint");
        self.checkpoints.push(note);
    }

    /// Nobody keeps the last checkpoint beside the log.
    pub fn forget_the_last(&self) {
        let _ = std::fs::remove_file(self.folder().join("checkpoint"));
    }

    /// The judgement with a key and checkpoints that were kept elsewhere, which both verifiers give alike.
    pub fn judged_with(&self, key: &str, outside: &[&str]) -> Value {
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

    pub fn judged(&self, outside: &[&str]) -> Value {
        self.judged_with(&self.key.public().to_string(), outside)
    }

    #[track_caller]
    pub fn finds(&self, outside: &[&str], expected: &[&str]) {
        assert_eq!(faults(&self.judged(outside)), expected);
    }
}

/// What a run writes.
pub fn run(number: usize) -> [Record; 5] {
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

pub fn judgement(command: &mut Command) -> Value {
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
pub fn findings(list: &Value) -> Vec<String> {
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

pub fn faults(judged: &Value) -> Vec<String> {
    findings(&judged["faults"])
}

/// The segments, oldest first.
pub fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the log")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "seg"))
        .collect();
    all.sort();
    all
}

pub fn lines(folder: &Path) -> Vec<Vec<u8>> {
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
pub fn put(folder: &Path, lines: &[Vec<u8>]) {
    for path in segments(folder) {
        std::fs::remove_file(path).expect("removed");
    }
    let mut bytes = lines.join(&b'\n');
    bytes.extend([b'\n', 0, 0, 0]);
    std::fs::write(folder.join("00000000000000000000.seg"), bytes).expect("written");
}

/// Writes the numbers and the chain anew, as somebody would who hides a change.
pub fn rechain(lines: &mut [Vec<u8>]) {
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

pub fn edit(line: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(line.clone()).expect("UTF-8");
    assert!(text.contains(from), "{text}");
    *line = text.replace(from, to).into_bytes();
}
