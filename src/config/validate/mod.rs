//! Stage 3: document to schedule, one file per kind of thing.
//!
//! Each function takes a table, reports every fault in it to the [`Reader`] and answers `None` where one was found, so
//! that the others still run. Nothing here may guess: what is not written and has no documented default is a fault.

mod as_text;
mod child;
mod column;
mod condition;
mod conflict;
mod connection;
mod daemon;
mod database;
mod erasure;
mod hold;
mod length;
mod limits;
mod literal;
mod newest;
mod overwrite;
mod purpose;
mod reader;
mod relation;
mod rule;
mod secret;
mod service;
mod shared;
mod sink;
mod start;
mod state;
mod terms;
mod time;
mod tls;

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use crate::diagnostic::{Fault, Located, Span};
use crate::schedule::{Limits, Schedule};

use super::document::{Document, RuleTable};

pub(super) use reader::Reader;
use terms::Terms;

/// What rules may refer to.
struct Known {
    /// Every declared database, also a faulty one, with its zone where that is right.
    databases: BTreeMap<String, Option<Tz>>,
    databases_at: Span,
    classes: BTreeMap<String, Terms>,
    classes_at: Span,
    used_classes: BTreeSet<String>,
    limits: Option<Limits>,
}

/// The schedule that a document says, or `None` where a fault forbids it.
pub(super) fn schedule(document: &Document, reader: &mut Reader<'_>) -> Option<Schedule> {
    let version = version(document, reader);
    let databases = database::databases(document, reader);
    let classes = document.classes.as_ref();
    let mut known = Known {
        databases: database::zones(document, databases.as_ref()),
        databases_at: document.databases.as_ref().map_or(NOWHERE, |all| all.at),
        classes: terms::classes(document, reader),
        classes_at: classes.map_or(NOWHERE, |all| all.at),
        used_classes: BTreeSet::new(),
        limits: limits::of_schedule(document, reader),
    };
    let rules = rules(document, &mut known, reader);
    warn_of_unused_classes(document, &known, reader);
    let state_directory = state::directory(document, reader);
    let shared_state = shared::state(document, reader);
    let sinks = state::sinks(document, reader);
    let require_published = state::require_published(document, reader);
    let log_keep_months = state::keep_months(document, reader);
    let socket = daemon::socket(document, reader);
    let listen = daemon::listen(document, reader);
    version?;
    Some(Schedule {
        state_directory: state_directory?,
        shared_state: shared_state?,
        sinks: sinks?,
        require_published: require_published?,
        log_keep_months: log_keep_months?,
        socket: socket?,
        listen: listen?,
        databases: databases?,
        rules: rules?,
    })
}

/// The place of what is missing from the whole document.
const NOWHERE: Span = Span { start: 0, end: 0 };

fn version(document: &Document, reader: &mut Reader<'_>) -> Option<()> {
    let Some(version) = &document.version else {
        let fault = Fault::nowhere("the schedule does not say its version");
        reader.missing_at_top(&["version"], fault.hint("write version = 1 at the top"));
        return None;
    };
    if version.value == 1 {
        return Some(());
    }
    let sentence = format!("version {} of the notation is not known", version.value);
    reader.push(Fault::error(version.at, sentence).hint("this program reads version = 1"));
    None
}

fn rules(
    document: &Document,
    known: &mut Known,
    reader: &mut Reader<'_>,
) -> Option<Vec<crate::schedule::Rule>> {
    let tables: &[Located<RuleTable>] = document.rules.as_deref().unwrap_or_default();
    if tables.is_empty() {
        let fault = Fault::nowhere("the schedule has no rules")
            .hint("write a [[rules]] table for each table whose rows may not be kept for ever");
        reader.missing_at_top(&["rules"], fault);
        return None;
    }
    let rules: Vec<_> = tables
        .iter()
        .map(|table| rule::rule(table, known, reader))
        .collect();
    rule::refuse_doubles(tables, known, reader);
    erasure::refuse_unknown(tables, reader);
    rules.into_iter().collect()
}

fn warn_of_unused_classes(document: &Document, known: &Known, reader: &mut Reader<'_>) {
    let Some(classes) = &document.classes else {
        return;
    };
    // Who used it may have been taken out by stage 2, and a warning must be true.
    if !reader.is_complete() {
        return;
    }
    for (name, _) in &classes.value.0 {
        if !known.used_classes.contains(&name.value) {
            let sentence = format!("no purpose uses the class \"{}\"", name.value);
            let hint = format!(
                "write class = \"{}\" in a purpose, or remove it",
                name.value
            );
            reader.push(Fault::warning(name.at, sentence).hint(hint));
        }
    }
}
