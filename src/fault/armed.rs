//! What happens at a point, as the environment says. Only with the feature `fault-points`.
//!
//! `RETENTIOND_FAULT=RecordsSynced:2:kill,Begun:1:stop`: at the second hit of the one, at the first of the other.
//! `RETENTIOND_FAULT_TRACE=FILE`: every hit, one name to a line.
//! `RETENTIOND_FAULT_SLOW=FILE`: while the file is there, whatever is made durable takes so many milliseconds longer.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, OnceLock};

use super::Point;
use super::lossy::{Loss, die, stop};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The process dies at once; what it wrote is there.
    Kill,
    /// The host loses power: what was not made durable is gone.
    Power,
    /// The same, but the front half of the last write has reached the disk.
    TornFront,
    /// The same, but the rear half of the last write has reached the disk.
    TornRear,
    /// The program's own mistake.
    Panic,
    /// There is no space left.
    Full,
    /// The disk reports an error; what was written can still be read.
    Io,
    /// The disk reports an error, and what was written is gone: what Linux does after a failed fsync.
    IoLost,
    /// The process is stopped, as by a laptop's lid, and goes on when it is told to.
    Stop,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "kill" => Self::Kill,
            "power" => Self::Power,
            "torn-front" => Self::TornFront,
            "torn-rear" => Self::TornRear,
            "panic" => Self::Panic,
            "full" => Self::Full,
            "io" => Self::Io,
            "io-lost" => Self::IoLost,
            "stop" => Self::Stop,
            _ => return None,
        })
    }
}

/// What was asked for: point, which hit of it, what happens.
fn asked() -> &'static [(String, u64, Kind)] {
    static ASKED: OnceLock<Vec<(String, u64, Kind)>> = OnceLock::new();
    ASKED.get_or_init(|| {
        let text = std::env::var("RETENTIOND_FAULT").unwrap_or_default();
        text.split(',')
            .filter(|one| !one.is_empty())
            .map(|one| {
                let parts: Vec<&str> = one.split(':').collect();
                let read = match parts.as_slice() {
                    [point, nth, kind] => nth
                        .parse()
                        .ok()
                        .zip(Kind::named(kind))
                        .map(|(n, k)| ((*point).to_owned(), n, k)),
                    _ => None,
                };
                read.unwrap_or_else(|| panic!("RETENTIOND_FAULT is not understood: {one}"))
            })
            .collect()
    })
}

/// True where something was asked for, so that what was written is remembered until it is durable.
pub(crate) fn is_armed() -> bool {
    !asked().is_empty()
}

/// Counts a hit of a point; gives what happens there, once.
pub fn strike(point: Point) -> Option<Kind> {
    static COUNTS: OnceLock<Mutex<HashMap<Point, u64>>> = OnceLock::new();
    let name = format!("{point:?}");
    if name.ends_with("Synced") {
        dawdle();
    }
    if let Some(path) = std::env::var_os("RETENTIOND_FAULT_TRACE") {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path);
        // In one piece: threads write here side by side, and a point that shares its line with another is not found.
        let line = format!("{name}\n");
        let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
        assert!(written.is_ok(), "the trace cannot be written");
    }
    if !is_armed() {
        return None;
    }
    let counts = COUNTS.get_or_init(Mutex::default);
    let nth = {
        let mut counts = counts
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = counts.entry(point).or_default();
        *count += 1;
        *count
    };
    asked()
        .iter()
        .find(|(wanted, at, _)| *wanted == name && *at == nth)
        .map(|(_, _, kind)| *kind)
}

/// A disk that is slow for a while.
fn dawdle() {
    static FILE: OnceLock<Option<std::ffi::OsString>> = OnceLock::new();
    let file = FILE.get_or_init(|| std::env::var_os("RETENTIOND_FAULT_SLOW"));
    let told = file
        .as_ref()
        .and_then(|path| std::fs::read_to_string(path).ok());
    if let Some(pause) = told.and_then(|text| text.trim().parse().ok()) {
        std::thread::sleep(std::time::Duration::from_millis(pause));
    }
}

/// A step was done: no error can be returned here, but the process may end.
pub(super) fn step(point: Point) {
    match strike(point) {
        None => {}
        Some(Kind::Kill) => die(Loss::Nothing),
        Some(Kind::TornFront) => die(Loss::AllButFront),
        Some(Kind::TornRear) => die(Loss::AllButRear),
        Some(Kind::Power | Kind::Full | Kind::Io | Kind::IoLost) => die(Loss::All),
        Some(Kind::Panic) => panic!("a fault point: {point:?}"),
        Some(Kind::Stop) => stop(),
    }
}

/// How large a segment of the log is, where a test wants many of them.
#[must_use]
pub fn segment_bytes() -> Option<u64> {
    std::env::var("RETENTIOND_FAULT_SEGMENT").ok()?.parse().ok()
}
