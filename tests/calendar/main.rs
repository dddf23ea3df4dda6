//! The law of the calendar, over four centuries and every time zone: a cutoff is never early and
//! never late. Forward and backward meaning are compared with each other around every clock
//! change, and with an oracle that knows no calendar arithmetic and steps day by day.

mod anywhere;
mod oracle;
mod transitions;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use retentiond::calendar::{CountedFrom, Keep, Term};
use retentiond::calendar::{naive_cutoff, zone};

const STEP: TimeDelta = TimeDelta::microseconds(1);

fn keep(text: &str) -> Keep {
    text.parse().expect(text)
}

fn counted_from(text: &str) -> CountedFrom {
    text.parse().expect(text)
}

const KEEPS: [&str; 13] = [
    "1 day",
    "1 month",
    "none",
    "1 year",
    "36 hours",
    "4 weeks",
    "50 months",
    "7 years",
    "30 days",
    "1 hour",
    "1 week",
    "3 months",
    "20 years",
];

const COUNTED_FROM: [&str; 9] = [
    "event",
    "end-of-month",
    "event",
    "end-of-quarter",
    "event",
    "end-of-year",
    "end-of-book-year 03-31",
    "event",
    "end-of-book-year 02-29",
];

/// Walks through all pairs of keep and counted-from: their numbers have no common divisor.
fn terms(zone: Tz) -> impl Iterator<Item = Term> {
    (0..KEEPS.len() * COUNTED_FROM.len())
        .cycle()
        .map(move |n| Term {
            keep: keep(KEEPS[n % KEEPS.len()]),
            counted_from: counted_from(COUNTED_FROM[n % COUNTED_FROM.len()]),
            zone,
        })
}

/// The law for instants, at one now: the cutoff is due, the microsecond after it is not, and
/// nothing before it is left out, in particular not in the hours and days where order is lost.
fn instant_law(term: Term, now: DateTime<Utc>) {
    let cutoff = term.instant_cutoff(now).expect("a cutoff");
    let due = |start| term.due_of_instant(start).expect("a due");
    assert!(due(cutoff) <= now, "early: {term:?} {now} {cutoff}");
    let next = cutoff + STEP;
    assert!(due(next) > now, "late: {term:?} {now} {cutoff}");
    for minutes in [1, 29, 61, 23 * 60 + 30, 25 * 60, 50 * 60, 80 * 60] {
        let start = cutoff - TimeDelta::minutes(minutes);
        assert!(due(start) <= now, "early: {term:?} {now} {cutoff} {start}");
    }
}

/// Whoever is due on his own is below the cutoff when that local day has ended. Only where the
/// clock was set back before the start, the starts before that `change` go first.
fn due_day_law(term: Term, start: DateTime<Utc>, change: DateTime<Utc>) {
    let due = |start| term.due_of_instant(start).expect("a due");
    assert!(due(start) >= start, "before its start: {term:?} {start}");
    let last = due(start).max(due(start.min(change - STEP)));
    let day = zone::local(last, term.zone).expect("a local time").date();
    let ended = zone::end_of_day(day, term.zone).expect("the end of a day");
    let cutoff = term.instant_cutoff(ended.max(last)).expect("a cutoff");
    assert!(cutoff >= start, "late: {term:?} {start} {last} {cutoff}");
}

fn date_law(term: Term, now: DateTime<Utc>) {
    let cutoff = term.date_cutoff(now).expect("a cutoff");
    let due = |start: NaiveDate| term.due_of_date(start).expect("a due");
    assert!(due(cutoff) <= now, "early: {term:?} {now} {cutoff}");
    assert!(
        due(cutoff + Days::new(1)) > now,
        "late: {term:?} {now} {cutoff}"
    );
}

fn naive_law(zone: Tz, cutoff: DateTime<Utc>) {
    let naive = naive_cutoff(cutoff, zone).expect("a naive cutoff");
    let denotes = |shown| zone::resolve(shown, zone).expect("an instant");
    assert!(denotes(naive) <= cutoff, "early: {zone} {cutoff} {naive}");
    assert!(
        denotes(naive + STEP) > cutoff,
        "late: {zone} {cutoff} {naive}"
    );
    for minutes in [1, 29, 61, 25 * 60] {
        let shown = naive - TimeDelta::minutes(minutes);
        assert!(denotes(shown) <= cutoff, "early: {zone} {cutoff} {shown}");
    }
}

/// Microseconds from a clock change: just before, at, after, and the hours and days around it.
const NEIGHBOURS: [i64; 10] = [
    -25 * 3_600_000_000,
    -3_600_000_001,
    -1_800_000_000,
    -1,
    0,
    1,
    1_799_999_999,
    3_600_000_000,
    3_660_000_000,
    25 * 3_600_000_000,
];

#[test]
fn every_zone_around_every_clock_change() {
    for &(zone, ref changes) in transitions::of_distinct_zones() {
        let mut terms = terms(zone);
        for &change in changes {
            for micros in NEIGHBOURS {
                let at = change + TimeDelta::microseconds(micros);
                let term = terms.next().expect("terms never end");
                naive_law(zone, at);
                date_law(term, at);
                instant_law(term, at);
                due_day_law(term, at, change);
                // The same clock change, seen from the day on which its starts fall due.
                instant_law(term, term.due_of_instant(at).expect("a due"));
            }
        }
    }
}

