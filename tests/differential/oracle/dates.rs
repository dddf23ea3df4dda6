//! When a start event and its period are over.

use super::{Cell, Known, Run, Start};
use crate::civil::{self, DAY, Term};
use crate::world::{DateColumn, Kind};

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

    fn cell_is_over(&self, cell: &Cell, column: &DateColumn, term: Term) -> bool {
        if column.never.as_ref() == Some(cell) {
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
