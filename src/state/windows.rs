//! The months of the proof window: each with a key of its own, and the digests that were made under it.
//!
//! When a window ends, its key and its digests are destroyed, and the log says so: nobody can ask any more.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Datelike, Utc};

use crate::audit::digests::{self, Block, KeyDigest};
use crate::fault::Point;
use crate::files;

/// For so many months after its end can questions about a month be answered.
pub const PROOF_MONTHS: i32 = 13;

const FOLDER: &str = "digests";
/// The key of a month, in its folder.
pub const KEY: &str = "digest.key";

/// The month of a moment, as "2026-11".
#[must_use]
pub fn window(at: DateTime<Utc>) -> String {
    at.format("%Y-%m").to_string()
}

/// Where the key and the digests of a month lie.
#[must_use]
pub fn folder(directory: &Path, window: &str) -> PathBuf {
    directory.join(FOLDER).join(window)
}

/// Makes the folder of a month.
///
/// # Errors
/// The system's.
pub fn make_folder(directory: &Path, window: &str) -> anyhow::Result<PathBuf> {
    let folder = folder(directory, window);
    files::make_folder(&folder).with_context(|| format!("failed to make {}", folder.display()))?;
    Ok(folder)
}

/// The months that are there, oldest first.
///
/// # Errors
/// The folder cannot be read.
pub fn all(directory: &Path) -> anyhow::Result<Vec<String>> {
    let folder = directory.join(FOLDER);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(error).with_context(|| format!("failed to read {}", folder.display()));
        }
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if months(&name).is_some() {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

/// True once nobody may ask about a month any more.
#[must_use]
pub fn has_ended(window: &str, now: DateTime<Utc>) -> bool {
    let today = now.year() * 12 + i32::try_from(now.month0()).unwrap_or(0);
    months(window).is_some_and(|month| today > month + PROOF_MONTHS)
}

/// Months since the year 0.
fn months(window: &str) -> Option<i32> {
    let (year, month) = window.split_once('-')?;
    let (year, month): (i32, i32) = (year.parse().ok()?, month.parse().ok()?);
    (1..=12).contains(&month).then_some(year * 12 + month - 1)
}

/// Destroys the key and the digests of a month; durable when this returns.
///
/// # Errors
/// The system's.
pub fn destroy(directory: &Path, window: &str) -> anyhow::Result<()> {
    let folder = folder(directory, window);
    files::destroy(&folder).with_context(|| format!("failed to destroy {}", folder.display()))
}

/// The digests of one run, as they are written.
#[derive(Debug)]
pub struct SideFile {
    path: PathBuf,
    file: Option<File>,
    /// True where something was written that is not durable yet.
    behind: bool,
}

impl SideFile {
    /// For a run; the file is made with the first digest.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn of(directory: &Path, window: &str, run: &str) -> anyhow::Result<Self> {
        let path = make_folder(directory, window)?.join(format!("{run}.keys"));
        Ok(Self {
            path,
            file: None,
            behind: false,
        })
    }

    /// Writes the digests of a batch and a table, sorted: their order would tell in which order rows lay.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&mut self, block: &Block, sorted: &[KeyDigest]) -> anyhow::Result<()> {
        let bytes = digests::write(block, sorted)?;
        self.behind = true;
        self.put(&bytes)
            .with_context(|| format!("failed to write {}", self.path.display()))
    }

    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let file = match &self.file {
            Some(file) => file,
            None => {
                let file = files::open_end(Point::DigestsMade, &self.path)?;
                if let Some(folder) = self.path.parent() {
                    files::sync_names(Point::DigestsNameSynced, folder)?;
                }
                self.file.insert(file)
            }
        };
        files::write_end(Point::DigestsWritten, &self.path, file, bytes)
    }

    /// Makes durable what was written: before a receipt names it.
    ///
    /// # Errors
    /// The system's.
    pub fn sync(&mut self) -> anyhow::Result<()> {
        let Some(file) = self.file.as_ref().filter(|_| self.behind) else {
            return Ok(());
        };
        files::sync(Point::DigestsSynced, file, File::sync_data)
            .with_context(|| format!("failed to write {}", self.path.display()))?;
        self.behind = false;
        Ok(())
    }
}

/// Makes durable what a run that died has left of its digests.
///
/// # Errors
/// The system's.
pub fn reaffirm(directory: &Path, run: &str) -> anyhow::Result<()> {
    for window in all(directory)? {
        let path = folder(directory, &window).join(format!("{run}.keys"));
        files::reaffirm(&path).with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(())
}

/// The digests of a run; none where they were destroyed, or never written.
///
/// # Errors
/// The file cannot be read.
pub fn read(
    directory: &Path,
    window: &str,
    run: &str,
) -> anyhow::Result<Vec<(Block, Vec<KeyDigest>)>> {
    let path = folder(directory, window).join(format!("{run}.keys"));
    match std::fs::read(&path) {
        Ok(bytes) => Ok(digests::read(&bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("failed to read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_thirteen_months_after_its_end() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
        assert_eq!(window(at("2026-11-22T00:00:00Z")), "2026-11");
        for (now, ended) in [
            ("2026-11-30T23:59:59Z", false),
            ("2027-12-31T23:59:59Z", false),
            ("2028-01-01T00:00:00Z", true),
            ("2020-01-01T00:00:00Z", false),
        ] {
            assert_eq!(has_ended("2026-11", at(now)), ended, "{now}");
        }
        assert!(!has_ended("2026-13", at("2099-01-01T00:00:00Z")));
        assert!(!has_ended("elsewhere", at("2099-01-01T00:00:00Z")));
    }
}
