//! A rule read back as sentences that a lawyer could sign.

use crate::calendar::{CountedFrom, Keep};
use crate::diagnostic::Located;

use super::{
    Aggregate, Case, ChildDecision, Disposition, Erasure, HoldClause, HoldDepth, IfNone,
    KeepNewest, Length, Mode, Overwrite, Partitions, Period, Purpose, Rule, Start, StartColumn,
};

/// The rule in plain English: what happens to which rows, how long after what, except which, in whose time.
#[must_use]
pub fn rule(rule: &Rule) -> String {
    let mut said = vec![disposition(rule)];
    let mut before = None;
    for purpose in &rule.purposes {
        said.push(self::purpose(purpose, before));
        before = purpose.otherwise.as_ref();
    }
    said.extend(rule.keep_newest.as_ref().map(newest));
    for hold in &rule.holds {
        said.push(self::hold(hold));
    }
    said.extend(children(rule));
    if let Some(overwrite) = &rule.if_a_child_stays {
        said.push(format!(
            "A row that is due and must wait for a child loses {} at once.",
            columns(overwrite)
        ));
    }
    if rule.partitions == Partitions::Truncate {
        said.push("A partition in which every row is due is emptied at once.".to_owned());
    }
    said.extend(rule.erasure.as_ref().map(erasure));
    if let Some(columns) = recognised(&rule.recognised_by) {
        said.push(columns);
    }
    if rule.mode == Mode::Observe {
        said.push("The rule only counts; it touches nothing.".to_owned());
    }
    said.join(" ")
}

fn recognised(columns: &[Located<String>]) -> Option<String> {
    let names: Vec<&str> = columns.iter().map(|one| one.value.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "A removed row that a restored backup brings back is known again by its key and {}, and goes again when \
             somebody has approved it.",
            names.join(", ")
        )
    })
}

fn erasure(erasure: &Erasure) -> String {
    let with: Vec<&str> = erasure.with.iter().map(|one| one.value.as_str()).collect();
    let theirs = match with.as_slice() {
        [] => String::new(),
        names => format!(", with what hangs from it under {}", names.join(", ")),
    };
    format!(
        "A row stands for a person, and is erased on request{theirs}, except where a statutory minimum or a hold keeps it."
    )
}

fn hold(hold: &HoldClause) -> String {
    let what = match hold.depth {
        HoldDepth::Deep => "a row and what hangs from it stay as they are",
        HoldDepth::Shallow => "a row stays as it is, but not what hangs from it",
    };
    let when = |lead: &str| match &hold.when {
        Some(when) => format!("{lead}\"{}\" is true or unknown", when.0),
        None => String::new(),
    };
    let Some(rows) = &hold.table else {
        return format!("While {} ({}), {what}.", when(""), hold.because);
    };
    let until = match &rows.until {
        Some(until) => format!(", until {}", until.column),
        None => String::new(),
    };
    format!(
        "While a row of {} names it{}{until} ({}), {what}.",
        rows.table,
        when(" and "),
        hold.because
    )
}

fn disposition(rule: &Rule) -> String {
    let (verb, what) = match &rule.disposition {
        Disposition::Delete => ("deleted", String::new()),
        Disposition::Anonymise(overwrite) => {
            ("made anonymous", format!(" ({})", columns(overwrite)))
        }
    };
    let when = if rule.purposes.len() > 1 {
        "when the last purpose that covers them has ended"
    } else {
        "when their purpose has ended"
    };
    format!("Rows of {} are {verb}{what} {when}.", rule.table)
}

fn newest(keep: &KeepNewest) -> String {
    let of = match keep.per.as_slice() {
        [] => "the table".to_owned(),
        columns => {
            let names: Vec<&str> = columns.iter().map(|one| one.value.as_str()).collect();
            format!("each {}", names.join(", "))
        }
    };
    let rows = if keep.count.get() == 1 {
        "The newest row".to_owned()
    } else {
        format!("The newest {} rows", keep.count)
    };
    format!("{rows} of {of} by {} always stay.", keep.by.column)
}

fn purpose(purpose: &Purpose, before: Option<&Period>) -> String {
    let mut parts = Vec::new();
    for case in &purpose.cases {
        parts.push(self::case(case));
    }
    if let Some(one) = &purpose.otherwise {
        let others = if purpose.cases.is_empty() {
            ""
        } else {
            "otherwise "
        };
        parts.push(format!("{others}{}", period(one)));
    }
    let mut said = format!("{}: kept {}", capital(&purpose.name), parts.join("; "));
    if let Some(when) = &purpose.when {
        said.push_str(&format!(", for rows where \"{}\"", when.0));
    }
    for one in &purpose.unless {
        said.push_str(&format!(
            ", not for rows where \"{}\" ({})",
            one.when.0, one.because
        ));
    }
    if let Some(overwrite) = &purpose.at_end {
        said.push_str(&format!("; {} goes with this purpose", columns(overwrite)));
    }
    let zone = purpose
        .otherwise
        .as_ref()
        .or_else(|| purpose.cases.first().map(|case| &case.period))
        .map(|period| period.zone);
    if let Some(zone) = zone
        && before.is_none_or(|other| other.zone != zone)
    {
        said.push_str(&format!(", {zone} time"));
    }
    said.push('.');
    said
}

