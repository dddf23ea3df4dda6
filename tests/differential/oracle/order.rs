//! In which order the rules act, and which children go along because they say when their parent is due.

use std::collections::BTreeSet;

use super::{Decision, Rule, Start, World};

/// Tables with rules: whoever reads a start event before whoever removes its rows, children before parents.
pub fn of(world: &World) -> Option<Vec<usize>> {
    let ruled: Vec<usize> = (0..world.tables.len())
        .filter(|table| world.tables[*table].rule.is_some())
        .collect();
    let mut done: Vec<usize> = Vec::new();
    while done.len() < ruled.len() {
        let next = ruled.iter().find(|table| {
            !done.contains(table)
                && ruled
                    .iter()
                    .all(|other| done.contains(other) || !goes_first(world, *other, **table))
        })?;
        done.push(*next);
    }
    Some(done)
}

/// The rule of one table must act before the rule of another.
fn goes_first(world: &World, one: usize, other: usize) -> bool {
    if one == other {
        return false;
    }
    let (removed, waited_for) = touched(world, other);
    let (removed_by_one, _) = touched(world, one);
    let mut taken = BTreeSet::new();
    taken_along(world, other, &mut taken);
    !waited_for.is_disjoint(&removed_by_one)
        || !reads(world, one).is_disjoint(&removed)
        || !needs(world, one).is_disjoint(&taken)
}

/// The tables whose due rows go along by a rule of their own.
fn taken_along(world: &World, table: usize, taken: &mut BTreeSet<usize>) {
    let others = world.refs_to(table).into_iter();
    for (child, by) in others.filter(|(child, _)| *child != table) {
        if goes_along(world, child, by) {
            taken.insert(child);
        }
        if matches!(
            world.tables[child].refs[by].decision,
            Some(Decision::WithParent | Decision::AtDue)
        ) {
            taken_along(world, child, taken);
        }
    }
}

/// The tables whose rows a rule removes, and those for whose rows it waits.
fn touched(world: &World, table: usize) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let mut removed = BTreeSet::from([table]);
    let mut waited_for = BTreeSet::new();
    below(world, table, &mut removed, &mut waited_for);
    (removed, waited_for)
}

fn below(
    world: &World,
    table: usize,
    removed: &mut BTreeSet<usize>,
    waited_for: &mut BTreeSet<usize>,
) {
    for (child, by) in world
        .refs_to(table)
        .into_iter()
        .filter(|(child, _)| *child != table)
    {
        match world.tables[child].refs[by].decision {
            Some(Decision::WithParent | Decision::AtDue) => {
                removed.insert(child);
                below(world, child, removed, waited_for);
            }
            Some(Decision::Keeps) => {
                waited_for.insert(child);
            }
            Some(Decision::OwnRule) if !goes_along(world, child, by) => {
                waited_for.insert(child);
            }
            _ => {}
        }
    }
}

/// A child with a rule of its own whose rows say when the parent is due: its due rows go along with the parent, unless
/// they form trees. Rows that are detached from others of their table form none.
pub fn goes_along(world: &World, child: usize, by: usize) -> bool {
    let reference = &world.tables[child].refs[by];
    let tree = world.tables[child]
        .tree(child)
        .and_then(|one| world.tables[child].refs[one].decision)
        .is_some_and(|decision| decision != Decision::Detach);
    reference.decision == Some(Decision::OwnRule)
        && !tree
        && reads(world, reference.parent).contains(&child)
}

/// The other tables that the starts of a table's rule read.
pub fn reads(world: &World, table: usize) -> BTreeSet<usize> {
    all_read(world, table, false)
}

/// Those without whose rows there is no start event: `if-none` says nothing else.
fn needs(world: &World, table: usize) -> BTreeSet<usize> {
    all_read(world, table, true)
}

fn all_read(world: &World, table: usize, needed: bool) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    if let Some(rule) = &world.tables[table].rule {
        for start in starts(rule) {
            read(world, table, start, needed, &mut found);
        }
        for length in rule.purposes.iter().filter_map(|one| one.length.as_ref()) {
            follow(world, table, &length.way, &mut found);
        }
    }
    found
}

fn starts(rule: &Rule) -> impl Iterator<Item = &Start> {
    rule.purposes.iter().flat_map(|purpose| {
        let own = purpose.cases.iter().filter_map(|case| case.start.as_ref());
        own.chain([&purpose.start])
    })
}

fn read(world: &World, table: usize, start: &Start, needed: bool, found: &mut BTreeSet<usize>) {
    match start {
        Start::Column { way, .. } => follow(world, table, way, found),
        Start::Several { of, .. } => of
            .iter()
            .for_each(|one| read(world, table, one, needed, found)),
        Start::Unused { .. } | Start::Event(_) | Start::Chosen(_) => {}
        Start::Related {
            if_none: Some(start),
            ..
        } if needed => read(world, table, start, needed, found),
        Start::Related {
            child,
            way,
            if_none,
            ..
        } => {
            found.insert(*child);
            follow(world, *child, way, found);
            if let Some(start) = if_none {
                read(world, table, start, needed, found);
            }
        }
    }
}

fn follow(world: &World, from: usize, way: &[usize], found: &mut BTreeSet<usize>) {
    let mut table = from;
    for step in way {
        table = world.tables[table].refs[*step].parent;
        found.insert(table);
    }
}
