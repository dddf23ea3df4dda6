//! Anonymising: what replaces the values of a row that stays.
//!
//! Apart, because it is the one place where data is invented: constraint-respecting, irreversible, and complete in one
//! statement. Nothing is derived from an old value except by generalising (WP29 opinion 05/2014: what can be computed
//! from the old value is a pseudonym). Pure: chance comes in through [`Random`]; no database, no clock, no I/O.

mod bind;
mod constraint;
mod fixed;
mod generalise;
mod null;
mod random;
mod source;
mod unique;

#[cfg(test)]
mod evaluator;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod testing;

use std::fmt;

use crate::catalog::{Column, Table};
use crate::schedule::Replacement;
use crate::sql::{Alias, Dialect, Expr, Value};

pub use bind::{bind, bind_with_key};
pub use fixed::{equals, fitting};
pub use source::{OperatingSystem, Random};

/// An overwrite of the schedule matched with a table: for each column what replaces it, proven to fit as far as the
/// catalogue can prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    dialect: Dialect,
    columns: Vec<Overwritten>,
}

/// One column and what replaces its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overwritten {
    pub column: Column,
    strategy: Strategy,
}

/// The list of strategies; each has a file, and each answers the same questions.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Strategy {
    Null,
    Fixed(fixed::Fixed),
    Random(random::Recipe),
    Generalise(generalise::Coarse),
}

/// Why a replacement cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Complaint {
    sentence: String,
    /// What would be right.
    hint: String,
}

/// A new value could not be made for a row. Never shows an old value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmade {
    pub column: String,
    pub why: &'static str,
}

impl Rewrite {
    /// The columns, in the order of the schedule.
    #[must_use]
    pub fn columns(&self) -> &[Overwritten] {
        &self.columns
    }

    /// The names of the columns, in the order of the schedule.
    #[must_use]
    pub fn column_names(&self) -> Vec<String> {
        self.columns
            .iter()
            .map(|one| one.column.name.clone())
            .collect()
    }

    /// A condition that is never NULL: every column that can be recognised already has its final form. Negated it
    /// chooses the rows that are still to be done; as it is it reads a written row back.
    #[must_use]
    pub fn finished(&self, alias: Alias) -> Expr {
        Expr::all(
            self.columns
                .iter()
                .filter_map(|one| one.finished(alias, self.dialect)),
        )
    }

    /// As [`Rewrite::finished`], for a row that other rewrites would have changed first: each with the condition, never
    /// NULL, under which it would have, in their order. What a preview asks, since nothing was written on the way.
    #[must_use]
    pub fn finished_after(&self, earlier: &[(Rewrite, Expr)], alias: Alias) -> Expr {
        Expr::all(self.columns.iter().filter_map(|one| {
            let finished = one.finished(alias, self.dialect)?;
            Some(earlier.iter().fold(finished, |finished, (other, applied)| {
                match other.columns.iter().find(|two| two.column == one.column) {
                    None => finished,
                    Some(two) if two.strategy == one.strategy => {
                        Expr::any([applied.clone(), finished])
                    }
                    Some(_) => Expr::all([applied.clone().negated(), finished]),
                }
            }))
        }))
    }

    /// A condition that is never NULL: the row has exactly these values, as [`Rewrite::fresh`] or
    /// [`Rewrite::uniform`] gave them. It reads back also the columns whose final form cannot be recognised; a column
    /// that its database cannot compare (a binary fraction, MySQL's JSON) is left out.
    #[must_use]
    pub fn holds(&self, values: &[(Column, Value)], alias: Alias) -> Expr {
        Expr::all(
            values
                .iter()
                .filter_map(|(column, value)| fixed::equals(column, value, alias, self.dialect)),
        )
    }

    /// The new values where they are the same for every row, so that one UPDATE serves a batch.
    #[must_use]
    pub fn uniform(&self) -> Option<Vec<(Column, Value)>> {
        self.columns
            .iter()
            .map(|one| match &one.strategy {
                Strategy::Null => Some((one.column.clone(), Value::Null)),
                Strategy::Fixed(fixed) => Some((one.column.clone(), fixed.value.clone())),
                Strategy::Random(_) | Strategy::Generalise(_) => None,
            })
            .collect()
    }

