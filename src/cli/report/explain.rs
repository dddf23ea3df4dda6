//! One record explained, for people.

use std::fmt::Write as _;

use chrono_tz::Tz;

use crate::explain::{Coverage, Event, Explanation, Period, Purpose, State, Truth, Verdict};

use super::{rows, second};

/// One record explained, for people.
#[must_use]
pub fn explanation(told: &Explanation) -> String {
    let whose = match &told.rule {
        Some(rule) => format!("rule {rule}, "),
        None => String::new(),
    };
    let mut text = format!(
        "{} {} ({whose}database {}) as of {}: {}\n",
        told.table,
        told.key.join(" "),
        told.database,
        second(told.now),
        verdict(told.verdict)
    );
    let sentences = told.because.iter().chain(&told.next);
    for sentence in sentences {
        let _ = writeln!(text, "  {sentence}");
    }
    for purpose in &told.purposes {
        text.push_str(&self::purpose(purpose));
    }
    for hold in told.holds.iter().filter(|hold| hold.holds == Truth::False) {
        let whose = match (&hold.above, &hold.when) {
            (Some(rule), _) => format!("on the row of the rule {rule} from which it hangs"),
            (None, Some(when)) => format!("\"{when}\""),
            (None, None) => String::new(),
        };
        let _ = writeln!(text, "no hold: {whose}");
    }
    for child in told.children.iter().filter(|child| child.rows == 0) {
        let _ = writeln!(text, "no row of {} ({})", child.table, child.decision);
    }
    if told.rule.is_some() {
        for parent in told.parents.iter().filter(|parent| parent.there) {
            let due = if parent.due { "due" } else { "not due" };
            let _ = writeln!(
                text,
                "hangs from a row of {} (rule {}, {}), which is {due}",
                parent.table, parent.rule, parent.decision
            );
        }
    }
    text
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NoSuchRecord => "no such record",
        Verdict::NoRule => "covered by no rule",
        Verdict::NotCovered => "covered by no purpose",
        Verdict::Kept => "kept",
        Verdict::Undatable => "kept, it cannot be dated",
        Verdict::Held => "held",
        Verdict::Newest => "kept, one of the newest",
        Verdict::Waits => "due, and waits",
        Verdict::Due => "due",
        Verdict::Finished => "done",
    }
}

fn purpose(purpose: &Purpose) -> String {
    let covers = match purpose.coverage {
        Coverage::Covers => "covers it",
        Coverage::DoesNotCover => "does not cover it",
        Coverage::MayCover => "may cover it, which counts as the longer answer",
    };
    let mut text = format!("purpose {}: {covers}", purpose.purpose);
    if !purpose.because.is_empty() {
        let _ = write!(text, "; {}", purpose.because.join("; "));
    }
    text.push('\n');
    for period in &purpose.periods {
        text.push_str(&self::period(period));
    }
    text
}

fn period(period: &Period) -> String {
    let mut text = String::from("  ");
    if let Some(case) = &period.case {
        let _ = write!(text, "case {case}: ");
    }
    let from = match period.counted_from.as_str() {
        "event" => String::new(),
        other => format!(", counted from its {other}"),
    };
    let over = if period.over { "over" } else { "not over" };
    let due = period.due.map_or_else(
        || "nobody can tell".to_owned(),
        |due| match period.zone.parse::<Tz>() {
            Ok(zone) => format!(
                "{} {}",
                due.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S"),
                period.zone
            ),
            Err(_) => second(due),
        },
    );
    let keep = period.keep.as_deref().unwrap_or("nobody can tell how long");
    let said = period
        .keep_from
        .as_ref()
        .map_or_else(String::new, |column| format!(", as {column} says"));
    let _ = writeln!(text, "kept {keep}{said}{from}; due {due}; {over}");
    event(&period.start, 4, &mut text);
    text
}

fn event(event: &Event, indent: usize, text: &mut String) {
    let what = match (event.state, &event.value) {
        (State::Happened, Some(value)) => value.clone(),
        (State::ToCome, Some(value)) => format!("{value}, still to come"),
        (State::Never, Some(value)) => format!("{value}, which means \"has not happened\""),
        (State::Never, None) => "a value that means \"has not happened\"".to_owned(),
        (State::NotHappened, _) => "has not happened (NULL)".to_owned(),
        (State::Undatable, _) => "cannot be dated".to_owned(),
        (State::NoRow, _) => "no row".to_owned(),
        (State::Happened | State::ToCome, None) => "a date".to_owned(),
    };
    let of = event
        .rows
        .map_or_else(String::new, |count| format!(" (of {})", rows(count)));
    let _ = writeln!(text, "{:indent$}start event {}{of}: {what}", "", event.from);
    for part in &event.parts {
        self::event(part, indent + 2, text);
    }
}
