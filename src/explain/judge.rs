//! From the answers to a verdict.

use crate::plan::StepKind;
use crate::schedule::Rule;

use super::model::{Coverage, Explanation, State, Verdict};
use super::words;

/// What the database answered of the record as a whole.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// Every purpose that may cover it has ended, and one certainly covers it.
    pub ended: bool,
    /// No hold reaches it.
    pub free: bool,
    pub due: bool,
    /// It is not one of the newest that always stay.
    pub old: bool,
    /// A row that refers to it is still there, and has a rule of its own.
    pub stays_now: bool,
    /// Its disposition was carried out already.
    pub finished: bool,
    /// What the next run would do to it.
    pub acts: Vec<Act>,
}

/// One step that would touch the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Act {
    pub kind: StepKind,
    /// Overwritten columns; none where the row goes.
    pub columns: Vec<String>,
}

impl Facts {
    pub fn act(&self, kind: StepKind) -> Option<&Act> {
        self.acts.iter().find(|act| act.kind == kind)
    }
}

/// Fills in the verdict, why, and what comes next.
pub(super) fn conclude(told: &mut Explanation, rule: &Rule, facts: &Facts) {
    told.verdict = verdict(told, facts);
    told.due = due(told);
    told.because = words::because(told, rule, facts);
    told.next = words::next(told, rule, facts);
    told.acts = !facts.acts.is_empty();
}

fn verdict(told: &Explanation, facts: &Facts) -> Verdict {
    let covers = |wanted| {
        let mut purposes = told.purposes.iter();
        purposes.any(|purpose| purpose.coverage == wanted)
    };
    if facts.act(StepKind::Disposition).is_some() {
        Verdict::Due
    } else if facts.due && facts.finished {
        Verdict::Finished
    } else if facts.due {
        Verdict::Waits
    } else if facts.ended && !facts.free {
        Verdict::Held
    } else if facts.ended && !facts.old {
        Verdict::Newest
    } else if !covers(Coverage::Covers) {
        Verdict::NotCovered
    } else if undatable(told) {
        Verdict::Undatable
    } else {
        Verdict::Kept
    }
}

/// A purpose that has not ended cannot be dated.
fn undatable(told: &Explanation) -> bool {
    told.purposes
        .iter()
        .filter(|purpose| purpose.coverage != Coverage::DoesNotCover && !purpose.ended)
        .flat_map(|purpose| &purpose.periods)
        .any(|period| {
            !period.over && (period.start.state == State::Undatable || period.keep.is_none())
        })
}

/// When the last purpose ends that covers the record or may cover it.
fn due(told: &Explanation) -> Option<chrono::DateTime<chrono::Utc>> {
    let periods = told
        .purposes
        .iter()
        .filter(|purpose| purpose.coverage != Coverage::DoesNotCover)
        .flat_map(|purpose| &purpose.periods);
    let ends: Option<Vec<_>> = periods.map(|period| period.due).collect();
    ends?.into_iter().max()
}
