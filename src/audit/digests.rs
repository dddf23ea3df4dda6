//! The digests of the keys of removed rows, in side files that expire, and their roots, which are in the log.
//!
//! Apart from the records: a digest is personal data as long as its key exists, and the log is kept for longer. With
//! the key somebody can ask whether one record was erased; when the key and the files are destroyed, nobody can.

use serde::{Deserialize, Serialize};

use super::tree::{self, Hash};

/// How many digests are one leaf: what is shown of others in a proof.
pub const LEAF: usize = 64;

/// The digest of one key.
pub type KeyDigest = [u8; 32];

/// What stands before the digests of a batch and a table in a side file: one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Block {
    pub batch: String,
    pub schema: String,
    pub table: String,
    pub count: usize,
    /// Digests of rows by key and by the values of these columns; none: of keys alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

/// The root over sorted digests.
#[must_use]
pub fn root(sorted: &[KeyDigest]) -> Hash {
    tree::root(&leaves(sorted))
}

fn leaves(sorted: &[KeyDigest]) -> Vec<Hash> {
    sorted
        .chunks(LEAF)
        .map(|chunk| tree::leaf(chunk.as_flattened()))
        .collect()
}

/// That a digest is one of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Among {
    /// The digests of its leaf, in order.
    pub leaf: Vec<String>,
    pub place: usize,
    pub leaves: usize,
    pub path: Vec<String>,
    pub root: String,
}

/// Proves that a digest is one of sorted ones; `None`: it is not.
#[must_use]
pub fn among(wanted: &KeyDigest, sorted: &[KeyDigest]) -> Option<Among> {
    let place = sorted.binary_search(wanted).ok()? / LEAF;
    let leaves = leaves(sorted);
    let path = tree::inclusion(place, &leaves)?;
    Some(Among {
        leaf: sorted
            .chunks(LEAF)
            .nth(place)?
            .iter()
            .map(hex::encode)
            .collect(),
        place,
        leaves: leaves.len(),
        path: path.iter().map(Hash::to_string).collect(),
        root: tree::root(&leaves).to_string(),
    })
}

/// A block as it is written: the line, then the digests.
///
/// # Errors
/// The block cannot be written as JSON.
pub fn write(block: &Block, sorted: &[KeyDigest]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(block)?;
    bytes.push(b'\n');
    bytes.extend_from_slice(sorted.as_flattened());
    Ok(bytes)
}

/// The blocks of a side file, up to one that a crash has cut short or torn: nothing is ever written after it. A receipt
/// names the root of its block, so what is read here need not be believed.
#[must_use]
pub fn read(mut bytes: &[u8]) -> Vec<(Block, Vec<KeyDigest>)> {
    let mut blocks = Vec::new();
    while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
        let Ok(block) = serde_json::from_slice::<Block>(&bytes[..end]) else {
            break;
        };
        let rest = &bytes[end + 1..];
        let length = block.count.checked_mul(32);
        let Some(digests) = length.and_then(|length| rest.get(..length)) else {
            break;
        };
        let length = digests.len();
        let (digests, _) = digests.as_chunks::<32>();
        blocks.push((block, digests.to_vec()));
        bytes = &rest[length..];
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_among_others_is_proven_and_another_is_not() {
        let sorted: Vec<KeyDigest> = (0..200_u8).map(|n| [n; 32]).collect();
        let top = root(&sorted);
        for (n, digest) in sorted.iter().enumerate() {
            let among = among(digest, &sorted).expect("it is there");
            assert_eq!(among.place, n / LEAF);
            assert_eq!(among.root, top.to_string());
            let leaf: Vec<u8> = among
                .leaf
                .iter()
                .flat_map(|one| hex::decode(one).expect("hex"))
                .collect();
            assert!(leaf.chunks(32).any(|one| one == digest));
            let path: Vec<Hash> = among
                .path
                .iter()
                .map(|one| one.parse().expect("a hash"))
                .collect();
            let (place, leaves) = (among.place as u64, among.leaves as u64);
            assert!(tree::is_included(
                tree::leaf(&leaf),
                place,
                leaves,
                &path,
                top
            ));
        }
        assert_eq!(among(&[201; 32], &sorted), None);
        assert_eq!(among(&[1; 32], &[]), None);
    }

    #[test]
    fn a_side_file_is_read_up_to_where_a_crash_cut_it() {
        let block = |count| Block {
            batch: "run-1".to_owned(),
            schema: "s".to_owned(),
            table: "t".to_owned(),
            count,
            columns: Vec::new(),
        };
        let (one, two) = (vec![[10_u8; 32]], vec![[0_u8; 32], [255; 32]]);
        let first = write(&block(1), &one).expect("written");
        let both = [first.clone(), write(&block(2), &two).expect("written")].concat();
        assert_eq!(read(&both), [(block(1), one.clone()), (block(2), two)]);
        for cut in first.len()..both.len() {
            assert_eq!(read(&both[..cut]), [(block(1), one.clone())]);
            // The front of the last write was lost and its rear was not.
            let mut torn = both.clone();
            torn[first.len()..=cut].fill(0);
            assert_eq!(read(&torn)[0], (block(1), one.clone()));
        }
        assert_eq!(read(b"nothing\n"), []);
    }
}
