//! The places at which a process may die: every step of the protocol of a batch, and every act on the files of the
//! state directory.
//!
//! Apart, because the code, the model of the protocol (`tests/model`) and the crash harness (`tests/it/crash`) must
//! name the same places: each walks [`Point::ALL`], so that a new one is covered by being named. In a build that is
//! shipped a point is nothing; with the feature `fault-points`, which is a test facility like `simulated-clock`, the
//! environment says what happens at one of them. Nothing here may decide anything.

#[cfg(feature = "fault-points")]
mod armed;
#[cfg(feature = "fault-points")]
pub mod lossy;

mod without;

pub use without::{Part, is_without};

#[cfg(feature = "fault-points")]
pub use armed::segment_bytes;

/// What is about to happen, or (a step of the protocol) has just happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Point {
    // The steps of the protocol, each when it is done.
    /// Nobody else appends to the log.
    StoreLocked,
    /// 0: an epoch is durable in the log.
    EpochTaken,
    /// A target that had no head has one.
    Claimed,
    /// 1: the head has this epoch, and no transaction of a predecessor is left.
    HeadRaised,
    /// 2: one intent of an earlier run was resolved.
    IntentResolved,
    /// 2: the target is where the log has left it, or the log says where it is.
    Recovered,
    /// 4: the batch is bounded.
    Bounded,
    /// 5: the intent is durable.
    Intended,
    /// 6: a transaction is open.
    Begun,
    /// 7: the head is locked, ours, and where it should be.
    HeadLocked,
    /// 8: the rows and what their condition reads are locked.
    RowsLocked,
    /// 9 and 10: the rows are gone or overwritten, and counted.
    Removed,
    /// The digests of their keys are written beside the log.
    DigestsKept,
    /// 11: the ledger's row and the new head are written.
    Signed,
    /// 12: the commit was answered.
    Committed,
    /// 13: the receipt of the last batch is durable.
    Receipted,
    /// An attempt is over of which nothing is in the target, and the log says so.
    Denied,

    // What is done to files, each before it is done.
    /// A folder is made.
    FolderMade,
    /// The name of that folder is made durable.
    FolderSynced,
    /// Zeros are written into what will be the spare segment.
    SpareFilled,
    SpareSynced,
    /// It becomes the spare segment.
    SpareNamed,
    SpareNameSynced,
    /// The spare becomes the segment that is written.
    SegmentNamed,
    SegmentNameSynced,
    /// What a start has read of the segment that is written is written again: a predecessor may have died, or its disk
    /// may have failed, before it was durable.
    LogReaffirmed,
    LogReaffirmedSynced,
    LogNamesSynced,
    /// What a crash cut short is overwritten with zeros.
    TailCleared,
    TailClearedSynced,
    /// Records are written.
    RecordsWritten,
    RecordsSynced,
    /// A small file (a key, the last checkpoint) is written anew beside the old one.
    NoteWritten,
    NoteSynced,
    /// It takes the place of the old one.
    NoteNamed,
    NoteNameSynced,
    /// The file of a run's digests is made.
    DigestsMade,
    DigestsNameSynced,
    DigestsWritten,
    DigestsSynced,
    /// The digests of a run that died are written again, before its receipt.
    DigestsReaffirmed,
    DigestsReaffirmedSynced,
    DigestsReaffirmedNameSynced,
    /// The key and the digests of a month that has ended are destroyed.
    WindowDestroyed,
    WindowDestroyedSynced,
    /// The file of a checkpoint is made in another place.
    CopyMade,
    CopyWritten,
    CopySynced,
    CopyNameSynced,
    /// A segment whose records have expired is removed.
    SegmentDropped,
    SegmentDroppedSynced,
}

/// What a point is, and so what can go wrong there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// A step of the protocol.
    Step,
    /// Bytes or a name are written.
    Write,
    /// What was written is made durable.
    Sync,
}

impl Point {
    /// All of them, in the order of a first run.
    pub const ALL: [Self; 51] = [
        Self::StoreLocked,
        Self::EpochTaken,
        Self::Claimed,
        Self::HeadRaised,
        Self::IntentResolved,
        Self::Recovered,
        Self::Bounded,
        Self::Intended,
        Self::Begun,
        Self::HeadLocked,
        Self::RowsLocked,
        Self::Removed,
        Self::DigestsKept,
        Self::Signed,
        Self::Committed,
        Self::Receipted,
        Self::Denied,
        Self::FolderMade,
        Self::FolderSynced,
        Self::SpareFilled,
        Self::SpareSynced,
        Self::SpareNamed,
        Self::SpareNameSynced,
        Self::SegmentNamed,
        Self::SegmentNameSynced,
        Self::LogReaffirmed,
        Self::LogReaffirmedSynced,
        Self::LogNamesSynced,
        Self::TailCleared,
        Self::TailClearedSynced,
        Self::RecordsWritten,
        Self::RecordsSynced,
        Self::NoteWritten,
        Self::NoteSynced,
        Self::NoteNamed,
        Self::NoteNameSynced,
        Self::DigestsMade,
        Self::DigestsNameSynced,
        Self::DigestsWritten,
        Self::DigestsSynced,
        Self::DigestsReaffirmed,
        Self::DigestsReaffirmedSynced,
        Self::DigestsReaffirmedNameSynced,
        Self::WindowDestroyed,
        Self::WindowDestroyedSynced,
        Self::CopyMade,
        Self::CopyWritten,
        Self::CopySynced,
        Self::CopyNameSynced,
        Self::SegmentDropped,
        Self::SegmentDroppedSynced,
    ];

    /// What can go wrong there.
    #[must_use]
    pub fn nature(self) -> Nature {
        match self {
            Self::StoreLocked
            | Self::EpochTaken
            | Self::Claimed
            | Self::HeadRaised
            | Self::IntentResolved
            | Self::Recovered
            | Self::Bounded
            | Self::Intended
            | Self::Begun
            | Self::HeadLocked
            | Self::RowsLocked
            | Self::Removed
            | Self::DigestsKept
            | Self::Signed
            | Self::Committed
            | Self::Receipted
            | Self::Denied => Nature::Step,
            Self::FolderMade
            | Self::SpareFilled
            | Self::SpareNamed
            | Self::SegmentNamed
            | Self::LogReaffirmed
            | Self::TailCleared
            | Self::RecordsWritten
            | Self::NoteWritten
            | Self::NoteNamed
            | Self::DigestsMade
            | Self::DigestsWritten
            | Self::DigestsReaffirmed
            | Self::WindowDestroyed
            | Self::CopyMade
            | Self::CopyWritten
            | Self::SegmentDropped => Nature::Write,
            Self::FolderSynced
            | Self::SpareSynced
            | Self::SpareNameSynced
            | Self::SegmentNameSynced
            | Self::LogReaffirmedSynced
            | Self::LogNamesSynced
            | Self::TailClearedSynced
            | Self::RecordsSynced
            | Self::NoteSynced
            | Self::NoteNameSynced
            | Self::DigestsNameSynced
            | Self::DigestsSynced
            | Self::DigestsReaffirmedSynced
            | Self::DigestsReaffirmedNameSynced
            | Self::WindowDestroyedSynced
            | Self::CopySynced
            | Self::CopyNameSynced
            | Self::SegmentDroppedSynced => Nature::Sync,
        }
    }
}

/// A step of the protocol is done.
#[inline]
pub fn hit(point: Point) {
    #[cfg(feature = "fault-points")]
    armed::step(point);
    #[cfg(not(feature = "fault-points"))]
    let _ = point;
}
