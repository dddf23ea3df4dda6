//! The references to a disposed table: every one needs a decision.

use crate::catalog::{Deletion, Table};
use crate::diagnostic::{Fault, Faults, Located, Span};
use crate::schedule::{ChildDecision, Disposition, Rule};

use super::found::{Found, found_for};
use super::program::{BoundReference, Decision};
use super::users::is_user;
use super::{Surroundings, freed, key, purposes, safety, stand_in};

/// A deeper chain of children is a circle, or nobody can read it.
const DEPTH_MAX: usize = 16;

pub(super) fn bind(
    around: &Surroundings<'_>,
    rule: &Rule,
    table: &Table,
    faults: &mut Faults,
) -> References {
    let mut deciding = Deciding {
        around,
        rule,
        used: vec![false; rule.children.len()],
        hanging: Vec::new(),
        faults,
    };
    let decided = deciding.level(table, 0);
    deciding.one_whole_tree(&decided);
    deciding.unused();
    References {
        decided,
        hanging: deciding.hanging,
    }
}

/// The references to a rule's table.
pub(super) struct References {
    /// Those about which the rule, or a purpose of it, says something.
    pub decided: Vec<BoundReference>,
    /// Those for which nothing needs to be decided, since the row stays: holds reach over them all the same.
    pub hanging: Vec<BoundReference>,
}

struct Deciding<'a, 'f> {
    around: &'a Surroundings<'a>,
    rule: &'a Rule,
    used: Vec<bool>,
    hanging: Vec<BoundReference>,
    faults: &'f mut Faults,
}

/// The rule takes rows of this table along, over some reference.
pub(super) fn goes_with(around: &Surroundings<'_>, rule: &Rule, child: &Table) -> bool {
    let names = |written: &str| {
        let found = around.catalog.table(written);
        found.is_some_and(|table| table.name == child.name)
    };
    let meant = |written: &str| {
        names(written) || written.rsplit_once('.').is_some_and(|(one, _)| names(one))
    };
    rule.children.iter().any(|(name, decision)| {
        let goes = matches!(
            decision.value,
            ChildDecision::WithParent | ChildDecision::AtDue
        );
        goes && meant(&name.value)
    })
}

/// Rows of one rule would wait for each other's children: one run would not be enough, nor could a plan say how many.
pub(super) fn among_themselves(child: &Table, at: Span) -> Fault {
    let sentence = format!(
        "rows of {} go along with other rows of this rule",
        child.name
    );
    Fault::error(at, sentence).hint(
        "decide \"with-parent\" for this reference too: what two rows share goes when both are due; or \"detach\"",
    )
}

impl Deciding<'_, '_> {
    /// A row that goes as a whole with two rows above it, one of which stays, would be torn from that one.
    fn one_whole_tree(&mut self, decided: &[BoundReference]) {
        let trees: Vec<&BoundReference> = decided.iter().filter(|one| one.is_tree()).collect();
        let whole = |one: &&&BoundReference| one.decision == Decision::WithParent;
        let (Some(one), true) = (trees.iter().find(whole), trees.len() > 1) else {
            return;
        };
        let table = &one.child.name;
        let at = self.rule.children.iter().find(|(name, _)| {
            let alone = name.value.rsplit_once('.').map_or("", |(table, _)| table);
            self.names(&name.value, table) || self.names(alone, table)
        });
        let at = at.map_or(self.rule.table.at, |(name, _)| name.at);
        let sentence = format!("the table {table} refers to itself by more than one column");
        self.faults.push(Fault::error(at, sentence).hint(
            "decide \"own-rule\" for each of them, or \"detach\" for all but one: a row that goes as a whole with one \
             row would be torn from the other",
        ));
    }

