//! A disk that forgets what was not made durable. Only with the feature `fault-points`.
//!
//! What was written since the last fsync is remembered, with what was there before; a loss of power puts that back and
//! ends the process. It is stricter than most file systems: a name is durable only when its folder was synced.

use std::fs::File;
use std::io::{Error, Result};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Point;
use super::armed::{self, Kind, strike};

/// What is lost when the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Nothing,
    /// Everything that was not made durable.
    All,
    /// Everything but the front half of the last write.
    AllButFront,
    /// Everything but the rear half of the last write.
    AllButRear,
}

/// What would have to be put back.
#[derive(Debug)]
enum Undo {
    Write {
        inode: (u64, u64),
        path: PathBuf,
        at: u64,
        old: Vec<u8>,
        new: Vec<u8>,
        length: u64,
    },
    Name {
        path: PathBuf,
        was: Before,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
        was: Before,
    },
}

/// What had a name before.
#[derive(Debug)]
enum Before {
    Nothing,
    File(Vec<u8>),
    Folder(Vec<(PathBuf, Vec<u8>)>),
}

static UNDONE: Mutex<Vec<Undo>> = Mutex::new(Vec::new());

fn undone() -> MutexGuard<'static, Vec<Undo>> {
    UNDONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remember(undo: impl FnOnce() -> Undo) {
    if armed::is_armed() {
        let undo = undo();
        undone().push(undo);
    }
}

fn inode(file: &File) -> Result<(u64, u64)> {
    let known = file.metadata()?;
    Ok((known.dev(), known.ino()))
}

fn before_of(path: &Path) -> Before {
    if path.is_dir() {
        let mut held = Vec::new();
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            held.push((
                entry.path(),
                std::fs::read(entry.path()).unwrap_or_default(),
            ));
        }
        return Before::Folder(held);
    }
    std::fs::read(path).map_or(Before::Nothing, Before::File)
}

/// A name is about to be given to something new.
pub fn note_creation(path: &Path) {
    if !path.exists() {
        remember(|| Undo::Name {
            path: path.to_owned(),
            was: Before::Nothing,
        });
    }
}

/// A folder is about to be removed.
pub fn note_destruction(path: &Path) {
    remember(|| Undo::Name {
        path: path.to_owned(),
        was: before_of(path),
    });
}

/// A name is about to be given to another file.
pub fn note_renaming(from: &Path, to: &Path) {
    remember(|| Undo::Rename {
        from: from.to_owned(),
        to: to.to_owned(),
        was: before_of(to),
    });
}

/// A name or a folder is about to change.
///
/// # Errors
/// What the point was told to say.
pub fn before(point: Point) -> Result<()> {
    match strike(point) {
        None => Ok(()),
        Some(kind) => fail(point, kind),
    }
}

/// Bytes are about to be written.
///
/// # Errors
/// What the point was told to say; half of the bytes are there then.
pub fn before_write(point: Point, path: &Path, file: &File, bytes: &[u8], at: u64) -> Result<()> {
    let struck = strike(point);
    let note = |new: &[u8]| -> Result<()> {
        let length = file.metadata()?.len();
        let reader = File::open(path)?;
        let mut old = vec![
            0;
            usize::try_from(length.saturating_sub(at))
                .unwrap_or(0)
                .min(new.len())
        ];
        reader.read_exact_at(&mut old, at)?;
        let inode = inode(file)?;
        remember(|| Undo::Write {
            inode,
            path: path.to_owned(),
            at,
            old,
            new: new.to_vec(),
            length,
        });
        Ok(())
    };
    match struck {
        None => note(bytes),
        Some(kind) => {
            // A write that fails, or during which the process dies, has come half-way.
            let half = match kind {
                Kind::TornFront | Kind::TornRear | Kind::Stop | Kind::Panic => bytes,
                _ => &bytes[..bytes.len() / 2],
            };
            if kind != Kind::Stop && kind != Kind::Panic {
                note(half)?;
                let writer = File::options().write(true).open(path)?;
                writer.write_all_at(half, at)?;
            }
            fail(point, kind)
        }
    }
}

/// A file is about to be made durable.
///
/// # Errors
/// What the point was told to say.
pub fn before_sync(point: Point, file: &File) -> Result<()> {
    match strike(point) {
        None => Ok(()),
        Some(Kind::IoLost) => {
            // The pages that could not be written are taken for clean, and what is read again is what was there before.
            forget(Loss::All, Some(inode(file)?));
            Err(Error::from_raw_os_error(5))
        }
        Some(kind) => fail(point, kind),
    }
}

