//! A second place for what is made durable in the state directory.
//!
//! What is written, named and removed is noted as a [`Deed`], in its order; an act that makes something durable hands all
//! of them over, and returns when they are durable there as well. So the other place is never behind what somebody was
//! told, and a directory that is ahead of it has what nobody acted upon. Nothing here may know where the other place is.

use std::fs::File;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::fault::Point;

/// What was done to a file. Paths are relative to the directory, with "/" between their parts.
#[derive(Clone, PartialEq, Eq)]
pub enum Deed {
    /// It has this content, in the place of what it had, and zeros behind it up to a length in bytes.
    Put {
        path: String,
        content: Vec<u8>,
        length: u64,
    },
    /// It has these bytes at a place; it is made where it was not.
    Write {
        path: String,
        at: u64,
        bytes: Vec<u8>,
    },
    Remove {
        path: String,
    },
    RemoveFolder {
        path: String,
    },
}

/// The other place.
pub trait Mirror: Send + Sync {
    /// Takes deeds in their order, after all that were handed over before; says when they are durable, or that they are
    /// not and never will be.
    fn hand_over(&self, deeds: Vec<Deed>) -> Receiver<Result<()>>;
}

struct Mirrored {
    directory: PathBuf,
    /// The same without links.
    real: PathBuf,
    mirror: Box<dyn Mirror>,
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    deeds: Vec<Deed>,
    /// How many are waited for now.
    waiting: usize,
}

static MIRRORED: OnceLock<Mirrored> = OnceLock::new();

/// From here on, to the end of the process, what is made durable in a directory is durable in another place too.
///
/// # Errors
/// The directory is not there, or one has another place already.
pub fn mirror_into(directory: &Path, mirror: Box<dyn Mirror>) -> Result<()> {
    let mirrored = Mirrored {
        directory: directory.to_owned(),
        real: directory.canonicalize()?,
        mirror,
        noted: Mutex::default(),
    };
    let twice = |_| Error::other("the state directory has another place already");
    MIRRORED.set(mirrored).map_err(twice)
}

/// True where [`mirror_into`] was called in this process.
#[must_use]
pub fn is_mirrored() -> bool {
    MIRRORED.get().is_some()
}

/// Files of the state directory that belong to this host and its processes: locks, sockets, zeros that lie ready, what is
/// not named yet, what was set aside.
#[must_use]
pub fn is_of_this_host(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    // What a new version writes besides belongs to the store until it is named here.
    let is_own = matches!(
        path,
        "lock" | "daemon.lock" | "socket" | "publishing" | "shared" | "aside"
    );
    is_own || path.starts_with("aside/") || name == "spare" || name.ends_with(".new")
}

/// Files that a store is made of, as far as this version knows: only they are taken up, and only they go where the other
/// place does not have them. The directory may have somebody else's, too.
#[must_use]
pub fn is_of_the_store(path: &str) -> bool {
    let is_known = match path.split_once('/') {
        Some((folder, _)) => matches!(folder, "log" | "digests" | "holds" | "erasures"),
        None => {
            let is_pause = path == "paused" || path.starts_with("paused.");
            is_pause
                || matches!(
                    path,
                    "signing.key" | "signing.key.next" | "published" | "daemon.json"
                )
        }
    };
    is_known && !is_of_this_host(path)
}

impl Mirrored {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the other place calls it; `None`: it is none of the directory's, or of this host alone.
    fn name(&self, path: &Path) -> Option<String> {
        let within = match path.strip_prefix(&self.directory) {
            Ok(within) => within.to_owned(),
            // It may have been told in another way.
            Err(_) => {
                let parent = path.parent()?.canonicalize().ok()?;
                let within = parent.strip_prefix(&self.real).ok()?;
                within.join(path.file_name()?)
            }
        };
        let parts = within.components();
        let parts: Vec<_> = parts.map(|one| one.as_os_str().to_string_lossy()).collect();
        let name = parts.join("/");
        (!name.is_empty() && !is_of_this_host(&name)).then_some(name)
    }

