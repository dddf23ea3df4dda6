//! Signed notes and checkpoints as C2SP has them (`signed-note`, `tlog-checkpoint`): a few lines of text and under
//! them signatures with Ed25519, for which other people have verifiers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use super::tree::Hash;

/// The name of the algorithm in key ids and keys.
const ED25519_TYPE: u8 = 1;

/// A text that is not what it should be; says what it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "this is no {}", self.0)
    }
}

impl std::error::Error for Malformed {}

/// The public half of a key, with the name of the log that it signs for: `name+id+key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    pub name: String,
    id: [u8; 4],
    key: [u8; 32],
}

impl VerifierKey {
    fn new(name: &str, key: [u8; 32]) -> Self {
        let mut digest = Sha256::new();
        digest.update(name.as_bytes());
        digest.update([b'\n', ED25519_TYPE]);
        digest.update(key);
        let digest = digest.finalize();
        let mut id = [0; 4];
        id.copy_from_slice(&digest[..4]);
        Self {
            name: name.to_owned(),
            id,
            key,
        }
    }

    /// True where the note bears a signature of this key over its text. The first that names the key counts.
    #[must_use]
    pub fn has_signed(&self, note: &Note<'_>) -> bool {
        let public = UnparsedPublicKey::new(&ED25519, &self.key);
        note.signatures
            .iter()
            .find(|signature| signature.name == self.name && signature.id == self.id)
            .is_some_and(|signature| {
                public
                    .verify(note.text.as_bytes(), &signature.bytes)
                    .is_ok()
            })
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key: Vec<u8> = std::iter::once(ED25519_TYPE).chain(self.key).collect();
        write!(
            f,
            "{}+{}+{}",
            self.name,
            hex::encode(self.id),
            BASE64.encode(key)
        )
    }
}

impl std::str::FromStr for VerifierKey {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = Malformed("verifier key");
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong);
        };
        let made = Self::new(name, secret_of(key).ok_or(wrong)?);
        if hex::encode(made.id) == id && is_name(name) {
            Ok(made)
        } else {
            Err(wrong)
        }
    }
}

/// The 32 bytes behind the algorithm's number.
fn secret_of(key: &str) -> Option<[u8; 32]> {
    let bytes = BASE64.decode(key).ok()?;
    let (algorithm, key) = bytes.split_first()?;
    (*algorithm == ED25519_TYPE).then_some(())?;
    key.try_into().ok()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|one: char| one.is_whitespace() || one == '+')
}

/// The private half of a key.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    seed: [u8; 32],
    public: VerifierKey,
}

impl SigningKey {
    /// From the 32 bytes that RFC 8032 calls the private key.
    ///
    /// # Errors
    /// The name cannot stand in a note.
    pub fn new(name: &str, seed: [u8; 32]) -> Result<Self, Malformed> {
        let wrong = Malformed("signing key");
        if !is_name(name) {
            return Err(wrong);
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| wrong)?;
        let mut key = [0; 32];
        key.copy_from_slice(pair.public_key().as_ref());
        Ok(Self {
            pair,
            seed,
            public: VerifierKey::new(name, key),
        })
    }

    /// From the text that a key's file holds.
    ///
    /// # Errors
    /// It is no signing key.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let wrong = Malformed("signing key");
        let rest = text.trim_end().strip_prefix("PRIVATE+KEY+").ok_or(wrong)?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong);
        };
        let made = Self::new(name, secret_of(key).ok_or(wrong)?)?;
        if hex::encode(made.public.id) == id {
            Ok(made)
        } else {
            Err(wrong)
        }
    }

    /// As a key's file holds it. A secret: never to be shown.
    #[must_use]
    pub fn secret_text(&self) -> String {
        let key: Vec<u8> = std::iter::once(ED25519_TYPE).chain(self.seed).collect();
        format!(
            "PRIVATE+KEY+{}+{}+{}\n",
            self.public.name,
            hex::encode(self.public.id),
            BASE64.encode(key)
        )
    }

    /// The half that anybody may have.
    #[must_use]
    pub fn public(&self) -> &VerifierKey {
        &self.public
    }

    /// The line that a signature over a text is in a note.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let bytes: Vec<u8> = [&self.public.id, signature.as_ref()].concat();
        format!("— {} {}\n", self.public.name, BASE64.encode(bytes))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public)
    }
}

/// A note, taken apart and not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note<'a> {
    /// What is signed, with its last line's end.
    pub text: &'a str,
    signatures: Vec<Signature<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature<'a> {
    name: &'a str,
    id: [u8; 4],
    bytes: Vec<u8>,
}

