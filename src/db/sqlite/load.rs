//! A file has no server that could be busy, and no replicas.

use super::super::Trouble;
use super::super::load::{Lag, Load};
use super::Link;

pub(in crate::db) async fn load(_: &mut Link) -> Result<Load, Trouble> {
    Ok(Load::default())
}

pub(in crate::db) async fn behind(_: &mut Link) -> Result<Lag, Trouble> {
    Ok(Lag::Unknown)
}
