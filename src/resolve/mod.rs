//! Schedule × catalogue: every name becomes a thing of this database, or a fault.
//!
//! Apart from `config`, because it needs a catalogue; apart from `plan`, because it needs no clock. Pure: no query, no
//! clock, no I/O. A rule with faults is left out of the program, and the others stay: a schema that changed under a
//! rule stops that rule alone.

mod across;
mod along;
mod carried;
mod chosen;
mod copies;
mod encoding;
mod followed;
mod found;
mod freed;
mod held;
mod holds;
mod key;
mod length;
mod link;
mod newest;
mod order;
mod overwrite;
mod partitions;
mod path;
mod pattern;
mod placed;
mod possible;
mod program;
mod purposes;
mod reading;
mod references;
mod relations;
mod reported;
pub mod row_key;
mod safety;
mod stand_in;
mod start;
mod users;

use crate::catalog::{Catalog, Fingerprint, Table, TableName, fingerprint};
use crate::diagnostic::{Fault, Faults};
use crate::schedule::{Database, Rule, Schedule};
use crate::sql::Dialect;

pub use crate::condition::Moment;
pub use copies::{KnownCopy, copies_known};
pub use encoding::Encoding;
pub use followed::followed;
pub use length::{BoundLength, LengthIn};
pub use link::{TextEnd, equal};
pub use newest::BoundNewest;
pub use pattern::Pattern;
pub use placed::{PlacedBy, PlacedHold, hold_of, place};
pub use program::{
    BoundCase, BoundDisposition, BoundHold, BoundPeriod, BoundPurpose, BoundReference, BoundRule,
    BoundStart, Dated, Decision, Down, HoldBy, HoldRows, Hop, Leg, Partition, Program, Request,
};
pub use reading::Reading;
pub use reported::Reported;
pub use row_key::KeyFault;
pub use stand_in::StandIn;

/// What a rule is matched with.
pub(crate) struct Surroundings<'a> {
    pub schedule: &'a Schedule,
    pub database: &'a Database,
    pub catalog: &'a Catalog,
    pub dialect: Dialect,
    /// The tables on whose rows a deep hold was placed.
    pub held: &'a [TableName],
}

/// A program and everything that was found on the way. A rule with an error is not in the program.
pub struct Resolved {
    pub program: Program,
    pub faults: Faults,
    /// The names of the rules that were left out.
    pub broken: Vec<String>,
}

/// Matches the rules of one database with its catalogue.
#[must_use]
pub fn resolve(
    schedule: &Schedule,
    database: &Database,
    catalog: &Catalog,
    dialect: Dialect,
) -> Resolved {
    resolve_under(schedule, database, catalog, dialect, &[])
}

/// Matches the rules of one database with its catalogue, where deep holds were placed on rows of some tables.
#[must_use]
pub fn resolve_under(
    schedule: &Schedule,
    database: &Database,
    catalog: &Catalog,
    dialect: Dialect,
    held: &[TableName],
) -> Resolved {
    let around = Surroundings {
        schedule,
        database,
        catalog,
        dialect,
        held,
    };
    let mut faults = Faults::default();
    let mut rules = Vec::new();
    let mut broken = Vec::new();
    for rule in schedule.rules_of(&database.name.value) {
        let mut found = Faults::default();
        let bound = bind_rule(&around, rule, &mut found);
        let sound = found.permit();
        faults.extend(found.into_iter().map(|fault| fault.in_rule(&rule.name)));
        match bound {
            Some(bound) if sound => rules.push(bound),
            _ => broken.push(rule.name.value.clone()),
        }
    }
    for fault in across::check(&around, &rules) {
        let forbids = fault.severity == crate::diagnostic::Severity::Error;
        if let Some(name) = fault.rule.clone().filter(|_| forbids) {
            rules.retain(|rule| rule.name != name);
            broken.push(name);
        }
        faults.push(fault);
    }
    let rules = without_dependents(&around, rules, &mut broken, &mut faults);
    Resolved {
        program: Program {
            database: database.name.value.clone(),
            dialect,
            rules,
            request: None,
        },
        faults,
        broken,
    }
}

/// Sorts the rules and leaves out those that cannot act without one that is left out, until no more is.
fn without_dependents(
    around: &Surroundings<'_>,
    mut rules: Vec<BoundRule>,
    broken: &mut Vec<String>,
    faults: &mut Faults,
) -> Vec<BoundRule> {
    loop {
        let before = broken.len();
        let leave_out = |found: Vec<Fault>, broken: &mut Vec<String>, faults: &mut Faults| {
            for fault in found {
                broken.extend(fault.rule.clone());
                faults.push(fault);
            }
        };
        let (covered, orphaned) = held::without_orphans(around, rules, broken);
        leave_out(orphaned, broken, faults);
        // What goes along with what is marked here: anew where a rule has been left out since.
        let (sorted, circular) = order::sort(covered.clone(), around.schedule);
        leave_out(circular, broken, faults);
        let (sorted, needed) = carried::without_carriers(around, sorted, broken);
        leave_out(needed, broken, faults);
        if broken.len() == before {
            return sorted;
        }
        rules = covered;
        rules.retain(|rule| !broken.contains(&rule.name));
    }
}

