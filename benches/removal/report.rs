//! What is printed: Markdown, one line for each engine and layout.

use std::time::Duration;

use crate::table::{Layout, Shape};

/// The single statement, once.
pub struct Single {
    pub rows: u64,
    pub took: Duration,
    /// Until nothing of the rows is left for the server to clear away later.
    pub purged: Option<Duration>,
    /// Server and client.
    pub processor: Duration,
}

/// retentiond, once.
#[derive(Default)]
pub struct Run {
    pub rows: u64,
    pub batches: u64,
    pub longest_ms: f64,
    pub walk: String,
    /// The whole process.
    pub whole: Duration,
    /// From the first intent to the last receipt.
    pub removing: Duration,
    /// From the first intent until nothing of the rows is left for the server to clear away later.
    pub purged: Option<Duration>,
    /// Server and client, the whole process.
    pub processor: Duration,
    pub peak_kib: u64,
}

/// Both, one after the other.
pub struct Pair {
    pub single: Single,
    pub run: Run,
}

impl Pair {
    /// How fast retentiond removes, the single statement being 1.
    fn ratio(&self) -> f64 {
        self.single.took.as_secs_f64() / self.run.removing.as_secs_f64()
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

/// The same due rows in tables of different sizes.
#[derive(Default)]
pub struct Growth(Vec<(Shape, Vec<Pair>)>);

impl Growth {
    pub fn add(&mut self, shape: &Shape, pairs: Vec<Pair>) {
        self.0.push((shape.clone(), pairs));
    }
}

/// For whoever waits.
pub fn progress(line: &str) {
    eprintln!("{line}");
}

/// The comparison with the single statement.
pub fn ratio(engine: &str, shape: &Shape, pairs: &[Pair]) {
    println!("\n## {engine}: {shape}; {} rounds\n", pairs.len());
    println!(
        "| single rows/s | retentiond rows/s | ratio, removing | ratio, whole process | ratio, processor time | longest transaction, single | \
         longest, retentiond | peak memory | batches | walk |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|"
    );
    let of = |what: fn(&Pair) -> f64| spread(pairs.iter().map(what).collect());
    let single = of(|pair| rate(pair.single.rows, pair.single.took));
    let run = of(|pair| rate(pair.run.rows, pair.run.removing));
    let removing = of(Pair::ratio);
    let whole = of(Pair::whole_ratio);
    let processor = of(Pair::processor_ratio);
    let single_ms = of(|pair| pair.single.took.as_secs_f64() * 1_000.0);
    let run_ms = of(|pair| pair.run.longest_ms);
    let peak = of(|pair| mib(pair.run.peak_kib));
    let batches = of(|pair| whole_number(pair.run.batches));
    let walk = pairs.last().map_or("", |pair| pair.run.walk.as_str());
    println!(
        "| {:.0} | {:.0} | {:.2} ({:.2}–{:.2}) | {:.2} ({:.2}–{:.2}) | {:.2} ({:.2}–{:.2}) | {:.0} ms | {:.0} ms (max {:.0}) | {:.0} MiB | \
         {:.0} | {walk} |",
        single.median,
        run.median,
        removing.median,
        removing.least,
        removing.most,
        whole.median,
        whole.least,
        whole.most,
        processor.median,
        processor.least,
        processor.most,
        single_ms.most,
        run_ms.median,
        run_ms.most,
        peak.most,
        batches.median,
    );
    let purged: Vec<f64> = pairs.iter().filter_map(Pair::purged_ratio).collect();
    if !purged.is_empty() {
        let purged = spread(purged);
        println!(
            "\nUntil the server has purged the rows: ratio {:.2} ({:.2}–{:.2}).",
            purged.median, purged.least, purged.most
        );
    }
}

/// What a larger table costs.
pub fn growth(engine: &str, layout: Layout, growth: &Growth) {
    println!("\n## {engine}: the same due rows in a larger table, {layout}\n");
    println!(
        "| table | due | single | retentiond, removing | whole process | walk |\n|--:|--:|--:|--:|--:|---|"
    );
    let mut lines = Vec::new();
    for (shape, pairs) in &growth.0 {
        let of = |what: fn(&Pair) -> Duration| {
            spread(pairs.iter().map(|pair| what(pair).as_secs_f64()).collect()).median
        };
        let line = [
            of(|pair| pair.single.took),
            of(|pair| pair.run.removing),
            of(|pair| pair.run.whole),
        ];
        let walk = pairs.last().map_or("", |pair| pair.run.walk.as_str());
        println!(
            "| {} | {} | {:.2} s | {:.2} s | {:.2} s | {walk} |",
            shape.rows, shape.due, line[0], line[1], line[2]
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
pub fn evidence(engine: &str, shape: &Shape, took: &[Vec<f64>]) {
    let [all, without_digests, without_either] = took else {
        return;
    };
    let against =
        |less: &[f64]| spread(all.iter().zip(less).map(|(all, less)| all / less).collect());
    let (digests, either) = (against(without_digests), against(without_either));
    println!(
        "\n## {engine}: {shape}; {} rounds\n\n\
         | removing, with everything | against without digests | against without digests, intents and receipts |\n\
         |--:|--:|--:|\n| {:.2} s | {:.2} ({:.2}–{:.2}) | {:.2} ({:.2}–{:.2}) |",
        all.len(),
        spread(all.clone()).median,
        digests.median,
        digests.least,
        digests.most,
        either.median,
        either.least,
        either.most,
    );
}

struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

fn spread(mut values: Vec<f64>) -> Spread {
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    let middle = values.len() / 2;
    Spread {
        least: at(0),
        median: if values.len() % 2 == 1 {
            at(middle)
        } else {
            f64::midpoint(at(middle.saturating_sub(1)), at(middle))
        },
        most: at(values.len().saturating_sub(1)),
    }
}

fn rate(rows: u64, took: Duration) -> f64 {
    whole_number(rows) / took.as_secs_f64()
}

fn mib(kib: u64) -> f64 {
    whole_number(kib) / 1_024.0
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn whole_number(number: u64) -> f64 {
    number as f64
}
