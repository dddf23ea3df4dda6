//! One table's data and what happens to it.

use std::num::NonZeroU32;

use serde::Serialize;

use crate::diagnostic::Located;

use super::{
    ConditionText, Disposition, KeyForm, Limits, Literal, Overwrite, Purpose, StartColumn,
};

/// A rule: one table's data, its purposes, its disposition, its children, its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    pub name: Located<String>,
    /// The name of a database of the schedule.
    pub database: Located<String>,
    /// As written: "schema.table", or "table" in the default schema.
    pub table: Located<String>,
    /// The columns that identify a row, for a table without a primary key; to be proven unique.
    pub key: Vec<Located<String>>,
    pub mode: Mode,
    pub disposition: Disposition,
    pub purposes: Vec<Purpose>,
    /// While one of these is true, or NULL, the row and what hangs from it stay as they are.
    pub holds: Vec<HoldClause>,
    /// What becomes of the rows that refer to a disposed row: by child table ("note", "app.note"), or by
    /// "table.column" where a table refers to the parent more than once. Applies to children of `with-parent`
    /// children too.
    pub children: Vec<(Located<String>, Located<ChildDecision>)>,
    /// For children that are detached, by the same names: the key of the row to which they refer instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub detach_to: Vec<(Located<String>, Located<Literal>)>,
    /// What is overwritten in a due row that cannot go because a child must stay.
    pub if_a_child_stays: Option<Overwrite>,
    /// Rows that never go, whatever their period: the newest of each group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_newest: Option<KeepNewest>,
    /// The rows stand for people, who may ask to be erased. No part of the rule's meaning: what is erased on request has a
    /// confirmation of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erasure: Option<Erasure>,
    /// Columns by whose values, with the key, a removed row that a restored backup brings back is known again; empty: it
    /// is not. No part of the rule's meaning: what goes again has an approval of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recognised_by: Vec<Located<String>>,
    pub limits: Limits,
    /// The cron line on which the daemon runs this rule, instead of its database's.
    #[serde(skip)]
    pub cadence: Option<Located<String>>,
    /// How partitions go in which every row is due.
    #[serde(skip_serializing_if = "Partitions::is_row_by_row")]
    pub partitions: Partitions,
    /// The rule accepts a table whose engine cannot roll back.
    pub unsafe_engine: bool,
}

impl Rule {
    /// The names of the events that are reported from outside, as often as they stand there.
    #[must_use]
    pub fn events(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for purpose in &self.purposes {
            let cases = purpose.cases.iter().map(|case| &case.period);
            for period in cases.chain(purpose.otherwise.as_ref()) {
                period.start.events(&mut found);
            }
        }
        found
    }
}

/// What is erased with a person's row when the person asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// Other rules of the database whose rows are the person's where they hang from the person's row.
    pub with: Vec<Located<String>>,
}

/// The newest rows of each group always stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeepNewest {
    /// Rows that are equal in these columns are a group; none: the whole table is one.
    pub per: Vec<Located<String>>,
    /// How many of each group stay.
    pub count: NonZeroU32,
    /// The column of the row by which it is newer or older; rows of one value are ordered by their key.
    pub by: StartColumn,
}

/// How the rows of a partition go, where all of them are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Partitions {
    /// In batches, like all others.
    #[default]
    RowByRow,
    /// PostgreSQL: the partition is emptied at once. It is one batch, however many rows it has.
    Truncate,
}

impl Partitions {
    /// True for what holds where the schedule does not say it.
    #[must_use]
    pub fn is_row_by_row(&self) -> bool {
        *self == Self::RowByRow
    }
}

/// Whether a rule acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Mode {
    Enforce,
    /// Counts and never touches.
    Observe,
}

/// A hold that the database itself has: in the row, or in a table of holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldClause {
    /// About the row itself; with a table, about that table's rows, each of which holds where nothing is said.
    pub when: Option<ConditionText>,
    pub because: String,
    #[serde(skip_serializing_if = "HoldDepth::is_deep")]
    pub depth: HoldDepth,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<HoldTable>,
}

/// What a hold covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum HoldDepth {
    /// The row and what hangs from it.
    Deep,
    /// The row alone.
    Shallow,
}

impl HoldDepth {
    /// True for what holds where the schedule does not say it.
    #[must_use]
    pub fn is_deep(&self) -> bool {
        *self == Self::Deep
    }
}

/// A table whose rows are holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldTable {
    pub table: Located<String>,
    /// Its columns that name the held row; empty: its one reference to the rule's table.
    pub columns: Vec<Located<String>>,
    /// The columns of the rule's table that these name; empty: its key.
    pub parent_columns: Vec<Located<String>>,
    /// The key of the held row is kept as text, in this form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_text: Option<KeyForm>,
    /// A column of the table of holds that says when a hold ends by itself.
    pub until: Option<StartColumn>,
}

/// What happens to the rows of a child table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ChildDecision {
    /// Removed in the transaction that removes the parent, leaf first.
    WithParent,
    /// Removed as soon as the parent is due, even where the parent must wait.
    AtDue,
    /// Has a rule of its own; the parent waits until the child has gone.
    OwnRule,
    /// Nothing removes it; the parent stays for as long as such rows are there.
    Stays,
    /// The child stays; the reference is set to NULL, or to the key of a row that the rule names.
    Detach,
}

/// What identifies a row of a table that has no primary key; to be proven unique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeclaredKey {
    /// As written: "schema.table", or "table" in the default schema.
    pub table: Located<String>,
    pub columns: Vec<Located<String>>,
}

/// A reference that the schema does not declare and the schedule does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeclaredRelation {
    pub child: Located<String>,
    pub columns: Vec<Located<String>>,
    pub parent: Located<String>,
    pub parent_columns: Vec<Located<String>>,
    /// The parent's key is kept as text, in this form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_text: Option<KeyForm>,
    /// Which rows of the child refer to this parent: for references by (type, id).
    pub when: Option<ConditionText>,
}
