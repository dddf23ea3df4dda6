//! Schedules that fit a schema.

use super::{is_disposed, starts};
use crate::civil::{From, Keep};
use crate::condition::{Cond, Op};
use crate::rng::Rng;
use crate::world::{
    Case, Decision, Hold, HoldBy, Kind, Known, Length, Newest, Overwrite, Purpose, Rule, Then,
    World,
};

/// Which tables have rules, and what becomes of the rows that refer to theirs. Returns the tables with rules.
pub fn dispositions(rng: &mut Rng, world: &mut World) -> Vec<usize> {
    let mut ruled = Vec::new();
    // Tables whose rows go when nobody refers to them any more.
    let mut shared = Vec::new();
    for table in 0..world.tables.len() {
        if rng.below(10) < if table == 0 { 9 } else { 6 } {
            world.tables[table].rule = Some(Rule {
                then: match rng.below(6) {
                    0 => Then::Anonymise(overwrite(rng)),
                    _ => Then::Delete,
                },
                observe: rng.once_in(25),
                holds: Vec::new(),
                newest: None,
                purposes: Vec::new(),
                if_a_child_stays: None,
            });
            ruled.push(table);
            if rng.once_in(5) {
                shared.push(table);
            }
        }
        decide(rng, world, table, &shared);
        decide_tree(rng, world, table);
    }
    for table in &ruled {
        let removes = world.tables[*table]
            .rule
            .as_ref()
            .is_some_and(|one| one.then == Then::Delete);
        let stays = removes && rng.once_in(2) && !world.refs_to(*table).is_empty();
        let holds = holds(rng, world, *table);
        let newest = newest(rng, world, *table);
        let with = overwrite(rng);
        if let Some(rule) = &mut world.tables[*table].rule {
            rule.holds = holds;
            rule.newest = newest;
            rule.if_a_child_stays = stays.then_some(with);
        }
    }
    ruled
}

fn holds(rng: &mut Rng, world: &World, table: usize) -> Vec<Hold> {
    let mut holds = match rng.below(4) {
        0 => vec![HoldBy::Row(Cond::Flag)],
        1 if rng.once_in(2) => vec![HoldBy::Row(condition(rng, 1)), HoldBy::Row(Cond::Flag)],
        _ => Vec::new(),
    };
    let mut children = world.refs_to(table);
    children.retain(|(child, _)| *child != table);
    if !children.is_empty() && rng.once_in(4) {
        let (child, by) = rng.pick(&children);
        let until = date(rng, world, child).filter(|_| rng.once_in(2));
        holds.push(HoldBy::Table {
            child,
            by,
            when: rng.once_in(2).then(|| condition(rng, 1)),
            until,
        });
    }
    let shallow = |rng: &mut Rng| rng.once_in(4);
    holds
        .into_iter()
        .map(|by| Hold {
            by,
            shallow: shallow(rng),
        })
        .collect()
}

/// A column that is read in one form.
pub fn date(rng: &mut Rng, world: &World, table: usize) -> Option<usize> {
    let dates = &world.tables[table].dates;
    let plain: Vec<usize> = (0..dates.len())
        .filter(|date| dates[*date].kind != Kind::TwoForms)
        .collect();
    (!plain.is_empty()).then(|| rng.pick(&plain))
}

fn newest(rng: &mut Rng, world: &World, table: usize) -> Option<Newest> {
    if !rng.once_in(6) {
        return None;
    }
    Some(Newest {
        per_status: rng.once_in(2),
        per_amount: rng.once_in(3),
        count: 1 + rng.below(2),
        date: date(rng, world, table)?,
    })
}

/// What becomes of the rows below a row, in a table that refers to itself.
fn decide_tree(rng: &mut Rng, world: &mut World, table: usize) {
    let Some(by) = world.tables[table].tree(table) else {
        return;
    };
    if !is_disposed(world, table) {
        return;
    }
    let ways = [
        Decision::OwnRule,
        Decision::OwnRule,
        Decision::WithParent,
        Decision::WithParent,
        Decision::Detach,
    ];
    let decision = match world.tables[table].rule {
        Some(_) => rng.pick(&ways),
        None => Decision::Detach,
    };
    world.tables[table].refs[by].decision = Some(decision);
}

fn decide(rng: &mut Rng, world: &mut World, table: usize, shared: &[usize]) {
    let has_rule = world.tables[table].rule.is_some();
    let mut carried = false;
    for by in 0..world.tables[table].refs.len() {
        let parent = world.tables[table].refs[by].parent;
        if parent == table || !is_disposed(world, parent) {
            continue;
        }
        if shared.contains(&parent) && !rng.once_in(4) {
            world.tables[table].refs[by].decision = Some(Decision::Keeps);
            continue;
        }
        let parent_has_rule = world.tables[parent].rule.is_some();
        let reference = &mut world.tables[table].refs[by];
        let may_detach = reference.nullable && reference.known != Known::ByType;
        let decision = if has_rule {
            match rng.below(5) {
                0 if may_detach => Decision::Detach,
                _ => Decision::OwnRule,
            }
        } else if carried && !rng.once_in(2) {
            reference.nullable = true;
            Decision::Detach
        } else {
            match rng.below(10) {
                0..=2 if may_detach => Decision::Detach,
                3..=5 if parent_has_rule => Decision::AtDue,
                _ => Decision::WithParent,
            }
        };
        carried |= matches!(decision, Decision::WithParent | Decision::AtDue);
        reference.decision = Some(decision);
    }
}

