//! What becomes of the rows that refer to a removed row.

use crate::config::document::{DetachTable, RuleTable};
use crate::config::shape::TextOr;
use crate::diagnostic::{Located, Span};
use crate::schedule::{ChildDecision, Literal};

use super::literal::literal;
use super::reader::{Inside, Reader};

/// The decisions of a rule, and the keys of the rows to which detached rows refer instead.
pub(super) struct Children {
    pub decided: Vec<(Located<String>, Located<ChildDecision>)>,
    pub detach_to: Vec<(Located<String>, Located<Literal>)>,
}

pub(super) fn children(table: &RuleTable, reader: &mut Reader<'_>) -> Option<Children> {
    let entries = table.children.as_ref().map(|all| all.0.as_slice());
    let mut sound = true;
    let mut found = Children {
        decided: Vec::new(),
        detach_to: Vec::new(),
    };
    for (child, written) in entries.unwrap_or_default() {
        let decided = decision(written, reader);
        let child = reader.filled(child, "this name of a child table");
        let (Some((decision, to)), Some(child)) = (decided, child) else {
            sound = false;
            continue;
        };
        found
            .detach_to
            .extend(to.map(|literal| (child.clone(), literal)));
        let decision = Located::new(decision, written.at);
        found.decided.push((child, decision));
    }
    sound.then_some(found)
}

fn decision(
    written: &Located<TextOr<DetachTable>>,
    reader: &mut Reader<'_>,
) -> Option<(ChildDecision, Option<Located<Literal>>)> {
    match &written.value {
        TextOr::Text(word) => {
            let word = Located::new(word.clone(), written.at);
            reader.word(&word).map(|decision| (decision, None))
        }
        TextOr::Table(table) => {
            let to = detach_to(table, written.at, reader)?;
            Some((ChildDecision::Detach, Some(to)))
        }
    }
}

fn detach_to(table: &DetachTable, at: Span, reader: &mut Reader<'_>) -> Option<Located<Literal>> {
    let inside = Inside {
        what: "decision",
        at,
    };
    let hint =
        "write { detach-to = 0 }, with the key of the row to which the children refer from then on";
    let value = reader.required(table.detach_to.as_ref(), "detach-to", inside, hint)?;
    literal(value, reader)
}
