//! A start event of one record: the rows it is taken from, and what stands there.

use std::future::Future;
use std::pin::Pin;

use chrono::{DateTime, Utc};

use crate::calendar::Term;
use crate::catalog::TableName;
use crate::db::{Session, Trouble};
use crate::plan::predicate::{Predicates, World, not_never, parent_exists};
use crate::resolve::{BoundReference, BoundStart, Dated, Down, Hop, Leg, Reported};
use crate::schedule::Aggregate;
use crate::sql::{Alias, Expr, Is, Item, Lock, Order, Subquery, Value, select};

use super::Record;
use super::chosen;
use super::model::{Event, State, Truth};
use super::question::{Step, at_the_end_of, count, steps, truth};

/// No more rows than this are read for one event; the decisive one is among the first.
const ROWS_MAX: u64 = 10_000;

/// The alias of the record behind a report, far from those that a predicate takes.
const ROW_OF_REPORT: u32 = 29_000;

type Told<'a> = Pin<Box<dyn Future<Output = Result<Event, Trouble>> + 'a>>;

/// Reads a start event. Boxed, because events are made of events.
pub(super) fn tell<'a>(
    session: &'a mut Session,
    one: &'a Record<'a>,
    start: &'a BoundStart,
    term: &'a Term,
) -> Told<'a> {
    Box::pin(async move {
        match start {
            BoundStart::Column { hops, column } => {
                let from = &one.bound.table.name;
                let condition = at_the_end_of(&steps(hops), from, one.condition);
                let seen = read(session, one, term, column, end_of(hops, from), &condition).await?;
                let from = from_column(one, hops, column);
                Ok(Event::of(from, None, decisive(seen, Aggregate::Latest)))
            }
            BoundStart::Related {
                aggregate,
                before,
                last,
                hops,
                column,
                only,
                otherwise,
            } => {
                let from = &one.bound.table.name;
                let mut way = way_to(before, last, only.as_ref());
                let related = at_the_end_of(&way, from, one.condition);
                let table = &last.relation.child;
                let rows = count(session, table, &related).await?;
                let mut lost = Vec::new();
                if !hops.is_empty() {
                    let lost_rows = Expr::all([related, leads_nowhere(one, hops)]);
                    if count(session, table, &lost_rows).await? > 0 {
                        lost.push(Seen::nothing(State::NoRow));
                    }
                }
                way.extend(steps(hops));
                let condition = at_the_end_of(&way, from, one.condition);
                let mut seen =
                    read(session, one, term, column, end_of(hops, table), &condition).await?;
                seen.extend(lost);
                let from = from_related(one, *aggregate, (before, last), hops, column);
                let mut event = Event::of(from, Some(rows), decisive(seen, *aggregate));
                if let Some(start) = otherwise.as_ref().filter(|_| rows == 0) {
                    let instead = tell(session, one, start, term).await?;
                    event.take(&instead);
                    event.parts = vec![instead];
                }
                Ok(event)
            }
            BoundStart::Chosen(moment) => chosen::tell(session, one, moment, term).await,
            BoundStart::Reported(reported) => {
                let from = &one.bound.table.name;
                let condition = reports_of(reported, from, one.condition);
                let seen = read(
                    session,
                    one,
                    term,
                    &reported.at,
                    &reported.table,
                    &condition,
                )
                .await?;
                let told = format!("the event \"{}\", reported from outside", reported.event);
                Ok(Event::of(told, None, decisive(seen, Aggregate::Earliest)))
            }
            BoundStart::Unused(references) => unused(session, one, references).await,
            BoundStart::LatestOf(list) => {
                several(session, one, list, term, Aggregate::Latest).await
            }
            BoundStart::EarliestOf(list) => {
                several(session, one, list, term, Aggregate::Earliest).await
            }
        }
    })
}

