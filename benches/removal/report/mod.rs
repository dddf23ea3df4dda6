//! What is printed: Markdown.

mod compared;
pub mod oltp;
mod spread;

pub use compared::compared;
pub use spread::{Spread, whole_number};

use crate::race::{Outcome, Result};
use crate::work::Layout;

/// The single statement and retentiond, one after the other.
struct Pair<'a> {
    single: &'a Outcome,
    run: &'a Outcome,
}

impl Pair<'_> {
    /// How fast retentiond removes, the single statement being 1.
    fn ratio(&self) -> f64 {
        self.single.took.as_secs_f64() / self.run.took.as_secs_f64()
    }

    /// The same in processor time, whoever else was at work: of the whole process, server and client together.
    fn processor_ratio(&self) -> f64 {
        self.single.processor.as_secs_f64() / self.run.processor.as_secs_f64()
    }

    fn purged_ratio(&self) -> Option<f64> {
        Some(self.single.purged?.as_secs_f64() / self.run.purged?.as_secs_f64())
    }

    fn whole_ratio(&self) -> f64 {
        self.single.took.as_secs_f64() / self.run.whole.as_secs_f64()
    }
}

fn pairs(results: &[Result]) -> Vec<Pair<'_>> {
    let [single, run] = results else {
        return Vec::new();
    };
    let both = single.outcomes.iter().zip(&run.outcomes);
    both.map(|(single, run)| Pair { single, run }).collect()
}

/// For whoever waits.
pub fn progress(line: &str) {
    eprintln!("{line}");
}

/// The comparison with the single statement.
pub fn ratio(engine: &str, title: &str, results: &[Result]) {
    let pairs = pairs(results);
    println!("\n## {engine}: {title}; {} rounds\n", pairs.len());
    println!(
        "| single rows/s | retentiond rows/s | ratio, removing | ratio, whole process | ratio, processor time | longest transaction, single | \
         longest, retentiond | peak memory | batches | walk |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|"
    );
    let of = |what: fn(&Pair) -> f64| Spread::of(pairs.iter().map(what).collect());
    let single_ms = of(|pair| pair.single.took.as_secs_f64() * 1_000.0);
    let run_ms = of(|pair| longest_ms(pair.run).unwrap_or_default());
    let walk = pairs.last().map_or("", |pair| pair.run.walk.as_str());
    println!(
        "| {:.0} | {:.0} | {:.2} | {:.2} | {:.2} | {:.0} ms | {:.0} ms (max {:.0}) | {:.0} MiB | {:.0} | {walk} |",
        of(|pair| rate(pair.single)).median,
        of(|pair| rate(pair.run)).median,
        of(|pair| pair.ratio()),
        of(|pair| pair.whole_ratio()),
        of(|pair| pair.processor_ratio()),
        single_ms.most,
        run_ms.median,
        run_ms.most,
        of(|pair| mib(pair.run.peak_kib)).most,
        of(|pair| pair.run.batches.len() as f64).median,
    );
    let purged: Vec<f64> = pairs.iter().filter_map(Pair::purged_ratio).collect();
    if !purged.is_empty() {
        let purged = Spread::of(purged);
        println!("\nUntil the server has purged the rows: ratio {purged:.2}.");
    }
}

/// What a larger table costs, round by round the same due rows.
pub fn growth(engine: &str, layout: Layout, sizes: &[(u64, Vec<Result>)]) {
    println!("\n## {engine}: the same due rows in a larger table, {layout}\n");
    println!(
        "| table | due | single | retentiond, removing | whole process | walk |\n|--:|--:|--:|--:|--:|---|"
    );
    let mut lines = Vec::new();
    for (rows, results) in sizes {
        let pairs = pairs(results);
        let of = |what: fn(&Pair) -> f64| Spread::of(pairs.iter().map(what).collect()).median;
        let line = [
            of(|pair| pair.single.took.as_secs_f64()),
            of(|pair| pair.run.took.as_secs_f64()),
            of(|pair| pair.run.whole.as_secs_f64()),
        ];
        let last = pairs.last();
        println!(
            "| {rows} | {} | {:.2} s | {:.2} s | {:.2} s | {} |",
            last.map_or(0, |pair| pair.run.rows),
            line[0],
            line[1],
            line[2],
            last.map_or("", |pair| pair.run.walk.as_str())
        );
        lines.push(line);
    }
    if let [small, .., large] = lines.as_slice() {
        println!(
            "| ratio | | {:.2} | {:.2} | {:.2} | |",
            large[0] / small[0],
            large[1] / small[1],
            large[2] / small[2]
        );
    }
}

/// What the evidence costs: the time with all of it against the time without a part of it, round by round.
pub fn evidence(engine: &str, title: &str, took: &[Vec<f64>]) {
    let [all, without_digests, without_either] = took else {
        return;
    };
    let against =
        |less: &[f64]| Spread::of(all.iter().zip(less).map(|(all, less)| all / less).collect());
    println!(
        "\n## {engine}: {title}; {} rounds\n\n\
         | removing, with everything | against without digests | against without digests, intents and receipts |\n\
         |--:|--:|--:|\n| {:.2} s | {:.2} | {:.2} |",
        all.len(),
        Spread::of(all.clone()).median,
        against(without_digests),
        against(without_either),
    );
}

/// Rows per second.
pub fn rate(outcome: &Outcome) -> f64 {
    whole_number(outcome.rows) / outcome.took.as_secs_f64()
}

pub fn mib(kib: u64) -> f64 {
    whole_number(kib) / 1_024.0
}

fn longest_ms(outcome: &Outcome) -> Option<f64> {
    Some(outcome.longest?.as_secs_f64() * 1_000.0)
}
