//! What must not change between the last look at a row and its removal.
//!
//! The row itself is locked by whoever removes it; here is what else its condition reads. A row that refers to a
//! locked row by a declared foreign key cannot appear meanwhile, because the database looks for the row that it
//! refers to; where nothing looks, the table is closed to new rows.

use chrono::{DateTime, Utc};

use crate::catalog::{Relation, TableName};
use crate::resolve::{BoundReference, BoundRule, BoundStart, Decision, Hop, Leg, Program};
use crate::sql::Lock;

use super::holds::{hop, ways_to_holds};
use super::proofs::{self, Proof};

/// Children of children that go along where they are due are followed no further down.
const DEPTH_MAX: usize = 8;

/// What a condition reads beside the target row.
#[derive(Debug, Clone, Default)]
pub struct Locks {
    pub parents: Vec<Above>,
    pub children: Vec<Below>,
    /// Rows of which the condition says that they are there.
    pub proofs: Vec<Proof>,
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

/// Rows that refer to the row at the end of a path; to the target itself where the path is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Below {
    pub path: Vec<Hop>,
    pub relation: Relation,
}

impl Locks {
    /// True where the row itself is all that the condition reads.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
            && self.children.is_empty()
            && self.proofs.is_empty()
            && self.tables.is_empty()
    }

    /// For the rows of a rule.
    pub(super) fn of_rule(program: &Program, rule: &BoundRule, now: DateTime<Utc>) -> Self {
        let mut locks = Self {
            proofs: proofs::of_rule(program, rule, now),
            ..Self::default()
        };
        locks.own(program, rule, &[]);
        locks
    }

    /// What decides about the rows of a rule, which stand at the end of `path`.
    fn own(&mut self, program: &Program, rule: &BoundRule, path: &[Hop]) {
        self.dates(rule, path);
        self.holds_above(program, &rule.table.name, path);
        for reference in &rule.references {
            if reference.decision != Decision::OwnRule {
                continue;
            }
            self.below(path, &reference.relation);
            // A child that goes along where it is due: what decides about it decides about its parent.
            if let Some(child) = program.rule_of(&reference.child.name)
                && reference.due_ones_go_along
                && path.len() < DEPTH_MAX
            {
                self.own(
                    program,
                    child,
                    &[path, &[down(&reference.relation)]].concat(),
                );
            }
        }
        self.unwatched(program, &rule.references, &rule.table.primary_key);
    }

    /// For children of a rule's rows that go as soon as those are due.
    pub(super) fn at_due(
        program: &Program,
        rule: &BoundRule,
        reference: &BoundReference,
        now: DateTime<Utc>,
    ) -> Self {
        let mut locks = Self {
            proofs: proofs::at_due(program, rule, reference, now),
            ..Self::default()
        };
        let first = [hop(&reference.relation)];
        locks.dates(rule, &first);
        // Rows that date the parent must not appear: the parent is locked as if it went itself.
        let dated = !locks.children.is_empty();
        let lock = if dated { Lock::Update } else { Lock::Share };
        let parent = Above {
            path: first.to_vec(),
            lock,
        };
        locks.parents.insert(0, parent);
        locks.holds_above(program, &rule.table.name, &first);
        locks.unwatched(program, &reference.nested, &reference.child.primary_key);
        locks
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

    /// Parents whose holds cover these rows, on every level.
    fn holds_above(&mut self, program: &Program, table: &TableName, path: &[Hop]) {
        for way in ways_to_holds(program, table) {
            self.share([path, &way].concat());
        }
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

/// The way from a row to those that refer to it.
fn down(relation: &Relation) -> Hop {
    Hop {
        columns: relation.parent_columns.clone(),
        parent: relation.child.clone(),
        parent_columns: relation.child_columns.clone(),
        when: None,
    }
}
