//! Which of several hosts writes, where they share a store.

use chrono::{DateTime, Utc};

use super::{Record, Store};

impl Store {
    /// Says in the log that this host writes what follows, where another one wrote what is before (`None`: the store was
    /// not shared) or where so many files of its own were taken up.
    ///
    /// # Errors
    /// As for [`Store::append`].
    pub async fn served_by(
        &mut self,
        host: &str,
        before: Option<&str>,
        files: usize,
        now: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        if before == Some(host) {
            return Ok(());
        }
        let served = Record::Served {
            host: host.to_owned(),
            before: before.map(str::to_owned),
            files: u64::try_from(files)?,
        };
        self.append(now, &served).await
    }
}
