//! `retentiond daemon`, until it has done one run: `retentiond run` heeds no throttle.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant, SystemTime};

use anyhow::ensure;

use crate::candidate::Candidate;
use crate::server::{PATIENCE, Server};
use crate::work::Work;

/// Its schedule is written and approved.
pub struct Daemon(());

/// Ends it, whatever comes.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Daemon {
    /// `more` is said of the database.
    pub fn prepare(
        candidate: &Candidate,
        work: &Work,
        server: &impl Server,
        more: &str,
    ) -> anyhow::Result<Self> {
        candidate.forget()?;
        let lines = format!("cadence = \"*/2 * * * * *\"\n{more}");
        candidate.write_schedule(work, &server.connection(), &lines)?;
        let done = candidate.command("approve").arg("--all").output()?;
        let told = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "retentiond approve failed: {told}");
        Ok(Self(()))
    }

    /// From the first run's begin to its end, and how many rows it removed, as the log has it.
    pub async fn one_run(
        self,
        candidate: &Candidate,
    ) -> anyhow::Result<(SystemTime, SystemTime, u64)> {
        let told = candidate.directory().join("daemon.log");
        let mut daemon = Ended(
            candidate
                .command("daemon")
                .env("RETENTIOND_LOG", "info")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(std::fs::File::create(&told)?)
                .spawn()?,
        );
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Nothing is asked of it before: it would be seen in what is measured.
            tokio::time::sleep(Duration::from_millis(100)).await;
            let told = std::fs::read_to_string(&told)?;
            ensure!(
                daemon.0.try_wait()?.is_none(),
                "the daemon has ended: {told}"
            );
            ensure!(Instant::now() < deadline, "the run does not end: {told}");
            if !told.contains("the rule ran") {
                continue;
            }
            if let Ok(run) = candidate.logged() {
                let rows = run.batches.iter().map(|batch| batch.rows).sum();
                return Ok((run.began, run.ended, rows));
            }
        }
    }
}
