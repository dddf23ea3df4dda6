//! `erase list`, `erase extend`, `erase close`: what is open, and until when.

use std::collections::BTreeMap;

use chrono::{NaiveDate, Utc};
use serde::Serialize;

use crate::schedule::Database;
use crate::state::{RequestState, Requested, Sign, Store, Use, log_folder, operator};

use super::super::context::{At, Loaded};
use super::super::{Exit, Output, print, print_json, refuse, report};
use super::carry_out::find;
use super::request::today_in;

type Databases = BTreeMap<String, Database>;

/// List the requests that are open or wait for the end of a minimum, with the days that are left to answer.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Also those that are done or closed.
    #[arg(long)]
    all: bool,
}

/// Put the answer to a request off: two months more than the first one. The person has to be told why within that first
/// month; the act is recorded.
#[derive(Debug, clap::Args)]
pub struct ExtendArgs {
    /// The request, as `erase list` names it.
    #[arg(value_name = "REQUEST")]
    erasure: uuid::Uuid,
}

/// Close a request that is not carried out, or not further: it was taken back, or refused. Its key is destroyed.
#[derive(Debug, clap::Args)]
pub struct CloseArgs {
    /// The request, as `erase list` names it.
    #[arg(value_name = "REQUEST")]
    erasure: uuid::Uuid,
}

/// A request and how long it may take.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Listed {
    #[serde(flatten)]
    pub request: Requested,
    /// Until it has to be answered; negative when that is past, null once it was answered.
    pub days_left: Option<i64>,
}

pub(super) async fn list(at: &At, args: &ListArgs) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let directory = &loaded.schedule.state_directory;
    let mut all = Vec::new();
    if log_folder(directory).exists() {
        all = Store::open(directory, Use::Read).await?.requested().await?;
    }
    let over = |one: &Requested| matches!(one.state, RequestState::Done | RequestState::Closed);
    all.retain(|one| args.all || !over(one));
    let databases = &loaded.schedule.databases;
    let listed: Vec<Listed> = all
        .into_iter()
        .map(|request| listed(databases, request))
        .collect();
    match at.output {
        Output::Json => print_json(&listed)?,
        Output::Text if listed.is_empty() => print("no request is open\n"),
        Output::Text => print(&report::requests(&listed)),
    }
    Ok(Exit::Done)
}

pub(super) async fn extend(at: &At, args: &ExtendArgs) -> anyhow::Result<Exit> {
    let wanted = args.erasure.to_string();
    let (loaded, mut store, request) = match open(at, &wanted).await? {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    let open = matches!(request.state, RequestState::Open | RequestState::Begun);
    if request.extended || !open {
        refuse(
            at.output,
            "only a request that is open can be put off, and only once",
        );
        return Ok(Exit::Usage);
    }
    if request.first_month_is_over(day_of(&loaded.schedule.databases, &request)) {
        refuse(
            at.output,
            "the first month is over: within it the person had to be told that the answer takes longer; it stays late",
        );
        return Ok(Exit::Usage);
    }
    store.extend_request(&wanted, &operator()).await?;
    tell(at, &loaded, &mut store, &wanted).await
}

pub(super) async fn close(at: &At, args: &CloseArgs) -> anyhow::Result<Exit> {
    let wanted = args.erasure.to_string();
    let (loaded, mut store, request) = match open(at, &wanted).await? {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    let over = match request.state {
        RequestState::Closed => Some("the request is closed"),
        RequestState::Done => Some(
            "the request is done, and there is nothing to close: by what is still known of the person they are erased \
             again if a backup brings them back; fourteen months later it is destroyed",
        ),
        _ => None,
    };
    if let Some(why) = over {
        refuse(at.output, why);
        return Ok(Exit::Usage);
    }
    store.close_request(&wanted, &operator()).await?;
    tell(at, &loaded, &mut store, &wanted).await
}

async fn open(at: &At, wanted: &str) -> anyhow::Result<Result<(Loaded, Store, Requested), Exit>> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(Err(exit)),
    };
    let mut store = loaded.store_in_time().await?;
    match find(&mut store, wanted).await? {
        Some(request) => Ok(Ok((loaded, store, request))),
        None => {
            refuse(
                at.output,
                &format!("there is no request {wanted}; `erase list --all` shows them"),
            );
            Ok(Err(Exit::Usage))
        }
    }
}

/// Signs, and shows the request as it is now.
pub(super) async fn tell(
    at: &At,
    loaded: &Loaded,
    store: &mut Store,
    wanted: &str,
) -> anyhow::Result<Exit> {
    store.checkpoint(Utc::now(), Sign::WhatIsNew).await?;
    let Some(request) = find(store, wanted).await? else {
        return Ok(Exit::Failed);
    };
    let listed = [listed(&loaded.schedule.databases, request)];
    match at.output {
        Output::Json => print_json(&listed[0])?,
        Output::Text => print(&report::requests(&listed)),
    }
    Ok(Exit::Done)
}

fn day_of(databases: &Databases, request: &Requested) -> NaiveDate {
    let database = databases.get(&request.database);
    database.map_or_else(|| Utc::now().date_naive(), today_in)
}

fn listed(databases: &Databases, request: Requested) -> Listed {
    Listed {
        days_left: request.days_left(day_of(databases, &request)),
        request,
    }
}
