//! The Merkle tree of RFC 6962 over the records: leaves and nodes are hashed with different prefixes, so that no node
//! can be passed off as a record.
//!
//! Pure. A [`Frontier`] keeps the few hashes that the next root needs; proofs are computed from all leaf hashes, which
//! whoever asks for a proof has read anyway.

use sha2::{Digest, Sha256};

/// A SHA-256 digest: of a record, or of a part of the tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hash({})", hex::encode(&self.0[..6]))
    }
}

impl std::str::FromStr for Hash {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map(|()| Self(bytes))
    }
}

/// The hash of a leaf.
#[must_use]
pub fn leaf(data: &[u8]) -> Hash {
    let mut digest = Sha256::new();
    digest.update([0]);
    digest.update(data);
    Hash(digest.finalize().into())
}

/// The hash of two parts.
#[must_use]
pub fn node(left: Hash, right: Hash) -> Hash {
    let mut digest = Sha256::new();
    digest.update([1]);
    digest.update(left.0);
    digest.update(right.0);
    Hash(digest.finalize().into())
}

/// The root of a tree without leaves.
#[must_use]
pub fn empty() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// A growing tree, as the roots of its complete parts: the greatest first, none of the same size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    parts: Vec<Hash>,
}

impl Frontier {
    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut added = leaf;
        let mut rest = self.size;
        while rest & 1 == 1 {
            if let Some(left) = self.parts.pop() {
                added = node(left, added);
            }
            rest >>= 1;
        }
        self.parts.push(added);
        self.size += 1;
    }

    /// A tree that is known by its parts; `None` where they are not as many as a tree of this size has.
    #[must_use]
    pub fn resume(size: u64, parts: Vec<Hash>) -> Option<Self> {
        (usize::try_from(size.count_ones()) == Ok(parts.len())).then_some(Self { size, parts })
    }

    /// The roots of the complete parts: the greatest first.
    #[must_use]
    pub fn parts(&self) -> &[Hash] {
        &self.parts
    }

    /// The path that proves a leaf of the tree that this one becomes by more leaves; `None` for a leaf that is not
    /// among those.
    #[must_use]
    pub fn inclusion(&self, place: u64, more: &[Hash]) -> Option<Vec<Hash>> {
        let size = self.size + more.len() as u64;
        if place < self.size || place >= size {
            return None;
        }
        self.path(place, (0, size), more)
    }

    fn path(&self, place: u64, (from, to): (u64, u64), more: &[Hash]) -> Option<Vec<Hash>> {
        if to - from == 1 {
            return Some(Vec::new());
        }
        let middle = from + (to - from).next_power_of_two() / 2;
        let (mut path, other) = if place < middle {
            let path = self.path(place, (from, middle), more)?;
            (path, self.part((middle, to), more)?)
        } else {
            let path = self.path(place, (middle, to), more)?;
            (path, self.part((from, middle), more)?)
        };
        path.push(other);
        Some(path)
    }

    /// The root over some leaves. Whatever stands beside a path to a new leaf and lies before all new ones is one of
    /// the complete parts: both are cut at the greatest power of two.
    fn part(&self, (from, to): (u64, u64), more: &[Hash]) -> Option<Hash> {
        if from >= self.size {
            let place = |n: u64| usize::try_from(n - self.size).ok();
            return Some(root(more.get(place(from)?..place(to)?)?));
        }
        if to > self.size {
            let middle = from + (to - from).next_power_of_two() / 2;
            let left = self.part((from, middle), more)?;
            return Some(node(left, self.part((middle, to), more)?));
        }
        let mut at = 0;
        for (bit, part) in (0..u64::BITS)
            .rev()
            .filter(|bit| self.size >> bit & 1 == 1)
            .zip(&self.parts)
        {
            if (at, at + (1 << bit)) == (from, to) {
                return Some(*part);
            }
            at += 1 << bit;
        }
        None
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut parts = self.parts.iter().rev().copied();
        match parts.next() {
            None => empty(),
            Some(last) => parts.fold(last, |right, left| node(left, right)),
        }
    }
}

/// The root over leaves, by the definition in section 2.1.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty(),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(split(more.len()));
            node(root(left), root(right))
        }
    }
}

/// The greatest power of two below a length of at least two.
fn split(length: usize) -> usize {
    length.next_power_of_two() / 2
}

/// The path that proves a leaf (section 2.1.1), from the leaf up; `None` where there is no such leaf.
#[must_use]
pub fn inclusion(place: usize, leaves: &[Hash]) -> Option<Vec<Hash>> {
    if place >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, other) = if place < left.len() {
        (inclusion(place, left)?, right)
    } else {
        (inclusion(place - left.len(), right)?, left)
    };
    path.push(root(other));
    Some(path)
}

/// The proof that the first `old` leaves are the beginning of all (section 2.1.2).
#[must_use]
pub fn consistency(old: usize, leaves: &[Hash]) -> Option<Vec<Hash>> {
    if old == 0 || old > leaves.len() {
        return None;
    }
    Some(subproof(old, leaves, true))
}

fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole {
            Vec::new()
        } else {
            vec![root(leaves)]
        };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, other) = if old <= left.len() {
        (subproof(old, left, whole), right)
    } else {
        (subproof(old - left.len(), right, false), left)
    };
    proof.push(root(other));
    proof
}

/// True where a path leads from a leaf to a root (RFC 9162, section 2.1.3.2).
#[must_use]
pub fn is_included(leaf: Hash, place: u64, size: u64, path: &[Hash], root: Hash) -> bool {
    if place >= size {
        return false;
    }
    let (mut at, mut last, mut found) = (place, size - 1, leaf);
    for step in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            found = node(*step, found);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            found = node(found, *step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && found == root
}

/// True where a proof leads from the root of an old tree to that of a new one (RFC 9162, section 2.1.4.2).
#[must_use]
pub fn is_consistent(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == 0 || old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    let mut steps = proof.iter().copied();
    let (mut at, mut last) = (old_size - 1, new_size - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let first = if old_size.is_power_of_two() {
        Some(old_root)
    } else {
        steps.next()
    };
    let Some(first) = first else { return false };
    let (mut old_found, mut new_found) = (first, first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_found = node(step, old_found);
            new_found = node(step, new_found);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_found = node(new_found, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old_found == old_root && new_found == new_root
}

#[cfg(test)]
mod tests;
