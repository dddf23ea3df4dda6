//! People who asked to be erased: what the log knows of a request by its name, and the file beside it that says whose.
//!
//! The file has the key of the person's row only as long as something of the person stays in the database; after that
//! it has keyed digests alone, of the key and of the row, by which the row is found if a backup brings it back.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Record, RequestState, Requested, Store};

const FOLDER: &str = "erasures";

/// Whose row it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Erasure {
    /// Names it everywhere.
    pub erasure: String,
    pub database: String,
    pub rule: String,
    /// The key of the person's row, a text for each column; `None` once nothing of the person is there any more.
    pub key: Option<Vec<String>>,
    /// The secret of the two digests.
    pub secret: String,
    /// HMAC of the key, and of all values of the row, as they were when it was erased first.
    pub key_digest: Option<String>,
    pub row_digest: Option<String>,
    /// HMAC of all values of the row, as they were when it was left because something had to stay.
    pub left_digest: Option<String>,
    /// The columns whose values are in the digests of the row; `None`: an earlier build took all that there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// What the rules meant that were followed, by their names: what stays goes later only where they are no stricter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meanings: Option<BTreeMap<String, serde_json::Value>>,
}

impl Erasure {
    /// The row is as it was when it was erased, or left: what has the key and other values may be somebody else's.
    #[must_use]
    pub fn knows(&self, row_digest: Option<&String>) -> bool {
        row_digest.is_some_and(|digest| {
            [&self.row_digest, &self.left_digest].contains(&&Some(digest.clone()))
        })
    }
}

impl Erasure {
    /// The keyed digest of a row, or of its key, from the values that the database returned as text; `None` is NULL.
    #[must_use]
    pub fn digest(&self, values: &[Option<String>]) -> String {
        let mut mac = match Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()) {
            Ok(mac) => mac,
            // HMAC takes a key of any length (RFC 2104).
            Err(_) => unreachable!("HMAC takes a key of any length"),
        };
        for value in values {
            let (tag, text) = match value {
                None => (0, ""),
                Some(text) => (1, text.as_str()),
            };
            mac.update(&[tag]);
            mac.update(&(text.len() as u64).to_be_bytes());
            mac.update(text.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    }
}

impl Store {
    /// Takes a request in: its file first, then its record.
    ///
    /// # Errors
    /// It could not be written.
    pub async fn receive(
        &mut self,
        erasure: &Erasure,
        received: NaiveDate,
        by: &str,
    ) -> anyhow::Result<()> {
        self.keep(erasure)?;
        let record = Record::ErasureReceived {
            erasure: erasure.erasure.clone(),
            database: erasure.database.clone(),
            rule: erasure.rule.clone(),
            received: received.to_string(),
            by: by.to_owned(),
        };
        self.append(Utc::now(), &record).await
    }

    /// Writes what is known of a person.
    ///
    /// # Errors
    /// It could not be written.
    pub fn keep(&self, erasure: &Erasure) -> anyhow::Result<()> {
        let folder = self.directory.join(FOLDER);
        crate::files::make_folder(&folder)
            .with_context(|| format!("failed to make {}", folder.display()))?;
        let bytes = serde_json::to_vec_pretty(erasure)?;
        crate::files::replace(&folder, &format!("{}.json", erasure.erasure), &bytes)
            .with_context(|| format!("failed to write the request into {}", folder.display()))
    }

    /// What is known of the person of a request; `None` where it was destroyed.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn erasure(&self, request: &Requested) -> anyhow::Result<Option<Erasure>> {
        let path = self.file(&request.erasure);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("failed to read {}", path.display()));
            }
        };
        let read: Erasure = serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is damaged; put it back", path.display()))?;
        if read.erasure != request.erasure || read.rule != request.rule {
            bail!(
                "{} is about another request; put the right one back",
                path.display()
            );
        }
        Ok(Some(read))
    }

    /// Closes a request that is not carried out; what is known of the person is destroyed.
    ///
    /// # Errors
    /// As for [`Store::append`].
    pub async fn close_request(&mut self, erasure: &str, by: &str) -> anyhow::Result<()> {
        let closed = Record::ErasureClosed {
            erasure: erasure.to_owned(),
            by: by.to_owned(),
        };
        self.append(Utc::now(), &closed).await?;
        self.forget_erasure(erasure)
    }

    /// Writes down how a request stands after a run that has not told it, or after a look that found nothing to erase:
    /// the rows that its last run erased, if it had begun, and how many stay.
    ///
    /// # Errors
    /// As for [`Store::append`].
    pub async fn concluded(
        &mut self,
        request: &Requested,
        run: Option<(&str, u64)>,
        stays: u64,
    ) -> anyhow::Result<()> {
        let (run, rows) = run.unwrap_or_default();
        let record = Record::ErasureCarriedOut {
            erasure: request.erasure.clone(),
            database: request.database.clone(),
            run: run.to_owned(),
            rows,
            stays,
            by: super::operator(),
        };
        self.append(Utc::now(), &record).await
    }

    /// Puts the answer to a request off by two months.
    ///
    /// # Errors
    /// As for [`Store::append`].
    pub async fn extend_request(&mut self, erasure: &str, by: &str) -> anyhow::Result<()> {
        let extended = Record::ErasureExtended {
            erasure: erasure.to_owned(),
            by: by.to_owned(),
        };
        self.append(Utc::now(), &extended).await
    }

    /// Destroys what is known of the person of a request.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn forget_erasure(&self, erasure: &str) -> anyhow::Result<()> {
        let path = self.file(erasure);
        crate::files::discard(&path).with_context(|| format!("failed to remove {}", path.display()))
    }

    /// Destroys what is known of people and not needed any more: of requests that are closed, or were done long ago, the
    /// key of those that are done, and what a write that was cut short has left.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn sweep_erasures(&self, all: &[Requested], now: DateTime<Utc>) -> anyhow::Result<()> {
        let folder = self.directory.join(FOLDER);
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|end| end == "new") {
                std::fs::remove_file(entry.path())
                    .with_context(|| format!("failed to remove {}", entry.path().display()))?;
            }
        }
        for request in all {
            if request.state == RequestState::Closed || request.is_forgotten(now) {
                self.forget_erasure(&request.erasure)?;
            } else if request.state == RequestState::Done
                && let Some(mut erasure) = self.erasure(request)?
                && erasure.key.is_some()
            {
                erasure.key = None;
                self.keep(&erasure)?;
            }
        }
        Ok(())
    }

    fn file(&self, erasure: &str) -> PathBuf {
        self.directory.join(FOLDER).join(format!("{erasure}.json"))
    }
}
