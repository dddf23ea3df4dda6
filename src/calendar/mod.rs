//! When a row is due: periods, the dates they count from, and time zones.
//!
//! What this is: the only place that adds or subtracts time. It answers two questions about one
//! [`Term`]: forward, *when is a row with this start event due* ([`Term::due_of_instant`],
//! [`Term::due_of_date`]), and backward, *up to which start event is every row due by now*
//! ([`Term::instant_cutoff`], [`Term::date_cutoff`], [`naive_cutoff`]). The backward answer is a
//! single absolute value, so that SQL only ever compares `start <= cutoff`.
//!
//! Why it is apart: databases disagree about calendars (SQLite's `date('2021-03-31', '-1 month')`
//! is 3 March), so no database is asked. As a pure function of its arguments it can be tested over
//! four centuries and every time zone.
//!
//! What must never be in it: reading a clock (the present is always an argument), SQL, a database,
//! an async runtime, a default that stands for a period nobody wrote.
//!
//! Two rules hold throughout. *Never early*: wherever the calendar leaves a choice (a local time
//! that occurs twice, a day that ends twice), the later instant is taken. *Never a guess*: what
//! lies beyond the range that can be represented is `None`, and `None` means not due.

mod counted_from;
mod cutoff;
mod due;
mod period;
mod search;
mod window;
pub mod zone;

pub use counted_from::{BookYearEnd, CountedFrom, CountedFromError};
pub use cutoff::naive_cutoff;
pub use due::Term;
pub use period::{Keep, PeriodError, RetentionPeriod};
pub use window::Unit;
