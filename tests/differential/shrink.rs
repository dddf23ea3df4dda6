//! Makes a failing world smaller while it still fails.

use crate::play::{Outcome, play};
use crate::support::Server;
use crate::world::{Cell, Decision, Hold, HoldBy, Link, Rule, Setting, World};

/// At most so many attempts.
const ATTEMPTS_MAX: usize = 600;

/// The smallest world found that still differs, and how it differs.
pub async fn shrink(
    world: World,
    setting: &Setting,
    server: Server,
    how: String,
) -> (World, String) {
    let (mut best, mut told) = (world, how);
    let mut attempts = 0;
    loop {
        let mut smaller = None;
        for candidate in candidates(&best) {
            attempts += 1;
            if attempts > ATTEMPTS_MAX {
                return (best, told);
            }
            let played = play(std::slice::from_ref(&candidate), setting, server).await;
            let differs = match played.as_deref() {
                Ok([Outcome::Differs(how)]) => Some(how.clone()),
                _ => None,
            };
            if let Some(how) = differs {
                smaller = Some((candidate, how));
                break;
            }
        }
        match smaller {
            Some((candidate, how)) => (best, told) = (candidate, how),
            None => return (best, told),
        }
    }
}

/// Smaller worlds, those that lose most first.
fn candidates(world: &World) -> Vec<World> {
    let mut smaller = Smaller {
        world,
        found: Vec::new(),
    };
    for table in (0..world.tables.len()).rev() {
        smaller.with(|world| without_table(world, table));
    }
    smaller.rows();
    for table in 0..world.tables.len() {
        smaller.rule(table);
        smaller.with(|world| world.tables[table].reports.pop().is_some());
    }
    smaller.cells();
    smaller.found
}

/// Collects worlds that are smaller than one.
struct Smaller<'a> {
    world: &'a World,
    found: Vec<World>,
}

impl Smaller<'_> {
    /// The world with a change, where it could be made.
    fn with(&mut self, change: impl Fn(&mut World) -> bool) {
        let mut candidate = self.world.clone();
        if change(&mut candidate) {
            self.found.push(candidate);
        }
    }

    fn with_rule(&mut self, table: usize, change: impl Fn(&mut Rule)) {
        self.with(|world| world.tables[table].rule.as_mut().map(&change).is_some());
    }

    fn rows(&mut self) {
        for (table, one) in self.world.tables.iter().enumerate() {
            self.with(|world| {
                let had = world.tables[table].rows.len();
                world.tables[table].rows.truncate(had / 2);
                had > 1 && cut(world, table)
            });
            for row in (0..one.rows.len()).rev() {
                self.with(|world| without_row(world, table, row));
            }
        }
    }

    fn rule(&mut self, table: usize) {
        let Some(rule) = &self.world.tables[table].rule else {
            return;
        };
        for number in 0..rule.holds.len() {
            self.with_rule(table, |rule| drop(rule.holds.remove(number)));
        }
        if rule.newest.is_some() {
            self.with_rule(table, |rule| rule.newest = None);
        }
        if rule.if_a_child_stays.is_some() {
            self.with_rule(table, |rule| rule.if_a_child_stays = None);
        }
        for (number, purpose) in rule.purposes.iter().enumerate() {
            if rule.purposes.len() > 1 {
                self.with_rule(table, |rule| drop(rule.purposes.remove(number)));
            }
            if purpose.at_end.is_some() {
                self.with_rule(table, |rule| rule.purposes[number].at_end = None);
            }
            if purpose.when.is_some() {
                self.with_rule(table, |rule| rule.purposes[number].when = None);
            }
            if purpose.length.is_some() {
                self.with_rule(table, |rule| rule.purposes[number].length = None);
            }
            if purpose.zone.is_some() {
                self.with_rule(table, |rule| rule.purposes[number].zone = None);
            }
            if !purpose.unless.is_empty() {
                self.with_rule(table, |rule| rule.purposes[number].unless.clear());
            }
            for case in 0..purpose.cases.len() {
                if purpose.cases.len() > 1 || purpose.otherwise.is_some() {
                    self.with_rule(table, |rule| drop(rule.purposes[number].cases.remove(case)));
                }
            }
            if !purpose.cases.is_empty() && purpose.otherwise.is_some() {
                self.with_rule(table, |rule| rule.purposes[number].otherwise = None);
            }
        }
    }

    fn cells(&mut self) {
        for (table, one) in self.world.tables.iter().enumerate() {
            for (row, values) in one.rows.iter().enumerate() {
                for date in 0..values.dates.len() {
                    self.with(|world| {
                        let cell = &mut world.tables[table].rows[row].dates[date];
                        std::mem::replace(cell, Cell::Null) != Cell::Null
                    });
                }
                for by in 0..values.refs.len() {
                    self.with(|world| {
                        let nullable = world.tables[table].refs[by].nullable;
                        let link = &mut world.tables[table].rows[row].refs[by];
                        nullable && std::mem::replace(link, Link::Null) != Link::Null
                    });
                }
            }
        }
    }
}

