//! What each place has taken, and since when one fails.
//!
//! A file beside the log, and no part of the truth: where it is lost, the last checkpoint is sent once more to every
//! place, and each knows it again.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::schedule::{Sink, Syslog};

use super::Sent;

const FILE: &str = "published";

/// The first pause after a failure; each further failure doubles it.
const PAUSE: TimeDelta = TimeDelta::seconds(15);
const PAUSE_MAX: TimeDelta = TimeDelta::hours(1);

/// How a place stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Standing {
    pub place: String,
    /// Records under the last checkpoint that it took; 0: none.
    pub size: u64,
    /// When it took one last.
    pub published: Option<DateTime<Utc>>,
    /// Records under the log's last checkpoint that it has not taken.
    pub behind: u64,
    /// True where it has not taken the log's last checkpoint.
    pub waits: bool,
    pub failing_since: Option<DateTime<Utc>>,
    /// Attempts since then.
    pub failures: u32,
    pub why: Option<String>,
}

/// What is kept of one place.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Kept {
    place: String,
    size: u64,
    root: String,
    published: Option<DateTime<Utc>>,
    tried: Option<DateTime<Utc>>,
    failing_since: Option<DateTime<Utc>>,
    failures: u32,
    why: Option<String>,
}

/// What is kept of all places of one log.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Standings {
    origin: String,
    places: BTreeMap<String, Kept>,
}

/// Names a place without telling its address, which may be a secret.
pub(super) fn id(sink: &Sink) -> String {
    let parts: Vec<String> = match sink {
        Sink::Directory(path) => vec!["directory".to_owned(), path.display().to_string()],
        Sink::Syslog(Syslog::Socket(path)) => {
            vec!["syslog".to_owned(), path.display().to_string()]
        }
        Sink::Syslog(Syslog::Udp(to)) => vec!["udp".to_owned(), to.clone()],
        Sink::Syslog(Syslog::Tcp(to)) => vec!["tcp".to_owned(), to.clone()],
        Sink::Webhook(hook) => vec!["webhook".to_owned(), hook.url.clone()],
        Sink::Bucket(bucket) => vec![
            "bucket".to_owned(),
            bucket.endpoint.clone(),
            bucket.name.clone(),
            bucket.prefix.clone(),
        ],
    };
    hex::encode(&Sha256::digest(parts.join("\n"))[..16])
}

impl Standings {
    /// What is kept of the places of a log. What cannot be understood is as good as lost.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn read(state: &Path, last: &Sent) -> anyhow::Result<Self> {
        let path = state.join(FILE);
        let found = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice::<Self>(&bytes).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::default(),
            Err(error) => {
                return Err(error).with_context(|| format!("failed to read {}", path.display()));
            }
        };
        let origin = last.checkpoint.origin.clone();
        Ok(if found.origin == origin {
            found
        } else {
            Self {
                origin,
                places: BTreeMap::new(),
            }
        })
    }

    pub(super) fn write(&self, state: &Path) -> anyhow::Result<()> {
        crate::files::replace(state, FILE, &serde_json::to_vec_pretty(self)?)
            .with_context(|| format!("failed to write {}", state.join(FILE).display()))
    }

    fn kept(&self, sink: &Sink) -> Kept {
        self.places.get(&id(sink)).cloned().unwrap_or_default()
    }

    /// True for a place that has not taken the last checkpoint.
    pub(super) fn waits(&self, sink: &Sink, last: &Sent) -> bool {
        let kept = self.kept(sink);
        kept.size != last.checkpoint.size || kept.root != last.checkpoint.root.to_string()
    }

    /// True unless a place failed a short while ago. A clock that was put back must not silence it.
    pub(super) fn time_has_come(&self, sink: &Sink, now: DateTime<Utc>) -> bool {
        let kept = self.kept(sink);
        let Some(tried) = kept.tried.filter(|tried| *tried <= now) else {
            return true;
        };
        kept.failures == 0 || now - tried >= pause(kept.failures)
    }

    /// Notes how an attempt ended.
    pub(super) fn note(
        &mut self,
        sink: &Sink,
        last: &Sent,
        result: Result<(), String>,
        now: DateTime<Utc>,
    ) {
        let kept = self.places.entry(id(sink)).or_default();
        kept.place = sink.to_string();
        kept.tried = Some(now);
        match result {
            Ok(()) => {
                kept.size = last.checkpoint.size;
                kept.root = last.checkpoint.root.to_string();
                kept.published = Some(now);
                (kept.failing_since, kept.failures, kept.why) = (None, 0, None);
            }
            Err(why) => {
                kept.failing_since = kept.failing_since.or(Some(now));
                kept.failures = kept.failures.saturating_add(1);
                kept.why = Some(why);
            }
        }
    }

    /// Forgets places that the schedule does not name any more.
    pub(super) fn keep_only(&mut self, sinks: &[Sink]) {
        let named: Vec<String> = sinks.iter().map(id).collect();
        self.places.retain(|id, _| named.contains(id));
    }

    /// How a place stands to the last checkpoint.
    pub(super) fn of(&self, sink: &Sink, last: &Sent) -> Standing {
        let kept = self.kept(sink);
        Standing {
            place: sink.to_string(),
            size: kept.size,
            published: kept.published,
            behind: last.checkpoint.size.saturating_sub(kept.size),
            waits: self.waits(sink, last),
            failing_since: kept.failing_since,
            failures: kept.failures,
            why: kept.why,
        }
    }
}

fn pause(failures: u32) -> TimeDelta {
    let doubled = 1_i32 << failures.saturating_sub(1).min(16);
    (PAUSE * doubled).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let seconds = [1, 2, 3, 8, 9, 40].map(|failures| pause(failures).num_seconds());
        assert_eq!(seconds, [15, 30, 60, 1920, 3600, 3600]);
    }
}
