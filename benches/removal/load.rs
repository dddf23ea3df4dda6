//! pgbench, which reads, changes and adds rows that are not due.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};

use crate::server::Postgres;
use crate::work::Shape;

/// Six of ten transactions read, two change, two add.
const SCRIPTS: [(&str, u32, &str); 3] = [
    (
        "read",
        6,
        "\\set id random(:first, :last)\nSELECT payload FROM activity WHERE id = :id;\n",
    ),
    (
        "change",
        2,
        "\\set id random(:first, :last)\nUPDATE activity SET action = 'seen' WHERE id = :id;\n",
    ),
    (
        "add",
        2,
        "INSERT INTO activity VALUES (nextval('activity_new'), now(), 1, 'viewed', repeat('x', 224));\n",
    ),
];

/// How to start it.
pub struct Load {
    program: PathBuf,
    directory: PathBuf,
    port: u16,
    first: u64,
    last: u64,
}

/// While it runs.
pub struct Running {
    child: Child,
    directory: PathBuf,
}

/// How long transactions took, from when each should have begun.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub most_ms: f64,
}

impl Load {
    pub async fn new(server: &Postgres, directory: &Path, shape: &Shape) -> anyhow::Result<Self> {
        let directory = directory.join("load");
        std::fs::create_dir_all(&directory)?;
        for (name, _, text) in SCRIPTS {
            std::fs::write(directory.join(name), text)?;
        }
        Ok(Self {
            program: server.programs().await?.join("pgbench"),
            directory,
            port: server.port(),
            first: shape.due + 1,
            last: shape.rows,
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(&self.directory)
            .args(["--host=127.0.0.1", "--username=postgres", "--no-vacuum"])
            .args(["--protocol=prepared", "--client=4", "--jobs=2"])
            .args([
                format!("--port={}", self.port),
                format!("--define=first={}", self.first),
                format!("--define=last={}", self.last),
            ]);
        for (name, weight, _) in SCRIPTS {
            command.arg(format!("--file={name}@{weight}"));
        }
        command.arg("bench").stdin(Stdio::null());
        command
    }

    /// How many transactions a second there can be.
    pub fn most(&self, during: Duration) -> anyhow::Result<f64> {
        let done = self
            .command()
            .arg(format!("--time={}", during.as_secs()))
            .output()
            .context("pgbench")?;
        let told = String::from_utf8_lossy(&done.stdout);
        let rate = told
            .lines()
            .find_map(|line| line.strip_prefix("tps = "))
            .and_then(|rest| rest.split(' ').next()?.parse().ok());
        rate.with_context(|| format!("pgbench: {told}{}", String::from_utf8_lossy(&done.stderr)))
    }

    /// Starts so many transactions a second, until it is ended.
    pub fn start(&self, rate: f64) -> anyhow::Result<Running> {
        for file in logs(&self.directory)? {
            std::fs::remove_file(file)?;
        }
        let child = self
            .command()
            .args(["--time=600", "--log", "--log-prefix=seen"])
            .arg(format!("--rate={rate:.0}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("pgbench")?;
        Ok(Running {
            child,
            directory: self.directory.clone(),
        })
    }
}

fn logs(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut logs = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("seen.") {
            logs.push(path.clone());
        }
    }
    Ok(logs)
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Ends it, and tells of the transactions that ended between two moments.
    pub fn end(mut self, from: SystemTime, to: SystemTime) -> anyhow::Result<Seen> {
        self.child.kill()?;
        self.child.wait()?;
        let micros = |at: SystemTime| anyhow::Ok(at.duration_since(UNIX_EPOCH)?.as_micros());
        let during = micros(from)?..=micros(to)?;
        let mut took: Vec<f64> = Vec::new();
        for file in logs(&self.directory)? {
            let text = std::fs::read_to_string(file)?;
            let of_file = text.lines().filter_map(ended);
            took.extend(
                of_file
                    .filter(|(at, _)| during.contains(at))
                    .map(|(_, ms)| ms),
            );
        }
        ensure!(
            took.len() >= 100,
            "pgbench ended {} transactions",
            took.len()
        );
        took.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            let place = (took.len() - 1) * percent / 100;
            took.get(place).copied().unwrap_or(f64::NAN)
        };
        Ok(Seen {
            p50_ms: at(50),
            p95_ms: at(95),
            p99_ms: at(99),
            most_ms: at(100),
        })
    }
}

/// When a transaction ended, in microseconds, and how many milliseconds it took: client, number, time, script, seconds,
/// microseconds, lag. The last line may be cut short.
fn ended(line: &str) -> Option<(u128, f64)> {
    let fields: Vec<&str> = line.split(' ').collect();
    let [_, _, took, _, seconds, micros, _lag] = fields.as_slice() else {
        return None;
    };
    let at = seconds.parse::<u128>().ok()? * 1_000_000 + micros.parse::<u128>().ok()?;
    Some((at, took.parse::<f64>().ok()? / 1_000.0))
}
