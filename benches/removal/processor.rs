//! How long processes had a processor: what a run costs, whoever else is at work on the machine.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;

/// The kernel counts in hundredths of a second, on every platform that it shows this file on.
const TICK: Duration = Duration::from_millis(10);

/// Of a process and of its children that have ended.
pub fn time_of(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name in parentheses: the state, and as the twelfth to fifteenth the times.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: u32 = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    Some(TICK * ticks)
}

/// Of a server that `benches/run` started. PostgreSQL's sessions are children of the server and are counted when they
/// have ended; MariaDB's are threads.
pub fn time_of_server(directory: &Path, name: &str) -> anyhow::Result<Duration> {
    let file = directory
        .parent()
        .context("the directory of the servers")?
        .join(format!("{name}.pid"));
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let pid = text.split_whitespace().next().unwrap_or_default().parse()?;
    // A session that has just been closed is not counted yet.
    std::thread::sleep(Duration::from_millis(200));
    time_of(pid).context("the server has ended")
}
