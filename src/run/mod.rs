//! One run over one database, from its connection to its report: what `plan`, `run`, `approve` and the daemon share.
//!
//! Apart from `disposal`, which knows batches and nothing of approvals; apart from `cli`, which only shows what is
//! returned here. The order is always the same: connect, read the catalogue, resolve, plan, measure, judge; then the
//! rehearsal or the run. Everything is judged before the first row.

mod acknowledge;
pub mod again;
mod against;
mod coverage;
mod enforce;
pub mod erase;
mod gauge;
mod grants;
mod guard;
mod guard_sql;
mod holds;
mod lengths;
mod milder;
mod oldest;
mod prepare;
mod probe;
mod rehearse;
mod report;
mod reports;
mod stand_in;
mod standing;
mod survey;
mod uncounted;

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::disposal::{Progress, Stop};
use crate::schedule::Schedule;

pub use crate::db::{Ends, Lag, Load, certificates};
pub use acknowledge::acknowledge;
pub use against::{Change, Compared, Comparison, Moved, against};
pub use coverage::cover;
pub use enforce::enforce;
pub use gauge::Gauge;
pub use grants::{Difference, Needed, Surveyed, needed};
pub use guard::{Approvals, Verdict};
pub use guard_sql::{Guards, guards};
pub use holds::{HoldReport, Placing, Unplaceable, placing, unname_lifted};
pub use prepare::{Halt, Prepared, prepare};
pub use probe::{Probed, Turn, probe};
pub use rehearse::rehearse;
pub use report::{
    CopyReport, CoverageReport, CutoffReport, DatabaseReport, Effects, HaltedBy, ReviewReport,
    RuleReport, StepReport,
};
pub use reports::{Told, report_event};
pub use standing::standing;
pub use survey::{Depth, Survey, survey};

/// What a run is asked to do, the same for every database of it.
pub struct Order<'a> {
    pub schedule: &'a Schedule,
    /// The folder of the schedule's file.
    pub base: &'a Path,
    /// The moment that counts as now; `None`: the clocks of this host and of the database, the earlier of the two.
    pub supposed_now: Option<DateTime<Utc>>,
    /// Only these rules act; every other one is planned and left alone.
    pub only_rule: Option<&'a [String]>,
    pub stop: &'a Stop,
}

/// Progress that nobody watches.
pub struct Unwatched;

impl Progress for Unwatched {
    fn counting(&mut self, _: &str) {}

    fn batch_done(&mut self, _: &crate::plan::Step, _: u64) {}
}
