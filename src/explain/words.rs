//! Sentences about one record, for somebody who knows the policy and not the database.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::plan::StepKind;
use crate::schedule::{Disposition, Mode, Purpose as Written, Rule};

use super::judge::Facts;
use super::model::{Coverage, Event, Explanation, Period, Purpose, State, Truth, Verdict};

/// Which conditions make a purpose cover the record, or not.
pub(super) fn coverage(
    purpose: &Written,
    when: Option<Truth>,
    unless: &[Truth],
    cases: &[Truth],
) -> Vec<String> {
    let mut said = Vec::new();
    if let (Some(condition), Some(answer)) = (&purpose.when, when) {
        said.push(format!("\"{}\" is {}", condition.0, truth(answer)));
    }
    for (exemption, answer) in purpose.unless.iter().zip(unless) {
        if *answer != Truth::False {
            said.push(format!(
                "exempt where \"{}\", which is {} ({})",
                exemption.when.0,
                truth(*answer),
                exemption.because
            ));
        }
    }
    for (case, answer) in purpose.cases.iter().zip(cases) {
        if *answer != Truth::False {
            said.push(format!(
                "case {}: \"{}\" is {}",
                case.name,
                case.when.0,
                truth(*answer)
            ));
        }
        if *answer == Truth::True {
            return said;
        }
    }
    if !purpose.cases.is_empty() {
        said.push(match purpose.otherwise {
            Some(_) => "no case certainly owns it: the purpose's own period holds".to_owned(),
            None => "no case certainly owns it".to_owned(),
        });
    }
    said
}

fn truth(answer: Truth) -> &'static str {
    match answer {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown (NULL)",
    }
}

/// Why the verdict is what it is.
pub(super) fn because(told: &Explanation, rule: &Rule, facts: &Facts) -> Vec<String> {
    let mut said = match told.verdict {
        Verdict::Due | Verdict::Finished | Verdict::Waits | Verdict::Held | Verdict::Newest => {
            ended(told)
        }
        Verdict::Kept | Verdict::Undatable => Vec::new(),
        Verdict::NotCovered => vec!["No purpose of the rule certainly covers it.".to_owned()],
        Verdict::NoRule | Verdict::NoSuchRecord => return told.because.clone(),
    };
    said.extend(told.purposes.iter().flat_map(keeps));
    said.extend(held(told));
    if facts.due && facts.stays_now {
        let stays = told
            .children
            .iter()
            .filter(|child| child.stays == Some(true));
        said.extend(stays.map(|child| {
            format!(
                "Rows of {} refer to it and must stay ({}).",
                child.table, child.decision
            )
        }));
    }
    if facts.due {
        said.extend(told.needed_by.iter().map(|rule| {
            format!("A row of the rule {rule} is dated by it, and could not be without it: it stays for as long.")
        }));
    }
    if let (Verdict::Newest, Some(keep)) = (told.verdict, &rule.keep_newest) {
        said.push(format!(
            "It is one of the newest {} of its group, which always stay.",
            keep.count
        ));
    }
    if told.verdict == Verdict::Finished {
        said.push("It was made anonymous already.".to_owned());
    }
    said
}

fn ended(told: &Explanation) -> Vec<String> {
    let covering = told.purposes.iter();
    let covering = covering.filter(|purpose| purpose.coverage != Coverage::DoesNotCover);
    covering
        .flat_map(|purpose| {
            let periods = purpose.periods.iter().filter(|period| period.over);
            periods.map(|period| {
                let since = period.due.map_or_else(String::new, |due| {
                    format!(" on {}", moment(due, &period.zone))
                });
                format!(
                    "The purpose {} ended{since}: {}.",
                    purpose.purpose,
                    length(period)
                )
            })
        })
        .collect()
}

