//! The integration tests: one binary, started by `tests/run`.

mod config;
mod harness;
mod support;
