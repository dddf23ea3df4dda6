//! What one rule does to another: judged when all rules of a database are known.

use crate::catalog::{Relation, TableName};
use crate::diagnostic::{Fault, Span};
use crate::schedule::Rule;

use super::program::{BoundHold, BoundReference, BoundRule, BoundStart, Decision, Hop, Leg};
use super::{Surroundings, freed, purposes};

/// Faults between rules, each with its rule's name.
pub(super) fn check(around: &Surroundings<'_>, rules: &[BoundRule]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for bound in rules {
        let Some(rule) = around.schedule.rule(&bound.name) else {
            continue;
        };
        for reference in every(&bound.references) {
            faults.extend(start_is_cut(rule, reference, rules));
            faults.extend(becomes_due(rule, reference, bound));
        }
        for reference in &bound.references {
            faults.extend(ends_a_hold(rule, reference, bound));
        }
    }
    faults
}

/// All references, on every level.
fn every(references: &[BoundReference]) -> Vec<&BoundReference> {
    references
        .iter()
        .flat_map(|one| std::iter::once(one).chain(every(&one.nested)))
        .collect()
}

/// A reference that becomes NULL can lead nobody to a start event any more.
fn start_is_cut(rule: &Rule, reference: &BoundReference, rules: &[BoundRule]) -> Option<Fault> {
    if reference.decision != Decision::Detach {
        return None;
    }
    let reads = rules.iter().find(|other| {
        let table = &other.table.name;
        let mut ways = purposes::periods(other).flat_map(|period| {
            let mut found = ways(&period.start, table);
            found.extend(up(table, period.length.hops()));
            found
        });
        ways.any(|(from, hop)| from == reference.relation.child && is_cut(&hop, reference))
    })?;
    let sentence = format!(
        "the rule {} counts from a column of {}, and would lose the way to it",
        reads.name, reference.relation.parent
    );
    Some(
        Fault::error(place(rule, &reference.child.name), sentence)
            .hint("decide \"own-rule\": the row that says when another is due stays until that one has gone")
            .in_rule(&rule.name),
    )
}

/// One NULL breaks a reference of several columns, whichever of them it shares with the one that is cut.
fn is_cut(hop: &Hop, reference: &BoundReference) -> bool {
    let freed = |name: &String| reference.frees.iter().any(|one| &one.name == name);
    hop.columns.iter().any(freed)
}

/// A row that is due only once it was freed goes in the same run, and no plan said so: neither the limits nor the
/// approval were asked about it. Another rule's rows have their rule run before (`order.rs`).
fn becomes_due(rule: &Rule, reference: &BoundReference, bound: &BoundRule) -> Option<Fault> {
    if reference.child.name != bound.table.name {
        return None;
    }
    let name = freed::read_by(bound, reference)?;
    let sentence = format!(
        "a condition of this rule reads {name}, which \"detach\" {}: rows would become due while it runs",
        if reference.stand_in.is_some() {
            "changes"
        } else {
            "sets to NULL"
        },
    );
    Some(
        Fault::error(place(rule, &reference.child.name), sentence)
            .hint(
                "decide \"own-rule\" or \"with-parent\"; or let the condition read a column that no removal changes",
            )
            .in_rule(&rule.name),
    )
}

/// Rows that hold one row of the rule and go with another one: the hold would end unlifted while the rule runs, and what
/// it held would go in the same run or in the next, as the batches happen to be cut.
fn ends_a_hold(rule: &Rule, reference: &BoundReference, bound: &BoundRule) -> Option<Fault> {
    let goes = matches!(reference.decision, Decision::WithParent | Decision::AtDue);
    let child = &reference.child.name;
    let holds = bound.holds.iter().filter_map(BoundHold::rows);
    let mut by = holds
        .map(|rows| &rows.relation)
        .filter(|relation| &relation.child == child)
        .peekable();
    // Where it holds the row with which it would go as well, it does not go before it is lifted.
    let along = |one: &Relation| one.child_columns == reference.relation.child_columns;
    if !goes || by.peek().is_none() || by.any(along) {
        return None;
    }
    let columns = reference.relation.child_columns.join(", ");
    let sentence = format!(
        "rows of {child} hold rows of this rule, and would go with others by {columns}: holds would end that nobody lifted"
    );
    Some(
        Fault::error(place(rule, child), sentence)
            .hint("decide \"own-rule\" or \"detach\": a hold is there until it is lifted or has ended")
            .in_rule(&rule.name),
    )
}

/// The steps of a way up, each with the table from which it leads.
fn up(from: &TableName, hops: &[Hop]) -> Vec<(TableName, Hop)> {
    let mut here = from.clone();
    let mut found = Vec::new();
    for hop in hops {
        found.push((here, hop.clone()));
        here = hop.parent.clone();
    }
    found
}

/// The steps up to a start event, each with the table from which it leads.
fn ways(start: &BoundStart, from: &TableName) -> Vec<(TableName, Hop)> {
    match start {
        BoundStart::Column { hops, .. } => up(from, hops),
        BoundStart::Related {
            before,
            last,
            hops,
            otherwise,
            ..
        } => {
            let mut found = up(&last.relation.child, hops);
            let mut here = from.clone();
            for leg in before {
                if let Leg::Up(hop) = leg {
                    found.push((here, hop.clone()));
                }
                here = leg.to().clone();
            }
            found.extend(otherwise.iter().flat_map(|start| ways(start, from)));
            found
        }
        BoundStart::LatestOf(list) | BoundStart::EarliestOf(list) => {
            list.iter().flat_map(|one| ways(one, from)).collect()
        }
        BoundStart::Reported(_) | BoundStart::Unused(_) | BoundStart::Chosen(_) => Vec::new(),
    }
}

fn place(rule: &Rule, child: &TableName) -> Span {
    rule.children
        .iter()
        .find(|(name, _)| {
            let table = name.value.rsplit('.').nth(1).unwrap_or(&name.value);
            name.value == child.table || name.value == child.to_string() || table == child.table
        })
        .map_or(rule.table.at, |(name, _)| name.at)
}