/// The last table that nothing refers to goes whole; shrinking begins at the end, so others become last.
fn without_table(world: &mut World, table: usize) -> bool {
    let is_last = table + 1 == world.tables.len() && table > 0;
    let read = (0..table).any(|one| {
        let holds = world.tables[one].rule.iter().flat_map(|rule| &rule.holds);
        let held_by =
            |hold: &Hold| matches!(hold.by, HoldBy::Table { child, .. } if child == table);
        crate::oracle::reads(world, one).contains(&table) || holds.into_iter().any(held_by)
    });
    let refers_up = world.tables[table].refs.iter();
    let keeps = refers_up
        .clone()
        .any(|one| one.decision == Some(Decision::Keeps));
    let read = read || keeps;
    if is_last && !read {
        world.tables.pop();
        return true;
    }
    let others = |(child, _): &(usize, usize)| *child != table;
    let alone = !world.refs_to(table).iter().any(others) && !read && world.tables[table].there;
    if alone {
        let gone = &mut world.tables[table];
        gone.there = false;
        gone.rule = None;
        gone.rows.clear();
        gone.refs.clear();
    }
    alone
}

fn without_row(world: &mut World, table: usize, row: usize) -> bool {
    world.tables[table].rows.remove(row);
    let reports = &mut world.tables[table].reports;
    reports.retain(|one| one.row != row);
    for report in reports
        .iter_mut()
        .filter(|one| one.row > row && one.row < 900)
    {
        report.row -= 1;
    }
    for (child, by) in world.refs_to(table) {
        let mut lost = Vec::new();
        for (number, values) in world.tables[child].rows.iter_mut().enumerate() {
            match values.refs[by] {
                Link::To(to) if to == row && child == table => values.refs[by] = Link::Null,
                Link::To(to) if to == row => lost.push(number),
                Link::To(to) if to > row => values.refs[by] = Link::To(to - 1),
                _ => {}
            }
        }
        for number in lost.into_iter().rev() {
            without_row(world, child, number);
        }
    }
    true
}

/// Rows that refer to rows beyond the end go too.
fn cut(world: &mut World, table: usize) -> bool {
    let rows = world.tables[table].rows.len();
    world.tables[table].reports.retain(|one| one.row < rows);
    if let Some(by) = world.tables[table].tree(table) {
        for values in &mut world.tables[table].rows {
            if matches!(values.refs[by], Link::To(to) if to >= rows) {
                values.refs[by] = Link::Null;
            }
        }
    }
    for (child, by) in world.refs_to(table) {
        loop {
            let beyond =
                |one: &crate::world::Row| matches!(one.refs[by], Link::To(to) if to >= rows);
            let Some(lost) = world.tables[child].rows.iter().position(beyond) else {
                break;
            };
            without_row(world, child, lost);
        }
    }
    true
}
