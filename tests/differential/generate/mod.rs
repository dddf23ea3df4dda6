//! Worlds from a seed: a schema, a schedule that fits it, and rows near everything that decides.

mod cells;
mod rules;
mod setting;
mod starts;
mod terms;

use crate::rng::Rng;
use crate::world::{
    Cell, DateColumn, Decision, Fields, Key, Kind, Known, Link, Personal, Ref, Report, Row,
    Setting, Table, Then, World,
};

pub use setting::setting;
pub use terms::counts_from;

/// At most so many tables.
const TABLES_MAX: usize = 5;

/// At most so many rows in a table.
const ROWS_MAX: usize = 8;

/// So often a schedule whose rules wait for each other is thrown away.
const ATTEMPTS_MAX: usize = 8;

pub fn world(seed: u64, number: usize, setting: &Setting) -> World {
    let mut rng = Rng::of(seed, number as u64 + 1);
    let mut world = World {
        tag: format!("w{number}_"),
        tables: Vec::new(),
    };
    let count = 1 + rng.below(TABLES_MAX);
    for place in 0..count {
        let table = table(&mut rng, place);
        world.tables.push(table);
    }
    let ruled = rules::dispositions(&mut rng, &mut world);
    for _ in 0..ATTEMPTS_MAX {
        rules::purposes(&mut rng, &mut world, &ruled);
        rules::decisions_that_fit(&mut world);
        // A circle of rules is refused, and shows nothing more.
        if crate::oracle::has_an_order(&world) {
            break;
        }
    }
    rows(&mut rng, &mut world, setting);
    for table in 0..world.tables.len() {
        branch(&mut rng, &mut world, table);
        report(&mut rng, &mut world, table, setting);
    }
    world
}

fn table(rng: &mut Rng, place: usize) -> Table {
    let mut refs = Vec::new();
    if place > 0 {
        let count = match rng.below(10) {
            0 => 0,
            1..=7 => 1,
            _ => 2,
        };
        for _ in 0..count {
            refs.push(reference(rng, place));
        }
    }
    if rng.once_in(6) {
        let known = [
            Known::NoAction,
            Known::NoAction,
            Known::Cascade,
            Known::SetNull,
            Known::Undeclared,
        ];
        refs.push(Ref {
            parent: place,
            nullable: true,
            known: rng.pick(&known),
            decision: None,
        });
    }
    let mut dates: Vec<DateColumn> = (0..=rng.below(2)).map(|_| date(rng)).collect();
    if dates.len() == 2 && rng.once_in(2) {
        dates[1] = DateColumn {
            indexed: dates[1].indexed,
            ..dates[0].clone()
        };
    }
    Table {
        key: rng.pick(&[Key::Int, Key::Int, Key::Int, Key::Text, Key::Pair]),
        refs,
        dates,
        rows: Vec::new(),
        rule: None,
        reports: Vec::new(),
        there: true,
    }
}

fn reference(rng: &mut Rng, place: usize) -> Ref {
    let known = rng.pick(&[
        Known::NoAction,
        Known::NoAction,
        Known::NoAction,
        Known::Cascade,
        Known::SetNull,
        Known::Undeclared,
        Known::ByType,
    ]);
    // The table before is likelier: chains are more telling than stars.
    let parent = if rng.once_in(2) {
        place - 1
    } else {
        rng.below(place)
    };
    Ref {
        parent,
        nullable: known == Known::SetNull || !rng.once_in(3),
        known,
        decision: None,
    }
}

fn date(rng: &mut Rng) -> DateColumn {
    let kind = rng.pick(&[
        Kind::Day,
        Kind::Day,
        Kind::Day,
        Kind::DayInStamp,
        Kind::Naive(None),
        Kind::Naive(None),
        Kind::Naive(Some(chrono_tz::America::New_York)),
        Kind::Instant,
        Kind::Instant,
        Kind::TextDay,
        Kind::TextTime,
        Kind::Epoch(1),
        Kind::Epoch(1_000),
        Kind::Epoch(1_000_000),
        Kind::Julian,
        Kind::TwoForms,
    ]);
    let not_after = match rng.below(10) {
        0 => Some(crate::civil::day_of(2021, 6, 30)),
        1 => Some(crate::civil::day_of(2025, 6, 30)),
        2 => Some(crate::civil::day_of(2100, 1, 1)),
        _ => None,
    };
    let not_before = match rng.below(6) {
        0 => crate::civil::day_of(1995, 3, 1),
        1 => crate::civil::day_of(2015, 7, 1),
        _ => crate::civil::day_of(1980, 1, 1),
    };
    DateColumn {
        kind,
        indexed: rng.once_in(2),
        never: cells::sentinel(rng, kind),
        not_before,
        not_after,
    }
}

