//! Keeps a secret that was written into the schedule, against the rules, out of every message.
//!
//! A fault shows the line it stands in, on a terminal or in the journal. A password written there by mistake would
//! be copied to both by the very message that refuses it.

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys of a database under which people write secrets.
const SUSPECTS: [&str; 10] = [
    "password",
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

/// Replaces what looks like a secret by asterisks of the same length, so that every place stays where it was.
pub(super) fn mask(table: &DeTable<'_>, text: &mut String) {
    let Some(DeValue::Table(databases)) = table.get("databases").map(Spanned::get_ref) else {
        return;
    };
    for database in databases.values() {
        if let DeValue::Table(database) = database.get_ref() {
            for (key, value) in database {
                if SUSPECTS.contains(&key.get_ref().to_lowercase().as_str()) {
                    mask_value(value, text);
                }
            }
        }
    }
}

fn mask_value(value: &Spanned<DeValue<'_>>, text: &mut String) {
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                if !HARMLESS.contains(&key.get_ref().as_ref()) {
                    mask_value(value, text);
                }
            }
        }
        DeValue::Array(array) => array.iter().for_each(|value| mask_value(value, text)),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => {
            let range = value.span();
            if let Some(written) = text.get(range.clone()) {
                // Byte by byte, quotes and line ends kept: the text keeps its length and its lines.
                let stars: String = written
                    .bytes()
                    .map(|byte| match byte {
                        b'"' | b'\'' | b'\n' | b'\r' => char::from(byte),
                        _ => '*',
                    })
                    .collect();
                text.replace_range(range, &stars);
            }
        }
    }
}
