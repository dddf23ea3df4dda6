//! Lists where a table belongs.
//!
//! Apart from `recover`, because serde takes a list for a table whose keys it counts off: `limits = [500]` would mean
//! `rows-per-run = 500`, which nobody wrote.

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Fault, Faults, Span};

use super::example;
use super::recover::Removed;

/// Keys whose value is a list of tables.
const LISTS_OF_TABLES: [&str; 9] = [
    "rules",
    "purposes",
    "cases",
    "holds",
    "unless",
    "keys",
    "relations",
    "latest-of",
    "earliest-of",
];

/// Keys whose value is a table.
const TABLES: [&str; 15] = [
    "state",
    "daemon",
    "throttle",
    "defaults",
    "limits",
    "databases",
    "classes",
    "anonymise",
    "if-a-child-stays",
    "keep-newest",
    "start",
    "at-end",
    "password",
    "by",
    "if-none",
];

/// Takes them out, each with its fault.
pub(super) fn take_out(table: &mut Spanned<DeTable<'_>>, faults: &mut Faults) -> Vec<Removed> {
    let mut removed = Vec::new();
    let at = table.span().into();
    below(table.get_mut(), at, faults, &mut removed);
    removed
}

fn below(table: &mut DeTable<'_>, at: Span, faults: &mut Faults, removed: &mut Vec<Removed>) {
    let mut wrong: Vec<String> = Vec::new();
    for (key, value) in table.iter_mut() {
        let name = key.get_ref().to_string();
        let value_at: Span = value.span().into();
        let found = match value.get_mut() {
            DeValue::Array(_) if TABLES.contains(&name.as_str()) => Some(value_at),
            DeValue::Array(list) if LISTS_OF_TABLES.contains(&name.as_str()) => list
                .iter()
                .find(|one| matches!(one.get_ref(), DeValue::Array(_)))
                .map(|one| one.span().into()),
            _ => None,
        };
        if let Some(list_at) = found {
            let fault = Fault::error(list_at, "a table is needed here, not a list");
            let hint = example::of(&name).map_or_else(
                || "write it in braces, { key = … }".to_owned(),
                |example| format!("write {example}"),
            );
            faults.push_once(fault.hint(hint));
            wrong.push(name);
            continue;
        }
        match value.get_mut() {
            DeValue::Table(inner) => below(inner, value_at, faults, removed),
            DeValue::Array(list) => {
                for one in list.iter_mut() {
                    let one_at = one.span().into();
                    if let DeValue::Table(inner) = one.get_mut() {
                        below(inner, one_at, faults, removed);
                    }
                }
            }
            _ => {}
        }
    }
    for key in wrong {
        table.remove(key.as_str());
        removed.push(Removed { table: at, key });
    }
}