    fn note(&self, path: &Path, deed: impl FnOnce(String) -> Deed) {
        if let Some(name) = self.name(path) {
            self.noted().deeds.push(deed(name));
        }
    }

    /// A file whole, as it is.
    fn note_whole(&self, path: &Path) -> Result<()> {
        let Some(name) = self.name(path) else {
            return Ok(());
        };
        let deed = whole(name, std::fs::read(path)?);
        self.noted().deeds.push(deed);
        Ok(())
    }
}

/// A file whole: zeros at its end are a length.
#[must_use]
pub fn whole(path: String, mut content: Vec<u8>) -> Deed {
    let length = content.len() as u64;
    let used = content.iter().rposition(|byte| *byte != 0);
    content.truncate(used.map_or(0, |last| last + 1));
    Deed::Put {
        path,
        content,
        length,
    }
}

/// Bytes were written.
pub(super) fn note_write(
    point: Point,
    path: &Path,
    file: &File,
    bytes: &[u8],
    at: u64,
) -> Result<()> {
    let Some(mirrored) = MIRRORED.get() else {
        return Ok(());
    };
    match point {
        // What was there already, and the other place may have it in many pieces, or not have it.
        Point::LogReaffirmed | Point::DigestsReaffirmed => {
            let length = file.metadata()?.len();
            mirrored.note(path, |path| match whole(path, bytes.to_vec()) {
                Deed::Put { path, content, .. } => Deed::Put {
                    path,
                    content,
                    length,
                },
                other => other,
            });
        }
        _ => mirrored.note(path, |path| Deed::Write {
            path,
            at,
            bytes: bytes.to_vec(),
        }),
    }
    Ok(())
}

/// A file has another name.
pub(super) fn note_name(point: Point, from: &Path, to: &Path) -> Result<()> {
    let Some(mirrored) = MIRRORED.get() else {
        return Ok(());
    };
    if point == Point::SegmentNamed
        && let Some(before) = segment_before(to)
    {
        // It is full: from here on it is one piece.
        mirrored.note_whole(&before)?;
    }
    mirrored.note(from, |path| Deed::Remove { path });
    mirrored.note_whole(to)
}

/// The one that was written until now.
fn segment_before(path: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(path.parent()?).ok()?;
    let all = entries.flatten().map(|entry| entry.path());
    let before = all.filter(|one| one.extension() == path.extension() && one.as_path() < path);
    before.max()
}

/// A file is gone.
pub(super) fn note_removal(path: &Path) {
    if let Some(mirrored) = MIRRORED.get() {
        mirrored.note(path, |path| Deed::Remove { path });
    }
}

/// A folder is gone with all that was in it.
pub(super) fn note_destruction(folder: &Path) {
    if let Some(mirrored) = MIRRORED.get() {
        mirrored.note(folder, |path| Deed::RemoveFolder { path });
    }
}

/// What was handed over, until it is durable.
#[must_use]
pub struct Keeping(Option<Receiver<Result<()>>>);

/// Hands over what was noted.
pub(super) fn keep() -> Keeping {
    let Some(mirrored) = MIRRORED.get() else {
        return Keeping(None);
    };
    // Handed over under the guard: in the order in which it was done.
    let mut noted = mirrored.noted();
    let deeds = std::mem::take(&mut noted.deeds);
    // Another thread may have taken ours along, and still waits.
    if deeds.is_empty() && noted.waiting == 0 {
        return Keeping(None);
    }
    noted.waiting += 1;
    Keeping(Some(mirrored.mirror.hand_over(deeds)))
}

impl Keeping {
    /// Waits until it is durable there.
    ///
    /// # Errors
    /// It is not: this process may not write any more.
    pub fn wait(self) -> Result<()> {
        match &self.0 {
            None => Ok(()),
            Some(answer) => answer.recv().unwrap_or_else(|_| {
                Err(Error::other("the thread of the shared state store ended"))
            }),
        }
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        if self.0.is_some()
            && let Some(mirrored) = MIRRORED.get()
        {
            mirrored.noted().waiting -= 1;
        }
    }
}
