//! Start events: names become columns, paths become joins.

use chrono_tz::Tz;

use crate::catalog::{Catalog, ColumnKind, ForeignKey, Relation, Table};
use crate::diagnostic::{Fault, Faults, Located};
use crate::schedule::{IfNone, Literal, Start, StartColumn};
use crate::sql::{Expr, Value};

use super::encoding;
use super::program::{BoundStart, Dated, Hop};
use super::{Surroundings, purposes, references, unknown_table};

pub(super) fn bind(
    around: &Surroundings<'_>,
    start: &Start,
    table: &Table,
    faults: &mut Faults,
) -> Option<BoundStart> {
    match start {
        Start::Column(column) => by_column(around, column, table, faults),
        Start::Related {
            aggregate,
            column,
            only,
            if_none,
        } => {
            let Related {
                child,
                relation,
                enforced,
                when,
                hops,
                dated: last,
            } = related(around, column, table, faults)?;
            let dated = dated(around, column, last, faults)?;
            let only = match only {
                Some(text) => Some(purposes::condition(around, text, child, faults)?),
                None => None,
            };
            // A row of another type is nobody's related row.
            let only = match (when, only) {
                (Some(when), Some(only)) => Some(Expr::all([when, only])),
                (when, only) => when.or(only),
            };
            let otherwise = match &if_none.value {
                IfNone::Keep => None,
                IfNone::Use(start) => Some(Box::new(bind(around, start, table, faults)?)),
            };
            Some(BoundStart::Related {
                aggregate: *aggregate,
                relation,
                hops,
                enforced,
                column: Box::new(dated),
                only,
                otherwise,
            })
        }
        Start::LatestOf(list) => all(around, list, table, faults).map(BoundStart::LatestOf),
        Start::EarliestOf(list) => all(around, list, table, faults).map(BoundStart::EarliestOf),
    }
}

fn all(
    around: &Surroundings<'_>,
    list: &[Start],
    table: &Table,
    faults: &mut Faults,
) -> Option<Vec<BoundStart>> {
    // Every one is looked at, so that all faults are told at once.
    let bound: Vec<_> = list
        .iter()
        .map(|start| bind(around, start, table, faults))
        .collect();
    bound.into_iter().collect()
}

fn by_column(
    around: &Surroundings<'_>,
    column: &StartColumn,
    table: &Table,
    faults: &mut Faults,
) -> Option<BoundStart> {
    let mut hops = Vec::new();
    let mut here = table;
    for step in &column.via {
        let hop = follow(around, step, here, faults)?;
        let Some(parent) = around.catalog.get(&hop.parent) else {
            faults.push(outside(step, &hop));
            return None;
        };
        here = parent;
        hops.push(hop);
    }
    if let Some(named) = &column.table {
        let wanted = known_table(around.catalog, named, faults)?;
        if wanted.name != here.name && hops.is_empty() {
            hops.push(only_way(around, named, table, wanted, faults)?);
            here = wanted;
        } else if wanted.name != here.name {
            faults.push(
                Fault::error(
                    named.at,
                    format!("the way leads to {}, not to {}", here.name, wanted.name),
                )
                .hint("`via` names the foreign keys from the rule's table to the table of the start event, in order"),
            );
            return None;
        }
    }
    let column = dated(around, column, here, faults)?;
    Some(BoundStart::Column { hops, column })
}

fn outside(step: &[Located<String>], hop: &Hop) -> Fault {
    let at = step
        .first()
        .map_or(crate::diagnostic::Span { start: 0, end: 0 }, |one| one.at);
    Fault::error(at, format!("the table {} cannot be seen", hop.parent))
        .hint("the role needs the right to read it")
}

fn known_table<'a>(
    catalog: &'a Catalog,
    name: &Located<String>,
    faults: &mut Faults,
) -> Option<&'a Table> {
    let found = catalog.table(&name.value);
    if found.is_none() {
        faults.push(unknown_table(catalog, name));
    }
    found
}

