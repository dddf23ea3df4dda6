//! retentiond against what it replaces: rows per second, longest transaction, memory, and what a larger table costs.
//! `docs/benchmarks.md` says what is measured and how to read it.
//!
//! Apart from the tests, because it needs minutes and gigabytes, and because a number is judged by people.

mod candidate;
mod daemon;
mod load;
mod part;
mod processor;
mod race;
mod report;
mod server;
mod way;
mod work;

use anyhow::Context;
use clap::{Parser, ValueEnum};

use candidate::Candidate;
use part::{Bench, Part};
use server::Engine;
use work::Layout;

/// Measures retentiond against other ways of removing the same rows, run after run on restored data.
#[derive(Debug, Parser)]
struct Args {
    /// Rows of the table; a fifth of them is due, unless a part says otherwise.
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
    /// Only these parts.
    #[arg(long, value_enum)]
    part: Vec<Part>,
    /// `workers` of the schedule.
    #[arg(long, default_value_t = 1)]
    workers: u8,
    /// What `cargo bench` says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Those that were asked for, or all of them.
fn or_all<T: ValueEnum + Clone>(asked: &[T]) -> Vec<T> {
    match asked {
        [] => T::value_variants().to_vec(),
        some => some.to_vec(),
    }
}

impl Args {
    fn layouts(&self) -> Vec<Layout> {
        or_all(&self.layout)
    }

    fn parts(&self) -> Vec<Part> {
        or_all(&self.part)
    }

    fn has(&self, part: Part) -> bool {
        self.parts().contains(&part)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let directory = std::env::var_os("RETENTIOND_BENCH_DIR")
        .context("RETENTIOND_BENCH_DIR is not set: start the benchmark with benches/run")?;
    let candidate = Candidate::new(directory.into(), args.workers);
    let bench = Bench {
        args: &args,
        candidate: &candidate,
    };
    for engine in or_all(&args.engine) {
        part::measure(&bench, engine).await?;
    }
    Ok(())
}
