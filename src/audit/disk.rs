//! The files of a log: segments of zeros, written from the front, made before they are needed.
//!
//! A write into a file that is already as long as it will be changes nothing but its content, so that one `fdatasync`
//! makes it durable, and a full disk cannot stop it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use crate::fault::Point;
use crate::files;

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

    /// The standard; or what a test of many segments asks for.
    #[must_use]
    pub fn of_this_process() -> Self {
        #[cfg(feature = "fault-points")]
        if let Some(segment) = crate::fault::segment_bytes() {
            return Self {
                segment,
                reserve: segment / 2,
            };
        }
        Self::STANDARD
    }
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
        let file = files::open(path, OpenOptions::new().read(true).write(true))
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

    /// Writes lines where the last ones end, and makes them durable.
    ///
    /// # Errors
    /// What is in the file is not known any more: nothing may be written again (a second `fdatasync` says that all is
    /// well where the first has lost the data).
    pub fn write(&mut self, lines: &[u8], sync: files::Sync) -> anyhow::Result<()> {
        self.watch()?;
        files::write_at(
            Point::RecordsWritten,
            &self.path,
            &self.file,
            lines,
            self.at,
        )
        .and_then(|()| files::sync(Point::RecordsSynced, &self.file, sync))
        .with_context(|| format!("failed to write {}", self.path.display()))?;
        self.at += lines.len() as u64;
        Ok(())
    }

    /// Writes what was read up to here once more, durably. A predecessor may have died before its fsync; or its fsync may
    /// have failed, and then what can be read is on no disk, and no other fsync puts it there: only a new write does.
    ///
    /// # Errors
    /// As for [`Current::write`].
    pub fn reaffirm(&mut self, folder: &Path, sync: files::Sync) -> anyhow::Result<()> {
        let told = || format!("failed to make durable what {} holds", self.path.display());
        let mut held = vec![0; usize::try_from(self.at)?];
        self.file.read_exact_at(&mut held, 0).with_context(told)?;
        files::write_at(Point::LogReaffirmed, &self.path, &self.file, &held, 0)
            .and_then(|()| files::sync(Point::LogReaffirmedSynced, &self.file, sync))
            .and_then(|()| files::sync_names(Point::LogNamesSynced, folder))
            .with_context(told)
    }

    /// Overwrites with zeros what a crash has left of a write, durably. Apart from what is written next: of one write
    /// over it a second crash could leave the front, and the rear of the first would be read as what follows it.
    ///
    /// # Errors
    /// As for [`Current::write`].
    pub fn clear(&mut self, bytes: usize, sync: files::Sync) -> anyhow::Result<()> {
        self.watch()?;
        let zeros = vec![0; bytes];
        files::write_at(Point::TailCleared, &self.path, &self.file, &zeros, self.at)
            .and_then(|()| files::sync(Point::TailClearedSynced, &self.file, sync))
            .with_context(|| format!("failed to write {}", self.path.display()))
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
        .and_then(|()| files::rename(Point::SpareNamed, &unfinished, &spare))
        .and_then(|()| files::sync_names(Point::SpareNameSynced, folder));
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
    files::rename(Point::SegmentNamed, &folder.join(SPARE), &path)
        .and_then(|()| files::sync_names(Point::SegmentNameSynced, folder))
        .with_context(|| format!("failed to begin the segment {}", path.display()))?;
    Current::open(&path, 0)
}

fn zeros(path: &Path, length: u64) -> std::io::Result<()> {
    let file = files::create(path)?;
    let page = vec![0_u8; 64 << 10];
    let mut at = 0;
    while at < length {
        let part = usize::try_from(length - at).map_or(page.len(), |left| left.min(page.len()));
        files::write_at(Point::SpareFilled, path, &file, &page[..part], at)?;
        at += part as u64;
    }
    files::sync(Point::SpareSynced, &file, File::sync_all)
}
