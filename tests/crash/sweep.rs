//! Which faults are played.

use std::collections::BTreeMap;

use retentiond::fault::{Nature, Point};

/// What can go wrong at a point.
pub fn kinds(point: Point) -> &'static [&'static str] {
    match point.nature() {
        Nature::Step => &["kill", "power", "panic"],
        Nature::Write => &[
            "kill",
            "power",
            "torn-front",
            "torn-rear",
            "full",
            "io",
            "panic",
        ],
        Nature::Sync => &[
            "kill",
            "power",
            "torn-front",
            "torn-rear",
            "io",
            "io-lost",
            "full",
            "panic",
        ],
    }
}

/// True where unsynced writes were lost.
pub fn loses(fault: &str) -> bool {
    ["power", "torn", "io-lost"]
        .iter()
        .any(|word| fault.contains(word))
}

/// How many faults are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Every hit of every point with everything that can go wrong there.
    Everything,
    /// Every point with everything that can go wrong there, at one of its hits or another.
    EveryKind,
    /// Every point with one thing that goes wrong there.
    EveryPoint,
}

/// The faults, for points that a run passes so often.
pub fn faults(passed: &BTreeMap<String, u64>, share: Share) -> Vec<String> {
    let mut all = Vec::new();
    let mut turn = 0;
    for point in Point::ALL {
        let Some(hits) = passed.get(&format!("{point:?}")) else {
            continue;
        };
        let kinds = kinds(point);
        match share {
            Share::Everything => {
                for kind in kinds {
                    all.extend((1..=*hits).map(|nth| format!("{point:?}:{nth}:{kind}")));
                }
            }
            Share::EveryKind => {
                for kind in kinds {
                    let nth = [1, *hits, hits.div_ceil(2)][turn % 3];
                    turn += 1;
                    all.push(format!("{point:?}:{nth}:{kind}"));
                }
            }
            Share::EveryPoint => {
                let kind = kinds[turn % kinds.len()];
                let nth = [1, hits.div_ceil(2), *hits][turn % 3];
                turn += 1;
                all.push(format!("{point:?}:{nth}:{kind}"));
            }
        }
    }
    all
}
