//! Ways from a rule's rows to the rows that say something about them: up over foreign keys, down to what refers.

use crate::catalog::{Catalog, ForeignKey, Relation, Table, TableName};
use crate::diagnostic::{Fault, Faults, Located, Span};
use crate::schedule::{ConditionText, StartColumn};
use crate::sql::{Dialect, Expr};

use super::link::TextEnd;
use super::program::{Down, Hop, Leg};
use super::start::unknown_column;
use super::{Surroundings, found, purposes, unknown_table};

type Step = [Located<String>];

/// The way from a table's rows up to those of a named table, and that table; to itself where none is named.
pub(super) fn way<'a>(
    around: &Surroundings<'a>,
    named: Option<&Located<String>>,
    via: &[Vec<Located<String>>],
    table: &'a Table,
    faults: &mut Faults,
) -> Option<(Vec<Hop>, &'a Table)> {
    let wanted = match named {
        Some(named) => Some((named, known_table(around.catalog, named, faults)?)),
        None => None,
    };
    let towards = wanted.map(|(_, table)| &table.name);
    let (mut hops, mut here) = up(around, via, table, towards, faults)?;
    if let Some((named, wanted)) = wanted
        && wanted.name != here.name
    {
        if !hops.is_empty() {
            faults.push(leads_elsewhere(named, here, wanted).hint(
                "`via` names the foreign keys from the rule's table to the table of the start event, in order",
            ));
            return None;
        }
        hops.push(only_way(around, named, table, wanted, faults)?);
        here = wanted;
    }
    Some((hops, here))
}

/// Up over foreign keys, each step named.
fn up<'a>(
    around: &Surroundings<'a>,
    via: &[Vec<Located<String>>],
    table: &'a Table,
    towards: Option<&TableName>,
    faults: &mut Faults,
) -> Option<(Vec<Hop>, &'a Table)> {
    let mut hops = Vec::new();
    let mut here = table;
    for (index, step) in via.iter().enumerate() {
        let last = index + 1 == via.len();
        let hop = follow(around, step, here, towards.filter(|_| last), faults)?;
        here = seen(around, step, &hop, faults)?;
        hops.push(hop);
    }
    Some((hops, here))
}

fn seen<'a>(
    around: &Surroundings<'a>,
    step: &Step,
    hop: &Hop,
    faults: &mut Faults,
) -> Option<&'a Table> {
    let found = around.catalog.get(&hop.parent);
    if found.is_none() {
        let sentence = format!("the table {} cannot be seen", hop.parent);
        faults
            .push(Fault::error(place(step), sentence).hint("the role needs the right to read it"));
    }
    found
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

fn leads_elsewhere(named: &Located<String>, here: &Table, wanted: &Table) -> Fault {
    Fault::error(
        named.at,
        format!("the way leads to {}, not to {}", here.name, wanted.name),
    )
}

/// A reference from a table, and which of its rows it is about.
struct Way<'a> {
    key: ForeignKey,
    when: Option<&'a ConditionText>,
}

/// The references from a table: those that the database declares, and those that the schedule does.
fn ways_from<'a>(around: &Surroundings<'a>, table: &Table) -> Vec<Way<'a>> {
    let relations = &around.database.relations;
    let is_its = |name: &Located<String>| {
        let found = around.catalog.table(&name.value);
        found.is_some_and(|found| found.name == table.name)
    };
    let mut conditions = relations
        .iter()
        .filter(|one| is_its(&one.child) && around.catalog.table(&one.parent.value).is_some())
        .map(|one| one.when.as_ref());
    let own = table.foreign_keys.len();
    found::keys_from(around, table)
        .into_iter()
        .enumerate()
        .map(|(index, key)| Way {
            key,
            when: if index < own {
                None
            } else {
                conditions.next().flatten()
            },
        })
        .collect()
}

fn hop(
    around: &Surroundings<'_>,
    way: &Way<'_>,
    child: &Table,
    faults: &mut Faults,
) -> Option<Hop> {
    Some(Hop {
        columns: way.key.columns.clone(),
        parent: way.key.parent.clone(),
        parent_columns: way.key.parent_columns.clone(),
        when: when(around, way, child, faults)?,
        text: way.key.text.clone().map(TextEnd::Here),
    })
}

