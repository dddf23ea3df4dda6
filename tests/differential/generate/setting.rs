//! The moment and the zones: nights on which clocks are moved, ends of months and years, leap days.

use chrono_tz::{America, Australia, Europe, Pacific, Tz, UTC};

use crate::civil::{DAY, HOUR, SECOND, day_ended, day_of};
use crate::rng::Rng;
use crate::world::Setting;

const ZONES: [Tz; 10] = [
    Europe::Amsterdam,
    Europe::Amsterdam,
    Europe::Amsterdam,
    UTC,
    UTC,
    America::New_York,
    America::Havana,
    America::Sao_Paulo,
    Pacific::Apia,
    Australia::Lord_Howe,
];

const DAYS: [(i64, i64, i64); 18] = [
    (2026, 3, 28),
    (2026, 3, 29),
    (2026, 3, 30),
    (2026, 10, 24),
    (2026, 10, 25),
    (2026, 10, 26),
    (2026, 3, 8),
    (2026, 11, 1),
    (2026, 2, 28),
    (2026, 3, 1),
    (2028, 2, 29),
    (2028, 3, 1),
    (2027, 1, 1),
    (2026, 12, 31),
    (2026, 4, 1),
    (2026, 3, 31),
    (2025, 4, 30),
    (2026, 7, 1),
];

pub fn setting(seed: u64, fractions: bool) -> Setting {
    let mut rng = Rng::of(seed, 0);
    let zone = rng.pick(&ZONES);
    let (year, month, day) = rng.pick(&DAYS);
    let day = match rng.below(4) {
        0 => day_of(2024, 1, 1) + i64::try_from(rng.below(2_500)).expect("days"),
        _ => day_of(year, month, day),
    };
    let now = match rng.below(4) {
        0 => day_ended(day - 1, zone) + rng.pick(&[0, 0, -1, 1, -SECOND, SECOND]),
        1 => day * DAY + rng.pick(&[0, HOUR / 2, HOUR, 3 * HOUR / 2, 2 * HOUR]),
        _ => day * DAY + i64::try_from(rng.next() % (DAY as u64)).expect("a time"),
    };
    Setting {
        now,
        zone,
        column_zone: rng.pick(&[UTC, Europe::Amsterdam, America::New_York]),
        rows_per_batch: rng.pick(&[1, 2, 3, 10_000]),
        fractions,
    }
}
