//! What is done to the files of the state directory, act by act.
//!
//! Apart, because a file is safe only through the order of these acts (write, make durable, name, make the name
//! durable), and because every act is a [`Point`] at which the crash harness lets the process die or the disk fail.
//! Nothing here may know what is written.
//!
//! After a failed fsync nobody knows what is on the disk, and a second one may say that all is well although the data
//! are gone: so none is ever tried again, and the process writes nothing more ([`may_write`]).

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::fault::Point;
#[cfg(feature = "fault-points")]
use crate::fault::lossy;

/// True from the first fsync that failed in this process.
static UNSYNCED: AtomicBool = AtomicBool::new(false);

/// False once an fsync has failed in this process.
#[must_use]
pub fn may_write() -> bool {
    !UNSYNCED.load(Ordering::SeqCst)
}

fn permitted() -> Result<()> {
    match may_write() {
        true => Ok(()),
        false => Err(Error::other(
            "a disk did not take what was written before: nothing further is written until the program is started again",
        )),
    }
}

fn write_no_more() {
    // Tests of the library share a process; the harness of the program does not.
    if cfg!(not(test)) {
        UNSYNCED.store(true, Ordering::SeqCst);
    }
}

/// Opens a file that only its owner may read.
///
/// # Errors
/// The system's.
pub fn open(path: &Path, options: &mut OpenOptions) -> Result<File> {
    options.mode(0o600).open(path)
}

/// Makes an empty file that only its owner may read, in the place of what was there.
///
/// # Errors
/// The system's.
pub fn create(path: &Path) -> Result<File> {
    #[cfg(feature = "fault-points")]
    lossy::note_creation(path);
    open(
        path,
        OpenOptions::new().write(true).create(true).truncate(true),
    )
}

/// Makes the file, or opens it to write at its end.
///
/// # Errors
/// The system's.
pub fn open_end(point: Point, path: &Path) -> Result<File> {
    act(point, || {
        #[cfg(feature = "fault-points")]
        lossy::note_creation(path);
        open(path, OpenOptions::new().create(true).append(true))
    })
}

/// Writes bytes at a place of a file.
///
/// # Errors
/// The system's; part of the bytes may be there.
pub fn write_at(point: Point, path: &Path, file: &File, bytes: &[u8], at: u64) -> Result<()> {
    permitted()?;
    #[cfg(feature = "fault-points")]
    lossy::before_write(point, path, file, bytes, at)?;
    #[cfg(not(feature = "fault-points"))]
    let _ = (point, path);
    file.write_all_at(bytes, at)
}

/// Writes bytes at the end of a file.
///
/// # Errors
/// The system's; part of the bytes may be there.
pub fn write_end(point: Point, path: &Path, mut file: &File, bytes: &[u8]) -> Result<()> {
    permitted()?;
    #[cfg(feature = "fault-points")]
    lossy::before_write(point, path, file, bytes, file.metadata()?.len())?;
    #[cfg(not(feature = "fault-points"))]
    let _ = (point, path);
    file.write_all(bytes)
}

/// How a file is made durable: `File::sync_data` where only its content changed, else `File::sync_all`.
pub type Sync = fn(&File) -> Result<()>;

/// Makes durable what was written to a file.
///
/// # Errors
/// The system's. From then on this process may not write.
pub fn sync(point: Point, file: &File, how: Sync) -> Result<()> {
    permitted()?;
    #[cfg(feature = "fault-points")]
    let how = || {
        lossy::before_sync(point, file)?;
        how(file)?;
        lossy::after_sync(file)
    };
    #[cfg(not(feature = "fault-points"))]
    let how = || {
        let _ = point;
        how(file)
    };
    how().inspect_err(|_| write_no_more())
}

/// Gives a file another name, in the place of what had it.
///
/// # Errors
/// The system's.
pub fn rename(point: Point, from: &Path, to: &Path) -> Result<()> {
    act(point, || {
        #[cfg(feature = "fault-points")]
        lossy::note_renaming(from, to);
        std::fs::rename(from, to)
    })
}

/// Makes the names in a folder durable.
///
/// # Errors
/// The system's. From then on this process may not write.
pub fn sync_names(point: Point, folder: &Path) -> Result<()> {
    sync_names_of(point, folder, || File::open(folder))
}

fn sync_names_of(point: Point, folder: &Path, open: impl FnOnce() -> Result<File>) -> Result<()> {
    let synced = act(point, || open()?.sync_all());
    #[cfg(not(feature = "fault-points"))]
    let _ = folder;
    #[cfg(feature = "fault-points")]
    if synced.is_ok() {
        lossy::names_are_durable(folder);
    }
    synced.inspect_err(|_| write_no_more())
}