fn case(case: &Case) -> String {
    format!(
        "{} ({}, where \"{}\")",
        period(&case.period),
        case.name,
        case.when.0
    )
}

fn period(period: &Period) -> String {
    let at_least = if period.at_least { "at least " } else { "" };
    let start = start(&period.start);
    let from = match period.counted_from {
        CountedFrom::Event => start,
        other => format!("the {} in which {start} lies", unit(other)),
    };
    match &period.keep.value {
        Length::Fixed(Keep::None) => format!("{at_least}until {from}"),
        Length::Fixed(Keep::For(length)) => format!("{at_least}{length} after {from}"),
        Length::InColumn(column) => format!("{at_least}{column} after {from}"),
    }
}

fn unit(counted_from: CountedFrom) -> String {
    match counted_from {
        CountedFrom::Event => String::new(),
        CountedFrom::EndOfMonth => "end of the month".to_owned(),
        CountedFrom::EndOfQuarter => "end of the quarter".to_owned(),
        CountedFrom::EndOfYear => "end of the year".to_owned(),
        CountedFrom::EndOfBookYear(end) => format!("end of the book year (that ends on {end})"),
    }
}

fn start(start: &Start) -> String {
    match start {
        Start::Column(column) => name(column),
        Start::Related {
            aggregate,
            column,
            only,
            if_none,
        } => {
            let which = match aggregate {
                Aggregate::Latest => "last",
                Aggregate::Earliest => "first",
            };
            let mut said = format!("the {which} {}", name(column));
            if let Some(only) = only {
                said.push_str(&format!(" where \"{}\"", only.0));
            }
            if let IfNone::Use(other) = &if_none.value {
                said.push_str(&format!(
                    " (or, where there is none, {})",
                    self::start(other)
                ));
            }
            said
        }
        Start::LatestOf(list) => format!("the last of {}", joined(list)),
        Start::Chosen { sql, .. } => format!("the moment that \"{}\" gives", sql.0),
        Start::Reported(event) => format!("the event \"{event}\", which is reported from outside"),
        Start::EarliestOf(list) => format!("the first of {}", joined(list)),
        Start::Unused(by) => {
            let names: Vec<&str> = by.value.iter().map(|name| name.value.as_str()).collect();
            match names.as_slice() {
                [] => "the moment when no row refers to it any more".to_owned(),
                names => format!(
                    "the moment when no row of {} refers to it any more",
                    names.join(", ")
                ),
            }
        }
    }
}

fn joined(list: &[Start]) -> String {
    list.iter().map(start).collect::<Vec<_>>().join(", ")
}

fn name(column: &StartColumn) -> String {
    match &column.table {
        Some(table) => format!("{table}.{}", column.column),
        None => column.column.value.clone(),
    }
}

fn columns(overwrite: &Overwrite) -> String {
    overwrite
        .columns
        .iter()
        .map(|(name, _)| name.value.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn children(rule: &Rule) -> Vec<String> {
    let moved = |name: &Located<String>| rule.detach_to.iter().any(|(one, _)| one == name);
    let to = rule.detach_to.iter();
    let to = to.map(|(name, key)| {
        format!(
            "Rows of {name} stay and refer to the row {} instead.",
            key.value
        )
    });
    let of = |wanted: ChildDecision| -> Vec<&str> {
        rule.children
            .iter()
            .filter(|(name, decision)| decision.value == wanted && !moved(name))
            .map(|(name, _)| name.value.as_str())
            .collect()
    };
    [
        (ChildDecision::WithParent, "go with them"),
        (ChildDecision::AtDue, "go as soon as they are due"),
        (
            ChildDecision::OwnRule,
            "have a rule of their own, for which they wait",
        ),
        (
            ChildDecision::Stays,
            "keep them for as long as they are there",
        ),
        (ChildDecision::Detach, "stay and lose their reference"),
    ]
    .into_iter()
    .filter_map(|(decision, what)| {
        let names = of(decision);
        (!names.is_empty()).then(|| format!("Rows of {} {what}.", names.join(", ")))
    })
    .chain(to)
    .collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