    /// The columns whose old value must be read first: to generalise it, or to know that it is NULL.
    #[must_use]
    pub fn reads(&self) -> Vec<Column> {
        self.columns
            .iter()
            .filter(|one| one.is_read())
            .map(|one| one.column.clone())
            .collect()
    }

    /// The new values of one row, all columns. `old` is in the order of [`Rewrite::reads`], as
    /// `sql::Item::Column` reads it.
    ///
    /// # Errors
    /// An old value of a NOT NULL column has no coarser form, or the source of randomness failed.
    pub fn fresh(
        &self,
        old: &[Value],
        random: &mut dyn Random,
    ) -> Result<Vec<(Column, Value)>, Unmade> {
        let mut old = old.iter();
        self.columns
            .iter()
            .map(|one| {
                let value = match one.is_read() {
                    true => one.replacement(old.next(), self.dialect, random),
                    false => one.replacement(Some(&NOT_READ), self.dialect, random),
                }?;
                Ok((one.column.clone(), value))
            })
            .collect()
    }
}

/// Stands for the old value of a column that was not read, because its new value does not depend on it.
const NOT_READ: Value = Value::Bool(true);

impl Overwritten {
    fn is_read(&self) -> bool {
        match &self.strategy {
            Strategy::Null | Strategy::Fixed(_) => false,
            Strategy::Random(_) => self.column.nullable,
            Strategy::Generalise(_) => true,
        }
    }

    /// `None`: no row can be told to be finished by this column.
    fn finished(&self, alias: Alias, dialect: Dialect) -> Option<Expr> {
        match &self.strategy {
            Strategy::Null => Some(null::finished(&self.column, alias)),
            Strategy::Fixed(fixed) => fixed.finished(&self.column, alias, dialect),
            Strategy::Random(recipe) => recipe.finished(&self.column, alias),
            Strategy::Generalise(coarse) => Some(coarse.finished(&self.column, alias)),
        }
    }

    /// True where two rows do not get the same value, as far as chance is concerned.
    fn is_distinct(&self) -> bool {
        match &self.strategy {
            Strategy::Null => true,
            Strategy::Fixed(_) | Strategy::Generalise(_) => false,
            Strategy::Random(recipe) => recipe.bits() >= random::UNIQUE_BITS_MIN,
        }
    }

    fn replacement(
        &self,
        old: Option<&Value>,
        dialect: Dialect,
        random: &mut dyn Random,
    ) -> Result<Value, Unmade> {
        let unmade = |why| Unmade {
            column: self.column.name.clone(),
            why,
        };
        let old = old.ok_or_else(|| unmade("its old value was not read"))?;
        match &self.strategy {
            Strategy::Null => Ok(Value::Null),
            Strategy::Fixed(fixed) => Ok(fixed.value.clone()),
            // A NULL is nobody's value: it stays, and counts as finished.
            Strategy::Random(_) | Strategy::Generalise(_) if *old == Value::Null => Ok(Value::Null),
            Strategy::Random(recipe) => recipe
                .replacement(dialect, random)
                .map_err(|_| unmade("the source of randomness failed")),
            Strategy::Generalise(coarse) => match coarse.replacement(old, &self.column) {
                Some(value) => Ok(value),
                None if self.column.nullable => Ok(Value::Null),
                None => Err(unmade(
                    "an old value has no coarser form and NULL is not allowed",
                )),
            },
        }
    }
}

impl Strategy {
    fn check(
        replacement: &Replacement,
        column: &Column,
        table: &Table,
        dialect: Dialect,
    ) -> Result<Self, Complaint> {
        match replacement {
            Replacement::Null => null::check(column, table, dialect).map(|()| Self::Null),
            Replacement::Fixed(literal) => {
                fixed::check(literal, column, table, dialect).map(Self::Fixed)
            }
            Replacement::Random => random::check(column, table, dialect).map(Self::Random),
            Replacement::Generalise(how) => {
                generalise::check(*how, column, dialect).map(Self::Generalise)
            }
        }
    }
}

impl Complaint {
    fn new(sentence: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for Unmade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no new value for column {}: {}", self.column, self.why)
    }
}

impl std::error::Error for Unmade {}
