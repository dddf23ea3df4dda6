//! Rules: one table each, and what happens to its rows.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::catalog::nearest;
use crate::config::document::RuleTable;
use crate::config::words::Then;
use crate::diagnostic::{Fault, Located, Span};
use crate::schedule::{Disposition, Limits, Mode, Overwrite, Partitions, Purpose, Rule};

use super::reader::{Inside, Reader, did_you_mean};
use super::relation::column_list;
use super::{Known, child, conflict, erasure, hold, limits, newest, overwrite, purpose, time};

/// The rule that a table describes.
pub(super) fn rule(
    table: &Located<RuleTable>,
    known: &mut Known,
    reader: &mut Reader<'_>,
) -> Option<Rule> {
    let inside = Inside {
        what: "rule",
        at: table.at,
    };
    reader.enter_rule(table.name.as_ref().map(|name| name.value.as_str()));
    let rule = inside_rule(&table.value, inside, known, reader);
    reader.enter_rule(None);
    rule
}

fn inside_rule(
    table: &RuleTable,
    inside: Inside,
    known: &mut Known,
    reader: &mut Reader<'_>,
) -> Option<Rule> {
    let name_hint = "write name = \"applications\"; it stands in every receipt";
    let name = reader
        .required(table.name.as_ref(), "name", inside, name_hint)
        .and_then(|name| reader.name(name, "rule"));
    let database = database(table, inside, known, reader);
    let table_hint = "write table = \"application\" or table = \"hr.application\"";
    let of_table = reader
        .required(table.table.as_ref(), "table", inside, table_hint)
        .and_then(|name| table_name(name, reader));
    let key = columns(table.key.as_ref(), reader);
    let mode = match &table.mode {
        None => Some(Mode::Enforce),
        Some(word) => reader.word(word),
    };
    let ending = ending(table, inside, reader);
    let partitions = partitions(table, reader);
    let holds = hold::holds(table.holds.as_ref(), reader);
    let zone = database.as_ref().and_then(|(_, zone)| *zone);
    let purposes = purposes(table, inside, zone, known, reader);
    let children = child::children(table, reader);
    let keep_newest = match &table.keep_newest {
        None => Some(None),
        Some(keep) => newest::newest(keep, reader).map(Some),
    };
    let recognised_by = columns(table.recognised_by.as_ref(), reader);
    let limits = of_rule(table, known, reader);
    let cadence = match &table.cadence {
        None => Some(None),
        Some(text) => time::cadence(text, reader).map(Some),
    };
    let unsafe_engine = table.unsafe_engine_that_cannot_roll_back.as_ref();
    let (disposition, if_a_child_stays) = ending?;
    let children = children?;
    let rule = Rule {
        name: name?,
        database: database?.0,
        table: of_table?,
        key: key?,
        mode: mode?,
        disposition,
        purposes: purposes?,
        holds: holds?,
        children: children.decided,
        detach_to: children.detach_to,
        if_a_child_stays,
        keep_newest: keep_newest?,
        erasure: table.erasure.as_ref().map(erasure::erasure),
        recognised_by: recognised_by?,
        limits: limits?,
        cadence: cadence?,
        partitions: partitions?,
        unsafe_engine: unsafe_engine.is_some_and(|yes| yes.value),
    };
    only_removed_rows_come_back(&rule, reader)?;
    conflict::conflicts(&rule, reader)?;
    Some(rule)
}

/// What was overwritten is still there, and no backup brings it back.
fn only_removed_rows_come_back(rule: &Rule, reader: &mut Reader<'_>) -> Option<()> {
    let (Disposition::Anonymise(_), Some(first)) = (&rule.disposition, rule.recognised_by.first())
    else {
        return Some(());
    };
    let fault = Fault::error(
        first.at,
        "an anonymised row stays: no backup brings it back as a removed one",
    );
    reader.push(fault.hint("remove recognised-by; it goes with then = \"delete\""));
    None
}

/// A list of columns that may be left out.
fn columns(
    list: Option<&Located<Vec<Located<String>>>>,
    reader: &mut Reader<'_>,
) -> Option<Vec<Located<String>>> {
    list.map_or_else(|| Some(Vec::new()), |list| column_list(list, reader))
}

/// The rule's database and its zone.
fn database(
    table: &RuleTable,
    inside: Inside,
    known: &Known,
    reader: &mut Reader<'_>,
) -> Option<(Located<String>, Option<Tz>)> {
    let Some(written) = &table.database else {
        return only_database(inside, known, reader);
    };
    if let Some(zone) = known.databases.get(&written.value) {
        return Some((written.clone(), *zone));
    }
    let names: Vec<String> = known.databases.keys().cloned().collect();
    let near = nearest(&written.value, names.iter().cloned());
    let fault = Fault::error(
        written.at,
        format!("there is no database \"{}\"", written.value),
    );
    let fault = match names.as_slice() {
        [] => fault.hint(format!("write a table [databases.{}]", written.value)),
        names => fault.hint(format!(
            "the databases of this schedule are {}",
            names.join(", ")
        )),
    };
    let fault = did_you_mean(fault, near);
    reader.missing(known.databases_at, &[&written.value], fault);
    None
}

fn only_database(
    inside: Inside,
    known: &Known,
    reader: &mut Reader<'_>,
) -> Option<(Located<String>, Option<Tz>)> {
    let mut databases = known.databases.iter();
    match (databases.next(), databases.next()) {
        (Some((name, zone)), None) => {
            let place = inside.at;
            Some((Located::new(name.clone(), place), *zone))
        }
        // That there is none has been said already.
        (None, _) => None,
        (Some(_), Some(_)) => {
            let names: Vec<&str> = known.databases.keys().map(String::as_str).collect();
            let hint = format!("write database = \"…\": one of {}", names.join(", "));
            reader.required::<()>(None, "database", inside, &hint);
            None
        }
    }
}

