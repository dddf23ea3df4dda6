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
    /// The database itself, whatever its name, where a run has met it; the log knows it.
    #[serde(skip)]
    pub target: Option<String>,
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
    pub fn is_to_be_reviewed(&self, today: NaiveDate) -> bool {
        self.review <= today
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
    matches!(kind, "adopted" | "hold-placed" | "hold-lifted")
}

/// True where a run has met a database under this name.
///
/// # Errors
/// The log cannot be read.
pub fn is_adopted(directory: &Path, name: &str) -> anyhow::Result<bool> {
    let folder = log_folder(directory);
    if !folder.exists() {
        return Ok(false);
    }
    let adopted = Log::open_read(&folder)?.entries(|kind| kind == "adopted")?;
    let is_this = |entry: &Entry| matches!(&entry.record, Record::Adopted { database, .. } if database == name);
    Ok(adopted.iter().any(is_this))
}

/// A hold, as far as the log knows it.
struct Known {
    hold: String,
    content: String,
    /// The name under which the schedule knows its database now, as far as a run has met it.
    database: String,
    /// The database itself, where a run had met it when the hold was placed, or since.
    target: Option<String>,
    stands: bool,
}

/// A hold goes with its database where that gets another name, and with the name where that gets another database: then
/// it was put back, or moved, without our tables.
fn known(entries: Vec<Entry>) -> Vec<Known> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut all: Vec<Known> = Vec::new();
    for entry in entries {
        match entry.record {
            Record::Adopted { database, target } => {
                for one in &mut all {
                    if one.target.as_ref() == Some(&target) {
                        one.database.clone_from(&database);
                    } else if one.database == database {
                        one.target = Some(target.clone());
                    }
                }
                names.insert(database, target);
            }
            Record::HoldPlaced {
                hold,
                content,
                database,
                ..
            } => all.push(Known {
                hold,
                content,
                target: names.get(&database).cloned(),
                database,
                stands: true,
            }),
            Record::HoldLifted { hold, database, .. } => {
                let mut placed = all.iter_mut().filter(|one| one.hold == hold).peekable();
                if placed.peek().is_none() {
                    // Placing it was interrupted.
                    all.push(Known {
                        hold,
                        content: String::new(),
                        target: names.get(&database).cloned(),
                        database,
                        stands: false,
                    });
                } else {
                    placed.for_each(|one| one.stands = false);
                }
            }
            _ => {}
        }
    }
    all
}

fn of_entries(directory: &Path, entries: Vec<Entry>) -> anyhow::Result<Vec<Hold>> {
    let standing = known(entries).into_iter().filter(|one| one.stands);
    let read = |one: Known| {
        let hold = read(directory, &one.hold, &one.content)?;
        Ok(Hold {
            database: one.database,
            target: one.target,
            ..hold
        })
    };
    standing.map(read).collect()
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
        crate::files::discard(&path).with_context(|| format!("failed to remove {}", path.display()))
    }

    /// Every hold of a database that the log knows, by its name, and whether it stands.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn known_holds(&mut self, wanted: &str) -> anyhow::Result<BTreeMap<String, bool>> {
        let entries = self
            .records(&["adopted", "hold-placed", "hold-lifted"])
            .await?;
        let all = known(entries).into_iter();
        Ok(all
            .filter(|one| one.database == wanted)
            .map(|one| (one.hold, one.stands))
            .collect())
    }

    /// The database of a hold that stands.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn place_of_hold(&mut self, wanted: &str) -> anyhow::Result<Option<String>> {
        let entries = self
            .records(&["adopted", "hold-placed", "hold-lifted"])
            .await?;
        let mut all = known(entries).into_iter();
        let stands = all.find(|one| one.stands && one.hold == wanted);
        Ok(stands.map(|one| one.database))
    }
}
