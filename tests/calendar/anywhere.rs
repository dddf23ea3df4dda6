//! Laws that hold for any term at any time between 1900 and 2300.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;
use retentiond::calendar::{BookYearEnd, CountedFrom, Keep, RetentionPeriod, Term, naive_cutoff};

use super::{date_law, instant_law, naive_law};

fn any_zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(TZ_VARIANTS.to_vec())
}

fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    // 1900 to 2300.
    (-2_208_988_800_000_000_i64..10_413_792_000_000_000)
        .prop_filter_map("an instant", DateTime::from_timestamp_micros)
}

fn any_period() -> impl Strategy<Value = RetentionPeriod> {
    (
        "[1-9][0-9]{0,2}",
        prop::sample::select(vec!["hours", "days", "weeks", "months", "years"]),
    )
        .prop_map(|(count, unit)| format!("{count} {unit}").parse().expect("a period"))
}

fn any_counted_from() -> impl Strategy<Value = CountedFrom> {
    let book_year = (1..=12_u32, 1..=31_u32)
        .prop_filter_map("a day of some year", |(month, day)| {
            BookYearEnd::new(month, day)
        })
        .prop_map(CountedFrom::EndOfBookYear);
    prop_oneof![
        Just(CountedFrom::Event),
        Just(CountedFrom::EndOfMonth),
        Just(CountedFrom::EndOfQuarter),
        Just(CountedFrom::EndOfYear),
        book_year,
    ]
}

fn any_term() -> impl Strategy<Value = Term> {
    let keep = prop_oneof![9 => any_period().prop_map(Keep::For), 1 => Just(Keep::None)];
    (keep, any_counted_from(), any_zone()).prop_map(|(keep, counted_from, zone)| Term {
        keep,
        counted_from,
        zone,
    })
}

fn longer(period: RetentionPeriod) -> RetentionPeriod {
    match period {
        RetentionPeriod::Hours(n) => RetentionPeriod::Hours(n.saturating_add(1)),
        RetentionPeriod::Days(n) => RetentionPeriod::Days(n.saturating_add(1)),
        RetentionPeriod::Weeks(n) => RetentionPeriod::Weeks(n.saturating_add(1)),
        RetentionPeriod::Months(n) => RetentionPeriod::Months(n.saturating_add(1)),
        RetentionPeriod::Years(n) => RetentionPeriod::Years(n.saturating_add(1)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_law_holds_anywhere(term in any_term(), now in any_instant()) {
        instant_law(term, now);
        date_law(term, now);
        naive_law(term.zone, now);
    }

    #[test]
    fn a_later_now_never_gives_an_earlier_cutoff(
        term in any_term(), now in any_instant(), later in 0..200_000_000_000_i64,
    ) {
        let then = now + TimeDelta::microseconds(later);
        prop_assert!(term.instant_cutoff(now) <= term.instant_cutoff(then));
        prop_assert!(term.date_cutoff(now) <= term.date_cutoff(then));
        prop_assert!(naive_cutoff(now, term.zone) <= naive_cutoff(then, term.zone));
    }

    #[test]
    fn a_longer_period_never_gives_a_later_cutoff(
        term in any_term(), period in any_period(), now in any_instant(),
    ) {
        let term = Term { keep: Keep::For(period), ..term };
        let longer = Term { keep: Keep::For(longer(period)), ..term };
        let none = Term { keep: Keep::None, ..term };
        prop_assert!(longer.instant_cutoff(now) <= term.instant_cutoff(now));
        prop_assert!(longer.date_cutoff(now) <= term.date_cutoff(now));
        prop_assert!(term.instant_cutoff(now) <= none.instant_cutoff(now));
        prop_assert!(term.date_cutoff(now) <= none.date_cutoff(now));
    }

    #[test]
    fn texts_round_trip(period in any_period(), from in any_counted_from()) {
        prop_assert_eq!(period.to_string().parse(), Ok(period));
        prop_assert_eq!(from.to_string().parse(), Ok(from));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,24}") {
        let _ = (text.parse::<Keep>(), text.parse::<CountedFrom>(), text.parse::<BookYearEnd>());
    }
}
