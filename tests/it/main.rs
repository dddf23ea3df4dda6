//! The integration tests: one binary, started by `tests/run`.

mod batches;
mod catalog;
mod cli;
mod config;
mod examples;
mod harness;
mod house;
mod permutations;
mod session;
mod support;
