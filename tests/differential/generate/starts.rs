//! Start events that fit a schema.

use super::rules;
use crate::civil::{From, Keep};
use crate::rng::Rng;
use crate::world::{Choice, Decision, Key, Kind, Purpose, Start, World};

pub fn start(rng: &mut Rng, world: &World, table: usize, depth: u8) -> Start {
    let date = |rng: &mut Rng, table: usize| rng.below(world.tables[table].dates.len());
    let mut children = world.refs_to(table);
    children.retain(|(child, by)| {
        *child != table && world.tables[*child].refs[*by].decision != Some(Decision::Keeps)
    });
    match rng.below(12) {
        0..=1 if way_up(rng, world, table, table).is_some() => {
            let way = way_up(rng, world, table, table).unwrap_or_default();
            let date = date(rng, world.end_of(table, &way));
            Start::Column { way, date }
        }
        2..=4 if !children.is_empty() => {
            let (child, by) = rng.pick(&children);
            let way = match rng.below(4) {
                0 => way_up(rng, world, child, table).unwrap_or_default(),
                _ => Vec::new(),
            };
            let Some(date) = rules::date(rng, world, world.end_of(child, &way)) else {
                return own(rng, world, table);
            };
            Start::Related {
                latest: !rng.once_in(3),
                child,
                by,
                date,
                way,
                only: rng.once_in(3).then(|| rules::condition(rng, 1)),
                if_none: rng
                    .once_in(3)
                    .then(|| Box::new(start(rng, world, table, depth + 2))),
            }
        }
        5 if depth < 2 => Start::Several {
            latest: rng.once_in(2),
            of: vec![
                start(rng, world, table, depth + 1),
                start(rng, world, table, depth + 1),
            ],
        },
        6 if world.tables[table].key != Key::Pair => {
            Start::Event(rng.pick(&["ended", "ended", "moved"]))
        }
        7..=8 => chosen(rng, world, table).unwrap_or_else(|| own(rng, world, table)),
        _ => own(rng, world, table),
    }
}

fn own(rng: &mut Rng, world: &World, table: usize) -> Start {
    Start::Column {
        way: Vec::new(),
        date: rng.below(world.tables[table].dates.len()),
    }
}

/// An expression over two columns that hold dates in the same way.
fn chosen(rng: &mut Rng, world: &World, table: usize) -> Option<Start> {
    let dates = &world.tables[table].dates;
    let (one, other) = (rng.below(2), rng.below(2));
    let (first, second) = (dates.get(one)?, dates.get(other)?);
    if first.kind == Kind::TwoForms || !first.reads_as(second) {
        return None;
    }
    let case = |rng: &mut Rng, other| Choice::Case(rules::condition(rng, 1), one, other);
    if one == other {
        return Some(Start::Chosen(case(rng, None)));
    }
    Some(Start::Chosen(match rng.below(4) {
        0 => Choice::Coalesce(one, other),
        1 => Choice::Greatest(one, other),
        2 => Choice::Least(one, other),
        _ => case(rng, Some(other)),
    }))
}

/// The purpose lasts as long as rows of other tables refer to the row.
pub fn unused(rng: &mut Rng, world: &World, table: usize, purpose: &mut Purpose) {
    let alone = Start::Unused {
        named: rng.once_in(2),
    };
    let beside = own(rng, world, table);
    let (start, keep) = match rng.below(4) {
        0 => (vec![alone, beside], Keep::Days(30)),
        1 => (vec![beside, alone], Keep::Months(6)),
        _ => (vec![alone], Keep::None),
    };
    purpose.start = match start.as_slice() {
        [one] => one.clone(),
        _ => Start::Several {
            latest: true,
            of: start,
        },
    };
    purpose.cases.clear();
    purpose.length = None;
    purpose.otherwise = Some((keep, From::Event));
}

/// A way up over references that stay; never through `not`, so that nobody is dated by itself.
pub fn way_up(rng: &mut Rng, world: &World, from: usize, not: usize) -> Option<Vec<usize>> {
    let mut way = Vec::new();
    let mut here = from;
    while way.len() < 2 {
        let steps: Vec<usize> = (0..world.tables[here].refs.len())
            .filter(|by| {
                let reference = &world.tables[here].refs[*by];
                reference.parent != not
                    && reference.parent != here
                    && reference.decision != Some(Decision::Detach)
            })
            .collect();
        if steps.is_empty() || !way.is_empty() && rng.once_in(2) {
            break;
        }
        let by = rng.pick(&steps);
        way.push(by);
        here = world.tables[here].refs[by].parent;
    }
    (!way.is_empty()).then_some(way)
}
