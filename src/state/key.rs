//! The key of the digests of keys.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, bail};

/// A secret under which keys of rows are digested, so that a digest tells nothing to whoever lacks it: numbers and
/// addresses are few enough to be tried one by one.
#[derive(Clone)]
pub struct DigestKey([u8; 32]);

impl DigestKey {
    /// The key as bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn load_or_make(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join("digest.key");
        let mut file =
            super::private(&path).with_context(|| format!("failed to open {}", path.display()))?;
        let mut held = Vec::new();
        file.read_to_end(&mut held)
            .with_context(|| format!("failed to read {}", path.display()))?;
        match held.len() {
            32 => {
                let mut key = [0; 32];
                key.copy_from_slice(&held);
                Ok(Self(key))
            }
            0 => {
                let mut key = [0; 32];
                getrandom::fill(&mut key).context("the system gives no random numbers")?;
                file.write_all(&key)
                    .and_then(|()| file.sync_all())
                    .with_context(|| format!("failed to write {}", path.display()))?;
                Ok(Self(key))
            }
            other => bail!(
                "{} has {other} bytes instead of 32: put the right file back, or remove it to begin with a new key",
                path.display()
            ),
        }
    }

    /// A key that is forgotten with the process: for a rehearsal where no state store is.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn passing() -> anyhow::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).context("the system gives no random numbers")?;
        Ok(Self(key))
    }
}

impl std::fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DigestKey(…)")
    }
}
