//! A fault in what somebody wrote: a sentence, the place in the file, and what would be right.
//!
//! Apart, because every reader of the schedule (the TOML reader, the validator, the resolver) reports in the same
//! form and all faults are shown at once, sorted by place. Nothing here may know TOML, SQL or a database.

mod findings;
mod located;
mod render;
mod source;

pub use findings::{Finding, findings};
pub use located::{Located, Span};
pub use render::{Reached, Style, render, render_after};
pub use source::Source;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing runs while this stands.
    Error,
    /// Allowed, and somebody should look at it.
    Warning,
}

/// One finding about the schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub severity: Severity,
    /// What is wrong, as a sentence without a full stop, lowercase at the start.
    pub sentence: String,
    /// The text in the file that is wrong; `None` where no place can be named.
    pub at: Option<Span>,
    /// A few words that stand under the underlined text.
    pub label: String,
    /// What would be right.
    pub hint: Option<String>,
    /// The rule in which the fault stands, by name.
    pub rule: Option<String>,
}

impl Fault {
    /// An error at a place.
    #[must_use]
    pub fn error(at: Span, sentence: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            sentence: sentence.into(),
            at: Some(at),
            label: String::new(),
            hint: None,
            rule: None,
        }
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(at: Span, sentence: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(at, sentence)
        }
    }

    /// An error that has no single place in the file.
    #[must_use]
    pub fn nowhere(sentence: impl Into<String>) -> Self {
        Self {
            at: None,
            ..Self::error(Span { start: 0, end: 0 }, sentence)
        }
    }

    /// Adds what would be right.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the words under the underlined text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Names the rule in which the fault stands.
    #[must_use]
    pub fn in_rule(mut self, rule: &str) -> Self {
        self.rule = Some(rule.to_owned());
        self
    }
}

/// All findings of one reading, in the order in which they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds one finding.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Adds one finding, unless it is there already: one slip can make a reader stumble twice.
    pub fn push_once(&mut self, fault: Fault) {
        if !self.0.contains(&fault) {
            self.0.push(fault);
        }
    }

    /// Adds the findings of another reading.
    pub fn extend(&mut self, others: impl IntoIterator<Item = Fault>) {
        self.0.extend(others);
    }

    /// True when nothing forbids going on (warnings may stand).
    #[must_use]
    pub fn permit(&self) -> bool {
        self.errors() == 0
    }

    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.0
            .iter()
            .filter(|fault| fault.severity == Severity::Error)
            .count()
    }

    /// How many warnings there are.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.0.len() - self.errors()
    }

    /// The findings sorted by place in the file; those without a place last.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Fault> {
        let mut all: Vec<&Fault> = self.0.iter().collect();
        all.sort_by_key(|fault| (fault.at.map_or(usize::MAX, |at| at.start), fault.severity));
        all
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