/// The outer `None` is a fault.
#[expect(
    clippy::option_option,
    reason = "a fault and a condition left out are two answers"
)]
fn when(
    around: &Surroundings<'_>,
    way: &Way<'_>,
    child: &Table,
    faults: &mut Faults,
) -> Option<Option<Expr>> {
    match way.when {
        None => Some(None),
        Some(text) => purposes::condition(around, text, child, faults).map(Some),
    }
}

/// The foreign key that these columns form.
fn follow(
    around: &Surroundings<'_>,
    step: &Step,
    here: &Table,
    towards: Option<&TableName>,
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
    let mut found = ways_from(around, here);
    found.retain(|way| {
        way.key.columns.len() == step.len()
            && step.iter().all(|one| way.key.columns.contains(&one.value))
    });
    if found.len() > 1 {
        // References by (type, id) share their column: the table that is wanted tells them apart.
        found.retain(|way| towards.is_none_or(|wanted| &way.key.parent == wanted));
    }
    match found.as_slice() {
        [way] => hop(around, way, here, faults),
        [] => {
            faults.push(step_fault(step, here, "is no foreign key"));
            None
        }
        _ => {
            faults.push(step_fault(step, here, "is more than one foreign key"));
            None
        }
    }
}

fn step_fault(step: &Step, here: &Table, what: &str) -> Fault {
    let names: Vec<&str> = step.iter().map(|one| one.value.as_str()).collect();
    let sentence = format!("{} of {} {what}", names.join(", "), here.name);
    Fault::error(place(step), sentence).hint(
        "declare a reference that the schema does not know in [[databases.<name>.relations]]; write the columns of a \
         composite key together, as in \"(tenant_id, vacancy_id)\"",
    )
}

fn place(step: &Step) -> Span {
    step.first().map_or(Span { start: 0, end: 0 }, |one| one.at)
}

fn only_way(
    around: &Surroundings<'_>,
    named: &Located<String>,
    from: &Table,
    to: &Table,
    faults: &mut Faults,
) -> Option<Hop> {
    let mut ways = ways_from(around, from);
    ways.retain(|way| way.key.parent == to.name);
    if let [one] = ways.as_slice() {
        return hop(around, one, from, faults);
    }
    let columns: Vec<String> = ways.iter().map(|way| way.key.columns.join(", ")).collect();
    let sentence = format!(
        "there are {} foreign keys from {} to {}",
        ways.len(),
        from.name,
        to.name
    );
    faults.push(
        Fault::error(named.at, sentence).hint(if columns.is_empty() {
            "name the way with `via`, or declare the reference in [[databases.<name>.relations]]"
                .to_owned()
        } else {
            format!("say which with `via`: {}", columns.join(" or "))
        }),
    );
    None
}

/// The way to the related rows of an aggregate, and on to the event.
pub(super) struct Related<'a> {
    /// Before the last leg down.
    pub before: Vec<Leg>,
    /// The last leg down: to the rows that count.
    pub last: Down,
    /// The table of the rows that count.
    pub child: &'a Table,
    /// From those rows up to the event.
    pub hops: Vec<Hop>,
    /// The table that has the event's column.
    pub dated: &'a Table,
}

pub(super) fn related<'a>(
    around: &Surroundings<'a>,
    column: &StartColumn,
    table: &'a Table,
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
    let alone = |step: &Step| !step.iter().any(|one| one.value.contains('.'));
    let only = match column.via.as_slice() {
        [] => Some(None),
        [one] if alone(one) => Some(Some(one.as_slice())),
        _ => None,
    };
    if let Some(step) = only {
        let last = refers(around, named.at, dated, step, table, faults)?;
        return Some(Related {
            before: Vec::new(),
            last,
            child: dated,
            hops: Vec::new(),
            dated,
        });
    }
    walked(around, named, &column.via, table, dated, faults)
}

