//! One thing that a rule does to one table.

use chrono::{DateTime, Utc};

use crate::anonymise::Rewrite;
use crate::catalog::{Column, RelationKind, Storage, Table};
use crate::resolve::{
    BoundDisposition, BoundPurpose, BoundReference, BoundRule, Decision, Partition, Program,
};
use crate::schedule::Mode;
use crate::sql::{Alias, Expr, Is, Target};

use super::driving::{self, Driving};
use super::locks::Locks;
use super::predicate::{Predicates, World, is_cut_off};
use super::proofs::{self, Proof};

/// What one step of a rule does. The number of a step in its rule is part of every receipt.
#[derive(Debug, Clone)]
pub struct Step {
    pub rule: String,
    pub mode: Mode,
    pub kind: StepKind,
    pub target: Target,
    pub table: Table,
    pub action: Action,
    /// The whole condition, on the rows as they are: it stands in the removing statement.
    pub condition: Expr,
    /// The same where nothing was removed on the way: what a plan and a rehearsal ask.
    pub preview: Expr,
    /// A condition that every due row meets and an index serves, if there is one.
    pub driving: Option<Driving>,
    /// References to the target whose rows go along or lose their reference, leaf first when they are carried out.
    pub bundle: Vec<BoundReference>,
    /// The rows of other tables that the condition reads: locked before it is asked for the last time.
    pub locks: Locks,
    /// Partitions that may be emptied at once, where every row in them is due.
    pub partitions: Vec<Partition>,
    /// Reports of events that go with the rows: records of ours, and not counted.
    pub forgets: Option<Proof>,
    /// By what, with the key, a row that goes is known again should a restored backup bring it back; empty: it is not.
    pub recognised: Vec<Column>,
}

impl Step {
    /// The tables hang together in so many ways that the step's condition is longer than what may be asked: then it is
    /// not the whole condition, and the step must not be taken.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        let mut found = false;
        for condition in [&self.condition, &self.preview] {
            condition.visit(&mut |one| found |= is_cut_off(one));
        }
        found
    }

    /// The row itself is all that decides, and nothing goes along: one statement is enough, because the database looks
    /// at the row's latest version when it has waited for it.
    #[must_use]
    pub fn stands_alone(&self) -> bool {
        self.locks.is_empty()
            && self.recognised.is_empty()
            && self.table.storage.takes_back()
            && self.bundle.is_empty()
            && !self.condition.reads_other_tables()
            && !self.table.triggers.iter().any(|trigger| trigger.on_delete)
    }

    /// True where one statement may overwrite rows and tell which they were: whether a row is due stands in the row, and
    /// nothing changes it again on its way in. Looking at the rows before and after would go through them three times.
    #[must_use]
    pub fn overwrites_unseen(&self) -> bool {
        let changes_again = self.table.triggers.iter().any(|trigger| trigger.on_update)
            || self.table.columns.iter().any(|column| column.on_update_now);
        self.locks.is_empty()
            && self.bundle.is_empty()
            && self.table.storage.takes_back()
            // A row that goes to another partition leaves those who wait for it with nothing to look at again.
            && self.table.children.is_empty()
            && !self.condition.reads_other_tables()
            && !changes_again
    }

    /// True where nothing hangs from the rows of a child and nothing asks about them: the statement that removes them
    /// locks them and tells which they were. Looking them up before would go through them twice. Not where more of them
    /// than expected could not be put back.
    #[must_use]
    pub fn removes_unseen(&self, reference: &BoundReference, nested: &[BoundReference]) -> bool {
        let child = &reference.relation.child;
        reference.decision != Decision::Detach
            && reference.child.storage.takes_back()
            && nested.iter().all(|one| !one.goes_along())
            && child != &self.target.table
            && !self.condition.tables_read().contains(child)
            && reference
                .when
                .as_ref()
                .is_none_or(|when| !when.reads_other_tables())
    }

    /// PostgreSQL: its rows lie in one heap, whose pages a walk may follow.
    #[must_use]
    pub fn may_walk_pages(&self) -> bool {
        self.table.relation == RelationKind::Table
            && self.table.storage == Storage::Heap
            && self.table.children.is_empty()
    }
}

