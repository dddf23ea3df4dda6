//! `erase list`, `erase extend`, `erase close`: what is open, and until when.

use chrono::Utc;
use serde::Serialize;

use crate::state::{RequestState, Requested, Sign, Store, Use, log_folder, operator};

use super::super::context::At;
use super::super::{Exit, Output, print, print_json, refuse, report};
use super::carry_out::find;

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
    let now = Utc::now();
    let listed: Vec<Listed> = all
        .into_iter()
        .map(|request| Listed {
            days_left: request.days_left(now),
            request,
        })
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
    let (mut store, request) = match open(at, &wanted).await? {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    if request.extended || request.state != RequestState::Open {
        refuse(
            at.output,
            "only a request that is open can be put off, and only once",
        );
        return Ok(Exit::Usage);
    }
    store.extend_request(&wanted, &operator()).await?;
    tell(at, &mut store, &wanted).await
}

pub(super) async fn close(at: &At, args: &CloseArgs) -> anyhow::Result<Exit> {
    let wanted = args.erasure.to_string();
    let (mut store, request) = match open(at, &wanted).await? {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    if request.state == RequestState::Closed {
        refuse(at.output, "the request is closed");
        return Ok(Exit::Usage);
    }
    store.close_request(&wanted, &operator()).await?;
    tell(at, &mut store, &wanted).await
}

async fn open(at: &At, wanted: &str) -> anyhow::Result<Result<(Store, Requested), Exit>> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(Err(exit)),
    };
    let mut store = loaded.store_in_time().await?;
    match find(&mut store, wanted).await? {
        Some(request) => Ok(Ok((store, request))),
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
async fn tell(at: &At, store: &mut Store, wanted: &str) -> anyhow::Result<Exit> {
    store.checkpoint(Utc::now(), Sign::WhatIsNew).await?;
    let Some(request) = find(store, wanted).await? else {
        return Ok(Exit::Failed);
    };
    let listed = [Listed {
        days_left: request.days_left(Utc::now()),
        request,
    }];
    match at.output {
        Output::Json => print_json(&listed[0])?,
        Output::Text => print(&report::requests(&listed)),
    }
    Ok(Exit::Done)
}
