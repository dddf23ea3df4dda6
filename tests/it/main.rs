//! The integration tests: one binary, started by `tests/run`.

mod catalog;
mod cli;
mod config;
mod harness;
mod session;
mod support;