/// The foreign key that these columns form.
fn follow(
    around: &Surroundings<'_>,
    step: &[Located<String>],
    here: &Table,
    faults: &mut Faults,
) -> Option<Hop> {
    let mut known = true;
    for name in step {
        if here.column(&name.value).is_none() {
            faults.push(unknown_column(here, name));
            known = false;
        }
    }
    if !known {
        return None;
    }
    let keys = references::keys_from(around, here);
    let fits = |key: &&ForeignKey| {
        key.columns.len() == step.len() && step.iter().all(|one| key.columns.contains(&one.value))
    };
    let mut found = keys.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(key), None) => hop(around, here, key, faults),
        (Some(_), Some(_)) => {
            faults.push(step_fault(step, here, "is more than one foreign key"));
            None
        }
        (None, _) => {
            faults.push(step_fault(step, here, "is no foreign key"));
            None
        }
    }
}

fn step_fault(step: &[Located<String>], here: &Table, what: &str) -> Fault {
    let names: Vec<&str> = step.iter().map(|one| one.value.as_str()).collect();
    let at = step
        .first()
        .map_or(crate::diagnostic::Span { start: 0, end: 0 }, |one| one.at);
    Fault::error(at, format!("{} of {} {what}", names.join(", "), here.name)).hint(
        "declare a reference that the schema does not know in [[databases.<name>.relations]]; write the columns of a \
         composite key together, as in \"(tenant_id, vacancy_id)\"",
    )
}

fn hop(
    around: &Surroundings<'_>,
    child: &Table,
    key: &ForeignKey,
    faults: &mut Faults,
) -> Option<Hop> {
    Some(Hop {
        when: references::when_of(around, child, key, faults)?,
        columns: key.columns.clone(),
        parent: key.parent.clone(),
        parent_columns: key.parent_columns.clone(),
    })
}

fn only_way(
    around: &Surroundings<'_>,
    named: &Located<String>,
    from: &Table,
    to: &Table,
    faults: &mut Faults,
) -> Option<Hop> {
    let keys = references::keys_from(around, from);
    let ways: Vec<&ForeignKey> = keys.iter().filter(|key| key.parent == to.name).collect();
    if let [one] = ways.as_slice() {
        return hop(around, from, one, faults);
    }
    let columns: Vec<String> = ways.iter().map(|key| key.columns.join(", ")).collect();
    let fault = Fault::error(
        named.at,
        format!(
            "there are {} foreign keys from {} to {}",
            ways.len(),
            from.name,
            to.name
        ),
    );
    faults.push(fault.hint(if columns.is_empty() {
        "name the way with `via`, or declare the reference in [[databases.<name>.relations]]"
            .to_owned()
    } else {
        format!("say which with `via`: {}", columns.join(" or "))
    }));
    None
}

/// The related table of an aggregate, the reference from it to the rule's table, and the way on to the event.
struct Related<'a> {
    child: &'a Table,
    relation: Relation,
    enforced: bool,
    /// Which of the child's rows refer at all.
    when: Option<Expr>,
    hops: Vec<Hop>,
    /// The table that has the event's column.
    dated: &'a Table,
}

fn related<'a>(
    around: &Surroundings<'a>,
    column: &StartColumn,
    table: &Table,
    faults: &mut Faults,
) -> Option<Related<'a>> {
    let Some(named) = &column.table else {
        faults.push(
            Fault::error(
                column.column.at,
                "an aggregate needs the related table's name",
            )
            .hint("write table.column, as in latest = \"dept_emp.to_date\""),
        );
        return None;
    };
    let dated = known_table(around.catalog, named, faults)?;
    let (first, rest) = match column.via.split_first() {
        Some((first, rest)) => (Some(first.as_slice()), rest),
        None => (None, [].as_slice()),
    };
    let (child, step) = match first {
        Some(step) if !rest.is_empty() => related_by_name(around, step, faults)?,
        Some(step) => (dated, Some(step.to_vec())),
        None => (dated, None),
    };
    let (relation, enforced, when) =
        reference_from(around, named, child, step.as_deref(), table, faults)?;
    let mut here = child;
    let mut hops = Vec::new();
    for step in rest {
        let hop = follow(around, step, here, faults)?;
        let Some(parent) = around.catalog.get(&hop.parent) else {
            faults.push(outside(step, &hop));
            return None;
        };
        here = parent;
        hops.push(hop);
    }
    if here.name != dated.name {
        faults.push(
            Fault::error(
                named.at,
                format!("the way leads to {}, not to {}", here.name, dated.name),
            )
            .hint(
                "`via` begins with the related table and the column by which it refers to the rule's table, and goes \
                 on over foreign keys: via = [\"application.candidate_id\", \"vacancy_id\"]",
            ),
        );
        return None;
    }
    Some(Related {
        child,
        relation,
        enforced,
        when,
        hops,
        dated,
    })
}

