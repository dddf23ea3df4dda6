//! retentiond turns a legal retention schedule into provable deletion.
//!
//! The folders are the corridor that a schedule walks: `config` reads the TOML, `schedule` is its meaning, `resolve`
//! matches it with a database's `catalog`, `plan` says when a row is due, `disposal` does it batch by batch (or
//! rehearses it), `ledger` and `audit` hold the receipts, `explain` says of one record why it is still
//! here, `init` writes a first schedule. See `docs/ARCHITECTURE.md`.

pub mod anonymise;
pub mod audit;
pub mod calendar;
pub mod catalog;
pub mod cli;
pub mod condition;
pub mod config;
pub mod daemon;
pub mod db;
pub mod diagnostic;
pub mod disposal;
pub mod explain;
pub mod fault;
pub mod files;
pub mod init;
pub mod ledger;
pub mod mirror;
pub mod plan;
pub mod resolve;
pub mod run;
pub mod schedule;
pub mod secret;
pub mod sql;
pub mod state;
