//! Copying a state directory that changes meanwhile.
//!
//! Apart, because what is read while nobody appends must not know where it goes: [`Copied::rest`] has no such place, so
//! that a disk that is slow, or gone, holds up nobody but who asked for a backup. What was copied is remembered here and
//! not looked up in the copy, for the same reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::NOT_COPIED;

/// Longer than any file system's clock stands still: two writes in one tick of it look the same.
const TICK: Duration = Duration::from_secs(3);

/// What a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    bytes: u64,
    modified: SystemTime,
}

impl Look {
    fn at(path: &Path) -> anyhow::Result<Option<Self>> {
        let known = match fs::metadata(path) {
            // It went meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let modified = known.modified()?;
        let bytes = known.len();
        Ok(Some(Self { bytes, modified }))
    }

    fn is_settled(&self) -> bool {
        self.modified.elapsed().is_ok_and(|age| age > TICK)
    }
}

/// What is in a folder and belongs to the store, by the way from the folder.
#[derive(Debug, Default)]
struct Tree {
    /// Each after the one that it is in.
    folders: BTreeSet<PathBuf>,
    files: BTreeMap<PathBuf, Look>,
}

impl Tree {
    fn of(folder: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        tree.add(folder, Path::new(""))?;
        Ok(tree)
    }

    fn add(&mut self, top: &Path, way: &Path) -> anyhow::Result<()> {
        let entries = match fs::read_dir(top.join(way)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        for entry in entries {
            let entry = entry?;
            let (name, known) = (entry.file_name(), entry.file_type()?);
            let is_ours = !NOT_COPIED.iter().any(|one| name == *one)
                && !name.to_string_lossy().ends_with(".new");
            let way = way.join(&name);
            if is_ours && known.is_dir() {
                self.folders.insert(way.clone());
                self.add(top, &way)?;
            } else if is_ours
                && known.is_file()
                && let Some(look) = Look::at(&top.join(&way))?
            {
                self.files.insert(way, look);
            }
        }
        Ok(())
    }
}

/// What was copied, and what it looked like then.
#[derive(Debug, Default)]
pub(super) struct Copied {
    folders: BTreeSet<PathBuf>,
    /// With whether it had been left alone for a while: what was not is copied again.
    files: BTreeMap<PathBuf, (Look, bool)>,
}

impl Copied {
    /// Copies what is there and was not copied as it is now; gives how many bytes that were.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn pass(&mut self, from: &Path, to: &Path) -> anyhow::Result<u64> {
        let tree = Tree::of(from)?;
        let mut bytes = 0;
        for folder in &tree.folders {
            make(&to.join(folder))?;
            self.folders.insert(folder.clone());
        }
        for (way, look) in &tree.files {
            if self.has(way, look) {
                continue;
            }
            let is_settled = look.is_settled();
            let place = to.join(way);
            match fs::copy(from.join(way), &place) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                other => other?,
            };
            seal(&place, look)?;
            bytes += look.bytes;
            self.files.insert(way.clone(), (*look, is_settled));
        }
        for folder in &self.folders {
            sync_folder(&to.join(folder))?;
        }
        sync_folder(to)?;
        Ok(bytes)
    }

    fn has(&self, way: &Path, look: &Look) -> bool {
        self.files.get(way) == Some(&(*look, true))
    }

