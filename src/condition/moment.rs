//! An expression that gives a moment: columns of dates, chosen between, and nothing that is computed.
//!
//! It is taken apart rather than handed to the database: what remains are single columns, each compared with a cutoff
//! in its own reading. So it means the same on every database, whatever their GREATEST does with NULL.

use sqlparser::ast;

use crate::catalog::{Column, Table};
use crate::sql::{Alias, Dialect, Expr};

use super::bind::{Binder, plain_arguments};
use super::{Complaint, Parsed, truth};

/// Deeper expressions nobody can check.
const DEPTH_MAX: u8 = 8;

/// A choice between columns of dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment<C> {
    Column(C),
    /// The first that is not NULL.
    Coalesce(Vec<Moment<C>>),
    /// The one whose condition is the first to be true; the last without a condition, if there is one.
    Case(Vec<(Expr, Moment<C>)>, Option<Box<Moment<C>>>),
    /// NULL where one of them is.
    Greatest(Vec<Moment<C>>),
    /// NULL where one of them is.
    Least(Vec<Moment<C>>),
}

impl<C> Moment<C> {
    /// The same choice between other things, unless one of them is missing; all of them are asked for.
    pub fn map<D>(self, change: &mut impl FnMut(C) -> Option<D>) -> Option<Moment<D>> {
        fn all<C, D>(
            list: Vec<Moment<C>>,
            change: &mut impl FnMut(C) -> Option<D>,
        ) -> Option<Vec<Moment<D>>> {
            let changed: Vec<_> = list.into_iter().map(|one| one.map(change)).collect();
            changed.into_iter().collect()
        }
        Some(match self {
            Self::Column(column) => Moment::Column(change(column)?),
            Self::Coalesce(list) => Moment::Coalesce(all(list, change)?),
            Self::Greatest(list) => Moment::Greatest(all(list, change)?),
            Self::Least(list) => Moment::Least(all(list, change)?),
            Self::Case(branches, otherwise) => {
                let (conditions, results): (Vec<_>, Vec<_>) = branches.into_iter().unzip();
                let results = all(results, change);
                let otherwise = match otherwise {
                    None => Some(None),
                    Some(one) => one.map(change).map(|one| Some(Box::new(one))),
                };
                let branches = conditions.into_iter().zip(results?);
                Moment::Case(branches.collect(), otherwise?)
            }
        })
    }

    /// Everything that is chosen between.
    pub fn columns<'a>(&'a self, found: &mut Vec<&'a C>) {
        match self {
            Self::Column(column) => found.push(column),
            Self::Coalesce(list) | Self::Greatest(list) | Self::Least(list) => {
                list.iter().for_each(|one| one.columns(found));
            }
            Self::Case(branches, otherwise) => {
                branches.iter().for_each(|(_, one)| one.columns(found));
                if let Some(one) = otherwise {
                    one.columns(found);
                }
            }
        }
    }
}

/// Matches a parsed expression with a table; conditions in it are about [`Alias::ROW`].
///
/// # Errors
/// Every part that is not a column, COALESCE, CASE, GREATEST or LEAST, and every name that is no column.
pub fn moment<'a>(
    parsed: &Parsed,
    table: &'a Table,
    dialect: Dialect,
) -> Result<Moment<&'a Column>, Vec<Complaint>> {
    let mut binder = Binder::new(table, dialect);
    let found = binder.moment(&parsed.0, 0);
    match found {
        Some(found) if binder.complaints.is_empty() => Ok(found),
        _ => Err(binder.complaints),
    }
}

impl<'a> Binder<'a> {
    fn moment(&mut self, expr: &ast::Expr, depth: u8) -> Option<Moment<&'a Column>> {
        if depth > DEPTH_MAX {
            return self
                .refuse_moment("this expression is nested too deeply to be checked by a person");
        }
        match expr {
            ast::Expr::Nested(inner) => self.moment(inner, depth + 1),
            ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_) => {
                self.column_of(expr).map(Moment::Column)
            }
            ast::Expr::Function(call) => self.choice(call, depth),
            ast::Expr::Case {
                operand: None,
                conditions,
                else_result,
                ..
            } => self.case(conditions, else_result.as_deref(), depth),
            ast::Expr::Case { .. } => self.refuse_moment(
                "a CASE with a value behind it is not taken: write CASE WHEN column = value THEN …",
            ),
            other => self.refuse_moment(&format!("{other} is not a column of dates")),
        }
    }

    fn choice(&mut self, call: &ast::Function, depth: u8) -> Option<Moment<&'a Column>> {
        let name = call.name.to_string().to_lowercase();
        let make = match name.as_str() {
            "coalesce" => Moment::Coalesce,
            "greatest" => Moment::Greatest,
            "least" => Moment::Least,
            _ => {
                return self
                    .refuse_moment(&format!("the function {name} is not allowed in a start"));
            }
        };
        match plain_arguments(call) {
            Some(list) if list.len() >= 2 => {
                let found: Vec<_> = list.iter().map(|one| self.moment(one, depth + 1)).collect();
                found.into_iter().collect::<Option<Vec<_>>>().map(make)
            }
            _ => self.refuse_moment(&format!("{name} chooses between two or more columns")),
        }
    }

    fn case(
        &mut self,
        whens: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        depth: u8,
    ) -> Option<Moment<&'a Column>> {
        let mut branches = Vec::new();
        for when in whens {
            let condition = self.boolean(&when.condition);
            self.complaints
                .extend(truth::constant(&condition, Alias::ROW));
            let result = self.moment(&when.result, depth + 1);
            branches.push(result.map(|result| (condition, result)));
        }
        let otherwise = match otherwise {
            // NULL says what no ELSE says: the event has not happened.
            Some(ast::Expr::Value(value)) if value.value == ast::Value::Null => None,
            Some(expr) => Some(Box::new(self.moment(expr, depth + 1)?)),
            None => None,
        };
        let branches: Option<Vec<_>> = branches.into_iter().collect();
        Some(Moment::Case(branches?, otherwise))
    }

    fn refuse_moment<T>(&mut self, sentence: &str) -> Option<T> {
        self.complaints.push(Complaint::new(
            sentence,
            "the expression of a start chooses between columns of dates of the rule's table, with COALESCE, CASE WHEN \
             … THEN … ELSE … END, GREATEST and LEAST; it computes nothing, and knows no literal dates",
        ));
        None
    }
}
