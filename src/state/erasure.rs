//! People who asked to be erased: what the log knows of a request by its name, and the file beside it that says whose.
//!
//! The file has the key of the person's row only as long as something of the person stays in the database; after that
//! it has keyed digests alone, of the key and of the row, by which the row is found if a backup brings it back.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail};
use chrono::{DateTime, Months, NaiveDate, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Record, Store};

const FOLDER: &str = "erasures";

/// A request is answered within a month, which may be extended by two.
const MONTHS: u32 = 1;
const MONTHS_EXTENDED: u32 = 3;
/// How long the digests of somebody who was erased are kept.
const MONTHS_KEPT: u32 = 14;

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

/// What the log says of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Requested {
    pub erasure: String,
    pub database: String,
    pub rule: String,
    pub received: NaiveDate,
    /// The last day on which it may be answered.
    pub answer_by: NaiveDate,
    pub extended: bool,
    pub state: RequestState,
    /// Rows that were erased or overwritten for it so far.
    pub rows: u64,
    /// Rows that stay, because of a statutory minimum or a hold, or because another row needs them.
    pub stays: u64,
    /// The run that did the last part of it.
    #[serde(skip)]
    run: Option<String>,
    /// When it was done.
    #[serde(skip)]
    done_at: Option<DateTime<Utc>>,
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestState {
    /// Nothing was erased yet.
    Open,
    /// It was carried out, and something stays for now.
    Waits,
    /// It was carried out, and the database went back in time since: what was erased may be back.
    Returned,
    Done,
    /// The person took it back, or it was refused.
    Closed,
}

impl Requested {
    /// Days until it has to be answered; negative when that is past. `None`: it was answered.
    #[must_use]
    pub fn days_left(&self, now: DateTime<Utc>) -> Option<i64> {
        let open = self.state == RequestState::Open;
        open.then(|| (self.answer_by - now.date_naive()).num_days())
    }
}

impl Requested {
    /// It was done so long ago that what is known of the person is destroyed, as the digests of its run are: a backup
    /// from before it can be put back no more.
    #[must_use]
    pub fn is_forgotten(&self, now: DateTime<Utc>) -> bool {
        let end = self
            .done_at
            .and_then(|at| at.checked_add_months(Months::new(MONTHS_KEPT)));
        self.state == RequestState::Done && end.is_some_and(|end| end <= now)
    }
}

/// The day on which a request of a day has to be answered.
#[must_use]
pub fn answer_by(received: NaiveDate, extended: bool) -> NaiveDate {
    let months = if extended { MONTHS_EXTENDED } else { MONTHS };
    received
        .checked_add_months(Months::new(months))
        .unwrap_or(NaiveDate::MAX)
}

impl Store {
    /// Every request that the log knows, oldest first.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn requested(&mut self) -> anyhow::Result<Vec<Requested>> {
        let kinds = [
            "erasure-received",
            "erasure-extended",
            "erasure-carried-out",
            "erasure-closed",
            "done",
            "regressed",
            "gap-acknowledged",
        ];
        let mut found: Vec<Requested> = Vec::new();
        // The last batch of each run, by the number that the database gave it.
        let mut batches: BTreeMap<String, i64> = BTreeMap::new();
        for entry in self.records(&kinds).await? {
            match entry.record {
                Record::Done { run, seq, .. } => {
                    batches.insert(run, seq);
                }
                Record::Regressed {
                    database, to_seq, ..
                } => {
                    for one in found.iter_mut().filter(|one| one.database == database) {
                        let last = one.run.as_ref().and_then(|run| batches.get(run));
                        if last.is_some_and(|seq| *seq > to_seq) {
                            one.state = RequestState::Returned;
                        }
                    }
                }
                // Nobody knows what came back with a history that the log does not know.
                Record::GapAcknowledged { database, .. } => {
                    let carried_out =
                        |one: &&mut Requested| one.database == database && one.run.is_some();
                    for one in found.iter_mut().filter(carried_out) {
                        if matches!(one.state, RequestState::Done | RequestState::Waits) {
                            one.state = RequestState::Returned;
                        }
                    }
                }
                other => apply(&mut found, entry.at, other),
            }
        }
        Ok(found)
    }

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

    /// Writes down that a database that went back in time has nothing of the person.
    ///
    /// # Errors
    /// As for [`Store::append`].
    pub async fn nothing_returned(&mut self, request: &Requested) -> anyhow::Result<()> {
        let record = Record::ErasureCarriedOut {
            erasure: request.erasure.clone(),
            database: request.database.clone(),
            run: String::new(),
            rows: 0,
            stays: 0,
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
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("failed to remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    fn file(&self, erasure: &str) -> PathBuf {
        self.directory.join(FOLDER).join(format!("{erasure}.json"))
    }
}

fn apply(found: &mut Vec<Requested>, at: DateTime<Utc>, record: Record) {
    match record {
        Record::ErasureReceived {
            erasure,
            database,
            rule,
            received,
            ..
        } => {
            let received = received.parse().unwrap_or_default();
            found.push(Requested {
                erasure,
                database,
                rule,
                received,
                answer_by: answer_by(received, false),
                extended: false,
                state: RequestState::Open,
                rows: 0,
                stays: 0,
                run: None,
                done_at: None,
            });
        }
        Record::ErasureExtended { erasure, .. } => {
            for one in found.iter_mut().filter(|one| one.erasure == erasure) {
                one.extended = true;
                one.answer_by = answer_by(one.received, true);
            }
        }
        Record::ErasureCarriedOut {
            erasure,
            run,
            rows,
            stays,
            ..
        } => {
            for one in found.iter_mut().filter(|one| one.erasure == erasure) {
                one.rows += rows;
                one.stays = stays;
                one.done_at = Some(at);
                // A look that found nothing more to erase has no batches of its own.
                if rows > 0 || one.run.is_none() {
                    one.run = Some(run.clone());
                }
                one.state = if stays == 0 {
                    RequestState::Done
                } else {
                    RequestState::Waits
                };
            }
        }
        Record::ErasureClosed { erasure, .. } => {
            for one in found.iter_mut().filter(|one| one.erasure == erasure) {
                one.state = RequestState::Closed;
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_and_three() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        assert_eq!(answer_by(day("2026-11-22"), false), day("2026-12-22"));
        assert_eq!(answer_by(day("2026-11-22"), true), day("2027-02-22"));
        assert_eq!(answer_by(day("2027-01-31"), false), day("2027-02-28"));
    }
}
