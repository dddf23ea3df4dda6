//! What is read: by every condition, and to walk, to count and to follow references.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::catalog::{Relation, TableName};
use crate::plan::coverage::shares;
use crate::plan::predicate::{Predicates, World};
use crate::plan::questions::{Questions, along};
use crate::plan::step::Step;
use crate::resolve::{
    BoundLength, BoundPurpose, BoundReference, BoundRule, Decision, Hop, Program,
};
use crate::sql::{Alias, Dialect, Expr};

use super::Needs;

/// The two ends of a step from one row to another.
const HERE: Alias = Alias(1);
const THERE: Alias = Alias(2);

impl Needs {
    /// What a plan asks of the rules beside their steps.
    pub(super) fn read_rules(&mut self, program: &Program, now: DateTime<Utc>) {
        for rule in &program.rules {
            let table = &rule.table.name;
            let asked = Questions::of(program, rule, now);
            let asked = [
                asked.held,
                asked.waiting,
                asked.newest,
                asked.undatable,
                asked.uncovered,
                asked.undecided,
            ];
            asked.iter().flatten().for_each(|one| self.expr(one, table));
            shares(rule)
                .iter()
                .for_each(|share| self.expr(&share.condition, table));
            if program.request.is_some() {
                let mut predicates = Predicates::new(program, now, World::AsItIs);
                let others = predicates.is_others_too(rule, Alias::ROW);
                self.expr(&others, table);
            }
            self.lengths(rule);
        }
    }

    /// The periods that stand in columns are read before anything is planned.
    fn lengths(&mut self, rule: &BoundRule) {
        for period in rule.purposes.iter().flat_map(BoundPurpose::periods) {
            if let BoundLength::InColumn(column) = &period.length {
                self.select(&column.table, &column.column.name);
            }
        }
    }

    pub(super) fn read_step(&mut self, step: &Step) {
        let table = &step.target.table;
        self.look(table);
        self.expr(&step.preview, table);
        for key in &step.target.key {
            self.select(table, &key.name);
        }
        for column in &step.recognised {
            self.select(table, &column.name);
        }
        if let Some(driving) = &step.driving {
            self.select(table, &driving.column.name);
        }
        // Rows that lie together are found by the page on which they lie.
        if self.dialect == Some(Dialect::Postgres) && step.may_walk_pages() {
            self.select(table, "ctid");
        }
        // Looked through before it is emptied.
        for partition in &step.partitions {
            self.look(&partition.name);
            self.expr(&step.preview, &partition.name);
        }
        for one in along(step) {
            self.expr(&one.condition, &one.reference.relation.child);
        }
        for reference in &step.bundle {
            self.read_below(step, reference);
        }
    }

    /// The rows that refer to others are found by values of these, and give their keys.
    fn read_below(&mut self, step: &Step, reference: &BoundReference) {
        if !reference.goes_along() {
            return;
        }
        let child = &reference.relation.child;
        self.relation(&reference.relation);
        for key in &reference.child_key {
            self.select(child, &key.name);
        }
        if let Some(when) = &reference.when {
            self.expr(when, child);
        }
        if reference.decision == Decision::Detach {
            return;
        }
        let nested = if reference.is_tree() {
            return self.read_tree(step, reference);
        } else {
            &reference.nested
        };
        for one in nested {
            self.read_below(step, one);
        }
    }

    /// The rows below a row of the same table, and what hangs from them.
    fn read_tree(&mut self, step: &Step, tree: &BoundReference) {
        for one in step.bundle.iter().filter(|one| !one.is_tree()) {
            self.relation(&one.relation);
        }
        self.relation(&tree.relation);
    }

    pub(super) fn relation(&mut self, relation: &Relation) {
        self.hop(&relation.child, &Hop::up(relation));
    }

    /// A way from row to row; the table at its end.
    pub(super) fn path<'a>(&mut self, from: &'a TableName, path: &'a [Hop]) -> &'a TableName {
        let mut here = from;
        for hop in path {
            self.hop(here, hop);
            here = &hop.parent;
        }
        here
    }

    fn hop(&mut self, here: &TableName, hop: &Hop) {
        let scope = [(HERE, here), (THERE, &hop.parent)];
        self.scoped(&hop.link(HERE, THERE), &scope);
    }

    /// A condition about rows of a table.
    pub(super) fn expr(&mut self, expr: &Expr, row: &TableName) {
        self.scoped(expr, &[(Alias::ROW, row)]);
    }

    pub(super) fn scoped(&mut self, expr: &Expr, around: &[(Alias, &TableName)]) {
        let mut scope: HashMap<Alias, TableName> = around
            .iter()
            .map(|(alias, table)| (*alias, (*table).clone()))
            .collect();
        expr.visit(&mut |one| match one {
            Expr::Exists(query) | Expr::AtLeast(_, query) => {
                let joined = query.joins.iter().map(|(table, alias, _)| (table, alias));
                for (table, alias) in joined.chain([(&query.table, &query.alias)]) {
                    scope.insert(*alias, table.clone());
                    self.look(table);
                }
            }
            Expr::Tree(tree) => {
                scope.insert(tree.seed, tree.table.clone());
                self.look(&tree.table);
                self.columns(&scope, tree.row, &tree.key);
                self.columns(&scope, tree.seed, &tree.key);
                for link in &tree.links {
                    self.columns(&scope, tree.seed, &link.gives);
                    self.columns(&scope, tree.seed, &link.meets);
                }
            }
            Expr::Column(alias, name) => {
                self.columns(&scope, *alias, std::slice::from_ref(name));
            }
            Expr::InKeys(list) => {
                let names: Vec<String> =
                    list.columns.iter().map(|(name, _)| name.clone()).collect();
                self.columns(&scope, list.alias, &names);
            }
            Expr::Pages(alias, ..) => self.columns(&scope, *alias, &["ctid".to_owned()]),
            _ => {}
        });
    }

    fn columns(&mut self, scope: &HashMap<Alias, TableName>, of: Alias, names: &[String]) {
        if let Some(table) = scope.get(&of) {
            for name in names {
                self.select(table, name);
            }
        }
    }
}
