//! Decides row by row what a run must leave, from the words of the documentation and from nothing of the product.
//!
//! It works on rows in memory, one rule after the other, and knows no SQL, no cutoff and no batch.

mod dates;
mod holds;
mod order;
mod stays;
mod tree;

pub use order::{goes_along, reads};

use dates::Lost;

use std::collections::BTreeMap;

use crate::world::{
    Cell, Decision, Known, Link, Overwrite, Purpose, Row, Rule, Setting, Start, Then, World,
};

/// The rows of each table; `None` where one has gone.
pub type State = Vec<Vec<Option<Row>>>;

/// What a run must do.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub state: State,
    /// By rule's table and table of the rows: how many rows go.
    pub deleted: BTreeMap<(usize, usize), u64>,
    /// By rule's table: how many rows its disposition touches.
    pub due: BTreeMap<usize, u64>,
    /// By rule's table: how often one of its rows is overwritten.
    pub overwritten: BTreeMap<usize, u64>,
    /// By rule's table: what stays though its time is over.
    pub kept: BTreeMap<usize, Kept>,
}

/// Rows that stay though every period has ended, by what keeps them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub held: u64,
    /// Not held, and of the newest.
    pub newest: u64,
    /// Due, and not gone: not told of rows that are overwritten.
    pub waiting: Option<u64>,
}

pub fn state_of(world: &World) -> State {
    let rows = |table: &crate::world::Table| table.rows.iter().cloned().map(Some).collect();
    world.tables.iter().map(rows).collect()
}

/// What one run leaves; `None` where the rules wait for each other in a circle.
pub fn decide(world: &World, setting: &Setting, state: State) -> Option<Verdict> {
    let order = order::of(world)?;
    let mut run = Run {
        world,
        setting,
        rule: 0,
        verdict: Verdict {
            state,
            deleted: BTreeMap::new(),
            due: BTreeMap::new(),
            overwritten: BTreeMap::new(),
            kept: BTreeMap::new(),
        },
    };
    for table in order {
        run.rule = table;
        run.rule_of(table);
    }
    Some(run.verdict)
}

/// False where the rules wait for each other in a circle.
pub fn has_an_order(world: &World) -> bool {
    order::of(world).is_some()
}

struct Run<'a> {
    world: &'a World,
    setting: &'a Setting,
    /// The table of the rule that acts.
    rule: usize,
    verdict: Verdict,
}

impl<'a> Run<'a> {
    fn row(&self, table: usize, row: usize) -> Option<&Row> {
        self.verdict.state[table][row].as_ref()
    }

