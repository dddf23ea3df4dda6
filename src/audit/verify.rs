//! Judging a log without having written it: with its files and a public key, and nothing else.
//!
//! Apart from [`super::Log`], which trusts the key beside it and stops at the first fault: here everything that is
//! wrong is found and named. `docs/audit-log.md` says step by step what is done; a second verifier in the tests does
//! the same in another language.

mod chain;
mod order;
mod signed;

use std::path::Path;

use serde::Serialize;

use super::note::VerifierKey;
use super::record::Record;
use super::tree::Hash;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Judgement {
    /// The identity that the log gives itself.
    pub log: Option<String>,
    /// How many records there are.
    pub records: u64,
    /// The root over them.
    pub root: String,
    /// So many of the first records stand under a signature that holds.
    pub signed: u64,
    /// The keys that signed, oldest first.
    pub keys: Vec<String>,
    /// What forbids to trust the log, or a part of it.
    pub faults: Vec<Finding>,
    /// What should be known, and is no fault.
    pub remarks: Vec<Finding>,
}

impl Judgement {
    /// True where nothing was found that forbids trust.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// One thing that was found, and the records that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    pub code: Code,
    pub from: u64,
    /// The last record; `None`: from there on everything.
    pub to: Option<u64>,
}

/// What can be found. The words are part of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The files end in something that is neither a record nor a torn write, or a file is missing.
    Broken,
    /// A record has another number than its place.
    Missing,
    /// A record was changed after it was written.
    Altered,
    /// The key is not this log's, or took another's place without its signature.
    Key,
    /// A checkpoint is not signed by the key of its time.
    Signature,
    /// A checkpoint was signed over other records.
    Root,
    /// The records contradict each other.
    Order,
    /// A checkpoint from elsewhere was signed over more records.
    Cut,
    /// A checkpoint from elsewhere was signed over other records.
    Fork,
    /// A checkpoint from elsewhere is not one of this log.
    Foreign,
    /// No signature covers these records.
    Unsigned,
    /// A write that a crash cut short.
    TornTail,
    /// A database went back in time: receipts before this record tell of batches that it lost.
    Regressed,
    /// An operator went on with a database whose history the log does not have.
    Gap,
    /// The records were dropped, which is recorded.
    Expired,
    /// A checkpoint from elsewhere covers dropped records only: nothing can be compared with it any more.
    Incomparable,
    /// A batch on a table that cannot roll back failed: what it removed nobody can tell.
    Unknown,
}

impl Code {
    /// What it means, for people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Broken => "the files end in something that is no record, or one is missing",
            Self::Missing => "records are missing, or were put in",
            Self::Altered => "changed after it was written",
            Self::Key => "the key is not this log's, or took another's place without its signature",
            Self::Signature => "the checkpoint is not signed by the key of its time",
            Self::Root => "a checkpoint was signed over other records than these",
            Self::Order => "it contradicts the records before it",
            Self::Cut => "a checkpoint from elsewhere covers them, and they are not there",
            Self::Fork => "a checkpoint from elsewhere was signed over other records than these",
            Self::Foreign => "the checkpoint from elsewhere is not one of this log",
            Self::Unsigned => "no signature covers them yet",
            Self::TornTail => "a crash cut this write short; none of it counts",
            Self::Regressed => {
                "a database was put back to an earlier state; what it lost was due again"
            }
            Self::Expired => "they have expired and were dropped, which the log says itself",
            Self::Incomparable => {
                "a checkpoint from elsewhere covers only records that were dropped: give a later one to be sure"
            }
            Self::Gap => "an operator went on with a database whose history this log does not have",
            Self::Unknown => {
                "nobody can tell what became of a batch, because a batch failed on a table that cannot roll back or the database has no ledger: what it had removed stays removed, without a receipt"
            }
        }
    }
}

/// Judges a log.
///
/// # Errors
/// The folder cannot be read. Whatever is wrong with the log itself is in the judgement.
pub fn verify(folder: &Path, key: &VerifierKey, outside: &[String]) -> anyhow::Result<Judgement> {
    let mut outside = outside.to_vec();
    // The last one lies beside the log; whoever cuts the log may have forgotten it. It is read before the records:
    // while a daemon works they grow, and never shrink.
    if let Ok(last) = std::fs::read_to_string(folder.join(super::CHECKPOINT)) {
        outside.push(last);
    }
    let chain = chain::read(folder)?;
    let mut judgement = Judgement {
        log: chain.log(),
        records: chain.size(),
        root: String::new(),
        signed: 0,
        keys: Vec::new(),
        faults: chain.faults.clone(),
        remarks: chain.remarks.clone(),
    };
    let is_whole = judgement.faults.is_empty();
    let roots = chain.roots(signed::sizes(&chain, &outside));
    signed::judge(&chain, &roots, key, &outside, &mut judgement);
    if is_whole {
        judgement.faults.extend(order::judge(&chain));
    }
    judgement
        .remarks
        .extend(chain.carried.iter().chain(&chain.kept).filter_map(told));
    judgement.remarks.sort_by_key(|one| (one.from, one.code));
    judgement.root = roots
        .get(&chain.size())
        .map(Hash::to_string)
        .unwrap_or_default();
    judgement.faults.sort_by_key(|one| (one.from, one.code));
    judgement.faults.dedup();
    judgement.remarks.dedup();
    Ok(judgement)
}

/// What a record tells that whoever reads the receipts must know.
fn told((n, record): &(u64, Record)) -> Option<Finding> {
    let code = match record {
        Record::Regressed { .. } => Code::Regressed,
        Record::GapAcknowledged { .. } => Code::Gap,
        Record::Unknown { .. } => Code::Unknown,
        _ => return None,
    };
    Some(Finding {
        code,
        from: *n,
        to: Some(*n),
    })
}
