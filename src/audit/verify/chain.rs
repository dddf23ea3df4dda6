//! The lines and what each says of the one before it: which records are as they were written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::expiry::Beginning;
use super::super::line::{self, Line, NOBODY};
use super::super::record::Record;
use super::super::scan::{self, Broken, Tail};
use super::super::tree::{self, Hash};
use super::{Code, Finding};

/// A line as far as it is needed.
struct Link {
    hash: Hash,
    /// What it says of the line before; `None` where it cannot be read.
    prev: Option<Hash>,
}

/// The records of a log, and which of them are trusted as far as the chain goes.
pub struct Chain {
    /// The tree over the records that were dropped.
    beginning: Beginning,
    /// What was carried over of them.
    pub carried: Vec<(u64, Record)>,
    /// The leaves of the tree: of an altered record the one that it had, where the next record tells it.
    leaves: Vec<Hash>,
    /// What signatures and order are judged by, of intact records.
    pub kept: Vec<(u64, Record)>,
    pub faults: Vec<Finding>,
    pub remarks: Vec<Finding>,
}

/// Reads all lines.
///
/// # Errors
/// The folder cannot be read.
pub fn read(folder: &Path) -> anyhow::Result<Chain> {
    let beginning = Beginning::of(folder)?;
    let first = beginning.first();
    let mut links: Vec<Link> = Vec::new();
    let mut kept: Vec<(u64, Record)> = Vec::new();
    let mut misplaced = None;
    let (mut faults, mut remarks) = (Vec::new(), Vec::new());
    let ended = scan::lines_from(folder, first, |n, text| {
        if misplaced.is_some() {
            return Ok(());
        }
        let read = line::read(text).ok();
        if read.as_ref().is_some_and(|line| line.n != n) {
            misplaced = Some(n);
            return Ok(());
        }
        links.push(Link {
            hash: tree::leaf(text),
            prev: read.as_ref().and_then(|line| line.prev.parse().ok()),
        });
        kept.extend(read.map(|Line { record, .. }| (n, record)));
        Ok(())
    });
    let size = first + links.len() as u64;
    let to_the_end = |code, from| Finding {
        code,
        from,
        to: None,
    };
    match ended {
        Ok(end) if matches!(end.tail, Tail::Torn(_)) && misplaced.is_none() => {
            remarks.push(to_the_end(Code::TornTail, size));
        }
        Ok(_) => {}
        Err(error) if error.is::<Broken>() => {
            if misplaced.is_none() {
                faults.push(to_the_end(Code::Broken, size));
            }
        }
        Err(error) => return Err(error),
    }
    faults.extend(misplaced.map(|n| to_the_end(Code::Missing, n)));
    let (leaves, altered) = follow(first, &links);
    kept.retain(|(n, _)| !altered.contains(n));
    faults.extend(ranges(&altered));
    if first > 0 {
        remarks.push(Finding {
            code: Code::Expired,
            from: 0,
            to: Some(first - 1),
        });
    }
    let carried = beginning.carried.values();
    Ok(Chain {
        carried: carried
            .map(|entry| (entry.seq, entry.record.clone()))
            .collect(),
        beginning,
        leaves,
        kept,
        faults,
        remarks,
    })
}

/// Goes back from the last line: a line that is as it was written tells what the one before it was.
fn follow(first: u64, links: &[Link]) -> (Vec<Hash>, BTreeSet<u64>) {
    let mut leaves: Vec<Hash> = links.iter().map(|link| link.hash).collect();
    let mut altered = BTreeSet::new();
    let mut told = None;
    for (place, link) in links.iter().enumerate().rev() {
        if let Some(told) = told {
            leaves[place] = told;
        }
        let is_told = told.is_none_or(|told| told == link.hash);
        let n = first + place as u64;
        // What stood before the first record is gone, or there was nothing.
        let first_is_first = n > 0 || link.prev == Some(NOBODY);
        let intact = link.prev.is_some() && is_told && first_is_first;
        if !intact {
            altered.insert(n);
        }
        told = link.prev.filter(|_| intact);
    }
    (leaves, altered)
}

/// Neighbours as one finding.
fn ranges(altered: &BTreeSet<u64>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for n in altered {
        match found.last_mut() {
            Some(last) if last.to.map(|to| to + 1) == Some(*n) => last.to = Some(*n),
            _ => found.push(Finding {
                code: Code::Altered,
                from: *n,
                to: Some(*n),
            }),
        }
    }
    found
}

impl Chain {
    /// The number of the first record that was not dropped.
    pub fn first(&self) -> u64 {
        self.beginning.first()
    }

    /// How many records there are, dropped ones included.
    pub fn size(&self) -> u64 {
        self.first() + self.leaves.len() as u64
    }

    /// The identity that the log gives itself.
    pub fn log(&self) -> Option<String> {
        match self.carried.iter().chain(&self.kept).next() {
            Some((0, Record::Genesis { log, .. })) => Some(log.clone()),
            _ => None,
        }
    }

    /// The roots over the first records, for some sizes and for all.
    pub fn roots(&self, mut sizes: BTreeSet<u64>) -> BTreeMap<u64, Hash> {
        sizes.insert(self.size());
        let mut tree = self.beginning.frontier.clone();
        let mut roots = BTreeMap::new();
        for leaf in &self.leaves {
            if sizes.contains(&tree.size()) {
                roots.insert(tree.size(), tree.root());
            }
            tree.push(*leaf);
        }
        roots.insert(tree.size(), tree.root());
        roots
    }
}