/// Why a purpose still keeps the record.
fn keeps(purpose: &Purpose) -> Vec<String> {
    if purpose.coverage == Coverage::DoesNotCover || purpose.ended {
        return Vec::new();
    }
    let name = &purpose.purpose;
    let verb = match purpose.coverage {
        Coverage::MayCover => "may keep",
        _ => "keeps",
    };
    let open = purpose.periods.iter().filter(|period| !period.over);
    open.map(|period| match (&period.start.state, period.due) {
        (State::Happened | State::ToCome, Some(due)) => format!(
            "The purpose {name} {verb} it until {}: {}.",
            moment(due, &period.zone),
            length(period)
        ),
        (State::Happened | State::ToCome, None) if period.keep.is_none() => format!(
            "The purpose {name} {verb} it: what stands in {} is NULL, not a period that is believed, or newer than \
             this question, so nobody can tell how long.",
            period.keep_from.as_deref().unwrap_or("its column")
        ),
        (State::Happened | State::ToCome, None) => {
            format!("The purpose {name} {verb} it: its end lies beyond the calendar.")
        }
        (State::Undatable, _) => format!(
            "The purpose {name} {verb} it: {} is no plausible date in its declared form, so nobody can tell when it \
             is due.",
            deciding(&period.start)
        ),
        (State::NotHappened | State::Never, _) => format!(
            "The purpose {name} {verb} it: its start event ({}) has not happened.",
            deciding(&period.start)
        ),
        (State::NoRow, _) => format!(
            "The purpose {name} {verb} it: there is no row from which its start event ({}) could be taken.",
            deciding(&period.start)
        ),
    })
    .collect()
}

/// How a due date was computed.
fn length(period: &Period) -> String {
    let start = &period.start;
    let value = start.value.as_deref().unwrap_or("no date");
    let event = format!("{} ({value})", deciding(start));
    let from = match period.counted_from.as_str() {
        "event" => event,
        other => format!("{} of {event}", other.replace('-', " ")),
    };
    let said = period
        .keep_from
        .as_ref()
        .map_or_else(String::new, |column| format!(" (as {column} says)"));
    match period.keep.as_deref() {
        Some("none") => format!("it ends with {from}"),
        Some(keep) => format!("{keep}{said} after {from}"),
        None => from,
    }
}

/// The event that decided, where several were looked at.
fn deciding(event: &Event) -> &str {
    let same = |part: &&Event| part.state == event.state && part.due == event.due;
    match event.parts.iter().find(same) {
        Some(part) => deciding(part),
        None => &event.from,
    }
}

fn held(told: &Explanation) -> Vec<String> {
    let holding = told.holds.iter().filter(|hold| hold.holds != Truth::False);
    holding
        .map(|hold| match (&hold.above, &hold.when, &hold.because) {
            (Some(rule), ..) => {
                format!("A hold on the row of the rule {rule} from which it hangs holds it too.")
            }
            (None, Some(when), Some(because)) => format!(
                "A hold keeps it as it is ({because}): \"{when}\" is {}.",
                truth(hold.holds)
            ),
            (None, None, Some(which)) => format!("The {which} keeps it as it is."),
            _ => "A hold keeps it as it is.".to_owned(),
        })
        .collect()
}

