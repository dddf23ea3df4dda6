//! A cron line in a time zone.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};

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
        let local = moment.with_timezone(&self.zone);
        let next = self
            .cron
            .find_next_occurrence(&local, false)
            .map_err(|error| anyhow::anyhow!("{error}"))
            .context("the cadence never comes")?;
        let next = next.with_timezone(&Utc);
        if next <= moment {
            bail!("the cadence does not advance");
        }
        Ok(next)
    }
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
