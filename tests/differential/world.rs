//! A small database and its schedule, as data: what is generated, judged, written down and shrunk.

use chrono_tz::Tz;

use crate::civil::{From, Keep, Term};
use crate::condition::Cond;

/// What all worlds of one database share.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The moment, in microseconds since 1970-01-01T00:00Z.
    pub now: i64,
    pub zone: Tz,
    pub column_zone: Tz,
    pub rows_per_batch: u32,
    /// Timestamps have fractions of a second; SQLite's texts here have none.
    pub fractions: bool,
}

#[derive(Clone, Debug)]
pub struct World {
    /// Stands before the names of its tables and rules.
    pub tag: String,
    pub tables: Vec<Table>,
}

#[derive(Clone, Debug)]
pub struct Table {
    pub key: Key,
    pub refs: Vec<Ref>,
    pub dates: Vec<DateColumn>,
    pub rows: Vec<Row>,
    pub rule: Option<Rule>,
    /// Events of its rows that somebody reported.
    pub reports: Vec<Report>,
    /// It is there; shrinking takes tables away without moving the others.
    pub there: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Int,
    Text,
    /// Two columns.
    Pair,
}

/// A report of an event; of a row that may be gone or never have been.
#[derive(Clone, Debug)]
pub struct Report {
    pub event: &'static str,
    pub row: usize,
    /// Microseconds since 1970-01-01T00:00Z; `None` where it was taken back.
    pub at: Option<i64>,
}

/// A reference from a table to an earlier one, or to itself.
#[derive(Clone, Debug)]
pub struct Ref {
    pub parent: usize,
    pub nullable: bool,
    pub known: Known,
    pub decision: Option<Decision>,
}

/// How the database knows of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    NoAction,
    Cascade,
    SetNull,
    /// Only the schedule says so.
    Undeclared,
    /// Only the schedule says so, of rows of one type.
    ByType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    WithParent,
    OwnRule,
    AtDue,
    Detach,
    /// Nothing is decided: a row is in use while one refers to it.
    Keeps,
}

#[derive(Clone, Debug)]
pub struct DateColumn {
    pub kind: Kind,
    pub indexed: bool,
    /// A value that means "has not happened".
    pub never: Option<Cell>,
    /// Earlier days are not plausible.
    pub not_before: i64,
    /// Later days are not plausible.
    pub not_after: Option<i64>,
}

/// How a column writes its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Day,
    DayInStamp,
    /// A local time; of the database's column zone where none is given.
    Naive(Option<Tz>),
    Instant,
    /// Text: days first.
    TextDay,
    /// Text with a time, of the column zone.
    TextTime,
    /// Text in one of two forms, row by row: even days in one, odd days in the other.
    TwoForms,
    Epoch(i64),
    Julian,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Null,
    /// A day since 1970-01-01.
    Day(i64),
    /// Microseconds of a local time.
    Local(i64),
    /// Microseconds since 1970-01-01T00:00Z.
    Instant(i64),
    /// Text that is no date in the column's form.
    Odd(String),
}

#[derive(Clone, Debug)]
pub struct Row {
    pub refs: Vec<Link>,
    /// For references by type: which type.
    pub typed: Option<bool>,
    pub dates: Vec<Cell>,
    pub fields: Fields,
    pub personal: Personal,
}

/// The columns that conditions read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    pub status: Option<&'static str>,
    pub flag: Option<bool>,
    pub number: Option<i64>,
    /// A period, for those that stand in a column.
    pub length: Option<i64>,
}

/// The columns that are overwritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Personal {
    pub name: String,
    pub note: Option<String>,
    pub visits: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Null,
    To(usize),
    /// Freed from this row: of several columns the one that the schedule names became NULL, which is the first.
    Freed(usize),
    /// To a row that is not there; only where the database does not look.
    Nowhere,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub then: Then,
    pub observe: bool,
    pub holds: Vec<Hold>,
    pub newest: Option<Newest>,
    pub purposes: Vec<Purpose>,
    pub if_a_child_stays: Option<Overwrite>,
}

#[derive(Clone, Debug)]
pub struct Hold {
    pub by: HoldBy,
    pub shallow: bool,
}

#[derive(Clone, Debug)]
pub enum HoldBy {
    Row(Cond),
    /// Rows of `child` that refer by `by`, until the date in one of their columns.
    Table {
        child: usize,
        by: usize,
        when: Option<Cond>,
        until: Option<usize>,
    },
}

