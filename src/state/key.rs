//! The key of the digests of keys.

use std::path::Path;

use anyhow::{Context, bail};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::windows;

/// A secret under which keys of rows are digested, so that a digest tells nothing to whoever lacks it: numbers and
/// addresses are few enough to be tried one by one.
#[derive(Clone)]
pub struct DigestKey {
    bytes: [u8; 32],
    /// The month in which it is used; empty for one that is forgotten with the process.
    window: String,
}

impl DigestKey {
    /// The key as bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The month in which it is used.
    #[must_use]
    pub fn window(&self) -> &str {
        &self.window
    }

    /// Names the key without telling anything of it: so the log knows whether it is the right one.
    #[must_use]
    pub fn name(&self) -> String {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.bytes) {
            Ok(mac) => mac,
            // HMAC takes a key of any length (RFC 2104).
            Err(_) => unreachable!("HMAC takes a key of any length"),
        };
        mac.update(b"retentiond digest key v1");
        hex::encode(&mac.finalize().into_bytes()[..16])
    }

    /// The key of a month, which must be the one that the log names. It is made where there is neither.
    pub(super) fn load_or_make(
        directory: &Path,
        window: &str,
        named: Option<&str>,
    ) -> anyhow::Result<Self> {
        let folder = windows::make_folder(directory, window)?;
        let path = folder.join(windows::KEY);
        let key = match (Self::load(directory, window)?, named) {
            (Some(key), Some(_)) => key,
            // A crash came between the file and the record.
            (Some(key), None) => {
                crate::files::reaffirm(&path)
                    .with_context(|| format!("failed to write {}", path.display()))?;
                key
            }
            (None, None) => Self::make(&folder, window)?,
            (None, Some(_)) => bail!(
                "{} is gone: with another key the digests of the log could never be compared again; put it back",
                path.display()
            ),
        };
        if named.is_some_and(|named| key.name() != named) {
            bail!(
                "{} is not the key under which the log's digests were made; put the right one back",
                path.display()
            );
        }
        Ok(key)
    }

    /// The key of a month, where it is still there.
    pub(super) fn load(directory: &Path, window: &str) -> anyhow::Result<Option<Self>> {
        let path = windows::folder(directory, window).join(windows::KEY);
        let held = match std::fs::read(&path) {
            Ok(held) => held,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("failed to read {}", path.display()));
            }
        };
        match <[u8; 32]>::try_from(held.as_slice()) {
            Ok(bytes) => Ok(Some(Self {
                bytes,
                window: window.to_owned(),
            })),
            Err(_) => bail!(
                "{} has {} bytes instead of 32: put the right file back",
                path.display(),
                held.len()
            ),
        }
    }

    fn make(folder: &Path, window: &str) -> anyhow::Result<Self> {
        let mut key = Self::passing()?;
        window.clone_into(&mut key.window);
        crate::files::replace(folder, windows::KEY, &key.bytes)
            .with_context(|| format!("failed to write {}", folder.join(windows::KEY).display()))?;
        Ok(key)
    }

    /// A key that is forgotten with the process: for a rehearsal where no state store is.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn passing() -> anyhow::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).context("the system gives no random numbers")?;
        Ok(Self {
            bytes: key,
            window: String::new(),
        })
    }
}

impl std::fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DigestKey(…)")
    }
}
