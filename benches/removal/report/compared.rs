//! Any number of candidates, one line for each.

use super::{Spread, longest_ms, mib, rate, whole_number};
use crate::race::{Outcome, Result};

/// A column: its heading, what it tells of one run, and how many places behind the point.
struct Column {
    heading: &'static str,
    tells: fn(&Outcome) -> Option<f64>,
    places: usize,
}

const COLUMNS: [Column; 11] = [
    Column {
        heading: "rows/s",
        tells: |one| Some(rate(one)),
        places: 0,
    },
    Column {
        heading: "longest transaction, ms",
        tells: longest_ms,
        places: 0,
    },
    Column {
        heading: "batches",
        tells: |one| (!one.batches.is_empty()).then_some(one.batches.len() as f64),
        places: 0,
    },
    Column {
        heading: "first tenth, µs a row",
        tells: |one| Some(one.slowing()?.0),
        places: 1,
    },
    Column {
        heading: "last tenth, µs a row",
        tells: |one| Some(one.slowing()?.1),
        places: 1,
    },
    Column {
        heading: "last against first",
        tells: |one| one.slowing().map(|(first, last)| last / first),
        places: 2,
    },
    Column {
        heading: "WAL, bytes a row",
        tells: |one| Some(whole_number(one.gauge?.wal_bytes) / whole_number(one.rows.max(1))),
        places: 0,
    },
    Column {
        heading: "HOT updates, %",
        tells: |one| {
            let gauge = one.gauge.filter(|gauge| gauge.updates > 0)?;
            Some(100.0 * whole_number(gauge.hot_updates) / whole_number(gauge.updates))
        },
        places: 1,
    },
    Column {
        heading: "growth of the indexes, MiB",
        tells: |one| Some(mib(one.gauge?.index_bytes / 1_024)),
        places: 1,
    },
    Column {
        heading: "purged after, s",
        tells: |one| Some(one.purged?.as_secs_f64()),
        places: 2,
    },
    Column {
        heading: "peak memory, MiB",
        tells: |one| (one.peak_kib > 0).then(|| mib(one.peak_kib)),
        places: 0,
    },
];

/// One line for each candidate; how fast each is, the first one being 1, round by round. A column that nobody fills is
/// left out.
pub fn compared(heading: &str, results: &[Result]) {
    let Some(first) = results.first() else {
        return;
    };
    println!("\n## {heading}; {} rounds\n", first.outcomes.len());
    let filled: Vec<&Column> = COLUMNS
        .iter()
        .filter(|column| {
            let mut all = results.iter().flat_map(|result| &result.outcomes);
            all.any(|one| (column.tells)(one).is_some())
        })
        .collect();
    let headings: Vec<&str> = filled.iter().map(|column| column.heading).collect();
    println!("| | against the first | {} | walk |", headings.join(" | "));
    println!("|---|--:|{}---|", "--:|".repeat(filled.len()));
    for result in results {
        let speeds = result.outcomes.iter().zip(&first.outcomes);
        let against = speeds.map(|(one, first)| rate(one) / rate(first)).collect();
        let cells: Vec<String> = filled
            .iter()
            .map(|column| cell(column, &result.outcomes))
            .collect();
        let walk = result.outcomes.last().map_or("", |one| one.walk.as_str());
        println!(
            "| {} | {:.2} | {} | {walk} |",
            result.entry.label(),
            Spread::of(against),
            cells.join(" | ")
        );
    }
}

fn cell(column: &Column, outcomes: &[Outcome]) -> String {
    let told: Vec<f64> = outcomes.iter().filter_map(column.tells).collect();
    match told.is_empty() {
        true => "–".to_owned(),
        false => format!("{:.*}", column.places, Spread::of(told)),
    }
}
