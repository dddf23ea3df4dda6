//! What came back with a target that went back in time: the rows that the lost batches had removed, known again by the
//! digests of their keys. A key may have been given anew since, so this is told and nothing is removed by it.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};

use crate::audit::digests::{KeyDigest, root};
use crate::catalog::TableName;
use crate::db::Session;
use crate::state::{Effect, Entry, Record, Store};

use super::sight::still_there;

/// What says which batches were lost.
pub(super) const KINDS: [&str; 3] = ["adopted", "done", "regressed"];

/// Rows of one table that lost batches of one rule had removed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Returned {
    pub rule: String,
    pub table: String,
    /// "deleted"; of rows that were overwritten or lost a reference nobody can tell by their keys: "anonymised",
    /// "detached".
    pub effect: String,
    /// As the receipts tell.
    pub removed: u64,
    /// Rows that have one of these keys now; `None` where it cannot be told: the digests are destroyed, or the rows were
    /// not deleted.
    pub there: Option<u64>,
    /// The same after the run; what is there still is not due by the schedule in force.
    pub left: Option<u64>,
    /// Of those, after the run, how many are known again by what the schedule says: they go again if somebody approves it.
    pub known_again: Option<u64>,
    #[serde(skip)]
    name: Option<TableName>,
    /// The digests of each month, with a run of that month.
    #[serde(skip)]
    keys: BTreeMap<String, (String, HashSet<KeyDigest>)>,
}

/// What the batches had removed that a database lost when it last went back in time, and how much of it is there.
///
/// # Errors
/// The database's, or the digests cannot be read.
pub async fn returned(
    session: &mut Session,
    store: &mut Store,
    database: &str,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<Returned>> {
    let lost = lost(store.records(&KINDS).await?, database);
    let mut all: BTreeMap<(String, String, String), Returned> = BTreeMap::new();
    let mut runs: BTreeMap<String, Vec<(String, String, Vec<Effect>)>> = BTreeMap::new();
    for batch in lost {
        runs.entry(batch.0)
            .or_default()
            .push((batch.1, batch.2, batch.3));
    }
    for (run, batches) in runs {
        let digests = store.digests_of(&run, now)?;
        for (batch, rule, effects) in batches {
            for effect in effects {
                let place = (rule.clone(), effect.table.clone(), effect.effect.clone());
                let one = all.entry(place).or_insert_with(|| Returned {
                    rule: rule.clone(),
                    table: effect.table.clone(),
                    effect: effect.effect.clone(),
                    removed: 0,
                    there: None,
                    left: None,
                    known_again: None,
                    name: None,
                    keys: BTreeMap::new(),
                });
                one.removed += effect.rows;
                if effect.effect != "deleted" {
                    continue;
                }
                let Some((key, blocks)) = &digests else {
                    continue;
                };
                for (block, sorted) in blocks {
                    let name = TableName {
                        schema: block.schema.clone(),
                        table: block.table.clone(),
                    };
                    let is_its = block.batch == batch
                        && name.to_string() == effect.table
                        && effect.keys.as_ref() == Some(&root(sorted).to_string());
                    if is_its {
                        let month = one.keys.entry(key.window().to_owned());
                        let (_, all) = month.or_insert_with(|| (run.clone(), HashSet::new()));
                        all.extend(sorted);
                        one.name = Some(name);
                    }
                }
            }
        }
    }
    let mut found: Vec<Returned> = all.into_values().collect();
    count(session, store, database, &mut found, now, |one, there| {
        one.there = there;
    })
    .await?;
    Ok(found)
}

/// How much of it is there after the run.
///
/// # Errors
/// As for [`returned`].
pub async fn left(
    session: &mut Session,
    store: &Store,
    database: &str,
    all: &mut [Returned],
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    count(session, store, database, all, now, |one, there| {
        one.left = there
    })
    .await
}

async fn count(
    session: &mut Session,
    store: &Store,
    database: &str,
    all: &mut [Returned],
    now: DateTime<Utc>,
    tell: impl Fn(&mut Returned, Option<u64>),
) -> anyhow::Result<()> {
    let catalog = session.catalog().await?;
    for one in all.iter_mut() {
        let Some(name) = one.name.clone() else {
            continue;
        };
        let mut sum = None;
        for (run, keys) in one.keys.values() {
            let Some((key, _)) = store.digests_of(run, now)? else {
                continue;
            };
            let there = still_there(session, &catalog, (database, &key), &name, keys).await?;
            sum = sum.into_iter().chain(there).reduce(|a, b| a + b);
        }
        tell(one, sum);
    }
    Ok(())
}

/// Run, batch, rule and effects.
pub(super) type Batch = (String, String, String, Vec<Effect>);

/// The batches that were lost when the target, under this name, last went back.
fn lost(entries: Vec<Entry>, wanted: &str) -> Vec<Batch> {
    let is_other = |entry: &Entry| !matches!(entry.record, Record::Adopted { .. });
    let entries = entries.into_iter().filter(is_other).collect();
    losses(entries, wanted).pop().unwrap_or_default()
}

/// The batches that were lost whenever it went back: what came back with an earlier restore may still be there.
pub(super) fn lost_ever(entries: Vec<Entry>, wanted: &str) -> Vec<Batch> {
    losses(entries, wanted).into_iter().flatten().collect()
}

/// What was lost each time.
fn losses(entries: Vec<Entry>, wanted: &str) -> Vec<Vec<Batch>> {
    let mut there: Vec<(i64, Batch)> = Vec::new();
    let mut lost = Vec::new();
    let mut known: Option<String> = None;
    for entry in entries {
        match entry.record {
            // A backup from before our tables, or another database: nothing of what was done is in it.
            Record::Adopted { database, target } if database == wanted => {
                if known.is_some_and(|known| known != target) {
                    let gone = std::mem::take(&mut there).into_iter();
                    lost.push(gone.map(|(_, batch)| batch).collect());
                }
                known = Some(target);
            }
            Record::Done {
                run,
                batch,
                database,
                rule,
                seq,
                effects,
                ..
            } if database == wanted => there.push((seq, (run, batch, rule, effects))),
            Record::Regressed {
                database, to_seq, ..
            } if database == wanted => {
                let (kept, gone) = there.into_iter().partition(|(seq, _)| *seq <= to_seq);
                there = kept;
                let gone: Vec<(i64, Batch)> = gone;
                lost.push(gone.into_iter().map(|(_, batch)| batch).collect());
            }
            _ => {}
        }
    }
    lost
}
