//! Purposes and their cases.

use chrono_tz::Tz;

use crate::calendar::{CountedFrom, Keep};
use crate::config::document::{CaseTable, PurposeTable};
use crate::diagnostic::{Fault, Located, Span};
use crate::schedule::{Case, Exemption, Legal, Length, Period, Purpose, Start};

use super::reader::{Inside, Reader};
use super::terms::{Kept, Keys, Terms, terms};
use super::{Known, condition, length, overwrite, start, time};

/// What cases take from their purpose.
struct Inherited {
    terms: Terms,
    start: Given<Start>,
    zone: Option<Tz>,
}

/// A value that may be left out, be right, or be wrong with its fault recorded.
#[derive(Clone)]
enum Given<T> {
    No,
    Right(T),
    Wrong,
}

/// A purpose of a rule on a database with this zone.
pub(super) fn purpose(
    table: &Located<PurposeTable>,
    zone: Option<Tz>,
    known: &mut Known,
    reader: &mut Reader<'_>,
) -> Option<Purpose> {
    let at = table.at;
    let table = &table.value;
    let inside = Inside {
        what: "purpose",
        at,
    };
    let hint = "write name = \"…\", the reason why rows are kept";
    let name = reader
        .required(table.name.as_ref(), "name", inside, hint)
        .and_then(|name| reader.filled(name, "this name"));
    let when = condition::optional(table.when.as_ref(), reader);
    let make = |when, because| Exemption { when, because };
    let unless = condition::reasons(table.unless.as_ref(), "exception", make, reader);
    let legal = legal(table, reader);
    let inherited = inherited(table, zone, known, reader);
    let otherwise = otherwise(table, &inherited, inside, reader);
    let cases = cases(table, &inherited, known, reader);
    let at_end = match &table.at_end {
        None => Some(None),
        Some(columns) => overwrite::overwrite(columns, reader).map(Some),
    };
    Some(Purpose {
        name: name?,
        legal: legal?,
        when: when?,
        unless: unless?,
        cases: cases?,
        otherwise: otherwise?,
        at_end: at_end?,
    })
}

fn legal(table: &PurposeTable, reader: &mut Reader<'_>) -> Option<Legal> {
    let text = |value: &Option<Located<String>>| value.as_ref().map(|one| one.value.clone());
    let reviewed = match &table.reviewed {
        None => None,
        Some(day) => Some(Located::new(time::date(day, reader)?, day.at)),
    };
    let review_every = match &table.review_every {
        None => None,
        Some(text) => Some(length::period(text, reader)?),
    };
    Some(Legal {
        ground: text(&table.ground),
        citation: text(&table.citation),
        owner: text(&table.owner),
        reviewed,
        review_every,
    })
}

fn inherited(
    table: &PurposeTable,
    zone: Option<Tz>,
    known: &mut Known,
    reader: &mut Reader<'_>,
) -> Inherited {
    let keys = Keys {
        class: table.class.as_ref(),
        keep: table.keep.as_ref().map(Kept::TextOrTable),
        counted_from: table.counted_from.as_ref(),
        at_least: table.at_least.as_ref(),
    };
    Inherited {
        terms: terms(keys, known, reader),
        start: given_start(table.start.as_ref(), reader),
        zone: match &table.time_zone {
            None => zone,
            Some(text) => time::zone(text, reader),
        },
    }
}

fn given_start(
    table: Option<&Located<crate::config::document::StartTable>>,
    reader: &mut Reader<'_>,
) -> Given<Start> {
    match table {
        None => Given::No,
        Some(table) => start::start(table, reader).map_or(Given::Wrong, Given::Right),
    }
}

/// The period of the rows that no case owns.
#[expect(
    clippy::option_option,
    reason = "a fault and a period left out are two answers"
)]
fn otherwise(
    table: &PurposeTable,
    inherited: &Inherited,
    inside: Inside,
    reader: &mut Reader<'_>,
) -> Option<Option<Period>> {
    if inherited.terms.keep.is_some() || inherited.terms.broken {
        return period(inherited.terms.clone(), inherited, inside, reader).map(Some);
    }
    let has_cases = table.cases.as_ref().is_some_and(|cases| !cases.is_empty());
    if has_cases {
        return Some(None);
    }
    refuse_endless(inside.at, reader);
    None
}

