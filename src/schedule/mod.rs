//! The meaning of a schedule: what the document says, checked as far as that is possible without a database.
//!
//! Apart from `config`, so that nothing downstream knows TOML; apart from `resolve`, so that a schedule can be read,
//! compared and explained where no database can be reached. Pure values: no clock, no SQL, no database, no I/O.
//! Nothing that can delete has a `Default`.

mod database;
mod disposition;
mod key_form;
mod length;
mod limits;
mod purpose;
pub mod review;
mod rule;
mod service;
mod sink;
pub mod spoken;
mod start;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::TimeDelta;
use serde::Serialize;

use crate::catalog::Fingerprint;
use crate::diagnostic::Located;

pub use database::{Connection, Database, Endpoint, Engine, SecretSource, Tls, TlsMode, Witness};
pub use disposition::{Disposition, Generalisation, Literal, Overwrite, Replacement};
pub use key_form::{FormPart, KeyForm};
pub use length::{Length, LengthColumn};
pub use limits::{Limits, Share};
pub use purpose::{Case, Exemption, Legal, Period, Purpose};
pub use rule::{
    ChildDecision, DeclaredKey, DeclaredRelation, Erasure, HoldClause, HoldDepth, HoldTable,
    KeepNewest, Mode, Partitions, Rule,
};
pub use service::{Listen, Service, Throttle, Window};
pub use sink::{Bucket, Sink, Syslog, Webhook};
pub use start::{Aggregate, DateFormat, Holds, IfNone, Start, StartColumn};

/// The whole document: databases, rules, limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schedule {
    /// Where receipts, approvals and keys are kept; a relative path is relative to the schedule's file.
    pub state_directory: PathBuf,
    /// The PostgreSQL database that holds the state store for several hosts; `None`: the directory alone.
    #[serde(skip)]
    pub shared_state: Option<Connection>,
    /// Where checkpoints of the log are copied to.
    #[serde(skip)]
    pub sinks: Vec<Sink>,
    /// No run begins where nothing was published for longer than this.
    #[serde(skip)]
    pub require_published: Option<TimeDelta>,
    /// For how many months the daemon keeps records of the log; `None`: for ever.
    #[serde(skip)]
    pub log_keep_months: Option<u32>,
    /// Where a daemon is reached.
    #[serde(skip)]
    pub socket: Option<PathBuf>,
    /// Where metrics are read; `None`: nowhere.
    #[serde(skip)]
    pub listen: Option<Listen>,
    pub databases: BTreeMap<String, Database>,
    /// In the document's order.
    pub rules: Vec<Rule>,
}

impl Schedule {
    /// The digest of the whole meaning, written into every plan and receipt. Comments, order of keys and the way a
    /// class is shared do not change it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&(&self.databases, &self.rules))
    }

    /// Where a daemon that serves this schedule is reached.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.socket
            .clone()
            .unwrap_or_else(|| self.state_directory.join("socket"))
    }

    /// The rule of this name.
    #[must_use]
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name.value == name)
    }

    /// The rules of one database, in the document's order.
    pub fn rules_of<'a>(&'a self, database: &'a str) -> impl Iterator<Item = &'a Rule> {
        self.rules
            .iter()
            .filter(move |rule| rule.database.value == database)
    }
}

/// A fragment of SQL from the schedule: one boolean expression over the rule's table, parsed, not yet matched with a
/// catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConditionText(pub Located<String>);