/// Step by step: a column leads up, "table.column" leads down to the rows of that table that refer by it.
fn walked<'a>(
    around: &Surroundings<'a>,
    named: &Located<String>,
    via: &[Vec<Located<String>>],
    table: &'a Table,
    dated: &'a Table,
    faults: &mut Faults,
) -> Option<Related<'a>> {
    let mut here = table;
    let mut legs = Vec::new();
    let mut tables = Vec::new();
    for (index, step) in via.iter().enumerate() {
        let towards = (index + 1 == via.len()).then_some(&dated.name);
        if let Some((below, columns)) = qualified(around, step, here, faults)? {
            let down = refers(around, place(step), below, Some(&columns), here, faults)?;
            legs.push(Leg::Down(down));
            here = below;
        } else {
            let plain = unqualified(step);
            let hop = follow(around, &plain, here, towards, faults)?;
            here = seen(around, step, &hop, faults)?;
            legs.push(Leg::Up(hop));
        }
        tables.push(here);
    }
    if here.name != dated.name {
        faults.push(leads_elsewhere(named, here, dated).hint(
            "each step of `via` is a column, which leads to the row that it refers to, or \"table.column\", which \
             leads to the rows of that table that refer by it: via = [\"application.candidate_id\", \"vacancy_id\"]",
        ));
        return None;
    }
    let Some(at) = legs.iter().rposition(|leg| matches!(leg, Leg::Down(_))) else {
        faults.push(
            Fault::error(named.at, "this way leads to one row, and not to several")
                .hint("write column = instead, or name a table that refers, as in \"application.candidate_id\""),
        );
        return None;
    };
    let up = legs.split_off(at + 1);
    let Some(Leg::Down(last)) = legs.pop() else {
        return None;
    };
    let hops = up.into_iter().filter_map(|leg| match leg {
        Leg::Up(hop) => Some(hop),
        Leg::Down(_) => None,
    });
    Some(Related {
        before: legs,
        last,
        child: tables[at],
        hops: hops.collect(),
        dated,
    })
}

/// The table that a step names, if that is another than where the step begins, and the bare names of its columns.
/// The outer `None` is a fault.
#[expect(
    clippy::type_complexity,
    reason = "a fault and a step up are two answers"
)]
fn qualified<'a>(
    around: &Surroundings<'a>,
    step: &Step,
    here: &Table,
    faults: &mut Faults,
) -> Option<Option<(&'a Table, Vec<Located<String>>)>> {
    let Some((first, (table, _))) = step
        .first()
        .and_then(|one| Some((one, one.value.rsplit_once('.')?)))
    else {
        return Some(None);
    };
    let name = Located::new(table.to_owned(), first.at);
    let named = known_table(around.catalog, &name, faults)?;
    Some((named.name != here.name).then(|| (named, unqualified(step))))
}

fn unqualified(step: &Step) -> Vec<Located<String>> {
    let bare = |one: &Located<String>| {
        let column = one
            .value
            .rsplit_once('.')
            .map_or(one.value.as_str(), |(_, column)| column);
        Located::new(column.to_owned(), one.at)
    };
    step.iter().map(bare).collect()
}

/// The one reference from a table's rows to those of another.
fn refers(
    around: &Surroundings<'_>,
    at: Span,
    child: &Table,
    step: Option<&Step>,
    parent: &Table,
    faults: &mut Faults,
) -> Option<Down> {
    let mut ways = ways_from(around, child);
    ways.retain(|way| {
        let named =
            step.is_none_or(|step| step.iter().all(|one| way.key.columns.contains(&one.value)));
        way.key.parent == parent.name && named
    });
    let [one] = ways.as_slice() else {
        let sentence = format!(
            "there are {} references from {} to {}",
            ways.len(),
            child.name,
            parent.name
        );
        faults.push(Fault::error(at, sentence).hint(
            "say which with `via`, or declare the reference in [[databases.<name>.relations]]",
        ));
        return None;
    };
    let when = when(around, one, child, faults)?;
    Some(Down {
        enforced: one.key.enforced && waits(around.dialect, &one.key, parent),
        relation: Relation {
            child: child.name.clone(),
            child_columns: one.key.columns.clone(),
            parent: parent.name.clone(),
            parent_columns: one.key.parent_columns.clone(),
            text: one.key.text.clone(),
        },
        when,
    })
}

/// MySQL and MariaDB look for the row that a new reference names in the index that the reference names: a lock on the
/// row does not lock its entry in a second index.
fn waits(dialect: Dialect, key: &ForeignKey, parent: &Table) -> bool {
    !dialect.is_mysql_family() || key.parent_columns == parent.primary_key
}
