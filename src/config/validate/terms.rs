//! Deletion classes, and the period that a purpose or a case states, takes from a class, or inherits.

use std::collections::BTreeMap;

use crate::calendar::CountedFrom;
use crate::catalog::nearest;
use crate::config::document::{ClassTable, Document, LengthTable};
use crate::config::shape::TextOr;
use crate::diagnostic::{Fault, Located, Span};
use crate::schedule::Length;

use super::reader::{Inside, Reader, did_you_mean};
use super::{Known, length};

/// What is known of a period; what is `None` was not written.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    pub keep: Option<Located<Length>>,
    pub counted_from: Option<CountedFrom>,
    pub at_least: Option<bool>,
    /// Something was written and is wrong: its fault is recorded, and nothing may be called missing.
    pub broken: bool,
}

impl Terms {
    /// These, and where they say nothing, the others.
    pub(super) fn or(self, others: &Self) -> Self {
        Self {
            keep: self.keep.or_else(|| others.keep.clone()),
            counted_from: self.counted_from.or(others.counted_from),
            at_least: self.at_least.or(others.at_least),
            broken: self.broken || others.broken,
        }
    }
}

/// The keys that state a period, in a class, a purpose or a case.
#[derive(Clone, Copy)]
pub(super) struct Keys<'d> {
    pub class: Option<&'d Located<String>>,
    pub keep: Option<Kept<'d>>,
    pub counted_from: Option<&'d Located<String>>,
    pub at_least: Option<&'d Located<bool>>,
}

/// A period as it is written: a class says a text, a purpose or a case a text or a table.
#[derive(Clone, Copy)]
pub(super) enum Kept<'d> {
    Text(&'d Located<String>),
    TextOrTable(&'d Located<TextOr<LengthTable>>),
}

impl Kept<'_> {
    fn at(self) -> Span {
        match self {
            Self::Text(text) => text.at,
            Self::TextOrTable(either) => either.at,
        }
    }
}

/// The classes, by name.
pub(super) fn classes(document: &Document, reader: &mut Reader<'_>) -> BTreeMap<String, Terms> {
    let Some(classes) = &document.classes else {
        return BTreeMap::new();
    };
    let entries = &classes.value.0;
    entries
        .iter()
        .map(|(name, table)| (name.value.clone(), class(table, reader)))
        .collect()
}

fn class(table: &Located<ClassTable>, reader: &mut Reader<'_>) -> Terms {
    let inside = Inside {
        what: "class",
        at: table.at,
    };
    let hint = "write keep = \"7 years\"";
    let keep = reader.required(table.keep.as_ref(), "keep", inside, hint);
    let mut terms = own(
        Keys {
            class: None,
            keep: keep.map(Kept::Text),
            counted_from: table.counted_from.as_ref(),
            at_least: table.at_least.as_ref(),
        },
        reader,
    );
    terms.broken |= terms.keep.is_none();
    terms
}

/// What a purpose or a case says of its period itself or through its class.
pub(super) fn terms(keys: Keys<'_>, known: &mut Known, reader: &mut Reader<'_>) -> Terms {
    let Some(class) = keys.class else {
        return own(keys, reader);
    };
    refuse_beside_class(keys, class, reader);
    known.used_classes.insert(class.value.clone());
    if let Some(terms) = known.classes.get(&class.value) {
        let keep = terms.keep.clone();
        // A fault about the period of this purpose is shown where the purpose names the class.
        let keep = keep.map(|keep| Located::new(keep.value, class.at));
        return Terms {
            keep,
            ..terms.clone()
        };
    }
    let names = known.classes.keys().cloned();
    let near = nearest(&class.value, names.clone());
    // The class that was meant is not unused as well.
    known.used_classes.extend(near.clone());
    let written: Vec<String> = names.collect();
    let hint = match written.as_slice() {
        [] => "the schedule has no [classes]; write keep = \"…\" here".to_owned(),
        names => format!("the classes of this schedule are {}", names.join(", ")),
    };
    let fault = Fault::error(class.at, format!("there is no class \"{}\"", class.value)).hint(hint);
    reader.missing(known.classes_at, &[&class.value], did_you_mean(fault, near));
    Terms {
        broken: true,
        ..Terms::default()
    }
}

fn refuse_beside_class(keys: Keys<'_>, class: &Located<String>, reader: &mut Reader<'_>) {
    let beside: [(&str, Option<Span>); 3] = [
        ("keep", keys.keep.map(Kept::at)),
        ("counted-from", keys.counted_from.map(|one| one.at)),
        ("at-least", keys.at_least.map(|one| one.at)),
    ];
    for (key, at) in beside {
        if let Some(at) = at {
            let sentence = format!("`{key}` and `class` are both given");
            let fault = Fault::error(at, sentence)
                .label(format!("the class \"{}\" says it", class.value))
                .hint(format!(
                    "remove `{key}`, or remove `class` and write the period here"
                ));
            reader.push(fault);
        }
    }
}

fn own(keys: Keys<'_>, reader: &mut Reader<'_>) -> Terms {
    let keep = keys.keep.map(|kept| length::length(kept, reader));
    let counted_from = keys.counted_from.map(|text| counted_from(text, reader));
    Terms {
        broken: keep == Some(None) || counted_from == Some(None),
        keep: keep.flatten(),
        counted_from: counted_from.flatten(),
        at_least: keys.at_least.map(|yes| yes.value),
    }
}

fn counted_from(text: &Located<String>, reader: &mut Reader<'_>) -> Option<CountedFrom> {
    match text.value.parse::<CountedFrom>() {
        Ok(counted_from) => Some(counted_from),
        Err(error) => {
            reader.push(Fault::error(text.at, error.sentence).hint(error.hint));
            None
        }
    }
}
