//! A record as it stands in the log: one line, in the one way of writing, bound to the line before it.

use anyhow::{Context, ensure};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::canonical;
use super::record::Record;
use super::tree::Hash;

/// What stands around every record.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub at: DateTime<Utc>,
    /// The place of the first record that was written together with this one.
    pub group: u64,
    /// The place of the record in the log, from 0.
    pub n: u64,
    /// The leaf hash of the line before; of 32 zero bytes for the first.
    pub prev: String,
    pub record: Record,
}

/// What the first record names as its predecessor.
pub const NOBODY: Hash = Hash([0; 32]);

/// Writes a line, without its end.
///
/// # Errors
/// The record holds what cannot be written.
pub fn write(
    at: DateTime<Utc>,
    group: u64,
    n: u64,
    prev: Hash,
    record: &Record,
) -> anyhow::Result<String> {
    let mut fields = Map::new();
    let time = at.to_rfc3339_opts(SecondsFormat::Micros, true);
    fields.insert("at".to_owned(), Value::from(time));
    fields.insert("group".to_owned(), Value::from(group));
    fields.insert("n".to_owned(), Value::from(n));
    fields.insert("prev".to_owned(), Value::from(prev.to_string()));
    fields.insert("record".to_owned(), serde_json::to_value(record)?);
    let mut out = String::new();
    canonical::write(&Value::Object(fields), &mut out)?;
    Ok(out)
}

/// Reads a line, and nothing but a line: one that says the same in other bytes is refused.
///
/// # Errors
/// It is not a record of this version, or not in the one way of writing.
pub fn read(text: &[u8]) -> anyhow::Result<Line> {
    let line = parse(text)?;
    let again = write(
        line.at,
        line.group,
        line.n,
        line.prev.parse()?,
        &line.record,
    )?;
    ensure!(again.as_bytes() == text, "it is not written in the one way");
    Ok(line)
}

/// The same where the chain has told already that nobody changed the bytes.
///
/// # Errors
/// It is not a record of this version.
pub fn parse(text: &[u8]) -> anyhow::Result<Line> {
    serde_json::from_slice(text).context("it is no record of this version")
}

/// The group of a line that may be damaged.
#[must_use]
pub fn group_of(text: &[u8]) -> Option<u64> {
    let value: Value = serde_json::from_slice(text).ok()?;
    value.get("group")?.as_u64()
}
