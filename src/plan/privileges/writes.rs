//! What is locked, removed and overwritten.

use crate::catalog::TableName;
use crate::plan::locks::Locks;
use crate::plan::proofs::Proof;
use crate::plan::step::{Action, Step};
use crate::resolve::{BoundReference, Decision, Hop};
use crate::sql::{Alias, Dialect, Privilege};

use super::Needs;

impl Needs {
    pub(super) fn write_step(&mut self, step: &Step) {
        let table = &step.target.table;
        self.expr(&step.condition, table);
        match &step.action {
            Action::Delete => {
                self.on(table).whole.insert(Privilege::Delete);
                if !step.stands_alone() || self.dialect == Some(Dialect::Mysql) {
                    self.lock(table);
                }
            }
            Action::Overwrite(rewrite) => {
                self.lock(table);
                for column in rewrite.column_names() {
                    self.on(table).column(Privilege::Update, &column);
                }
                for column in rewrite.reads() {
                    self.select(table, &column.name);
                }
                self.expr(&rewrite.finished(Alias::ROW), table);
            }
        }
        for partition in &step.partitions {
            self.empty(step, &partition.name);
        }
        for reference in &step.bundle {
            self.take_below(step, reference);
        }
        self.locks(step);
        if let Some(reports) = &step.forgets {
            self.on(&reports.table).whole.insert(Privilege::Delete);
            self.proof(table, reports);
        }
    }

    fn empty(&mut self, step: &Step, partition: &TableName) {
        self.expr(&step.condition, partition);
        for key in &step.target.key {
            self.select(partition, &key.name);
        }
        self.select(&step.target.table, "tableoid");
        // With it a table may be locked as well.
        self.on(partition).whole.insert(Privilege::Truncate);
    }

    fn take_below(&mut self, step: &Step, reference: &BoundReference) {
        if !reference.goes_along() {
            return;
        }
        let child = &reference.relation.child;
        if !step.removes_unseen(reference, &reference.nested)
            || self.dialect == Some(Dialect::Mysql)
        {
            self.lock(child);
        }
        if reference.decision == Decision::Detach {
            for column in &reference.frees {
                self.select(child, &column.name);
                self.on(child).column(Privilege::Update, &column.name);
            }
            return;
        }
        self.on(child).whole.insert(Privilege::Delete);
        if reference.is_tree() {
            // A circle is opened before its rows go.
            let freed = reference.relation.child_columns.iter();
            let freed = freed.filter_map(|name| step.table.column(name));
            let in_key = |name: &str| step.target.key.iter().any(|key| key.name == name);
            for column in freed.filter(|one| one.nullable && !in_key(&one.name)) {
                self.on(child).column(Privilege::Update, &column.name);
            }
            return;
        }
        for one in &reference.nested {
            self.take_below(step, one);
        }
    }

    /// Everything that the condition reads is locked before it is asked for the last time.
    fn locks(&mut self, step: &Step) {
        self.locked_from(&step.target.table, &step.locks);
        if self.dialect == Some(Dialect::Postgres) {
            self.closed.extend(step.locks.tables.iter().cloned());
        }
    }

    fn locked_from(&mut self, from: &TableName, locks: &Locks) {
        for above in &locks.parents {
            self.path(from, &above.path);
            for hop in &above.path {
                self.lock(&hop.parent);
            }
        }
        for below in &locks.children {
            let here = self.path(from, &below.path).clone();
            self.path(&here, &[Hop::down(&below.relation)]);
            self.lock(&below.relation.child);
        }
        for climb in &locks.climbs {
            self.path(from, &climb.path);
            for hop in &climb.path {
                self.lock(&hop.parent);
            }
            let table = &climb.rows.table;
            for relation in &climb.relations {
                self.path(table, &[Hop::up(relation)]);
            }
            for column in &climb.rows.key {
                self.select(table, &column.name);
            }
            self.lock(table);
            self.locked_from(table, &climb.above);
        }
        for one in &locks.named {
            self.expr(&one.condition, &one.table);
            self.lock(&one.table);
        }
        for proof in &locks.proofs {
            self.proof(from, proof);
            self.lock(&proof.table);
        }
    }

    fn proof(&mut self, from: &TableName, proof: &Proof) {
        let of = self.path(from, &proof.path).clone();
        let scope = [(Alias::ROW, &proof.table), (Proof::OF, &of)];
        self.scoped(&proof.condition, &scope);
    }
}