    fn level(&mut self, parent: &Table, depth: usize) -> Vec<BoundReference> {
        // An anonymised row keeps its key: whatever refers to it still finds it.
        let must_decide = depth > 0 || self.rule.disposition == Disposition::Delete;
        let mut bound = Vec::new();
        for found in found_for(self.around, parent) {
            match self.decision(&found) {
                Some((decision, name)) if depth < DEPTH_MAX => {
                    bound.extend(self.decided(found, decision, &name, parent, depth));
                }
                Some((_, Located { at, .. })) => self.faults.push(
                    Fault::error(at, "the children go deeper than 16 levels")
                        .hint("end the chain with \"own-rule\" or \"detach\""),
                ),
                None if depth == 0
                    && found.child.name != parent.name
                    && is_user(self.around, self.rule, &found) =>
                {
                    self.index_warning(&found, self.rule.table.at);
                    bound.extend(found.keeping(self.around, self.faults));
                }
                None if must_decide => self.undecided(&found, parent),
                None => {
                    let hanging =
                        found.hanging(self.around, &mut vec![parent.name.clone()], self.faults);
                    self.hanging.extend(hanging);
                }
            }
        }
        bound
    }

    /// The decision for a reference: "table.column" before "table".
    fn decision(&mut self, found: &Found<'_>) -> Option<(ChildDecision, Located<String>)> {
        let exact = |name: &str| {
            name.rsplit_once('.').is_some_and(|(table, column)| {
                found.key.columns.iter().any(|one| one == column)
                    && self.names(table, &found.child.name)
            })
        };
        let whole = |name: &str| self.names(name, &found.child.name);
        let children = &self.rule.children;
        let index = children
            .iter()
            .position(|(name, _)| exact(&name.value))
            .or_else(|| children.iter().position(|(name, _)| whole(&name.value)))?;
        self.used[index] = true;
        let (name, decision) = &children[index];
        Some((decision.value, name.clone()))
    }

    fn names(&self, written: &str, table: &crate::catalog::TableName) -> bool {
        self.around
            .catalog
            .table(written)
            .is_some_and(|found| &found.name == table)
    }

    fn decided(
        &mut self,
        found: Found<'_>,
        decision: ChildDecision,
        name: &Located<String>,
        parent: &Table,
        depth: usize,
    ) -> Option<BoundReference> {
        let at = name.at;
        let itself = found.child.name == parent.name;
        if itself && !self.may_refer_to_itself(&found, decision, at, depth) {
            return None;
        }
        self.check_rule(found.child, decision, itself, at);
        let decision = match decision {
            ChildDecision::WithParent => Decision::WithParent,
            ChildDecision::AtDue => Decision::AtDue,
            ChildDecision::OwnRule | ChildDecision::Stays => Decision::OwnRule,
            ChildDecision::Detach => Decision::Detach,
        };
        let to = self.rule.detach_to.iter().find(|(one, _)| one == name);
        let (frees, stand_in) = match (decision, to) {
            (Decision::Detach, Some((_, to))) => {
                let (column, to) = stand_in::bind(self.around, &found, name, to, self.faults)?;
                (vec![column], Some(to))
            }
            (Decision::Detach, None) => {
                let columns = freed::columns(self.around, &found, name, self.faults)?;
                (columns, None)
            }
            (Decision::WithParent | Decision::AtDue | Decision::OwnRule, _) => (Vec::new(), None),
        };
        let child_key = if itself {
            self.natural_key(&found, at)
        } else {
            self.child_key(&found, decision, at)
        }?;
        if let Some(column) = frees.iter().find(|one| child_key.contains(one)) {
            let sentence = format!(
                "{} identifies the rows of {}",
                column.name, found.child.name
            );
            self.faults.push(Fault::error(at, sentence).hint(
                "a row cannot be found again by a key that changes: decide \"with-parent\" or \"own-rule\"",
            ));
        }
        let goes = matches!(decision, Decision::WithParent | Decision::AtDue);
        let nested = if goes && !itself {
            safety::check_child(self.around, self.rule, found.child, at, self.faults);
            self.level(found.child, depth + 1)
        } else {
            Vec::new()
        };
        let when = match found.declared.and_then(|one| one.when.as_ref()) {
            Some(text) => Some(purposes::condition(
                self.around,
                text,
                found.child,
                self.faults,
            )?),
            None => None,
        };
        self.index_warning(&found, at);
        Some(BoundReference {
            relation: found.relation(),
            child: found.child.clone(),
            child_key,
            decision,
            // The rows below a row are due when it goes, and go in the same transaction.
            due_ones_go_along: itself && decision == Decision::OwnRule,
            enforced: found.key.enforced,
            when,
            frees,
            stand_in,
            nested,
        })
    }