/// A file was made durable.
///
/// # Errors
/// The system's.
pub fn after_sync(file: &File) -> Result<()> {
    let mine = inode(file)?;
    undone().retain(|undo| !matches!(undo, Undo::Write { inode, .. } if *inode == mine));
    Ok(())
}

/// A folder was made durable.
pub fn names_are_durable(folder: &Path) {
    let of = |path: &Path| path.parent().is_some_and(|parent| same(parent, folder));
    let mut all = undone();
    let mut kept = Vec::new();
    for undo in all.drain(..) {
        match undo {
            Undo::Name { path, .. } if of(&path) => {}
            Undo::Rename { from, to, .. } if of(&to) => {
                // Its content is still under the new name when power fails.
                for one in &mut kept {
                    if let Undo::Write { path, .. } = one
                        && *path == from
                    {
                        to.clone_into(path);
                    }
                }
            }
            other => kept.push(other),
        }
    }
    *all = kept;
}

fn same(one: &Path, other: &Path) -> bool {
    let folder = |path: &Path| {
        if path.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            path.to_owned()
        }
    };
    folder(one) == folder(other)
}

fn fail(point: Point, kind: Kind) -> Result<()> {
    match kind {
        Kind::Kill => die(Loss::Nothing),
        Kind::Power => die(Loss::All),
        Kind::TornFront => die(Loss::AllButFront),
        Kind::TornRear => die(Loss::AllButRear),
        Kind::Panic => panic!("a fault point: {point:?}"),
        Kind::Full => Err(Error::from_raw_os_error(28)),
        Kind::Io | Kind::IoLost => Err(Error::from_raw_os_error(5)),
        Kind::Stop => {
            stop();
            Ok(())
        }
    }
}

/// Ends the process at once, without a word to anybody.
pub fn die(loss: Loss) -> ! {
    forget(loss, None);
    std::process::abort()
}

/// Stops the process until somebody lets it go on.
pub fn stop() {
    let id = std::process::id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-STOP", &id])
        .status();
    assert!(
        sent.is_ok_and(|status| status.success()),
        "the process cannot be stopped"
    );
}

/// Puts back what was not durable: of all files, or of one.
fn forget(loss: Loss, only: Option<(u64, u64)>) {
    if loss == Loss::Nothing {
        return;
    }
    let all = std::mem::take(&mut *undone());
    let mut keeps = loss != Loss::All;
    for undo in all.into_iter().rev() {
        match (undo, only) {
            (Undo::Write { inode, .. }, Some(only)) if inode != only => {}
            (
                Undo::Write {
                    path,
                    at,
                    old,
                    new,
                    length,
                    ..
                },
                _,
            ) => {
                let file = File::options().write(true).open(&path);
                let back = file.and_then(|file| {
                    let half = if keeps { new.len() / 2 } else { 0 };
                    let (from, to) = match loss {
                        Loss::AllButFront if keeps => (half, new.len()),
                        Loss::AllButRear if keeps => (0, half),
                        _ => (0, new.len()),
                    };
                    let was = |n: usize| old.get(n).copied().unwrap_or(0);
                    let lost: Vec<u8> = (from..to).map(was).collect();
                    file.write_all_at(&lost, at + from as u64)?;
                    match keeps {
                        true => Ok(()),
                        false => file.set_len(length),
                    }
                });
                assert!(
                    back.is_ok(),
                    "{} cannot be put back: {back:?}",
                    path.display()
                );
                keeps = false;
            }
            (_, Some(_)) => {}
            (Undo::Rename { from, to, was }, None) => {
                let _ = std::fs::rename(&to, &from);
                put_back(&to, was);
            }
            (Undo::Name { path, was }, None) => {
                match path.is_dir() {
                    true => drop(std::fs::remove_dir_all(&path)),
                    false => drop(std::fs::remove_file(&path)),
                }
                put_back(&path, was);
            }
        }
    }
}

fn put_back(path: &Path, was: Before) {
    match was {
        Before::Nothing => {}
        Before::File(bytes) => drop(std::fs::write(path, bytes)),
        Before::Folder(files) => {
            let _ = std::fs::create_dir(path);
            for (path, bytes) in files {
                let _ = std::fs::write(path, bytes);
            }
        }
    }
}
