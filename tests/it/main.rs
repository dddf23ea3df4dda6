//! The integration tests: one binary, started by `tests/run`.

mod attacks;
mod batches;
mod cases;
mod catalog;
mod cli;
mod config;
mod examples;
mod harness;
mod house;
mod mutants;
mod network;
mod permutations;
mod samples;
mod session;
mod support;
