//! Requests and answers for people.

use std::fmt::Write as _;

use crate::run::erase::LeftBecause;
use crate::state::{RequestState, Requested};

use super::super::erase::requests::Listed;
use super::super::erase::{Answer, Duty, Stays};
use super::rows;

/// What was erased, or would be, and what stays.
#[must_use]
pub fn answer(answer: &Answer) -> String {
    let mut text = String::new();
    if let Some(name) = &answer.erasure {
        let _ = writeln!(text, "request {name}");
    }
    if let Some(run) = &answer.run {
        let _ = writeln!(text, "run {run}");
    }
    let would = if answer.done { "" } else { "would be " };
    for one in &answer.erased {
        let _ = writeln!(
            text,
            "  {} of {} {would}{}",
            rows(one.rows),
            one.table,
            one.effect
        );
    }
    if answer.erased.is_empty() {
        let _ = writeln!(text, "  nothing {would}erased");
    }
    for one in &answer.stays {
        let _ = writeln!(text, "  {}", stays(one, answer.done));
    }
    if let Some(why) = &answer.failure {
        let _ = writeln!(
            text,
            "not all of it was done: {why}; the next run goes on with it, or `erase carry-out`"
        );
    }
    if let Some(why) = &answer.left_behind {
        let _ = writeln!(text, "{why}");
    }
    if let Some(lost) = &answer.regression {
        let _ = writeln!(
            text,
            "the database has gone back in time: {} batches with {} are not in it any more; what was erased on request \
             is erased again by the next run",
            lost.batches,
            rows(lost.rows)
        );
    }
    if answer.done {
        return text;
    }
    match (&answer.erasure, answer.answer_by) {
        (Some(name), Some(day)) => {
            let _ = writeln!(
                text,
                "taken in; to be answered by {day}; to carry it out: retentiond erase carry-out {name} --confirm {}",
                answer.rows
            );
        }
        _ => {
            let _ = writeln!(
                text,
                "nothing was taken in; to erase it: --confirm {} instead of --dry-run",
                answer.rows
            );
        }
    }
    text
}

fn stays(one: &Stays, done: bool) -> String {
    let verb = match (done, one.rows) {
        (false, _) => "would stay",
        (true, 1) => "stays",
        (true, _) => "stay",
    };
    let why = match one.because {
        LeftBecause::Hold => match one.holds.as_slice() {
            [] => "a hold".to_owned(),
            holds => format!("hold {}", holds.join(", ")),
        },
        LeftBecause::Minimum => {
            let duties: Vec<String> = one.duties.iter().map(duty).collect();
            format!("a statutory minimum: {}", duties.join("; "))
        }
        LeftBecause::Needed => "other rows that stay need it".to_owned(),
        LeftBecause::Others => "somebody else's too".to_owned(),
        LeftBecause::NotGone => {
            "it was to go and is still there: look at it, and carry the request out again"
                .to_owned()
        }
        LeftBecause::Observes => format!("the rule {} only observes", one.rule),
    };
    format!("{} of {} {verb}: {why}", rows(one.rows), one.table)
}

fn duty(duty: &Duty) -> String {
    let cited = match (&duty.ground, &duty.citation) {
        (Some(ground), Some(citation)) => format!(" ({ground}, {citation})"),
        (Some(one), None) | (None, Some(one)) => format!(" ({one})"),
        (None, None) => String::new(),
    };
    let until = duty.until.map_or_else(
        || "until an end that has no date yet".to_owned(),
        |day| format!("until {day}"),
    );
    format!("{}{cited}, {} {until}", duty.purpose, rows(duty.rows))
}

/// Until when a request has to be answered, and since when it is late.
fn open(state: &str, request: &Requested, days: i64) -> String {
    let by = request.answer_by;
    if days < 0 {
        return format!("{state}, to be answered by {by}: {} days LATE", -days);
    }
    format!("{state}, to be answered by {by}: {days} days left")
}

/// Requests, a paragraph for each.
#[must_use]
pub fn requests(listed: &[Listed]) -> String {
    let mut text = String::new();
    for Listed { request, days_left } in listed {
        let state = match (request.state, days_left) {
            (RequestState::Open | RequestState::Begun, days) => {
                let begun = match request.state {
                    RequestState::Begun => {
                        "begun, and not known to be done: the next run goes on with it"
                    }
                    _ => "open",
                };
                open(begun, request, days.unwrap_or_default())
            }
            (RequestState::Waits, _) => {
                format!("carried out; {} stay for now", rows(request.stays))
            }
            (RequestState::Returned, _) => {
                "carried out; the database went back in time since, and it is done again".to_owned()
            }
            (RequestState::Done, _) => "done".to_owned(),
            (RequestState::Closed, _) => "closed".to_owned(),
        };
        let put_off = if request.extended { ", put off" } else { "" };
        let _ = writeln!(
            text,
            "{}\n  rule {}, database {}; received on {}{put_off}\n  {state}; {} erased so far",
            request.erasure,
            request.rule,
            request.database,
            request.received,
            rows(request.rows)
        );
    }
    text
}
