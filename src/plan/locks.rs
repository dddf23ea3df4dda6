//! What must not change between the last look at a row and its removal.
//!
//! The row itself is locked by whoever removes it; here is what else its condition reads. A row that refers to a
//! locked row by a declared foreign key cannot appear meanwhile, because the database looks for the row that it
//! refers to; where nothing looks, the table is closed to new rows.

mod above;

use chrono::{DateTime, Utc};

use crate::catalog::{Relation, TableName};
use crate::resolve::{
    BoundHold, BoundReference, BoundRule, BoundStart, Decision, Hop, Leg, Program,
};
use crate::sql::{Expr, Lock, Target};

use super::holds::ways_from_freed_to_holds;
use super::needs::needs;
use super::predicate::ways_within;
use super::proofs::{self, Proof};
use super::shared::others;

/// Children of children that go along where they are due are followed no further down.
const DEPTH_MAX: usize = 8;

/// The program and the moment for which locks are worked out.
#[derive(Clone, Copy)]
struct Reader<'a> {
    program: &'a Program,
    now: DateTime<Utc>,
}

/// What a condition reads beside the target row.
#[derive(Debug, Clone, Default)]
pub struct Locks {
    pub parents: Vec<Above>,
    pub children: Vec<Below>,
    /// Rows above these in a table that refers to itself, as far up as there are any.
    pub climbs: Vec<Climb>,
    /// Rows of which the condition says that they are there.
    pub proofs: Vec<Proof>,
    /// Rows that are the same for every target.
    pub named: Vec<Named>,
    /// Tables whose new rows nobody else keeps away: closed to them while the condition is asked.
    pub tables: Vec<TableName>,
}

/// A row that the target leads to, and every row on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Above {
    pub path: Vec<Hop>,
    /// [`Lock::Update`] where no row may begin to refer to it either.
    pub lock: Lock,
}

/// Rows that must be there, whatever the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    pub table: TableName,
    /// Which of its rows ([`crate::sql::Alias::ROW`]).
    pub condition: Expr,
}

/// Rows that refer to the row at the end of a path; to the target itself where the path is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Below {
    pub path: Vec<Hop>,
    pub relation: Relation,
}

/// The rows to which a path leads, and every row above them in their table; what holds any of them.
#[derive(Debug, Clone)]
pub struct Climb {
    /// From the target; empty: the target itself.
    pub path: Vec<Hop>,
    /// The table that refers to itself, and its key.
    pub rows: Target,
    /// By what it refers to itself.
    pub relations: Vec<Relation>,
    /// How the rows above are locked.
    pub lock: Lock,
    /// What the holds over such a row read, seen from that row.
    pub above: Box<Locks>,
}

