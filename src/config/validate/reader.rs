//! What every function of this stage has at hand: the faults, the text, and what stage 2 had to take out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::catalog::nearest;
use crate::config::recover::Removed;
use crate::config::words::Words;
use crate::diagnostic::{Fault, Faults, Located, Span};

/// Collects faults.
pub(in crate::config) struct Reader<'a> {
    text: &'a str,
    base: &'a Path,
    removed: &'a [Removed],
    rule: Option<String>,
    faults: Faults,
}

/// A table in which keys are required: what it is called and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Inside {
    pub what: &'static str,
    pub at: Span,
}

impl<'a> Reader<'a> {
    /// A reader without faults.
    pub(in crate::config) fn new(text: &'a str, base: &'a Path, removed: &'a [Removed]) -> Self {
        Self {
            text,
            base,
            removed,
            rule: None,
            faults: Faults::default(),
        }
    }

    /// Everything that was found.
    pub(in crate::config) fn into_faults(self) -> Faults {
        self.faults
    }

    /// Faults from here on stand in this rule.
    pub(super) fn enter_rule(&mut self, name: Option<&str>) {
        self.rule = name.map(str::to_owned);
    }

    /// Records a fault.
    pub(super) fn push(&mut self, fault: Fault) {
        self.faults.push(match &self.rule {
            Some(rule) => fault.in_rule(rule),
            None => fault,
        });
    }

    /// Records that a key is missing, unless one of these keys was written and taken out by stage 2: then its fault
    /// is known, and "missing" would be false.
    pub(super) fn missing(&mut self, table: Span, keys: &[&str], fault: Fault) {
        let was_written = self
            .removed
            .iter()
            .any(|one| one.table == table && keys.contains(&one.key.as_str()));
        if !was_written {
            self.push(fault);
        }
    }

    /// True when stage 2 took nothing out: what is absent was not written.
    pub(super) fn is_complete(&self) -> bool {
        self.removed.is_empty()
    }

    /// As [`Reader::missing`], for the document's own keys.
    pub(super) fn missing_at_top(&mut self, keys: &[&str], fault: Fault) {
        let was_written = self
            .removed
            .iter()
            .any(|one| one.table.start == 0 && keys.contains(&one.key.as_str()));
        if !was_written {
            self.push(fault);
        }
    }

    /// The value of a required key.
    pub(super) fn required<'d, T>(
        &mut self,
        value: Option<&'d T>,
        key: &str,
        inside: Inside,
        hint: &str,
    ) -> Option<&'d T> {
        if value.is_none() {
            let sentence = format!("this {} has no `{key}`", inside.what);
            let fault = Fault::error(inside.at, sentence).hint(hint);
            self.missing(inside.at, &[key], fault);
        }
        value
    }

    /// A text that must say something.
    pub(super) fn filled(&mut self, text: &Located<String>, what: &str) -> Option<Located<String>> {
        if text.value.trim().is_empty() {
            let fault = Fault::error(text.at, format!("{what} is empty"));
            self.push(fault.hint("write it between the quotes"));
            return None;
        }
        Some(text.clone())
    }

    /// One of a closed set of words.
    pub(super) fn word<T: Words>(&mut self, text: &Located<String>) -> Option<T> {
        let found = T::ALL.iter().find(|(word, _)| *word == text.value);
        if let Some((_, meaning)) = found {
            return Some(*meaning);
        }
        let words: Vec<&str> = T::ALL.iter().map(|(word, _)| *word).collect();
        let near = nearest(&text.value, words.iter().map(|word| (*word).to_owned()));
        let fault = Fault::error(text.at, format!("\"{}\" is not {}", text.value, T::NOUN))
            .hint(format!("write {}", listed(&words)));
        self.push(did_you_mean(fault, near));
        None
    }

    /// A name that stands in receipts and on command lines.
    pub(super) fn name(&mut self, name: &Located<String>, what: &str) -> Option<Located<String>> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !name.value.is_empty() && name.value.chars().all(fits) {
            return Some(name.clone());
        }
        let sentence = format!("\"{}\" is not a name for a {what}", name.value);
        let hint = "a name is made of the letters a to z, digits, \"-\", \"_\" and \".\"";
        self.push(Fault::error(name.at, sentence).hint(hint));
        None
    }

    /// Reports each name that stands twice.
    pub(super) fn unique<'d>(
        &mut self,
        names: impl Iterator<Item = &'d Located<String>>,
        sentence: impl Fn(&str) -> String,
        hint: &str,
    ) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for name in names {
            if let Some(at) = first.insert(&name.value, name.at) {
                let label = format!("already on line {}", self.line(at));
                let fault = Fault::error(name.at, sentence(&name.value));
                self.push(fault.label(label).hint(hint));
            }
        }
    }

    /// A path; a relative one is beside the schedule's file.
    pub(super) fn path(&mut self, path: &Located<String>) -> Option<PathBuf> {
        let path = self.filled(path, "this path")?;
        Some(self.base.join(path.value))
    }

    /// The text of a value as it was written.
    pub(super) fn written(&self, at: Span) -> &'a str {
        self.text.get(at.start..at.end).unwrap_or_default()
    }

    /// The number of the line in which a place stands.
    pub(super) fn line(&self, at: Span) -> usize {
        let before = self.text.get(..at.start).unwrap_or_default();
        before.matches('\n').count() + 1
    }
}

/// Adds the nearest right word, where there is one.
pub(super) fn did_you_mean(fault: Fault, near: Option<String>) -> Fault {
    match near {
        Some(near) => fault.label(format!("did you mean \"{near}\"?")),
        None => fault,
    }
}

/// Words in quotes, with an "or" before the last.
pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