/// Why a step is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// The rule's disposition.
    Disposition,
    /// Children that go as soon as their parent is due.
    AtDue,
    /// A due row that must stay for a child.
    ChildStays,
    /// Columns that only an ended purpose needed.
    AtEnd,
    /// Rows that went before, and that a restored backup has brought back.
    Returned,
}

impl StepKind {
    /// As records and the ledger have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Disposition => "disposition",
            Self::AtDue => "at-due",
            Self::ChildStays => "child-stays",
            Self::AtEnd => "at-end",
            Self::Returned => "returned",
        }
    }
}

/// What happens to the rows of a step.
#[derive(Debug, Clone)]
pub enum Action {
    Delete,
    Overwrite(Rewrite),
}

impl Action {
    /// The word in receipts and reports.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Delete => "deleted",
            Self::Overwrite(_) => "anonymised",
        }
    }
}

/// The steps of one rule, in their order: children that go at once, the rows themselves, what stays, what ended.
#[must_use]
pub fn steps_of(program: &Program, rule: &BoundRule, now: DateTime<Utc>) -> Vec<Step> {
    let mut maker = Maker {
        program,
        rule,
        now,
        written: Vec::new(),
    };
    let mut steps: Vec<Step> = rule
        .references
        .iter()
        .filter(|reference| reference.decision == Decision::AtDue)
        .map(|reference| maker.at_due(reference))
        .collect();
    let mut own = vec![maker.disposition()];
    if let Some(rewrite) = &rule.if_a_child_stays {
        maker.note(&own);
        own.push(maker.child_stays(rewrite));
    }
    for purpose in &rule.purposes {
        maker.note(&own);
        own.extend(maker.at_end(purpose));
    }
    steps.extend(own);
    steps
}

struct Maker<'a> {
    program: &'a Program,
    rule: &'a BoundRule,
    now: DateTime<Utc>,
    /// What the steps before overwrite, each with the condition under which it would.
    written: Vec<(Rewrite, Expr)>,
}

