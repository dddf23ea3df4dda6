//! Holds that somebody placed: what the log knows by id, and the file beside it that says whose, why and for whom.
//!
//! The log tells that a hold was placed and lifted; keys, conditions and reasons lie in `holds/`, for its owner's eyes
//! only. A hold whose file is missing or was changed is not a hold less: nothing may run until it is put right.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::audit::{HoldOver, Log};

use super::{Entry, Record, Store, log_folder};

const FOLDER: &str = "holds";

/// A hold on rows of one table of one database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Hold {
    /// Names it everywhere.
    pub hold: String,
    pub database: String,
    /// The rule whose rows it is over, as it was called when the hold was placed; what counts is the table.
    pub rule: String,
    pub schema: String,
    pub table: String,
    /// The row alone is held, and not what hangs from it.
    pub shallow: bool,
    pub over: Over,
    /// Why: for people, and not in the log.
    pub because: String,
    /// The number of the case.
    pub reference: String,
    pub owner: String,
    /// On this day somebody should look whether it is still needed; nothing happens by itself.
    pub review: NaiveDate,
    pub placed_at: DateTime<Utc>,
    pub placed_by: String,
    /// Makes the digest of this file tell nothing of what stands in it.
    pub salt: String,
}

/// Which rows a hold is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// The rows with these keys, a text for each column.
    Keys(Vec<Vec<String>>),
    /// Every row that meets it, also those to come.
    Condition(String),
}

impl Over {
    fn recorded(&self) -> (HoldOver, u64) {
        match self {
            Self::Keys(keys) => (HoldOver::Keys, keys.len() as u64),
            Self::Condition(_) => (HoldOver::Condition, 0),
        }
    }
}

impl Hold {
    /// A day on which somebody should have looked has come.
    #[must_use]
    pub fn is_to_be_reviewed(&self, now: DateTime<Utc>) -> bool {
        self.review <= now.date_naive()
    }
}

/// A random text for [`Hold::salt`].
///
/// # Errors
/// The system gives no random numbers.
pub fn salt() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(hex::encode(bytes))
}

/// The holds that stand, oldest first; none where nothing was ever written.
///
/// # Errors
/// The log cannot be read, or a hold's file is missing or not the one that was written: then nobody knows what is held.
pub fn standing_holds(directory: &Path) -> anyhow::Result<Vec<Hold>> {
    let folder = log_folder(directory);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let log = Log::open_read(&folder)?;
    of_entries(directory, log.entries(is_about_holds)?)
}

fn is_about_holds(kind: &str) -> bool {
    matches!(kind, "hold-placed" | "hold-lifted")
}

fn of_entries(directory: &Path, entries: Vec<Entry>) -> anyhow::Result<Vec<Hold>> {
    let mut standing: Vec<(String, String)> = Vec::new();
    for entry in entries {
        match entry.record {
            Record::HoldPlaced { hold, content, .. } => standing.push((hold, content)),
            Record::HoldLifted { hold, .. } => standing.retain(|(one, _)| *one != hold),
            _ => {}
        }
    }
    standing
        .iter()
        .map(|(hold, content)| read(directory, hold, content))
        .collect()
}

fn read(directory: &Path, hold: &str, content: &str) -> anyhow::Result<Hold> {
    let path = directory.join(FOLDER).join(format!("{hold}.json"));
    let what_to_do = "put it back from a backup of the state directory, or lift the hold";
    let bytes = std::fs::read(&path).with_context(|| {
        format!(
            "the hold {hold} stands and {} cannot be read: {what_to_do}",
            path.display()
        )
    })?;
    if hex::encode(Sha256::digest(&bytes)) != content {
        bail!(
            "the hold {hold} stands and {} is not what was written when it was placed: {what_to_do}",
            path.display()
        );
    }
    serde_json::from_slice(&bytes)
        .with_context(|| format!("{} is of another version: {what_to_do}", path.display()))
}

impl Store {
    /// Places a hold: its file first, then its record; it is durable when this returns.
    ///
    /// # Errors
    /// It could not be written; then there is no hold.
    pub async fn place_hold(&mut self, hold: &Hold) -> anyhow::Result<()> {
        let folder = self.directory.join(FOLDER);
        crate::files::make_folder(&folder)
            .with_context(|| format!("failed to make {}", folder.display()))?;
        let bytes = serde_json::to_vec_pretty(hold)?;
        let content = hex::encode(Sha256::digest(&bytes));
        crate::files::replace(&folder, &format!("{}.json", hold.hold), &bytes)
            .with_context(|| format!("failed to write the hold into {}", folder.display()))?;
        let (over, keys) = hold.over.recorded();
        let placed = Record::HoldPlaced {
            hold: hold.hold.clone(),
            database: hold.database.clone(),
            rule: hold.rule.clone(),
            over,
            keys,
            shallow: hold.shallow,
            review: hold.review.to_string(),
            content,
            by: hold.placed_by.clone(),
        };
        self.append(Utc::now(), &placed).await
    }

    /// Lifts a hold; what it said of people is destroyed with it.
    ///
    /// # Errors
    /// As for [`Store::append`].
    pub async fn lift_hold(&mut self, hold: &str, database: &str, by: &str) -> anyhow::Result<()> {
        let lifted = Record::HoldLifted {
            hold: hold.to_owned(),
            database: database.to_owned(),
            by: by.to_owned(),
        };
        self.append(Utc::now(), &lifted).await?;
        let path = self.directory.join(FOLDER).join(format!("{hold}.json"));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("failed to remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// Every hold of a database that the log knows, by its name, and whether it stands.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn known_holds(&mut self, wanted: &str) -> anyhow::Result<BTreeMap<String, bool>> {
        let mut known = BTreeMap::new();
        for entry in self.records(&["hold-placed", "hold-lifted"]).await? {
            match entry.record {
                Record::HoldPlaced { hold, database, .. } if database == wanted => {
                    known.insert(hold, true);
                }
                Record::HoldLifted { hold, database, .. } if database == wanted => {
                    known.insert(hold, false);
                }
                _ => {}
            }
        }
        Ok(known)
    }
}
