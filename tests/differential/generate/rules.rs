//! Schedules that fit a schema.

use super::is_disposed;
use crate::civil::{From, Keep, Term};
use crate::condition::{Cond, Op};
use crate::rng::Rng;
use crate::world::{Case, Decision, Known, Overwrite, Purpose, Rule, Setting, Start, Then, World};

/// Which tables have rules, and what becomes of the rows that refer to theirs. Returns the tables with rules.
pub fn dispositions(rng: &mut Rng, world: &mut World) -> Vec<usize> {
    let mut ruled = Vec::new();
    for table in 0..world.tables.len() {
        if rng.below(10) < if table == 0 { 9 } else { 6 } {
            world.tables[table].rule = Some(Rule {
                then: match rng.below(6) {
                    0 => Then::Anonymise(overwrite(rng)),
                    _ => Then::Delete,
                },
                observe: rng.once_in(25),
                holds: Vec::new(),
                purposes: Vec::new(),
                if_a_child_stays: None,
            });
            ruled.push(table);
        }
        decide(rng, world, table);
    }
    for table in &ruled {
        let removes = world.tables[*table]
            .rule
            .as_ref()
            .is_some_and(|one| one.then == Then::Delete);
        let stays = removes && rng.once_in(2) && !world.refs_to(*table).is_empty();
        let holds = match rng.below(4) {
            0 => vec![Cond::Flag],
            1 if rng.once_in(2) => vec![condition(rng, 1), Cond::Flag],
            _ => Vec::new(),
        };
        let with = overwrite(rng);
        if let Some(rule) = &mut world.tables[*table].rule {
            rule.holds = holds;
            rule.if_a_child_stays = stays.then_some(with);
        }
    }
    ruled
}

fn decide(rng: &mut Rng, world: &mut World, table: usize) {
    let has_rule = world.tables[table].rule.is_some();
    let mut carried = false;
    for by in 0..world.tables[table].refs.len() {
        let parent = world.tables[table].refs[by].parent;
        if !is_disposed(world, parent) {
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
        } else if carried {
            // With one parent only: a row shared by several is another matter.
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
        let made: Vec<Purpose> = (0..count)
            .map(|_| purpose(rng, world, *table, count > 1))
            .collect();
        if let Some(rule) = &mut world.tables[*table].rule {
            rule.purposes = made;
        }
    }
}

fn purpose(rng: &mut Rng, world: &World, table: usize, several: bool) -> Purpose {
    let cases: Vec<Case> = (0..rng.pick(&[0, 0, 0, 1, 2, 3]))
        .map(|_| Case {
            when: condition(rng, 2),
            start: rng.once_in(3).then(|| start(rng, world, table, 1)),
            keep: keep(rng),
            from: from(rng),
        })
        .collect();
    let otherwise = (cases.is_empty() || !rng.once_in(3)).then(|| (keep(rng), from(rng)));
    Purpose {
        when: rng.once_in(4).then(|| condition(rng, 2)),
        unless: if rng.once_in(5) {
            vec![condition(rng, 1)]
        } else {
            Vec::new()
        },
        zone: rng.once_in(8).then_some(chrono_tz::America::New_York),
        start: start(rng, world, table, 0),
        cases,
        otherwise,
        at_end: (several && rng.once_in(2)).then(|| overwrite(rng)),
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

fn start(rng: &mut Rng, world: &World, table: usize, depth: u8) -> Start {
    let date = |rng: &mut Rng, table: usize| rng.below(world.tables[table].dates.len());
    let children = world.refs_to(table);
    match rng.below(10) {
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
            Start::Related {
                latest: !rng.once_in(3),
                child,
                by,
                date: date(rng, world.end_of(child, &way)),
                way,
                only: rng.once_in(3).then(|| condition(rng, 1)),
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
        _ => Start::Column {
            way: Vec::new(),
            date: date(rng, table),
        },
    }
}

/// A way up over references that stay; never through `not`, so that nobody is dated by itself.
fn way_up(rng: &mut Rng, world: &World, from: usize, not: usize) -> Option<Vec<usize>> {
    let mut way = Vec::new();
    let mut here = from;
    while way.len() < 2 {
        let steps: Vec<usize> = (0..world.tables[here].refs.len())
            .filter(|by| {
                let reference = &world.tables[here].refs[*by];
                reference.parent != not && reference.decision != Some(Decision::Detach)
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

/// The periods that some rule counts from a column.
pub fn terms(world: &World, table: usize, date: usize, setting: &Setting) -> Vec<Term> {
    let mut found = Vec::new();
    for (ruled, rule) in world.tables.iter().enumerate() {
        for purpose in rule.rule.iter().flat_map(|rule| &rule.purposes) {
            for case in &purpose.cases {
                let start = case.start.as_ref().unwrap_or(&purpose.start);
                if reads(world, ruled, start, (table, date)) {
                    found.push(purpose.term(case.keep, case.from, setting));
                }
            }
            if let Some((keep, from)) = purpose.otherwise
                && reads(world, ruled, &purpose.start, (table, date))
            {
                found.push(purpose.term(keep, from, setting));
            }
        }
    }
    found
}

fn reads(world: &World, ruled: usize, start: &Start, column: (usize, usize)) -> bool {
    match start {
        Start::Column { way, date } => (world.end_of(ruled, way), *date) == column,
        Start::Several { of, .. } => of.iter().any(|one| reads(world, ruled, one, column)),
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
