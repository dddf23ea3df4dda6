//! Reading a secret from where the schedule says, each time that it is needed, so that it can be changed without a
//! restart.
//!
//! Apart, because databases and places that keep checkpoints need it alike, and because what it returns must never be
//! printed: errors name the source and never the content.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};

use crate::schedule::SecretSource;

/// A secret that cannot be read: from where, and what would be right. Nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub source: String,
    pub hint: Option<&'static str>,
}

impl Unreadable {
    fn hinting(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the secret cannot be read from {}", self.source)?;
        match self.hint {
            Some(hint) => write!(f, ": {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Unreadable {}

/// Reads a secret; a relative path is relative to `base`, the directory of the schedule's file.
///
/// # Errors
/// It is not there, is empty, or may not be read.
pub fn read(source: &SecretSource, base: &Path) -> Result<SecretString, Unreadable> {
    match source {
        SecretSource::File(path) => from_file(&base.join(path)),
        SecretSource::Credential(name) => from_file(&credential(name)?),
        SecretSource::Env(name) => std::env::var(name).map(SecretString::from).map_err(|_| {
            unreadable(format!("the environment variable {name}"))
                .hinting("set it, in UTF-8, in the environment of this process")
        }),
    }
}

fn credential(name: &str) -> Result<PathBuf, Unreadable> {
    let source = || unreadable(format!("the credential {name}"));
    // A credential is a plain name: anything else would leave the directory.
    if name.is_empty() || name.contains('/') || name == ".." || name == "." {
        return Err(source().hinting("a credential is named by a plain name without a slash"));
    }
    let directory = std::env::var_os("CREDENTIALS_DIRECTORY")
        .ok_or_else(|| source().hinting("add LoadCredential= to the systemd unit"))?;
    Ok(PathBuf::from(directory).join(name))
}

fn from_file(path: &Path) -> Result<SecretString, Unreadable> {
    let mut text = fs::read_to_string(path).map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::NotFound => "the file does not exist",
            ErrorKind::PermissionDenied => "the file cannot be read by this user",
            ErrorKind::InvalidData => "the file is not UTF-8",
            ErrorKind::IsADirectory => "it is a directory, not a file",
            _ => "the file cannot be read",
        };
        unreadable(format!("the file {}", path.display())).hinting(hint)
    })?;
    warn_if_exposed(path);
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = SecretString::from(secret.strip_suffix('\r').unwrap_or(secret));
    text.zeroize();
    if secret.expose_secret().is_empty() {
        return Err(unreadable(format!("the file {}", path.display()))
            .hinting("the file is empty; who asks for no secret needs no key for one"));
    }
    Ok(secret)
}

#[cfg(unix)]
fn warn_if_exposed(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let exposed = fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o004 != 0);
    if exposed {
        tracing::warn!(file = %path.display(), "every user of this host can read this secret");
    }
}

#[cfg(not(unix))]
fn warn_if_exposed(_path: &Path) {}

fn unreadable(source: String) -> Unreadable {
    Unreadable { source, hint: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_newline_is_not_part_of_the_secret() {
        let dir = tempfile::tempdir().unwrap();
        for (content, secret) in [
            ("geheim", "geheim"),
            ("geheim\n", "geheim"),
            ("geheim\r\n", "geheim"),
            ("geheim\n\n", "geheim\n"),
            (" geheim ", " geheim "),
        ] {
            fs::write(dir.path().join("pw"), content).unwrap();
            let read = read(&SecretSource::File("pw".into()), dir.path()).unwrap();
            assert_eq!(read.expose_secret(), secret);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let trouble = read(&SecretSource::File("none".into()), dir.path()).unwrap_err();
        assert!(trouble.source.ends_with("none"));
        for empty in ["", "\n"] {
            fs::write(dir.path().join("pw"), empty).unwrap();
            let trouble = read(&SecretSource::File("pw".into()), dir.path()).unwrap_err();
            assert!(trouble.to_string().contains("is empty"), "{trouble}");
        }
        let trouble = read(&SecretSource::File(".".into()), dir.path()).unwrap_err();
        assert!(trouble.to_string().contains("a directory"), "{trouble}");
        let trouble = read(&SecretSource::Credential("../pw".into()), dir.path()).unwrap_err();
        assert!(trouble.to_string().contains("plain name"));
    }
}
