//! What is left of requests: rows whose minimum has ended since, and rows that a restored backup brought back.

use chrono::Utc;
use serde::Serialize;

use crate::db::Access;
use crate::disposal::Progress;
use crate::resolve::BoundRule;
use crate::schedule::Database;
use crate::sql::Expr;
use crate::state::{Erasure, RequestState, Requested, Store};

use super::super::Order;
use super::super::prepare::{Halt, Prepared, prepare};
use super::carry_out::{all_columns, digest, key_columns};
use super::{Confirmed, Unerasable, ask, bound_rule, boxed, carry_out, texts};

/// Why nobody erases a row unasked.
const ANOTHER: &str = "a row has the key of a person who asked to be erased, and is not as it was when that was done: \
     it may be somebody else's; look at it, and erase it by its key";

/// What was done for a request that was carried out before.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Resumed {
    pub erasure: String,
    pub rows: u64,
    /// Why not more; in one sentence.
    pub trouble: Option<String>,
}

/// Goes on with every request on a database that waits for the end of a minimum, and erases again what a restored
/// backup brought back: by the key and by what stood in the row, since keys are given anew. No more rows go than were
/// confirmed when the request was carried out.
///
/// # Errors
/// The log cannot be read. Of a single request the trouble is told.
pub async fn resume(
    order: &Order<'_>,
    database: &Database,
    store: &mut Store,
    progress: &mut impl Progress,
) -> anyhow::Result<Vec<Resumed>> {
    let mut all = Vec::new();
    for request in store.requested().await? {
        if request.is_forgotten(Utc::now()) {
            store.forget_erasure(&request.erasure)?;
        }
        let waits = matches!(request.state, RequestState::Waits | RequestState::Returned);
        if request.database != database.name.value || !waits || order.stop.requested() {
            continue;
        }
        let done = boxed(one(order, database, &request, store, progress)).await;
        let resumed = |rows, trouble| Resumed {
            erasure: request.erasure.clone(),
            rows,
            trouble,
        };
        match done {
            Ok(0) => {}
            Ok(rows) => all.push(resumed(rows, None)),
            Err(trouble) => all.push(resumed(0, Some(trouble))),
        }
    }
    Ok(all)
}

async fn one(
    order: &Order<'_>,
    database: &Database,
    request: &Requested,
    store: &mut Store,
    progress: &mut impl Progress,
) -> Result<u64, String> {
    let told = |error: anyhow::Error| format!("{error:#}");
    let Some(mut erasure) = store.erasure(request).map_err(told)? else {
        return Err("what is known of the person was destroyed: ask for the key again".to_owned());
    };
    let most = match request.state {
        RequestState::Returned => request.rows + request.stays,
        _ => request.stays,
    };
    if erasure.key.is_none() {
        let found = known_again(order, database, &erasure).await;
        erasure.key = found.map_err(|why| said(&why))?;
        if erasure.key.is_none() {
            // The backup is from before the row was made: nothing came back.
            store.nothing_returned(request).await.map_err(told)?;
            return Ok(0);
        }
    }
    let key = erasure.key.clone().unwrap_or_default();
    match boxed(ask(order, database, Access::Rehearse, &erasure.rule, &key)).await {
        Ok(asked) if asked.touched() == 0 => return Ok(0),
        Ok(mut asked) => {
            let rule = bound_rule(&asked.prepared, &asked.rule).map_err(|why| said(&why))?;
            let columns = all_columns(rule);
            let now = digest(&mut asked, &erasure, &columns)
                .await
                .map_err(|why| said(&why))?;
            if !erasure.knows(now.as_ref()) {
                return Err(ANOTHER.to_owned());
            }
        }
        // The schedule took the row meanwhile.
        Err(Unerasable::NoRow) => {
            store.nothing_returned(request).await.map_err(told)?;
            erasure.key = None;
            store.keep(&erasure).map_err(told)?;
            return Ok(0);
        }
        Err(why) => return Err(said(&why)),
    }
    let confirmed = Confirmed::AtMost(most);
    let done = carry_out(order, database, &mut erasure, confirmed, store, progress).await;
    match done.map_err(|why| said(&why))? {
        done if done.failure.is_some() => Err(done.failure.unwrap_or_default()),
        done => Ok(done.erased.iter().map(|one| one.rows).sum()),
    }
}

fn said(why: &Unerasable) -> String {
    match why {
        Unerasable::Halt(halt) => halt.to_string(),
        Unerasable::Unfit(why) => why.clone(),
        Unerasable::NoRow => "the key is that of no row".to_owned(),
        Unerasable::NotConfirmed(rows) => format!(
            "{rows} rows would be touched, and fewer were confirmed: look at it, and carry it out by hand"
        ),
    }
}

/// The key of the person's row, where a row has the key and the values that were erased. One that has the key alone may
/// be somebody else's: nobody erases it unasked.
async fn known_again(
    order: &Order<'_>,
    database: &Database,
    erasure: &Erasure,
) -> Result<Option<Vec<String>>, Unerasable> {
    let mut prepared: Prepared = prepare(order, database, Access::Rehearse).await?;
    let mut rules = prepared.program.rules.iter();
    let Some(rule) = rules.find(|one| one.name == erasure.rule).cloned() else {
        return Err(Unerasable::Unfit(format!(
            "the rule {} does not fit its database; `check --connect` says why",
            erasure.rule
        )));
    };
    let found = with_digests(&mut prepared, &rule, erasure).await?;
    match found {
        Found::Same(key) => Ok(Some(key)),
        Found::Nothing => Ok(None),
        Found::Another => Err(Unerasable::Unfit(ANOTHER.to_owned())),
    }
}

enum Found {
    Same(Vec<String>),
    /// A row has the key, and other values.
    Another,
    Nothing,
}

async fn with_digests(
    prepared: &mut Prepared,
    rule: &BoundRule,
    erasure: &Erasure,
) -> Result<Found, Halt> {
    let (keys, columns) = (key_columns(rule), all_columns(rule));
    let all: Vec<String> = keys.iter().chain(&columns).cloned().collect();
    let mut found = Found::Nothing;
    let each = |row: Vec<Option<String>>| {
        let (key, values) = row.split_at(keys.len());
        if Some(erasure.digest(key)) != erasure.key_digest {
            return;
        }
        let key: Option<Vec<String>> = key.iter().cloned().collect();
        let same = erasure.knows(Some(&erasure.digest(values)));
        found = match key {
            Some(key) if same => Found::Same(key),
            _ => Found::Another,
        };
    };
    texts(prepared, rule, &all, &Expr::Truth(true), each).await?;
    Ok(found)
}
