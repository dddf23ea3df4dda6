//! The meaning of a schedule in one database: every name a thing of the catalogue.

use crate::anonymise::Rewrite;
use crate::catalog::{Column, Fingerprint, Relation, Table, TableName};
use crate::condition::Moment;
use crate::schedule::{Aggregate, HoldDepth, Limits, Mode, Period};
use crate::sql::{Alias, Dialect, Expr, Op, Target, Value};

use super::encoding::Encoding;
use super::length::BoundLength;
use super::link::TextEnd;
use super::newest::BoundNewest;
use super::reported::Reported;
use super::stand_in::StandIn;

/// All rules of one database that can run, in the order in which they run.
#[derive(Debug, Clone)]
pub struct Program {
    pub database: String,
    pub dialect: Dialect,
    pub rules: Vec<BoundRule>,
    /// A person asked to be erased: then only the person's rows are due, and only statutory minimums have to end.
    pub request: Option<Request>,
}

/// What is to be erased on request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The rule whose row stands for the person.
    pub rule: String,
    /// That row: a condition about [`crate::sql::Alias::ROW`].
    pub row: Expr,
    /// The rules whose rows are the person's where they hang from it.
    pub with: Vec<String>,
}

impl Request {
    /// True where rows of the rule may be the person's.
    #[must_use]
    pub fn is_about(&self, rule: &str) -> bool {
        self.rule == rule || self.with.iter().any(|one| one == rule)
    }
}

impl Program {
    /// The rule of a table.
    #[must_use]
    pub fn rule_of(&self, table: &TableName) -> Option<&BoundRule> {
        self.rules.iter().find(|rule| &rule.table.name == table)
    }

    /// The rule of a name.
    #[must_use]
    pub fn rule(&self, name: &str) -> Option<&BoundRule> {
        self.rules.iter().find(|rule| rule.name == name)
    }
}

/// A rule whose every name is a thing of the catalogue.
#[derive(Debug, Clone)]
pub struct BoundRule {
    pub name: String,
    pub mode: Mode,
    pub table: Table,
    pub key: Vec<Column>,
    pub purposes: Vec<BoundPurpose>,
    /// While one of them covers the row, the row and what hangs from it stay.
    pub holds: Vec<BoundHold>,
    pub disposition: BoundDisposition,
    /// The references to the rule's table, each with its decision.
    pub references: Vec<BoundReference>,
    /// References about which nothing is decided, since the row stays: only holds reach over them.
    pub hanging: Vec<BoundReference>,
    pub if_a_child_stays: Option<Rewrite>,
    pub keep_newest: Option<BoundNewest>,
    /// By what, with the key, a removed row is known again; empty: it is not.
    pub recognised_by: Vec<Column>,
    /// The partitions that may be emptied at once: those that hold rows themselves.
    pub partitions: Vec<Partition>,
    pub limits: Limits,
    /// Of the rule's meaning: what an approval binds.
    pub meaning: Fingerprint,
    /// The same as data, so that a change can be judged.
    pub terms: serde_json::Value,
    /// Of every table that the rule reads or writes.
    pub schema: Fingerprint,
}

/// A partition that may be emptied at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    pub name: TableName,
    /// By which its rows are known among those of the whole table: PostgreSQL's oid.
    pub oid: i64,
}

impl Partition {
    /// A row of the whole table lies in it.
    #[must_use]
    pub fn condition(&self, row: Alias) -> Expr {
        Expr::column(row, "tableoid").compare(
            Op::Equal,
            Expr::Value(Value::Int(self.oid), Some("oid".to_owned())),
        )
    }
}

impl BoundRule {
    /// True where the catalogue itself proves that its keys identify rows.
    #[must_use]
    pub fn key_is_proven(&self) -> bool {
        self.unproven_keys().is_empty()
    }

    /// The keys that only counting proves, each with its table: the rule's own, and those of rows that go along.
    #[must_use]
    pub fn unproven_keys(&self) -> Vec<(&TableName, &[Column])> {
        let mut found = Vec::new();
        if !super::key::is_proven(&self.table, &self.key) {
            found.push((&self.table.name, self.key.as_slice()));
        }
        for reference in &self.references {
            reference.unproven_keys(&mut found);
        }
        found
    }

    /// True where a table that the rule changes has an engine that cannot roll back: what a failed batch removed stays
    /// removed.
    #[must_use]
    pub fn cannot_roll_back(&self) -> bool {
        let fixed = |table: &Table| !table.storage.takes_back();
        fixed(&self.table) || self.references.iter().any(|one| one.reaches(&fixed))
    }

