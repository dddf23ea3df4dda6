//! Making a directory what another place has.
//!
//! No act of it is a point of the crash harness: it is done before a store is opened, and whoever dies half-way begins
//! again, since nothing is believed that was not compared.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file that is being put back; it has its name from [`Restored::name`] on.
pub struct Restored {
    file: File,
    unfinished: PathBuf,
    path: PathBuf,
}

/// Begins a file of a length in bytes, all zeros.
///
/// # Errors
/// The system's; the path leads out of the directory.
pub fn restore(directory: &Path, path: &str, length: u64) -> Result<Restored> {
    let path = within(directory, path)?;
    if let Some(folder) = path.parent() {
        super::make_folder(folder)?;
    }
    let mut unfinished = path.clone().into_os_string();
    unfinished.push(".new");
    let unfinished = PathBuf::from(unfinished);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let file = options.open(&unfinished)?;
    file.set_len(length)?;
    Ok(Restored {
        file,
        unfinished,
        path,
    })
}

/// What another place calls a file must not lead elsewhere.
fn within(directory: &Path, path: &str) -> Result<PathBuf> {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    match path.split('/').all(is_plain) {
        true => Ok(directory.join(path)),
        false => Err(Error::from(ErrorKind::InvalidData)),
    }
}

impl Restored {
    /// Writes bytes at a place of it.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self, bytes: &[u8], at: u64) -> Result<()> {
        self.file.write_all_at(bytes, at)
    }

    /// Gives it its name, durably.
    ///
    /// # Errors
    /// The system's.
    pub fn name(self) -> Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.unfinished, &self.path)?;
        match self.path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}

/// Removes a file that the other place does not have, durably.
///
/// # Errors
/// The system's.
pub fn discard_here(directory: &Path, path: &str) -> Result<()> {
    let path = within(directory, path)?;
    std::fs::remove_file(&path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Keeps bytes in the folder `aside` of the directory, under a name that nothing there has; gives the path.
///
/// # Errors
/// The system's.
pub fn set_aside(directory: &Path, path: &str, bytes: &[u8]) -> Result<PathBuf> {
    let folder = directory.join("aside");
    super::make_folder(&folder)?;
    let name = path.replace('/', ".");
    let mut free = (1_u32..).map(|n| folder.join(format!("{name}.{n}")));
    let Some(to) = free.find(|to| !to.exists()) else {
        return Err(Error::from(ErrorKind::AlreadyExists));
    };
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(&to)?;
    file.write_all_at(bytes, 0)?;
    file.sync_all()?;
    File::open(&folder)?.sync_all()?;
    Ok(to)
}
