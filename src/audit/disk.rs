//! The files of a log: segments of zeros, written from the front, made before they are needed.
//!
//! A write into a file that is already as long as it will be changes nothing but its content, so that one `fdatasync`
//! makes it durable, and a full disk cannot stop it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use super::scan;

/// How large the files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Of one segment, in bytes.
    pub segment: u64,
    /// What must be left for the end of what is begun, in bytes.
    pub reserve: u64,
}

impl Sizes {
    /// As a log is written; what is read may have other sizes.
    pub const STANDARD: Self = Self {
        segment: 1 << 20,
        reserve: 128 << 10,
    };
}

/// The segment that lies ready.
const SPARE: &str = "spare";

/// A segment that is being written.
pub struct Current {
    file: File,
    path: PathBuf,
    inode: (u64, u64),
    length: u64,
    at: u64,
}

impl Current {
    /// Opens a segment that has been written up to a place.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path, at: u64) -> anyhow::Result<Self> {
        let file = private(OpenOptions::new().read(true).write(true))
            .open(path)
            .with_context(|| format!("failed to open {}", path.display()))?;
        let known = file
            .metadata()
            .with_context(|| format!("failed to look at {}", path.display()))?;
        Ok(Self {
            inode: (known.dev(), known.ino()),
            length: known.len(),
            file,
            path: path.to_owned(),
            at,
        })
    }

    /// Bytes that still fit.
    #[must_use]
    pub fn room(&self) -> u64 {
        self.length.saturating_sub(self.at)
    }

    /// Writes lines over what is there, up to `over` bytes of it, and makes it durable.
    ///
    /// # Errors
    /// What is in the file is not known any more: nothing may be written again (a second `fdatasync` says that all is
    /// well where the first has lost the data).
    pub fn write(
        &mut self,
        lines: &[u8],
        over: usize,
        sync: fn(&File) -> std::io::Result<()>,
    ) -> anyhow::Result<()> {
        self.watch()?;
        // What a crash cut short must not be read as the rest of what is written now.
        let padded = [lines, &vec![0; over.saturating_sub(lines.len())]].concat();
        self.file
            .write_all_at(&padded, self.at)
            .and_then(|()| sync(&self.file))
            .with_context(|| format!("failed to write {}", self.path.display()))?;
        self.at += lines.len() as u64;
        Ok(())
    }

    /// Another program may have moved the file away or cut it: what we wrote then would be nowhere.
    fn watch(&self) -> anyhow::Result<()> {
        let there = std::fs::metadata(&self.path)
            .with_context(|| format!("the file {} of the log is gone", self.path.display()))?;
        ensure!(
            (there.dev(), there.ino()) == self.inode && there.len() == self.length,
            "the file {} of the log was replaced or cut by another program",
            self.path.display()
        );
        Ok(())
    }
}

/// Makes the spare segment where there is none.
///
/// # Errors
/// There is no space, or the folder cannot be written.
pub fn make_spare(folder: &Path, sizes: Sizes) -> anyhow::Result<()> {
    let spare = folder.join(SPARE);
    if spare.exists() {
        return Ok(());
    }
    let unfinished = folder.join("spare.new");
    let made = zeros(&unfinished, sizes.segment)
        .and_then(|()| std::fs::rename(&unfinished, &spare))
        .and_then(|()| sync_folder(folder));
    if let Err(error) = made {
        let _ = std::fs::remove_file(&unfinished);
        return Err(error).with_context(|| format!("failed to make {}", spare.display()));
    }
    Ok(())
}

/// Makes the spare the segment that begins with a record.
///
/// # Errors
/// There is no spare, or the folder cannot be written.
pub fn take_spare(folder: &Path, first: u64) -> anyhow::Result<Current> {
    let path = folder.join(scan::name(first));
    if path.exists() {
        bail!("the segment {} is there already", path.display());
    }
    std::fs::rename(folder.join(SPARE), &path)
        .and_then(|()| sync_folder(folder))
        .with_context(|| format!("failed to begin the segment {}", path.display()))?;
    Current::open(&path, 0)
}

fn zeros(path: &Path, length: u64) -> std::io::Result<()> {
    let mut file =
        private(OpenOptions::new().write(true).create(true).truncate(true)).open(path)?;
    let page = vec![0_u8; 64 << 10];
    let mut left = length;
    while left > 0 {
        let part = left.min(page.len() as u64);
        let part = usize::try_from(part).unwrap_or(page.len());
        file.write_all(&page[..part])?;
        left -= part as u64;
    }
    file.sync_all()
}

/// Only its owner may read what is made.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// Writes a file of a folder whole: whoever reads it finds the old one or the new one.
///
/// # Errors
/// The system's.
pub fn replace(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = folder.join(format!("{name}.new"));
    let mut file =
        private(OpenOptions::new().write(true).create(true).truncate(true)).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, folder.join(name))?;
    sync_folder(folder)
}

/// Makes names in a folder durable.
///
/// # Errors
/// The system's.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}