/// The recent past and the near future get every pair of period and day counted from.
#[test]
fn chosen_zones_with_every_term() {
    use chrono_tz::{America, Asia, Atlantic, Australia, Europe, Pacific};
    for zone in [
        Europe::Amsterdam,
        America::New_York,
        America::Sao_Paulo,
        America::Havana,
        America::St_Johns,
        America::Juneau,
        Asia::Manila,
        Atlantic::Azores,
        Australia::Lord_Howe,
        Pacific::Apia,
        Pacific::Kwajalein,
    ] {
        let changes = transitions::of(zone);
        for (n, change) in changes.iter().enumerate() {
            if n % 12 != 0 && n + 4 < changes.len() && n > 4 {
                continue;
            }
            for (m, term) in terms(zone).take(117).enumerate() {
                let micros = NEIGHBOURS[(n + m) % NEIGHBOURS.len()];
                let at = *change + TimeDelta::microseconds(micros);
                instant_law(term, at);
                instant_law(term, term.due_of_instant(at).expect("a due"));
            }
        }
    }
}

/// Where the clock was, says only the zone's offset at an instant: no local look-up.
#[test]
fn local_times_denote_what_the_clock_showed() {
    for &(zone, ref changes) in transitions::of_distinct_zones() {
        for &change in changes {
            let shown = zone::local(change, zone).expect("a local time");
            let before = zone::local(change - STEP, zone).expect("a local time");
            for edge in [
                shown,
                before + STEP,
                shown.max(before) + TimeDelta::hours(1),
            ] {
                for local in [
                    edge - STEP,
                    edge,
                    edge + STEP,
                    edge + TimeDelta::minutes(17),
                ] {
                    oracle::check_local(local, zone, changes);
                }
            }
            for date in [before.date() - Days::new(1), before.date(), shown.date()] {
                oracle::check_day(date, zone, changes);
            }
        }
    }
}

#[test]
fn every_day_of_four_centuries_as_an_oracle_steps_it() {
    let days = oracle::days(1880, 2303);
    let periods = [
        "none",
        "1 day",
        "30 days",
        "4 weeks",
        "1 month",
        "50 months",
        "1 year",
        "7 years",
    ];
    for (n, keep_text) in periods.into_iter().enumerate() {
        for (m, from) in COUNTED_FROM.into_iter().enumerate() {
            let zone = [Tz::UTC, Tz::Europe__Amsterdam, Tz::Pacific__Apia][(n + m) % 3];
            let term = Term {
                keep: keep(keep_text),
                counted_from: counted_from(from),
                zone,
            };
            let led = oracle::last_days(&days, keep_text, from);
            let stride = [1, 7, 11, 13, 17, 19, 23][(n + 5 * m) % 7];
            oracle_agrees(term, &days, &led, stride);
        }
    }
}

/// `led[n]` is the number of the last day that the start on day `n` is kept.
fn oracle_agrees(term: Term, days: &[NaiveDate], led: &[usize], stride: usize) {
    let mut last_due = 0;
    for today in (7305..days.len() - 1).step_by(stride) {
        if days[today].year() > 2300 {
            break;
        }
        while led[last_due + 1] < today {
            last_due += 1;
        }
        // From the first instant of today on, and not a microsecond before.
        let now = zone::end_of_day(days[today - 1], term.zone).expect("the end of a day");
        if zone::local(now, term.zone).expect("a local time").date() != days[today] {
            continue;
        }
        assert_eq!(
            term.date_cutoff(now),
            Some(days[last_due]),
            "{term:?} {now}"
        );
        if today % 5 == 0 {
            let due = term.due_of_date(days[last_due]).expect("a due");
            let last_day = zone::end_of_day(days[led[last_due]], term.zone);
            assert_eq!(Some(due), last_day, "{term:?} {}", days[last_due]);
            let earlier = term.date_cutoff(now - STEP).expect("a cutoff");
            assert!(
                earlier < days[last_due] || led[last_due] + 1 < today,
                "{term:?} {now}"
            );
        }
    }
}

#[test]
fn the_ends_of_time_are_none_and_never_panic() {
    let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
    for &zone in &[
        Tz::UTC,
        Tz::Europe__Amsterdam,
        Tz::Pacific__Apia,
        Tz::America__New_York,
    ] {
        for term in terms(zone).take(117) {
            for now in [
                DateTime::<Utc>::MIN_UTC,
                DateTime::<Utc>::MAX_UTC,
                midnight(NaiveDate::MIN + Days::new(300)),
                midnight(NaiveDate::MAX - Days::new(300)),
            ] {
                if let Some(cutoff) = term.instant_cutoff(now) {
                    assert!(term.due_of_instant(cutoff).is_some_and(|due| due <= now));
                }
                if let Some(cutoff) = term.date_cutoff(now) {
                    assert!(term.due_of_date(cutoff).is_some_and(|due| due <= now));
                }
                let _: Option<NaiveDateTime> = naive_cutoff(now, zone);
                let _ = (term.due_of_instant(now), term.due_of_date(now.date_naive()));
            }
        }
    }
}
