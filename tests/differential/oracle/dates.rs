//! When a start event and its period are over.

use super::{Cell, Known, Run, Start};
use crate::civil::{self, DAY, Keep, Term};
use crate::world::{Choice, DateColumn, Kind, Length};

/// What holds where no related row is left from which a start event could be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    Keeps,
    Ends,
}

impl Run<'_> {
    pub(super) fn is_over(
        &self,
        table: usize,
        row: usize,
        start: &Start,
        term: Term,
        lost: Lost,
    ) -> bool {
        match start {
            Start::Column { way, date } => self.is_over_above(table, row, way, *date, term),
            Start::Several { latest: true, of } => of
                .iter()
                .all(|one| self.is_over(table, row, one, term, lost)),
            Start::Several { latest: false, of } => of
                .iter()
                .any(|one| self.is_over(table, row, one, term, lost)),
            Start::Unused { .. } => !self.is_used(table, row),
            Start::Event(event) => self.report_is_over(table, row, event, term),
            Start::Chosen(choice) => self.choice_is_over(table, row, choice, term),
            Start::Related {
                latest,
                child,
                by,
                way,
                date,
                only,
                if_none,
            } => {
                let mut certain = Vec::new();
                let mut possible = Vec::new();
                for one in self.children(table, row, *child, *by) {
                    let Some(related) = self.row(*child, one) else {
                        continue;
                    };
                    let typed = self.world.tables[*child].refs[*by].known != Known::ByType
                        || related.typed == Some(true);
                    let counts = only
                        .as_ref()
                        .map_or(Some(true), |only| only.is(&related.fields));
                    let over = self.is_over_above(*child, one, way, *date, term);
                    if counts == Some(true) && typed {
                        certain.push(over);
                    }
                    if counts != Some(false) {
                        possible.push(over);
                    }
                }
                let over = if *latest {
                    !certain.is_empty() && possible.iter().all(|over| *over)
                } else {
                    certain.contains(&true)
                };
                let otherwise = |start: &Start| self.is_over(table, row, start, term, lost);
                let alone = if_none.as_deref().map_or(lost == Lost::Ends, otherwise);
                over || possible.is_empty() && alone
            }
        }
    }

    fn is_over_above(
        &self,
        table: usize,
        row: usize,
        way: &[usize],
        date: usize,
        term: Term,
    ) -> bool {
        let (mut table, mut row) = (table, row);
        for step in way {
            let Some(parent) = self.certain_parent(table, *step, row) else {
                return false;
            };
            table = self.world.tables[table].refs[*step].parent;
            row = parent;
        }
        let column = &self.world.tables[table].dates[date];
        self.row(table, row)
            .is_some_and(|row| self.cell_is_over(&row.dates[date], column, term))
    }

    /// Somebody reported the event, and did not take it back.
    fn report_is_over(&self, table: usize, row: usize, event: &str, term: Term) -> bool {
        let earliest = civil::day_of(1980, 1, 1) * DAY;
        self.world.tables[table]
            .reports
            .iter()
            .filter(|one| one.row == row && one.event == event)
            .filter_map(|one| one.at)
            .any(|at| at >= earliest && civil::instant_is_due(at, term, self.setting.now))
    }

    /// What the expression may choose, whatever a condition that is NULL would be, is over.
    fn choice_is_over(&self, table: usize, row: usize, choice: &Choice, term: Term) -> bool {
        let Some(here) = self.row(table, row) else {
            return false;
        };
        let over = |date: usize| {
            let column = &self.world.tables[table].dates[date];
            self.cell_is_over(&here.dates[date], column, term)
        };
        let null = |date: usize| here.dates[date] == Cell::Null;
        match choice {
            Choice::Coalesce(a, b) if null(*a) => over(*b),
            Choice::Coalesce(a, _) => over(*a),
            Choice::Greatest(a, b) => over(*a) && over(*b),
            // The least of two is no later than either.
            Choice::Least(a, b) => !null(*a) && !null(*b) && (over(*a) || over(*b)),
            Choice::Case(when, a, b) => {
                let otherwise = b.is_some_and(over);
                match when.is(&here.fields) {
                    Some(true) => over(*a),
                    Some(false) => otherwise,
                    None => over(*a) && otherwise,
                }
            }
        }
    }

    /// The period of a purpose, where it stands in a column: `None` where the row does not say one that is believed.
    pub(super) fn length(&self, table: usize, row: usize, length: &Length) -> Option<Keep> {
        let (mut table, mut row) = (table, row);
        for step in &length.way {
            row = self.certain_parent(table, *step, row)?;
            table = self.world.tables[table].refs[*step].parent;
        }
        let count = self.row(table, row)?.fields.length?;
        let believed = count > 0 && length.at_least <= count && count <= length.at_most;
        let keep = if length.months {
            Keep::Months(count)
        } else {
            Keep::Days(count)
        };
        believed.then_some(keep)
    }

    pub(super) fn cell_is_over(&self, cell: &Cell, column: &DateColumn, term: Term) -> bool {
        if column.never.as_ref() == Some(cell) {
            return false;
        }
        let last = column.not_after.unwrap_or(i64::MAX / DAY - 1);
        let too_late = match cell {
            Cell::Day(day) => *day > last,
            Cell::Local(at) | Cell::Instant(at) => at.div_euclid(DAY) > last,
            Cell::Null | Cell::Odd(_) => true,
        };
        if too_late {
            return false;
        }
        let now = self.setting.now;
        let zone = match column.kind {
            Kind::Naive(Some(zone)) => zone,
            _ => self.setting.column_zone,
        };
        match (cell, column.kind) {
            (Cell::Day(day), _) => {
                *day >= column.not_before && civil::due_of_day(*day, term) <= now
            }
            (Cell::Local(shown), Kind::DayInStamp) => {
                let day = shown.div_euclid(DAY);
                day >= column.not_before && civil::due_of_day(day, term) <= now
            }
            (Cell::Local(shown), _) => {
                *shown >= column.not_before * DAY
                    && civil::instant_is_due(civil::instant(*shown, zone), term, now)
            }
            (Cell::Instant(at), _) => {
                *at >= column.not_before * DAY && civil::instant_is_due(*at, term, now)
            }
            (Cell::Null | Cell::Odd(_), _) => false,
        }
    }
}
