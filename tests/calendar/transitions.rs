//! Every clock change of every zone, found by looking at offsets only.

use std::collections::HashSet;
use std::sync::OnceLock;

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

const DAY: i64 = 86_400;
/// 1840 to 2101: from the first entry of the zone data to after the last.
const FIRST: i64 = -4_102_444_800;
const LAST: i64 = 4_133_980_800;

fn offset(zone: Tz, seconds: i64) -> i32 {
    let at = DateTime::from_timestamp(seconds, 0).expect("in range");
    zone.offset_from_utc_datetime(&at.naive_utc())
        .fix()
        .local_minus_utc()
}

/// The zones and their clock changes, one zone of each set that has had the same offsets: links
/// are many.
pub fn of_distinct_zones() -> &'static [(Tz, Vec<DateTime<Utc>>)] {
    static FOUND: OnceLock<Vec<(Tz, Vec<DateTime<Utc>>)>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut seen = HashSet::new();
        let weeks = || (FIRST..LAST).step_by(7 * 86_400);
        TZ_VARIANTS
            .iter()
            .copied()
            .filter(|&zone| seen.insert(weeks().map(|at| offset(zone, at)).collect::<Vec<_>>()))
            .map(|zone| (zone, of(zone)))
            .collect()
    })
}

/// The clock changes of a zone. Two within one day would be seen as one.
pub fn of(zone: Tz) -> Vec<DateTime<Utc>> {
    let mut found = Vec::new();
    let mut now = offset(zone, FIRST);
    for day in (FIRST + DAY..LAST).step_by(86_400) {
        let next = offset(zone, day);
        if next != now {
            let (mut old, mut new) = (day - DAY, day);
            while new - old > 1 {
                let middle = old + (new - old) / 2;
                if offset(zone, middle) == now {
                    old = middle
                } else {
                    new = middle
                }
            }
            found.extend(DateTime::from_timestamp(new, 0));
            now = next;
        }
    }
    found
}
