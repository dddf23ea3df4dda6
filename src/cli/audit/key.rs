//! `audit key`, `audit rotate-key`: with what the log is signed.

use chrono::Utc;
use serde_json::json;

use crate::state::{Sign, Store, Use};

use super::super::context::At;
use super::super::{Exit, Output, print, print_json};

/// Show the key with which anybody verifies the log.
///
/// Give it to those who verify, by a way on which nobody can put another in its place.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Let a new key sign from here on.
///
/// Both keys sign the change, so that whoever has an old one can follow. The old private key is destroyed.
#[derive(Debug, clap::Args)]
pub struct RotateArgs {}

pub(super) async fn run(at: &At) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let store = Store::open(&loaded.schedule.state_directory, Use::Read).await?;
    show(at, &store)?;
    Ok(Exit::Done)
}

pub(super) async fn rotate(at: &At) -> anyhow::Result<Exit> {
    let loaded = match at.load() {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let mut store = loaded.store().await?;
    store.rotate_key(Utc::now()).await?;
    store.checkpoint(Utc::now(), Sign::WhatIsNew).await?;
    show(at, &store)?;
    Ok(Exit::Done)
}

fn show(at: &At, store: &Store) -> anyhow::Result<()> {
    let key = store.verifier_key().map(|key| key.to_string());
    match at.output {
        Output::Json => print_json(&json!({ "log": store.log_id(), "key": key })),
        Output::Text => {
            print(&format!("{}\n", key.unwrap_or_default()));
            Ok(())
        }
    }
}
