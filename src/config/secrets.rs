//! Keeps a secret that was written into the schedule, against the rules, out of every message.
//!
//! A fault shows the line it stands in, on a terminal or in the journal. A password written there by mistake would
//! be copied to both by the very message that refuses it.

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Fault, Faults};

/// Keys of a database, and of a place that keeps checkpoints, under which people write secrets.
const SUSPECTS: [&str; 12] = [
    "password",
    "access-key",
    "secret-key",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "token",
    "url",
    "uri",
    "dsn",
    "connection",
];

/// The keys under a password that name where it is kept, and are no secret.
const HARMLESS: [&str; 3] = ["file", "credential", "env"];

/// Shorter texts are not looked for in messages: they would be found in every other word.
const LENGTH_MIN: usize = 4;

/// What was masked in a schedule's text.
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Replaces what looks like a secret by asterisks of the same length, so that every place stays where it was.
    pub(super) fn mask(table: &DeTable<'_>, text: &mut String) -> Self {
        let mut secrets = Self(Vec::new());
        if let Some(DeValue::Table(databases)) = table.get("databases").map(Spanned::get_ref) {
            for database in databases.values() {
                if let DeValue::Table(database) = database.get_ref() {
                    secrets.mask_table(database, text, |_, value| value.contains("://"));
                }
            }
        }
        if let Some(DeValue::Table(state)) = table.get("state").map(Spanned::get_ref) {
            if let Some(DeValue::Array(sinks)) = state.get("publish").map(Spanned::get_ref) {
                for sink in sinks.iter() {
                    if let DeValue::Table(sink) = sink.get_ref() {
                        secrets.mask_table(sink, text, tells_of_a_place);
                    }
                }
            }
            match state.get("postgres").map(|one| (one, one.get_ref())) {
                Some((_, DeValue::Table(shared))) => {
                    secrets.mask_table(shared, text, |_, value| value.contains("://"));
                }
                // A URL, as other programs have it.
                Some((other, _)) => secrets.mask_value(other, text),
                None => {}
            }
        }
        secrets
    }

    fn mask_table(
        &mut self,
        table: &DeTable<'_>,
        text: &mut String,
        tells: impl Fn(&str, &str) -> bool,
    ) {
        for (key, value) in table {
            let key = key.get_ref();
            let told = value.get_ref().as_str().is_some_and(|one| tells(key, one));
            if told || is_suspect(key) {
                self.mask_value(value, text);
            }
        }
    }

    fn mask_value(&mut self, value: &Spanned<DeValue<'_>>, text: &mut String) {
        match value.get_ref() {
            DeValue::Table(table) => {
                for (key, value) in table {
                    if !HARMLESS.contains(&key.get_ref().as_ref()) {
                        self.mask_value(value, text);
                    }
                }
            }
            DeValue::Array(array) => array.iter().for_each(|one| self.mask_value(one, text)),
            DeValue::String(secret) => {
                self.0.push(secret.to_string());
                mask_range(value.span(), text);
            }
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => mask_range(value.span(), text),
        }
    }

    /// The same faults, with no secret in their words either.
    pub(super) fn scrub(&self, faults: Faults) -> Faults {
        let mut scrubbed = Faults::default();
        scrubbed.extend(faults.into_iter().map(|fault| Fault {
            sentence: self.without(fault.sentence),
            label: self.without(fault.label),
            hint: fault.hint.map(|hint| self.without(hint)),
            ..fault
        }));
        scrubbed
    }

    fn without(&self, words: String) -> String {
        let long = self.0.iter().filter(|secret| secret.len() >= LENGTH_MIN);
        long.fold(words, |words, secret| {
            words.replace(secret.as_str(), "****")
        })
    }
}

/// An address of a place that keeps checkpoints may be a secret behind its host, and a header may have been written
/// with its value.
fn tells_of_a_place(key: &str, value: &str) -> bool {
    let within = value.split_once("://").map(|(_, within)| within);
    let has_path = within
        .and_then(|within| within.split_once(['/', '?']))
        .is_some_and(|(_, path)| !path.is_empty());
    let is_name = |one: char| one.is_ascii_alphanumeric() || one == '-';
    value.contains('@') || has_path || (key == "header" && !value.chars().all(is_name))
}

fn is_suspect(key: &str) -> bool {
    SUSPECTS.contains(&key.to_lowercase().as_str())
}

/// Replaces whatever stands behind a suspect key on its line, unless it is a table that says where the secret is kept.
pub(super) fn mask_lines(text: &mut String) {
    let mut ranges = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((before, after)) = line.split_once('=') {
            let key = before.rsplit(['.', '{', ',']).next().unwrap_or(before);
            let key = key.trim().trim_matches(['"', '\'']);
            if is_suspect(key) && !after.trim_start().starts_with('{') {
                ranges.push(start + before.len() + 1..start + line.len());
            }
        }
        start += line.len();
    }
    for range in ranges {
        mask_range(range, text);
    }
}

/// Byte by byte, quotes, spaces and line ends kept: the text keeps its length and its lines.
fn mask_range(range: std::ops::Range<usize>, text: &mut String) {
    if let Some(written) = text.get(range.clone()) {
        let stars: String = written
            .bytes()
            .map(|byte| match byte {
                b'"' | b'\'' | b' ' | b'\n' | b'\r' => char::from(byte),
                _ => '*',
            })
            .collect();
        text.replace_range(range, &stars);
    }
}