/// What happens next.
pub(super) fn next(told: &Explanation, rule: &Rule, facts: &Facts) -> Vec<String> {
    if rule.mode == Mode::Observe {
        return vec!["Nothing: the rule only observes.".to_owned()];
    }
    let mut said = vec![match told.verdict {
        Verdict::Due => format!(
            "If the rule may act (`plan` says so), the next run {}.",
            goes(rule)
        ),
        Verdict::Waits if facts.act(StepKind::ChildStays).is_some() => {
            format!("It stays until they have gone; then a run {}.", goes(rule))
        }
        Verdict::Waits if !told.needed_by.is_empty() && !facts.stays_now => {
            format!(
                "When that row needs no date any more, a run {}.",
                goes(rule)
            )
        }
        Verdict::Waits => format!("When they have gone, a run {}.", goes(rule)),
        Verdict::Held => format!("Nothing while it is held; then a run {}.", goes(rule)),
        Verdict::Finished => "Nothing.".to_owned(),
        Verdict::Newest => format!("When newer ones have come, a run {}.", goes(rule)),
        Verdict::NotCovered => {
            "Nothing: a row that no purpose certainly covers is never touched.".to_owned()
        }
        Verdict::Undatable => {
            "Nothing until that is put right: what cannot be dated is kept, and counted.".to_owned()
        }
        Verdict::Kept => match told.due {
            Some(_) => format!("The first run after that {}.", goes(rule)),
            None => format!(
                "Nothing until the event has happened and its period has ended; then a run {}.",
                goes(rule)
            ),
        },
        Verdict::NoRule | Verdict::NoSuchRecord => return Vec::new(),
    }];
    let overwrites = facts
        .acts
        .iter()
        .filter(|act| act.kind != StepKind::Disposition);
    said.extend(overwrites.map(|act| {
        let why = match act.kind {
            StepKind::ChildStays => "because it is due and must stay",
            _ => "because the purpose that needed it has ended",
        };
        format!("The next run overwrites {}, {why}.", act.columns.join(", "))
    }));
    said.extend(along(told));
    said
}

fn goes(rule: &Rule) -> String {
    match &rule.disposition {
        Disposition::Delete => "deletes it".to_owned(),
        Disposition::Anonymise(overwrite) => {
            let columns = overwrite.columns.iter();
            let columns: Vec<&str> = columns.map(|(name, _)| name.value.as_str()).collect();
            format!("makes it anonymous ({})", columns.join(", "))
        }
    }
}

fn along(told: &Explanation) -> Vec<String> {
    let goes = !matches!(told.verdict, Verdict::NotCovered | Verdict::Finished);
    let rows = told.children.iter().filter(|child| goes && child.rows > 0);
    rows.map(|child| {
        let (count, table) = (child.rows, &child.table);
        let rows = if count == 1 { "row" } else { "rows" };
        match child.decision {
            "with-parent" => {
                format!("With it, in the same transaction: {count} {rows} of {table}.")
            }
            "at-due" => format!("{count} {rows} of {table} as soon as it is due."),
            "detach" => match &child.detached_to {
                None => format!("{count} {rows} of {table}: the reference becomes NULL."),
                Some(key) if child.stays == Some(true) => format!(
                    "It waits for {count} {rows} of {table}, which cannot refer to the row {key} instead: it is not there, \
                     or is this one; or a hold keeps them as they are."
                ),
                Some(key) => {
                    format!("{count} {rows} of {table}: the reference becomes {key}.")
                }
            },
            "stays" => format!("It waits for {count} {rows} of {table}, which no rule removes."),
            _ => format!("It waits for {count} {rows} of {table}, which go by another rule."),
        }
    })
    .collect()
}

/// A record of a table that no rule is about.
pub(super) fn without_rule(told: &mut Explanation) {
    let parents = told.parents.iter().filter(|parent| parent.there);
    let hangs: Vec<String> = parents
        .map(|parent| {
            format!(
                "It hangs from a row of {} (rule {}, {}), which is {}.",
                parent.table,
                parent.rule,
                parent.decision,
                if parent.due { "due" } else { "not due" }
            )
        })
        .collect();
    told.because = vec![format!(
        "No rule of the schedule is about the table {}.",
        told.table
    )];
    let along = told
        .parents
        .iter()
        .any(|parent| parent.there && matches!(parent.decision, "with-parent" | "at-due"));
    told.next = vec![if along {
        "It goes with what it hangs from.".to_owned()
    } else {
        "Nothing: a row that no rule covers is never touched.".to_owned()
    }];
    told.because.extend(hangs);
}

/// A moment as the zone shows it.
fn moment(at: DateTime<Utc>, zone: &str) -> String {
    match zone.parse::<Tz>() {
        Ok(tz) => {
            let local = at.with_timezone(&tz);
            format!("{} {zone} time", local.format("%Y-%m-%d %H:%M"))
        }
        Err(_) => at.format("%Y-%m-%d %H:%M UTC").to_string(),
    }
}