fn table_name(name: &Located<String>, reader: &mut Reader<'_>) -> Option<Located<String>> {
    let parts: Vec<&str> = name.value.split('.').collect();
    if parts.len() > 2 || parts.iter().any(|part| part.trim().is_empty()) {
        let sentence = format!("\"{}\" does not name a table", name.value);
        let hint = "write \"table\" or \"schema.table\"";
        reader.push(Fault::error(name.at, sentence).hint(hint));
        return None;
    }
    Some(name.clone())
}

/// What happens to a due row, and to one that must stay for a child.
fn ending(
    table: &RuleTable,
    inside: Inside,
    reader: &mut Reader<'_>,
) -> Option<(Disposition, Option<Overwrite>)> {
    let columns = table
        .anonymise
        .as_ref()
        .map(|columns| (columns.at, overwrite::overwrite(columns, reader)));
    let stays = table
        .if_a_child_stays
        .as_ref()
        .map(|columns| (columns.at, overwrite::overwrite(columns, reader)));
    let hint = "write then = \"delete\" or then = \"anonymise\"";
    let then = reader.required(table.then.as_ref(), "then", inside, hint)?;
    match (reader.word(then)?, columns, stays) {
        (Then::Delete, None, None) => Some((Disposition::Delete, None)),
        (Then::Delete, None, Some((_, stays))) => Some((Disposition::Delete, Some(stays?))),
        (Then::Delete, Some((at, _)), _) => {
            let fault = Fault::error(at, "a row that is deleted is not anonymised");
            reader.push(fault.hint("remove [rules.anonymise], or write then = \"anonymise\""));
            None
        }
        (Then::Anonymise, Some((_, columns)), None) => {
            Some((Disposition::Anonymise(columns?), None))
        }
        (Then::Anonymise, None, _) => {
            let fault = Fault::error(then.at, "nothing says which columns are anonymised").hint(
                "write a table [rules.anonymise] with `set`, `null`, `random` or `generalise`",
            );
            reader.missing(inside.at, &["anonymise"], fault);
            None
        }
        (Then::Anonymise, Some(_), Some((at, _))) => {
            let fault = Fault::error(at, "an anonymised row stays, whether a child stays or not")
                .hint("remove if-a-child-stays; it goes with then = \"delete\"");
            reader.push(fault);
            None
        }
    }
}

/// How partitions go in which every row is due.
fn partitions(table: &RuleTable, reader: &mut Reader<'_>) -> Option<Partitions> {
    let Some(word) = &table.partitions else {
        return Some(Partitions::RowByRow);
    };
    let partitions: Partitions = reader.word(word)?;
    let then = table.then.as_ref().map(|then| then.value.as_str());
    if partitions == Partitions::Truncate && then == Some("anonymise") {
        let fault = Fault::error(
            word.at,
            "an anonymised row stays, and so does its partition",
        );
        reader.push(fault.hint("remove partitions; it goes with then = \"delete\""));
        return None;
    }
    Some(partitions)
}

fn purposes(
    table: &RuleTable,
    inside: Inside,
    zone: Option<Tz>,
    known: &mut Known,
    reader: &mut Reader<'_>,
) -> Option<Vec<Purpose>> {
    let tables = table.purposes.as_deref().unwrap_or_default();
    if tables.is_empty() {
        let fault = Fault::error(inside.at, "a rule without a purpose is refused").hint(
            "write a [[rules.purposes]] table with name, start and keep: why these rows are kept, \
             from when, and for how long",
        );
        reader.missing(inside.at, &["purposes"], fault);
        return None;
    }
    reader.unique(
        tables.iter().filter_map(|purpose| purpose.name.as_ref()),
        |name| format!("this rule has two purposes \"{name}\""),
        "give each purpose its own name",
    );
    let purposes: Vec<_> = tables
        .iter()
        .map(|table| purpose::purpose(table, zone, known, reader))
        .collect();
    purposes.into_iter().collect()
}

fn of_rule(table: &RuleTable, known: &Known, reader: &mut Reader<'_>) -> Option<Limits> {
    match (&table.limits, known.limits) {
        (None, inherited) => inherited,
        (Some(own), Some(inherited)) => limits::over(&own.value, inherited, reader),
        (Some(_), None) => None,
    }
}

/// Refuses two rules of one name, and two rules on one table.
pub(super) fn refuse_doubles(rules: &[Located<RuleTable>], known: &Known, reader: &mut Reader<'_>) {
    reader.unique(
        rules.iter().filter_map(|rule| rule.name.as_ref()),
        |name| format!("two rules are named \"{name}\""),
        "give each rule its own name: receipts and approvals go by it",
    );
    let mut names = known.databases.keys().map(String::as_str);
    let only = names.next().filter(|_| names.next().is_none());
    let mut first: BTreeMap<(&str, &str), Span> = BTreeMap::new();
    for rule in rules {
        let database = rule
            .database
            .as_ref()
            .map(|one| one.value.as_str())
            .or(only);
        let (Some(database), Some(table)) = (database, &rule.table) else {
            continue;
        };
        if let Some(at) = first.insert((database, &table.value), table.at) {
            let sentence = format!("two rules are about the table \"{}\"", table.value);
            let label = format!("already on line {}", reader.line(at));
            let hint = "one rule per table: put the purposes of both inside one";
            let fault = Fault::error(table.at, sentence).label(label).hint(hint);
            reader.push(match &rule.name {
                Some(name) => fault.in_rule(&name.value),
                None => fault,
            });
        }
    }
}
