//! The proof that one record is in the log.

use anyhow::Context;

use super::super::line;
use super::super::record::Record;
use super::super::tree::{self, Hash};
use super::Log;
use super::reading::kind;

/// That a record is in the log (RFC 6962, section 2.1.1).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Included {
    /// How many records the root covers.
    pub size: u64,
    pub path: Vec<String>,
    pub root: String,
    /// The note that signs this root; `None`: none does yet.
    pub checkpoint: Option<String>,
}

impl Log {
    /// The proof that a record is in the log: up to the first checkpoint after it, or to the end where there is none.
    ///
    /// # Errors
    /// The log cannot be read, or has no such record any more.
    pub fn included(&self, n: u64) -> anyhow::Result<Included> {
        let mut leaves = Vec::new();
        let mut checkpoint = None;
        self.lines(|place, text| {
            if checkpoint.is_some() {
                return Ok(());
            }
            if place > n
                && kind(text).is_none_or(|kind| kind == "checkpoint")
                && let Record::Checkpoint { note } = line::parse(text)?.record
            {
                checkpoint = Some(note);
                return Ok(());
            }
            leaves.push(tree::leaf(text));
            Ok(())
        })?;
        let before = &self.beginning.frontier;
        let path = before
            .inclusion(n, &leaves)
            .context("there is no such record")?;
        let mut whole = before.clone();
        leaves.iter().for_each(|leaf| whole.push(*leaf));
        Ok(Included {
            size: whole.size(),
            path: path.iter().map(Hash::to_string).collect(),
            root: whole.root().to_string(),
            checkpoint,
        })
    }
}
