//! What a network does to a run: connections that are cut at any message, that fall silent, that lead elsewhere; two
//! programs on one database, one of them asleep; a standby that is promoted while it lags.

pub(crate) mod accounts;
pub(crate) mod backup;
mod cuts;
mod holes;
pub(crate) mod proxy;
mod standby;
mod two;
mod unledgered;
mod weak;
pub(crate) mod wire;
