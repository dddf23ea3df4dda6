//! The holds of a rule: conditions on its own rows, and tables whose rows are holds.

use crate::calendar::{CountedFrom, Keep, Term};
use crate::catalog::{ForeignKey, Relation, RelationKind, Table};
use crate::diagnostic::{Fault, Faults, Located};
use crate::schedule::{HoldTable, Length, Period, Rule, Start, StartColumn};

use super::length::BoundLength;
use super::program::{BoundHold, BoundPeriod, BoundStart, HoldBy, HoldRows};
use super::{Surroundings, found, key, purposes, relations, safety, start, unknown_table};

/// Everything that holds rows of this rule.
pub(super) fn bind(
    around: &Surroundings<'_>,
    rule: &Rule,
    table: &Table,
    faults: &mut Faults,
) -> Vec<BoundHold> {
    let mut bound = Vec::new();
    for hold in &rule.holds {
        let by = match (&hold.table, &hold.when) {
            (Some(rows), when) => {
                let rows = Holds {
                    around,
                    rows,
                    table,
                }
                .bind(when.as_ref(), faults);
                rows.map(|rows| HoldBy::Table(Box::new(rows)))
            }
            (None, Some(when)) => purposes::condition(around, when, table, faults).map(HoldBy::Row),
            (None, None) => None,
        };
        bound.extend(by.map(|by| BoundHold {
            placed: None,
            depth: hold.depth,
            by,
        }));
    }
    bound
}

/// One table of holds over one rule's table.
struct Holds<'a> {
    around: &'a Surroundings<'a>,
    rows: &'a HoldTable,
    table: &'a Table,
}

