//! Where the rehearsal and the run part.

use std::time::Duration;

use crate::db::{Session, Trouble};
use crate::plan::{Bound, Step};
use crate::sql::Expr;

use super::{Failure, Tally};

/// What became of one batch.
#[derive(Debug)]
pub enum Taken {
    Done {
        tally: Tally,
        /// How long rows were locked.
        held_for: Duration,
    },
    /// More rows than one transaction may touch lie within the bound; nothing was done.
    TooMany,
    /// The server ended the statement for the time it took; nothing was done.
    TooSlow(Trouble),
}

/// What happens to the rows within a bound.
pub trait LastStep {
    /// The condition that the step has here: on the rows as they are, or as earlier steps would have left them.
    fn condition<'a>(&self, step: &'a Step) -> &'a Expr;

    /// Deals with one batch.
    ///
    /// # Errors
    /// Nothing of the batch was done, or what was done is recorded.
    fn take(
        &mut self,
        session: &mut Session,
        step: &Step,
        bound: &Bound,
    ) -> impl Future<Output = Result<Taken, Failure>>;
}