/// Whether a row still refers to the record. That none does happened at no known moment.
async fn unused(
    session: &mut Session,
    one: &Record<'_>,
    references: &[BoundReference],
) -> Result<Event, Trouble> {
    let mut rows = 0;
    let mut names = Vec::new();
    for reference in references {
        let up = Alias(ROW_OF_REPORT);
        let record = one.condition.realias(Alias::ROW, up);
        let mine = reference
            .when
            .as_ref()
            .map_or(Expr::Truth(true), |when| when.clone().is(Is::NotFalse));
        let refers = parent_exists(&reference.relation, up, Alias::ROW, record);
        let table = &reference.relation.child;
        rows += count(session, table, &Expr::all([mine, refers])).await?;
        names.push(one.around.catalog.written(table));
    }
    let seen = if rows == 0 {
        Seen {
            state: State::Happened,
            value: None,
            due: Some(one.around.now),
        }
    } else {
        Seen::nothing(State::NotHappened)
    };
    let from = format!("no row of {} refers to it any more", names.join(", "));
    Ok(Event::of(from, Some(rows), seen))
}

async fn several(
    session: &mut Session,
    one: &Record<'_>,
    list: &[BoundStart],
    term: &Term,
    aggregate: Aggregate,
) -> Result<Event, Trouble> {
    let mut parts = Vec::new();
    for start in list {
        parts.push(tell(session, one, start, term).await?);
    }
    let seen = parts.iter().map(Seen::of).collect();
    let from = match aggregate {
        Aggregate::Latest => "the last of several events",
        Aggregate::Earliest => "the first of several events",
    };
    let mut event = Event::of(from.to_owned(), None, decisive(seen, aggregate));
    event.parts = parts;
    Ok(event)
}

/// The reports of an event about the record.
fn reports_of(reported: &Reported, from: &TableName, record: &Expr) -> Expr {
    let row = Alias(ROW_OF_REPORT);
    let about = Expr::Exists(Box::new(Subquery {
        table: from.clone(),
        alias: row,
        joins: vec![],
        condition: Expr::all([
            reported.about(Alias::ROW, row),
            record.realias(Alias::ROW, row),
        ]),
    }));
    Expr::all([reported.is_named(Alias::ROW), about])
}

/// What stands in one row.
pub(super) struct Seen {
    pub(super) state: State,
    value: Option<String>,
    due: Option<DateTime<Utc>>,
}

pub(super) async fn read(
    session: &mut Session,
    one: &Record<'_>,
    term: &Term,
    dated: &Dated,
    table: &TableName,
    condition: &Expr,
) -> Result<Vec<Seen>, Trouble> {
    let predicates = Predicates::new(one.around.program, one.around.now, World::AsItIs);
    let items = [
        Item::Text(Expr::column(Alias::ROW, &dated.column.name)),
        Item::Truth(predicates.not_datable(dated, Alias::ROW)),
        Item::Truth(Expr::all(not_never(dated, Alias::ROW))),
    ];
    let sql = select(
        session.dialect(),
        table,
        &items,
        condition,
        Some((std::slice::from_ref(&dated.column), Order::Down)),
        Some((ROWS_MAX, 0)),
        Lock::None,
    );
    let mut seen = Vec::new();
    session
        .each_row(&sql, |row| seen.push(one_row(one, term, dated, &row)))
        .await?;
    Ok(seen)
}

fn one_row(one: &Record<'_>, term: &Term, dated: &Dated, row: &[Value]) -> Seen {
    let is = |place: usize| row.get(place).map_or(Truth::Unknown, truth);
    let text = match row.first() {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::Int(number)) => Some(number.to_string()),
        _ => None,
    };
    let Some(text) = text else {
        return Seen::nothing(State::NotHappened);
    };
    let reading = dated.encoding.read(&text);
    let value = reading.map(|reading| reading.to_string());
    let state = if is(2) == Truth::False {
        State::Never
    } else if is(1) == Truth::True {
        State::Undatable
    } else {
        match reading {
            Some(reading) if reading.is_after(one.around.now, term.zone) => State::ToCome,
            Some(_) => State::Happened,
            None => State::Undatable,
        }
    };
    let dates = matches!(state, State::Happened | State::ToCome);
    let due = reading
        .filter(|_| dates)
        .and_then(|reading| reading.due(term));
    Seen { state, value, due }
}

impl Seen {
    /// What was told of an event.
    pub(super) fn of(part: &Event) -> Self {
        Self {
            state: part.state,
            value: part.value.clone(),
            due: part.due,
        }
    }

    pub(super) fn nothing(state: State) -> Self {
        Self {
            state,
            value: None,
            due: None,
        }
    }

    fn is_dated(&self) -> bool {
        matches!(self.state, State::Happened | State::ToCome)
    }
}

