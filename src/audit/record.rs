//! The closed set of records.

mod kind;
mod parts;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::catalog::Fingerprint;

pub use parts::{
    Approval, Assurance, Basis, Effect, Ending, EventAct, HoldOver, MissedBecause, ReturnApproval,
    RuleBasis, RunReason, Seen,
};

/// One record. No free text, no value of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Record {
    /// The first record of every log.
    Genesis {
        /// The identity of this log; every target that it writes to carries it.
        log: String,
        /// The version of the format.
        version: u32,
    },
    /// The key that signs from here on; the first one. Later ones come with a rotation.
    SigningKey {
        key: String,
    },
    /// Another key signs from here on: a note signed by both.
    KeyRotated {
        note: String,
    },
    /// The key under which keys of rows are digested from here on, by a name that tells nothing of it.
    DigestKey {
        name: String,
        /// The month in which it is used, such as "2026-11".
        window: String,
    },
    /// The key of a month was destroyed, and the digests that were made under it: nobody can ask about them any more.
    DigestKeyDestroyed {
        name: String,
        window: String,
    },
    /// A signed statement of how many records there are and what their root is.
    Checkpoint {
        note: String,
    },
    /// What a crash left unfinished after the last record was cut away.
    TornTail {
        bytes: u64,
        /// SHA-256 of what was cut.
        sha256: String,
    },
    /// A record that is needed still, when the segment that it stood in is dropped.
    Carried {
        /// Its place, and when it was written.
        n: u64,
        at: DateTime<Utc>,
        record: Box<Record>,
    },
    /// The first records are dropped: this is the tree over them.
    Expired {
        /// How many they are.
        size: u64,
        /// The roots of the complete parts of the tree over them, the greatest first.
        frontier: Vec<String>,
        /// How many of them were carried over.
        carried: u64,
        by: String,
    },
    /// A process began to write.
    Boot {
        epoch: i64,
    },
    /// A target was taken into this log's care.
    Adopted {
        database: String,
        target: String,
    },
    Approved(Approval),
    /// What a version of the schedule says of its rules, before its first run: so that receipts can be read without it.
    ScheduleSeen {
        schedule: Fingerprint,
        rules: Vec<RuleBasis>,
    },
    RunStarted {
        run: String,
        database: String,
        reason: RunReason,
        /// The operating system's name of the user who started it.
        by: String,
        now: DateTime<Utc>,
        schedule: Fingerprint,
        version: String,
    },
    /// What is about to be done (step 5): durable before the target is touched.
    Intent {
        run: String,
        batch: String,
        database: String,
        rule: String,
        step: String,
        epoch: i64,
        expected_seq: i64,
    },
    /// What is about to be committed, on a database without a ledger (step 11): durable before COMMIT is sent.
    Committing {
        run: String,
        batch: String,
        database: String,
        rule: String,
        step: String,
        seq: i64,
        chain: String,
        schedule: Fingerprint,
        schema: Fingerprint,
        effects: Vec<Effect>,
        /// The number that the server gave the transaction, where it can be asked about it.
        transaction: Option<String>,
        /// The server, database and timeline that it was given by, as a digest.
        place: String,
    },
    /// What was done (step 13): the receipt of one committed batch.
    Done {
        run: String,
        batch: String,
        database: String,
        rule: String,
        step: String,
        seq: i64,
        /// The chain of the target's ledger after the batch: log and target witness each other.
        chain: String,
        schedule: Fingerprint,
        schema: Fingerprint,
        effects: Vec<Effect>,
        duration_ms: u64,
        /// Found in the ledger after a crash instead of told by the database.
        recovered: bool,
        /// What the batch was committed with, where that is less than a ledger.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assurance: Option<Assurance>,
    },
    /// A batch of which nothing is in the target.
    NotApplied {
        run: String,
        batch: String,
    },
    /// What became of a batch nobody can tell: a table of its rule cannot roll back, so that what it removed before it
    /// failed stays removed, and the ledger does not have it; or the database has no ledger.
    Unknown {
        run: String,
        batch: String,
        /// What was looked for, and seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Seen>,
    },
    /// A rule acts from here on, in this run, with less than the ledger's assurance.
    WeakerAssurance {
        run: String,
        rule: String,
        assurance: Assurance,
    },
    /// The target has gone back in time: the batches after `to_seq` are not in it any more. Rows that they removed may
    /// be back, and are due again by the schedule.
    Regressed {
        database: String,
        target: String,
        from_seq: i64,
        to_seq: i64,
        /// The receipt of the last batch that is still in the target.
        since: Option<DateTime<Utc>>,
        /// The receipt of the last batch that was lost.
        until: DateTime<Utc>,
        batches: u64,
        rows: u64,
    },
    /// Somebody permits that what came back is removed again.
    ReturnApproved(ReturnApproval),
    /// What came back was removed again as it was approved: the approval has ended.
    ReturnErased {
        database: String,
        rule: String,
        /// The number of the record that tells of the regression.
        regression: u64,
        run: String,
        /// Rows that went, children included.
        rows: u64,
        /// Rows that are known again and stay: a minimum, a hold or a child keeps them.
        stays: u64,
    },
    /// An operator goes on with a target whose history this log does not have.
    GapAcknowledged {
        database: String,
        target: String,
        /// The other log that the target belonged to.
        log: Option<String>,
        /// The last batch that this log knows of.
        known_seq: i64,
        /// Where the target stands: what is between them nobody can account for.
        seq: i64,
        chain: String,
        by: String,
    },
    RunEnded {
        run: String,
        ending: Ending,
        rows: u64,
    },
    /// Somebody suspended what the schedule says of some rows: by a name; whose and why stands elsewhere.
    HoldPlaced {
        hold: String,
        database: String,
        rule: String,
        over: HoldOver,
        /// How many keys it names.
        keys: u64,
        /// The row alone, and not what hangs from it.
        shallow: bool,
        /// The day on which somebody should look at it again, such as "2027-01-31".
        review: String,
        /// SHA-256 of its file, which is salted.
        content: String,
        by: String,
    },
    /// A person asked to be erased, by a name; who it is stands elsewhere.
    ErasureReceived {
        erasure: String,
        database: String,
        rule: String,
        /// The day of receipt, such as "2026-11-22": it has to be answered within a month.
        received: String,
        by: String,
    },
    /// The answer takes longer: two months more.
    ErasureExtended {
        erasure: String,
        by: String,
    },
    /// A run is about to carry a request out: what its batches remove is removed for it.
    ErasureBegun {
        erasure: String,
        database: String,
        run: String,
        /// So many rows are to be touched, as they were confirmed.
        rows: u64,
    },
    /// What was done for a request, and how much stays for now.
    ErasureCarriedOut {
        erasure: String,
        database: String,
        run: String,
        rows: u64,
        stays: u64,
        by: String,
    },
    /// A request that is not carried out, or not further.
    ErasureClosed {
        erasure: String,
        by: String,
    },
    /// Somebody says of some rows that an event happened outside of the database, or that it did not: about to be
    /// written into it.
    EventReport {
        report: String,
        database: String,
        rule: String,
        event: String,
        act: EventAct,
        /// How many keys were named.
        keys: u64,
        by: String,
    },
    /// What of a report is in the database. A report without it came to an end that nobody saw.
    EventWritten {
        report: String,
        rows: u64,
        /// Keys of no row.
        unknown: u64,
    },
    /// A copy of the state directory was made, of which this record is the last one or nearly so.
    BackedUp {
        /// Names the copy.
        backup: String,
        by: String,
    },
    /// The state directory was put back from a copy: what this log knew after it is lost.
    PutBack {
        backup: String,
        by: String,
    },
    /// What follows is written by another host than what is before, of several that share a state store.
    Served {
        host: String,
        /// The host before; null: none shared it yet.
        before: Option<String>,
        /// So many files of a directory that was not shared were taken up.
        files: u64,
    },
    /// No run begins from here on, on one database or on all (null), until somebody says so.
    Paused {
        database: Option<String>,
        by: String,
    },
    /// Runs begin again.
    Resumed {
        database: Option<String>,
        by: String,
    },
    /// Occurrences of a cadence that had no run at their time.
    RunsMissed {
        database: String,
        /// The rule whose own cadence it is; null: the database's.
        rule: Option<String>,
        because: MissedBecause,
        first: DateTime<Utc>,
        last: DateTime<Utc>,
        count: u64,
        /// A run made up for them, as one.
        made_up: bool,
    },
    /// The clock of the host jumped, or the host was suspended: by so many seconds, less than none where it went back.
    ClockJumped {
        seconds: i64,
    },
    /// The schedule goes on for what a hold was over.
    HoldLifted {
        hold: String,
        database: String,
        by: String,
    },
}
