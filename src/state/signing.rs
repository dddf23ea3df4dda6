//! The key that signs the log.

use std::path::Path;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};

use crate::audit::note::SigningKey;
use crate::audit::{Log, Record};
use crate::files;

const FILE: &str = "signing.key";
/// A key that takes the other's place: its file is named so until the log says that it does.
const NEXT: &str = "signing.key.next";

/// The key of a log: made where the log has none yet, refused where it is not the log's.
///
/// # Errors
/// The file is missing, damaged or another log's.
pub fn load_or_make(
    directory: &Path,
    log: &mut Log,
    at: DateTime<Utc>,
) -> anyhow::Result<SigningKey> {
    let found = read(directory, FILE)?;
    let Some(told) = log.key().cloned() else {
        let key = match found {
            // A crash came between the file and the record.
            Some(key) if key.public().name == log.origin() => {
                let path = directory.join(FILE);
                files::reaffirm(&path)
                    .with_context(|| format!("failed to write {}", path.display()))?;
                key
            }
            Some(_) => bail!(foreign(directory)),
            None => make(directory, FILE, log)?,
        };
        let record = Record::SigningKey {
            key: key.public().to_string(),
        };
        log.append(at, &[record])?;
        return Ok(key);
    };
    if let Some(key) = found
        && *key.public() == told
    {
        return Ok(key);
    }
    // A crash came between the record of a rotation and the file.
    match read(directory, NEXT)? {
        Some(next) if *next.public() == told => {
            put(directory, FILE, &next)?;
            remove_next(directory)?;
            Ok(next)
        }
        _ => bail!(foreign(directory)),
    }
}

/// Puts a new key in the place of the one that signs now.
///
/// # Errors
/// A file cannot be written, or the log.
pub fn rotate(
    directory: &Path,
    log: &mut Log,
    old: &SigningKey,
    at: DateTime<Utc>,
) -> anyhow::Result<SigningKey> {
    let new = make(directory, NEXT, log)?;
    log.rotate(at, old, &new)?;
    put(directory, FILE, &new)?;
    remove_next(directory)?;
    Ok(new)
}

fn foreign(directory: &Path) -> String {
    format!(
        "{} is not there, or is not the key of this log: put the right one back; without it nothing more can be signed",
        directory.join(FILE).display()
    )
}

fn make(directory: &Path, name: &str, log: &Log) -> anyhow::Result<SigningKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the system gives no random numbers")?;
    let key = SigningKey::new(&log.origin(), seed)?;
    put(directory, name, &key)?;
    Ok(key)
}

fn put(directory: &Path, name: &str, key: &SigningKey) -> anyhow::Result<()> {
    files::replace(directory, name, key.secret_text().as_bytes())
        .with_context(|| format!("failed to write {}", directory.join(name).display()))
}

fn remove_next(directory: &Path) -> anyhow::Result<()> {
    let path = directory.join(NEXT);
    files::discard(&path).with_context(|| format!("failed to remove {}", path.display()))
}

fn read(directory: &Path, name: &str) -> anyhow::Result<Option<SigningKey>> {
    let path = directory.join(name);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("failed to read {}", path.display()));
        }
    };
    let key = SigningKey::read(&text).with_context(|| format!("{} is damaged", path.display()))?;
    Ok(Some(key))
}