fn refuse_endless(at: Span, reader: &mut Reader<'_>) {
    let fault = Fault::error(at, "a purpose without a period is refused")
        .label("kept for how long?")
        .hint(
            "write keep = \"7 years\" or class = \"…\"; \"undetermined\" is not a period: name the \
             event that ends the need, such as start = { column = \"handled_at\" }, and if it ends \
             the need by itself, keep = \"none\"",
        );
    reader.missing(at, &["keep", "class", "cases"], fault);
}

fn cases(
    table: &PurposeTable,
    inherited: &Inherited,
    known: &mut Known,
    reader: &mut Reader<'_>,
) -> Option<Vec<Case>> {
    let tables = table.cases.as_deref().unwrap_or_default();
    reader.unique(
        tables.iter().filter_map(|case| case.name.as_ref()),
        |name| format!("this purpose has two cases \"{name}\""),
        "give each case its own name",
    );
    let cases: Vec<_> = tables
        .iter()
        .map(|table| case(table, inherited, known, reader))
        .collect();
    cases.into_iter().collect()
}

fn case(
    table: &Located<CaseTable>,
    inherited: &Inherited,
    known: &mut Known,
    reader: &mut Reader<'_>,
) -> Option<Case> {
    let inside = Inside {
        what: "case",
        at: table.at,
    };
    let name = reader
        .required(table.name.as_ref(), "name", inside, "write name = \"…\"")
        .and_then(|name| reader.filled(name, "this name"));
    let when_hint = "write the SQL condition that selects its rows, such as when = \"paid\"; what \
                     holds for the other rows stands in the purpose itself";
    let when = reader
        .required(table.when.as_ref(), "when", inside, when_hint)
        .and_then(|when| condition::condition(when, reader));
    let keys = Keys {
        class: table.class.as_ref(),
        keep: table.keep.as_ref().map(Kept::TextOrTable),
        counted_from: table.counted_from.as_ref(),
        at_least: table.at_least.as_ref(),
    };
    let own = terms(keys, known, reader).or(&inherited.terms);
    let of_case = Inherited {
        terms: own.clone(),
        start: match given_start(table.start.as_ref(), reader) {
            Given::No => inherited.start.clone(),
            given @ (Given::Right(_) | Given::Wrong) => given,
        },
        zone: inherited.zone,
    };
    let period = period(own, &of_case, inside, reader);
    Some(Case {
        name: name?,
        when: when?,
        period: period?,
    })
}

/// A period from its parts; what is neither written nor inherited is a fault.
fn period(
    terms: Terms,
    from: &Inherited,
    inside: Inside,
    reader: &mut Reader<'_>,
) -> Option<Period> {
    if terms.keep.is_none() && !terms.broken {
        let fault = Fault::error(inside.at, format!("this {} has no period", inside.what))
            .label("kept for how long?")
            .hint("write keep = \"1 year\" or class = \"…\", here or in the purpose");
        reader.missing(inside.at, &["keep", "class"], fault);
    }
    let start = match &from.start {
        Given::Right(start) => Some(start.clone()),
        Given::Wrong => None,
        Given::No => {
            refuse_startless(inside, reader);
            None
        }
    };
    let sound = !terms.broken;
    sound.then_some(())?;
    let (start, keep) = (start?, terms.keep?);
    if !start.has_a_date() && keep.value != Length::Fixed(Keep::None) {
        refuse_dateless(&keep, reader);
        return None;
    }
    Some(Period {
        start,
        keep,
        counted_from: terms.counted_from.unwrap_or(CountedFrom::Event),
        zone: from.zone?,
        at_least: terms.at_least.unwrap_or(false),
    })
}

fn refuse_startless(inside: Inside, reader: &mut Reader<'_>) {
    let fault = Fault::error(
        inside.at,
        format!("this {} has no start event", inside.what),
    )
    .label("kept from when?")
    .hint(
        "write start = { column = \"closed_at\" }; a column of a row that it refers to is \
             { column = \"vacancy.filled_at\", via = \"vacancy_id\" }; the last of the rows that \
             refer to it is { latest = \"payment.paid_at\" }; of several events, \
             { latest-of = [ … ] }",
    );
    reader.missing(inside.at, &["start"], fault);
}

/// That no row refers to another any more happened at no known moment.
fn refuse_dateless(keep: &Located<Length>, reader: &mut Reader<'_>) {
    let fault = Fault::error(keep.at, "a period cannot run from `unused-by`: it has no date").hint(
        "write keep = \"none\", or let the period run from a column: start = { latest-of = [{ unused-by = \"all\" }, \
         { column = \"last_used_on\" }] }",
    );
    reader.push(fault);
}
