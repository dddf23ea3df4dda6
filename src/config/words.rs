//! The words that a key accepts, once for the reader, the message and the JSON Schema.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::calendar::Unit;
use crate::schedule::{
    ChildDecision, Engine, HoldDepth, Holds, Mode, Partitions, TlsMode, Witness,
};

/// A closed set of words with their meanings.
pub(super) trait Words: Copy + 'static {
    /// What one of them is called in a message, with its article.
    const NOUN: &'static str;
    /// Each word and what it means, in the order in which a message lists them.
    const ALL: &'static [(&'static str, Self)];
}

/// The words as a JSON Schema.
pub(super) fn schema<T: Words>(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<&str> = T::ALL.iter().map(|(word, _)| *word).collect();
    json_schema!({ "type": "string", "enum": words })
}

/// The disposition's word; what an anonymised row becomes stands in a table of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Delete,
    Anonymise,
}

impl Words for Then {
    const NOUN: &'static str = "a disposition";
    const ALL: &'static [(&'static str, Self)] =
        &[("delete", Self::Delete), ("anonymise", Self::Anonymise)];
}

impl Words for Mode {
    const NOUN: &'static str = "a mode";
    const ALL: &'static [(&'static str, Self)] =
        &[("enforce", Self::Enforce), ("observe", Self::Observe)];
}

impl Words for Partitions {
    const NOUN: &'static str = "a way for partitions to go";
    const ALL: &'static [(&'static str, Self)] =
        &[("row-by-row", Self::RowByRow), ("truncate", Self::Truncate)];
}

impl Words for Engine {
    const NOUN: &'static str = "an engine";
    const ALL: &'static [(&'static str, Self)] = &[
        ("postgresql", Self::Postgresql),
        ("mysql", Self::Mysql),
        ("mariadb", Self::Mariadb),
        ("sqlite", Self::Sqlite),
    ];
}

impl Words for Witness {
    const NOUN: &'static str = "an assurance";
    const ALL: &'static [(&'static str, Self)] = &[
        ("ledger", Self::Ledger),
        ("transaction-status", Self::TransactionStatus),
        ("inferred", Self::Inferred),
    ];
}

impl Words for TlsMode {
    const NOUN: &'static str = "a TLS mode";
    const ALL: &'static [(&'static str, Self)] = &[
        ("verify-full", Self::VerifyFull),
        ("verify-ca", Self::VerifyCa),
        ("unsafe-encrypt-only", Self::UnsafeEncryptOnly),
        ("disable-on-loopback", Self::DisableOnLoopback),
        ("unsafe-plaintext", Self::UnsafePlaintext),
    ];
}

impl Words for ChildDecision {
    const NOUN: &'static str = "a decision about a child";
    const ALL: &'static [(&'static str, Self)] = &[
        ("with-parent", Self::WithParent),
        ("at-due", Self::AtDue),
        ("own-rule", Self::OwnRule),
        ("stays", Self::Stays),
        ("detach", Self::Detach),
    ];
}

impl Words for Unit {
    const NOUN: &'static str = "a unit";
    const ALL: &'static [(&'static str, Self)] = &[
        ("hours", Self::Hours),
        ("days", Self::Days),
        ("weeks", Self::Weeks),
        ("months", Self::Months),
        ("years", Self::Years),
    ];
}

impl Words for Holds {
    const NOUN: &'static str = "what a column of dates holds";
    const ALL: &'static [(&'static str, Self)] =
        &[("days", Self::Days), ("instants", Self::Instants)];
}

impl Words for HoldDepth {
    const NOUN: &'static str = "a depth of holds";
    const ALL: &'static [(&'static str, Self)] =
        &[("deep", Self::Deep), ("shallow", Self::Shallow)];
}
