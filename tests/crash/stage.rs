//! The program beside its database, with faults in its environment.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use retentiond::audit::{Log, Sizes};
use retentiond::state::{Record, Store, Use};

use super::scene;
use crate::support::{Scratch, Server};

/// The month whose proof window has ended, so that its key is destroyed at the next start.
const ENDED: &str = "2020-01";

/// So many bytes of the log are one file: a run goes through some of them.
const SEGMENT: u64 = 8192;

/// A database, a state directory and a schedule.
pub struct Stage {
    pub scratch: Scratch,
    /// What a run leaves that nobody disturbs.
    pub after: Vec<(&'static str, Vec<Vec<Option<String>>>)>,
    pub before: Vec<(&'static str, Vec<Vec<Option<String>>>)>,
    /// How many combinations of faults were played here.
    pub played: usize,
    /// What the schedule accepts instead of a ledger.
    pub assurance: Option<&'static str>,
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
    /// A log whose first files have expired.
    Years,
}

impl Stage {
    pub async fn of(server: Server) -> Stage {
        Self::with(server, None, 1).await
    }

    /// On a database that has no ledger where an assurance is named.
    pub async fn with(server: Server, assurance: Option<&'static str>, workers: u32) -> Stage {
        let mut scratch = Scratch::create(server, "crash").await;
        scene::make(&mut scratch).await;
        std::fs::create_dir(scratch.dir().join("elsewhere")).expect("a sink");
        std::fs::write(
            scratch.dir().join("retentiond.toml"),
            scene::schedule(&scratch, assurance, workers),
        )
        .expect("the schedule");
        let mut stage = Stage {
            scratch,
            after: Vec::new(),
            before: Vec::new(),
            played: 0,
            assurance,
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
        scene::fill(&mut self.scratch, self.assurance.is_some()).await;
        for folder in ["state", "elsewhere"] {
            let _ = std::fs::remove_dir_all(self.scratch.dir().join(folder));
        }
        std::fs::create_dir(self.scratch.dir().join("elsewhere")).expect("a sink");
        if past == Past::Years {
            self.begin_long_ago();
        }
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
            drop(store);
            self.shorten();
        }
    }

    /// Files of a log that was begun long ago.
    fn begin_long_ago(&self) {
        let sizes = Sizes {
            segment: SEGMENT,
            reserve: 1024,
        };
        std::fs::create_dir(self.state()).expect("a directory");
        let at = "2020-01-02T00:00:00Z".parse().expect("a moment");
        let mut log = Log::open(&self.state().join("log"), at, sizes).expect("a log");
        for epoch in 1..120 {
            log.append(at, &[Record::Boot { epoch }]).expect("appended");
        }
    }

    /// The log was made in this process, with a segment of the usual size.
    fn shorten(&self) {
        for entry in std::fs::read_dir(self.state().join("log"))
            .expect("the log")
            .flatten()
        {
            let file = std::fs::File::options()
                .write(true)
                .open(entry.path())
                .expect("a file");
            if file.metadata().expect("a file").len() > SEGMENT {
                file.set_len(SEGMENT).expect("shorter");
            }
        }
    }

    /// One run, with faults; `""` has none.
    pub fn run(&self, faults: &str) -> Ran {
        self.program(&["run", "--unsafe-without-approval"], faults)
    }

    pub fn program(&self, arguments: &[&str], faults: &str) -> Ran {
        let output = self.command(arguments, faults).output().expect("it runs");
        Ran {
            code: output.status.code(),
            told: format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
            passed: self.passed(),
        }
    }

    /// Starts a run and does not wait for it.
    pub fn start(&self, faults: &str) -> Child {
        self.command(&["run", "--unsafe-without-approval"], faults)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    }

    /// What the last run has passed so far.
    pub fn passed(&self) -> Vec<String> {
        let passed = std::fs::read_to_string(self.trace()).unwrap_or_default();
        passed.lines().map(str::to_owned).collect()
    }

    fn trace(&self) -> PathBuf {
        self.scratch.dir().join("trace")
    }

    fn command(&self, arguments: &[&str], faults: &str) -> Command {
        let _ = std::fs::remove_file(self.trace());
        let mut command = Command::new(env!("CARGO_BIN_EXE_retentiond"));
        command
            .arg("--schedule")
            .arg(self.scratch.dir().join("retentiond.toml"))
            .args(arguments)
            .env("RETENTIOND_FAULT", faults)
            .env("RETENTIOND_FAULT_TRACE", self.trace())
            .env("RETENTIOND_FAULT_SEGMENT", SEGMENT.to_string())
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null());
        command
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