/// Makes a folder that only its owner may enter, and those that it lies in, durably. One that is there already stays.
///
/// # Errors
/// The system's.
pub fn make_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return Err(Error::from(ErrorKind::NotFound)),
    };
    make_folder(parent)?;
    let made = act(Point::FolderMade, || {
        #[cfg(feature = "fault-points")]
        lossy::note_creation(path);
        DirBuilder::new().mode(0o700).create(path)
    });
    match made {
        // Somebody was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => {}
        other => other?,
    }
    sync_names(Point::FolderSynced, parent)
}

/// Makes the names in a folder durable, and its own name where we may read the folder that it lies in: whoever made
/// them may have died before they were.
///
/// # Errors
/// The system's.
pub fn reaffirm_folder(folder: &Path) -> Result<()> {
    sync_names(Point::FolderSynced, folder)?;
    match folder.canonicalize()?.parent() {
        Some(parent) if File::open(parent).is_ok() => sync_names(Point::FolderSynced, parent),
        _ => Ok(()),
    }
}

/// Writes a file of a folder whole, durably: whoever reads it finds the old one or the new one.
///
/// # Errors
/// The system's.
pub fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    // Opened before anything has another name: where too many files are open, nothing has changed and nothing is unknown.
    let names = File::open(folder)?;
    let unfinished = folder.join(format!("{name}.new"));
    let file = create(&unfinished)?;
    write_at(Point::NoteWritten, &unfinished, &file, bytes, 0)?;
    sync(Point::NoteSynced, &file, File::sync_all)?;
    rename(Point::NoteNamed, &unfinished, &folder.join(name))?;
    sync_names_of(Point::NoteNameSynced, folder, || Ok(names))
}

/// Writes a file once more as it is, durably: whoever wrote it may have died before it was. One that is not there is no
/// error.
///
/// # Errors
/// The system's.
pub fn reaffirm(path: &Path) -> Result<()> {
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let held = std::fs::read(path)?;
    write_at(Point::DigestsReaffirmed, path, &file, &held, 0)?;
    sync(Point::DigestsReaffirmedSynced, &file, File::sync_all)?;
    match path.parent() {
        Some(folder) => sync_names(Point::DigestsReaffirmedNameSynced, folder),
        None => Ok(()),
    }
}

/// Puts a file that others read, with these bytes, into a folder that is not ours, durably; what is there of it already,
/// because an earlier attempt failed, is written once more. An fsync that fails there tells nothing of our own files.
///
/// # Errors
/// The system's; the beginning of the file may be there.
pub fn copy_out(path: &Path, bytes: &[u8]) -> Result<()> {
    let file = act(Point::CopyMade, || {
        #[cfg(feature = "fault-points")]
        lossy::note_creation(path);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o644);
        options.open(path)
    })?;
    write_at(Point::CopyWritten, path, &file, bytes, 0)?;
    #[cfg(feature = "fault-points")]
    lossy::before_sync(Point::CopySynced, &file)?;
    file.sync_all()?;
    #[cfg(feature = "fault-points")]
    lossy::after_sync(&file)?;
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    act(Point::CopyNameSynced, || match File::open(folder) {
        // Written, and not to be read.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        opened => opened?.sync_all(),
    })?;
    #[cfg(feature = "fault-points")]
    lossy::names_are_durable(folder);
    Ok(())
}

/// Removes a file; its name is made durable by [`sync_names`].
///
/// # Errors
/// The system's.
pub fn remove(point: Point, path: &Path) -> Result<()> {
    act(point, || {
        #[cfg(feature = "fault-points")]
        lossy::note_destruction(path);
        std::fs::remove_file(path)
    })
}

/// Removes a folder and all that is in it, durably. One that is not there is no error.
///
/// # Errors
/// The system's; part of it may be gone.
pub fn destroy(folder: &Path) -> Result<()> {
    let destroyed = act(Point::WindowDestroyed, || {
        #[cfg(feature = "fault-points")]
        lossy::note_destruction(folder);
        std::fs::remove_dir_all(folder)
    });
    match destroyed {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        other => other?,
    }
    match folder.parent() {
        // Else a crash could bring it back.
        Some(parent) if parent.is_dir() => sync_names(Point::WindowDestroyedSynced, parent),
        _ => Ok(()),
    }
}

/// One act, or what the fault point makes of it.
fn act<T>(point: Point, act: impl FnOnce() -> Result<T>) -> Result<T> {
    permitted()?;
    #[cfg(feature = "fault-points")]
    lossy::before(point)?;
    #[cfg(not(feature = "fault-points"))]
    let _ = point;
    act()
}
