//! Rows that stay for others: the one that says when another is due, and those that several parents share.

use super::{Cell, Decision, Known, Purpose, Rule, Run, Start, Then};
use crate::condition::Cond;
use crate::world::{Key, Overwrite};

/// A start event that is taken from related rows.
struct Related<'a> {
    latest: bool,
    child: usize,
    by: usize,
    way: &'a [usize],
    date: usize,
    only: Option<&'a Cond>,
    alone: bool,
}

impl Run<'_> {
    /// The row says when another is due, which has not come to its end. `along`: it would go with the row to which
    /// this reference leads.
    pub(super) fn is_needed(&self, table: usize, row: usize, along: Option<usize>) -> bool {
        (0..self.world.tables.len()).any(|dated| {
            let Some(rule) = self.rule(dated) else {
                return false;
            };
            rule.purposes.iter().any(|purpose| {
                related_of(purpose)
                    .iter()
                    .filter(|one| one.child == table && along != Some(one.by))
                    .any(|one| self.carries(rule, purpose, one, (dated, row), along))
            })
        })
    }

    fn carries(
        &self,
        rule: &Rule,
        purpose: &Purpose,
        related: &Related<'_>,
        (dated, row): (usize, usize),
        along: Option<usize>,
    ) -> bool {
        let Some(here) = self.row(related.child, row) else {
            return false;
        };
        let Some(target) = self.possible_parent(related.child, related.by, row) else {
            return false;
        };
        let counts = related
            .only
            .is_none_or(|only| only.is(&here.fields) != Some(false));
        let apart = related.child != dated && !rule.observe && along.is_none();
        let ended = self.has_ended(dated, target, purpose);
        let over = |with: Overwrite| {
            let row = self.row(dated, target);
            self.has_ended_or_lost(dated, target, purpose)
                && row.is_some_and(|row| with.is_done(&row.personal))
        };
        let lasting = match rule.then {
            Then::Delete if apart && related.alone => !rule.if_a_child_stays.is_some_and(over),
            Then::Anonymise(with) if apart => !over(with),
            _ => !ended,
        };
        counts
            && !self.certainly_not_covered(dated, target, purpose)
            && lasting
            && self.is_the_one(related, dated, target, row)
    }

    /// None of the others that certainly count comes before it.
    fn is_the_one(&self, related: &Related<'_>, dated: usize, target: usize, row: usize) -> bool {
        let by_type = self.world.tables[related.child].refs[related.by].known == Known::ByType;
        let counts = |one: &usize| {
            self.row(related.child, *one).is_some_and(|other| {
                (!by_type || other.typed == Some(true))
                    && related
                        .only
                        .is_none_or(|only| only.is(&other.fields) == Some(true))
            })
        };
        !self
            .children(dated, target, related.child, related.by)
            .into_iter()
            .filter(counts)
            .any(|one| one != row && self.comes_before(related, one, row))
    }

    fn comes_before(&self, related: &Related<'_>, one: usize, other: usize) -> bool {
        let key = greater_key(&self.world.tables[related.child].key, one, other);
        match (self.event(related, one), self.event(related, other)) {
            (None, None) => key,
            (None, Some(_)) => related.latest,
            (Some(_), None) => !related.latest,
            (Some(a), Some(b)) if a == b => key,
            (Some(a), Some(b)) => (a > b) == related.latest,
        }
    }

    /// The event of a related row, where it is there and plausible.
    fn event(&self, related: &Related<'_>, row: usize) -> Option<i64> {
        let (mut table, mut row) = (related.child, row);
        for step in related.way {
            row = self.certain_parent(table, *step, row)?;
            table = self.world.tables[table].refs[*step].parent;
        }
        let column = &self.world.tables[table].dates[related.date];
        let cell = &self.row(table, row)?.dates[related.date];
        if column.never.as_ref() == Some(cell) {
            return None;
        }
        let (day, at) = match cell {
            Cell::Day(day) => (*day, *day),
            Cell::Local(at) | Cell::Instant(at) => (at.div_euclid(crate::civil::DAY), *at),
            Cell::Null | Cell::Odd(_) => return None,
        };
        (day >= column.not_before).then_some(at)
    }

    /// Another parent with which the row would go is not due.
    pub(super) fn is_shared(&self, table: usize, by: usize, row: usize) -> bool {
        (0..self.world.tables[table].refs.len())
            .filter(|other| *other != by && self.takes(table, *other))
            .filter_map(|other| {
                let parent = self.world.tables[table].refs[other].parent;
                Some((parent, self.possible_parent(table, other, row)?))
            })
            .any(|(parent, row)| self.parent_stays(parent, row))
    }

    /// Rows of the table go with those to which this reference leads.
    fn takes(&self, table: usize, by: usize) -> bool {
        let reference = &self.world.tables[table].refs[by];
        match reference.decision {
            _ if reference.parent == table => false,
            Some(Decision::AtDue) => true,
            Some(Decision::WithParent) => match self.rule(reference.parent) {
                Some(rule) => rule.then == Then::Delete,
                None => (0..self.world.tables[reference.parent].refs.len())
                    .any(|up| self.takes(reference.parent, up)),
            },
            _ => false,
        }
    }

    fn parent_stays(&self, table: usize, row: usize) -> bool {
        if let Some(rule) = self.rule(table) {
            return rule.observe || !self.due(table, row);
        }
        let ups = (0..self.world.tables[table].refs.len()).filter(|up| self.takes(table, *up));
        let mut goes = false;
        for up in ups {
            let parent = self.world.tables[table].refs[up].parent;
            goes |= self.certain_parent(table, up, row).is_some();
            if let Some(row) = self.possible_parent(table, up, row)
                && self.parent_stays(parent, row)
            {
                return true;
            }
        }
        !goes
    }
}

fn related_of(purpose: &Purpose) -> Vec<Related<'_>> {
    let mut found = Vec::new();
    let of_cases = purpose.cases.iter();
    let starts = of_cases.map(|case| case.start.as_ref().unwrap_or(&purpose.start));
    let otherwise = purpose.otherwise.as_ref().map(|_| &purpose.start);
    for start in starts.chain(otherwise) {
        collect(start, &mut found);
    }
    found
}

fn collect<'a>(start: &'a Start, found: &mut Vec<Related<'a>>) {
    match start {
        Start::Column { .. } | Start::Unused { .. } | Start::Event(_) | Start::Chosen(_) => {}
        Start::Several { of, .. } => of.iter().for_each(|one| collect(one, found)),
        Start::Related {
            latest,
            child,
            by,
            way,
            date,
            only,
            if_none,
        } => {
            found.push(Related {
                latest: *latest,
                child: *child,
                by: *by,
                way,
                date: *date,
                only: only.as_ref(),
                alone: if_none.is_none(),
            });
            if let Some(start) = if_none {
                collect(start, found);
            }
        }
    }
}

/// As the database orders them.
pub(super) fn greater_key(key: &Key, one: usize, other: usize) -> bool {
    match key {
        Key::Int => one > other,
        Key::Text => format!("k{}", one + 1) > format!("k{}", other + 1),
        Key::Pair => (one % 2, one / 2) > (other % 2, other / 2),
    }
}
