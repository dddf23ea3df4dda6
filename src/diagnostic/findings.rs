//! Faults as data, for machines.

use serde::Serialize;

use super::{Faults, Severity, Source, Span};

/// One fault with its place in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// "error" or "warning".
    pub severity: &'static str,
    pub sentence: String,
    /// Counted from 1; nothing where no place can be named.
    pub line: Option<usize>,
    /// In characters, counted from 1.
    pub column: Option<usize>,
    pub rule: Option<String>,
    /// What would be right.
    pub hint: Option<String>,
}

/// All faults, sorted by place.
#[must_use]
pub fn findings(source: &Source, faults: &Faults) -> Vec<Finding> {
    faults
        .sorted()
        .into_iter()
        .map(|fault| {
            let (line, column) = fault.at.map(|at| place(&source.text, at)).unzip();
            Finding {
                severity: match fault.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                },
                sentence: fault.sentence.clone(),
                line,
                column,
                rule: fault.rule.clone(),
                hint: fault.hint.clone(),
            }
        })
        .collect()
}

fn place(text: &str, at: Span) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at.start.min(text.len()))];
    let line = before.matches('\n').count() + 1;
    let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[begin..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_people_count_them() {
        let text = "a = 1\nkéep = 2\n";
        for (start, expected) in [
            (0, (1, 1)),
            (4, (1, 5)),
            (6, (2, 1)),
            (9, (2, 3)),
            (999, (3, 1)),
        ] {
            let at = Span { start, end: start };
            assert_eq!(place(text, at), expected, "{start}");
        }
    }
}
