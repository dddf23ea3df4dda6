//! Two schedules compared, for people.

use std::fmt::Write as _;

use crate::run::{Change, Compared, Comparison, Moved};

use super::{rows, second};

/// Two schedules compared, for people.
#[must_use]
pub fn comparison(told: &Comparison) -> String {
    let mut text = format!(
        "changes on database {} as of {}\n",
        told.database,
        second(told.now)
    );
    if let Some(why) = &told.halted {
        let _ = writeln!(text, "{why}");
        return text;
    }
    for table in &told.tables {
        text.push_str(&one(table));
    }
    text
}

fn one(told: &Compared) -> String {
    let before = told.before.as_deref().unwrap_or("-");
    let after = told.after.as_deref().unwrap_or("-");
    let (name, what) = match told.change {
        Change::Same => (after, "as it was".to_owned()),
        Change::Changed => (after, format!("changed ({})", told.differs.join(", "))),
        Change::Renamed if told.differs.is_empty() => (after, format!("was called {before}")),
        Change::Renamed => (
            after,
            format!("was called {before}, changed ({})", told.differs.join(", ")),
        ),
        Change::Added => (after, "new".to_owned()),
        Change::Removed => (before, "removed".to_owned()),
    };
    let mut text = format!("\n{name} (table {}): {what}\n", told.table);
    match &told.rows {
        Some(moved) => text.push_str(&self::moved(moved, told.change)),
        None => text.push_str("  cannot be compared: one of the two does not fit the database\n"),
    }
    text
}

fn moved(moved: &Moved, change: Change) -> String {
    let mut text = String::new();
    if moved.more_due > 0 {
        let since = moved.more_due_since.map_or_else(String::new, |at| {
            format!("; the first since {}", second(at))
        });
        let _ = writeln!(
            text,
            "  {} due now and not before{since}",
            rows(moved.more_due)
        );
    }
    if moved.fewer_due > 0 {
        let until = moved.fewer_due_until.map_or_else(String::new, |at| {
            format!("; the first due on {}", second(at))
        });
        let _ = writeln!(
            text,
            "  {} due before and not now{until}",
            rows(moved.fewer_due)
        );
    }
    if moved.covered_no_more > 0 {
        let _ = writeln!(
            text,
            "  {} covered before and by nothing now: never touched again",
            rows(moved.covered_no_more)
        );
    }
    if moved.newly_covered > 0 {
        let _ = writeln!(text, "  {} newly covered", rows(moved.newly_covered));
    }
    if text.is_empty() && change != Change::Same {
        text.push_str("  no row is due, or covered, otherwise than before\n");
    }
    text
}
