//! The program as people and machines meet it: the real binary, its words, its exit codes, what it leaves behind.
//!
//! Every run through [`site::Site`] asserts that no value of a row shows on stdout or stderr; `Site::finish` asserts
//! the same of the state directory and of the ledger.

mod against;
mod approvals;
mod as_they_are;
mod backup;
mod canaries;
mod certificates;
mod connection;
mod coverage;
pub(crate) mod daemon;
mod desk;
mod erase;
mod erase_again;
mod erase_died;
mod erase_looked;
mod event;
pub(crate) mod evidence;
mod expired;
mod explain;
mod files;
mod hold;
mod hold_moved;
mod init;
mod journey;
mod left_out;
mod privileges;
mod published;
mod returned;
mod schedule_faults;
mod service;
pub(crate) mod site;
pub(crate) mod state;
mod supervised;
mod underway;
mod waits;
mod words;
