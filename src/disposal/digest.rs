//! A keyed digest over a set of keys that does not depend on their order.
//!
//! Each key becomes a 256-bit number under HMAC-SHA-256; the digest of a set is their sum. Two sets of distinct keys
//! with the same digest would be a collision of that sum, which nobody without the secret can look for. Sums add up:
//! the digest of a run is the sum of its batches', so that a rehearsal, which cuts its batches otherwise, agrees.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::catalog::TableName;
use crate::fault::{Part, is_without};
use crate::sql::Value;
use crate::state::DigestKey;

/// The digest of a set of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyDigest([u64; 4]);

impl KeyDigest {
    /// Adds another set.
    pub fn add(&mut self, other: Self) {
        let mut carry = false;
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            let (sum, first) = mine.overflowing_add(theirs);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            *mine = sum;
            carry = first || second;
        }
    }

    fn of(bytes: &[u8]) -> Self {
        let mut words = [0; 4];
        for (word, part) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            let mut eight = [0; 8];
            eight.copy_from_slice(part);
            *word = u64::from_le_bytes(eight);
        }
        Self(words)
    }

    /// All of it.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (part, word) in bytes.chunks_exact_mut(8).zip(self.0) {
            part.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// The first sixteen bytes, to recognise one key again.
    #[must_use]
    pub fn short(&self) -> u128 {
        u128::from(self.0[0]) | (u128::from(self.0[1]) << 64)
    }
}

impl std::fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for word in self.0 {
            f.write_str(&hex::encode(word.to_le_bytes()))?;
        }
        Ok(())
    }
}

/// Digests the keys of one table; the table's name is part of it, so that the same customer in two tables does not
/// link.
#[derive(Clone)]
pub struct Keyed(Hmac<Sha256>);

impl Keyed {
    /// For one table of one database.
    #[must_use]
    pub fn new(key: &DigestKey, database: &str, table: &TableName) -> Self {
        let mut mac = match Hmac::<Sha256>::new_from_slice(key.bytes()) {
            Ok(mac) => mac,
            // HMAC takes a key of any length (RFC 2104).
            Err(_) => unreachable!("HMAC takes a key of any length"),
        };
        for part in [database, &table.schema, &table.table] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Self(mac)
    }

    /// The digest of one key, from the values that the database returned.
    #[must_use]
    pub fn digest(&self, key: &[Value]) -> KeyDigest {
        let mut spelled = Vec::with_capacity(64);
        spell(key, &mut spelled);
        self.digest_spelled(&spelled)
    }

    /// The same, of a key that was spelled before.
    #[must_use]
    pub fn digest_spelled(&self, spelled: &[u8]) -> KeyDigest {
        if is_without(Part::Digests) {
            return KeyDigest::default();
        }
        let mut mac = self.0.clone();
        mac.update(spelled);
        KeyDigest::of(&mac.finalize().into_bytes())
    }
}

/// Spells a key: of each value type, length, bytes, so that no two keys are spelled alike.
pub fn spell(key: &[Value], into: &mut Vec<u8>) {
    let mut write = |tag: u8, bytes: &[u8]| {
        into.push(tag);
        into.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        into.extend_from_slice(bytes);
    };
    for value in key {
        match value {
            Value::Null => write(0, &[]),
            Value::Bool(truth) => write(1, &[u8::from(*truth)]),
            Value::Int(int) => write(2, &i128::from(*int).to_be_bytes()),
            Value::Unsigned(int) => write(2, &i128::from(*int).to_be_bytes()),
            Value::Text(text) => write(3, text.as_bytes()),
            Value::Bytes(bytes) => write(4, bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed() -> Keyed {
        let key = DigestKey::passing().expect("random numbers");
        let table = TableName {
            schema: "s".into(),
            table: "t".into(),
        };
        Keyed::new(&key, "d", &table)
    }

    #[test]
    fn the_order_does_not_matter_and_the_parts_do() {
        let keyed = keyed();
        let each: Vec<KeyDigest> = (0..100).map(|n| keyed.digest(&[Value::Int(n)])).collect();
        let sum = |order: &[KeyDigest]| {
            let mut all = KeyDigest::default();
            order.iter().for_each(|one| all.add(*one));
            all
        };
        let forward = sum(&each);
        let mut turned = each.clone();
        turned.reverse();
        assert_eq!(forward, sum(&turned));
        let (mut halves, second) = (sum(&each[..50]), sum(&each[50..]));
        halves.add(second);
        assert_eq!(forward, halves);
        assert_ne!(forward, sum(&each[1..]));
        assert_ne!(
            keyed.digest(&[Value::Text("ab".into()), Value::Text("c".into())]),
            keyed.digest(&[Value::Text("a".into()), Value::Text("bc".into())])
        );
        assert_eq!(
            keyed.digest(&[Value::Int(7)]),
            keyed.digest(&[Value::Unsigned(7)])
        );
    }
}