/// The row that decides: of the last event one that has not happened, else the one that is due last; of the first
/// event the one that is due first.
pub(super) fn decisive(seen: Vec<Seen>, aggregate: Aggregate) -> Seen {
    if seen.is_empty() {
        return Seen::nothing(State::NoRow);
    }
    let (dated, open): (Vec<Seen>, Vec<Seen>) = seen.into_iter().partition(Seen::is_dated);
    let stops = open.into_iter().next();
    let chosen = match aggregate {
        Aggregate::Latest if stops.is_some() => stops,
        Aggregate::Latest => dated
            .into_iter()
            .max_by_key(|one| one.due.unwrap_or(DateTime::<Utc>::MAX_UTC)),
        Aggregate::Earliest => dated
            .into_iter()
            .min_by_key(|one| one.due.unwrap_or(DateTime::<Utc>::MAX_UTC))
            .or(stops),
    };
    chosen.unwrap_or_else(|| Seen::nothing(State::NoRow))
}

impl Event {
    pub(super) fn of(from: String, rows: Option<u64>, seen: Seen) -> Self {
        Self {
            from,
            rows,
            state: seen.state,
            value: seen.value,
            due: seen.due,
            parts: Vec::new(),
        }
    }

    fn take(&mut self, other: &Self) {
        self.state = other.state;
        self.value.clone_from(&other.value);
        self.due = other.due;
    }
}

/// The way from the record to the rows that count.
fn way_to(before: &[Leg], last: &Down, only: Option<&Expr>) -> Vec<Step> {
    let there = |down: &Down| down.when.clone();
    let mut way: Vec<Step> = before
        .iter()
        .map(|leg| Step {
            hop: leg.hop(),
            there: match leg {
                Leg::Up(_) => None,
                Leg::Down(down) => there(down),
            },
        })
        .collect();
    let conditions = there(last).into_iter().chain(only.cloned());
    way.push(Step {
        hop: last.hop(),
        there: Some(Expr::all(conditions)),
    });
    way
}

/// The way from a related row to its event ends before it begins: a reference is NULL.
fn leads_nowhere(one: &Record<'_>, hops: &[Hop]) -> Expr {
    let mut predicates = Predicates::new(one.around.program, one.around.now, World::AsItIs);
    let there = predicates.over_hops(hops, Alias::ROW, |_, _| Expr::Truth(true));
    there.negated()
}

fn end_of<'a>(hops: &'a [Hop], from: &'a TableName) -> &'a TableName {
    hops.last().map_or(from, |hop| &hop.parent)
}

fn from_column(one: &Record<'_>, hops: &[Hop], column: &Dated) -> String {
    place(one, hops, &column.column.name)
}

/// A column, and the way to it.
pub(super) fn place(one: &Record<'_>, hops: &[Hop], column: &str) -> String {
    match hops.last() {
        None => column.to_owned(),
        Some(hop) => format!(
            "{}.{column}, over {}",
            one.around.catalog.written(&hop.parent),
            over(hops)
        ),
    }
}

fn from_related(
    one: &Record<'_>,
    aggregate: Aggregate,
    (before, last): (&[Leg], &Down),
    hops: &[Hop],
    column: &Dated,
) -> String {
    let which = match aggregate {
        Aggregate::Latest => "the last",
        Aggregate::Earliest => "the first",
    };
    let written = |table: &TableName| one.around.catalog.written(table);
    let down = |down: &Down| {
        let relation = &down.relation;
        format!(
            "{}.{}",
            written(&relation.child),
            relation.child_columns.join(", ")
        )
    };
    let mut way: Vec<String> = before
        .iter()
        .map(|leg| match leg {
            Leg::Up(hop) => hop.columns.join(", "),
            Leg::Down(one) => down(one),
        })
        .collect();
    way.push(down(last));
    way.extend(hops.iter().map(|hop| hop.columns.join(", ")));
    format!(
        "{which} {}.{}, over {}",
        written(end_of(hops, &last.relation.child)),
        column.column.name,
        way.join(" and ")
    )
}

fn over(hops: &[Hop]) -> String {
    hops.iter()
        .map(|hop| hop.columns.join(", "))
        .collect::<Vec<_>>()
        .join(" and ")
}
