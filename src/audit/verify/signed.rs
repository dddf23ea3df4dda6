//! Which records stand under a signature of which key.

use std::collections::{BTreeMap, BTreeSet};

use super::super::note::{self, Checkpoint, VerifierKey};
use super::super::record::Record;
use super::super::tree::Hash;
use super::chain::Chain;
use super::{Code, Finding, Judgement};

type Roots = BTreeMap<u64, Hash>;

/// The sizes at which roots are asked for.
pub fn sizes(chain: &Chain, outside: &[String]) -> BTreeSet<u64> {
    let inside = chain.kept.iter().filter_map(|(n, record)| {
        matches!(
            record,
            Record::Checkpoint { .. } | Record::KeyRotated { .. }
        )
        .then_some(*n)
    });
    let outside = outside.iter().filter_map(|text| Some(opened(text)?.size));
    inside.chain(outside).collect()
}

fn opened(text: &str) -> Option<Checkpoint> {
    Checkpoint::read(note::open(text).ok()?.text).ok()
}

/// What has been found on the way through the records.
struct Way<'a> {
    origin: String,
    /// The first record that was not dropped.
    first: u64,
    roots: &'a Roots,
    keys: Vec<VerifierKey>,
    /// Records under a signature.
    signed: u64,
    /// The same, with the checkpoint itself.
    covered: u64,
    faults: Vec<Finding>,
}

/// Judges keys, checkpoints and rotations in the log, then the checkpoints from elsewhere.
pub fn judge(
    chain: &Chain,
    roots: &Roots,
    given: &VerifierKey,
    outside: &[String],
    judgement: &mut Judgement,
) {
    let mut way = Way {
        origin: super::super::origin(judgement.log.as_deref().unwrap_or_default()),
        first: chain.first(),
        roots,
        keys: Vec::new(),
        signed: 0,
        covered: 0,
        faults: Vec::new(),
    };
    for (n, record) in chain.carried.iter().chain(&chain.kept) {
        way.pass(*n, record);
    }
    if way.keys.contains(given) {
        for text in outside {
            judgement.remarks.extend(way.compare(text, chain.size()));
        }
    } else {
        // Whoever made this log is not who signed with the key that we were given.
        way.fault(Code::Key, 0, None);
        (way.signed, way.covered) = (0, 0);
    }
    if way.covered == 0 {
        way.fault(Code::Unsigned, 0, None);
    } else if way.covered < chain.size() {
        judgement.remarks.push(Finding {
            code: Code::Unsigned,
            from: way.covered,
            to: Some(chain.size() - 1),
        });
    }
    judgement.signed = way.signed;
    judgement.keys = way.keys.iter().map(VerifierKey::to_string).collect();
    judgement.faults.extend(way.faults);
}

impl Way<'_> {
    fn fault(&mut self, code: Code, from: u64, to: Option<u64>) {
        self.faults.push(Finding { code, from, to });
    }

    fn pass(&mut self, n: u64, record: &Record) {
        match record {
            Record::SigningKey { key } => match key.parse::<VerifierKey>() {
                Ok(key) if self.keys.is_empty() && key.name == self.origin => self.keys.push(key),
                _ => self.fault(Code::Key, n, Some(n)),
            },
            Record::KeyRotated { note } => match self.rotated(n, note) {
                Some(new) => self.keys.push(new),
                None => self.fault(Code::Key, n, Some(n)),
            },
            Record::Checkpoint { note } => match self.checkpoint(n, note) {
                None => self.fault(Code::Signature, n, Some(n)),
                Some(checkpoint) if self.roots.get(&n) == Some(&checkpoint.root) => {
                    (self.signed, self.covered) = (n, n + 1);
                }
                Some(_) => {
                    let from = self.covered;
                    self.fault(Code::Root, from, Some(n.saturating_sub(1)));
                }
            },
            _ => {}
        }
    }

    /// The key that takes the place of the one before, where both say so.
    fn rotated(&self, n: u64, note: &str) -> Option<VerifierKey> {
        let note = note::open(note).ok()?;
        let (at, new) = note::read_rotation(note.text).ok()?;
        let old = self.keys.last()?;
        let said = at.origin == self.origin
            && new.name == self.origin
            && at.size == n
            // Of records that were dropped no root can be computed; the old key's signature is there.
            && (n < self.first || self.roots.get(&n) == Some(&at.root));
        (said && old.has_signed(&note) && new.has_signed(&note)).then_some(new)
    }

    /// A checkpoint over all records before it, signed by the key of its time.
    fn checkpoint(&self, n: u64, note: &str) -> Option<Checkpoint> {
        let note = note::open(note).ok()?;
        let checkpoint = Checkpoint::read(note.text).ok()?;
        let said = checkpoint.origin == self.origin && checkpoint.size == n;
        (said && self.keys.last()?.has_signed(&note)).then_some(checkpoint)
    }

    /// A checkpoint from elsewhere, signed by any key that this log ever had; gives a remark where there is nothing
    /// any more that it could be compared with.
    fn compare(&mut self, text: &str, size: u64) -> Option<Finding> {
        let known = note::open(text).ok().and_then(|note| {
            let checkpoint = Checkpoint::read(note.text).ok()?;
            let ours = checkpoint.origin == self.origin
                && self.keys.iter().any(|key| key.has_signed(&note));
            ours.then_some(checkpoint)
        });
        match known {
            None => self.fault(Code::Foreign, 0, None),
            Some(checkpoint) if checkpoint.size > size => {
                self.fault(Code::Cut, size, Some(checkpoint.size - 1));
            }
            Some(checkpoint) if checkpoint.size < self.first => {
                return Some(Finding {
                    code: Code::Incomparable,
                    from: 0,
                    to: Some(checkpoint.size.saturating_sub(1)),
                });
            }
            Some(checkpoint) if self.roots.get(&checkpoint.size) == Some(&checkpoint.root) => {
                self.signed = self.signed.max(checkpoint.size);
                self.covered = self.covered.max(checkpoint.size);
            }
            Some(checkpoint) => {
                self.fault(Code::Fork, 0, Some(checkpoint.size.saturating_sub(1)));
            }
        }
        None
    }
}
