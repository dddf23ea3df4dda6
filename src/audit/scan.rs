//! Reading a log's folder line by line, without judging what the lines say.
//!
//! Apart, because the writer, the readers and the verifier must agree on where a line begins and on what is a torn
//! tail: a write that a crash cut short, which is not damage.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::line;

/// A segment: a file of the folder that holds records from a place on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The place of its first record.
    pub first: u64,
    pub path: PathBuf,
}

/// How the name of a segment ends.
const SUFFIX: &str = ".seg";

/// The name of the segment that begins with a record.
#[must_use]
pub fn name(first: u64) -> String {
    format!("{first:020}{SUFFIX}")
}

/// The segments of a folder, in order. A folder that is not there has none.
///
/// # Errors
/// The folder cannot be read.
pub fn segments(folder: &Path) -> anyhow::Result<Vec<Segment>> {
    let mut found = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        Err(error) => {
            return Err(error).with_context(|| format!("failed to read {}", folder.display()));
        }
    };
    for entry in entries {
        let entry = entry.with_context(|| format!("failed to read {}", folder.display()))?;
        let file = entry.file_name();
        let first = file
            .to_str()
            .and_then(|name| name.strip_suffix(SUFFIX))
            .filter(|digits| digits.len() == 20 && digits.bytes().all(|one| one.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok());
        if let Some(first) = first {
            found.push(Segment {
                first,
                path: entry.path(),
            });
        }
    }
    found.sort_by_key(|segment| segment.first);
    Ok(found)
}

/// What follows the last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tail {
    /// Nothing.
    Clean,
    /// A write that a crash cut short: none of its records counts.
    /// Its bytes, up to the last that is not zero.
    Torn(Vec<u8>),
}

/// Bytes that are neither lines nor a torn tail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The record at which the lines end.
    pub n: u64,
    pub path: PathBuf,
    pub why: &'static str,
}

impl Broken {
    fn at(n: u64, segment: &Segment, why: &'static str) -> anyhow::Error {
        Self {
            n,
            path: segment.path.clone(),
            why,
        }
        .into()
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the log is broken at record {} ({}): {}",
            self.n,
            self.path.display(),
            self.why
        )
    }
}

impl std::error::Error for Broken {}

/// Where the lines end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The place behind the last line.
    pub lines: u64,
    /// The segment that the next record goes to, and where in it; `None` where there is no segment.
    pub place: Option<(Segment, u64)>,
    pub tail: Tail,
}

/// Calls `each` with every line from a place on, and that place, oldest first. A segment must begin there; those
/// before it are what a crash has left of records that were dropped.
///
/// # Errors
/// What `each` returns; the folder cannot be read; [`Broken`].
pub fn lines_from(
    folder: &Path,
    first: u64,
    mut each: impl FnMut(u64, &[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<End> {
    let mut end = End {
        lines: first,
        place: None,
        tail: Tail::Clean,
    };
    for segment in segments(folder)? {
        if segment.first < first {
            continue;
        }
        let bytes = std::fs::read(&segment.path)
            .with_context(|| format!("failed to read {}", segment.path.display()))?;
        let used = bytes
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |at| at + 1);
        let broken = |n, why| Err(Broken::at(n, &segment, why));
        if end.tail != Tail::Clean {
            return broken(end.lines, "records follow bytes that are no record");
        }
        if segment.first != end.lines {
            return broken(end.lines, "the records up to the next segment are missing");
        }
        let mut at = 0;
        while at < used {
            let Some(text) = next(&bytes[at..used]) else {
                let rest = &bytes[at..used];
                if !is_torn(rest, end.lines) {
                    return broken(end.lines, "its bytes were damaged or written over");
                }
                end.tail = Tail::Torn(rest.to_vec());
                break;
            };
            each(end.lines, text)?;
            end.lines += 1;
            at += text.len() + 1;
        }
        end.place = Some((segment, at as u64));
    }
    Ok(end)
}

/// The next whole line, without its end.
fn next(bytes: &[u8]) -> Option<&[u8]> {
    let length = bytes.iter().position(|byte| *byte == b'\n')?;
    let text = &bytes[..length];
    (!text.contains(&0)).then_some(text)
}

/// True for what a crash leaves of one write into a file of zeros: text with zeros in it or without an end. A line in
/// it that was written later than the damage shows that the damage had been durable.
fn is_torn(rest: &[u8], n: u64) -> bool {
    rest.split(|byte| *byte == b'\n' || *byte == 0)
        .filter_map(line::group_of)
        .all(|group| group <= n)
}