impl Holds<'_> {
    fn bind(
        &self,
        when: Option<&crate::schedule::ConditionText>,
        faults: &mut Faults,
    ) -> Option<HoldRows> {
        let name = &self.rows.table;
        let Some(holds) = self.around.catalog.table(&name.value) else {
            faults.push(unknown_table(self.around.catalog, name));
            return None;
        };
        let fits = self.can_be_locked(holds, faults);
        let relation = self.relation(holds, faults);
        let condition = match when {
            None => Some(None),
            Some(text) => purposes::condition(self.around, text, holds, faults).map(Some),
        };
        let until = match &self.rows.until {
            None => Some(None),
            Some(column) => self.until(column, holds, faults).map(Some),
        };
        let (relation, enforced) = relation?;
        self.index_warning(&relation, holds, faults);
        fits?;
        Some(HoldRows {
            relation,
            enforced,
            when: condition?,
            until: until?,
        })
    }

    /// A hold counts up to the moment of the removal: its table must be one that can be locked.
    fn can_be_locked(&self, holds: &Table, faults: &mut Faults) -> Option<()> {
        let relation = matches!(
            holds.relation,
            RelationKind::Table | RelationKind::Partitioned | RelationKind::SystemVersioned
        );
        let storage = holds.storage.takes_back();
        if relation && storage {
            return Some(());
        }
        let sentence = format!("the rows of {} cannot be locked", holds.name);
        faults.push(Fault::error(self.rows.table.at, sentence).hint(
            "a hold that is placed while rows are removed must be seen: name the table that has the holds, in an \
             engine with transactions; no view, no foreign or virtual table",
        ));
        None
    }

    /// From the table of holds to the rule's table, and whether the database watches over it.
    fn relation(&self, holds: &Table, faults: &mut Faults) -> Option<(Relation, bool)> {
        if self.rows.columns.is_empty() {
            return self.only_reference(holds, faults);
        }
        let columns = columns(holds, &self.rows.columns, faults);
        let named =
            if self.rows.parent_columns.is_empty() {
                key::identifying(self.around, self.table, faults)
                    .map(|key| key.into_iter().map(|column| column.name).collect())
                    .or_else(|| {
                        let sentence = format!("the table {} has no primary key", self.table.name);
                        faults.push(Fault::error(self.rows.table.at, sentence).hint(
                            "say which columns of it the holds name: parent-columns = [\"…\"]",
                        ));
                        None
                    })
            } else {
                self::columns(self.table, &self.rows.parent_columns, faults)
            };
        let (child_columns, parent_columns): (Vec<String>, Vec<String>) = (columns?, named?);
        let text = relations::told(
            relations::text_of_holds(self.around, self.rows, holds, self.table, &parent_columns),
            faults,
        );
        if self.rows.as_text.is_none() && child_columns.len() != parent_columns.len() {
            let sentence = format!(
                "{} columns cannot name the {} of the key of {}",
                child_columns.len(),
                parent_columns.len(),
                self.table.name
            );
            faults.push(Fault::error(self.rows.table.at, sentence).hint(
                "name as many columns, in the order of the key, or say which they name with parent-columns",
            ));
            return None;
        }
        let enforced = holds.foreign_keys.iter().any(|key| {
            key.enforced
                && key.parent == self.table.name
                && key.columns == child_columns
                && key.parent_columns == parent_columns
        });
        let relation = Relation {
            child: holds.name.clone(),
            child_columns,
            parent: self.table.name.clone(),
            parent_columns,
            text: text?.map(Box::new),
        };
        Some((relation, enforced))
    }

    fn only_reference(&self, holds: &Table, faults: &mut Faults) -> Option<(Relation, bool)> {
        let keys = found::keys_from(self.around, holds);
        let ways: Vec<&ForeignKey> = keys
            .iter()
            .filter(|key| key.parent == self.table.name)
            .collect();
        if let [one] = ways.as_slice() {
            let relation = Relation {
                child: holds.name.clone(),
                child_columns: one.columns.clone(),
                parent: self.table.name.clone(),
                parent_columns: one.parent_columns.clone(),
                text: one.text.clone(),
            };
            return Some((relation, one.enforced));
        }
        let sentence = format!(
            "there are {} references from {} to {}",
            ways.len(),
            holds.name,
            self.table.name
        );
        faults.push(Fault::error(self.rows.table.at, sentence).hint(
            "say which of its columns name the held row: columns = [\"record_id\"]; and where it holds rows of several \
             tables, which of its rows are about this one: when = \"record_type = '…'\"",
        ));
        None
    }

    fn until(
        &self,
        column: &StartColumn,
        holds: &Table,
        faults: &mut Faults,
    ) -> Option<BoundPeriod> {
        let dated = start::dated(self.around, column, holds, faults)?;
        let zone = self.around.database.zone;
        Some(BoundPeriod {
            length: BoundLength::Fixed(Term {
                keep: Keep::None,
                counted_from: CountedFrom::Event,
                zone,
            }),
            start: BoundStart::Column {
                hops: Vec::new(),
                column: dated,
            },
            period: Period {
                start: Start::Column(column.clone()),
                keep: Located::new(Length::Fixed(Keep::None), column.column.at),
                counted_from: CountedFrom::Event,
                zone,
                at_least: false,
            },
        })
    }

    fn index_warning(&self, relation: &Relation, holds: &Table, faults: &mut Faults) {
        if holds.has_index_on(&relation.child_columns) {
            return;
        }
        let columns = &relation.child_columns;
        let sentence = format!(
            "no index begins with {} of {}: each look for a hold searches the whole table",
            columns.join(", "),
            holds.name
        );
        let statement = safety::create_index(self.around.dialect, holds, columns);
        faults.push(Fault::warning(self.rows.table.at, sentence).hint(statement));
    }
}

fn columns(table: &Table, names: &[Located<String>], faults: &mut Faults) -> Option<Vec<String>> {
    let found: Vec<Option<String>> = names
        .iter()
        .map(|name| {
            if table.column(&name.value).is_none() {
                faults.push(start::unknown_column(table, name));
                return None;
            }
            Some(name.value.clone())
        })
        .collect();
    found.into_iter().collect()
}