fn rows(rng: &mut Rng, world: &mut World, setting: &Setting) {
    for table in 0..world.tables.len() {
        let terms: Vec<_> = (0..world.tables[table].dates.len())
            .map(|date| terms::terms(world, table, date, setting))
            .collect();
        // Where the database looks, a row needs the row that it must refer to.
        let impossible = world.tables[table].refs.iter().any(|one| {
            let watched = !matches!(one.known, Known::Undeclared | Known::ByType);
            watched && !one.nullable && world.tables[one.parent].rows.is_empty()
        });
        let count = if impossible {
            0
        } else {
            rng.below(ROWS_MAX + 1)
        };
        for _ in 0..count {
            let refs = (0..world.tables[table].refs.len())
                .map(|by| link(rng, world, table, by))
                .collect();
            let dates = world.tables[table].dates.iter().zip(&terms);
            let dates = dates
                .map(|(column, terms)| cells::cell(rng, column, terms, setting))
                .collect();
            let row = Row {
                refs,
                typed: rng.pick(&[Some(true), Some(true), Some(true), Some(false), None]),
                dates,
                fields: fields(rng),
                personal: personal(rng),
            };
            world.tables[table].rows.push(row);
        }
    }
}

/// Rows of a table that refers to itself: to one before, to any, to themselves.
fn branch(rng: &mut Rng, world: &mut World, table: usize) {
    let Some(by) = world.tables[table].tree(table) else {
        return;
    };
    let watched = world.tables[table].refs[by].known != Known::Undeclared;
    let count = world.tables[table].rows.len();
    for row in 0..count {
        world.tables[table].rows[row].refs[by] = match rng.below(12) {
            0..=3 => Link::Null,
            4 => Link::To(rng.below(count)),
            5 if !watched => Link::Nowhere,
            _ if row == 0 => Link::Null,
            _ => Link::To(rng.below(row)),
        };
    }
}

/// What somebody reported of the rows of a table.
fn report(rng: &mut Rng, world: &mut World, table: usize, setting: &Setting) {
    let column = DateColumn {
        kind: Kind::Epoch(1_000_000),
        indexed: false,
        never: None,
        not_before: crate::civil::day_of(1980, 1, 1),
        not_after: None,
    };
    let mut reports = Vec::new();
    for event in ["ended", "moved"] {
        if !terms::counts_from(world, table, event) {
            continue;
        }
        let terms = terms::terms_of_event(world, table, event, setting);
        let rows = 0..world.tables[table].rows.len();
        for row in rows.chain([900]) {
            if rng.once_in(4) {
                continue;
            }
            let at = match cells::cell(rng, &column, &terms, setting) {
                Cell::Instant(at) => Some(at),
                _ => None,
            };
            reports.push(Report { event, row, at });
        }
    }
    world.tables[table].reports = reports;
}

fn link(rng: &mut Rng, world: &World, table: usize, by: usize) -> Link {
    let reference = &world.tables[table].refs[by];
    let parents = world.tables[reference.parent].rows.len();
    let watched = !matches!(reference.known, Known::Undeclared | Known::ByType);
    if reference.nullable && rng.once_in(7) {
        return Link::Null;
    }
    if !watched && rng.once_in(10) {
        return Link::Nowhere;
    }
    match parents {
        0 if reference.nullable => Link::Null,
        0 => Link::Nowhere,
        _ => Link::To(rng.below(parents)),
    }
}

fn fields(rng: &mut Rng) -> Fields {
    Fields {
        status: rng.pick(&[Some("a"), Some("b"), Some("c"), None]),
        flag: rng.pick(&[Some(true), Some(false), Some(false), Some(false), None]),
        number: rng.pick(&[Some(0), Some(1), Some(2), Some(3), None]),
        length: match rng.below(8) {
            0 => None,
            1 => Some(rng.pick(&[0, -1, 25, 29, 185])),
            _ => Some(rng.pick(&[1, 6, 24, 30, 31, 180, 184])),
        },
    }
}

fn personal(rng: &mut Rng) -> Personal {
    Personal {
        name: rng.pick(&["Ada", "Bo", "ANON"]).to_owned(),
        note: rng.pick(&[Some("met"), Some(""), None]).map(str::to_owned),
        visits: rng.pick(&[Some(0), Some(4), None]),
    }
}

/// True where rows of the table may be removed by somebody, so that references to it need a decision.
fn is_disposed(world: &World, table: usize) -> bool {
    let table = &world.tables[table];
    let removes = table
        .rule
        .as_ref()
        .is_some_and(|rule| rule.then == Then::Delete);
    let carried = |one: &Ref| matches!(one.decision, Some(Decision::WithParent | Decision::AtDue));
    removes || table.rule.is_none() && table.refs.iter().any(carried)
}
