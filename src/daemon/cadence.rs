//! A cron line in a time zone.

use anyhow::{Context, bail};
use chrono::{DateTime, DurationRound, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};

/// croner gives up where the clocks skip more than two hours.
const SKIPPED_HOURS: i64 = 2;
/// So far ahead it is looked for such a place: a line comes once in that time, or once in four years and not in it.
const AHEAD_HOURS: i64 = 5 * 366 * 24;

/// When a database runs: a cron line of five fields, or six with seconds, in a named time zone. A time that a clock
/// change skips fires at the first instant after it; one that comes twice fires once.
#[derive(Debug, Clone)]
pub struct Cadence {
    /// As it is written.
    text: String,
    cron: Cron,
    zone: Tz,
}

impl Cadence {
    /// Reads a cron line.
    ///
    /// # Errors
    /// The line is not understood.
    pub fn parse(text: &str, zone: Tz) -> anyhow::Result<Self> {
        let cron = CronParser::builder()
            .seconds(Seconds::Optional)
            .build()
            .parse(text)
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        let text = text.to_owned();
        Ok(Self { text, cron, zone })
    }

    /// The first occurrence after a moment.
    ///
    /// # Errors
    /// There is none: the line names a day that never comes.
    pub fn next_after(&self, moment: DateTime<Utc>) -> anyhow::Result<DateTime<Utc>> {
        let mut from = moment;
        let next = loop {
            let found = self
                .cron
                .find_next_occurrence(&from.with_timezone(&self.zone), from != moment);
            match (found, from == moment) {
                (Ok(next), _) => break next.with_timezone(&Utc),
                (Err(_), true) if let Some(after) = skipped(self.zone, moment) => from = after,
                (Err(error), _) => {
                    return Err(anyhow::anyhow!("{error}")).context("the cadence never comes");
                }
            }
        };
        if next <= moment {
            bail!("the cadence does not advance");
        }
        Ok(next)
    }
}

/// The first instant after a long time that the clocks of a zone skip: one that goes to the other side
/// of the date line skips a day. What would have come in it does not come.
fn skipped(zone: Tz, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let from = moment.with_timezone(&zone).naive_local();
    let shown = |hours| zone.from_local_datetime(&(from + TimeDelta::hours(hours)));
    let is_gap =
        |hours: &i64| (0..=SKIPPED_HOURS).all(|more| shown(hours + more).earliest().is_none());
    let gap = (0..AHEAD_HOURS).find(is_gap)?;
    let minutes = (0..48 * 60).map(|minutes| from + TimeDelta::minutes(gap * 60 + minutes));
    let after = minutes
        .filter_map(|shown| zone.from_local_datetime(&shown).earliest())
        .next()?;
    // To the minute: what is looked for may come with the first of them.
    let first = after.duration_trunc(TimeDelta::minutes(1)).ok()?;
    Some(first.with_timezone(&Utc))
}

impl PartialEq for Cadence {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.zone == other.zone
    }
}

impl std::fmt::Display for Cadence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.text, self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samoa had no 30 December 2011.
    #[test]
    fn a_day_that_does_not_exist_is_passed_over() {
        for (line, expected) in [
            (
                "30 2 * * *",
                ["2011-12-29T12:30:00+00:00", "2011-12-30T12:30:00+00:00"],
            ),
            (
                "0 */6 * * *",
                ["2011-12-29T10:00:00+00:00", "2011-12-29T16:00:00+00:00"],
            ),
            (
                "30 2 30 12 *",
                ["2012-12-29T12:30:00+00:00", "2013-12-29T12:30:00+00:00"],
            ),
        ] {
            let cadence = Cadence::parse(line, chrono_tz::Pacific::Apia).expect("a line");
            let mut at = "2011-12-29T06:00:00Z"
                .parse::<DateTime<Utc>>()
                .expect("a moment");
            for expected in expected {
                at = cadence.next_after(at).expect("a next one");
                assert_eq!(at.to_rfc3339(), expected, "{line}");
            }
        }
    }

    #[test]
    fn both_nights_of_a_clock_change_fire_once() {
        let cadence = Cadence::parse("30 2 * * *", chrono_tz::Europe::Amsterdam).expect("a line");
        let mut at = "2026-03-27T12:00:00Z"
            .parse::<DateTime<Utc>>()
            .expect("a moment");
        let mut fired = Vec::new();
        for _ in 0..3 {
            at = cadence.next_after(at).expect("a next one");
            fired.push(at.to_rfc3339());
        }
        // 02:30 does not exist on 29 March: it fires when the clock has jumped to 03:00.
        assert_eq!(
            fired,
            [
                "2026-03-28T01:30:00+00:00",
                "2026-03-29T01:00:00+00:00",
                "2026-03-30T00:30:00+00:00"
            ]
        );
        let mut at = "2026-10-24T12:00:00Z"
            .parse::<DateTime<Utc>>()
            .expect("a moment");
        let mut days = Vec::new();
        for _ in 0..3 {
            at = cadence.next_after(at).expect("a next one");
            days.push(at.date_naive().to_string());
        }
        assert_eq!(days, ["2026-10-25", "2026-10-26", "2026-10-27"]);
    }
}
