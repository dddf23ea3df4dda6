//! The password of a database, read at each connection.

use std::path::Path;

use secrecy::SecretString;

use crate::schedule::SecretSource;
use crate::secret;

use super::{Trouble, TroubleKind};

/// Reads a password; a relative path is relative to `base`, the directory of the schedule's file.
pub(super) fn read(source: &SecretSource, base: &Path) -> Result<SecretString, Trouble> {
    secret::read(source, base).map_err(|unreadable| {
        let doing = format!("reading the password from {}", unreadable.source);
        let trouble = Trouble::new(TroubleKind::Misconfigured, doing);
        match unreadable.hint {
            Some(hint) => trouble.hinting(hint),
            None => trouble,
        }
    })
}
