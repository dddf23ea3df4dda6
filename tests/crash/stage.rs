//! The program beside its database, with faults in its environment.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use retentiond::state::{Record, Store, Use};

use super::scene;
use crate::support::{Scratch, Server};

/// The month whose proof window has ended, so that its key is destroyed at the next start.
const ENDED: &str = "2020-01";

/// A database, a state directory and a schedule.
pub struct Stage {
    pub scratch: Scratch,
    /// What a run leaves that nobody disturbs.
    pub after: Vec<(&'static str, Vec<Vec<Option<String>>>)>,
    pub before: Vec<(&'static str, Vec<Vec<Option<String>>>)>,
    /// How many combinations of faults were played here.
    pub played: usize,
}

/// How one run of the program ended, and what it passed.
pub struct Ran {
    /// `None`: it was ended.
    pub code: Option<i32>,
    pub told: String,
    /// The points that it came to.
    pub passed: Vec<String>,
}

/// What was there before the first run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// No state directory.
    Nothing,
    /// A log, and the key of a month that has ended.
    AMonth,
}

impl Stage {
    pub async fn of(server: Server) -> Stage {
        let mut scratch = Scratch::create(server, "crash").await;
        scene::make(&mut scratch).await;
        std::fs::create_dir(scratch.dir().join("elsewhere")).expect("a sink");
        std::fs::write(
            scratch.dir().join("retentiond.toml"),
            scene::schedule(&scratch),
        )
        .expect("the schedule");
        let mut stage = Stage {
            scratch,
            after: Vec::new(),
            before: Vec::new(),
            played: 0,
        };
        let migrated = stage.program(&["migrate"], "");
        assert_eq!(migrated.code, Some(0), "{}", migrated.told);
        stage.reset(Past::AMonth).await;
        stage.before = scene::dump(&mut stage.scratch).await;
        let ran = stage.run("");
        assert_eq!(ran.code, Some(0), "{}", ran.told);
        stage.after = scene::dump(&mut stage.scratch).await;
        stage
    }

    pub fn state(&self) -> PathBuf {
        self.scratch.dir().join("state")
    }

    /// The rows as they were, an empty ledger, and the past.
    pub async fn reset(&mut self, past: Past) {
        scene::fill(&mut self.scratch).await;
        for folder in ["state", "elsewhere"] {
            let _ = std::fs::remove_dir_all(self.scratch.dir().join(folder));
        }
        std::fs::create_dir(self.scratch.dir().join("elsewhere")).expect("a sink");
        if past == Past::AMonth {
            let mut store = Store::open(&self.state(), Use::Append)
                .await
                .expect("a store");
            let folder = self.state().join("digests").join(ENDED);
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(folder.join("digest.key"), [7; 32]).expect("a key");
            let named = Record::DigestKey {
                name: "00".repeat(16),
                window: ENDED.to_owned(),
            };
            store
                .append(chrono::Utc::now(), &named)
                .await
                .expect("a record");
        }
    }

    /// One run, with faults; `""` has none.
    pub fn run(&self, faults: &str) -> Ran {
        self.program(&["run", "--unsafe-without-approval"], faults)
    }

    pub fn program(&self, arguments: &[&str], faults: &str) -> Ran {
        let trace = self.scratch.dir().join("trace");
        let _ = std::fs::remove_file(&trace);
        let output = Command::new(env!("CARGO_BIN_EXE_retentiond"))
            .arg("--schedule")
            .arg(self.scratch.dir().join("retentiond.toml"))
            .args(arguments)
            .env("RETENTIOND_FAULT", faults)
            .env("RETENTIOND_FAULT_TRACE", &trace)
            .env("RETENTIOND_FAULT_SEGMENT", "8192")
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        let passed = std::fs::read_to_string(&trace).unwrap_or_default();
        Ran {
            code: output.status.code(),
            told: format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
            passed: passed.lines().map(str::to_owned).collect(),
        }
    }

    pub async fn finish(self) {
        self.scratch.finish().await;
    }
}

/// How often each point was passed.
pub fn counts(ran: &Ran) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for point in &ran.passed {
        *counts.entry(point.clone()).or_default() += 1;
    }
    counts
}