    /// The events that are reported from outside.
    #[must_use]
    pub fn reported(&self) -> Vec<&Reported> {
        let mut found = Vec::new();
        for period in self.purposes.iter().flat_map(BoundPurpose::periods) {
            period.start.reported(&mut found);
        }
        found
    }

    /// The table and its key, as a statement needs them.
    #[must_use]
    pub fn target(&self) -> Target {
        Target {
            table: self.table.name.clone(),
            key: self.key.clone(),
        }
    }
}

/// A hold whose names are matched.
#[derive(Debug, Clone)]
pub struct BoundHold {
    /// The name under which somebody placed it; `None`: it stands in the schedule.
    pub placed: Option<String>,
    pub depth: HoldDepth,
    pub by: HoldBy,
}

/// Where a hold stands.
#[derive(Debug, Clone)]
pub enum HoldBy {
    /// A condition about the row; NULL holds.
    Row(Expr),
    Table(Box<HoldRows>),
}

/// Rows of a table of holds.
#[derive(Debug, Clone)]
pub struct HoldRows {
    /// From the table of holds to the rule's.
    pub relation: Relation,
    /// The database itself watches over the relation.
    pub enforced: bool,
    /// A condition about the hold; NULL holds.
    pub when: Option<Expr>,
    /// When the hold ends by itself; what cannot be dated holds.
    pub until: Option<BoundPeriod>,
}

impl BoundHold {
    /// The table of holds, where there is one.
    #[must_use]
    pub fn rows(&self) -> Option<&HoldRows> {
        match &self.by {
            HoldBy::Row(_) => None,
            HoldBy::Table(rows) => Some(rows),
        }
    }

    /// True where it covers what hangs from the row too.
    #[must_use]
    pub fn is_deep(&self) -> bool {
        self.depth.is_deep()
    }
}

/// What happens to a due row.
#[derive(Debug, Clone)]
pub enum BoundDisposition {
    Delete,
    Anonymise(Rewrite),
}

/// A purpose whose conditions and start events are matched.
#[derive(Debug, Clone)]
pub struct BoundPurpose {
    pub name: String,
    /// `None`: every row.
    pub when: Option<Expr>,
    pub unless: Vec<Expr>,
    pub cases: Vec<BoundCase>,
    pub otherwise: Option<BoundPeriod>,
    pub at_end: Option<Rewrite>,
}

impl BoundPurpose {
    /// The periods of its cases, and that of the rows that no case owns.
    pub fn periods(&self) -> impl Iterator<Item = &BoundPeriod> {
        let cases = self.cases.iter().map(|case| &case.period);
        cases.chain(self.otherwise.as_ref())
    }
}

/// A case whose condition is matched.
#[derive(Debug, Clone)]
pub struct BoundCase {
    pub name: String,
    pub when: Expr,
    pub period: BoundPeriod,
}

/// A start event matched, with the period that runs from it.
#[derive(Debug, Clone)]
pub struct BoundPeriod {
    pub start: BoundStart,
    pub length: BoundLength,
    /// As the schedule has it.
    pub period: Period,
}

/// A start event whose columns are found.
#[derive(Debug, Clone)]
pub enum BoundStart {
    /// A column of the row (no hops) or of a parent.
    Column {
        hops: Vec<Hop>,
        column: Dated,
    },
    Related {
        aggregate: Aggregate,
        /// The way to the rows to which the related rows refer; none: they refer to the row itself.
        before: Vec<Leg>,
        /// The last leg down, to the rows that count.
        last: Down,
        /// From the related row on to the table of the event; none: the related row has it.
        hops: Vec<Hop>,
        /// Boxed, since it is the larger part of the larger variant.
        column: Box<Dated>,
        only: Option<Expr>,
        otherwise: Option<Box<BoundStart>>,
    },
    LatestOf(Vec<BoundStart>),
    EarliestOf(Vec<BoundStart>),
    /// None of these references leads to the row any more.
    Unused(Vec<BoundReference>),
    /// One of several columns of the row.
    Chosen(Box<Moment<Dated>>),
    /// Reported from outside.
    Reported(Box<Reported>),
}

