//! Which periods are counted from a column or an event: most dates lie near what they decide.

use crate::civil::{From, Keep, Term};
use crate::world::{Hold, HoldBy, Setting, Start, World};

/// The periods that some rule counts from a column.
pub fn terms(world: &World, table: usize, date: usize, setting: &Setting) -> Vec<Term> {
    let mut found = terms_where(world, setting, |ruled, start| {
        reads(world, ruled, start, (table, date))
    });
    // A hold that ends on that day.
    let ends = |hold: &Hold| matches!(&hold.by, HoldBy::Table { child, until: Some(until), .. } if (*child, *until) == (table, date));
    let rules = world.tables.iter().filter_map(|one| one.rule.as_ref());
    if rules.flat_map(|rule| &rule.holds).any(ends) {
        found.push(Term {
            keep: Keep::None,
            from: From::Event,
            zone: setting.zone,
        });
    }
    found
}

pub fn terms_of_event(world: &World, table: usize, event: &str, setting: &Setting) -> Vec<Term> {
    terms_where(world, setting, |ruled, start| {
        ruled == table && is_event(start, event)
    })
}

/// A rule counts from reports of this event: one that stands where every period has a start of its own counts nothing.
pub fn counts_from(world: &World, table: usize, event: &str) -> bool {
    let rule = world.tables[table].rule.iter();
    rule.flat_map(|rule| &rule.purposes).any(|purpose| {
        let inherited = purpose.otherwise.is_some()
            || purpose.length.is_some()
            || purpose.cases.iter().any(|case| case.start.is_none());
        let cases = purpose.cases.iter().filter_map(|case| case.start.as_ref());
        cases
            .chain(inherited.then_some(&purpose.start))
            .any(|start| is_event(start, event))
    })
}

fn is_event(start: &Start, event: &str) -> bool {
    match start {
        Start::Event(name) => *name == event,
        Start::Several { of, .. } => of.iter().any(|one| is_event(one, event)),
        Start::Related { if_none, .. } => {
            if_none.as_deref().is_some_and(|one| is_event(one, event))
        }
        Start::Column { .. } | Start::Unused { .. } | Start::Chosen(_) => false,
    }
}

fn terms_where(
    world: &World,
    setting: &Setting,
    wanted: impl Fn(usize, &Start) -> bool,
) -> Vec<Term> {
    let mut found = Vec::new();
    for (ruled, rule) in world.tables.iter().enumerate() {
        for purpose in rule.rule.iter().flat_map(|rule| &rule.purposes) {
            for case in &purpose.cases {
                let start = case.start.as_ref().unwrap_or(&purpose.start);
                if wanted(ruled, start) {
                    found.push(purpose.term(case.keep, case.from, setting));
                }
            }
            let Some((keep, from)) = purpose.otherwise.filter(|_| wanted(ruled, &purpose.start))
            else {
                continue;
            };
            let keeps = match &purpose.length {
                None => vec![keep],
                Some(one) if one.months => [1, 6, 24].map(Keep::Months).to_vec(),
                Some(_) => [30, 31, 180, 184].map(Keep::Days).to_vec(),
            };
            let terms = keeps
                .into_iter()
                .map(|keep| purpose.term(keep, from, setting));
            found.extend(terms);
        }
    }
    found
}

fn reads(world: &World, ruled: usize, start: &Start, column: (usize, usize)) -> bool {
    match start {
        Start::Column { way, date } => (world.end_of(ruled, way), *date) == column,
        Start::Several { of, .. } => of.iter().any(|one| reads(world, ruled, one, column)),
        Start::Chosen(choice) => ruled == column.0 && choice.columns().contains(&column.1),
        Start::Unused { .. } | Start::Event(_) => false,
        Start::Related {
            child,
            way,
            date,
            if_none,
            ..
        } => {
            (world.end_of(*child, way), *date) == column
                || if_none
                    .as_deref()
                    .is_some_and(|start| reads(world, ruled, start, column))
        }
    }
}
