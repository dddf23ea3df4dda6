//! The integration tests: one binary, started by `tests/run`.

mod alerts;
mod attacks;
mod batches;
mod cases;
mod catalog;
mod cli;
mod config;
mod enforcing;
mod examples;
mod harness;
mod hosts;
mod house;
mod month;
mod mutants;
mod network;
mod overwriting;
mod partitions;
mod permutations;
#[cfg(feature = "fault-points")]
mod plans;
mod samples;
mod session;
mod side_by_side;
mod support;