fn bind_rule(around: &Surroundings<'_>, rule: &Rule, faults: &mut Faults) -> Option<BoundRule> {
    let Some(table) = around.catalog.table(&rule.table.value) else {
        faults.push(unknown_table(around.catalog, &rule.table));
        return None;
    };
    safety::check(around, rule, table, faults);
    one_rule_for_a_table(around, rule, table, faults);
    let key = key::bind(around, rule, table, faults);
    let purposes = purposes::bind_all(around, rule, table, faults);
    let holds = holds::bind(around, rule, table, faults);
    let disposition = overwrite::disposition(around, rule, table, faults);
    let if_a_child_stays = rule
        .if_a_child_stays
        .as_ref()
        .and_then(|overwrite| overwrite::bind(around, rule, overwrite, table, faults));
    let references = references::bind(around, rule, table, faults);
    let keep_newest = newest::bind(around, rule, table, faults);
    let recognised_by = key::recognised(rule, table, faults);
    let partitions = partitions::bind(around, rule, table, faults);
    if let Some(rewrite) = &if_a_child_stays {
        safety::stays_due(rule, rewrite, &purposes, faults);
    }
    safety::start_outlives(rule, &references.decided, &purposes, faults);
    relations::check(
        around,
        table,
        &references.decided,
        &purposes,
        &holds,
        faults,
    );
    let seen = seen_by(around, table, &references.decided, &purposes, &holds);
    safety::distributed(rule, &seen, faults);
    let schema = fingerprint(&seen);
    Some(BoundRule {
        name: rule.name.value.clone(),
        mode: rule.mode,
        table: table.clone(),
        key: key?,
        purposes,
        holds,
        disposition: disposition?,
        references: references.decided,
        hanging: references.hanging,
        if_a_child_stays,
        keep_newest: keep_newest?,
        recognised_by: recognised_by?,
        partitions,
        limits: rule.limits,
        meaning: Fingerprint::of(&(&around.database, rule_meaning(rule))),
        terms: terms(around.database, rule),
        schema,
    })
}

/// The reader compares names as they are written; "t" and "public.t" are one table here.
fn one_rule_for_a_table(
    around: &Surroundings<'_>,
    rule: &Rule,
    table: &Table,
    faults: &mut Faults,
) {
    let other = around
        .schedule
        .rules_of(&around.database.name.value)
        .take_while(|other| other.name != rule.name)
        .find(|other| {
            around
                .catalog
                .table(&other.table.value)
                .is_some_and(|found| found.name == table.name)
        });
    if let Some(other) = other {
        let sentence = format!("the rule {} is about the same table", other.name);
        faults.push(Fault::error(rule.table.at, sentence).hint(
            "one rule for a table: give it several purposes, and the row goes with the last of them",
        ));
    }
}

/// What an approval binds, as data: the same whose fingerprint is the rule's meaning.
#[must_use]
pub fn terms(database: &Database, rule: &Rule) -> serde_json::Value {
    serde_json::to_value((database, rule_meaning(rule))).unwrap_or_default()
}

/// What of a rule an approval binds: everything but how much may go at once.
fn rule_meaning(rule: &Rule) -> Rule {
    let mut meaning = rule.clone();
    meaning.limits = crate::schedule::Limits::STANDARD;
    meaning.erasure = None;
    meaning.recognised_by = Vec::new();
    for purpose in &mut meaning.purposes {
        purpose.legal = crate::schedule::Legal::default();
    }
    meaning
}

fn unknown_table(catalog: &Catalog, name: &crate::diagnostic::Located<String>) -> Fault {
    let fault = Fault::error(name.at, format!("the database has no table {name}"))
        .label("not in the catalogue");
    match catalog.nearest(&name.value) {
        Some(near) => fault.hint(format!("did you mean {near}?")),
        None => fault.hint(format!(
            "an unqualified name is looked up in {}; the role must be allowed to see the table",
            catalog.default_schema
        )),
    }
}

/// Every table that the rule reads or writes, some perhaps more than once.
fn seen_by<'a>(
    around: &Surroundings<'a>,
    table: &'a Table,
    references: &'a [BoundReference],
    purposes: &[BoundPurpose],
    holds: &[BoundHold],
) -> Vec<&'a Table> {
    let catalog = around.catalog;
    let mut tables = vec![table];
    let of_holds = holds.iter().filter_map(BoundHold::rows);
    tables.extend(of_holds.filter_map(|rows| catalog.get(&rows.relation.child)));
    for reference in references {
        collect(reference, &mut tables);
    }
    let read = purposes.iter().flat_map(purposes::tables_read);
    tables.extend(read.filter_map(|name| catalog.get(&name)));
    tables
}

fn collect<'a>(reference: &'a BoundReference, tables: &mut Vec<&'a Table>) {
    tables.push(&reference.child);
    for nested in &reference.nested {
        collect(nested, tables);
    }
}
