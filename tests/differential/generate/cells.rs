//! Dates of rows: most lie where something is decided.

use crate::civil::{self, DAY, HOUR, SECOND, Term, day_of};
use crate::rng::Rng;
use crate::world::{Cell, DateColumn, Kind, Setting};

/// A value that means "has not happened", for some columns: long ago, so that overlooking it would show, or far away.
pub fn sentinel(rng: &mut Rng, kind: Kind) -> Option<Cell> {
    if !rng.once_in(4) {
        return None;
    }
    let day = rng.pick(&[day_of(2018, 1, 1), day_of(9999, 12, 31)]);
    match kind {
        Kind::Day | Kind::TextDay => Some(Cell::Day(day)),
        Kind::Naive(_) => Some(Cell::Local(day * DAY)),
        Kind::Epoch(_) => Some(Cell::Instant(day_of(2018, 1, 1) * DAY)),
        _ => None,
    }
}

pub fn cell(rng: &mut Rng, column: &DateColumn, terms: &[Term], setting: &Setting) -> Cell {
    match rng.below(100) {
        0..=9 => return Cell::Null,
        10..=15 if column.never.is_some() => return column.never.clone().expect("it is there"),
        16..=19 => return odd(rng, column.kind),
        20..=22 if column.kind != Kind::Julian => {
            let back = rng.pick(&[0, 0, unit(column.kind, setting)]);
            return at(column.kind, column.not_before * DAY - back, setting);
        }
        23..=26 => {
            let ahead = rng.pick(&[HOUR, DAY, 400 * DAY]);
            return at(column.kind, setting.now + ahead, setting);
        }
        _ => {}
    }
    if terms.is_empty() || rng.once_in(4) {
        let back = i64::try_from(rng.below(9 * 365)).expect("days") * DAY;
        let time = i64::try_from(rng.next() % (DAY as u64)).expect("a time");
        return at(column.kind, setting.now - back - time, setting);
    }
    let last = last_due(column.kind, rng.pick(terms), setting);
    let unit = unit(column.kind, setting);
    let beside = match column.kind {
        Kind::Julian => rng.pick(&[-HOUR / 6, HOUR / 6, HOUR, -HOUR, DAY, -DAY]),
        _ => rng.pick(&[
            0,
            0,
            0,
            unit,
            unit,
            unit,
            -unit,
            HOUR,
            -HOUR,
            DAY,
            -DAY,
            3 * DAY,
        ]),
    };
    at(column.kind, last + beside, setting)
}

/// The step from one value of a column to the next.
fn unit(kind: Kind, setting: &Setting) -> i64 {
    match kind {
        Kind::Day | Kind::DayInStamp | Kind::TextDay | Kind::TwoForms => DAY,
        Kind::Naive(_) | Kind::Instant if setting.fractions => 1,
        Kind::Naive(_) | Kind::Instant | Kind::TextTime | Kind::Julian => SECOND,
        Kind::Epoch(per_second) => SECOND / per_second,
    }
}

/// A value of a column; microseconds of a local time or of an instant, whatever it holds.
fn at(kind: Kind, micros: i64, setting: &Setting) -> Cell {
    let unit = match kind {
        Kind::DayInStamp => SECOND,
        _ => unit(kind, setting),
    };
    let whole = micros.div_euclid(unit) * unit;
    match kind {
        Kind::Day | Kind::TextDay | Kind::TwoForms => Cell::Day(whole.div_euclid(DAY)),
        Kind::DayInStamp | Kind::Naive(_) | Kind::TextTime => Cell::Local(whole),
        Kind::Instant | Kind::Epoch(_) | Kind::Julian => Cell::Instant(whole),
    }
}

fn odd(rng: &mut Rng, kind: Kind) -> Cell {
    match kind {
        Kind::TextDay => Cell::Odd(
            rng.pick(&["", "unknown", "2015-01-01", "1-1-2015", "01-01-2015 "])
                .to_owned(),
        ),
        Kind::TextTime => Cell::Odd(
            rng.pick(&[
                "",
                "soon",
                "2015-01-01",
                "2015-01-01 00:00:00",
                "2015-01-01T00:00:00Z",
            ])
            .to_owned(),
        ),
        Kind::TwoForms => Cell::Odd(
            rng.pick(&["", "1.2.2015", "31.02.2015", "2015-13-01", "01-01-2015"])
                .to_owned(),
        ),
        Kind::Day => Cell::Day(day_of(1975, 6, 1)),
        Kind::DayInStamp | Kind::Naive(_) => Cell::Local(day_of(1975, 6, 1) * DAY),
        Kind::Instant | Kind::Epoch(_) | Kind::Julian => Cell::Instant(day_of(1975, 6, 1) * DAY),
    }
}

/// The greatest value of a column that is due, by asking.
fn last_due(kind: Kind, term: Term, setting: &Setting) -> i64 {
    let is_due = |micros: i64| match kind {
        Kind::Day | Kind::DayInStamp | Kind::TextDay | Kind::TwoForms => {
            civil::due_of_day(micros.div_euclid(DAY), term) <= setting.now
        }
        Kind::Naive(zone) => {
            let zone = zone.unwrap_or(setting.column_zone);
            civil::instant_is_due(civil::instant(micros, zone), term, setting.now)
        }
        Kind::TextTime => {
            let at = civil::instant(micros, setting.column_zone);
            civil::instant_is_due(at, term, setting.now)
        }
        Kind::Instant | Kind::Epoch(_) | Kind::Julian => {
            civil::instant_is_due(micros, term, setting.now)
        }
    };
    let (mut low, mut high) = (setting.now - 4_000 * DAY, setting.now + 2 * DAY);
    while high - low > 1 {
        let middle = i64::midpoint(low, high);
        if is_due(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
