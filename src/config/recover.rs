//! Stage 2's loop: all wrong keys and kinds at once.
//!
//! Serde stops at the first error. So each error is recorded, the entry in which it stands is taken out, and the rest
//! is tried again, until it reads. What was taken out is remembered: stage 3 must not call it missing.

use serde::Deserialize;
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::catalog::nearest;
use crate::diagnostic::{Fault, Faults, Span};

use super::document::Document;
use super::{example, lists};

/// What stage 2 hands on.
pub(super) struct Recovered {
    pub document: Option<Document>,
    pub faults: Faults,
    pub removed: Vec<Removed>,
}

/// A key that was taken out of a table, or the key that it was probably meant to be.
pub(super) struct Removed {
    pub table: Span,
    pub key: String,
}

/// Reads the document, taking out what does not fit.
pub(super) fn document(mut table: Spanned<DeTable<'_>>) -> Recovered {
    let mut faults = Faults::default();
    let mut removed = lists::take_out(&mut table, &mut faults);
    let document = loop {
        let error = match Document::deserialize(toml::de::Deserializer::from(table.clone())) {
            Ok(document) => break Some(document),
            Err(error) => error,
        };
        let at = error.span().map_or(Span { start: 0, end: 0 }, Span::from);
        let (mut fault, meant) = explain(at, error.message());
        let (taken, rule) = take_out_anywhere(&mut table, at);
        let example = taken.as_ref().and_then(|entry| example::of(&entry.key));
        if let Some(example) = example.filter(|_| wrong_kind(error.message()).is_some()) {
            fault = fault.hint(format!("write {example}"));
        }
        faults.push_once(match rule {
            Some(rule) => fault.in_rule(&rule),
            None => fault,
        });
        let Some(entry) = taken else {
            // Nothing to take out means no progress: better one fault than an endless loop.
            break None;
        };
        if let Some(meant) = meant {
            removed.push(Removed {
                table: entry.table,
                key: meant,
            });
        }
        removed.push(entry);
    };
    Recovered {
        document,
        faults,
        removed,
    }
}

/// Takes out the entry that does not fit, and names the rule in which it stood.
fn take_out_anywhere(
    table: &mut Spanned<DeTable<'_>>,
    at: Span,
) -> (Option<Removed>, Option<String>) {
    let root = table.span().into();
    match take_out_of_rule(table.get_mut(), at) {
        Some((entry, rule)) => (Some(entry), rule),
        None => (take_out(table.get_mut(), root, at), None),
    }
}

/// Takes the entry out of the rule in which it stands, if it stands in one, and names that rule.
fn take_out_of_rule(table: &mut DeTable<'_>, at: Span) -> Option<(Removed, Option<String>)> {
    let (_, rules) = table
        .iter_mut()
        .find(|(key, _)| key.get_ref().as_ref() == "rules")?;
    let DeValue::Array(rules) = rules.get_mut() else {
        return None;
    };
    rules.iter_mut().find_map(|rule| {
        let name = rule.get_ref().get("name").map(|name| name.get_ref());
        let name = name.and_then(DeValue::as_str).map(str::to_owned);
        let rule_at = rule.span().into();
        take_out_below(rule.get_mut(), rule_at, at).map(|entry| (entry, name))
    })
}

/// Takes out the innermost entry whose key or value contains the place.
///
/// A table's own place is only its header, so what stands under a header is looked at whatever its place.
fn take_out(table: &mut DeTable<'_>, table_at: Span, at: Span) -> Option<Removed> {
    for (_, value) in table.iter_mut() {
        let value_at = value.span().into();
        if let Some(removed) = take_out_below(value.get_mut(), value_at, at) {
            return Some(removed);
        }
    }
    let key = table
        .iter()
        .find(|(key, value)| contains(key.span().into(), at) || contains(value.span().into(), at))
        .map(|(key, _)| key.get_ref().to_string())?;
    table.remove(key.as_str());
    Some(Removed {
        table: table_at,
        key,
    })
}

fn take_out_below(value: &mut DeValue<'_>, value_at: Span, at: Span) -> Option<Removed> {
    match value {
        DeValue::Table(table) => take_out(table, value_at, at),
        DeValue::Array(array) => array.iter_mut().find_map(|element| {
            let element_at = element.span().into();
            take_out_below(element.get_mut(), element_at, at)
        }),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => None,
    }
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Serde's message as a fault, and for an unknown key the known one that was probably meant.
fn explain(at: Span, message: &str) -> (Fault, Option<String>) {
    if let Some((unknown, known)) = unknown_field(message) {
        let near = nearest(unknown, known.iter().map(|one| (*one).to_owned()));
        let fault = Fault::error(at, format!("unknown key \"{unknown}\""));
        return (with_known_keys(fault, near.as_deref(), &known), near);
    }
    let fault = match wrong_kind(message) {
        None => Fault::error(at, message),
        Some((found, expected)) => {
            let expected = kind(expected);
            let sentence = format!("{expected} is needed here, not {}", kind(found));
            Fault::error(at, sentence).hint(how_to_write(expected))
        }
    };
    (fault, None)
}

/// What was found and what was expected, in serde's words.
fn wrong_kind(message: &str) -> Option<(&str, &str)> {
    let rest = message.strip_prefix("invalid type: ")?;
    rest.rsplit_once(", expected ")
}

fn with_known_keys(fault: Fault, near: Option<&str>, known: &[&str]) -> Fault {
    match near {
        Some(near) => fault
            .label(format!("did you mean \"{near}\"?"))
            .hint(format!("the keys of this table are {}", known.join(", "))),
        None => fault.hint(format!("the keys of this table are {}", known.join(", "))),
    }
}

/// The unknown key and the known ones, out of serde's message.
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field `")?;
    let (unknown, known) = rest.rsplit_once("`, expected ")?;
    // "one of `a`, `b`": every second piece between backticks is a name.
    Some((unknown, known.split('`').skip(1).step_by(2).collect()))
}

fn how_to_write(kind: &str) -> &'static str {
    match kind {
        "a text" => "write it in quotes: \"…\"",
        "a whole number" => "write digits without quotes, such as 500",
        "true or false" => "write the word without quotes",
        "a list" => "write it in brackets, [\"…\"]; a list of tables also as [[…]]",
        _ => "write it in braces, { key = … }, or below a header of its own",
    }
}

/// Serde's words for a kind of value in the words of TOML. The value itself is left out: the line is shown anyway.
fn kind(words: &str) -> &str {
    const KINDS: [(&str, &str); 11] = [
        ("string", "a text"),
        ("a string", "a text"),
        ("integer", "a whole number"),
        ("i64", "a whole number"),
        ("floating point", "a number with a fraction"),
        ("boolean", "true or false"),
        ("a boolean", "true or false"),
        ("sequence", "a list"),
        ("a sequence", "a list"),
        ("map", "a table"),
        ("a map", "a table"),
    ];
    KINDS
        .iter()
        .find(|(serde, _)| {
            words == *serde
                || words.starts_with(&format!("{serde} `"))
                || words.starts_with(&format!("{serde} \""))
        })
        .map_or(words, |(_, toml)| toml)
}
