//! A start event that an SQL expression chooses: which column it came to, and what stands in each.

use std::future::Future;
use std::pin::Pin;

use crate::calendar::Term;
use crate::db::{Session, Trouble};
use crate::resolve::{Dated, Moment};
use crate::schedule::Aggregate;
use crate::sql::{Alias, Expr, Is};

use super::Record;
use super::event::{Seen, decisive, read};
use super::model::{Event, State};
use super::question::count;

type Told<'a> = Pin<Box<dyn Future<Output = Result<Event, Trouble>> + 'a>>;

/// Reads an expression part by part. Boxed, because expressions are made of expressions.
pub(super) fn tell<'a>(
    session: &'a mut Session,
    one: &'a Record<'a>,
    moment: &'a Moment<Dated>,
    term: &'a Term,
) -> Told<'a> {
    Box::pin(async move {
        match moment {
            Moment::Column(dated) => {
                let table = &one.bound.table.name;
                let seen = read(session, one, term, dated, table, one.condition).await?;
                let from = dated.column.name.clone();
                Ok(Event::of(from, None, decisive(seen, Aggregate::Latest)))
            }
            Moment::Coalesce(list) => {
                let parts = each(session, one, list, term).await?;
                let first = parts.iter().find(|part| !is_missing(part));
                let seen = first.map_or(Seen::nothing(State::NotHappened), Seen::of);
                Ok(made_of("the first that is not NULL", seen, parts))
            }
            Moment::Greatest(list) => {
                let parts = each(session, one, list, term).await?;
                let seen = unless_missing(&parts, Aggregate::Latest);
                Ok(made_of("the greatest", seen, parts))
            }
            Moment::Least(list) => {
                let parts = each(session, one, list, term).await?;
                let seen = unless_missing(&parts, Aggregate::Earliest);
                Ok(made_of("the least", seen, parts))
            }
            Moment::Case(branches, otherwise) => {
                let parts = taken(session, one, branches, otherwise.as_deref(), term).await?;
                // A condition that is NULL leaves two to choose from: both must be over.
                let seen = decisive(parts.iter().map(Seen::of).collect(), Aggregate::Latest);
                let seen = match seen.state {
                    State::NoRow => Seen::nothing(State::NotHappened),
                    _ => seen,
                };
                Ok(made_of("what the CASE chooses", seen, parts))
            }
        }
    })
}

async fn each(
    session: &mut Session,
    one: &Record<'_>,
    list: &[Moment<Dated>],
    term: &Term,
) -> Result<Vec<Event>, Trouble> {
    let mut parts = Vec::new();
    for moment in list {
        parts.push(tell(session, one, moment, term).await?);
    }
    Ok(parts)
}

/// What the branches give that are chosen, or would be were a condition not NULL.
async fn taken(
    session: &mut Session,
    one: &Record<'_>,
    branches: &[(Expr, Moment<Dated>)],
    otherwise: Option<&Moment<Dated>>,
    term: &Term,
) -> Result<Vec<Event>, Trouble> {
    let mut parts = Vec::new();
    for (when, moment) in branches {
        if is(session, one, when, Is::False).await? {
            continue;
        }
        parts.push(tell(session, one, moment, term).await?);
        if is(session, one, when, Is::True).await? {
            return Ok(parts);
        }
    }
    parts.push(match otherwise {
        Some(moment) => tell(session, one, moment, term).await?,
        None => Event::of(
            "no ELSE".to_owned(),
            None,
            Seen::nothing(State::NotHappened),
        ),
    });
    Ok(parts)
}

async fn is(session: &mut Session, one: &Record<'_>, when: &Expr, is: Is) -> Result<bool, Trouble> {
    let asked = when.realias(Alias::ROW, Alias::ROW).is(is);
    let rows = Expr::all([one.condition.clone(), asked]);
    Ok(count(session, &one.bound.table.name, &rows).await? > 0)
}

fn is_missing(part: &Event) -> bool {
    part.state == State::NotHappened
}

fn unless_missing(parts: &[Event], aggregate: Aggregate) -> Seen {
    if parts.iter().any(is_missing) {
        return Seen::nothing(State::NotHappened);
    }
    decisive(parts.iter().map(Seen::of).collect(), aggregate)
}

fn made_of(from: &str, seen: Seen, parts: Vec<Event>) -> Event {
    let mut event = Event::of(from.to_owned(), None, seen);
    event.parts = parts;
    event
}
