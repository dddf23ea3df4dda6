//! The integration tests: one binary, started by `tests/run`.

mod harness;
mod support;
