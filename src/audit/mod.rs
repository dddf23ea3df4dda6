//! The audit log: an append-only list of records that a stranger can verify.
//!
//! Apart from `state`, which says who may write and what is done with the records, because the log is read and judged
//! where there is no state, no schedule and no database. `docs/audit-log.md` is the format: a verifier can be written
//! from it. Nothing here may know a value of a row, and no record has room for one.

mod canonical;
pub mod certificate;
pub mod digests;
mod disk;
pub mod expiry;
mod line;
mod log;
pub mod note;
mod record;
mod scan;
pub mod tree;
pub mod verify;

pub use disk::Sizes;
pub use line::{Line, group_of};
pub use log::{Entry, Included, Log, Unwritable, last_note};
pub use record::{
    Approval, Assurance, Basis, Effect, Ending, EventAct, HoldOver, MissedBecause, Record,
    ReturnApproval, RuleBasis, RunReason, Seen,
};
pub use tree::{Frontier, Hash};

/// The file beside the segments that holds the last checkpoint.
const CHECKPOINT: &str = "checkpoint";

/// The name under which a log signs.
fn origin(log: &str) -> String {
    format!("retentiond.log/{log}")
}
