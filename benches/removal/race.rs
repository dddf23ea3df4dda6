//! Candidates in turn, each on a fresh copy: A B C, A B C.

use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::candidate::Candidate;
use crate::report;
use crate::server::{Batch, Gauge, Server, Under};
use crate::way::Way;
use crate::work::Work;

/// One run of one candidate.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub rows: u64,
    /// While rows were removed: of a statement its time, of retentiond from the record that the run began to the record
    /// that it ended, of another program its whole time.
    pub took: Duration,
    /// The whole process.
    pub whole: Duration,
    /// Until nothing of the rows is left for the server to clear away later.
    pub purged: Option<Duration>,
    /// Server and client.
    pub processor: Duration,
    pub batches: Vec<Batch>,
    /// The longest transaction.
    pub longest: Option<Duration>,
    pub walk: String,
    pub peak_kib: u64,
    pub gauge: Option<Gauge>,
}

impl Outcome {
    /// How long a row takes in the last tenth of the batches, against the first.
    pub fn slowing(&self) -> Option<(f64, f64)> {
        let tenth = self.batches.len() / 10;
        // The first batches are small and find out how large they may be.
        let settled = self.batches.get(tenth.min(10)..)?;
        let of = |batches: &[Batch]| {
            let rows: u64 = batches.iter().map(|batch| batch.rows).sum();
            let took: Duration = batches.iter().map(|batch| batch.took).sum();
            took.as_secs_f64() * 1e6 / report::whole_number(rows.max(1))
        };
        (tenth > 0).then(|| {
            let last = settled.len() - tenth;
            (of(&settled[..tenth]), of(&settled[last..]))
        })
    }
}

/// A candidate, and what else goes on meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub way: Way,
    pub under: Under,
}

impl Entry {
    pub fn quiet(way: Way) -> Self {
        Self {
            way,
            under: Under::Nothing,
        }
    }

    pub fn label(self) -> String {
        let beside = match self.under {
            Under::Nothing => "",
            Under::Snapshot => ", old snapshot open",
            Under::SlowCommits => ", slow commits",
        };
        format!("{}{beside}", self.way.label())
    }
}

/// What a candidate did, round by round.
pub struct Result {
    pub entry: Entry,
    pub outcomes: Vec<Outcome>,
}

/// Builds the tables once and measures every candidate on copies of them, in turn.
pub async fn race(
    rounds: usize,
    candidate: &Candidate,
    server: &mut impl Server,
    work: &Work,
    entries: &[Entry],
) -> anyhow::Result<Vec<Result>> {
    report::progress(&format!("{}: building {}", server.name(), work.title));
    server.build(work, candidate).await?;
    let mut results: Vec<Result> = entries
        .iter()
        .map(|entry| Result {
            entry: *entry,
            outcomes: Vec::new(),
        })
        .collect();
    for round in 1..=rounds {
        for result in &mut results {
            let outcome = once(candidate, server, work, result.entry).await?;
            report::progress(&format!(
                "{}: round {round}: {}: {:.2} s, {} rows in {} batches {}",
                server.name(),
                result.entry.label(),
                outcome.took.as_secs_f64(),
                outcome.rows,
                outcome.batches.len(),
                outcome.walk,
            ));
            result.outcomes.push(outcome);
        }
    }
    server.discard().await?;
    Ok(results)
}

async fn once(
    candidate: &Candidate,
    server: &mut impl Server,
    work: &Work,
    entry: Entry,
) -> anyhow::Result<Outcome> {
    server.restore(work).await?;
    let due = server.due(work).await?;
    server.begin(entry.under).await?;
    let gauge = server.gauge().await?;
    let before = server.processor()?;
    let mut outcome = entry.way.go(server, work, candidate).await?;
    let ended = Instant::now();
    if work.deletes && entry.under != Under::Snapshot {
        let took = outcome.took;
        outcome.purged = server.purged().await?.map(|()| took + ended.elapsed());
    }
    outcome.processor += server.processor()?.saturating_sub(before);
    if let (Some(before), Some(after)) = (gauge, server.gauge().await?) {
        outcome.gauge = Some(after.since(before));
    }
    server.end(entry.under).await?;
    let left = server.due(work).await?;
    let gone = due.saturating_sub(left);
    if entry.way == Way::Retentiond {
        ensure!(
            outcome.rows == gone,
            "{gone} rows went, and it told of {}",
            outcome.rows
        );
        ensure!(left == 0, "{left} due rows are still there");
    }
    if entry.way == Way::Single {
        ensure!(left == 0, "{left} due rows are still there");
    }
    outcome.rows = gone;
    Ok(outcome)
}