/// Rows that say when their parent is due cannot go before it.
pub fn decisions_that_fit(world: &mut World) {
    for table in 0..world.tables.len() {
        let read = crate::oracle::reads(world, table);
        for (child, by) in world.refs_to(table) {
            let decision = &mut world.tables[child].refs[by].decision;
            if *decision == Some(Decision::AtDue) && read.contains(&child) {
                *decision = Some(Decision::WithParent);
            }
            // A rule that would take rows of another along does not act while that one only observes.
            if crate::oracle::goes_along(world, child, by)
                && let Some(rule) = &mut world.tables[child].rule
            {
                rule.observe = false;
            }
        }
    }
}

pub fn purposes(rng: &mut Rng, world: &mut World, ruled: &[usize]) {
    for table in ruled {
        let count = rng.pick(&[1, 1, 1, 2, 2, 3]);
        let mut made: Vec<Purpose> = (0..count)
            .map(|_| purpose(rng, world, *table, count > 1))
            .collect();
        let keeps = |(child, by): &(usize, usize)| {
            world.tables[*child].refs[*by].decision == Some(Decision::Keeps)
        };
        if world.refs_to(*table).iter().any(keeps) {
            starts::unused(rng, world, *table, &mut made[0]);
        }
        if let Some(rule) = &mut world.tables[*table].rule {
            rule.purposes = made;
        }
    }
}

fn purpose(rng: &mut Rng, world: &World, table: usize, several: bool) -> Purpose {
    let cases: Vec<Case> = (0..rng.pick(&[0, 0, 0, 1, 2, 3]))
        .map(|_| Case {
            when: condition(rng, 2),
            start: rng.once_in(3).then(|| starts::start(rng, world, table, 1)),
            keep: keep(rng),
            from: from(rng),
        })
        .collect();
    let otherwise = (cases.is_empty() || !rng.once_in(3)).then(|| (keep(rng), from(rng)));
    let length = (otherwise.is_some() && rng.once_in(6)).then(|| length(rng, world, table));
    Purpose {
        when: rng.once_in(4).then(|| condition(rng, 2)),
        unless: if rng.once_in(5) {
            vec![condition(rng, 1)]
        } else {
            Vec::new()
        },
        zone: rng.once_in(8).then_some(chrono_tz::America::New_York),
        start: starts::start(rng, world, table, 0),
        cases,
        otherwise,
        length,
        at_end: (several && rng.once_in(2)).then(|| overwrite(rng)),
    }
}

fn length(rng: &mut Rng, world: &World, table: usize) -> Length {
    let way = match rng.below(2) {
        0 => starts::way_up(rng, world, table, table).unwrap_or_default(),
        _ => Vec::new(),
    };
    let (months, across, at_least, at_most) = rng.pick(&[
        (true, false, 1, 24),
        (true, false, 2, 12),
        (false, false, 30, 180),
        (false, true, 31, 184),
    ]);
    Length {
        way,
        months,
        at_least,
        at_most,
        across,
    }
}

fn overwrite(rng: &mut Rng) -> Overwrite {
    let bits = 1 + rng.below(7);
    Overwrite {
        name: bits & 1 > 0,
        note: bits & 2 > 0,
        visits: bits & 4 > 0,
    }
}

fn keep(rng: &mut Rng) -> Keep {
    rng.pick(&[
        Keep::None,
        Keep::Hours(1),
        Keep::Hours(36),
        Keep::Days(1),
        Keep::Days(30),
        Keep::Weeks(4),
        Keep::Months(1),
        Keep::Months(1),
        Keep::Months(6),
        Keep::Months(50),
        Keep::Years(1),
        Keep::Years(4),
        Keep::Years(7),
    ])
}

fn from(rng: &mut Rng) -> From {
    rng.pick(&[
        From::Event,
        From::Event,
        From::Event,
        From::Event,
        From::Month,
        From::Quarter,
        From::Year,
        From::BookYear(3, 31),
        From::BookYear(2, 29),
    ])
}

pub fn condition(rng: &mut Rng, depth: u8) -> Cond {
    let deeper = |rng: &mut Rng| Box::new(condition(rng, depth - 1));
    match rng.below(if depth == 0 { 6 } else { 9 }) {
        0 => Cond::Status(rng.once_in(2), rng.pick(&["a", "b"])),
        1 => Cond::StatusIn(rng.once_in(2), vec!["a", "c"]),
        2 => Cond::StatusIsNull(rng.once_in(2)),
        3 => Cond::Flag,
        4 => Cond::Number(rng.pick(&Op::ALL), 2),
        5 => Cond::Between(1, 2),
        6 => Cond::Not(deeper(rng)),
        7 => Cond::And(deeper(rng), deeper(rng)),
        _ => Cond::Or(deeper(rng), deeper(rng)),
    }
}
