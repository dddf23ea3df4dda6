//! Reviews that are overdue: a schedule that nobody looks at says yesterday's law.

use std::num::NonZeroU32;

use chrono::NaiveDate;

use crate::calendar::RetentionPeriod;
use crate::diagnostic::{Fault, Located};

use super::{Legal, Rule};

impl Legal {
    /// The last review and the day on which the next one was due, if that has passed. Where no interval is given, a
    /// review is good for a year; what was never reviewed is not overdue.
    #[must_use]
    pub fn overdue(&self, today: NaiveDate) -> Option<(&Located<NaiveDate>, NaiveDate)> {
        let reviewed = self.reviewed.as_ref()?;
        let every = self
            .review_every
            .unwrap_or(RetentionPeriod::Years(NonZeroU32::MIN));
        let next = every.add_to(reviewed.value)?;
        (next < today).then_some((reviewed, next))
    }
}

/// A warning for each purpose of a rule whose review is overdue.
#[must_use]
pub fn overdue(rule: &Rule, today: NaiveDate) -> Vec<Fault> {
    let told = |purpose: &super::Purpose| {
        let (reviewed, next) = purpose.legal.overdue(today)?;
        let sentence = format!(
            "the purpose {} was last reviewed on {}; the next review was due by {next}",
            purpose.name, reviewed.value
        );
        let hint = match &purpose.legal.owner {
            Some(owner) => {
                format!("ask {owner} whether ground and period still hold, and write the day down")
            }
            None => "see whether ground and period still hold, and write the day down".to_owned(),
        };
        Some(
            Fault::warning(reviewed.at, sentence)
                .hint(hint)
                .in_rule(&rule.name),
        )
    };
    rule.purposes.iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn a_review_is_good_for_its_interval_or_a_year() {
        let mut legal = Legal::default();
        assert_eq!(legal.overdue(day("2026-11-22")), None);
        legal.reviewed = Some(Located::new(day("2024-02-29"), 0..1));
        assert_eq!(legal.overdue(day("2025-02-28")), None);
        let next = |legal: &Legal, today| legal.overdue(day(today)).map(|(_, next)| next);
        assert_eq!(next(&legal, "2025-03-01"), Some(day("2025-02-28")));
        legal.review_every = "6 months".parse().ok();
        assert_eq!(next(&legal, "2024-08-29"), None);
        assert_eq!(next(&legal, "2024-08-30"), Some(day("2024-08-29")));
        legal.review_every = "3 years".parse().ok();
        assert_eq!(next(&legal, "2027-02-28"), None);
    }
}