/// Takes a note apart.
///
/// # Errors
/// It is none.
pub fn open(note: &str) -> Result<Note<'_>, Malformed> {
    let wrong = Malformed("signed note");
    let control = |one: char| one < ' ' && one != '\n';
    if note.contains(control) || !note.ends_with('\n') {
        return Err(wrong);
    }
    let split = note.rfind("\n\n").ok_or(wrong)?;
    let (text, signed) = (&note[..=split], &note[split + 2..]);
    let signatures: Option<Vec<_>> = signed.lines().map(signature).collect();
    match signatures {
        Some(signatures) if !signatures.is_empty() => Ok(Note { text, signatures }),
        _ => Err(wrong),
    }
}

fn signature(line: &str) -> Option<Signature<'_>> {
    let (name, bytes) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = BASE64.decode(bytes).ok()?;
    let (id, rest) = bytes.split_first_chunk::<4>()?;
    (is_name(name) && !rest.is_empty()).then(|| Signature {
        name,
        id: *id,
        bytes: rest.to_vec(),
    })
}

/// What a checkpoint says: the log of this origin had so many records, and their root was this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            BASE64.encode(self.root.0)
        )
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// It is not a checkpoint.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let wrong = Malformed("checkpoint");
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(wrong);
        };
        let number: u64 = size.parse().map_err(|_| wrong)?;
        let root = BASE64.decode(root).map_err(|_| wrong)?;
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: number,
            root: Hash(root.try_into().map_err(|_| wrong)?),
        };
        // A number and a digest have one spelling; further lines are extensions that we do not write.
        if checkpoint.text() == text {
            Ok(checkpoint)
        } else {
            Err(wrong)
        }
    }
}

/// What is signed when a key takes the place of another: by both, at a place in the log.
#[must_use]
pub fn rotation_text(at: &Checkpoint, new: &VerifierKey) -> String {
    format!("retentiond key rotation v1\n{}{new}\n", at.text())
}

/// The place and the new key that a rotation tells.
///
/// # Errors
/// It is none.
pub fn read_rotation(text: &str) -> Result<(Checkpoint, VerifierKey), Malformed> {
    let wrong = Malformed("key rotation");
    let rest = text
        .strip_prefix("retentiond key rotation v1\n")
        .ok_or(wrong)?;
    let end = rest.trim_end_matches('\n').rfind('\n').ok_or(wrong)? + 1;
    let at = Checkpoint::read(&rest[..end])?;
    let new: VerifierKey = rest[end..].trim_end_matches('\n').parse()?;
    if rotation_text(&at, &new) == text {
        Ok((at, new))
    } else {
        Err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the signed-note specification.
    const PEOPLE: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
                        then you don't know what your problem is.\n\n\
                        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_of_somebody_else_is_verified() {
        let key: VerifierKey = PEOPLE.parse().expect("a key");
        assert_eq!(key.to_string(), PEOPLE);
        let note = open(NOTE).expect("a note");
        assert!(key.has_signed(&note));
        let changed = NOTE.replace("answer", "Answer");
        assert!(!key.has_signed(&open(&changed).expect("a note")));
        for wrong in ["", "a", "a+b+c", &PEOPLE.replace("c74f20a3", "c74f20a4")] {
            assert_eq!(wrong.parse::<VerifierKey>(), Err(Malformed("verifier key")));
        }
    }

    #[test]
    fn a_key_is_written_and_read_again() {
        let key = SigningKey::new("retentiond.log/x", [7; 32]).expect("a key");
        let again = SigningKey::read(&key.secret_text()).expect("a key");
        assert_eq!(again.public(), key.public());
        assert!(!format!("{key:?}").contains(&key.secret_text()[40..]));
        let checkpoint = Checkpoint {
            origin: "retentiond.log/x".to_owned(),
            size: 12,
            root: Hash([3; 32]),
        };
        let text = checkpoint.text();
        let note = format!("{text}\n{}", again.sign(&text));
        let opened = open(&note).expect("a note");
        assert!(key.public().has_signed(&opened));
        assert_eq!(Checkpoint::read(opened.text), Ok(checkpoint.clone()));
        for wrong in [
            "",
            "a\n1\n",
            &text.replace("\n12\n", "\n012\n"),
            &format!("{text}more\n"),
        ] {
            assert!(Checkpoint::read(wrong).is_err(), "{wrong}");
        }
        let other = SigningKey::new("retentiond.log/x", [8; 32]).expect("a key");
        assert!(!other.public().has_signed(&opened));
        let rotation = rotation_text(&checkpoint, other.public());
        let read = read_rotation(&rotation).expect("a rotation");
        assert_eq!(read, (checkpoint, other.public().clone()));
    }
}
