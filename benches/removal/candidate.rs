//! `retentiond run` as users run it: the release binary, in a process of its own, with all of its records.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, ensure};
use chrono::DateTime;
use serde_json::Value;

use crate::processor;
use crate::race::Outcome;
use crate::server::Batch;
use crate::work::Work;

/// The program, and a directory for its schedule and its state.
pub struct Candidate {
    directory: PathBuf,
    /// How many of its transactions remove rows at once.
    workers: u8,
}

impl Candidate {
    pub fn new(directory: PathBuf, workers: u8) -> Self {
        Self { directory, workers }
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes the ledger's tables.
    pub fn migrate(&self, work: &Work, connection: &str) -> anyhow::Result<()> {
        self.write_schedule(work, connection, "")?;
        let done = self.command("migrate").output()?;
        let told = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "retentiond migrate failed: {told}");
        Ok(())
    }

    /// One run with a state directory of its own, and with all of its evidence or without a part of it.
    pub async fn run(
        &self,
        work: &Work,
        connection: &str,
        without: &str,
    ) -> anyhow::Result<Outcome> {
        self.write_schedule(work, connection, "")?;
        self.forget()?;
        let began = Instant::now();
        let mut child = self
            .command("run")
            .args(["--unsafe-without-approval", "--output", "json"])
            .env("RETENTIOND_WITHOUT", without)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let (peak_kib, processor) = watch(&mut child)?;
        let whole = began.elapsed();
        let mut told = String::new();
        if let Some(stdout) = &mut child.stdout {
            stdout.read_to_string(&mut told)?;
        }
        let status = child.wait()?;
        ensure!(status.success(), "retentiond run: {status}; {told}");
        let logged = self.logged()?;
        let mut outcome = read(&told)?;
        (outcome.whole, outcome.batches) = (whole, logged.batches);
        outcome.took = logged.ended.duration_since(logged.began)?;
        (outcome.processor, outcome.peak_kib) = (processor, peak_kib);
        Ok(outcome)
    }

    /// No run has been.
    pub fn forget(&self) -> anyhow::Result<()> {
        let state = self.directory.join("state");
        if state.exists() {
            std::fs::remove_dir_all(&state)?;
        }
        Ok(())
    }

    /// The first run that the log has.
    pub fn logged(&self) -> anyhow::Result<Logged> {
        let exported = self.command("audit").arg("export").output()?;
        read_log(&exported.stdout)
    }

    pub fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retentiond"));
        command
            .arg(verb)
            .arg("--schedule")
            .arg(self.directory.join("bench.toml"))
            .env("RETENTIOND_LOG", "error");
        command
    }

    /// The standard limits on what one transaction does; those on what one run does would forbid a fifth of a table.
    /// `more` is said of the database beside its connection.
    pub fn write_schedule(&self, work: &Work, connection: &str, more: &str) -> anyhow::Result<()> {
        let (rules, workers) = (&work.rules, self.workers);
        let text = format!(
            r#"version = 1
[state]
directory = "state"
[defaults]
time-zone = "UTC"
[limits]
rows-per-run = 100_000_000
share-per-run = "100 %"
workers = {workers}
[databases.bench]
{connection}
{more}
{rules}
"#
        );
        let path = self.directory.join("bench.toml");
        std::fs::write(&path, text).with_context(|| path.display().to_string())
    }
}

/// Waits until the process has ended and gives the most memory that it held, in KiB, and how long it had a processor.
/// The kernel's own marks are read while the process lives; they only ever rise, so that the last reading is right but
/// for the last moment.
fn watch(child: &mut Child) -> anyhow::Result<(u64, Duration)> {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let mut busy = Duration::ZERO;
    while child.try_wait()?.is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|number| number.parse().ok());
        peak = peak.max(mark.unwrap_or(0));
        busy = busy.max(processor::time_of(child.id()).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok((peak, busy))
}

/// From the record that a run began, when all is counted and judged, to the record that it ended; its batches, each from one
/// receipt to the next.
pub struct Logged {
    pub began: SystemTime,
    pub ended: SystemTime,
    pub batches: Vec<Batch>,
}

fn read_log(exported: &[u8]) -> anyhow::Result<Logged> {
    let mut ends = Vec::new();
    let mut batches = Vec::new();
    let mut last = None;
    for line in std::str::from_utf8(exported)?.lines() {
        let entry: Value = serde_json::from_str(line)?;
        let kind = entry.pointer("/record/kind").and_then(Value::as_str);
        if !matches!(kind, Some("run-started" | "run-ended" | "done")) {
            continue;
        }
        let at = entry.get("at").and_then(Value::as_str).context("a time")?;
        let at = DateTime::parse_from_rfc3339(at)?;
        if kind == Some("done") {
            let effects = entry
                .pointer("/record/effects")
                .and_then(Value::as_array)
                .context("effects")?;
            let rows = |effect: &Value| effect.get("rows").and_then(Value::as_u64);
            batches.push(Batch {
                took: (at - last.unwrap_or(at)).to_std().unwrap_or_default(),
                rows: effects.iter().filter_map(rows).sum(),
            });
        } else {
            ends.push(at);
        }
        last = Some(at);
    }
    let [began, ended, ..] = ends.as_slice() else {
        anyhow::bail!("the log has {} records of a run", ends.len());
    };
    Ok(Logged {
        began: (*began).into(),
        ended: (*ended).into(),
        batches,
    })
}

/// What the program says of itself.
fn read(told: &str) -> anyhow::Result<Outcome> {
    let report: Value = serde_json::from_str(told)?;
    let step = report
        .pointer("/result/0/rules/0/steps/0")
        .with_context(|| format!("no step in {told}"))?;
    let done = step
        .get("done")
        .filter(|done| !done.is_null())
        .with_context(|| format!("nothing was done: {told}"))?;
    let longest = done.get("longest-batch-ms").and_then(Value::as_f64);
    Ok(Outcome {
        rows: done.get("rows").and_then(Value::as_u64).context("rows")?,
        longest: Some(Duration::from_secs_f64(
            longest.context("longest-batch-ms")? / 1_000.0,
        )),
        walk: step
            .get("walk")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        ..Outcome::default()
    })
}
