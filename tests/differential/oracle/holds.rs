//! What holds a row: conditions on it, rows of other tables, rows from which it hangs; and the newest, which stay.

use super::stays::greater_key;
use super::{Decision, Known, Run};
use crate::civil::{From, Keep, Term};
use crate::world::{Hold, HoldBy, Link, Newest};

impl Run<'_> {
    /// No hold of its own, and no deep one on a row from which it hangs, however far up.
    pub(super) fn is_free(&self, table: usize, row: usize) -> bool {
        let own = self.holds(table);
        let held = own.iter().any(|hold| self.is_held_by(table, row, hold));
        !held && self.is_free_from_above(table, row)
    }

    /// No deep hold on a row from which it hangs.
    pub(super) fn is_free_from_above(&self, table: usize, row: usize) -> bool {
        let mut seen = vec![(table, row)];
        let refs = 0..self.world.tables[table].refs.len();
        let mut next: Vec<(usize, usize)> = refs
            .filter_map(|by| {
                let parent = self.world.tables[table].refs[by].parent;
                Some((parent, self.possible_parent(table, by, row)?))
            })
            .collect();
        while let Some((table, row)) = next.pop() {
            if seen.contains(&(table, row)) {
                continue;
            }
            seen.push((table, row));
            let mut deep = self.holds(table).iter().filter(|hold| !hold.shallow);
            if deep.any(|hold| self.is_held_by(table, row, hold)) {
                return false;
            }
            next.extend(self.hangs_from(table, row));
        }
        true
    }

    fn holds(&self, table: usize) -> &[Hold] {
        self.rule(table).map_or(&[], |rule| &rule.holds)
    }

    fn hangs_from(&self, table: usize, row: usize) -> Vec<(usize, usize)> {
        let refs = self.world.tables[table].refs.iter().enumerate();
        refs.filter(|(by, _)| self.hangs(table, *by))
            .filter_map(|(by, one)| Some((one.parent, self.possible_parent(table, by, row)?)))
            .collect()
    }

    /// A row between hangs from what it would go with, and from what nothing is decided about; what it would be detached
    /// from holds its own rows, and passes nothing on.
    fn hangs(&self, table: usize, by: usize) -> bool {
        match self.world.tables[table].refs[by].decision {
            Some(Decision::WithParent | Decision::AtDue) | None => true,
            Some(Decision::OwnRule | Decision::Detach | Decision::Keeps) => {
                self.rule(table).is_some()
            }
        }
    }

    /// A hold of which nobody can say that it does not hold, holds.
    fn is_held_by(&self, table: usize, row: usize, hold: &Hold) -> bool {
        let Some(here) = self.row(table, row) else {
            return false;
        };
        let (child, by, when, until) = match &hold.by {
            HoldBy::Row(when) => return when.is(&here.fields) != Some(false),
            HoldBy::Table {
                child,
                by,
                when,
                until,
            } => (*child, *by, when, *until),
        };
        let typed = self.world.tables[child].refs[by].known == Known::ByType;
        self.rows(child).into_iter().any(|one| {
            let Some(holding) = self.row(child, one) else {
                return false;
            };
            let mine =
                holding.refs[by] == Link::To(row) && (!typed || holding.typed != Some(false));
            let holds = when
                .as_ref()
                .is_none_or(|when| when.is(&holding.fields) != Some(false));
            let ended = until.is_some_and(|date| {
                let column = &self.world.tables[child].dates[date];
                let term = Term {
                    keep: Keep::None,
                    from: From::Event,
                    zone: self.setting.zone,
                };
                self.cell_is_over(&holding.dates[date], column, term)
            });
            mine && holds && !ended
        })
    }

    /// Enough newer rows of its group are there; what is to come, or has no date, makes nothing older and stays.
    pub(super) fn is_old_enough(&self, table: usize, row: usize, newest: &Newest) -> bool {
        let Some(here) = self.row(table, row) else {
            return false;
        };
        let column = &self.world.tables[table].dates[newest.date];
        let happened = |one: usize| {
            let term = Term {
                keep: Keep::None,
                from: From::Event,
                // Where a day ends last of all.
                zone: chrono_tz::Etc::GMTPlus12,
            };
            self.row(table, one)
                .is_some_and(|one| self.cell_is_over(&one.dates[newest.date], column, term))
        };
        let grouped = |own: &crate::world::Fields, other: &crate::world::Fields| {
            (!newest.per_status || own.status.is_some() && own.status == other.status)
                && (!newest.per_amount || own.number.is_some() && own.number == other.number)
        };
        let at = |one: usize| {
            self.row(table, one)
                .map(|one| match &one.dates[newest.date] {
                    crate::world::Cell::Day(at)
                    | crate::world::Cell::Local(at)
                    | crate::world::Cell::Instant(at) => *at,
                    _ => i64::MIN,
                })
        };
        let key = &self.world.tables[table].key;
        let newer = self.rows(table).into_iter().filter(|other| {
            let alike = at(*other) == at(row) && greater_key(key, *other, row);
            *other != row
                && happened(*other)
                && self
                    .row(table, *other)
                    .is_some_and(|other| grouped(&here.fields, &other.fields))
                && (at(*other) > at(row) || alike)
        });
        happened(row) && newer.count() >= newest.count
    }
}
