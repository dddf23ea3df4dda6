//! Stage 1: text to a TOML table, with all syntax errors at once.
//!
//! Where the syntax is wrong the reading stops: what a parser guesses behind an error is not what was written, and
//! faults about it would mislead.

use serde_spanned::Spanned;
use toml::de::DeTable;

use crate::diagnostic::{Fault, Faults, Source, Span};

use super::secrets::{self, Secrets};

/// Parses, and masks in `source` what looks like a secret before anything can show it; the secrets come back.
pub(super) fn parse<'t>(
    text: &'t str,
    source: &mut Source,
) -> Result<(Spanned<DeTable<'t>>, Secrets), Faults> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let secrets = Secrets::mask(table.get_ref(), &mut source.text);
    if errors.is_empty() {
        return Ok((table, secrets));
    }
    // What the parser made of a broken file may have lost the secret, but not its line.
    secrets::mask_lines(&mut source.text);
    let mut faults = Faults::default();
    let mut last_line = None;
    for error in errors {
        let at = error.span().map_or(end_of(text), Span::from);
        let line = text.as_bytes()[..at.start.min(text.len())]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        // One slip makes the parser stumble several times on the same line; the first is the slip.
        if last_line.replace(line) != Some(line) {
            faults.push(fault(at, error.message()));
        }
    }
    Err(faults)
}

fn fault(at: Span, message: &str) -> Fault {
    let (sentence, expected) = message
        .split_once(", expected ")
        .map_or((message, None), |(before, after)| (before, Some(after)));
    let fault = Fault::error(at, format!("this is not TOML: {sentence}"));
    if sentence == "duplicate key" {
        let hint = "each key once; several tables of a kind are written [[rules]], not [rules], and what belongs to one of \
                    them stands after it: [[rules.purposes]] before [[rules.purposes.cases]]";
        return fault.hint(hint);
    }
    if sentence == "string values must be quoted" {
        return fault.hint("write it in quotes: \"…\"");
    }
    match expected {
        Some(expected) => fault.label(format!("expected {expected}")),
        None => fault,
    }
}

fn end_of(text: &str) -> Span {
    let start = text.trim_end().len();
    Span { start, end: start }
}
