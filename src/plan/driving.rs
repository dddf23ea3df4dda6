//! The start column that leads to the due rows.

use chrono::{DateTime, Utc};

use crate::catalog::Column;
use crate::resolve::{BoundPeriod, BoundPurpose, BoundRule, Dated, Encoding};
use crate::sql::{Alias, Dialect, Expr, Op};

/// A comparison of the row's own start column that every due row of a step meets: the widest of its periods.
#[derive(Debug, Clone)]
pub struct Driving {
    pub column: Column,
    floor: Expr,
    cutoff: Expr,
    /// Values of this column can be read and bound again exactly, so that a batch can end at one.
    pub walkable: bool,
}

impl Driving {
    /// From the first plausible value to the cutoff.
    #[must_use]
    pub fn condition(&self, row: Alias) -> Expr {
        let column = || Expr::column(row, &self.column.name);
        Expr::all([
            column().compare(Op::GreaterOrEqual, self.floor.clone()),
            column().compare(Op::LessOrEqual, self.cutoff.clone()),
        ])
    }
}

/// The driving column of a rule's disposition: that of a purpose which covers every row, or of the only purpose.
pub(super) fn of(rule: &BoundRule, now: DateTime<Utc>, dialect: Dialect) -> Option<Driving> {
    if let [only] = rule.purposes.as_slice() {
        return of_purpose(only, now, dialect);
    }
    rule.purposes
        .iter()
        .filter(|purpose| covers_every_row(purpose))
        .filter_map(|purpose| of_purpose(purpose, now, dialect))
        .max_by_key(|driving| {
            rule.table
                .has_index_on(std::slice::from_ref(&driving.column.name))
        })
}

fn covers_every_row(purpose: &BoundPurpose) -> bool {
    purpose.when.is_none() && purpose.unless.is_empty() && purpose.otherwise.is_some()
}

/// The driving column of the rows for which one purpose has ended.
pub(super) fn of_purpose(
    purpose: &BoundPurpose,
    now: DateTime<Utc>,
    dialect: Dialect,
) -> Option<Driving> {
    let periods: Vec<&BoundPeriod> = purpose.periods().collect();
    let first = periods.first()?.start.own_column()?;
    let same = |period: &&BoundPeriod| {
        period
            .start
            .own_column()
            .is_some_and(|dated| alike(dated, first))
    };
    if !periods.iter().all(same) || !first.encoding.is_sargable() {
        return None;
    }
    let cutoffs: Option<Vec<Expr>> = periods
        .iter()
        .flat_map(|period| period.length.terms())
        .map(|(_, term)| first.encoding.cutoff(&term, now, &first.column, dialect))
        .collect();
    let widest = cutoffs?
        .into_iter()
        .max_by(|a, b| value(a).cmp(&value(b)))?;
    Some(Driving {
        column: first.column.clone(),
        floor: first
            .encoding
            .floor(first.not_before, &first.column, dialect),
        cutoff: widest,
        walkable: first.encoding != Encoding::JulianDay,
    })
}

fn alike(a: &Dated, b: &Dated) -> bool {
    a.column.name == b.column.name && a.encoding == b.encoding && a.not_before == b.not_before
}

/// Cutoffs of one column are written alike, so that they compare as they are written.
fn value(expr: &Expr) -> Option<&crate::sql::Value> {
    match expr {
        Expr::Value(value, _) => Some(value),
        _ => None,
    }
}
