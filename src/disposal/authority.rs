//! In whose name batches are applied.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Fingerprint;
use crate::schedule::{Limits, Witness};

/// In whose name a run acts, and under which meaning.
#[derive(Debug, Clone)]
pub struct Authority {
    pub run: String,
    pub database: String,
    /// The other databases of the schedule: none of them may be this one under another name, or a copy of it.
    pub others: Vec<String>,
    /// The schema in which the ledger's tables lie, where they lie beside the application's.
    pub schema: String,
    pub schedule: Fingerprint,
    /// The schema fingerprint of each rule.
    pub schemas: BTreeMap<String, Fingerprint>,
    pub limits: BTreeMap<String, Limits>,
    /// The rules with a table that cannot roll back.
    pub weaker: BTreeSet<String>,
    /// The holds that its predicates know: those that stood when the plan was made.
    pub holds: BTreeSet<String>,
    /// What tells what became of a batch whose answer never came.
    pub witness: Witness,
}
