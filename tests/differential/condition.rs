//! Conditions on the columns of a row: as SQL, and what they are for a row, NULL included.

use crate::world::Fields;

#[derive(Clone, Debug)]
pub enum Cond {
    Status(bool, &'static str),
    StatusIn(bool, Vec<&'static str>),
    StatusIsNull(bool),
    Flag,
    Number(Op, i64),
    Between(i64, i64),
    Not(Box<Cond>),
    And(Box<Cond>, Box<Cond>),
    Or(Box<Cond>, Box<Cond>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

impl Op {
    pub const ALL: [Op; 6] = [
        Op::Less,
        Op::LessOrEqual,
        Op::Greater,
        Op::GreaterOrEqual,
        Op::Equal,
        Op::NotEqual,
    ];

    fn sql(self) -> &'static str {
        match self {
            Op::Less => "<",
            Op::LessOrEqual => "<=",
            Op::Greater => ">",
            Op::GreaterOrEqual => ">=",
            Op::Equal => "=",
            Op::NotEqual => "<>",
        }
    }

    fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Op::Less => a < b,
            Op::LessOrEqual => a <= b,
            Op::Greater => a > b,
            Op::GreaterOrEqual => a >= b,
            Op::Equal => a == b,
            Op::NotEqual => a != b,
        }
    }
}

impl Cond {
    pub fn sql(&self) -> String {
        match self {
            Cond::Status(true, text) => format!("status = '{text}'"),
            Cond::Status(false, text) => format!("status <> '{text}'"),
            Cond::StatusIn(within, list) => {
                let not = if *within { "" } else { "NOT " };
                format!("status {not}IN ('{}')", list.join("', '"))
            }
            Cond::StatusIsNull(true) => "status IS NULL".to_owned(),
            Cond::StatusIsNull(false) => "status IS NOT NULL".to_owned(),
            Cond::Flag => "flag".to_owned(),
            Cond::Number(op, than) => format!("amount {} {than}", op.sql()),
            Cond::Between(low, high) => format!("amount BETWEEN {low} AND {high}"),
            Cond::Not(one) => format!("NOT ({})", one.sql()),
            Cond::And(a, b) => format!("({}) AND ({})", a.sql(), b.sql()),
            Cond::Or(a, b) => format!("({}) OR ({})", a.sql(), b.sql()),
        }
    }

    /// `None`: NULL.
    pub fn is(&self, row: &Fields) -> Option<bool> {
        match self {
            Cond::Status(equal, text) => row.status.map(|one| (one == *text) == *equal),
            Cond::StatusIn(within, list) => row.status.map(|one| list.contains(&one) == *within),
            Cond::StatusIsNull(null) => Some(row.status.is_none() == *null),
            Cond::Flag => row.flag,
            Cond::Number(op, than) => row.number.map(|one| op.holds(one, *than)),
            Cond::Between(low, high) => row.number.map(|one| *low <= one && one <= *high),
            Cond::Not(one) => one.is(row).map(|truth| !truth),
            Cond::And(a, b) => match (a.is(row), b.is(row)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Cond::Or(a, b) => match (a.is(row), b.is(row)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
        }
    }
}
