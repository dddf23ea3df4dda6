//! The candidates: each a way of removing the due rows of a working copy.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::candidate::Candidate;
use crate::processor;
use crate::race::Outcome;
use crate::server::{PATIENCE, Server};
use crate::work::Work;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// One statement for all of it.
    Single,
    /// The textbook's loop, so many rows at a time.
    Loop(u64),
    /// pt-archiver, which deletes what it selected row by row, a thousand to a transaction.
    ArchiverByRow,
    /// pt-archiver, which deletes a thousand rows with a statement.
    ArchiverInBulk,
    /// pg_partman's retention: the partition is dropped.
    Partman,
    /// `retentiond run`.
    Retentiond,
}

impl Way {
    pub fn label(self) -> String {
        match self {
            Self::Single => "single statement".to_owned(),
            Self::Loop(rows) => format!("LIMIT loop, {rows}"),
            Self::ArchiverByRow => "pt-archiver, row by row".to_owned(),
            Self::ArchiverInBulk => "pt-archiver, in bulk".to_owned(),
            Self::Partman => "pg_partman, retention".to_owned(),
            Self::Retentiond => "retentiond".to_owned(),
        }
    }

    /// Goes that way, once.
    pub async fn go(
        self,
        server: &mut impl Server,
        work: &Work,
        candidate: &Candidate,
    ) -> anyhow::Result<Outcome> {
        match self {
            Self::Single => statement(server, &work.single, None).await,
            Self::Loop(rows) => {
                let batch = work.batch(server.engine(), rows);
                statement(server, &batch, Some(rows)).await
            }
            Self::ArchiverByRow => archiver(server, work, &[]),
            Self::ArchiverInBulk => archiver(server, work, &["--bulk-delete"]),
            Self::Partman => {
                let call =
                    "SELECT partman.drop_partition_time('public.activity', p_keep_table := false)";
                statement(server, call, None).await
            }
            Self::Retentiond => candidate.run(work, &server.connection(), "").await,
        }
    }
}

/// True where a program of another project is there.
pub fn is_installed(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

async fn statement(
    server: &mut impl Server,
    statement: &str,
    again: Option<u64>,
) -> anyhow::Result<Outcome> {
    let own = processor::time_of(std::process::id()).unwrap_or_default();
    let began = Instant::now();
    let batches = server.remove(statement, again).await?;
    let took: Duration = batches.iter().map(|batch| batch.took).sum();
    Ok(Outcome {
        rows: batches.iter().map(|batch| batch.rows).sum(),
        took,
        whole: began.elapsed(),
        processor: processor::time_of(std::process::id()).unwrap_or_default() - own,
        longest: batches.iter().map(|batch| batch.took).max(),
        batches,
        ..Outcome::default()
    })
}

fn archiver(server: &impl Server, work: &Work, more: &[&str]) -> anyhow::Result<Outcome> {
    let source = server
        .archiver_source()
        .context("no server for pt-archiver")?;
    let table = work.tables.first().context("a table")?;
    let began = Instant::now();
    let done = Command::new("pt-archiver")
        .args(["--source", &format!("{source},t={table}")])
        .args(["--where", &work.condition, "--purge"])
        .args(["--limit", "1000", "--commit-each", "--no-check-charset"])
        .args(["--run-time", &format!("{}s", PATIENCE.as_secs())])
        .args(more)
        .stdin(Stdio::null())
        .output()
        .context("pt-archiver")?;
    let took = began.elapsed();
    let told = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "pt-archiver failed: {told}");
    Ok(Outcome {
        took,
        whole: took,
        ..Outcome::default()
    })
}
