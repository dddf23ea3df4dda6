//! Program × moment -> plan: what a run would do, as a value, with reasons.
//!
//! Apart from `disposal`, because deciding and doing are different things: a plan is made once and consumed once, by
//! the rehearsal or by the run, which walk the same steps. Nothing here runs a query; `measure` (in `disposal`) asks
//! the questions that this module phrases.

pub mod bound;
mod coverage;
mod driving;
mod floor;
mod holds;
mod locks;
mod needs;
mod order;
pub mod predicate;
mod privileges;
mod proofs;
mod questions;
mod shared;
mod step;

use chrono::{DateTime, Utc};

use crate::resolve::Program;

pub use bound::{Bound, Range};
pub use coverage::{Owner, Share, shares};
pub use driving::Driving;
pub use floor::{Floor, floor};
pub use locks::{Above, Below, Climb, Locks, Named};
pub use order::why_here;
pub use predicate::unreached;
pub use privileges::{Intent, Needs};
pub use proofs::Proof;
pub use questions::{Along, Aside, Questions, along, asides};
pub use shared::takers;
pub use step::{Action, Step, StepKind, steps_of};

/// All steps of one database's rules, in the order in which they run.
#[derive(Debug, Clone)]
pub struct Plan {
    pub now: DateTime<Utc>,
    pub steps: Vec<Step>,
}

impl Plan {
    /// The steps of every rule that acts or counts.
    #[must_use]
    pub fn of(program: &Program, now: DateTime<Utc>) -> Self {
        let steps = program
            .rules
            .iter()
            .flat_map(|rule| steps_of(program, rule, now))
            .collect();
        Self { now, steps }
    }
}