/// The first step of a longer way: "table.column" names the related table.
fn related_by_name<'a>(
    around: &Surroundings<'a>,
    step: &[Located<String>],
    faults: &mut Faults,
) -> Option<(&'a Table, Option<Vec<Located<String>>>)> {
    let first = step.first()?;
    let Some((table, column)) = first.value.rsplit_once('.') else {
        faults.push(
            Fault::error(
                first.at,
                format!("{first} does not say of which table it is"),
            )
            .hint("write the related table before the column, as in \"application.candidate_id\""),
        );
        return None;
    };
    let child = known_table(
        around.catalog,
        &Located::new(table.to_owned(), first.at),
        faults,
    )?;
    let mut columns = vec![Located::new(column.to_owned(), first.at)];
    columns.extend(step.iter().skip(1).cloned());
    Some((child, Some(columns)))
}

/// The one reference from a related table to the rule's.
fn reference_from(
    around: &Surroundings<'_>,
    named: &Located<String>,
    child: &Table,
    step: Option<&[Located<String>]>,
    table: &Table,
    faults: &mut Faults,
) -> Option<(Relation, bool, Option<Expr>)> {
    let keys = references::keys_from(around, child);
    let ways: Vec<&ForeignKey> = keys
        .iter()
        .filter(|key| key.parent == table.name)
        .filter(|key| {
            step.is_none_or(|step| step.iter().all(|one| key.columns.contains(&one.value)))
        })
        .collect();
    if let [one] = ways.as_slice() {
        let relation = Relation {
            child: child.name.clone(),
            child_columns: one.columns.clone(),
            parent: table.name.clone(),
            parent_columns: one.parent_columns.clone(),
        };
        let when = references::when_of(around, child, one, faults)?;
        return Some((relation, one.enforced, when));
    }
    faults.push(
        Fault::error(
            named.at,
            format!(
                "there are {} references from {} to {}",
                ways.len(),
                child.name,
                table.name
            ),
        )
        .hint("say which with `via`, or declare the reference in [[databases.<name>.relations]]"),
    );
    None
}

fn dated(
    around: &Surroundings<'_>,
    declared: &StartColumn,
    table: &Table,
    faults: &mut Faults,
) -> Option<Dated> {
    let Some(column) = table.column(&declared.column.value) else {
        faults.push(unknown_column(table, &declared.column));
        return None;
    };
    let zone: Option<Tz> = around.database.column_zone;
    let encoding = match encoding::decide(declared, column, zone) {
        Ok(encoding) => encoding,
        Err(why) => {
            faults.push(Fault::error(declared.column.at, why.sentence).hint(why.hint));
            return None;
        }
    };
    let never = declared
        .never
        .iter()
        .map(|literal| sentinel(literal, column, around))
        .collect();
    Some(Dated {
        column: column.clone(),
        encoding,
        never,
        not_before: declared.not_before,
    })
}

fn sentinel(literal: &Literal, column: &crate::catalog::Column, around: &Surroundings<'_>) -> Expr {
    let value = match literal {
        Literal::Integer(int) if column.kind != ColumnKind::Text => Value::Int(*int),
        Literal::Integer(int) => Value::Text(int.to_string()),
        Literal::Text(text) | Literal::Decimal(text) | Literal::DateTime(text) => {
            Value::Text(text.clone())
        }
        Literal::Boolean(truth) => Value::Bool(*truth),
        Literal::Date(day) => Value::Text(day.to_string()),
    };
    let cast = match value {
        Value::Text(_) => column.cast_for(around.dialect),
        _ => None,
    };
    Expr::Value(value, cast)
}

/// A name that is no column of the table, with the nearest that is.
pub(super) fn unknown_column(table: &Table, name: &Located<String>) -> Fault {
    let fault = Fault::error(
        name.at,
        format!("the table {} has no column {name}", table.name),
    )
    .label("not in the catalogue");
    match table.nearest_column(&name.value) {
        Some(near) => fault.hint(format!("did you mean {near}?")),
        None => {
            let names: Vec<&str> = table.columns.iter().map(|one| one.name.as_str()).collect();
            fault.hint(format!("it has {}", names.join(", ")))
        }
    }
}
