//! What is asked of a record whatever it tells: the word for it, its run, whether it ends something.

use super::Record;

impl Record {
    /// The word under which records of this kind are found.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Genesis { .. } => "genesis",
            Self::SigningKey { .. } => "signing-key",
            Self::KeyRotated { .. } => "key-rotated",
            Self::DigestKey { .. } => "digest-key",
            Self::DigestKeyDestroyed { .. } => "digest-key-destroyed",
            Self::Checkpoint { .. } => "checkpoint",
            Self::TornTail { .. } => "torn-tail",
            Self::Carried { .. } => "carried",
            Self::Expired { .. } => "expired",
            Self::Boot { .. } => "boot",
            Self::Adopted { .. } => "adopted",
            Self::Approved(_) => "approved",
            Self::ScheduleSeen { .. } => "schedule-seen",
            Self::RunStarted { .. } => "run-started",
            Self::Intent { .. } => "intent",
            Self::Committing { .. } => "committing",
            Self::Done { .. } => "done",
            Self::NotApplied { .. } => "not-applied",
            Self::Unknown { .. } => "unknown",
            Self::WeakerAssurance { .. } => "weaker-assurance",
            Self::Regressed { .. } => "regressed",
            Self::ReturnApproved(_) => "return-approved",
            Self::ReturnErased { .. } => "return-erased",
            Self::GapAcknowledged { .. } => "gap-acknowledged",
            Self::RunEnded { .. } => "run-ended",
            Self::BackedUp { .. } => "backed-up",
            Self::PutBack { .. } => "put-back",
            Self::Served { .. } => "served",
            Self::Paused { .. } => "paused",
            Self::Resumed { .. } => "resumed",
            Self::RunsMissed { .. } => "runs-missed",
            Self::ClockJumped { .. } => "clock-jumped",
            Self::HoldPlaced { .. } => "hold-placed",
            Self::HoldLifted { .. } => "hold-lifted",
            Self::ErasureReceived { .. } => "erasure-received",
            Self::ErasureExtended { .. } => "erasure-extended",
            Self::ErasureBegun { .. } => "erasure-begun",
            Self::ErasureCarriedOut { .. } => "erasure-carried-out",
            Self::ErasureClosed { .. } => "erasure-closed",
            Self::EventReport { .. } => "event-report",
            Self::EventWritten { .. } => "event-written",
        }
    }

    /// The run to which the record belongs.
    #[must_use]
    pub fn run(&self) -> Option<&str> {
        match self {
            Self::RunStarted { run, .. }
            | Self::ErasureBegun { run, .. }
            | Self::ErasureCarriedOut { run, .. }
            | Self::ReturnErased { run, .. }
            | Self::Intent { run, .. }
            | Self::Committing { run, .. }
            | Self::Done { run, .. }
            | Self::NotApplied { run, .. }
            | Self::Unknown { run, .. }
            | Self::WeakerAssurance { run, .. }
            | Self::RunEnded { run, .. } => Some(run),
            Self::Genesis { .. }
            | Self::SigningKey { .. }
            | Self::KeyRotated { .. }
            | Self::DigestKey { .. }
            | Self::DigestKeyDestroyed { .. }
            | Self::Checkpoint { .. }
            | Self::TornTail { .. }
            | Self::Carried { .. }
            | Self::Expired { .. }
            | Self::Boot { .. }
            | Self::Adopted { .. }
            | Self::Regressed { .. }
            | Self::GapAcknowledged { .. }
            | Self::ScheduleSeen { .. }
            | Self::BackedUp { .. }
            | Self::PutBack { .. }
            | Self::Served { .. }
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::RunsMissed { .. }
            | Self::ClockJumped { .. }
            | Self::HoldPlaced { .. }
            | Self::HoldLifted { .. }
            | Self::ErasureReceived { .. }
            | Self::ErasureExtended { .. }
            | Self::ErasureClosed { .. }
            | Self::EventReport { .. }
            | Self::EventWritten { .. }
            | Self::ReturnApproved(_)
            | Self::Approved(_) => None,
        }
    }

    /// True for what is told of every batch.
    #[must_use]
    pub fn is_of_a_batch(&self) -> bool {
        matches!(
            self,
            Self::Intent { .. }
                | Self::Committing { .. }
                | Self::Done { .. }
                | Self::NotApplied { .. }
        )
    }

    /// True for what ends something that was begun: there is always room for it, on a full disk too.
    #[must_use]
    pub fn closes(&self) -> bool {
        match self {
            Self::Committing { .. }
            | Self::Done { .. }
            | Self::NotApplied { .. }
            | Self::Unknown { .. }
            | Self::RunEnded { .. }
            | Self::ErasureCarriedOut { .. }
            | Self::ReturnErased { .. }
            | Self::EventWritten { .. }
            | Self::Checkpoint { .. }
            | Self::TornTail { .. } => true,
            Self::Genesis { .. }
            | Self::SigningKey { .. }
            | Self::KeyRotated { .. }
            | Self::DigestKey { .. }
            | Self::DigestKeyDestroyed { .. }
            | Self::Carried { .. }
            | Self::Expired { .. }
            | Self::Boot { .. }
            | Self::Adopted { .. }
            | Self::Approved(_)
            | Self::ReturnApproved(_)
            | Self::WeakerAssurance { .. }
            | Self::Regressed { .. }
            | Self::GapAcknowledged { .. }
            | Self::ScheduleSeen { .. }
            | Self::RunStarted { .. }
            | Self::BackedUp { .. }
            | Self::PutBack { .. }
            | Self::Served { .. }
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::RunsMissed { .. }
            | Self::ClockJumped { .. }
            | Self::HoldPlaced { .. }
            | Self::HoldLifted { .. }
            | Self::ErasureReceived { .. }
            | Self::ErasureBegun { .. }
            | Self::ErasureExtended { .. }
            | Self::ErasureClosed { .. }
            | Self::EventReport { .. }
            | Self::Intent { .. } => false,
        }
    }
}
