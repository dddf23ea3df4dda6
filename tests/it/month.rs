//! A month that takes a second: both clock changes in three zones, a clock that is put forward and back, a machine that
//! sleeps, a pause, runs that overlap. Every occurrence of every cadence is the due time of exactly one run, or is told as
//! missed exactly once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, DurationRound, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use retentiond::daemon::Cadence;
use retentiond::daemon::agenda::{Agenda, Ended, Job, Missed, MissedBecause, Name, Pace};
use retentiond::schedule::Window;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

const ZONES: [Tz; 3] = [
    chrono_tz::Europe::Amsterdam,
    chrono_tz::America::New_York,
    chrono_tz::Australia::Lord_Howe,
];

/// Which local minutes a cron line means.
type Means = fn(&DateTime<Tz>) -> bool;

/// How a line takes a clock change: one that names a time of the day runs once on that day; one that comes again and again
/// follows the clocks, so that an hour that comes twice has all its runs twice, and one that is skipped has none.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Daily,
    Repeated,
}
use Kind::{Daily, Repeated};

/// Cron lines, and by hand what they mean.
const LINES: [(&str, Kind, Means); 4] = [
    ("30 2 * * *", Daily, |local| {
        (local.hour(), local.minute()) == (2, 30)
    }),
    ("*/20 1-3 * * *", Repeated, |local| {
        (1..=3).contains(&local.hour()) && local.minute() % 20 == 0
    }),
    ("15 * * * MON-FRI", Repeated, |local| {
        local.minute() == 15 && local.weekday().number_from_monday() <= 5
    }),
    // The day of the month, or the day of the week.
    ("0 2 1,15 * SUN", Daily, |local| {
        (local.hour(), local.minute()) == (2, 0)
            && ([1, 15].contains(&local.day()) || local.weekday().number_from_monday() == 7)
    }),
];

