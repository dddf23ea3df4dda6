//! What is told of one record, as data: for people, for machines, for the tests.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::catalog::Table;

use super::Surroundings;

/// Everything that is told of one record.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    pub database: String,
    pub table: String,
    /// `None`: no rule is about the table.
    pub rule: Option<String>,
    /// As the caller gave it, one text per column.
    pub key: Vec<String>,
    #[serde(serialize_with = "second")]
    pub now: DateTime<Utc>,
    pub verdict: Verdict,
    /// Why the verdict is what it is, in sentences.
    pub because: Vec<String>,
    /// What will happen next, in sentences.
    pub next: Vec<String>,
    /// The next run would touch the record, if its rule may act.
    #[serde(skip)]
    pub acts: bool,
    /// When the last purpose that covers, or may cover, the record ends; `None`: nobody can tell yet.
    #[serde(serialize_with = "second_if")]
    pub due: Option<DateTime<Utc>>,
    pub purposes: Vec<Purpose>,
    pub holds: Vec<Hold>,
    /// Rows of other tables that refer to it.
    pub children: Vec<Child>,
    /// What it hangs from.
    pub parents: Vec<Parent>,
    /// Rules whose rows are due by a start event that this record carries, and could not be dated without it.
    pub needed_by: Vec<String>,
}

impl Explanation {
    /// Adds what forbids the rule to act, or that nothing does.
    pub fn stands(&mut self, sentence: String) {
        const UNKNOWN: &str = " (`plan` says so)";
        if let Some(first) = self.next.first_mut() {
            *first = first.replacen(UNKNOWN, "", 1);
        }
        self.next.push(sentence);
    }
}

/// How it stands with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    NoSuchRecord,
    /// No rule is about its table.
    NoRule,
    /// No purpose of the rule certainly covers it.
    NotCovered,
    /// A purpose that covers it, or may cover it, has not ended.
    Kept,
    /// The same, because a start event cannot be dated.
    Undatable,
    Held,
    /// Past its date, and one of the newest of its group, which always stay.
    Newest,
    /// Due, and a row that refers to it must stay.
    Waits,
    /// The next run disposes of it.
    Due,
    /// Due, and overwritten already.
    Finished,
}

/// A condition of three-valued logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    True,
    False,
    /// The condition is NULL.
    Unknown,
}

/// Whether a purpose covers a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    Covers,
    DoesNotCover,
    /// A condition is NULL: it counts as the longer answer.
    MayCover,
}

/// One purpose of the rule.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Purpose {
    pub purpose: String,
    pub coverage: Coverage,
    /// Which conditions say so.
    pub because: Vec<String>,
    /// The database's own answer.
    pub ended: bool,
    /// The period of the case that owns the record; several where a case may own it.
    pub periods: Vec<Period>,
}

/// One retention period, applied to the record.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Period {
    /// `None`: the period of what no case owns.
    pub case: Option<String>,
    /// `None`: what stands in the column that should say it is NULL, not believed, or newer than the plan.
    pub keep: Option<String>,
    /// The column that says how long, where one does.
    pub keep_from: Option<String>,
    pub counted_from: String,
    pub zone: String,
    pub start: Event,
    /// The database's own answer.
    pub over: bool,
    #[serde(serialize_with = "second_if")]
    pub due: Option<DateTime<Utc>>,
}

/// Where a start event came from, and what it is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    /// The column, and the way to it.
    pub from: String,
    /// How many rows were looked at, where several can be.
    pub rows: Option<u64>,
    pub state: State,
    /// The date, where there is one that can be shown.
    pub value: Option<String>,
    #[serde(serialize_with = "second_if")]
    pub due: Option<DateTime<Utc>>,
    /// The events of which this one is the last, the first, or the substitute.
    pub parts: Vec<Event>,
}

/// What a start event is for this record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Happened,
    /// NULL.
    NotHappened,
    /// A value that the schedule declares to mean "has not happened".
    Never,
    /// A date in the future.
    ToCome,
    /// Something stands there that is no plausible date.
    Undatable,
    /// There is no row to take it from.
    NoRow,
}

/// A hold, on the record or above it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hold {
    /// The rule whose row is held, where it is not the record itself.
    pub above: Option<String>,
    pub when: Option<String>,
    pub because: Option<String>,
    pub holds: Truth,
}

/// Rows that refer to the record.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Child {
    pub table: String,
    pub decision: &'static str,
    /// Of detached rows: the key of the row to which they refer instead, as the schedule writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detached_to: Option<String>,
    /// How many tables lie between, and one.
    pub level: usize,
    pub rows: u64,
    /// Something there must stay, also after the rules that run first; told of the first level, for all below it.
    pub stays: Option<bool>,
}

/// A row from which the record hangs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Parent {
    pub table: String,
    pub rule: String,
    pub decision: &'static str,
    /// The record refers to a row there.
    pub there: bool,
    pub due: bool,
}

impl Explanation {
    pub(super) fn blank(
        around: &Surroundings<'_>,
        table: &Table,
        rule: Option<&str>,
        key: &[String],
    ) -> Self {
        Self {
            database: around.program.database.clone(),
            table: around.catalog.written(&table.name),
            rule: rule.map(str::to_owned),
            key: key.to_vec(),
            now: around.now,
            verdict: Verdict::NoSuchRecord,
            because: vec!["No row of the table has this key.".to_owned()],
            next: Vec::new(),
            acts: false,
            due: None,
            purposes: Vec::new(),
            holds: Vec::new(),
            children: Vec::new(),
            parents: Vec::new(),
            needed_by: Vec::new(),
        }
    }
}

fn second<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn second_if<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => second(at, serializer),
        None => serializer.serialize_none(),
    }
}
