//! The integration tests: one binary, started by `tests/run`.

mod catalog;
mod cli;
mod config;
mod examples;
mod harness;
mod house;
mod session;
mod support;
