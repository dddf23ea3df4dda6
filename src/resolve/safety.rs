//! What would make a count untrue or a removal incomplete: refused before anything runs.

use crate::anonymise::Rewrite;
use crate::catalog::{Catalog, RelationKind, Storage, Table, Trigger};
use crate::diagnostic::{Fault, Faults, Span};
use crate::schedule::{Rule, Start};
use crate::sql::{Alias, Dialect, Sql};

use super::program::{BoundPurpose, BoundReference, BoundStart, Decision};
use super::purposes;
use super::{Surroundings, copies};

/// Everything about the rule's own table.
pub(super) fn check(around: &Surroundings<'_>, rule: &Rule, table: &Table, faults: &mut Faults) {
    let at = rule.table.at;
    kind(table, at, faults);
    storage(rule, table, at, faults);
    triggers(around.catalog, table, at, faults);
    start_indexes(around, rule, table, faults);
}

/// Everything about a table whose rows go with their parent.
pub(super) fn check_child(
    around: &Surroundings<'_>,
    rule: &Rule,
    table: &Table,
    at: Span,
    faults: &mut Faults,
) {
    kind(table, at, faults);
    storage(rule, table, at, faults);
    triggers(around.catalog, table, at, faults);
}

fn kind(table: &Table, at: Span, faults: &mut Faults) {
    let (what, hint) = match table.relation {
        RelationKind::Table | RelationKind::Partitioned => return row_rules(table, at, faults),
        // Refused wherever it is read, too: see `distributed`.
        RelationKind::Distributed => return,
        RelationKind::View => ("a view", "name the table that holds the rows"),
        RelationKind::Foreign => (
            "a foreign table",
            "declare the database that holds the rows and give it a rule there",
        ),
        RelationKind::Virtual => (
            "a virtual table",
            "name the table whose rows it indexes; its triggers keep it in step",
        ),
        RelationKind::SystemVersioned => (
            "a system-versioned table",
            "a removed row would stay in its history: drop the versioning, or purge the history by DELETE HISTORY",
        ),
    };
    faults.push(Fault::error(at, format!("{} is {what}", table.name)).hint(hint));
}

/// Rows that lie on several servers. What a condition reads is locked before it is asked for the last time, and Citus
/// locks a row for us only where the statement names its shard; a page or a run of a key is not one place there.
pub(super) fn distributed(rule: &Rule, tables: &[&Table], faults: &mut Faults) {
    let mut told: Vec<&Table> = Vec::new();
    for table in tables {
        if table.relation != RelationKind::Distributed || told.contains(table) {
            continue;
        }
        told.push(table);
        let sentence = format!("{} is distributed by Citus", table.name);
        faults.push(Fault::error(rule.table.at, sentence).hint(
            "a row that the rule reads or removes must be locked before it is judged, and Citus locks none over all \
             shards: undistribute the table (undistribute_table), or remove its rows by other means; tables that Citus \
             does not manage are served",
        ));
    }
}

fn row_rules(table: &Table, at: Span, faults: &mut Faults) {
    for rule in &table.rewrite_rules {
        faults.push(
            Fault::error(
                at,
                format!(
                    "the rewrite rule {rule} of {} changes what a removal does",
                    table.name
                ),
            )
            .hint(
                "drop the rule, or replace it by a trigger: a removal must remove what it reports",
            ),
        );
    }
}

fn storage(rule: &Rule, table: &Table, at: Span, faults: &mut Faults) {
    let Storage::NotTransactional(engine) = &table.storage else {
        return;
    };
    let sentence = format!("the engine {engine} of {} cannot roll back", table.name);
    let hint = format!(
        "ALTER TABLE {} ENGINE=InnoDB; or say unsafe-engine-that-cannot-roll-back = true: then a failed batch \
         leaves rows removed that no receipt counts",
        table.name
    );
    faults.push(if rule.unsafe_engine {
        Fault::warning(at, sentence)
            .hint("a failed batch leaves rows removed that no receipt counts")
    } else {
        Fault::error(at, sentence).hint(hint)
    });
}

fn triggers(catalog: &Catalog, table: &Table, at: Span, faults: &mut Faults) {
    for trigger in table.triggers.iter().filter(|one| one.on_delete) {
        let told = format!("the trigger {} of {}", trigger.name, table.name);
        if let Some(what) = untrue(trigger, table) {
            faults.push(
                Fault::error(at, format!("{told} {what}: a count would be untrue"))
                    .hint("change the trigger so that a removed row is removed"),
            );
            continue;
        }
        // Our own, which refuses and writes nothing.
        if trigger.is_guard() {
            continue;
        }
        let into: Vec<String> = copies::written_by(trigger, table, catalog)
            .iter()
            .map(|name| catalog.written(name))
            .collect();
        if into.is_empty() {
            faults.push(
                Fault::warning(at, format!("{told} runs with each removal"))
                    .hint("look whether it keeps a copy of the row: what it writes elsewhere is not removed here"),
            );
        } else {
            let sentence = format!("{told} writes into {} with each removal", into.join(", "));
            faults.push(Fault::warning(at, sentence).hint(
                "what it keeps of a row is not removed with it: give that table a rule, or change the trigger",
            ));
        }
    }
}