    /// Which decisions fit a table that refers to itself: its rows are all under the same rule.
    fn may_refer_to_itself(
        &mut self,
        found: &Found<'_>,
        decision: ChildDecision,
        at: Span,
        depth: usize,
    ) -> bool {
        let sentence = format!("the table {} refers to itself", found.child.name);
        let typed = found.declared.is_some_and(|one| one.when.is_some());
        let by_text = found.key.text.is_some();
        let hint = match decision {
            ChildDecision::Detach => return true,
            ChildDecision::AtDue | ChildDecision::Stays => {
                "decide \"own-rule\" (a row waits for those below it), \"with-parent\" (all go together) or \"detach\""
            }
            ChildDecision::WithParent | ChildDecision::OwnRule if depth > 0 => {
                "decide \"detach\": the rows of a table that goes along go with the row they hang from; or give the table \
                 a rule of its own"
            }
            ChildDecision::WithParent | ChildDecision::OwnRule if typed => {
                "decide \"detach\": a reference by (type, id) to its own table is followed no further"
            }
            ChildDecision::WithParent | ChildDecision::OwnRule if by_text => {
                "decide \"detach\": a reference by a text to its own table is followed no further"
            }
            ChildDecision::WithParent | ChildDecision::OwnRule => return true,
        };
        self.faults.push(Fault::error(at, sentence).hint(hint));
        false
    }

    fn child_key(
        &mut self,
        found: &Found<'_>,
        decision: Decision,
        at: Span,
    ) -> Option<Vec<crate::catalog::Column>> {
        if decision == Decision::OwnRule {
            return Some(Vec::new());
        }
        self.natural_key(found, at)
    }

    fn natural_key(&mut self, found: &Found<'_>, at: Span) -> Option<Vec<crate::catalog::Column>> {
        let before = self.faults.errors();
        let key = key::identifying(self.around, found.child, self.faults);
        if key.is_none() && self.faults.errors() == before {
            let remedy = format!(
                "its rows could not be counted one by one: give the table a primary key, or say what identifies them, in \
                 [[databases.{}.keys]]: table = \"{}\", columns = […]; or give it a rule of its own with a `key`",
                self.around.database.name,
                self.around.catalog.written(&found.child.name)
            );
            self.faults.push(key::missing(found.child, at, &remedy));
        }
        key
    }

    /// Whether the table has a rule decides which decisions there are for its rows.
    fn check_rule(&mut self, child: &Table, decision: ChildDecision, itself: bool, at: Span) {
        let name = &child.name;
        let own = self.has_rule(name);
        let fault = match decision {
            _ if itself => return,
            ChildDecision::Detach => return,
            ChildDecision::OwnRule | ChildDecision::Stays
                if !own && goes_with(self.around, self.rule, child) =>
            {
                among_themselves(child, at)
            }
            ChildDecision::OwnRule if own || self.goes_with_another(name) => return,
            ChildDecision::OwnRule => {
                Fault::error(at, format!("the table {name} has no rule of its own")).hint(
                    "add a rule for it; or decide \"with-parent\", or \"stays\" where its rows are to keep this one \
                     for as long as they are there",
                )
            }
            ChildDecision::Stays | ChildDecision::WithParent | ChildDecision::AtDue if !own => {
                return;
            }
            ChildDecision::Stays => {
                Fault::error(at, format!("the table {name} has a rule of its own"))
                    .hint("decide \"own-rule\": the row waits until that rule has removed them")
            }
            ChildDecision::WithParent | ChildDecision::AtDue => {
                Fault::error(at, format!("the table {name} has a rule of its own")).hint(
                    "decide \"own-rule\": its rows would go with their parent while a purpose or a hold of their own \
                     keeps them",
                )
            }
        };
        self.faults.push(fault);
    }

