//! Holds for people.

use std::fmt::Write as _;

use crate::run::{DatabaseReport, HoldReport};

use super::super::hold::Listed;
use super::rows;

/// The holds that stand, a paragraph for each: their names are too long for a table.
#[must_use]
pub fn holds(listed: &[Listed]) -> String {
    let mut text = String::new();
    for hold in listed {
        let over = match (&hold.keys, &hold.condition) {
            (Some(keys), _) => format!("{keys} keys"),
            (None, Some(condition)) => format!("rows where {condition}"),
            (None, None) => String::new(),
        };
        let alone = if hold.shallow { ", the rows alone" } else { "" };
        let _ = writeln!(
            text,
            "{}\n  over {over} of {} (rule {}, database {}){alone}\n  because {}; reference {}, owner {}\n  placed on {} \
             by {}; {}",
            hold.hold,
            hold.table,
            hold.rule,
            hold.database,
            hold.because,
            hold.reference,
            hold.owner,
            hold.placed_at.date_naive(),
            hold.placed_by,
            review(hold.to_be_reviewed, hold.review)
        );
    }
    text
}

/// The holds of a plan, below its rules.
pub(super) fn standing(text: &mut String, report: &DatabaseReport) {
    for hold in &report.holds {
        let _ = writeln!(text, "\n{}", one(hold));
    }
}

fn one(hold: &HoldReport) -> String {
    let over = hold
        .rows
        .map_or_else(String::new, |count| format!(" over {}", rows(count)));
    format!(
        "hold {}{over} of the rule {}: reference {}, owner {}; {}",
        hold.hold,
        hold.rule,
        hold.reference,
        hold.owner,
        review(hold.to_be_reviewed, hold.review)
    )
}

fn review(has_come: bool, day: chrono::NaiveDate) -> String {
    if has_come {
        format!("TO BE REVIEWED since {day}")
    } else {
        format!("to be reviewed on {day}")
    }
}
