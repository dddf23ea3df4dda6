//! Names become columns, literals become bound values of the column's type.

use sqlparser::ast::{self, BinaryOperator, UnaryOperator};

use crate::catalog::{Column, ColumnKind, Table};
use crate::sql::{Alias, Arithmetic, Dialect, Expr, Function, Is, Op};

use super::{Complaint, grammar};

pub(super) struct Binder<'a> {
    pub(super) table: &'a Table,
    pub(super) dialect: Dialect,
    pub(super) complaints: Vec<Complaint>,
}

/// What a literal is to be compared with.
#[derive(Clone, Copy)]
pub(super) enum Beside<'a> {
    Nothing,
    Column(&'a Column),
}

impl<'a> Binder<'a> {
    pub(super) fn new(table: &'a Table, dialect: Dialect) -> Self {
        Self {
            table,
            dialect,
            complaints: Vec::new(),
        }
    }

    /// An expression where a truth value is needed.
    pub(super) fn boolean(&mut self, expr: &ast::Expr) -> Expr {
        match expr {
            ast::Expr::Nested(inner) => self.boolean(inner),
            ast::Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => self.boolean(expr).negated(),
            ast::Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            ast::Expr::IsNull(inner) => self.test(inner, Is::Null),
            ast::Expr::IsNotNull(inner) => self.test(inner, Is::NotNull),
            ast::Expr::IsTrue(inner) => self.boolean(inner).is(Is::True),
            ast::Expr::IsNotTrue(inner) => self.boolean(inner).is(Is::NotTrue),
            ast::Expr::IsFalse(inner) => self.boolean(inner).is(Is::False),
            ast::Expr::IsNotFalse(inner) => self.boolean(inner).is(Is::NotFalse),
            ast::Expr::InList {
                expr,
                list,
                negated,
            } => self.in_list(expr, list, *negated),
            ast::Expr::Between {
                expr,
                negated,
                low,
                high,
            } => self.between(expr, low, high, *negated),
            ast::Expr::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char: None,
            } => self.like(expr, pattern, *negated),
            ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_) => self.truth_column(expr),
            ast::Expr::Value(value) => match value.value {
                ast::Value::Boolean(truth) => Expr::Truth(truth),
                _ => self.refuse(expr, "stands where a condition is needed"),
            },
            _ => self.refuse(expr, "is not something a condition may contain"),
        }
    }

    fn binary(&mut self, left: &ast::Expr, op: &BinaryOperator, right: &ast::Expr) -> Expr {
        match op {
            BinaryOperator::And => Expr::all([self.boolean(left), self.boolean(right)]),
            BinaryOperator::Or => Expr::any([self.boolean(left), self.boolean(right)]),
            BinaryOperator::Eq => self.compare(left, Op::Equal, right),
            BinaryOperator::NotEq => self.compare(left, Op::NotEqual, right),
            BinaryOperator::Lt => self.compare(left, Op::Less, right),
            BinaryOperator::LtEq => self.compare(left, Op::LessOrEqual, right),
            BinaryOperator::Gt => self.compare(left, Op::Greater, right),
            BinaryOperator::GtEq => self.compare(left, Op::GreaterOrEqual, right),
            _ => self.told(grammar::operator(op)),
        }
    }

    pub(super) fn compare(&mut self, left: &ast::Expr, op: Op, right: &ast::Expr) -> Expr {
        let (beside_left, beside_right) = (self.beside(right), self.beside(left));
        let left = self.scalar(left, beside_left);
        let right = self.scalar(right, beside_right);
        left.compare(op, right)
    }

    pub(super) fn test(&mut self, inner: &ast::Expr, is: Is) -> Expr {
        self.scalar(inner, Beside::Nothing).is(is)
    }

    pub(super) fn in_list(&mut self, one: &ast::Expr, list: &[ast::Expr], negated: bool) -> Expr {
        let beside = self.beside(one);
        let members = list.iter().map(|each| self.scalar(each, beside)).collect();
        let found = Expr::In(Box::new(self.scalar(one, Beside::Nothing)), members);
        if negated { found.negated() } else { found }
    }

    pub(super) fn between(
        &mut self,
        one: &ast::Expr,
        low: &ast::Expr,
        high: &ast::Expr,
        negated: bool,
    ) -> Expr {
        let inside = Expr::all([
            self.compare(one, Op::GreaterOrEqual, low),
            self.compare(one, Op::LessOrEqual, high),
        ]);
        if negated { inside.negated() } else { inside }
    }

    pub(super) fn like(&mut self, one: &ast::Expr, pattern: &ast::Expr, negated: bool) -> Expr {
        let one = self.scalar(one, Beside::Nothing);
        let pattern = self.scalar(pattern, Beside::Nothing);
        let alike = Expr::Like(Box::new(one), Box::new(pattern));
        if negated { alike.negated() } else { alike }
    }

    /// A bare column as a condition: a boolean, or a number where the database has no booleans.
    pub(super) fn truth_column(&mut self, expr: &ast::Expr) -> Expr {
        let Some(column) = self.column_of(expr) else {
            return Expr::Truth(false);
        };
        let numeric = column.kind == ColumnKind::Integer && self.dialect != Dialect::Postgres;
        if column.kind == ColumnKind::Boolean || numeric {
            return Expr::column(Alias::ROW, &column.name);
        }
        let sentence = format!("the column {} is not true or false", column.name);
        self.complain(
            sentence,
            "compare it with something, as in: status = 'closed'",
        )
    }

    /// An expression where a value is needed.
    pub(super) fn scalar(&mut self, expr: &ast::Expr, beside: Beside<'_>) -> Expr {
        match expr {
            ast::Expr::Nested(inner) => self.scalar(inner, beside),
            ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_) => {
                self.column_of(expr).map_or(Expr::Truth(false), |column| {
                    Expr::column(Alias::ROW, &column.name)
                })
            }
            ast::Expr::Value(value) => self.literal(&value.value, beside),
            ast::Expr::TypedString(typed) => self.literal(&typed.value.value, beside),
            ast::Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => self.negative(expr, beside),
            ast::Expr::BinaryOp { left, op, right } => self.arithmetic(left, op, right),
            ast::Expr::Function(function) => self.function(function),
            ast::Expr::Substring {
                expr: text,
                substring_from: Some(from),
                substring_for: Some(count),
                ..
            } => Expr::Call(
                Function::Substring,
                vec![
                    self.scalar(text, Beside::Nothing),
                    self.place(from),
                    self.place(count),
                ],
            ),
            ast::Expr::Trim {
                expr: text,
                trim_where: None,
                trim_what: None,
                trim_characters: None,
            } => Expr::Call(Function::Trim, vec![self.scalar(text, Beside::Nothing)]),
            _ => self.refuse(expr, "is not something a condition may contain"),
        }
    }

    pub(super) fn negative(&mut self, inner: &ast::Expr, beside: Beside<'_>) -> Expr {
        match inner {
            ast::Expr::Value(value) => match &value.value {
                ast::Value::Number(digits, _) => self.number(&format!("-{digits}"), beside),
                _ => self.refuse(inner, "cannot be negative"),
            },
            _ => self.refuse(inner, "cannot be negative here"),
        }
    }

    pub(super) fn arithmetic(
        &mut self,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
    ) -> Expr {
        let op = match op {
            BinaryOperator::Plus => Arithmetic::Add,
            BinaryOperator::Minus => Arithmetic::Subtract,
            BinaryOperator::Multiply => Arithmetic::Multiply,
            BinaryOperator::StringConcat => Arithmetic::Concat,
            _ => return self.binary(left, op, right),
        };
        let left = self.scalar(left, Beside::Nothing);
        let right = self.scalar(right, Beside::Nothing);
        Expr::Compute(Box::new(left), op, Box::new(right))
    }

    pub(super) fn function(&mut self, call: &ast::Function) -> Expr {
        let known = match grammar::function(call) {
            Ok(known) => known,
            Err(complaint) => return self.told(complaint),
        };
        let arguments = plain_arguments(call);
        match arguments {
            Some(list) if arity_fits(known, list.len()) => {
                let beside = list.first().map_or(Beside::Nothing, |one| self.beside(one));
                let mut bound: Vec<Expr> = Vec::new();
                for (index, one) in list.iter().enumerate() {
                    bound.push(match known {
                        Function::Substring if index > 0 => self.place(one),
                        _ => self.scalar(one, beside),
                    });
                }
                Expr::Call(known, bound)
            }
            _ => {
                let name = call.name.to_string().to_lowercase();
                let sentence = format!("the function {name} is not called as it should be");
                self.complain(sentence, "give it plain arguments in parentheses")
            }
        }
    }

    pub(super) fn refuse(&mut self, expr: &ast::Expr, why: &str) -> Expr {
        self.told(grammar::part(expr, why))
    }

    pub(super) fn complain(
        &mut self,
        sentence: impl Into<String>,
        hint: impl Into<String>,
    ) -> Expr {
        self.told(Complaint::new(sentence, hint))
    }

    fn told(&mut self, complaint: Complaint) -> Expr {
        self.complaints.push(complaint);
        Expr::Truth(false)
    }
}

fn arity_fits(function: Function, count: usize) -> bool {
    match function {
        Function::Coalesce => count >= 2,
        Function::NullIf => count == 2,
        Function::Substring => count == 3,
        _ => count == 1,
    }
}

/// The arguments of a call that has nothing but arguments: no DISTINCT, no FILTER, no OVER.
pub(super) fn plain_arguments(call: &ast::Function) -> Option<Vec<&ast::Expr>> {
    let ast::FunctionArguments::List(list) = &call.args else {
        return None;
    };
    let plain = call.over.is_none()
        && call.filter.is_none()
        && call.within_group.is_empty()
        && list.duplicate_treatment.is_none()
        && list.clauses.is_empty();
    if !plain {
        return None;
    }
    list.args
        .iter()
        .map(|argument| match argument {
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}