    /// Reads what was not copied as it is now. Whoever calls this sees to it that nothing changes meanwhile.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn rest(&self, from: &Path) -> anyhow::Result<Rest> {
        let tree = Tree::of(from)?;
        let mut changed = Vec::new();
        for (way, look) in &tree.files {
            if self.has(way, look) {
                continue;
            }
            match fs::read(from.join(way)) {
                Ok(bytes) => changed.push((way.clone(), *look, bytes)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        let gone = |way: &&PathBuf| !tree.files.contains_key(*way);
        let gone_folder = |way: &&PathBuf| !tree.folders.contains(*way);
        Ok(Rest {
            gone: self.files.keys().filter(gone).cloned().collect(),
            gone_folders: self.folders.iter().filter(gone_folder).cloned().collect(),
            folders: tree.folders,
            changed,
        })
    }
}

/// What is still to be written into a copy.
#[derive(Debug)]
pub(super) struct Rest {
    folders: BTreeSet<PathBuf>,
    changed: Vec<(PathBuf, Look, Vec<u8>)>,
    /// What went since it was copied: a hold that was lifted, a month that has ended.
    gone: Vec<PathBuf>,
    gone_folders: Vec<PathBuf>,
}

impl Rest {
    /// Writes it, and removes from the copy what has gone. Nothing is ever removed from a state directory.
    ///
    /// # Errors
    /// A file cannot be written or removed.
    pub fn write(self, to: &Path) -> anyhow::Result<()> {
        for folder in &self.folders {
            make(&to.join(folder))?;
        }
        for (way, look, bytes) in self.changed {
            let place = to.join(way);
            fs::write(&place, bytes)?;
            seal(&place, &look)?;
        }
        for way in &self.gone {
            fs::remove_file(to.join(way))?;
        }
        // The innermost first.
        for way in self.gone_folders.iter().rev() {
            fs::remove_dir_all(to.join(way))?;
        }
        for folder in &self.folders {
            sync_folder(&to.join(folder))?;
        }
        sync_folder(to)
    }
}

fn make(folder: &Path) -> anyhow::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        other => other?,
    }
    Ok(())
}

/// Makes a copy its owner's alone, of the same age, and durable.
fn seal(copy: &Path, look: &Look) -> anyhow::Result<()> {
    fs::set_permissions(copy, fs::Permissions::from_mode(0o600))?;
    let copy = File::options().write(true).open(copy)?;
    copy.set_modified(look.modified)?;
    copy.sync_all()?;
    Ok(())
}

/// Makes the names in a folder durable.
///
/// # Errors
/// It cannot be.
pub(super) fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old(path: &Path, text: &str) {
        fs::write(path, text).expect("written");
        let file = File::options().write(true).open(path).expect("open");
        let long_ago = SystemTime::now() - Duration::from_secs(60);
        file.set_modified(long_ago).expect("set");
    }

    /// What is read while nobody appends is what has changed, from the store's own disk: the copy need not even be there.
    #[test]
    fn the_rest_is_what_has_changed_and_knows_of_no_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("state"), folder.path().join("copy"));
        for made in [
            &from,
            &to,
            &from.join("log"),
            &from.join("holds"),
            &from.join("old"),
        ] {
            fs::create_dir(made).expect("made");
        }
        old(&from.join("log/1.seg"), "first");
        old(&from.join("log/2.seg"), "second");
        old(&from.join("holds/lifted"), "a hold");
        old(&from.join("old/key"), "a key");
        old(&from.join("lock"), "");
        let mut copied = Copied::default();
        assert_eq!(copied.pass(&from, &to).expect("copied"), 22);
        assert_eq!(copied.pass(&from, &to).expect("copied"), 0);
        let away = folder.path().join("away");
        fs::rename(&to, &away).expect("a disk that is gone");
        fs::write(from.join("log/2.seg"), "second and more").expect("written");
        fs::remove_file(from.join("holds/lifted")).expect("removed");
        fs::remove_dir_all(from.join("old")).expect("removed");
        old(&from.join("holds/placed"), "another");
        let rest = copied.rest(&from).expect("read");
        let ways: Vec<_> = rest.changed.iter().map(|(way, ..)| way.clone()).collect();
        assert_eq!(ways, [Path::new("holds/placed"), Path::new("log/2.seg")]);
        // What comes later is not part of it.
        fs::write(from.join("log/2.seg"), "something else").expect("written");
        fs::rename(&away, &to).expect("it is back");
        rest.write(&to).expect("written");
        let read = |way: &str| fs::read_to_string(to.join(way)).ok();
        assert_eq!(read("log/1.seg").as_deref(), Some("first"));
        assert_eq!(read("log/2.seg").as_deref(), Some("second and more"));
        assert_eq!(read("holds/placed").as_deref(), Some("another"));
        assert_eq!(read("holds/lifted"), None);
        assert!(!to.join("old").exists() && !to.join("lock").exists());
    }
}
