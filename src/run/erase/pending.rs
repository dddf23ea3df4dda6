//! What is left of requests: runs that died on the way, rows whose minimum has ended since, and rows that a restored
//! backup brought back.

use chrono::Utc;
use serde::Serialize;

use crate::db::Access;
use crate::disposal::Progress;
use crate::resolve::BoundReference;
use crate::schedule::Database;
use crate::state::{Erasure, RequestState, Requested, Store};

use super::super::prepare::{Prepared, prepare};
use super::super::{DatabaseReport, HaltedBy, Order, milder};
use super::carry_out::meanings;
use super::known::{self, Found};
use super::{
    Asked, Confirmed, Unerasable, ask_of, bound_rule, boxed, carry_out, requested, rows_of,
};

/// Why nobody erases a row unasked.
const ANOTHER: &str = "a row has the key of a person who asked to be erased, and is not as it was when that was done: \
     it may be somebody else's; look at it, and erase it by its key";

/// What was done for a request that was carried out, or begun, before.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Resumed {
    pub erasure: String,
    pub rows: u64,
    /// Why not more; in one sentence.
    pub trouble: Option<String>,
}

/// Goes on with every request on a database that waits for the end of a minimum or whose run died on the way, and erases
/// again what a restored backup brought back: by the key and by what stood in the row, since keys are given anew. No more
/// rows go than were confirmed when the request was carried out.
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
    let requests = store.requested().await?;
    store.sweep_erasures(&requests, Utc::now())?;
    let mut looking = Looking {
        order,
        database,
        prepared: None,
    };
    for request in requests {
        let over = matches!(request.state, RequestState::Done | RequestState::Closed);
        if request.database != database.name.value || over || order.stop.requested() {
            continue;
        }
        progress.counting(&request.rule);
        let done = boxed(looking.one(&request, store, progress)).await;
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

/// The same after a run of the schedule, told in its report. Where the run was halted, whatever halted it (a limit, a
/// hold) forbids this too.
pub async fn resume_after(
    order: &Order<'_>,
    database: &Database,
    report: &mut DatabaseReport,
    store: &mut Store,
    progress: &mut impl Progress,
) {
    if report.halted.is_some() {
        return;
    }
    match resume(order, database, store, progress).await {
        Ok(resumed) => report.resumed = resumed,
        Err(error) => {
            report.halted = Some(told(error));
            report.halted_by = Some(HaltedBy::Records);
        }
    }
}

/// Looks at requests one after the other, on one connection that reads only.
struct Looking<'o, 's> {
    order: &'o Order<'s>,
    database: &'o Database,
    prepared: Option<Prepared>,
}

fn told(error: anyhow::Error) -> String {
    format!("{error:#}")
}

impl Looking<'_, '_> {
    async fn prepared(&mut self) -> Result<Prepared, Unerasable> {
        match self.prepared.take() {
            Some(prepared) => Ok(prepared),
            None => Ok(boxed(prepare(self.order, self.database, Access::Rehearse)).await?),
        }
    }

    async fn one(
        &mut self,
        request: &Requested,
        store: &mut Store,
        progress: &mut impl Progress,
    ) -> Result<u64, String> {
        let Some(mut erasure) = store.erasure(request).map_err(told)? else {
            return Err(
                "what is known of the person was destroyed: ask for the key again".to_owned(),
            );
        };
        if request.state == RequestState::Open {
            return self.open(request, &mut erasure, store).await;
        }
        if erasure.key.is_none() {
            erasure.key = self.known_again(&erasure).await.map_err(|why| said(&why))?;
            if erasure.key.is_none() {
                // The backup is from before the row was made: nothing came back.
                store.concluded(request, None, 0).await.map_err(told)?;
                return Ok(0);
            }
        }
        let key = erasure.key.clone().unwrap_or_default();
        let prepared = self.prepared().await.map_err(|why| said(&why))?;
        let mut asked = match boxed(ask_of(self.order, prepared, &erasure.rule, &key)).await {
            Ok(asked) => asked,
            // It went with the last batch of a run that died, or the schedule took it meanwhile.
            Err(Unerasable::NoRow) => return nothing_left(request, &mut erasure, store).await,
            Err(why) => return Err(said(&why)),
        };
        let confirmed = may_go(request, &mut erasure, &mut asked, store).await;
        asked.prepared.program.request = None;
        let Some(confirmed) = confirmed? else {
            self.prepared = Some(asked.prepared);
            return Ok(0);
        };
        // Nothing of ours reads what is about to go.
        drop(asked);
        let (order, database) = (self.order, self.database);
        let done = boxed(carry_out(
            order,
            database,
            &mut erasure,
            confirmed,
            store,
            progress,
        ));
        match done.await.map_err(|why| said(&why))? {
            done if done.failure.is_some() => Err(done.failure.unwrap_or_default()),
            done => Ok(done.erased.iter().map(|one| one.rows).sum()),
        }
    }

    /// A request that nobody has carried out has come to its end where the schedule took the row meanwhile. What is wrong
    /// with it otherwise is told who carries it out.
    async fn open(
        &mut self,
        request: &Requested,
        erasure: &mut Erasure,
        store: &mut Store,
    ) -> Result<u64, String> {
        let key = erasure.key.clone().unwrap_or_default();
        let mut prepared = self.prepared().await.map_err(|why| said(&why))?;
        let mut there = true;
        if requested(self.order, &mut prepared, &erasure.rule, &key).is_ok() {
            let rule = bound_rule(&prepared, &erasure.rule).map_err(|why| said(&why))?;
            let rule = rule.clone();
            let rows = rows_of(&mut prepared, &rule).await;
            there = rows.map_err(|why| said(&why))? > 0;
        }
        prepared.program.request = None;
        self.prepared = Some(prepared);
        match there {
            true => Ok(0),
            false => nothing_left(request, erasure, store).await,
        }
    }

    /// The key of the person's row, where a row has the key and the values that were erased. One that has the key alone
    /// may be somebody else's: nobody erases it unasked.
    async fn known_again(&mut self, erasure: &Erasure) -> Result<Option<Vec<String>>, Unerasable> {
        let mut prepared = self.prepared().await?;
        let rule = bound_rule(&prepared, &erasure.rule)?.clone();
        let found = known::find(&mut prepared, &rule, erasure).await?;
        self.prepared = Some(prepared);
        match found {
            Found::Same(key) => Ok(Some(key)),
            Found::Nothing => Ok(None),
            Found::Another => Err(Unerasable::Unfit(ANOTHER.to_owned())),
        }
    }
}

/// Writes down the end of a request whose row was found to be gone, where a run had begun to carry it out.
///
/// # Errors
/// It could not be written.
pub async fn end_of_begun(
    request: &Requested,
    erasure: &mut Erasure,
    store: &mut Store,
) -> anyhow::Result<()> {
    let ended = nothing_left(request, erasure, store).await;
    ended.map(drop).map_err(anyhow::Error::msg)
}

/// The person's row is gone: what was begun is done, and nothing waits any more.
async fn nothing_left(
    request: &Requested,
    erasure: &mut Erasure,
    store: &mut Store,
) -> Result<u64, String> {
    let begun = request.state == RequestState::Begun;
    let run = begun.then(|| request.last_run());
    store.concluded(request, run, 0).await.map_err(told)?;
    erasure.key = None;
    store.keep(erasure).map_err(told)?;
    Ok(0)
}

/// How many rows may go now without asking again; `None`: there is nothing to do.
async fn may_go(
    request: &Requested,
    erasure: &mut Erasure,
    asked: &mut Asked,
    store: &mut Store,
) -> Result<Option<Confirmed>, String> {
    let begun = request.state == RequestState::Begun;
    let nothing = asked.touched() == 0;
    if nothing && request.state == RequestState::Waits {
        return Ok(None);
    }
    let now = known::now(asked, erasure).await;
    let now = now.map_err(|why| said(&why))?;
    let rule = bound_rule(&asked.prepared, &asked.rule).map_err(|why| said(&why))?;
    let table = rule.table.name.to_string();
    if !erasure.knows(now.as_ref()) {
        let by_itself = !rule.references.iter().any(BoundReference::is_tree);
        if begun && by_itself && request.did(&table, true) {
            // The row of the key went; who has the key now is somebody else.
            return nothing_left(request, erasure, store).await.map(|_| None);
        }
        // Overwritten by the run that died.
        if !(begun && nothing && request.did(&table, false)) {
            return Err(ANOTHER.to_owned());
        }
    }
    if nothing {
        if begun {
            erasure.left_digest = now;
            store.keep(erasure).map_err(told)?;
        }
        let stays = asked.left.iter().map(|one| one.rows).sum();
        let run = begun.then(|| request.last_run());
        store.concluded(request, run, stays).await.map_err(told)?;
        return Ok(None);
    }
    if let Some(rule) = stricter(erasure, asked) {
        return Err(format!(
            "the schedule says something else of the rule {rule} than when the request was carried out, so nothing goes \
             unasked: look at it with --dry-run, and carry it out by hand"
        ));
    }
    Ok(Some(match request.state {
        RequestState::Begun => Confirmed::Rest(request.may_touch()),
        _ => Confirmed::AtMost(request.may_touch()),
    }))
}

/// A rule that would take more now than when somebody confirmed it.
fn stricter(erasure: &Erasure, asked: &Asked) -> Option<String> {
    let known = erasure.meanings.as_ref()?;
    let same = |rule: &str, now: &serde_json::Value| {
        let Some(mut before) = known.get(rule).cloned() else {
            return false;
        };
        // A database that has got another name is the same.
        before[0]["name"] = now[0]["name"].clone();
        before[1]["database"] = now[1]["database"].clone();
        before == *now || milder::removes_no_more(&before, now)
    };
    let mut all = meanings(asked).into_iter();
    all.find(|(rule, now)| !same(rule, now))
        .map(|(rule, _)| rule)
}

fn said(why: &Unerasable) -> String {
    match why {
        Unerasable::Halt(halt) => halt.to_string(),
        Unerasable::Unfit(why) => why.clone(),
        Unerasable::NoRow => "the key is that of no row".to_owned(),
        Unerasable::Changed => ANOTHER.to_owned(),
        Unerasable::NotConfirmed(rows) => format!(
            "{rows} rows would be touched, and fewer were confirmed: look at it, and carry it out by hand"
        ),
    }
}