    /// Its rows go along with those of some rule, which may be the parents of another reference.
    fn goes_with_another(&self, child: &crate::catalog::TableName) -> bool {
        let Some(child) = self.around.catalog.get(child) else {
            return false;
        };
        self.around
            .schedule
            .rules_of(&self.around.database.name.value)
            .any(|rule| goes_with(self.around, rule, child))
    }

    fn has_rule(&self, table: &crate::catalog::TableName) -> bool {
        self.around
            .schedule
            .rules_of(&self.around.database.name.value)
            .any(|rule| self.names(&rule.table.value, table))
    }

    fn index_warning(&mut self, found: &Found<'_>, at: Span) {
        if !found.child.has_index_on(&found.key.columns) {
            let statement =
                safety::create_index(self.around.dialect, found.child, &found.key.columns);
            self.faults.push(
                Fault::warning(
                    at,
                    format!(
                        "no index begins with {} of {}: each removal searches the whole table",
                        found.key.columns.join(", "),
                        found.child.name
                    ),
                )
                .hint(statement),
            );
        }
    }

    fn undecided(&mut self, found: &Found<'_>, parent: &Table) {
        let written = self.around.catalog.written(&found.child.name);
        let cascade = match found.key.on_delete {
            Deletion::Cascade => "; ON DELETE CASCADE would remove its rows uncounted",
            Deletion::SetNull | Deletion::SetDefault => {
                "; the database would change its rows uncounted"
            }
            Deletion::NoAction | Deletion::Restrict => "",
        };
        let sentence = format!(
            "{written}.{} refers to {} and has no decision{cascade}",
            found.key.columns.join(", "),
            self.around.catalog.written(&parent.name),
        );
        let hint = self.possible_decisions(found, parent, &written);
        // Two ways lead to a table that refers to its parent twice.
        self.faults
            .push_once(Fault::error(self.rule.table.at, sentence).hint(hint));
    }

    /// What can be decided for this reference: only what would be accepted.
    fn possible_decisions(&self, found: &Found<'_>, parent: &Table, written: &str) -> String {
        let child = found.child;
        let references = found_for(self.around, parent);
        let others = references
            .iter()
            .filter(|other| other.child.name == child.name);
        let name = match found.key.columns.first() {
            Some(column) if others.count() > 1 => format!("{written}.{column}"),
            _ => written.to_owned(),
        };
        let own = self.has_rule(&child.name);
        let mut words = if own {
            vec!["\"own-rule\""]
        } else {
            vec!["\"with-parent\"", "\"at-due\"", "\"stays\""]
        };
        if !own && self.goes_with_another(&child.name) {
            words.push("\"own-rule\"");
        }
        if freed::can_be(found) {
            words.push("\"detach\"");
        }
        let last = words.pop().unwrap_or_default();
        let list = if words.is_empty() {
            last.to_owned()
        } else {
            format!("{} or {last}", words.join(", "))
        };
        let more = if own || list.contains("own-rule") {
            String::new()
        } else {
            format!("; or give {written} a rule, and decide \"own-rule\"")
        };
        format!("add to [rules.children]: \"{name}\" = {list}{more}")
    }

    fn unused(&mut self) {
        for (index, (name, _)) in self.rule.children.iter().enumerate() {
            if self.used[index] {
                continue;
            }
            let table = name.value.as_str();
            let known = self.around.catalog.table(table).is_some();
            let sentence = if known {
                format!("{name} does not refer to {}", self.rule.table)
            } else {
                format!("{name} is no table that refers to {}", self.rule.table)
            };
            self.faults.push(Fault::error(name.at, sentence).hint(
                match self.around.catalog.nearest(table) {
                    Some(near) if !known => format!("did you mean {near}?"),
                    _ => "declare a reference that the schema does not know in [[databases.<name>.relations]]"
                        .to_owned(),
                },
            ));
        }
    }
}
