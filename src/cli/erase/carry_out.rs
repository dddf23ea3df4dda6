//! `erase carry-out`: what was taken in is done.

use crate::daemon::Turn;
use crate::run::Order;
use crate::run::erase::{Confirmed, Unerasable, carry_out, end_of_begun};
use crate::state::{RequestState, Requested, Store};

use super::super::context::{At, Loaded};
use super::super::progress::Bar;
use super::super::{Exit, refuse, served};
use super::Answer;
use super::request::{refused, show};

/// Carry a request out that was taken in.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The request, as `erase list` names it.
    #[arg(value_name = "REQUEST")]
    erasure: uuid::Uuid,
    /// So many rows, as they were shown when the request was taken in; another number is refused, and shown.
    #[arg(long, value_name = "ROWS")]
    confirm: u64,
    /// The row has other values than when the request was taken in, and somebody has looked: it is the same person's.
    #[arg(long)]
    still_theirs: bool,
    /// A test facility: the moment that counts as now.
    #[cfg(feature = "simulated-clock")]
    #[arg(long, value_name = "DATE", value_parser = super::super::plan::moment)]
    now: Option<chrono::DateTime<chrono::Utc>>,
}

impl Args {
    fn supposed_now(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        #[cfg(feature = "simulated-clock")]
        return self.now;
        #[cfg(not(feature = "simulated-clock"))]
        None
    }
}

pub(super) async fn run(at: &At, args: &Args) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let stop = super::super::run::stop_when_told()?;
    let order = Order {
        schedule: &loaded.schedule,
        base: at.base(),
        supposed_now: args.supposed_now(),
        only_rule: None,
        stop: &stop,
    };
    let confirmed = match args.still_theirs {
        true => Confirmed::ExactlyOfChangedRow(args.confirm),
        false => Confirmed::Exactly(args.confirm),
    };
    carry_out_request(at, &loaded, &order, &args.erasure.to_string(), confirmed).await
}

/// The turn on the database of a request: another hand may be at work with the same one.
async fn turn(
    store: &mut Store,
    wanted: &str,
) -> anyhow::Result<Result<Option<Turn>, served::CalledOff>> {
    Ok(match find(store, wanted).await? {
        Some(request) => served::turn(&request.database).await,
        None => Ok(None),
    })
}

/// Carries a request out that is in the log.
pub(super) async fn carry_out_request(
    at: &At,
    loaded: &Loaded,
    order: &Order<'_>,
    wanted: &str,
    confirmed: Confirmed,
) -> anyhow::Result<Exit> {
    let mut store = loaded.store_in_time().await?;
    let Ok(_turn) = turn(&mut store, wanted).await? else {
        return Ok(Exit::Stopped);
    };
    let Some(request) = find(&mut store, wanted).await? else {
        refuse(
            at.output,
            &format!("there is no request {wanted}; `erase list` shows them"),
        );
        return Ok(Exit::Usage);
    };
    let open = matches!(
        request.state,
        RequestState::Open | RequestState::Begun | RequestState::Waits | RequestState::Returned
    );
    let known = store.erasure(&request)?.filter(|one| one.key.is_some());
    let Some(mut erasure) = known.filter(|_| open) else {
        refuse(
            at.output,
            &format!("the request {wanted} is done or closed: its key is not known any more"),
        );
        return Ok(Exit::Usage);
    };
    let Some(database) = loaded.schedule.databases.get(&request.database) else {
        anyhow::bail!("the schedule has no database {}", request.database);
    };
    let mut bar = Bar::new();
    let done = carry_out(
        order,
        database,
        &mut erasure,
        confirmed,
        &mut store,
        &mut bar,
    )
    .await;
    bar.clear();
    let mut done = match done {
        Ok(done) => done,
        Err(Unerasable::NoRow) if request.state == RequestState::Begun => {
            // What its last batch did is known by now.
            if let Some(request) = find(&mut store, wanted).await? {
                end_of_begun(&request, &mut erasure, &mut store).await?;
            }
            super::super::say(format_args!(
                "the request {} is done: an earlier attempt has erased all of it",
                request.erasure
            ));
            return super::requests::tell(at, loaded, &mut store, wanted).await;
        }
        Err(why) => {
            super::super::say(format_args!(
                "the request {} stays open: `retentiond erase carry-out` does it, `erase close` ends it",
                request.erasure
            ));
            return Ok(refused(at, database, &why));
        }
    };
    let mut answer = Answer::after(order.schedule, &mut done).await?;
    answer.erasure = Some(request.erasure);
    show(at, &answer)?;
    Ok(match answer.failure {
        Some(_) if order.stop.requested() => Exit::Stopped,
        Some(_) => Exit::Partial,
        None => Exit::Done,
    })
}

/// The request of a name.
pub(super) async fn find(store: &mut Store, wanted: &str) -> anyhow::Result<Option<Requested>> {
    let mut all = store.requested().await?.into_iter();
    Ok(all.find(|one| one.erasure == wanted))
}
