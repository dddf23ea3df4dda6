//! What keeps a row that is past its date: holds above it, children below it.

use crate::catalog::TableName;
use crate::plan::holds::{WayUp, ways_from_freed_to_holds, ways_up_to_holds};
use crate::resolve::{BoundHold, BoundReference, BoundRule, Decision, HoldBy};
use crate::schedule::Mode;
use crate::sql::{Alias, Expr, Is, Subquery};

use super::joins::exists_child;
use super::tree::{trees, within};
use super::{HOLDS_DEPTH_MAX, Predicates, Way, World, removes_rows};

impl Predicates<'_> {
    /// No hold of the rule's own, and none on a row from which this one hangs.
    pub fn not_held(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let mut terms: Vec<Expr> = rule
            .holds
            .iter()
            .map(|hold| self.free_of(hold, row))
            .collect();
        terms.extend(self.parents_not_held(&rule.table.name, row, 0));
        Expr::all(terms)
    }

    /// The hold covers the row; NULL where its condition is.
    pub fn holds_row(&mut self, hold: &BoundHold, row: Alias) -> Expr {
        match &hold.by {
            HoldBy::Row(condition) => condition.realias(Alias::ROW, row),
            HoldBy::Table(_) => self.free_of(hold, row).negated(),
        }
    }

    /// The hold certainly does not cover the row.
    pub(super) fn free_of(&mut self, hold: &BoundHold, row: Alias) -> Expr {
        let rows = match &hold.by {
            HoldBy::Row(condition) => return condition.realias(Alias::ROW, row).is(Is::False),
            HoldBy::Table(rows) => rows,
        };
        let alias = self.alias();
        let when = rows.when.as_ref().map_or(Expr::Truth(true), |when| {
            when.realias(Alias::ROW, alias).is(Is::NotFalse)
        });
        let lasts = rows.until.as_ref().map_or(Expr::Truth(true), |until| {
            self.period_over(until, alias).is(Is::NotTrue)
        });
        let there = self.hold_is_gone(&rows.relation, alias).is(Is::NotTrue);
        exists_child(&rows.relation, alias, row, Expr::all([when, lasts, there])).negated()
    }

    /// For each way up to rows that a hold may cover: the rule up there, and that no hold reaches down to this row.
    pub fn free_from_above(&mut self, rule: &BoundRule, row: Alias) -> Vec<(String, Expr)> {
        let mut ways = self.other_ways_not_held(&rule.table.name, row, 0);
        let in_tree = self.held_in_tree(rule, row, 0);
        if in_tree != Expr::Truth(false) {
            ways.push((rule.name.clone(), in_tree.negated()));
        }
        ways
    }

    /// Deep holds cover what hangs from the held row.
    pub(super) fn parents_not_held(
        &mut self,
        table: &TableName,
        row: Alias,
        depth: u32,
    ) -> Vec<Expr> {
        let program = self.program;
        if let Some(never) = self.too_large() {
            return vec![never];
        }
        if let Some(rule) = program.rule_of(table)
            && !within(rule).is_empty()
        {
            return vec![self.held_in_tree(rule, row, depth).negated()];
        }
        let ways = self.other_ways_not_held(table, row, depth);
        ways.into_iter().map(|(_, term)| term).collect()
    }

    /// Of rows above in other tables.
    pub(super) fn other_ways_not_held(
        &mut self,
        table: &TableName,
        row: Alias,
        depth: u32,
    ) -> Vec<(String, Expr)> {
        if depth >= HOLDS_DEPTH_MAX {
            return Vec::new();
        }
        let ways = ways_up_to_holds(self.program, table);
        self.not_held_over(ways, row, depth)
    }

    fn not_held_over(
        &mut self,
        ways: Vec<WayUp<'_>>,
        row: Alias,
        depth: u32,
    ) -> Vec<(String, Expr)> {
        let mut terms = Vec::new();
        if depth >= HOLDS_DEPTH_MAX {
            return terms;
        }
        for way in ways {
            let held = self.over_hops_that(Is::NotFalse, &way.hops, row, |this, parent| {
                let deep = way.parent.holds.iter().filter(|hold| hold.is_deep());
                let own: Vec<Expr> = deep.map(|hold| this.free_of(hold, parent)).collect();
                let above = this.parents_not_held(&way.parent.table.name, parent, depth + 1);
                Expr::all(own.into_iter().chain(above)).is(Is::NotTrue)
            });
            if !reads_nothing(&held) {
                terms.push((way.parent.name.clone(), held.negated()));
            }
        }
        terms
    }

    /// A child that has a rule of its own keeps the row.
    pub fn child_stays(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let others = self.kept_by_others(rule, row);
        if trees(rule).next().is_none() {
            return others;
        }
        Expr::any([others, self.tree_stays(rule, row)])
    }

    /// A child in another table keeps the row.
    pub(super) fn kept_by_others(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        let others = rule.references.iter().filter(|one| !one.is_tree());
        let terms: Vec<Expr> = others
            .map(|reference| self.reference_stays(reference, row))
            .collect();
        Expr::any(terms)
    }

    /// A row that refers to this one stays, or something below it does.
    pub fn reference_stays(&mut self, reference: &BoundReference, row: Alias) -> Expr {
        if reference.is_tree() {
            let rule = self.program.rule_of(&reference.relation.child);
            return rule.map_or(Expr::Truth(true), |rule| self.tree_stays(rule, row));
        }
        let alias = self.alias();
        let stays = match reference.decision {
            Decision::OwnRule => self.child_is_not_due(reference, alias),
            // What goes along goes only if nothing keeps it either.
            Decision::WithParent | Decision::AtDue => self.kept_with_its_parent(reference, alias),
            Decision::Detach => Expr::any([
                self.keeps_its_reference(reference, alias),
                self.has_no_stand_in(reference),
            ]),
        };
        if stays == Expr::Truth(false) {
            return stays;
        }
        let mine = reference.when.as_ref().map_or(Expr::Truth(true), |when| {
            when.realias(Alias::ROW, alias).is(Is::NotFalse)
        });
        let keeps = exists_child(&reference.relation, alias, row, Expr::all([mine, stays]));
        match &reference.stand_in {
            // What is detached refers to this row: it would lose it again.
            Some(to) => Expr::any([to.is_row(row), keeps]),
            None => keeps,
        }
    }

    /// The row to which a detached child is to refer instead is not there.
    fn has_no_stand_in(&mut self, reference: &BoundReference) -> Expr {
        let Some(to) = &reference.stand_in else {
            return Expr::Truth(false);
        };
        let alias = self.alias();
        let there = Subquery {
            table: reference.relation.parent.clone(),
            alias,
            joins: Vec::new(),
            condition: to.is.realias(Alias::ROW, alias),
        };
        Expr::Exists(Box::new(there)).negated()
    }

    /// A row that would lose its reference is left as it is, and keeps the row to which it refers: a hold covers it; or
    /// it is one of a person who is to be erased, whose rows are found by it.
    fn keeps_its_reference(&mut self, reference: &BoundReference, row: Alias) -> Expr {
        let program = self.program;
        let child = program.rule_of(&reference.child.name);
        let mut free = Vec::new();
        if let Some(rule) = child {
            free.extend(rule.holds.iter().map(|hold| self.free_of(hold, row)));
            free.push(self.held_in_tree(rule, row, 0).negated());
        }
        let others = ways_from_freed_to_holds(program, reference);
        let above = self.not_held_over(others, row, 0);
        free.extend(above.into_iter().map(|(_, term)| term));
        let held = match Expr::all(free) {
            Expr::Truth(free) => Expr::Truth(!free),
            free => free.is(Is::NotTrue),
        };
        let request = program.request.as_ref();
        // Rows of one table go in one step, and wait for none of them.
        let apart = reference.relation.child != reference.relation.parent;
        let named =
            child.filter(|rule| apart && request.is_some_and(|one| one.is_about(&rule.name)));
        let Some(rule) = named else {
            return held;
        };
        let mut theirs = self.in_scope(rule, row);
        if self.world == World::AfterChildren {
            let gone = self.is_gone_before(&reference.relation, row);
            theirs = Expr::all([theirs, gone.is(Is::NotTrue)]);
        }
        Expr::any([held, theirs])
    }

    /// As things are, every child row stays until it is gone; in a plan, those that the run would remove first do not.
    fn child_is_not_due(&mut self, reference: &BoundReference, alias: Alias) -> Expr {
        if self.world == World::AsItIs && !reference.due_ones_go_along {
            return Expr::Truth(true);
        }
        if reference.due_ones_go_along {
            return match self.program.rule_of(&reference.child.name) {
                Some(child) if child.mode == Mode::Enforce && removes_rows(child) => {
                    let way = Way::Along(&reference.relation);
                    self.removable_by(child, alias, way).is(Is::NotTrue)
                }
                _ => Expr::Truth(true),
            };
        }
        self.is_gone_before(&reference.relation, alias)
            .is(Is::NotTrue)
    }

    /// Due, and neither what refers to the row nor what it dates makes it stay.
    pub fn removable(&mut self, rule: &BoundRule, row: Alias) -> Expr {
        self.removable_by(rule, row, Way::ByItself)
    }

    pub(super) fn removable_by(&mut self, rule: &BoundRule, row: Alias, way: Way<'_>) -> Expr {
        // A row whose going would rest on another of the same rule stays: nobody could say which goes first.
        if self.asking.contains(&rule.name) {
            return Expr::Truth(false);
        }
        if let Some(never) = self.too_large() {
            return never;
        }
        self.asking.push(rule.name.clone());
        let due = self.due(rule, row);
        let follows = self.follows(rule, row);
        let stays = if trees(rule).next().is_some() {
            self.stays_in_tree(rule, row)
        } else {
            let stays = self.child_stays(rule, row);
            Expr::any([stays, self.needed(&rule.table.name, &rule.key, row, way)])
        };
        self.asking.pop();
        Expr::all([due, stays.negated(), follows.negated()])
    }
}

/// A way up to rows that nothing can hold.
fn reads_nothing(held: &Expr) -> bool {
    match held {
        Expr::Exists(query) => reads_nothing(&query.condition),
        Expr::And(terms) => terms.iter().any(reads_nothing),
        Expr::Truth(truth) => !truth,
        _ => false,
    }
}