impl BoundStart {
    fn reported<'a>(&'a self, found: &mut Vec<&'a Reported>) {
        match self {
            Self::Reported(reported) => found.push(reported),
            Self::Related {
                otherwise: Some(start),
                ..
            } => start.reported(found),
            Self::Column { .. } | Self::Related { .. } | Self::Unused(_) | Self::Chosen(_) => {}
            Self::LatestOf(list) | Self::EarliestOf(list) => {
                list.iter().for_each(|one| one.reported(found));
            }
        }
    }

    /// Every column of the row itself that the event is taken from, where it is nothing else.
    #[must_use]
    pub fn own_columns(&self) -> Vec<&Dated> {
        let mut found = Vec::new();
        match self {
            Self::Chosen(moment) => moment.columns(&mut found),
            other => found.extend(other.own_column()),
        }
        found
    }

    /// The row's own column, where the event is nothing else: what an index can be used for.
    #[must_use]
    pub fn own_column(&self) -> Option<&Dated> {
        match self {
            Self::Column { hops, column } if hops.is_empty() => Some(column),
            _ => None,
        }
    }
}

/// One step from a child to its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub columns: Vec<String>,
    pub parent: TableName,
    pub parent_columns: Vec<String>,
    /// Which rows of the child refer to this parent, for references by (type, id).
    pub when: Option<Expr>,
    /// The key is kept as text at one end.
    pub text: Option<TextEnd>,
}

/// One step of a way that leads up and down.
#[derive(Debug, Clone)]
pub enum Leg {
    Up(Hop),
    Down(Down),
}

/// One step from a row to those that refer to it.
#[derive(Debug, Clone)]
pub struct Down {
    pub relation: Relation,
    /// The database itself makes a new reference wait for a lock on the row that it refers to.
    pub enforced: bool,
    /// Which rows refer to this parent, for references by (type, id).
    pub when: Option<Expr>,
}

impl Leg {
    /// The table to which it leads.
    #[must_use]
    pub fn to(&self) -> &TableName {
        match self {
            Self::Up(hop) => &hop.parent,
            Self::Down(down) => &down.relation.child,
        }
    }

    /// As a way like any other: the columns here that equal those there.
    #[must_use]
    pub fn hop(&self) -> Hop {
        match self {
            Self::Up(hop) => hop.clone(),
            Self::Down(down) => down.hop(),
        }
    }
}

impl Down {
    /// As a way like any other.
    #[must_use]
    pub fn hop(&self) -> Hop {
        Hop::down(&self.relation)
    }
}

/// A column that dates something.
#[derive(Debug, Clone)]
pub struct Dated {
    pub column: Column,
    pub encoding: Encoding,
    /// Values that mean "has not happened".
    pub never: Vec<Expr>,
    /// The first plausible day.
    pub not_before: chrono::NaiveDate,
    /// The last plausible day, if there is one.
    pub not_after: Option<chrono::NaiveDate>,
}

/// A reference to a table that is disposed of, with what happens to the rows that refer.
#[derive(Debug, Clone)]
pub struct BoundReference {
    pub relation: Relation,
    pub child: Table,
    pub child_key: Vec<Column>,
    pub decision: Decision,
    /// An own rule whose rows say when the parent is due: they cannot go before it, so the due ones among them go with
    /// it, in the transaction that removes it.
    pub due_ones_go_along: bool,
    /// The database itself refuses a parent that is still referred to.
    pub enforced: bool,
    /// Which rows of the child refer to this parent, for references by (type, id).
    pub when: Option<Expr>,
    /// The columns that become NULL where the child is freed, or lead to another row: no more than it takes.
    pub frees: Vec<Column>,
    /// The row to which a freed child refers instead.
    pub stand_in: Option<StandIn>,
    /// References to the child, where it goes with its parent.
    pub nested: Vec<BoundReference>,
}

impl BoundReference {
    /// True where the child, or a table below it that goes along, is of this sort.
    fn reaches(&self, sort: &impl Fn(&Table) -> bool) -> bool {
        self.goes_along() && (sort(&self.child) || self.nested.iter().any(|one| one.reaches(sort)))
    }

    /// True where the table refers to itself, and the rows below a row go before it or with it.
    #[must_use]
    pub fn is_tree(&self) -> bool {
        self.relation.child == self.relation.parent && self.decision != Decision::Detach
    }

    fn unproven_keys<'a>(&'a self, found: &mut Vec<(&'a TableName, &'a [Column])>) {
        let key = self.child_key.as_slice();
        let natural = super::key::natural(&self.child);
        if !key.is_empty() && natural.as_deref() != Some(key) {
            found.push((&self.child.name, key));
        }
        for nested in &self.nested {
            nested.unproven_keys(found);
        }
    }

    /// True where removing a parent removes, or frees, rows of this table in the same transaction.
    #[must_use]
    pub fn goes_along(&self) -> bool {
        self.decision != Decision::OwnRule || self.due_ones_go_along
    }
}

/// A decision about the rows of a child table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    WithParent,
    AtDue,
    OwnRule,
    Detach,
}
