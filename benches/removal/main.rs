//! retentiond against the single `DELETE` that it replaces: rows per second, longest transaction, memory, and what a
//! larger table costs. `docs/benchmarks.md` says what is measured and how to read it.
//!
//! Apart from the tests, because it needs minutes and gigabytes, and because a number is judged by people.

mod candidate;
mod mariadb;
mod postgres;
mod processor;
mod report;
mod server;
mod sqlite;
mod table;

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::{Parser, ValueEnum};

use candidate::Candidate;
use report::{Growth, Pair};
use server::Server;
use table::{Layout, Shape};

/// Measures retentiond against a single DELETE of the same rows, run after run on restored data.
#[derive(Debug, Parser)]
struct Args {
    /// Rows of the table; a fifth of them is due.
    #[arg(long, default_value_t = 5_000_000)]
    rows: u64,
    /// How often each candidate runs.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only these engines.
    #[arg(long, value_enum)]
    engine: Vec<Engine>,
    /// Only these layouts.
    #[arg(long, value_enum)]
    layout: Vec<Layout>,
    /// Only this part.
    #[arg(long, value_enum)]
    part: Option<Part>,
    /// What `cargo bench` says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    Postgres,
    Mariadb,
    Sqlite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// retentiond against the single DELETE.
    Ratio,
    /// The same number of due rows in a table ten times as large.
    Growth,
    /// PostgreSQL: due rows that have a partition of their own.
    Partitions,
    /// With all the evidence, and without a part of it; with --features without-evidence.
    Evidence,
}

impl Args {
    fn engines(&self) -> Vec<Engine> {
        match self.engine.as_slice() {
            [] => Engine::value_variants().to_vec(),
            some => some.to_vec(),
        }
    }

    fn layouts(&self) -> Vec<Layout> {
        match self.layout.as_slice() {
            [] => Layout::value_variants().to_vec(),
            some => some.to_vec(),
        }
    }

    fn has(&self, part: Part) -> bool {
        self.part.is_none_or(|only| only == part)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let directory = std::env::var_os("RETENTIOND_BENCH_DIR")
        .context("RETENTIOND_BENCH_DIR is not set: start the benchmark with benches/run")?;
    let candidate = Candidate::new(directory.into());
    for engine in args.engines() {
        match engine {
            Engine::Postgres => {
                let server = postgres::Postgres::open(candidate.directory(), false)?;
                measure(&args, &candidate, server).await?;
                if args.has(Part::Partitions) {
                    let mut server = postgres::Postgres::open(candidate.directory(), true)?;
                    let shape = Shape::new(Layout::Contiguous, args.rows, args.rows / 5);
                    let pairs = pairs(&args, &candidate, &mut server, &shape).await?;
                    report::ratio(server.name(), &shape, &pairs);
                }
            }
            Engine::Mariadb => {
                let server = mariadb::Mariadb::open(candidate.directory()).await?;
                measure(&args, &candidate, server).await?;
            }
            Engine::Sqlite => {
                measure(
                    &args,
                    &candidate,
                    sqlite::Sqlite::new(candidate.directory()),
                )
                .await?;
            }
        }
    }
    Ok(())
}

async fn measure(
    args: &Args,
    candidate: &Candidate,
    mut server: impl Server,
) -> anyhow::Result<()> {
    for layout in args.layouts() {
        if args.has(Part::Ratio) {
            let shape = Shape::new(layout, args.rows, args.rows / 5);
            let pairs = pairs(args, candidate, &mut server, &shape).await?;
            report::ratio(server.name(), &shape, &pairs);
        }
        if args.has(Part::Evidence) && cfg!(feature = "without-evidence") {
            let shape = Shape::new(layout, args.rows, args.rows / 5);
            evidence(args, candidate, &mut server, &shape).await?;
        }
        if args.has(Part::Growth) {
            let mut growth = Growth::default();
            for rows in [args.rows / 10, args.rows] {
                let shape = Shape::new(layout, rows, args.rows / 100);
                let pairs = pairs(args, candidate, &mut server, &shape).await?;
                growth.add(&shape, pairs);
            }
            report::growth(server.name(), layout, &growth);
        }
    }
    Ok(())
}

/// Builds a table once and measures both candidates on copies of it, in turn.
async fn pairs(
    args: &Args,
    candidate: &Candidate,
    server: &mut impl Server,
    shape: &Shape,
) -> anyhow::Result<Vec<Pair>> {
    report::progress(&format!("{}: building {shape}", server.name()));
    server.build(shape, candidate).await?;
    let mut pairs = Vec::new();
    for round in 1..=args.rounds {
        server.restore().await?;
        let due = server.due(shape).await?;
        let before = server.processor()?;
        let single = single(server, shape, due, before).await?;
        server.restore().await?;
        let due = server.due(shape).await?;
        let before = server.processor()?;
        let mut run = candidate.run(&server.target(), "").await?;
        let ended = Instant::now();
        run.purged = server
            .purged()
            .await?
            .map(|()| run.removing + ended.elapsed());
        run.processor += server.processor()?.saturating_sub(before);
        ensure!(run.rows == due, "{due} rows were due, {} went", run.rows);
        let left = server.due(shape).await?;
        ensure!(left == 0, "{left} due rows are still there");
        report::progress(&format!(
            "{}: round {round}: single {:.2} s, retentiond {:.2} s, of it removing {:.2} s in {} batches by {}",
            server.name(),
            single.took.as_secs_f64(),
            run.whole.as_secs_f64(),
            run.removing.as_secs_f64(),
            run.batches,
            run.walk,
        ));
        pairs.push(Pair { single, run });
    }
    server.discard().await?;
    Ok(pairs)
}

/// Runs with all the evidence and without parts of it, in turn.
async fn evidence(
    args: &Args,
    candidate: &Candidate,
    server: &mut impl Server,
    shape: &Shape,
) -> anyhow::Result<()> {
    report::progress(&format!("{}: building {shape}", server.name()));
    server.build(shape, candidate).await?;
    let kinds = ["", "digests", "digests,log"];
    let mut took = vec![Vec::new(); kinds.len()];
    for round in 1..=args.rounds {
        for (kind, took) in kinds.iter().zip(&mut took) {
            server.restore().await?;
            let due = server.due(shape).await?;
            let run = candidate.run(&server.target(), kind).await?;
            ensure!(run.rows == due, "{due} rows were due, {} went", run.rows);
            let seconds = run.removing.as_secs_f64();
            report::progress(&format!(
                "{}: round {round}: without {kind:?} {seconds:.2} s",
                server.name()
            ));
            took.push(seconds);
        }
    }
    server.discard().await?;
    report::evidence(server.name(), shape, &took);
    Ok(())
}

async fn single(
    server: &mut impl Server,
    shape: &Shape,
    due: u64,
    before: Duration,
) -> anyhow::Result<report::Single> {
    let own = processor::time_of(std::process::id()).unwrap_or_default();
    let (took, rows): (Duration, u64) = server.single(shape).await?;
    let ended = Instant::now();
    let purged = server.purged().await?.map(|()| took + ended.elapsed());
    let own = processor::time_of(std::process::id()).unwrap_or_default() - own;
    let processor = server.processor()?.saturating_sub(before) + own;
    ensure!(rows == due, "{due} rows were due, {rows} went");
    Ok(report::Single {
        rows,
        took,
        purged,
        processor,
    })
}
