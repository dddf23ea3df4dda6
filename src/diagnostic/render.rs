//! Faults as text: the line, the underlined words, what would be right.
//!
//! Apart, because it is the only place that knows how a fault looks. Nothing here may decide what is a fault.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};

use super::{Fault, Faults, Severity, Source, Span};

/// With or without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// For files, pipes and the journal.
    Plain,
    /// For a terminal.
    Colour,
}

/// What had been touched when the faults were found; the last line says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// Only the schedule's file was read.
    File,
    /// The catalogue of a database was read as well.
    Catalogue,
}

/// All faults of a schedule's file, sorted by place, and a last line that counts them.
#[must_use]
pub fn render(source: &Source, faults: &Faults, style: Style) -> String {
    render_after(source, faults, style, Reached::File)
}

/// As [`render`], where more than the file may have been read.
#[must_use]
pub fn render_after(source: &Source, faults: &Faults, style: Style, reached: Reached) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Colour => Renderer::styled(),
    };
    let mut text = String::new();
    for fault in faults.sorted() {
        text.push_str(&renderer.render(&[group(source, fault)]));
        text.push_str("\n\n");
    }
    text.push_str(&tally(faults, reached));
    text
}

fn group<'a>(source: &'a Source, fault: &'a Fault) -> Group<'a> {
    let level = match fault.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let group = Group::with_title(level.primary_title(fault.sentence.as_str()));
    let group = match fault.at {
        Some(at) => group.element(snippet(source, fault, at)),
        None => group.element(annotate_snippets::Origin::path(source.name.as_str())),
    };
    group.elements(footers(fault))
}

fn snippet<'a>(
    source: &'a Source,
    fault: &'a Fault,
    at: Span,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let mark = AnnotationKind::Primary.span(visible(&source.text, at));
    let mark = if fault.label.is_empty() {
        mark
    } else {
        mark.label(fault.label.as_str())
    };
    Snippet::source(source.text.as_str())
        .path(source.name.as_str())
        .annotation(mark)
}

fn footers(fault: &Fault) -> Vec<Element<'_>> {
    let rule = fault
        .rule
        .as_deref()
        .map(|rule| Level::NOTE.with_name("rule").message(rule).into());
    let hint = fault
        .hint
        .as_deref()
        .map(|hint| Level::HELP.message(hint).into());
    rule.into_iter().chain(hint).collect()
}

/// The part of a place that is underlined: inside the text, on character boundaries, and only the first line, because
/// a frame drawn around a whole table hides what it points at.
fn visible(text: &str, at: Span) -> Range<usize> {
    let start = text.floor_char_boundary(at.start.min(text.len()));
    let end = text.ceil_char_boundary(at.end.clamp(start, text.len()));
    let line = text[start..end].lines().next().map_or(0, str::len);
    start..start + line
}

/// How many errors and warnings there are, and that nothing has happened.
fn tally(faults: &Faults, reached: Reached) -> String {
    let mut line = String::new();
    for (count, noun) in [(faults.errors(), "error"), (faults.warnings(), "warning")] {
        if count > 0 {
            let comma = if line.is_empty() { "" } else { ", " };
            let plural = if count == 1 { "" } else { "s" };
            // Writing into a String cannot fail.
            let _ = write!(line, "{comma}{count} {noun}{plural}");
        }
    }
    // With warnings alone the work goes on, so nothing may be said about it.
    if !faults.permit() {
        line.push_str(match reached {
            Reached::File => "; nothing was connected to, nothing was changed",
            Reached::Catalogue => "; nothing was changed",
        });
    }
    if !line.is_empty() {
        line.push('\n');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_fault(at: Option<Span>) -> String {
        let source = Source {
            name: "a.toml".to_owned(),
            text: "a = 1\nkéep = \"0 days\"\n".to_owned(),
        };
        let mut fault = Fault::nowhere("a period of nothing").hint("write at least \"1 day\"");
        fault.at = at;
        let mut faults = Faults::default();
        faults.push(fault.in_rule("orders").label("zero"));
        render(&source, &faults, Style::Plain)
    }

    #[test]
    fn line_column_label_hint_and_rule_are_shown() {
        let text = one_fault(Some(Span { start: 14, end: 22 }));
        assert!(text.contains("a.toml:2:8"), "{text}");
        assert!(text.contains("zero"), "{text}");
        assert!(text.contains("= rule: orders"), "{text}");
        assert!(text.contains("= help: write at least \"1 day\""), "{text}");
        assert!(text.ends_with("1 error; nothing was connected to, nothing was changed\n"));
    }

    #[test]
    fn a_place_outside_the_text_or_inside_a_character_does_no_harm() {
        for (start, end) in [(8, 8), (0, 500), (500, 600), (9, 3), (23, 23)] {
            assert!(one_fault(Some(Span { start, end })).contains("a.toml"));
        }
        assert!(one_fault(None).contains("a.toml"));
    }

    #[test]
    fn warnings_alone_do_not_say_that_nothing_happened() {
        let mut faults = Faults::default();
        faults.push(Fault::warning(Span { start: 0, end: 1 }, "nobody uses it"));
        let source = Source {
            name: "a.toml".to_owned(),
            text: "a = 1\n".to_owned(),
        };
        assert!(render(&source, &faults, Style::Plain).ends_with("1 warning\n"));
    }
}
