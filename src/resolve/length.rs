//! How long rows are kept: one term for all, or one for each value of a column.

use crate::calendar::{Keep, Term, Unit};
use crate::catalog::{Column, ColumnKind, Table, TableName};
use crate::diagnostic::{Fault, Faults};
use crate::schedule::{Length, LengthColumn, Period};

use super::program::Hop;
use super::{Surroundings, path, start};

/// How long rows are kept after their start event.
#[derive(Debug, Clone)]
pub enum BoundLength {
    Fixed(Term),
    InColumn(Box<LengthIn>),
}

/// A column that counts how long rows are kept.
#[derive(Debug, Clone)]
pub struct LengthIn {
    /// From the row to the row that has the column; none: it has it itself.
    pub hops: Vec<Hop>,
    /// The table that has it.
    pub table: TableName,
    pub column: Column,
    /// The least and the greatest count that is believed.
    pub between: (i64, i64),
    /// The counts that are there, in rising order: read before a run. What appears later keeps its rows.
    pub known: Vec<i64>,
    unit: Unit,
    /// Its `keep` is that of no row.
    term: Term,
}

impl BoundLength {
    /// Each term that a row may have, the shortest first; with the value of the column that says so.
    #[must_use]
    pub fn terms(&self) -> Vec<(Option<i64>, Term)> {
        match self {
            Self::Fixed(term) => vec![(None, *term)],
            Self::InColumn(column) => column
                .terms()
                .map(|(count, term)| (Some(count), term))
                .collect(),
        }
    }

    /// The way to the column that says how long, where that is another table's.
    #[must_use]
    pub fn hops(&self) -> &[Hop] {
        match self {
            Self::Fixed(_) => &[],
            Self::InColumn(column) => &column.hops,
        }
    }

    /// From when the period runs, without any: the event itself.
    #[must_use]
    pub fn begun(&self) -> Term {
        let term = match self {
            Self::Fixed(term) => *term,
            Self::InColumn(column) => column.term,
        };
        Term {
            keep: Keep::None,
            ..term
        }
    }
}

impl LengthIn {
    /// The shortest period that is believed.
    #[must_use]
    pub fn least(&self) -> Keep {
        self.unit
            .times(self.between.0)
            .map_or(Keep::None, Keep::For)
    }

    /// The term of each known count.
    pub fn terms(&self) -> impl Iterator<Item = (i64, Term)> {
        self.known.iter().filter_map(|count| {
            let keep = Keep::For(self.unit.times(*count)?);
            Some((*count, Term { keep, ..self.term }))
        })
    }
}

/// Matches a period's length with the catalogue.
pub(super) fn bind(
    around: &Surroundings<'_>,
    period: &Period,
    table: &Table,
    faults: &mut Faults,
) -> Option<BoundLength> {
    let term = |keep| Term {
        keep,
        counted_from: period.counted_from,
        zone: period.zone,
    };
    match &period.keep.value {
        Length::Fixed(keep) => Some(BoundLength::Fixed(term(*keep))),
        Length::InColumn(column) => {
            let bound = in_column(around, column, term(Keep::None), table, faults)?;
            Some(BoundLength::InColumn(Box::new(bound)))
        }
    }
}

fn in_column(
    around: &Surroundings<'_>,
    declared: &LengthColumn,
    term: Term,
    table: &Table,
    faults: &mut Faults,
) -> Option<LengthIn> {
    let named = declared.table.as_ref();
    let (hops, there) = path::way(around, named, &declared.via, table, faults)?;
    let Some(column) = there.column(&declared.column.value) else {
        faults.push(start::unknown_column(there, &declared.column));
        return None;
    };
    let counts = matches!(
        column.kind,
        ColumnKind::Integer | ColumnKind::Unsigned | ColumnKind::Other
    );
    if !counts {
        let sentence = format!(
            "the column {} ({}) does not hold whole numbers",
            column.name, column.sql_type
        );
        let hint = "a period in a column is a count of the unit that is given with it";
        faults.push(Fault::error(declared.column.at, sentence).hint(hint));
        return None;
    }
    let (least, most) = (declared.at_least, declared.at_most);
    Some(LengthIn {
        hops,
        table: there.name.clone(),
        column: column.clone(),
        between: declared.unit.counts_between(least, most)?,
        known: Vec::new(),
        unit: declared.unit,
        term,
    })
}