/// What a trigger can be seen to do that makes a removal something else. What cannot be seen here is caught in the
/// removing transaction, which compares keys and rolls back.
fn untrue(trigger: &Trigger, table: &Table) -> Option<&'static str> {
    let body: String = trigger
        .definition
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let name = table.name.table.to_lowercase();
    let inserts = [
        format!("insert into {name} "),
        format!("insert into {name}("),
        format!("insert into {} ", table.name.to_string().to_lowercase()),
        format!("insert into \"{name}\""),
        format!("insert into `{name}`"),
    ];
    if inserts.iter().any(|one| body.contains(one.as_str())) {
        Some("puts rows back into the table")
    } else if body.contains("raise(ignore") || body.contains("raise (ignore") {
        Some("lets a removal silently not happen")
    } else if trigger.before && trigger.per_row && body.contains("return null") {
        Some("can let a removal silently not happen")
    } else {
        None
    }
}

/// Children that go before their parent must not be the ones that say when the parent is due.
pub(super) fn start_outlives(
    rule: &Rule,
    references: &[BoundReference],
    purposes: &[BoundPurpose],
    faults: &mut Faults,
) {
    let read: Vec<_> = purposes.iter().flat_map(purposes::tables_read).collect();
    for reference in references {
        if reference.decision != Decision::AtDue || !read.contains(&reference.child.name) {
            continue;
        }
        let table = &reference.child.name;
        let written = |name: &str| name == table.table || name == table.to_string();
        let at = rule
            .children
            .iter()
            .find(|(name, _)| written(&name.value))
            .map_or(rule.table.at, |(name, _)| name.at);
        faults.push(
            Fault::error(at, format!("the rows of {table} say when their parent is due"))
                .hint("decide \"with-parent\": gone before their parent, nobody would know when it is due"),
        );
    }
}

/// A start event in the row's own column wants an index.
fn start_indexes(around: &Surroundings<'_>, rule: &Rule, table: &Table, faults: &mut Faults) {
    for purpose in &rule.purposes {
        let periods = purpose
            .cases
            .iter()
            .map(|case| &case.period)
            .chain(purpose.otherwise.as_ref());
        for period in periods {
            if let Start::Column(start) = &period.start
                && start.table.is_none()
                && start.via.is_empty()
                && table.column(&start.column.value).is_some()
                && !table.has_index_on(std::slice::from_ref(&start.column.value))
            {
                faults.push(
                    Fault::warning(
                        start.column.at,
                        format!(
                            "no index begins with {}: finding due rows searches the whole table",
                            start.column
                        ),
                    )
                    .hint(create_index(
                        around.dialect,
                        table,
                        std::slice::from_ref(&start.column.value),
                    )),
                );
            }
        }
    }
}

/// The statement that would create an index.
#[must_use]
pub(super) fn create_index(dialect: Dialect, table: &Table, columns: &[String]) -> String {
    let name = format!("{}_{}", table.name.table, columns.join("_"));
    let mut sql = Sql::new(dialect);
    sql.push(match dialect {
        Dialect::Postgres => "CREATE INDEX CONCURRENTLY ",
        _ => "CREATE INDEX ",
    });
    sql.ident(&name).push(" ON ");
    if dialect == Dialect::Sqlite {
        sql.ident(&table.name.table);
    } else {
        sql.table(&table.name);
    }
    sql.push(" (");
    sql.list(columns, ", ", |sql, column| {
        sql.ident(column);
    });
    sql.push(")");
    sql.text().to_owned()
}

/// A row that is overwritten because a child stays must still be due when the child has gone.
pub(super) fn stays_due(
    rule: &Rule,
    rewrite: &Rewrite,
    purposes: &[BoundPurpose],
    faults: &mut Faults,
) {
    let written = rewrite.column_names();
    let mut read: Vec<String> = Vec::new();
    for purpose in purposes {
        let cases = purpose.cases.iter().map(|case| &case.when);
        for condition in purpose.when.iter().chain(&purpose.unless).chain(cases) {
            read.extend(condition.columns_read(Alias::ROW));
        }
        for period in purpose.periods() {
            own_columns(&period.start, &mut read);
        }
    }
    for name in written.iter().filter(|name| read.contains(name)) {
        let sentence =
            format!("if-a-child-stays overwrites {name}, by which the rule knows its due rows");
        faults.push(Fault::warning(rule.table.at, sentence).hint(
            "see that the row is still due with the new value: else it stays for ever when the child has gone",
        ));
    }
}

/// The columns of the row itself that lead to a start event.
fn own_columns(start: &BoundStart, found: &mut Vec<String>) {
    match start {
        BoundStart::Column { hops, column } => match hops.first() {
            Some(hop) => found.extend(hop.columns.iter().cloned()),
            None => found.push(column.column.name.clone()),
        },
        BoundStart::Related { otherwise, .. } => {
            if let Some(start) = otherwise {
                own_columns(start, found);
            }
        }
        BoundStart::LatestOf(list) | BoundStart::EarliestOf(list) => {
            list.iter().for_each(|one| own_columns(one, found));
        }
        BoundStart::Reported(_) | BoundStart::Unused(_) | BoundStart::Chosen(_) => {}
    }
}