impl Locks {
    /// True where the row itself is all that the condition reads.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
            && self.children.is_empty()
            && self.climbs.is_empty()
            && self.proofs.is_empty()
            && self.named.is_empty()
            && self.tables.is_empty()
    }

    /// For the rows of a rule.
    pub(super) fn of_rule(program: &Program, rule: &BoundRule, now: DateTime<Utc>) -> Self {
        let mut locks = Self {
            proofs: proofs::of_rule(program, rule, now),
            ..Self::default()
        };
        let reader = Reader { program, now };
        locks.own(reader, rule, &[], None);
        locks
    }

    /// What decides about the rows of a rule, which stand at the end of `path`, and go along by a relation or by
    /// themselves.
    fn own(
        &mut self,
        reader: Reader<'_>,
        rule: &BoundRule,
        path: &[Hop],
        along: Option<&Relation>,
    ) {
        let program = reader.program;
        self.dates(rule, path);
        self.whose(program, rule, path, 0);
        self.hold_rows(program, rule, path, |_| true);
        self.holds_above(program, &rule.table.name, path, 0);
        self.dated(reader, &rule.table.name, path, along);
        for reference in &rule.references {
            // Rows below in a tree are locked as if they were targets themselves (`disposal/remove.rs`).
            if reference.decision != Decision::OwnRule || reference.is_tree() {
                continue;
            }
            self.below(path, &reference.relation);
            // A child that goes along where it is due: what decides about it decides about its parent.
            if let Some(child) = program.rule_of(&reference.child.name)
                && reference.due_ones_go_along
                && path.len() < DEPTH_MAX
            {
                self.own(
                    reader,
                    child,
                    &[path, &[Hop::down(&reference.relation)]].concat(),
                    Some(&reference.relation),
                );
            }
        }
        self.beside(reader, &rule.references, path);
        self.unwatched(program, &rule.references, &rule.table.primary_key);
    }

    /// What the rows date that go along with these, and with whom they would go as well.
    fn beside(&mut self, reader: Reader<'_>, references: &[BoundReference], path: &[Hop]) {
        for reference in references {
            if reference.decision == Decision::Detach {
                self.freed(reader.program, reference, path);
                self.named
                    .extend(reference.stand_in.as_ref().map(|to| Named {
                        table: reference.relation.parent.clone(),
                        condition: to.is.clone(),
                    }));
            }
            let goes = matches!(reference.decision, Decision::WithParent | Decision::AtDue);
            if goes && !reference.is_tree() {
                let by = &reference.relation;
                let to = [path, &[Hop::down(by)]].concat();
                self.dated(reader, &by.child, &to, Some(by));
                self.shared(reader, by, &to);
                self.holds_above(reader.program, &by.child, &to, 0);
                self.beside(reader, &reference.nested, &to);
            }
        }
    }

    /// What holds rows that lose their reference, and whose they are, where somebody is erased: such a row keeps the one
    /// to which it refers.
    fn freed(&mut self, program: &Program, reference: &BoundReference, path: &[Hop]) {
        let child = program.rule_of(&reference.child.name);
        let request = program.request.as_ref();
        let asked = child.filter(|rule| request.is_some_and(|one| one.is_about(&rule.name)));
        let held = child.is_some_and(|rule| !rule.holds.is_empty());
        let above = ways_from_freed_to_holds(program, reference);
        if asked.is_none() && !held && above.is_empty() {
            return;
        }
        self.below(path, &reference.relation);
        let to = [path, &[Hop::down(&reference.relation)]].concat();
        if let Some(rule) = child {
            self.hold_rows(program, rule, &to, |_| true);
        }
        if let Some(rule) = asked {
            self.whose(program, rule, &to, 0);
        }
        self.holds_above(program, &reference.child.name, &to, 0);
        self.holds_over(program, above, &to, 0);
    }

    /// For children of a rule's rows that go as soon as those are due.
    pub(super) fn at_due(
        program: &Program,
        rule: &BoundRule,
        reference: &BoundReference,
        now: DateTime<Utc>,
    ) -> Self {
        let mut locks = Self::default();
        let reader = Reader { program, now };
        locks.root(reader, rule, &[Hop::up(&reference.relation)]);
        let by = &reference.relation;
        locks.dated(reader, &by.child, &[], Some(by));
        locks.shared(reader, by, &[]);
        locks.holds_above(program, &by.child, &[], 0);
        locks.beside(reader, &reference.nested, &[]);
        locks.unwatched(program, &reference.nested, &reference.child.primary_key);
        locks
    }

    /// Whether the rule's row at the end of a path is due: what dates and holds it, and the row itself.
    fn root(&mut self, reader: Reader<'_>, rule: &BoundRule, path: &[Hop]) {
        let program = reader.program;
        let mut its = Self::default();
        its.dates(rule, path);
        its.whose(program, rule, path, 0);
        its.hold_rows(program, rule, path, |_| true);
        // Rows that date or hold it must not appear: it is locked as if it went itself.
        let dated = !its.children.is_empty();
        let lock = if dated { Lock::Update } else { Lock::Share };
        self.above(path.to_vec(), lock);
        self.parents.append(&mut its.parents);
        its.children.retain(|one| !self.children.contains(one));
        self.children.append(&mut its.children);
        for table in its.tables {
            self.close(&table);
        }
        self.holds_above(program, &rule.table.name, path, 0);
        self.proofs
            .extend(proofs::at(program, rule, reader.now, path));
    }

    /// What says that the rows are those of a person who asked to be erased.
    fn whose(&mut self, program: &Program, rule: &BoundRule, path: &[Hop], depth: usize) {
        for way in ways_within(program, rule) {
            if depth < DEPTH_MAX {
                let up = [path, &way.hops].concat();
                self.share(up.clone());
                self.whose(program, way.parent, &up, depth + 1);
            }
        }
    }

    /// The other parents of rows that go along by a relation.
    fn shared(&mut self, reader: Reader<'_>, relation: &Relation, path: &[Hop]) {
        for other in others(reader.program, relation) {
            let up = other.path.iter().rev().map(|one| Hop::up(&one.relation));
            let to = path.iter().cloned().chain(up).collect::<Vec<Hop>>();
            self.root(reader, other.rule, &to);
        }
    }

    /// The rows that date the rule's rows, which stand at the end of `path`.
    fn dates(&mut self, rule: &BoundRule, path: &[Hop]) {
        for purpose in &rule.purposes {
            for period in purpose.periods() {
                self.start(&period.start, path);
                let hops = period.length.hops();
                if !hops.is_empty() {
                    self.share([path, hops].concat());
                }
            }
        }
    }

    fn start(&mut self, start: &BoundStart, path: &[Hop]) {
        match start {
            // What was reported is locked as a proof.
            BoundStart::Reported(_) | BoundStart::Chosen(_) => {}
            BoundStart::Column { hops, .. } if hops.is_empty() => {}
            BoundStart::Column { hops, .. } => self.share([path, hops].concat()),
            BoundStart::Related {
                before,
                last,
                hops,
                otherwise,
                ..
            } => {
                let there = self.on_the_way(before, path);
                self.below(&there, &last.relation);
                if !hops.is_empty() {
                    // Down to the related rows, then up from them: a way like any other.
                    self.share([there.as_slice(), &[last.hop()], hops].concat());
                }
                if !last.enforced {
                    self.close(&last.relation.child);
                }
                if let Some(start) = otherwise {
                    self.start(start, path);
                }
            }
            BoundStart::LatestOf(list) | BoundStart::EarliestOf(list) => {
                for one in list {
                    self.start(one, path);
                }
            }
            BoundStart::Unused(references) => {
                for reference in references {
                    self.below(path, &reference.relation);
                    if !reference.enforced {
                        self.close(&reference.relation.child);
                    }
                }
            }
        }
    }

    /// The rows that these rows date, and the others that date the same: one of them is changed, and another has to
    /// stay.
    fn dated(
        &mut self,
        reader: Reader<'_>,
        table: &TableName,
        path: &[Hop],
        along: Option<&Relation>,
    ) {
        for need in needs(reader.program, table) {
            if need.is_of(along) {
                continue;
            }
            let up = [path, &need.way_to_the_dated()].concat();
            self.above(up.clone(), Lock::Update);
            self.root(reader, need.rule, &up);
        }
    }

    /// The tables of holds over the rule's rows, which stand at the end of `path` and are locked against new
    /// references.
    fn hold_rows(
        &mut self,
        program: &Program,
        rule: &BoundRule,
        path: &[Hop],
        asked: fn(&BoundHold) -> bool,
    ) {
        for rows in rule
            .holds
            .iter()
            .filter(|one| asked(one))
            .filter_map(BoundHold::rows)
        {
            self.below(path, &rows.relation);
            if !is_watched(
                program,
                rows.enforced,
                &rows.relation,
                &rule.table.primary_key,
            ) {
                self.close(&rows.relation.child);
            }
        }
    }

    /// The rows between a row and those to which related rows refer, and the whole way to the last of them. A row from
    /// which the way goes down is locked as if it went itself: nothing may begin to refer to it.
    fn on_the_way(&mut self, before: &[Leg], path: &[Hop]) -> Vec<Hop> {
        let mut there = path.to_vec();
        for (index, leg) in before.iter().enumerate() {
            there.push(leg.hop());
            let lock = match before.get(index + 1) {
                Some(Leg::Up(_)) => Lock::Share,
                Some(Leg::Down(_)) | None => Lock::Update,
            };
            self.above(there.clone(), lock);
            if let Leg::Down(down) = leg
                && !down.enforced
            {
                self.close(&down.relation.child);
            }
        }
        there
    }

    /// Tables that refer to rows that go, unwatched; `key` is the primary key of the table that they refer to.
    fn unwatched(&mut self, program: &Program, references: &[BoundReference], key: &[String]) {
        for reference in references {
            let watched = is_watched(program, reference.enforced, &reference.relation, key);
            if !watched && reference.decision != Decision::Detach {
                self.close(&reference.relation.child);
            }
            self.unwatched(program, &reference.nested, &reference.child.primary_key);
        }
    }

    fn share(&mut self, path: Vec<Hop>) {
        self.above(path, Lock::Share);
    }

    fn above(&mut self, path: Vec<Hop>, lock: Lock) {
        let above = Above { path, lock };
        if !self.parents.contains(&above) {
            self.parents.push(above);
        }
    }

    fn below(&mut self, path: &[Hop], relation: &Relation) {
        let below = Below {
            path: path.to_vec(),
            relation: relation.clone(),
        };
        if !self.children.contains(&below) {
            self.children.push(below);
        }
    }

    fn close(&mut self, table: &TableName) {
        if !self.tables.contains(table) {
            self.tables.push(table.clone());
        }
    }
}

/// True where the database itself makes a new reference wait for the lock on the row that it refers to. MySQL and
/// MariaDB look for that row in the index that the reference names: a lock on the row does not lock its entry in a
/// second index.
fn is_watched(program: &Program, enforced: bool, relation: &Relation, key: &[String]) -> bool {
    enforced && (!program.dialect.is_mysql_family() || relation.parent_columns == key)
}