/// The newest rows of each group stay.
#[derive(Clone, Debug)]
pub struct Newest {
    pub per_status: bool,
    pub per_amount: bool,
    pub count: usize,
    pub date: usize,
}

/// A period that stands in a column, of the row or of one at the end of a way up.
#[derive(Clone, Debug)]
pub struct Length {
    pub way: Vec<usize>,
    pub months: bool,
    pub at_least: i64,
    pub at_most: i64,
    /// The bounds are written in months though the column counts days.
    pub across: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Delete,
    Anonymise(Overwrite),
}

/// Which columns are overwritten: the name by a fixed text, the note by NULL, the visits by 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overwrite {
    pub name: bool,
    pub note: bool,
    pub visits: bool,
}

#[derive(Clone, Debug)]
pub struct Purpose {
    pub when: Option<Cond>,
    pub unless: Vec<Cond>,
    pub zone: Option<Tz>,
    pub start: Start,
    pub cases: Vec<Case>,
    pub otherwise: Option<(Keep, From)>,
    /// Instead of the period of `otherwise`.
    pub length: Option<Length>,
    pub at_end: Option<Overwrite>,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub when: Cond,
    pub start: Option<Start>,
    pub keep: Keep,
    pub from: From,
}

#[derive(Clone, Debug)]
pub enum Start {
    /// A column of the row at the end of a way up: each step is one of the references of the table reached.
    Column {
        way: Vec<usize>,
        date: usize,
    },
    /// The latest or earliest over rows of `child` that refer by `by`, each followed up a way.
    Related {
        latest: bool,
        child: usize,
        by: usize,
        way: Vec<usize>,
        date: usize,
        only: Option<Cond>,
        if_none: Option<Box<Start>>,
    },
    Several {
        latest: bool,
        of: Vec<Start>,
    },
    /// No row refers any more by what only keeps it; the references are named, or all are meant.
    Unused {
        named: bool,
    },
    Event(&'static str),
    Chosen(Choice),
}

/// An SQL expression over columns of the row that hold dates in the same way.
#[derive(Clone, Debug)]
pub enum Choice {
    Coalesce(usize, usize),
    Greatest(usize, usize),
    Least(usize, usize),
    Case(Cond, usize, Option<usize>),
}

impl Overwrite {
    pub fn shares(self, other: Overwrite) -> bool {
        self.name && other.name || self.note && other.note || self.visits && other.visits
    }

    pub fn is_done(self, on: &Personal) -> bool {
        (!self.name || on.name == "ANON")
            && (!self.note || on.note.is_none())
            && (!self.visits || on.visits == Some(0))
    }

    pub fn apply(self, on: &mut Personal) {
        if self.name {
            "ANON".clone_into(&mut on.name);
        }
        if self.note {
            on.note = None;
        }
        if self.visits {
            on.visits = Some(0);
        }
    }
}

impl World {
    pub fn name(&self, table: usize) -> String {
        format!("{}t{table}", self.tag)
    }

    /// The table at the end of a way up from another.
    pub fn end_of(&self, from: usize, way: &[usize]) -> usize {
        way.iter()
            .fold(from, |table, step| self.tables[table].refs[*step].parent)
    }

    /// Every reference to a table: the child and which of its references.
    pub fn refs_to(&self, parent: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (child, table) in self.tables.iter().enumerate().filter(|(_, one)| one.there) {
            for (by, reference) in table.refs.iter().enumerate() {
                if reference.parent == parent {
                    found.push((child, by));
                }
            }
        }
        found
    }
}

impl Table {
    /// Which of its references leads to the table itself.
    pub fn tree(&self, place: usize) -> Option<usize> {
        self.refs.iter().position(|one| one.parent == place)
    }
}

impl DateColumn {
    /// Two columns that may stand in one expression.
    pub fn reads_as(&self, other: &DateColumn) -> bool {
        self.kind == other.kind
            && self.never == other.never
            && self.not_before == other.not_before
            && self.not_after == other.not_after
    }
}

impl Choice {
    pub fn columns(&self) -> Vec<usize> {
        match self {
            Choice::Coalesce(a, b) | Choice::Greatest(a, b) | Choice::Least(a, b) => vec![*a, *b],
            Choice::Case(_, a, b) => std::iter::once(*a).chain(*b).collect(),
        }
    }
}

impl Purpose {
    pub fn term(&self, keep: Keep, from: From, setting: &Setting) -> Term {
        Term {
            keep,
            from,
            zone: self.zone.unwrap_or(setting.zone),
        }
    }
}