/// The occurrences of a line between two moments, from the clocks alone.
fn occurrences(
    kind: Kind,
    means: Means,
    zone: Tz,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> BTreeSet<DateTime<Utc>> {
    let all = match kind {
        Repeated => repeated(means, zone, from, to),
        Daily => daily(means, zone, from, to),
    };
    all.into_iter()
        .filter(|at| from < *at && *at <= to)
        .collect()
}

fn repeated(means: Means, zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let mut all = Vec::new();
    let mut minute = from
        .duration_trunc(TimeDelta::minutes(1))
        .expect("a minute");
    while minute <= to {
        if means(&minute.with_timezone(&zone)) {
            all.push(minute);
        }
        minute += TimeDelta::minutes(1);
    }
    all
}

/// Of a minute that comes twice the first; of one that is skipped the first instant after the gap.
fn daily(means: Means, zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let mut all = Vec::new();
    let mut day = from.with_timezone(&zone).date_naive();
    while day <= to.with_timezone(&zone).date_naive() {
        for minute in 0..24 * 60 {
            let time =
                NaiveTime::from_num_seconds_from_midnight_opt(minute * 60, 0).expect("a time");
            let local = day.and_time(time);
            if !means(&Utc.from_utc_datetime(&local).with_timezone(&Tz::UTC)) {
                continue;
            }
            let later = (0..240).map(|minutes| local + TimeDelta::minutes(minutes));
            let instant = later
                .filter_map(|shown| zone.from_local_datetime(&shown).earliest())
                .next();
            all.push(instant.expect("an instant").with_timezone(&Utc));
        }
        day = day.succ_opt().expect("a day");
    }
    all
}

fn name(zone: Tz, line: usize) -> Name {
    Name {
        database: zone.name().to_owned(),
        rule: Some(line.to_string()),
    }
}

/// What happens on the way, besides the hours that pass.
#[derive(Clone, Copy)]
enum Happens {
    /// The host sleeps: the clock of the day goes on, the steady one does not.
    Sleeps(TimeDelta),
    /// Somebody sets the clock.
    Steps(TimeDelta),
    Paused(bool),
}

struct World {
    now: DateTime<Utc>,
    steady: TimeDelta,
    is_paused: bool,
    agenda: Agenda,
    /// Runs at work, and when each ends.
    at_work: Vec<(Name, DateTime<Utc>)>,
    starts: BTreeMap<Name, Vec<DateTime<Utc>>>,
    missed: Vec<Missed>,
    jumps: Vec<i64>,
}

impl World {
    fn new(now: DateTime<Utc>, jobs: Vec<Job>) -> Self {
        Self {
            now,
            steady: TimeDelta::zero(),
            is_paused: false,
            agenda: Agenda::of(jobs),
            at_work: Vec::new(),
            starts: BTreeMap::new(),
            missed: Vec::new(),
            jumps: Vec::new(),
        }
    }

    fn look(&mut self, lasting: &dyn Fn(&Name) -> TimeDelta) {
        if let Some(jump) = self.agenda.tick(self.now, self.steady) {
            self.jumps.push(jump.num_seconds());
        }
        let over: Vec<Name> = self
            .at_work
            .iter()
            .filter(|(_, until)| *until <= self.now)
            .map(|(name, _)| name.clone())
            .collect();
        self.at_work.retain(|(_, until)| *until > self.now);
        for name in over {
            self.missed
                .extend(self.agenda.ended(&name, Ended::Done, self.now));
        }
        let is_paused = self.is_paused;
        let (starts, missed) = self.agenda.look(self.now, &|_| is_paused);
        self.missed.extend(missed);
        for start in starts {
            self.at_work
                .push((start.name.clone(), self.now + lasting(&start.name)));
            self.starts.entry(start.name).or_default().push(start.due);
        }
    }

    fn happens(&mut self, what: Happens) {
        match what {
            // Whoever was at work ends when the host wakes.
            Happens::Sleeps(long) | Happens::Steps(long) => self.now += long,
            Happens::Paused(is) => self.is_paused = is,
        }
    }
}

/// Plays from one moment to another in steps of ten seconds.
fn play(
    world: &mut World,
    to: DateTime<Utc>,
    happenings: &[(&str, Happens)],
    lasting: &dyn Fn(&Name) -> TimeDelta,
) {
    let mut left: Vec<(DateTime<Utc>, Happens)> = happenings
        .iter()
        .map(|(when, what)| (at(when), *what))
        .collect();
    left.reverse();
    while world.now < to {
        if let Some((when, what)) = left.last().copied()
            && when <= world.now
        {
            left.pop();
            world.happens(what);
        }
        world.look(lasting);
        world.now += TimeDelta::seconds(10);
        world.steady += TimeDelta::seconds(10);
    }
}

/// Every occurrence has one run, or is told once; a run that makes up for several is for the last of them.
fn accounts(world: &World, name: &Name, expected: &BTreeSet<DateTime<Utc>>) {
    let starts = world.starts.get(name).cloned().unwrap_or_default();
    let distinct: BTreeSet<_> = starts.iter().copied().collect();
    assert_eq!(
        starts.len(),
        distinct.len(),
        "{name} ran twice for one occurrence: {starts:?}"
    );
    let mut told: Vec<DateTime<Utc>> = Vec::new();
    for missed in world.missed.iter().filter(|missed| missed.name == *name) {
        let within: Vec<_> = expected
            .range(missed.first..=missed.last)
            .copied()
            .collect();
        assert_eq!(
            within.len() as u64,
            missed.count,
            "{name}: {missed:?} of {within:?}"
        );
        // The last one has the run that makes up for them.
        let without_run = within.len() - usize::from(missed.is_made_up);
        told.extend(&within[..without_run]);
    }
    let mut all: Vec<_> = starts.into_iter().chain(told).collect();
    all.sort();
    let wanted: Vec<_> = expected.iter().copied().collect();
    assert_eq!(all, wanted, "{name}");
}

fn jobs(from: DateTime<Utc>) -> Vec<Job> {
    let mut all = Vec::new();
    for zone in ZONES {
        for (line, (text, ..)) in LINES.iter().enumerate() {
            let pace = Pace {
                cadence: Cadence::parse(text, zone).expect("a line"),
                zone,
                window: None,
                jitter: TimeDelta::zero(),
            };
            all.push(Job::after(name(zone, line), pace, from, 0).expect("a job"));
        }
    }
    all
}

fn month(from: &str, to: &str, happenings: &[(&str, Happens)], jumps: &[i64]) -> World {
    let (from, to) = (at(from), at(to));
    let mut world = World::new(from, jobs(from));
    play(&mut world, to, happenings, &|_| TimeDelta::minutes(2));
    for zone in ZONES {
        for (line, (_, kind, means)) in LINES.iter().enumerate() {
            let expected = occurrences(
                *kind,
                *means,
                zone,
                from,
                world.now - TimeDelta::seconds(10),
            );
            assert!(!expected.is_empty());
            accounts(&world, &name(zone, line), &expected);
        }
    }
    assert_eq!(world.jumps, jumps);
    world
}

#[test]
fn a_month_with_a_clock_change_forward_and_nothing_else_misses_nothing() {
    // Amsterdam on 29 March, New York on 8 March, Lord Howe back by half an hour on 5 April.
    let world = month("2026-03-06T00:00:00Z", "2026-04-08T00:00:00Z", &[], &[]);
    assert!(world.missed.is_empty(), "{:?}", world.missed);
}

#[test]
fn a_month_with_a_clock_change_back_and_nothing_else_misses_nothing() {
    // Lord Howe forward by half an hour on 4 October, Amsterdam on 25 October, New York on 1 November.
    let world = month("2026-10-02T00:00:00Z", "2026-11-04T00:00:00Z", &[], &[]);
    assert!(world.missed.is_empty(), "{:?}", world.missed);
}

#[test]
fn a_month_with_everything_accounts_for_every_occurrence() {
    let hour = TimeDelta::hours(1);
    let happenings = [
        (
            "2026-10-05T10:00:00Z",
            Happens::Sleeps(TimeDelta::hours(30)),
        ),
        ("2026-10-09T00:10:00Z", Happens::Steps(hour)),
        ("2026-10-12T03:05:00Z", Happens::Steps(-hour)),
        ("2026-10-18T00:00:00Z", Happens::Paused(true)),
        ("2026-10-19T12:00:00Z", Happens::Paused(false)),
        // Asleep over the change itself.
        ("2026-10-24T23:00:00Z", Happens::Sleeps(TimeDelta::hours(4))),
    ];
    let world = month(
        "2026-10-02T00:00:00Z",
        "2026-11-04T00:00:00Z",
        &happenings,
        &[30 * 3600, 3600, -3600, 4 * 3600],
    );
    for because in [MissedBecause::Clock, MissedBecause::Paused] {
        let told = world
            .missed
            .iter()
            .filter(|missed| missed.because == because);
        assert!(told.count() > 3, "{because:?}: {:?}", world.missed);
    }
}

#[test]
fn runs_that_overlap_and_a_daemon_that_was_down() {
    let zone = chrono_tz::UTC;
    let from = at("2026-11-01T00:00:00Z");
    let pace = Pace {
        cadence: Cadence::parse("*/10 * * * *", zone).expect("a line"),
        zone,
        window: None,
        jitter: TimeDelta::zero(),
    };
    let job = Job::after(name(zone, 0), pace.clone(), from, 0).expect("a job");
    let mut world = World::new(from, vec![job]);
    // Each run takes 25 minutes: two occurrences come meanwhile.
    play(&mut world, at("2026-11-01T06:00:00Z"), &[], &|_| {
        TimeDelta::minutes(25)
    });
    let last = world.now - TimeDelta::seconds(10);
    let waits = world.agenda.jobs()[0].first_without_end();
    let all = occurrences(Repeated, |local| local.minute() % 10 == 0, zone, from, last);
    let overlaps = world
        .missed
        .iter()
        .filter(|missed| missed.because == MissedBecause::Overlap);
    assert!(
        overlaps
            .clone()
            .all(|missed| !missed.is_made_up && missed.count == 2)
    );
    assert!(overlaps.count() > 5);
    // The one at work, and what came since, is for the next start.
    let before: BTreeSet<_> = all.range(..waits).copied().collect();
    let mut ended = World::new(world.now, Vec::new());
    std::mem::swap(&mut ended.starts, &mut world.starts);
    ended.missed = world.missed;
    for starts in ended.starts.values_mut() {
        starts.retain(|due| *due < waits);
    }
    accounts(&ended, &name(zone, 0), &before);
    // A day later another daemon begins, with what the first one waited for.
    let later = at("2026-11-02T00:05:00Z");
    let job = Job::after(name(zone, 0), pace, waits - TimeDelta::seconds(1), 0).expect("a job");
    let mut world = World::new(later, vec![job.was_down()]);
    play(&mut world, at("2026-11-02T01:00:00Z"), &[], &|_| {
        TimeDelta::minutes(1)
    });
    let down = &world.missed[0];
    assert_eq!(
        (down.because, down.first, down.is_made_up),
        (MissedBecause::Down, waits, true)
    );
    assert_eq!(world.missed.len(), 1, "{:?}", world.missed);
    let all = occurrences(
        Repeated,
        |local| local.minute() % 10 == 0,
        zone,
        waits - TimeDelta::seconds(1),
        world.now - TimeDelta::seconds(10),
    );
    accounts(&world, &name(zone, 0), &all);
}

/// What is not done when the window closes is done when it opens, and jitter only makes later.
#[test]
fn windows_jitter_failures_and_a_clock_that_was_years_ahead() {
    let zone = chrono_tz::Europe::Amsterdam;
    let from = at("2026-11-01T00:00:00Z");
    let time = |text: &str| text.parse::<NaiveTime>().expect("a time");
    let pace = Pace {
        cadence: Cadence::parse("0 0 * * *", zone).expect("a line"),
        zone,
        window: Some(Window {
            from: time("01:00:00"),
            to: time("05:00:00"),
        }),
        jitter: TimeDelta::minutes(10),
    };
    let name = name(zone, 0);
    let job = Job::after(name.clone(), pace, from, 500).expect("a job");
    let mut agenda = Agenda::of(vec![job]);
    let never = |_: &Name| false;
    let look = |agenda: &mut Agenda, now: &str| {
        let (starts, missed) = agenda.look(at(now), &never);
        assert!(missed.is_empty(), "{missed:?}");
        starts
    };
    // Midnight in Amsterdam is 23:00 UTC, and the window opens at midnight UTC.
    assert!(look(&mut agenda, "2026-11-01T23:04:59Z").is_empty());
    assert!(look(&mut agenda, "2026-11-01T23:05:00Z").is_empty());
    assert!(look(&mut agenda, "2026-11-01T23:59:59Z").is_empty());
    let starts = look(&mut agenda, "2026-11-02T00:00:00Z");
    assert_eq!(starts[0].due, at("2026-11-01T23:00:00Z"));
    agenda.ended(&name, Ended::WindowClosed, at("2026-11-02T04:00:00Z"));
    // The next window does both: the rest, and what has come due meanwhile.
    assert!(look(&mut agenda, "2026-11-02T23:59:00Z").is_empty());
    let starts = look(&mut agenda, "2026-11-03T00:00:00Z");
    assert_eq!(starts[0].due, at("2026-11-02T23:00:00Z"));
    // It fails: again after a minute, two, four; six times, and then the next night.
    let mut now = at("2026-11-03T00:00:10Z");
    for wait in [1, 2, 4, 8, 16, 32] {
        agenda.ended(&name, Ended::Failed, now);
        let again = now + TimeDelta::minutes(wait);
        assert_eq!(agenda.jobs()[0].at(), Some(again));
        let (starts, missed) = agenda.look(again, &never);
        assert_eq!((starts.len(), missed.len()), (1, 0));
        now = again + TimeDelta::seconds(10);
    }
    agenda.ended(&name, Ended::Failed, now);
    assert_eq!(agenda.jobs()[0].at(), Some(at("2026-11-03T23:05:00Z")));
    assert_eq!(agenda.jobs()[0].failures(), 7);
    // The clock jumps ten years ahead for a moment and comes back: what waits does not wait for ten years.
    let years = TimeDelta::days(3650);
    let (steady, moment) = (TimeDelta::seconds(5), now);
    agenda.tick(moment, TimeDelta::zero());
    assert_eq!(agenda.tick(moment + years + steady, steady), Some(years));
    agenda.look(moment + years, &never);
    agenda.ended(&name, Ended::Done, moment + years);
    assert_eq!(agenda.tick(moment + steady * 2, steady * 2), Some(-years));
    assert_eq!(agenda.jobs()[0].at(), Some(at("2026-11-03T23:05:00Z")));
}

fn pace(line: &str, window: Option<(&str, &str)>) -> Pace {
    let time = |text: &str| text.parse::<NaiveTime>().expect("a time");
    Pace {
        cadence: Cadence::parse(line, chrono_tz::UTC).expect("a line"),
        zone: chrono_tz::UTC,
        window: window.map(|(from, to)| Window {
            from: time(from),
            to: time(to),
        }),
        jitter: TimeDelta::zero(),
    }
}

/// What came due while a window was closed is done by one run when it opens, and the others are told: none is lost.
#[test]
fn a_window_hides_no_occurrence() {
    let from = at("2026-11-01T00:00:00Z");
    let name = name(chrono_tz::UTC, 0);
    let pace = pace("*/20 * * * *", Some(("01:00:00", "05:00:00")));
    let job = Job::after(name.clone(), pace, from, 0).expect("a job");
    let mut world = World::new(from, vec![job]);
    // Asleep over an opening: that is late, whatever the window says.
    let happenings = [("2026-11-03T00:30:00Z", Happens::Sleeps(TimeDelta::hours(1)))];
    play(&mut world, at("2026-11-05T02:00:00Z"), &happenings, &|_| {
        TimeDelta::minutes(1)
    });
    let last = world.now - TimeDelta::seconds(10);
    let all = occurrences(
        Repeated,
        |local| local.minute() % 20 == 0,
        chrono_tz::UTC,
        from,
        last,
    );
    accounts(&world, &name, &all);
    let because: Vec<_> = world.missed.iter().map(|one| one.because).collect();
    let (window, clock) = (MissedBecause::Window, MissedBecause::Clock);
    assert_eq!(because, [window, window, window, window, window]);
    assert!(!because.contains(&clock));
}

/// A run that waits for its window waits for it also where the daemon was begun meanwhile; one that should have begun
/// and did not is late.
#[test]
fn a_closed_window_is_no_excuse_and_no_fault() {
    let name = name(chrono_tz::UTC, 0);
    let pace = pace("0 0 * * *", Some(("01:00:00", "05:00:00")));
    for (begun, expected) in [
        ("2026-11-02T00:30:00Z", None),
        ("2026-11-02T02:00:00Z", Some(MissedBecause::Down)),
    ] {
        let job = Job::after(name.clone(), pace.clone(), at("2026-11-01T23:59:59Z"), 0);
        let mut agenda = Agenda::of(vec![job.expect("a job").was_down()]);
        let mut now = at(begun);
        let (start, missed) = loop {
            let (starts, missed) = agenda.look(now, &|_| false);
            if let Some(start) = starts.into_iter().next() {
                break (start, missed);
            }
            now += TimeDelta::seconds(10);
        };
        assert_eq!(start.due, at("2026-11-02T00:00:00Z"));
        let because = missed.first().map(|one| one.because);
        assert_eq!(because, expected, "{begun}");
    }
}

/// A reload with another cadence: what had come due is made up for, what came while a run was at work is told, and what
/// nobody serves any more is told as well.
#[test]
fn a_reload_with_another_cadence_drops_nothing() {
    let name = name(chrono_tz::UTC, 0);
    let from = at("2026-11-01T00:00:00Z");
    let job =
        |line: &str, from| Job::after(name.clone(), pace(line, None), from, 0).expect("a job");
    let minute = TimeDelta::minutes(1);
    // Paused over two occurrences, and reloaded.
    let mut agenda = Agenda::of(vec![job("*/10 * * * *", from)]);
    let now = at("2026-11-01T00:25:00Z");
    assert!(agenda.look(now, &|_| true).0.is_empty());
    assert!(agenda.replace(vec![job("0 5 * * *", now)], now).is_empty());
    assert_eq!(
        agenda.jobs()[0].first_without_end(),
        at("2026-11-01T00:10:00Z")
    );
    // And reloaded once more: it is still owed.
    assert!(agenda.replace(vec![job("0 6 * * *", now)], now).is_empty());
    let (starts, missed) = agenda.look(now + minute, &|_| false);
    assert_eq!(starts[0].due, at("2026-11-01T00:20:00Z"));
    assert_eq!((missed[0].count, missed[0].is_made_up), (2, true));
    assert_eq!(missed[0].because, MissedBecause::Paused);
    agenda.ended(&name, Ended::Done, now + minute);
    assert_eq!(agenda.jobs()[0].at(), Some(at("2026-11-01T06:00:00Z")));
    // A failed run is tried again, under whatever cadence.
    let mut agenda = Agenda::of(vec![job("*/10 * * * *", from)]);
    let ten = at("2026-11-01T00:10:00Z");
    assert_eq!(agenda.look(ten, &|_| false).0.len(), 1);
    agenda.ended(&name, Ended::Failed, ten + minute);
    agenda.replace(vec![job("0 5 * * *", ten + minute)], ten + minute);
    let (starts, missed) = agenda.look(ten + minute * 2, &|_| false);
    assert_eq!((starts[0].due, missed.len()), (ten, 0));
    // At work: what came meanwhile has no run.
    let mut agenda = Agenda::of(vec![job("*/10 * * * *", from)]);
    agenda.look(ten, &|_| false);
    let missed = agenda.replace(vec![job("0 5 * * *", now)], now);
    assert_eq!(
        (missed[0].because, missed[0].count, missed[0].is_made_up),
        (MissedBecause::Overlap, 1, false)
    );
    assert!(agenda.ended(&name, Ended::Done, now).is_none());
    // Nobody serves it any more.
    let mut agenda = Agenda::of(vec![job("*/10 * * * *", from)]);
    agenda.look(now, &|_| true);
    let missed = agenda.replace(Vec::new(), now);
    assert_eq!(
        (missed[0].because, missed[0].count, missed[0].is_made_up),
        (MissedBecause::Paused, 2, false)
    );
}
