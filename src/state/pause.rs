//! Runs on cadences, paused and resumed: a file for all of them and one for each database, which an operator may also make
//! and remove by hand. It outlives the daemon.

use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Utc};

use super::{Record, Store};

const FILE: &str = "paused";

fn file(state: &Path, database: Option<&str>) -> PathBuf {
    match database {
        None => state.join(FILE),
        Some(database) => state.join(format!("{FILE}.{database}")),
    }
}

/// True while no run on a cadence is to begin on a database, or to go on.
#[must_use]
pub fn is_paused(state: &Path, database: &str) -> bool {
    // What nobody can look at may be there.
    let is_there = |file: PathBuf| file.try_exists().unwrap_or(true);
    is_there(file(state, None)) || is_there(file(state, Some(database)))
}

impl Store {
    /// Pauses one database (`None`: all), or resumes it; false where that was so already. The file comes first: whatever
    /// becomes of the record, what was asked for is so.
    ///
    /// # Errors
    /// The file cannot be made or removed; as for [`Store::append`].
    pub async fn pause(
        &mut self,
        database: Option<&str>,
        is_pause: bool,
        by: &str,
        now: DateTime<Utc>,
    ) -> anyhow::Result<bool> {
        let path = file(&self.directory, database);
        if path.exists() == is_pause {
            return Ok(false);
        }
        if is_pause {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            crate::files::replace(&self.directory, &name, b"")
                .with_context(|| format!("failed to write {}", path.display()))?;
        } else {
            crate::files::discard(&path)
                .with_context(|| format!("failed to remove {}", path.display()))?;
        }
        let (database, by) = (database.map(str::to_owned), by.to_owned());
        let told = if is_pause {
            Record::Paused { database, by }
        } else {
            Record::Resumed { database, by }
        };
        self.append(now, &told).await?;
        Ok(true)
    }
}