    fn rule(&self, table: usize) -> Option<&'a Rule> {
        self.world.tables[table].rule.as_ref()
    }

    fn rows(&self, table: usize) -> Vec<usize> {
        let rows = &self.verdict.state[table];
        (0..rows.len()).filter(|row| rows[*row].is_some()).collect()
    }

    fn rule_of(&mut self, table: usize) {
        let Some(rule) = self.rule(table).filter(|rule| !rule.observe) else {
            return;
        };
        for (child, by) in self.world.refs_to(table) {
            if self.decision(child, by) == Some(Decision::AtDue) {
                self.at_due(table, child, by);
            }
        }
        let mut kept = self.kept(table);
        let due = self.which(table, |run, row| run.due(table, row));
        match rule.then {
            Then::Delete => {
                let gone = self.which(table, |run, row| run.removable(table, row));
                *self.verdict.due.entry(table).or_default() += gone.len() as u64;
                for row in gone {
                    self.remove(table, row);
                }
                let left = due.iter().filter(|row| self.row(table, **row).is_some());
                kept.waiting = Some(left.count() as u64);
            }
            Then::Anonymise(with) => {
                let due = self.overwrite(table, with, |run, row| run.due(table, row));
                *self.verdict.due.entry(table).or_default() += due;
            }
        }
        self.verdict.kept.insert(table, kept);
        if let Some(with) = rule.if_a_child_stays {
            self.overwrite(table, with, |run, row| {
                run.due(table, row) && run.a_child_stays(table, row)
            });
        }
        for purpose in &rule.purposes {
            if let Some(with) = purpose.at_end {
                self.overwrite(table, with, |run, row| {
                    run.only_needed_by(table, row, purpose, with)
                });
            }
        }
    }

    /// What holds and what is of the newest keeps rows of which every period has ended.
    fn kept(&self, table: usize) -> Kept {
        let ended = self.which(table, |run, row| run.all_ended(table, row));
        let held = |row: &&usize| !self.is_free(table, **row);
        let newest = |row: &&usize| !held(row) && !self.due(table, **row);
        Kept {
            held: ended.iter().filter(held).count() as u64,
            newest: ended.iter().filter(newest).count() as u64,
            waiting: None,
        }
    }

    fn which(&self, table: usize, asked: impl Fn(&Self, usize) -> bool) -> Vec<usize> {
        let rows = self.rows(table).into_iter();
        rows.filter(|row| asked(self, *row)).collect()
    }

    fn overwrite(
        &mut self,
        table: usize,
        with: Overwrite,
        asked: impl Fn(&Self, usize) -> bool,
    ) -> u64 {
        let unfinished = |run: &Self, row| {
            run.row(table, row)
                .is_some_and(|row| !with.is_done(&row.personal))
        };
        let chosen = self.which(table, |run, row| unfinished(run, row) && asked(run, row));
        for row in &chosen {
            if let Some(row) = &mut self.verdict.state[table][*row] {
                with.apply(&mut row.personal);
            }
        }
        let count = chosen.len() as u64;
        *self.verdict.overwritten.entry(table).or_default() += count;
        count
    }

    /// Children that go as soon as their parent is due, even where it must wait.
    fn at_due(&mut self, table: usize, child: usize, by: usize) {
        let goes = self.which(child, |run, row| {
            run.certain_parent(child, by, row)
                .is_some_and(|parent| run.due(table, parent))
                && !run.is_kept_beside(child, by, row)
        });
        for row in goes {
            self.remove(child, row);
        }
    }

    /// A purpose that may cover the row has ended, no other live one needs the columns, and the row stays.
    fn only_needed_by(&self, table: usize, row: usize, purpose: &Purpose, with: Overwrite) -> bool {
        let Some(rule) = self.rule(table) else {
            return false;
        };
        let needed = rule.purposes.iter().any(|other| {
            let shares = other.at_end.is_some_and(|columns| columns.shares(with));
            shares && !self.is_no_longer_needed(table, row, other)
        });
        let goes = rule.then == Then::Delete && self.removable(table, row);
        !self.certainly_not_covered(table, row, purpose)
            && !needed
            && self.is_free(table, row)
            && !goes
    }

    fn is_no_longer_needed(&self, table: usize, row: usize, purpose: &Purpose) -> bool {
        self.certainly_not_covered(table, row, purpose) || self.has_ended(table, row, purpose)
    }

    fn removable(&self, table: usize, row: usize) -> bool {
        self.due(table, row)
            && !self.a_child_stays(table, row)
            && !self.is_needed(table, row, None)
            && !self.follows(table, row)
    }

    /// One purpose certainly covers the row, all that may cover it have ended, nothing holds it, and it is not of the
    /// newest.
    fn due(&self, table: usize, row: usize) -> bool {
        let Some(rule) = self.rule(table) else {
            return false;
        };
        self.all_ended(table, row)
            && self.is_free(table, row)
            && rule
                .newest
                .as_ref()
                .is_none_or(|newest| self.is_old_enough(table, row, newest))
    }

    /// One purpose certainly covers the row, and all that may cover it have ended.
    fn all_ended(&self, table: usize, row: usize) -> bool {
        let Some(rule) = self.rule(table) else {
            return false;
        };
        let covered = |one| self.certainly_covered(table, row, one);
        let over = |one| self.is_no_longer_needed(table, row, one);
        rule.purposes.iter().any(covered) && rule.purposes.iter().all(over)
    }

    fn certainly_covered(&self, table: usize, row: usize, purpose: &Purpose) -> bool {
        let Some(row) = self.row(table, row) else {
            return false;
        };
        let is = |cond: &crate::condition::Cond| cond.is(&row.fields);
        let selected = purpose
            .when
            .as_ref()
            .is_none_or(|when| is(when) == Some(true));
        let excepted = purpose.unless.iter().any(|one| is(one) != Some(false));
        let has_period = purpose.otherwise.is_some()
            || purpose
                .cases
                .iter()
                .any(|case| is(&case.when) == Some(true));
        selected && !excepted && has_period
    }

    fn certainly_not_covered(&self, table: usize, row: usize, purpose: &Purpose) -> bool {
        let Some(row) = self.row(table, row) else {
            return true;
        };
        let is = |cond: &crate::condition::Cond| cond.is(&row.fields);
        let left_out = purpose
            .when
            .as_ref()
            .is_some_and(|when| is(when) == Some(false));
        let excepted = purpose.unless.iter().any(|one| is(one) == Some(true));
        let no_period = purpose.otherwise.is_none()
            && purpose
                .cases
                .iter()
                .all(|case| is(&case.when) == Some(false));
        left_out || excepted || no_period
    }

    /// The period of every case that may own the row is over.
    fn has_ended(&self, table: usize, row: usize, purpose: &Purpose) -> bool {
        self.has_ended_that(table, row, purpose, Lost::Keeps)
    }

    /// The same of a row that was overwritten: rows that dated it may have gone.
    fn has_ended_or_lost(&self, table: usize, row: usize, purpose: &Purpose) -> bool {
        self.has_ended_that(table, row, purpose, Lost::Ends)
    }

    fn has_ended_that(&self, table: usize, row: usize, purpose: &Purpose, lost: Lost) -> bool {
        let Some(fields) = self.row(table, row).map(|row| row.fields.clone()) else {
            return false;
        };
        for case in &purpose.cases {
            let mine = case.when.is(&fields);
            if mine == Some(false) {
                continue;
            }
            let start = case.start.as_ref().unwrap_or(&purpose.start);
            let term = purpose.term(case.keep, case.from, self.setting);
            if !self.is_over(table, row, start, term, lost) {
                return false;
            }
            if mine == Some(true) {
                return true;
            }
        }
        purpose.otherwise.is_none_or(|(keep, from)| {
            let keep = match &purpose.length {
                None => Some(keep),
                Some(length) => self.length(table, row, length),
            };
            let Some(keep) = keep else {
                return false;
            };
            let term = purpose.term(keep, from, self.setting);
            self.is_over(table, row, &purpose.start, term, lost)
        })
    }

    fn decision(&self, child: usize, by: usize) -> Option<Decision> {
        self.world.tables[child].refs[by].decision
    }

    /// The row that this one refers to, for certain.
    fn certain_parent(&self, table: usize, by: usize, row: usize) -> Option<usize> {
        self.parent(table, by, row, |typed| typed == Some(true))
    }

    /// The row that this one may refer to.
    fn possible_parent(&self, table: usize, by: usize, row: usize) -> Option<usize> {
        self.parent(table, by, row, |typed| typed != Some(false))
    }

    fn parent(
        &self,
        table: usize,
        by: usize,
        row: usize,
        typed: impl Fn(Option<bool>) -> bool,
    ) -> Option<usize> {
        let reference = &self.world.tables[table].refs[by];
        let row = self.row(table, row)?;
        let Link::To(parent) = row.refs[by] else {
            return None;
        };
        let mine = reference.known != Known::ByType || typed(row.typed);
        (mine && self.row(reference.parent, parent).is_some()).then_some(parent)
    }

    fn children(&self, table: usize, row: usize, child: usize, by: usize) -> Vec<usize> {
        debug_assert_eq!(self.world.tables[child].refs[by].parent, table);
        self.which(child, |run, one| {
            run.possible_parent(child, by, one) == Some(row)
        })
    }

    fn a_child_stays(&self, table: usize, row: usize) -> bool {
        self.another_table_keeps(table, row) || self.tree_stays(table, row)
    }

    /// A row refers to this one by a reference that keeps it.
    fn is_used(&self, table: usize, row: usize) -> bool {
        self.world.refs_to(table).into_iter().any(|(child, by)| {
            self.decision(child, by) == Some(Decision::Keeps)
                && !self.children(table, row, child, by).is_empty()
        })
    }

    /// A row of another table has a rule of its own, and stays.
    fn another_table_keeps(&self, table: usize, row: usize) -> bool {
        let refs = self.world.refs_to(table).into_iter();
        let detached = |child, by| self.decision(child, by) == Some(Decision::Detach);
        refs.filter(|(child, by)| *child != table || detached(*child, *by))
            .any(|(child, by)| {
                let children = self.children(table, row, child, by);
                match self.decision(child, by) {
                    Some(Decision::OwnRule) if order::goes_along(self.world, child, by) => children
                        .into_iter()
                        .any(|one| !self.goes_along_by_its_rule(child, by, one)),
                    Some(Decision::OwnRule | Decision::Keeps) => !children.is_empty(),
                    Some(Decision::WithParent | Decision::AtDue) => children
                        .into_iter()
                        .any(|one| self.is_kept_beside(child, by, one)),
                    // A held row is not overwritten either.
                    Some(Decision::Detach) => {
                        children.into_iter().any(|one| !self.is_free(child, one))
                    }
                    None => false,
                }
            })
    }

    fn goes_along_by_its_rule(&self, table: usize, by: usize, row: usize) -> bool {
        let acts = |rule: &Rule| !rule.observe && rule.then == Then::Delete;
        self.rule(table).is_some_and(acts)
            && self.due(table, row)
            && !self.a_child_stays(table, row)
            && !self.is_needed(table, row, Some(by))
    }

    /// A row that would go with its parent stays: for something below, for what it dates, for another parent.
    fn is_kept_beside(&self, table: usize, by: usize, row: usize) -> bool {
        self.another_table_keeps(table, row)
            || self.is_needed(table, row, Some(by))
            || self.is_shared(table, by, row)
            || !self.is_free_from_above(table, row)
    }

    /// The row goes, and what goes with it; what is detached loses its reference.
    fn remove(&mut self, table: usize, row: usize) {
        if self.row(table, row).is_none() {
            return;
        }
        for (child, by) in self.world.refs_to(table) {
            let rows = self.which(child, |run, one| {
                run.certain_parent(child, by, one) == Some(row)
            });
            let goes = match self.decision(child, by) {
                Some(Decision::WithParent | Decision::AtDue) => true,
                Some(Decision::OwnRule) => order::goes_along(self.world, child, by),
                Some(Decision::Detach) => {
                    let parent = row;
                    for one in rows {
                        if let Some(row) = &mut self.verdict.state[child][one] {
                            row.refs[by] = Link::Freed(parent);
                        }
                    }
                    continue;
                }
                Some(Decision::Keeps) | None => false,
            };
            if goes {
                for one in rows {
                    self.remove(child, one);
                }
            }
        }
        self.verdict.state[table][row] = None;
        *self.verdict.deleted.entry((self.rule, table)).or_default() += 1;
    }
}