impl Maker<'_> {
    fn note(&mut self, before: &[Step]) {
        self.written = before
            .iter()
            .filter_map(|step| match &step.action {
                Action::Overwrite(rewrite) => {
                    Some((rewrite.clone(), step.preview.clone().is(Is::True)))
                }
                Action::Delete => None,
            })
            .collect();
    }

    /// The row does not have its final form yet; in a preview, as the steps before would leave it.
    fn not_finished(&self, rewrite: &Rewrite, world: World) -> Expr {
        let finished = match world {
            World::AsItIs => rewrite.finished(Alias::ROW),
            World::AfterChildren => rewrite.finished_after(&self.written, Alias::ROW),
        };
        finished.is(Is::NotTrue)
    }

    fn predicates(&self, world: World) -> Predicates<'_> {
        Predicates::new(self.program, self.now, world).acting(self.rule)
    }

    fn step(&self, kind: StepKind, action: Action, condition: impl Fn(World) -> Expr) -> Step {
        let driving = self.unless_asked(driving::of(self.rule, self.now, self.program.dialect));
        self.led_by(driving, kind, action, condition)
    }

    /// No start event leads to the rows of a person who asked to be erased.
    fn unless_asked(&self, driving: Option<Driving>) -> Option<Driving> {
        driving.filter(|_| self.program.request.is_none())
    }

    fn led_by(
        &self,
        driving: Option<Driving>,
        kind: StepKind,
        action: Action,
        condition: impl Fn(World) -> Expr,
    ) -> Step {
        let with_driving = |world| {
            let whole = condition(world);
            match &driving {
                // Said twice where a case hides it, so that an index can serve it.
                Some(driving) => led(&driving.condition(Alias::ROW), whole),
                None => whole,
            }
        };
        Step {
            rule: self.rule.name.clone(),
            mode: self.rule.mode,
            kind,
            target: self.rule.target(),
            table: self.rule.table.clone(),
            action,
            condition: with_driving(World::AsItIs),
            preview: with_driving(World::AfterChildren),
            driving,
            bundle: Vec::new(),
            partitions: Vec::new(),
            locks: Locks::of_rule(self.program, self.rule, self.now),
            forgets: None,
            recognised: Vec::new(),
        }
    }

    fn disposition(&self) -> Step {
        match &self.rule.disposition {
            BoundDisposition::Delete => {
                let mut step = self.step(StepKind::Disposition, Action::Delete, |world| {
                    self.predicates(world).removable(self.rule, Alias::ROW)
                });
                step.bundle = going_along(&self.rule.references);
                step.forgets = proofs::reports(self.rule);
                step.recognised.clone_from(&self.rule.recognised_by);
                step.partitions = self.partitions(&step);
                step
            }
            BoundDisposition::Anonymise(rewrite) => self.step(
                StepKind::Disposition,
                Action::Overwrite(rewrite.clone()),
                |world| {
                    let mut predicates = self.predicates(world);
                    let goes = predicates.to_anonymise(self.rule, rewrite, Alias::ROW);
                    Expr::all([goes, self.not_finished(rewrite, world)])
                },
            ),
        }
    }

    /// Where the row alone decides, and nobody asked to be erased, whose rows are a few of a partition.
    fn partitions(&self, step: &Step) -> Vec<Partition> {
        if step.stands_alone() && step.forgets.is_none() && self.program.request.is_none() {
            self.rule.partitions.clone()
        } else {
            Vec::new()
        }
    }

    fn child_stays(&self, rewrite: &Rewrite) -> Step {
        self.step(
            StepKind::ChildStays,
            Action::Overwrite(rewrite.clone()),
            |world| {
                let mut predicates = self.predicates(world);
                let kept = predicates.kept_by_a_child(self.rule, rewrite, Alias::ROW);
                Expr::all([kept, self.not_finished(rewrite, world)])
            },
        )
    }

    fn at_end(&self, purpose: &BoundPurpose) -> Option<Step> {
        let rewrite = purpose.at_end.as_ref()?;
        // The purposes of a rule end one after the other: only this one's own column leads to its rows.
        let driving = driving::of_purpose(purpose, self.now, self.program.dialect);
        let driving = self.unless_asked(driving);
        let action = Action::Overwrite(rewrite.clone());
        Some(self.led_by(driving, StepKind::AtEnd, action, |world| {
            let mut predicates = self.predicates(world);
            let ended = predicates.purpose_ended(self.rule, purpose, rewrite, Alias::ROW);
            Expr::all([ended, self.not_finished(rewrite, world)])
        }))
    }

    fn at_due(&self, reference: &BoundReference) -> Step {
        let mut step = self.step(StepKind::AtDue, Action::Delete, |_| Expr::Truth(true));
        let condition = |world| {
            let mut predicates = self.predicates(world);
            predicates.goes_at_due(self.rule, reference, Alias::ROW)
        };
        step.condition = condition(World::AsItIs);
        step.preview = condition(World::AfterChildren);
        step.driving = None;
        step.target = Target {
            table: reference.child.name.clone(),
            key: reference.child_key.clone(),
        };
        step.table = reference.child.clone();
        step.bundle = going_along(&reference.nested);
        step.locks = Locks::at_due(self.program, self.rule, reference, self.now);
        step
    }
}

/// The comparisons that lead to the rows, where the condition does not say them itself, and the condition.
fn led(driving: &Expr, whole: Expr) -> Expr {
    let said = |term: &Expr| match &whole {
        Expr::And(terms) => terms.contains(term),
        one => one == term,
    };
    let unsaid = match driving {
        Expr::And(terms) => Expr::all(terms.iter().filter(|term| !said(term)).cloned()),
        one => one.clone(),
    };
    Expr::all([unsaid, whole])
}

/// What goes along with a removed row, or loses its reference.
fn going_along(references: &[BoundReference]) -> Vec<BoundReference> {
    references
        .iter()
        .filter(|reference| reference.goes_along())
        .cloned()
        .collect()
}
