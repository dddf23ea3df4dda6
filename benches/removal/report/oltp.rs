//! What others saw while rows were removed.

use super::Spread;
use crate::load::Seen;

/// One candidate under one load, round by round.
pub struct Line {
    percent: u32,
    label: String,
    rounds: Vec<(Seen, f64)>,
}

impl Line {
    pub fn new(percent: u32, label: &str) -> Self {
        Self {
            percent,
            label: label.to_owned(),
            rounds: Vec::new(),
        }
    }

    pub fn add(&mut self, round: (Seen, f64)) {
        self.rounds.push(round);
    }

    fn of(&self, what: impl Fn(&(Seen, f64)) -> f64) -> Spread {
        Spread::of(self.rounds.iter().map(what).collect())
    }
}

/// One line for each load and candidate; the first of each load removes nothing.
pub fn table(title: &str, most: f64, lines: &[Line]) {
    println!("\n## PostgreSQL, others at work: {title}; {most:.0} transactions a second at most\n");
    println!(
        "| load | | p50, ms | p95, ms | p99, ms | p99 against none | most, ms | rows/s |\n|--:|---|--:|--:|--:|--:|--:|--:|"
    );
    for line in lines {
        let Some(none) = lines.iter().find(|one| one.percent == line.percent) else {
            continue;
        };
        let rounds = line.rounds.iter().zip(&none.rounds);
        let against = rounds
            .map(|(one, none)| one.0.p99_ms / none.0.p99_ms)
            .collect();
        println!(
            "| {} % | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.1} | {:.0} |",
            line.percent,
            line.label,
            line.of(|one| one.0.p50_ms),
            line.of(|one| one.0.p95_ms),
            line.of(|one| one.0.p99_ms),
            Spread::of(against),
            line.of(|one| one.0.most_ms),
            line.of(|one| one.1),
        );
    }
}
