//! The rows above a row whose holds reach down to it, and what holds them.

use crate::catalog::{Relation, TableName};
use crate::plan::holds::{WayUp, is_within, ways_up_to_holds};
use crate::plan::predicate::HOLDS_DEPTH_MAX;
use crate::resolve::{BoundHold, BoundRule, Hop, Program};
use crate::sql::Lock;

use super::{Climb, Locks};

impl Locks {
    /// Parents whose holds cover these rows, on every level.
    pub(super) fn holds_above(
        &mut self,
        program: &Program,
        table: &TableName,
        path: &[Hop],
        depth: u32,
    ) {
        if depth >= HOLDS_DEPTH_MAX {
            return;
        }
        if let Some(rule) = program.rule_of(table) {
            let all = rule.references.iter().chain(&rule.hanging);
            let within: Vec<Relation> = all
                .filter(|one| is_within(one))
                .map(|one| one.relation.clone())
                .collect();
            if !within.is_empty() {
                self.climb(program, rule, within, path, depth);
                return;
            }
        }
        self.holds_of_parents(program, table, path, depth);
    }

    fn holds_of_parents(&mut self, program: &Program, table: &TableName, path: &[Hop], depth: u32) {
        self.holds_over(program, ways_up_to_holds(program, table), path, depth);
    }

    /// The rows to which some ways lead, and what holds those.
    pub(super) fn holds_over(
        &mut self,
        program: &Program,
        ways: Vec<WayUp<'_>>,
        path: &[Hop],
        depth: u32,
    ) {
        for way in ways {
            let to_parent = [path, &way.hops].concat();
            let mut deep = way
                .parent
                .holds
                .iter()
                .filter(|one| one.is_deep())
                .peekable();
            if deep.peek().is_some() {
                if deep.any(|one| one.rows().is_some()) {
                    self.above(to_parent.clone(), Lock::Update);
                    self.hold_rows(program, way.parent, &to_parent, BoundHold::is_deep);
                } else {
                    self.share(to_parent.clone());
                }
            }
            self.holds_above(program, &way.parent.table.name, &to_parent, depth + 1);
        }
    }

    /// The rows above these in their own table, and what holds each of them.
    fn climb(
        &mut self,
        program: &Program,
        rule: &BoundRule,
        relations: Vec<Relation>,
        path: &[Hop],
        depth: u32,
    ) {
        let mut above = Self::default();
        above.hold_rows(program, rule, &[], BoundHold::is_deep);
        above.holds_of_parents(program, &rule.table.name, &[], depth);
        let held = rule.holds.iter().any(BoundHold::is_deep);
        if !held && above.is_empty() {
            return;
        }
        // Closed before anything is locked, with those that the rows themselves need.
        for table in &above.tables {
            self.close(table);
        }
        let in_tables = !above.children.is_empty();
        self.climbs.push(Climb {
            path: path.to_vec(),
            rows: rule.target(),
            relations,
            lock: if in_tables { Lock::Update } else { Lock::Share },
            above: Box::new(above),
        });
    }
}
